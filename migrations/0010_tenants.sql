-- Tenants: pausing and removing a faction, asking to be let in, and how long what
-- is kept of a faction and of its people stays.

-- +goose Up
alter table factions drop constraint factions_state_check;
alter table factions add constraint factions_state_check check (state in ('active', 'paused', 'removing'));
alter table factions add column state_reason text not null default '', -- the operator's words
                     add column state_at timestamptz;

-- A leader's wish to be let in, one per faction: of no tenant yet, and the faction's
-- own all the same.
create table access_requests (
  faction_id   bigint not null,
  player_id    bigint not null, -- who asks; 0: an operator let the faction in unasked
  discord_id   text not null,   -- where the answer goes
  guild_id     text not null,
  name         text not null,   -- of the faction
  leader_id    bigint not null,
  member_count integer not null,
  state        text not null default 'waiting' check (state in ('waiting', 'accepted', 'declined')),
  asked_at     timestamptz not null,
  decided_at   timestamptz,
  decided_by   bigint not null default 0, -- the operator's Torn id, where one is known
  primary key (faction_id)
);
select protect('access_requests', 'select, insert, update, delete');
create policy system_rows on access_requests for select to consigliere_system using (true);
grant select (faction_id, state, asked_at, player_id) on access_requests to consigliere_system;

-- How many days things are kept; 0: for ever.
create table retention (
  faction_id      bigint not null,
  attacks_days    integer not null default 0,
  samples_days    integer not null default 0,
  deliveries_days integer not null default 0,
  denials_days    integer not null default 0,
  primary key (faction_id)
);
select protect('retention', 'select, insert, update');

-- Who asked to be forgotten, and the number that stands in their place. It is kept,
-- because Torn is read again and would bring the player back into old wars.
create sequence pseudonyms as bigint increment by -1 maxvalue -1 start with -1;
grant usage on sequence pseudonyms to consigliere_tenant;
create table erased_players (
  faction_id bigint not null,
  player_id  bigint not null,
  pseudonym  bigint not null default nextval('pseudonyms'),
  erased_at  timestamptz not null, -- what began before is anonymised
  primary key (faction_id, player_id)
);
select protect('erased_players', 'select, insert, update');

-- What retention and anonymising take away or join.
grant delete on attacks, war_samples, war_member_stats, war_report_members, members, alert_deliveries, audit_denials to consigliere_tenant;

-- +goose Down
revoke delete on attacks, war_samples, war_member_stats, war_report_members, members, alert_deliveries, audit_denials from consigliere_tenant;
drop table erased_players, retention, access_requests;
drop sequence pseudonyms;
update factions set state = 'paused' where state = 'removing';
alter table factions drop column state_at, drop column state_reason;
alter table factions drop constraint factions_state_check;
alter table factions add constraint factions_state_check check (state in ('active', 'paused'));
