-- What is polled from Torn: rosters, wars, the attack log and the tallies over it.
-- Respect is in hundredths of a point, scores in whole points, as Torn shows them.

-- +goose Up
create table poll_state (
  faction_id      bigint not null,
  feed            text not null,
  next_due_at     timestamptz not null,
  lease_until     timestamptz not null default '-infinity',
  owner           text not null default '',
  generation      bigint not null default 0, -- raised by every transaction of a poll: the fence against a late writer
  last_success_at timestamptz,
  last_error      text not null default '',
  last_error_at   timestamptz,
  failures        integer not null default 0, -- in a row
  took_ms         integer not null default 0, -- the last successful run
  -- attacks only: the newest row of the unbroken log, and the reading back that is still to do
  head_id         bigint not null default 0,
  head_at         timestamptz,
  fill_from       timestamptz,               -- re-read everything since; null: nothing to do
  fill_to         timestamptz,               -- how far back that got, the newest rows being read first
  fill_due_at     timestamptz,
  fill_asked      bigint not null default 0, -- how often reading back was asked for: progress of an older request is not recorded
  swept_at        timestamptz,
  primary key (faction_id, feed)
);
create index on poll_state (next_due_at);
select protect('poll_state', 'select, insert, update');
create policy system_rows on poll_state to consigliere_system using (true) with check (true);
grant select, update (lease_until, owner) on poll_state to consigliere_system;

create table members (
  faction_id         bigint not null, -- whose eyes
  of_faction         bigint not null, -- whose member: our own, or a war's enemy
  player_id          bigint not null,
  name               text not null,
  position           text not null default '',
  level              integer not null default 0,
  days_in_faction    integer not null default 0,
  state              text not null default '',
  state_text         text not null default '',
  state_until        timestamptz,
  plane              text not null default '',
  last_action        text not null default '',
  last_action_at     timestamptz,
  revive_setting     text not null default '',
  revivable          boolean not null default false,
  on_wall            boolean not null default false,
  in_crime           boolean not null default false,
  early_discharge    boolean not null default false,
  seen_at            timestamptz not null,
  left_at            timestamptz, -- no longer on the roster since; people are paid after they leave
  primary key (faction_id, of_faction, player_id)
);
select protect('members', 'select, insert, update');

create table positions (
  faction_id bigint not null,
  name       text not null,
  is_default boolean not null,
  abilities  text[] not null,
  seen_at    timestamptz not null,
  primary key (faction_id, name)
);
select protect('positions', 'select, insert, update, delete');

create table position_permissions (
  faction_id  bigint not null,
  position    text not null,
  permissions text[] not null,
  primary key (faction_id, position)
);
select protect('position_permissions', 'select, insert, update, delete');

create table chains (
  faction_id    bigint not null,
  chain_id      bigint not null,
  current       integer not null,
  max           integer not null,
  started_at    timestamptz not null,
  deadline      timestamptz,     -- the absolute moment it breaks
  cooldown_till timestamptz,
  seen_at       timestamptz not null,
  primary key (faction_id, chain_id)
);
select protect('chains', 'select, insert, update');

create table ranked_wars (
  faction_id      bigint not null,
  war_id          bigint not null,
  our_name        text not null,
  enemy_id        bigint not null,
  enemy_name      text not null,
  starts_at       timestamptz not null,
  ends_at         timestamptz,
  target          bigint not null,  -- the lead needed now, as Torn says
  original_target bigint not null,  -- the first one seen
  winner_id       bigint not null default 0,
  forfeit         boolean not null default false,
  our_score       bigint not null,
  enemy_score     bigint not null,
  our_chain       integer not null,
  enemy_chain     integer not null,
  seen_at         timestamptz not null,
  report_at       timestamptz,
  final_at        timestamptz, -- when the log of the ended war was read for the last time
  tracked         boolean not null default true, -- polled, scored and announced
  primary key (faction_id, war_id)
);
create index on ranked_wars (faction_id, starts_at desc);
select protect('ranked_wars', 'select, insert, update');

