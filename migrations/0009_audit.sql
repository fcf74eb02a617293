-- The audit log becomes a chain: each entry's hash covers the one before it, so that
-- no entry can be changed, taken out or put in without the chain telling where.
-- Hashes are made by the database at commit and checked by the program
-- (internal/audit holds the same canonical form; a test compares the two).

-- +goose Up
create table audit_chain (
  faction_id bigint not null, -- 0: the operator's own chain
  n          bigint not null, -- place in the chain, from 1 without gaps: the order of commits
  seq        bigint not null, -- the entry of audit_log
  hash       bytea not null,
  primary key (faction_id, n)
);
create index on audit_chain (faction_id, seq);
select protect('audit_chain', 'select');

create table audit_heads (
  faction_id bigint not null primary key,
  n          bigint not null,
  hash       bytea not null
);
select protect('audit_heads', 'select');
create policy system_rows on audit_heads for select to consigliere_system using (true);
grant select (faction_id) on audit_heads to consigliere_system;

-- What was denied again within the hour is counted here and not written again.
create table audit_denials (
  faction_id bigint not null,
  actor_id   bigint not null,
  action     text not null,
  reason     text not null,
  written_at timestamptz not null,       -- of the latest entry in audit_log
  counted    bigint not null default 0,  -- denials since then
  carried    bigint not null default 0,  -- those that the latest entry tells of
  primary key (faction_id, actor_id, action, reason)
);
select protect('audit_denials', 'select, insert, update');

create index audit_log_actor on audit_log (faction_id, actor_id, seq);
create index audit_log_action on audit_log (faction_id, action, seq);

-- +goose StatementBegin
-- The canonical form: numbers as eight bytes, the highest first, each text after its
-- length in bytes. Two different entries never give the same bytes, and nothing in it
-- depends on how a time or a text is shown.
create function audit_hash(previous bytea, n bigint, e audit_log) returns bytea
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select sha256(
    convert_to('consigliere audit 1', 'UTF8') || int8send(octet_length(previous)::bigint) || previous
    || int8send(e.faction_id) || int8send(n) || int8send(e.seq)
    || int8send((extract(epoch from e.at) * 1000000)::bigint) || int8send(e.actor_id)
    || int8send(octet_length(convert_to(e.action, 'UTF8'))::bigint) || convert_to(e.action, 'UTF8')
    || int8send(octet_length(convert_to(e.outcome, 'UTF8'))::bigint) || convert_to(e.outcome, 'UTF8')
    || int8send(octet_length(convert_to(e.correlation_id, 'UTF8'))::bigint) || convert_to(e.correlation_id, 'UTF8')
    || int8send(octet_length(convert_to(e.body, 'UTF8'))::bigint) || convert_to(e.body, 'UTF8'))
$$;
revoke all on function audit_hash(bytea, bigint, audit_log) from public;

-- Runs at commit: whoever writes an entry holds the head only while committing.
create function audit_chain_entry() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  head audit_heads;
begin
  insert into audit_heads (faction_id, n, hash) values (new.faction_id, 0, decode(repeat('00', 32), 'hex'))
    on conflict (faction_id) do nothing;
  select * into strict head from audit_heads where faction_id = new.faction_id for update;
  head.n := head.n + 1;
  head.hash := audit_hash(head.hash, head.n, new);
  insert into audit_chain (faction_id, n, seq, hash) values (new.faction_id, head.n, new.seq, head.hash);
  update audit_heads set n = head.n, hash = head.hash where faction_id = new.faction_id;
  return null;
end $$;
revoke all on function audit_chain_entry() from public;

-- What was there before is chained in the order in which it was written.
do $$
declare
  e audit_log;
  head audit_heads;
