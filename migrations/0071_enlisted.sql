-- Torn says whether a faction is enlisted to some keys only: what one of them saw is
-- remembered for those that do not.

-- +goose Up
alter table poll_state add column enlisted_for timestamptz; -- members only: the matchmaking that the faction is enlisted for

-- +goose Down
alter table poll_state drop column enlisted_for;
