-- The war room: flights, and who has called whom.

-- +goose Up
-- Between which two looks of ours a member took off on the flight they are on.
alter table members
  add column took_off_after timestamptz, -- the last look before; null: nobody looked in time
  add column took_off_by    timestamptz; -- the first look that saw them fly; null: they do not
update members set took_off_by = seen_at where state = 'Traveling';

create table claims (
  faction_id bigint not null,
  target_id  bigint not null, -- one of the enemy
  war_id     bigint not null,
  player_id  bigint not null, -- who of ours has called them
  made_at    timestamptz not null,
  expires_at timestamptz not null,
  primary key (faction_id, target_id)
);
select protect('claims', 'select, insert, update, delete');

-- +goose Down
drop table claims;
alter table members drop column took_off_by, drop column took_off_after;
