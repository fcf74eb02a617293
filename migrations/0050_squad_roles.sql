-- Why a squad's Discord role could not be given when last tried, as discord_roles has it for the others.

-- +goose Up
alter table squads add column role_broken text not null default '';

-- +goose Down
alter table squads drop column role_broken;
