-- What a mapping was decided on, and what is left of it now that the game has moved
-- on. One function of the program works out "effective" (rbac.Effective) whenever
-- mappings or positions change; everything else only reads it.

-- +goose Up
alter table position_permissions
  add column effective text[] not null default '{}',
  add column abilities text[] not null default '{}',  -- the position's in the game, when it was mapped
  add column mapped_by bigint not null default 0,     -- Torn id; 0: not known
  add column mapped_at timestamptz not null default '-infinity';
update position_permissions m set effective = permissions,
  abilities = coalesce((select p.abilities from positions p where p.faction_id = m.faction_id and p.name = m.position), '{}');
-- Whoever writes a mapping says all of it.
alter table position_permissions
  alter column effective drop default, alter column abilities drop default,
  alter column mapped_by drop default, alter column mapped_at drop default;

-- +goose Down
alter table position_permissions drop column effective, drop column abilities, drop column mapped_by, drop column mapped_at;
