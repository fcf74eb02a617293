-- A past war of which Torn's attack log holds only the later part.

-- +goose Up
alter table ranked_wars add column cut_at timestamptz; -- Torn's log shows nothing of it before; null: not known to be cut
alter table backfill_wars drop constraint backfill_wars_state_check,
  add constraint backfill_wars_state_check check (state in ('waiting', 'reading', 'done', 'known', 'too_old', 'empty', 'partly'));

-- +goose Down
update backfill_wars set state = 'done' where state = 'partly';
alter table backfill_wars drop constraint backfill_wars_state_check,
  add constraint backfill_wars_state_check check (state in ('waiting', 'reading', 'done', 'known', 'too_old', 'empty'));
alter table ranked_wars drop column cut_at;
