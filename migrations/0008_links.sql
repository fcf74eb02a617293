-- Links that Torn does not vouch for: it names another Discord account for the key's
-- owner, so an officer of the owner's faction decides within a day.

-- +goose Up
create table link_requests (
  faction_id      bigint not null, -- the player's, whose officers decide
  request_id      bigint generated always as identity,
  discord_id      text not null,   -- who gave the key
  torn_discord_id text not null,   -- whom Torn names instead
  player_id       bigint not null,
  player_name     text not null,
  sealed          bytea,           -- the key, as in api_keys; gone with the decision, and used for nothing before
  fingerprint     bytea,
  access_level    integer not null,
  access_type     text not null,
  faction_access  boolean not null,
  selections      jsonb not null default '{}',
  created_at      timestamptz not null,
  expires_at      timestamptz not null,
  decided_at      timestamptz,
  decided_by      bigint not null default 0, -- Torn id; 0: nobody, or an operator without a link
  decision        text not null default '' check (decision in ('', 'confirmed', 'rejected', 'withdrawn', 'expired')),
  primary key (faction_id, request_id),
  check (decided_at is null or sealed is null and fingerprint is null)
);
create unique index on link_requests (faction_id, player_id, discord_id) where decided_at is null;
create index on link_requests (discord_id) where decided_at is null;
select protect('link_requests', 'select, insert, update, delete');
-- Whoever is not linked belongs to no faction yet: the system role finds theirs.
create policy system_rows on link_requests for select to consigliere_system using (true);
grant select (faction_id, request_id, discord_id, player_id, expires_at, decided_at) on link_requests to consigliere_system;

-- +goose Down
drop table link_requests;