create table war_samples (
  faction_id bigint not null,
  war_id     bigint not null,
  at         timestamptz not null,
  us         bigint not null,
  them       bigint not null,
  target     bigint not null,
  primary key (faction_id, war_id, at)
);
select protect('war_samples', 'select, insert');

create table attacks (
  faction_id            bigint not null,
  attack_id             bigint not null,
  code                  text not null,
  started_at            timestamptz not null,
  ended_at              timestamptz,
  attacker_id           bigint not null, -- 0: stealthed
  attacker_name         text not null,
  attacker_level        integer not null,
  attacker_faction      bigint not null,
  attacker_faction_name text not null,
  defender_id           bigint not null,
  defender_name         text not null,
  defender_level        integer not null,
  defender_faction      bigint not null,
  defender_faction_name text not null,
  result                text not null,
  respect_gain          bigint not null,
  respect_loss          bigint not null,
  chain                 integer not null,
  flags                 integer not null, -- bits: interrupted, stealthed, raid, ranked war, territory, warlord weapon
  fair_fight            double precision not null,
  war_modifier          double precision not null,
  retaliation           double precision not null,
  group_modifier        double precision not null,
  overseas              double precision not null,
  chain_modifier        double precision not null,
  warlord               double precision not null,
  -- what the rules made of it
  direction             text not null,
  class                 text not null,
  marks                 integer not null,
  war_id                bigint, -- the war whose window it counts in
  seen_at               timestamptz not null, -- when we first saw it
  primary key (faction_id, attack_id)
);
create index on attacks (faction_id, war_id, attack_id desc);
create index on attacks (faction_id, started_at);
select protect('attacks', 'select, insert, update');

create table war_member_stats (
  faction_id      bigint not null,
  war_id          bigint not null,
  team            text not null,
  player_id       bigint not null,
  name            text not null,
  level           integer not null,
  attacks         bigint not null,
  war_hits        bigint not null,
  outside_hits    bigint not null,
  no_score        bigint not null,
  assists         bigint not null,
  losses          bigint not null,
  stalemates      bigint not null,
  escapes         bigint not null,
  timeouts        bigint not null,
  interrupted     bigint not null,
  other           bigint not null,
  retaliations    bigint not null,
  overseas        bigint not null,
  group_hits      bigint not null,
  chain_bonuses   bigint not null,
  wasted_bonuses  bigint not null,
  warlord         bigint not null,
  low_fair_fight  bigint not null,
  friendly        bigint not null,
  first_of_chain  bigint not null,
  flag_differs    bigint not null,
  hits_taken      bigint not null,
  defended        bigint not null,
  war_respect     bigint not null,
  outside_respect bigint not null,
  bonus_respect   bigint not null,
  respect_lost    bigint not null,
  fair_fight_sum  bigint not null,
  energy          bigint not null,
  primary key (faction_id, war_id, team, player_id)
) with (fillfactor = 70); -- counters change all the time; room for them on the same page
select protect('war_member_stats', 'select, insert, update');

create table war_reports (
  faction_id  bigint not null,
  war_id      bigint not null,
  of_faction  bigint not null,
  name        text not null,
  score       bigint not null,
  attacks     integer not null,
  rank_before text not null,
  rank_after  text not null,
  respect     bigint not null, -- whole points of reward
  points      bigint not null,
  primary key (faction_id, war_id, of_faction)
);
select protect('war_reports', 'select, insert, update');

create table war_report_members (
  faction_id bigint not null,
  war_id     bigint not null,
  of_faction bigint not null,
  player_id  bigint not null,
  name       text not null,
  level      integer not null,
  attacks    integer not null,
  score      bigint not null, -- hundredths
  primary key (faction_id, war_id, of_faction, player_id)
);
select protect('war_report_members', 'select, insert, update');

create table war_rewards (
  faction_id bigint not null,
  war_id     bigint not null,
  of_faction bigint not null,
  item_id    bigint not null,
  name       text not null,
  quantity   bigint not null,
  primary key (faction_id, war_id, of_faction, item_id)
);
select protect('war_rewards', 'select, insert, update');

-- +goose Down
drop table war_rewards, war_report_members, war_reports, war_member_stats, attacks, war_samples,
  ranked_wars, chains, position_permissions, positions, members, poll_state;
