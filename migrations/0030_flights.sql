-- What members' own keys tell of the flights they are on.

-- +goose Up
-- A row is of the flight that members.took_off_by names, goes with its landing and with
-- the key that told it, and says nothing of any other flight.
create table flights (
  faction_id  bigint not null,
  player_id   bigint not null,
  took_off_by timestamptz not null, -- as in members
  asked       integer not null,     -- how often Torn was asked about it
  asked_at    timestamptz not null,
  destination text not null default '',
  departed_at timestamptz,
  lands_at    timestamptz, -- null: Torn did not tell
  primary key (faction_id, player_id)
);
select protect('flights', 'select, insert, update, delete');

-- +goose Down
drop table flights;
