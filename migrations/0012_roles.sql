-- Discord roles and nicknames from what is known in Torn: what a faction wants on
-- each of its servers, what the bot gave, and how each person stands.

-- +goose Up
create table guild_roles (
  faction_id bigint not null,
  guild_id   text not null,
  nickname   text not null default '', -- template; empty: nicknames are left alone
  confirmed  text not null default '', -- digest of what was previewed and switched on; empty: off
  trouble    text not null default '', -- why the last look could do nothing
  looked_at  timestamptz,
  primary key (faction_id, guild_id)
);
select protect('guild_roles', 'select, insert, update, delete');
create policy system_rows on guild_roles for select to consigliere_system using (true);
grant select (faction_id, guild_id, confirmed) on guild_roles to consigliere_system;

create table discord_roles (
  faction_id bigint not null,
  guild_id   text not null,
  kind       text not null check (kind in ('verified', 'member', 'position')),
  position   text not null default '',
  role_id    text not null,
  broken     text not null default '', -- why it could not be given when last tried
  primary key (faction_id, guild_id, kind, position),
  check ((kind = 'position') = (position <> ''))
);
select protect('discord_roles', 'select, insert, update, delete');

-- What the bot gave, written down before it is given: only this is ever taken away.
create table discord_role_grants (
  faction_id bigint not null,
  guild_id   text not null,
  discord_id text not null,
  role_id    text not null,
  granted_at timestamptz not null,
  primary key (faction_id, guild_id, discord_id, role_id)
);
select protect('discord_role_grants', 'select, insert, update, delete');

create table discord_role_people (
  faction_id bigint not null,
  guild_id   text not null,
  discord_id text not null,
  applied    text not null,            -- fingerprint of what was put into effect
  trouble    text not null default '', -- what could not be
  looked_at  timestamptz not null,
  primary key (faction_id, guild_id, discord_id)
);
select protect('discord_role_people', 'select, insert, update, delete');

-- +goose Down
drop table discord_role_people, discord_role_grants, discord_roles, guild_roles;
