-- Alerts beyond one war channel: webhooks, direct messages and squads as targets, rules
-- that are muted, messages that are edited when their matter is settled, several
-- alerts in one message, and what a person wants to be told.

-- +goose Up
-- One target each: a channel, a webhook, a player (by direct message), or a squad
-- (with a channel its members are mentioned there, else each gets a direct message).
alter table alert_rules alter column channel_id set default '';
alter table alert_rules
  add column webhook_id  text not null default '',
  add column sealed      bytea, -- the webhook's URL, encrypted; bound to the faction and the webhook
  add column player_id   bigint not null default 0,
  add column squad_id    bigint not null default 0,
  add column muted_until timestamptz,
  add column sent_at     timestamptz; -- the last alert that arrived
alter table alert_rules drop constraint alert_rules_faction_id_kind_channel_id_key;
alter table alert_rules add constraint alert_rules_once unique (faction_id, kind, channel_id, webhook_id, player_id, squad_id);
select keep_sealed('alert_rules');

-- Kinds that a faction was given a rule of unasked. Never twice: what somebody
-- removed stays removed.
create table alert_defaults (
  faction_id bigint not null,
  kind       text not null,
  given_at   timestamptz not null,
  primary key (faction_id, kind)
);
select protect('alert_defaults', 'select, insert');

alter table alert_deliveries
  add column edition    integer not null default 0, -- raised whenever the payload changes
  add column shown      integer not null default 0, -- the edition that the message shows
  add column settled_at timestamptz,
  add column group_id   bigint not null default 0,  -- the delivery in whose message this one stands; 0: its own
  add column acked_at   timestamptz,                -- a personal notice: "Got it" was pressed
  add column escalated_at timestamptz;              -- nobody pressed it: it was told to the channel
create index alert_deliveries_subject on alert_deliveries (faction_id, subject);
create index alert_deliveries_waiting on alert_deliveries (faction_id, rule_id) where state = 'pending';
create index alert_deliveries_group on alert_deliveries (faction_id, group_id) where group_id <> 0;

-- What a player wants to be told in direct messages; no row: everything, at any hour.
create table player_notices (
  faction_id bigint not null,
  player_id  bigint not null,
  settings   jsonb not null,
  changed_at timestamptz not null,
  primary key (faction_id, player_id)
);
select protect('player_notices', 'select, insert, update, delete');

-- Trouble that lasts, so that it is told once.
create table alert_episodes (
  faction_id bigint not null,
  subject    text not null,
  state      jsonb not null,
  primary key (faction_id, subject)
);
select protect('alert_episodes', 'select, insert, update');

-- +goose Down
drop table alert_episodes, player_notices, alert_defaults;
drop index alert_deliveries_group, alert_deliveries_waiting, alert_deliveries_subject;
alter table alert_deliveries drop column escalated_at, drop column acked_at, drop column group_id, drop column settled_at,
  drop column shown, drop column edition;
drop trigger refuse_retired_key on alert_rules;
drop policy system_seals on alert_rules;
revoke select (faction_id, sealed_by) on alert_rules from consigliere_system;
delete from alert_rules where channel_id = '' or squad_id <> 0;
alter table alert_rules drop constraint alert_rules_once;
alter table alert_rules drop column sealed_by;
alter table alert_rules drop column sent_at, drop column muted_until, drop column squad_id, drop column player_id, drop column sealed, drop column webhook_id;
alter table alert_rules alter column channel_id drop default;
alter table alert_rules add unique (faction_id, kind, channel_id);
