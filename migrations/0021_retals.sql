-- Retaliations: what became of each hit on us that may be answered. Who hit whom, and
-- who answered how, stands in attacks.

-- +goose Up
create table retals (
  faction_id   bigint not null,
  attack_id    bigint not null,      -- the hit on us
  opened_at    timestamptz not null, -- when that hit ended
  war_id       bigint,               -- the war of ours during which it happened
  state        text not null default 'open' check (state in ('open', 'taken', 'expired', 'gone', 'void')),
  settled_at   timestamptz,
  answer_id    bigint,               -- our hit that took it
  -- the target when it opened: as a roster showed it, and our own past hits on it
  target_state text not null default '',
  target_text  text not null default '',
  target_until timestamptz,
  target_seen  timestamptz,
  fair_fight   double precision not null default 0, -- median
  past_hits    integer not null default 0,
  claimed_by   bigint not null default 0,
  claimed_at   timestamptz,
  primary key (faction_id, attack_id)
);
create index on retals (faction_id, opened_at);
create index on retals (faction_id) where state = 'open';
create index on retals (faction_id, war_id) where war_id is not null;
select protect('retals', 'select, insert, update, delete');

-- Our own past hits on one player.
create index attacks_on_player on attacks (faction_id, defender_id) where direction = 'outgoing';

-- +goose Down
drop index attacks_on_player;
drop table retals;