begin
  for e in select * from audit_log order by faction_id, seq loop
    if head.faction_id is distinct from e.faction_id then
      head := row(e.faction_id, 0, decode(repeat('00', 32), 'hex'));
    end if;
    head.n := head.n + 1;
    head.hash := audit_hash(head.hash, head.n, e);
    insert into audit_chain (faction_id, n, seq, hash) values (e.faction_id, head.n, e.seq, head.hash);
  end loop;
  insert into audit_heads (faction_id, n, hash)
    select distinct on (faction_id) faction_id, n, hash from audit_chain order by faction_id, n desc;
end $$;

-- Nothing is changed or taken out, by whomever, but for two things: the trigger above
-- moves a head, and erase_faction takes out all of a faction that is being removed.
create or replace function audit_is_append_only() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and tg_table_name = 'audit_heads' and pg_trigger_depth() > 1 then
    return null;
  end if;
  if tg_op = 'DELETE' and tg_level = 'ROW' and old.faction_id <> 0
     and current_setting('app.erasing', true) = old.faction_id::text
     and exists (select from factions f where f.faction_id = old.faction_id and f.state = 'removing') then
    return old;
  end if;
  raise exception '% is append-only', tg_table_name;
end $$;
-- +goose StatementEnd

drop trigger audit_append_only on audit_log;
create trigger audit_append_only before update or truncate on audit_log for each statement execute function audit_is_append_only();
create trigger audit_undeleted before delete on audit_log for each row execute function audit_is_append_only();
create trigger audit_append_only before update or truncate on audit_chain for each statement execute function audit_is_append_only();
create trigger audit_undeleted before delete on audit_chain for each row execute function audit_is_append_only();
create trigger audit_append_only before update or truncate on audit_heads for each statement execute function audit_is_append_only();
create trigger audit_undeleted before delete on audit_heads for each row execute function audit_is_append_only();
create constraint trigger audit_chained after insert on audit_log deferrable initially deferred
  for each row execute function audit_chain_entry();

-- +goose StatementBegin
-- Takes every row of a faction that is being removed out of every table, its audit
-- chain included, and says so on the operator's chain, in one transaction. What
-- tables there are the catalogue tells, so that none is forgotten.
create function erase_faction(id bigint) returns table (of_table text, erased bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  t record;
  counts jsonb := '{}';
begin
  if id is null or id <= 0 then
    raise exception 'faction % cannot be erased', id using errcode = 'invalid_parameter_value';
  end if;
  perform from factions f where f.faction_id = id and f.state = 'removing' for update;
  if not found then
    raise exception 'faction % is not being removed', id using errcode = 'object_not_in_prerequisite_state';
  end if;
  perform set_config('app.erasing', id::text, true);
  for t in
    select c.oid::regclass as name, c.relname from pg_class c
      join pg_namespace s on s.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'faction_id' and not a.attisdropped
     where s.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
     order by c.relname = 'factions', c.relname -- last the row that allows it
  loop
    execute format('delete from %s where faction_id = $1', t.name) using id;
    get diagnostics erased = row_count;
    of_table := t.relname;
    if erased > 0 then
      counts := counts || jsonb_build_object(of_table, erased);
    end if;
    return next;
  end loop;
  perform set_config('app.erasing', '', true);
  insert into audit_log (faction_id, at, actor_id, action, outcome, body)
    values (0, now(), 0, 'faction.erase', 'done', json_build_object('faction', id, 'rows', counts)::text);
end $$;
revoke all on function erase_faction(bigint) from public;
grant execute on function erase_faction(bigint) to consigliere_system;
-- +goose StatementEnd

-- +goose Down
drop function erase_faction(bigint);
drop trigger audit_chained on audit_log;
drop trigger audit_undeleted on audit_log;
drop trigger audit_append_only on audit_log;
drop table audit_denials, audit_heads, audit_chain;
drop index audit_log_actor, audit_log_action;
drop function audit_chain_entry(), audit_hash(bytea, bigint, audit_log);
-- +goose StatementBegin
create or replace function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit_log is append-only';
end $$;
-- +goose StatementEnd
alter function audit_is_append_only() reset search_path;
create trigger audit_append_only before update or delete or truncate on audit_log
  for each statement execute function audit_is_append_only();
