-- Who may touch what. The owner (database.admin_url) creates everything; the bot
-- logs in as a role that can do nothing by itself and steps into one of two:
-- consigliere_tenant sees one faction's rows, consigliere_system claims polls and
-- finds out which faction a guild, a Discord user or a link belongs to.
-- The roles themselves are made before the migrations, under a lock, because they
-- belong to the cluster and not to this database.

-- +goose Up
-- +goose StatementBegin
create function app_faction_id() returns bigint language sql stable parallel safe as $$
  select nullif(current_setting('app.faction_id', true), '')::bigint
$$;

-- protect puts a table with a faction_id behind the door: forced row-level
-- security, the tenant's rows for the tenant, and a policy for the owner, without
-- whom migrations and dumps would silently see nothing.
create function protect(t regclass, tenant_rights text) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy owner_all on %s to current_user using (true) with check (true)', t);
  execute format('create policy tenant_rows on %s to consigliere_tenant
                  using (faction_id = app_faction_id()) with check (faction_id = app_faction_id())', t);
  execute format('grant %s on %s to consigliere_tenant', tenant_rights, t);
end $$;
revoke all on function protect(regclass, text) from public;
-- +goose StatementEnd

revoke create on schema public from public;
grant usage on schema public to consigliere_tenant, consigliere_system;

create table factions (
  faction_id     bigint primary key,
  name           text not null,
  tag            text not null default '',
  leader_id      bigint not null default 0,
  co_leader_id   bigint not null default 0,
  state          text not null default 'active' check (state in ('active', 'paused')),
  registered_at  timestamptz not null,
  -- below this fair-fight modifier a hit is marked low, in hundredths
  low_fair_fight integer not null default 150
);
select protect('factions', 'select, insert, update');
create policy system_rows on factions for select to consigliere_system using (true);
grant select (faction_id, name, state) on factions to consigliere_system;

create table guild_factions (
  faction_id bigint not null,
  guild_id   text not null,
  guild_name text not null default '',
  added_at   timestamptz not null,
  primary key (faction_id, guild_id)
);
create index on guild_factions (guild_id);
select protect('guild_factions', 'select, insert, update, delete');
create policy system_rows on guild_factions for select to consigliere_system using (true);
grant select (faction_id, guild_id) on guild_factions to consigliere_system;

-- One Discord account is one Torn player and the other way round, across all tenants.
create table discord_links (
  faction_id  bigint not null, -- the faction the player was in when last looked at; 0: none
  discord_id  text not null,
  player_id   bigint not null,
  player_name text not null,
  linked_at   timestamptz not null,
  primary key (faction_id, discord_id),
  unique (discord_id),
  unique (player_id)
);
select protect('discord_links', 'select, insert, update, delete');
create policy system_rows on discord_links to consigliere_system using (true) with check (true);
grant select (faction_id, discord_id, player_id), update (faction_id) on discord_links to consigliere_system;

create table api_keys (
  faction_id     bigint not null,
  key_id         bigint generated always as identity,
  player_id      bigint not null,
  sealed         bytea not null,  -- encrypted; bound to the player, so it can follow them to another faction
  fingerprint    bytea not null,  -- keyed hash, to notice the same key twice
  access_level   integer not null,
  access_type    text not null,
  faction_access boolean not null,
  selections     jsonb not null default '{}',
  consent        text not null check (consent in ('verify', 'own', 'lend')),
  state          text not null default 'active'
                 check (state in ('active', 'paused', 'inactive', 'jailed', 'no_access', 'invalid')),
  state_reason   text not null default '',
  state_at       timestamptz not null,
  last_used_at   timestamptz,
  created_at     timestamptz not null,
  primary key (faction_id, key_id),
  unique (fingerprint)
);
create index on api_keys (player_id);
select protect('api_keys', 'select, insert, update, delete');
create policy system_rows on api_keys to consigliere_system using (true) with check (true);
grant select (faction_id, key_id, player_id), update (faction_id) on api_keys to consigliere_system;

create table audit_log (
  faction_id     bigint not null,
  seq            bigint generated always as identity,
  at             timestamptz not null,
  actor_id       bigint not null, -- Torn id; 0: the bot itself or somebody without a link
  action         text not null,
  outcome        text not null check (outcome in ('done', 'denied', 'failed')),
  body           text not null,   -- JSON with Torn ids only: no names, no Discord ids, no secrets
  correlation_id text not null default '',
  primary key (faction_id, seq)
);
select protect('audit_log', 'select, insert');
-- +goose StatementBegin
create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit_log is append-only';
end $$;
-- +goose StatementEnd
create trigger audit_append_only before update or delete or truncate on audit_log
  for each statement execute function audit_is_append_only();

-- +goose Down
drop table audit_log, api_keys, discord_links, guild_factions, factions;
drop function audit_is_append_only(), protect(regclass, text), app_faction_id();
