-- The chain: what people have been told of it, its report, who takes a bonus hit.
-- Respect is in hundredths of a point.

-- +goose Up
alter table chains
  add column told    jsonb not null default '{}', -- chain.Told
  -- false while there is anything left to tell or to count of it
  add column closed  boolean not null default false,
  -- the report; null until the chain is over and the log was read to its end
  add column logged  integer, -- hits that the attack log holds
  add column respect bigint,
  add column bonus   bigint,
  add column counted_at timestamptz;
-- Chains of before are history; a running one has been seen a moment ago.
update chains set closed = true where deadline is null or deadline < seen_at + interval '1 second' or seen_at < now() - interval '1 hour';
-- false: chains are counted, and nobody is called
alter table factions add column chains_tracked boolean not null default true;
create index chains_open on chains (faction_id) where not closed;

create table chain_member_stats (
  faction_id bigint not null,
  chain_id   bigint not null,
  player_id  bigint not null,
  name       text not null,
  hits       integer not null,
  war_hits   integer not null,
  respect    bigint not null, -- bonuses included
  bonus      bigint not null,
  best       bigint not null, -- one hit, without its bonus
  bonuses    integer not null,
  wasted     integer not null,
  watch_s    integer not null, -- seconds on watch
  primary key (faction_id, chain_id, player_id)
);
select protect('chain_member_stats', 'select, insert, update, delete');

-- Who takes a bonus hit, and whether everybody else was told to hold.
create table chain_claims (
  faction_id bigint not null,
  chain_id   bigint not null,
  hit        integer not null,
  player_id  bigint not null default 0, -- 0: nobody yet
  claimed_at timestamptz,
  held_by    bigint not null default 0, -- who said hold; 0: nobody
  held_at    timestamptz,
  primary key (faction_id, chain_id, hit)
);
select protect('chain_claims', 'select, insert, update, delete');

-- The last hits of ours that moved a chain on.
create index attacks_of_chains on attacks (faction_id, started_at) where chain > 0;

insert into poll_state (faction_id, feed, next_due_at) select faction_id, 'chain', now() from factions on conflict do nothing;

-- +goose Down
delete from poll_state where feed = 'chain';
drop index attacks_of_chains;
drop table chain_claims, chain_member_stats;
drop index chains_open;
alter table factions drop column chains_tracked;
alter table chains drop column counted_at, drop column bonus, drop column respect, drop column logged, drop column closed, drop column told;
