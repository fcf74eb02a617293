-- What the bot does every so often by itself, and what that learns of players and keys.

-- +goose Up
-- One row for each kind of work, for all factions together: no tenant's, and nothing
-- of theirs is in it but counts.
create table periodic_jobs (
  name             text primary key,
  next_due_at      timestamptz not null,
  lease_until      timestamptz not null default '-infinity', -- later than that: somebody runs it, or died at it
  owner            text not null default '',
  run              bigint not null default 0, -- raised by every claim: the fence against a late writer
  last_started_at  timestamptz,
  last_finished_at timestamptz,
  took_ms          bigint not null default 0, -- the last run, of the wall's time
  counts           jsonb not null default '{}',
  last_error       text not null default '',  -- of the last run; empty when it went well
  skipped          bigint not null default 0  -- times it was due while a run was still going
);
grant select, insert, update on periodic_jobs to consigliere_system;

-- The position of a player whose faction's roster does not show them (yet).
alter table discord_links add column position text not null default '';
alter table discord_links add column seen_at timestamptz; -- when Torn last told name, faction and position
grant select (seen_at) on discord_links to consigliere_system;

-- When Torn was last asked what the key may do; null: never since it was stored.
alter table api_keys add column tested_at timestamptz;
grant select (state, created_at, tested_at) on api_keys to consigliere_system;

-- +goose Down
revoke select (state, created_at, tested_at) on api_keys from consigliere_system;
alter table api_keys drop column tested_at;
revoke select (seen_at) on discord_links from consigliere_system;
alter table discord_links drop column seen_at, drop column position;
drop table periodic_jobs;
