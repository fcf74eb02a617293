-- Before and during a war: what was agreed about it, who the enemy is, and when
-- they are about.

-- +goose Up
create table war_terms (
  faction_id  bigint not null,
  war_id      bigint not null,
  score_cap   bigint not null default 0, -- most points we may make; 0: not agreed
  their_cap   bigint not null default 0,
  hit_limit   bigint not null default 0, -- war hits per member of ours
  stop_at     timestamptz,
  finish_at   timestamptz,               -- when the war is meant to end
  result      text not null default '' check (result in ('', 'win', 'lose')),
  note        text not null default '',
  set_by      bigint not null,
  set_at      timestamptz not null,
  cap_at      timestamptz,               -- when our score was first seen at its cap
  told        jsonb not null default '{}', -- how far each limit was warned of: war.Told
  primary key (faction_id, war_id)
);
select protect('war_terms', 'select, insert, update, delete');

-- Who the enemy of a war is, read when it was matched.
create table war_scouts (
  faction_id bigint not null,
  war_id     bigint not null,
  card       jsonb not null, -- war.Scout
  seen_at    timestamptz not null,
  primary key (faction_id, war_id)
);
select protect('war_scouts', 'select, insert, update');

-- How many of the enemy were about, summed over the looks of one hour.
create table enemy_activity (
  faction_id bigint not null,
  war_id     bigint not null,
  hour       timestamptz not null,
  looks      integer not null,
  members    integer not null,
  active     integer not null, -- did something since a quarter of an hour before
  online     integer not null,
  looked_at  timestamptz not null,
  primary key (faction_id, war_id, hour)
);
select protect('enemy_activity', 'select, insert, update, delete');

-- A stretch in which our lead shrinks while members could do something about it; the last one.
create table war_ebbs (
  faction_id bigint not null,
  war_id     bigint not null,
  began_at   timestamptz not null,
  lead       bigint not null,
  over_at    timestamptz,
  primary key (faction_id, war_id)
);
select protect('war_ebbs', 'select, insert, update');

insert into poll_state (faction_id, feed, next_due_at) select faction_id, 'scout', now() from factions on conflict do nothing;

-- +goose Down
delete from poll_state where feed = 'scout';
drop table war_ebbs, enemy_activity, war_scouts, war_terms;
