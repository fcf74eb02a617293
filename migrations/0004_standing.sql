-- Who somebody is, in one question: standing() gives all that a command's
-- authorisation asks for. And shares: what one faction lets another see.

-- +goose Up
create table shares (
  faction_id  bigint not null, -- whose data
  to_faction  bigint not null, -- who may see it: those of its members who may see the like at home
  permissions text[] not null,
  granted_by  bigint not null, -- Torn id; 0: an operator without a link
  granted_at  timestamptz not null,
  primary key (faction_id, to_faction),
  check (to_faction <> faction_id),
  -- Looking is all that can be shared (rbac.Viewing).
  check (permissions <@ array['war.view', 'oc.view', 'chain.view', 'member.view', 'finance.view', 'discord.view', 'config.view', 'audit.view'])
);
create index on shares (to_faction);
select protect('shares', 'select, insert, update, delete');

-- standing tells who a Discord account is and what is known of the factions it can
-- act on from a server: those the server serves, its own, those that share something
-- with its own, and all of them when everywhere is set. One row per faction, with
-- the account's own columns repeated; at least one row.
--
-- It runs as the owner, since the answer lies in several tenants' rows, and gives
-- nothing of them but what is listed here. Its plan is kept by the session, hence
-- plpgsql, which also looks names up when it is called: position_permissions.effective
-- comes with 0005.
-- +goose StatementBegin
create function standing(discord text, guild text, everywhere boolean)
  returns table (player bigint, own bigint, is_member boolean, "position" text, is_named boolean, is_mapped boolean, granted text[],
                 tenant bigint, tenant_name text, tenant_state text, is_served boolean, list_read timestamptz, shared text[])
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query
  with caller as (
    select l.player_id, l.faction_id, m.player_id is not null as on_list, m.position as rank, p.name is not null as named,
           g.position is not null as mapped, g.effective
    from (select 1) one
    left join discord_links l on l.discord_id = discord
    left join factions f on f.faction_id = l.faction_id
    left join members m on m.faction_id = f.faction_id and m.of_faction = f.faction_id and m.player_id = l.player_id and m.left_at is null
    left join positions p on p.faction_id = m.faction_id and p.name = m.position
    left join position_permissions g on g.faction_id = m.faction_id and g.position = m.position
  )
  select coalesce(c.player_id, 0), coalesce(c.faction_id, 0), c.on_list, coalesce(c.rank, ''), c.named, c.mapped, coalesce(c.effective, '{}'),
         coalesce(t.faction_id, 0), coalesce(t.name, ''), coalesce(t.state, ''), t.at_home is true,
         -- When a list was read matters where somebody may stand on it.
         case when t.at_home or t.faction_id = c.faction_id then
           (select max(m.seen_at) from members m where m.faction_id = t.faction_id and m.of_faction = t.faction_id and m.left_at is null)
         end,
         coalesce(t.open, '{}')
  from caller c
  left join lateral (
    select f.faction_id, f.name, f.state, gf.guild_id is not null as at_home, s.permissions as open
    from factions f
    left join guild_factions gf on gf.faction_id = f.faction_id and gf.guild_id = guild
    left join shares s on s.faction_id = f.faction_id and s.to_faction = c.faction_id and c.on_list
    where everywhere or gf.guild_id is not null or s.faction_id is not null or f.faction_id = c.faction_id
  ) t on true
  order by t.faction_id;
end $$;
-- +goose StatementEnd
revoke all on function standing(text, text, boolean) from public;
grant execute on function standing(text, text, boolean) to consigliere_system;

-- +goose Down
drop function standing(text, text, boolean);
drop table shares;
