-- What was agreed about a war.

-- +goose Up
create table war_terms (
  faction_id  bigint not null,
  war_id      bigint not null,
  score_cap   bigint not null default 0, -- most points we may make; 0: not agreed
  their_cap   bigint not null default 0,
  hit_limit   bigint not null default 0, -- war hits per member of ours
  stop_at     timestamptz,
  finish_at   timestamptz,               -- when the war is meant to end
  result      text not null default '' check (result in ('', 'win', 'lose')),
  note        text not null default '',
  set_by      bigint not null,
  set_at      timestamptz not null,
  cap_at      timestamptz,               -- when our score was first seen at its cap
  told        jsonb not null default '{}', -- how far each limit was warned of: war.Told
  primary key (faction_id, war_id)
);
select protect('war_terms', 'select, insert, update, delete');

-- +goose Down
drop table war_terms;
