-- Exchanging the keyset's keys under a running bot: which process has loaded which
-- keys, which key sealed what, and which keys may seal nothing any more.

-- +goose Up
-- Every running process, of no tenant. Times are the database's own, the one clock
-- that processes on several machines share.
create table processes (
  instance    text not null,
  run         text not null,     -- one start of it
  key_ids     bigint[] not null, -- what it can open
  primary_key bigint not null,   -- what it seals with
  started_at  timestamptz not null default clock_timestamp(),
  seen_at     timestamptz not null default clock_timestamp(),
  primary key (instance, run)
);
grant select, insert, update, delete on processes to consigliere_system;

-- Keys that have left the keyset or are about to: nothing more is sealed with them.
create table retired_keys (
  key_id     bigint primary key,
  retired_at timestamptz not null default clock_timestamp()
);
grant select, insert on retired_keys to consigliere_system;

-- seal_key is the id of the key that sealed a ciphertext (a byte of version 1, then
-- the id, the highest byte first); 0 when it is none, null when there is nothing.
create function seal_key(sealed bytea) returns bigint language sql immutable strict parallel safe
  set search_path = pg_catalog, pg_temp
  return case when octet_length(sealed) >= 5 and get_byte(sealed, 0) = 1 then
    (get_byte(sealed, 1)::bigint << 24) | (get_byte(sealed, 2) << 16) | (get_byte(sealed, 3) << 8) | get_byte(sealed, 4)
  when octet_length(sealed) > 0 then 0 end;

-- +goose StatementBegin
-- A process that slept through a rotation would seal with a key that nobody has any
-- more. It is refused. The lock, shared by writers, lets whoever retires a key wait
-- for the writers that began before: 0x7365616c is "seal".
create function refuse_retired_key() returns trigger language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp as $$
begin
  perform pg_advisory_xact_lock_shared(x'7365616c'::bigint);
  if exists (select 1 from retired_keys where key_id = seal_key(new.sealed)) then
    raise exception 'sealed with retired key %', seal_key(new.sealed) using errcode = 'CK001';
  end if;
  return new;
end $$;
revoke all on function refuse_retired_key() from public;

-- keep_sealed makes a table's column "sealed" part of every rotation. The program's
-- list of such columns is store.sealedTables.
create function keep_sealed(t regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s add column sealed_by bigint generated always as (seal_key(sealed)) stored', t);
  execute format('create trigger refuse_retired_key before insert or update of sealed on %s
                  for each row execute function refuse_retired_key()', t);
  execute format('grant update (sealed) on %s to consigliere_tenant', t);
  execute format('create policy system_seals on %s for select to consigliere_system using (true)', t);
  execute format('grant select (faction_id, sealed_by) on %s to consigliere_system', t);
end $$;
revoke all on function keep_sealed(regclass) from public;

do $$
declare t regclass;
begin
  for t in select a.attrelid from pg_attribute a join pg_class c on c.oid = a.attrelid
           where a.attname = 'sealed' and a.atttypid = 'bytea'::regtype and not a.attisdropped
             and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace loop
    perform keep_sealed(t);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
do $$
declare t regclass;
begin
  for t in select tgrelid from pg_trigger where tgname = 'refuse_retired_key' loop
    execute format('drop trigger refuse_retired_key on %s', t);
    execute format('drop policy system_seals on %s', t);
    execute format('alter table %s drop column sealed_by', t);
  end loop;
end $$;
-- +goose StatementEnd
drop function keep_sealed(regclass), refuse_retired_key(), seal_key(bytea);
drop table retired_keys, processes;
