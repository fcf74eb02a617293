-- Notices to one player, and how much each key is used.

-- +goose Up
-- rule_id 0 with a player: a direct message, to whatever Discord account the player
-- has when it is sent.
alter table alert_deliveries add column player_id bigint not null default 0;
alter table alert_deliveries drop constraint alert_deliveries_faction_id_rule_id_subject_stage_key;
alter table alert_deliveries add constraint alert_deliveries_once unique (faction_id, rule_id, player_id, subject, stage);

-- What each process adds up: the calls made with a key in one minute.
create table key_uses (
  faction_id bigint not null,
  key_id     bigint not null,
  minute     timestamptz not null, -- its beginning
  calls      integer not null,
  primary key (faction_id, key_id, minute)
);
select protect('key_uses', 'select, insert, update, delete');

-- +goose Down
drop table key_uses;
delete from alert_deliveries where player_id <> 0;
alter table alert_deliveries drop constraint alert_deliveries_once;
alter table alert_deliveries add unique (faction_id, rule_id, subject, stage);
alter table alert_deliveries drop column player_id;
