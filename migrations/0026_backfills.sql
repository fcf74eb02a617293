-- Wars from before the bot came: which wars' logs were read whole, and the reading of
-- past ones that somebody asked for.

-- +goose Up
alter table ranked_wars add column whole_at timestamptz; -- when its attacks had been read from its start to its end
-- A war of the past is first heard of later than a week after its end, and was never read.
update ranked_wars set whole_at = final_at where final_at < ends_at + interval '7 days';

create table backfills (
  faction_id  bigint not null,
  backfill_id bigint generated always as identity,
  asked_by    bigint not null, -- Torn id
  asked_at    timestamptz not null,
  from_at     timestamptz not null, -- wars that began from here …
  to_at       timestamptz not null, -- … to here
  latest      boolean not null default false, -- only the latest of them
  state       text not null default 'running' check (state in ('running', 'done', 'cancelled')),
  listed_at   timestamptz, -- when it was known which wars these are
  ended_at    timestamptz,
  trouble     text not null default '', -- why it does not get on
  trouble_at  timestamptz,
  primary key (faction_id, backfill_id)
);
create unique index on backfills (faction_id) where state = 'running';
select protect('backfills', 'select, insert, update');

create table backfill_wars (
  faction_id   bigint not null,
  backfill_id  bigint not null,
  war_id       bigint not null,
  state        text not null default 'waiting' check (state in ('waiting', 'reading', 'done', 'known', 'too_old', 'empty')),
  report_tries integer not null default 0, -- at a report that Torn does not give
  read_to      timestamptz, -- how far back the log is read, the newest rows first
  attacks      integer not null default 0, -- rows that were not known before
  primary key (faction_id, backfill_id, war_id)
);
select protect('backfill_wars', 'select, insert, update');

alter table poll_state add column backfill_due_at timestamptz; -- attacks only: the next turn of reading past wars; null: nothing to do

-- +goose Down
alter table poll_state drop column backfill_due_at;
drop table backfill_wars, backfills;
alter table ranked_wars drop column whole_at;
