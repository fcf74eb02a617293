-- What the bot says by itself: alerts, live boards, links to the scoreboard.

-- +goose Up
create table alert_rules (
  faction_id    bigint not null,
  rule_id       bigint generated always as identity,
  kind          text not null,
  channel_id    text not null,
  role_id       text not null default '',
  enabled       boolean not null default true,
  settings      jsonb not null default '{}',
  broken_reason text not null default '', -- why nothing can be delivered; empty: healthy
  broken_at     timestamptz,
  created_at    timestamptz not null,
  primary key (faction_id, rule_id),
  unique (faction_id, kind, channel_id)
);
select protect('alert_rules', 'select, insert, update, delete');

-- The row is the deduplication: one per rule, subject and stage, for ever.
create table alert_deliveries (
  faction_id       bigint not null,
  delivery_id      bigint generated always as identity,
  rule_id          bigint not null,
  kind             text not null,
  subject          text not null,
  stage            text not null,
  payload          jsonb not null,
  channel_id       text not null,
  state            text not null default 'pending'
                   check (state in ('pending', 'sent', 'expired', 'skipped', 'failed', 'unknown')),
  reason           text not null default '',
  created_at       timestamptz not null,
  expires_at       timestamptz not null,
  first_attempt_at timestamptz,
  attempts         integer not null default 0,
  message_id       text not null default '',
  sent_at          timestamptz,
  primary key (faction_id, delivery_id),
  unique (faction_id, rule_id, subject, stage)
);
create index on alert_deliveries (faction_id, created_at);
select protect('alert_deliveries', 'select, insert, update');

create table live_boards (
  faction_id    bigint not null,
  board_id      bigint generated always as identity,
  kind          text not null,
  channel_id    text not null,
  message_id    text not null default '',
  digest        text not null default '', -- of what the message shows, so that only a change is sent
  posted_at     timestamptz,
  edited_at     timestamptz,
  next_due_at   timestamptz not null,
  lease_until   timestamptz not null default '-infinity',
  broken_reason text not null default '',
  primary key (faction_id, board_id),
  unique (faction_id, kind, channel_id)
);
create index on live_boards (next_due_at);
select protect('live_boards', 'select, insert, update, delete');
create policy system_rows on live_boards to consigliere_system using (true) with check (true);
grant select (faction_id, board_id, next_due_at, lease_until, broken_reason), update (lease_until)
  on live_boards to consigliere_system;

create table scoreboard_links (
  faction_id bigint not null,
  link_id    bigint generated always as identity,
  token_hash bytea not null unique, -- the token itself is nowhere
  page       text not null,
  created_by bigint not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (faction_id, link_id)
);
select protect('scoreboard_links', 'select, insert, update');
create policy system_rows on scoreboard_links for select to consigliere_system using (true);
grant select (faction_id, link_id, token_hash, page, expires_at, revoked_at) on scoreboard_links to consigliere_system;

-- +goose Down
drop table scoreboard_links, live_boards, alert_deliveries, alert_rules;
