-- Who watches over the chain when, and squads.

-- +goose Up
create table squads (
  faction_id bigint not null,
  squad_id   bigint generated always as identity,
  name       text not null,
  folded     text not null, -- the name in lower case: the database's own folds ASCII alone
  kind       text not null default 'open' check (kind in ('open', 'request', 'invite')), -- how one gets in
  category   text not null default '',
  guild_id   text not null default '', -- where role_id is
  role_id    text not null default '', -- Discord role of its members; empty: none
  made_by    bigint not null,          -- Torn id; 0: an operator without a link
  made_at    timestamptz not null,
  primary key (faction_id, squad_id),
  unique (faction_id, folded)
);
select protect('squads', 'select, insert, update, delete');

create table squad_members (
  faction_id bigint not null,
  squad_id   bigint not null,
  player_id  bigint not null,
  state      text not null default 'asked' check (state in ('member', 'asked', 'invited')),
  lead       boolean not null default false,
  since      timestamptz not null, -- of the state
  primary key (faction_id, squad_id, player_id),
  check (state = 'member' or not lead)
);
select protect('squad_members', 'select, insert, update, delete');

create table watches (
  faction_id bigint not null,
  watch_id   bigint generated always as identity,
  from_at    timestamptz not null,
  to_at      timestamptz not null, -- from_at and whole slots
  slot_s     integer not null check (slot_s > 0),
  backups    integer not null,           -- places beside the watcher's, per slot
  reward     bigint not null default 0,  -- dollars per slot
  squad_id   bigint not null default 0,  -- only its members may join; 0: everybody
  opened_by  bigint not null,            -- Torn id; 0: an operator without a link
  opened_at  timestamptz not null,
  closed_at  timestamptz,                -- when it was called off
  primary key (faction_id, watch_id)
);
create index on watches (faction_id, to_at);
select protect('watches', 'select, insert, update');

-- Who of a slot has the lowest rank is its watcher, the others are back-ups: when the
-- watcher goes, the next one moves up by that alone.
create table watch_signs (
  faction_id  bigint not null,
  watch_id    bigint not null,
  slot        integer not null, -- from 0
  player_id   bigint not null,
  rank        integer not null,
  joined_at   timestamptz not null,
  reminded_at timestamptz, -- as the slot's watcher
  primary key (faction_id, watch_id, slot, player_id),
  unique (faction_id, watch_id, slot, rank)
);
select protect('watch_signs', 'select, insert, update, delete');

-- +goose Down
drop table watch_signs, watches, squad_members, squads;
