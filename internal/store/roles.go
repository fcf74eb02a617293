package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/roles"
)

// RolePlaces lists the servers on which an active faction has switched roles on, a
// server's factions together.
func (s *Store) RolePlaces(ctx context.Context) ([]roles.Place, error) {
	var out []roles.Place
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select r.faction_id, r.guild_id from guild_roles r
			join guild_factions g on g.faction_id = r.faction_id and g.guild_id = r.guild_id
			join factions f on f.faction_id = r.faction_id and f.state = 'active'
			where r.confirmed <> '' order by r.guild_id, r.faction_id`)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (roles.Place, error) {
			var p roles.Place
			return p, row.Scan(&p.Faction, &p.Guild)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the servers with roles: %w", err)
	}
	return out, nil
}

// RoleSetup reads what a faction wants on a server; nothing and switched off when it
// never said.
func (s *Store) RoleSetup(ctx context.Context, at roles.Place) (set roles.Setup, err error) {
	set.Place = at
	err = s.Faction(ctx, at.Faction, func(tx pgx.Tx) error {
		var looked, read stamp
		err := tx.QueryRow(ctx, `select f.name, coalesce(r.nickname, ''), coalesce(r.confirmed, ''), coalesce(r.trouble, ''), coalesce(r.looked_at, '-infinity'),
				(select coalesce(max(m.seen_at), '-infinity') from members m where m.of_faction = f.faction_id and m.left_at is null)
			from factions f left join guild_roles r on r.guild_id = $1`, at.Guild).
			Scan(&set.Name, &set.Nickname, &set.Confirmed, &set.Trouble, &looked, &read)
		if err != nil {
			return err
		}
		set.LookedAt, set.ListRead = looked.t, read.t
		rows, err := tx.Query(ctx, `select kind, position, role_id, broken from (
				select kind, position, role_id, broken from discord_roles where guild_id = $1
				union all select 'squad', name, role_id, role_broken from squads where guild_id = $1 and role_id <> '') r
			order by array_position(array['verified', 'member', 'position', 'squad'], kind), position`, at.Guild)
		if err != nil {
			return err
		}
		set.Rules, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (roles.Rule, error) {
			var r roles.Rule
			return r, row.Scan(&r.Kind, &r.Position, &r.RoleID, &r.Broken)
		})
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNotRegistered
	}
	if err != nil {
		return roles.Setup{}, fmt.Errorf("read the roles of faction %d: %w", at.Faction, err)
	}
	return set, nil
}

// PutRole maps a role to what somebody has to be, in the place of the one before;
// an empty one ends the mapping. before is the role that was mapped, empty with none.
func (s *Store) PutRole(ctx context.Context, at roles.Place, kind roles.Kind, position, roleID string) (before string, err error) {
	err = s.Faction(ctx, at.Faction, func(tx pgx.Tx) error {
		key := []any{at.Faction, at.Guild, kind, position}
		err := tx.QueryRow(ctx, `delete from discord_roles where faction_id = $1 and guild_id = $2 and kind = $3 and position = $4 returning role_id`, key...).Scan(&before)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) || roleID == "" {
			return ignoreNoRows(err)
		}
		_, err = tx.Exec(ctx, "insert into discord_roles (faction_id, guild_id, kind, position, role_id) values ($1, $2, $3, $4, $5)", append(key, roleID)...)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("map a role of faction %d: %w", at.Faction, err)
	}
	return before, nil
}

func ignoreNoRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// SetNickname stores a template and gives the one before.
func (s *Store) SetNickname(ctx context.Context, at roles.Place, template string) (before string, err error) {
	return s.setRoles(ctx, at, "nickname", template)
}

// ConfirmRoles stores which setup may be followed, by its digest, and gives the one
// before; empty: none. Everybody is looked at anew.
func (s *Store) ConfirmRoles(ctx context.Context, at roles.Place, digest string) (before string, err error) {
	if before, err = s.setRoles(ctx, at, "confirmed", digest); err != nil {
		return "", err
	}
	return before, s.RolesDue(ctx, at)
}

func (s *Store) setRoles(ctx context.Context, at roles.Place, column, value string) (before string, err error) {
	err = s.Faction(ctx, at.Faction, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into guild_roles (faction_id, guild_id) values ($1, $2) on conflict do nothing", at.Faction, at.Guild)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "select "+column+" from guild_roles where guild_id = $1 for no key update", at.Guild).Scan(&before); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "update guild_roles set "+column+" = $2 where guild_id = $1", at.Guild, value)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("change the roles of faction %d: %w", at.Faction, err)
	}
	return before, nil
}

// RolesDue makes everybody due to be looked at.
func (s *Store) RolesDue(ctx context.Context, at roles.Place) error {
	err := s.Faction(ctx, at.Faction, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update discord_role_people set looked_at = '-infinity' where guild_id = $1", at.Guild)
		return err
	})
	if err != nil {
		return fmt.Errorf("look at everybody's roles of faction %d: %w", at.Faction, err)
	}
	return nil
}

// RolePeople lists whose roles a faction has a say in on a server: who is linked to one
// of its players, and who was.
func (s *Store) RolePeople(ctx context.Context, at roles.Place) ([]roles.Person, error) {
	var out []roles.Person
	err := s.Faction(ctx, at.Faction, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			select p.discord_id, coalesce(l.player_id, 0), coalesce(m.name, l.player_name, ''), coalesce(m.position, ''), m.player_id is not null,
			       coalesce(a.applied, ''), coalesce(a.trouble, ''), coalesce(a.looked_at, '-infinity'),
			       array(select g.role_id from discord_role_grants g where g.guild_id = $1 and g.discord_id = p.discord_id order by 1),
			       array(select q.name from squad_members s join squads q on q.squad_id = s.squad_id where s.player_id = l.player_id and s.state = 'member' order by q.folded)
			from (select discord_id from discord_links
			      union select discord_id from discord_role_people where guild_id = $1
			      union select discord_id from discord_role_grants where guild_id = $1) p
			left join discord_links l on l.discord_id = p.discord_id
			left join members m on m.player_id = l.player_id and m.of_faction = m.faction_id and m.left_at is null
			left join discord_role_people a on a.guild_id = $1 and a.discord_id = p.discord_id
			order by p.discord_id`, at.Guild)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (roles.Person, error) {
			var p roles.Person
			var looked stamp
			err := row.Scan(&p.DiscordID, &p.Player, &p.Name, &p.Position, &p.Member, &p.Applied, &p.Trouble, &looked, &p.Given, &p.Squads)
			p.LookedAt = looked.t
			return p, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list whose roles faction %d has a say in: %w", at.Faction, err)
	}
	return out, nil
}

// holdActive refuses to go on for a faction that was paused or taken out meanwhile: a
// look at everybody takes minutes, and what it wrote down would outlast the erasure.
func holdActive(ctx context.Context, tx pgx.Tx) error {
	var one int
	err := tx.QueryRow(ctx, "select 1 from factions where state = 'active' for share").Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return faction.Errorf(faction.Conflict, "The faction is paused or removed by now. Nothing was changed.")
	}
	return err
}

// RecordRole writes down that the bot gives somebody a role, or that they have it from
// the bot no more.
func (s *Store) RecordRole(ctx context.Context, at roles.Place, discordID, roleID string, given bool, now time.Time) error {
	err := s.Faction(ctx, at.Faction, func(tx pgx.Tx) error {
		if !given {
			_, err := tx.Exec(ctx, "delete from discord_role_grants where guild_id = $1 and discord_id = $2 and role_id = $3", at.Guild, discordID, roleID)
			return err
		}
		if err := holdActive(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into discord_role_grants (faction_id, guild_id, discord_id, role_id, granted_at)
			values ($1, $2, $3, $4, $5) on conflict do nothing`, at.Faction, at.Guild, discordID, roleID, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("record a role of faction %d: %w", at.Faction, err)
	}
	return nil
}

// RecordLook writes down how somebody stands after a look. Who is linked no more and
// has nothing from the bot is forgotten.
func (s *Store) RecordLook(ctx context.Context, at roles.Place, p roles.Person) error {
	err := s.Faction(ctx, at.Faction, func(tx pgx.Tx) error {
		if err := holdActive(ctx, tx); err != nil {
			return err
		}
		var b pgx.Batch
		b.Queue(`insert into discord_role_people (faction_id, guild_id, discord_id, applied, trouble, looked_at) values ($1, $2, $3, $4, $5, $6)
			on conflict (faction_id, guild_id, discord_id) do update
			set applied = excluded.applied, trouble = excluded.trouble, looked_at = excluded.looked_at`,
			at.Faction, at.Guild, p.DiscordID, p.Applied, p.Trouble, p.LookedAt)
		b.Queue(`delete from discord_role_people p where guild_id = $1 and discord_id = $2
			and not exists (select 1 from discord_links l where l.discord_id = p.discord_id)
			and not exists (select 1 from discord_role_grants g where g.guild_id = p.guild_id and g.discord_id = p.discord_id)`, at.Guild, p.DiscordID)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("record a look at roles of faction %d: %w", at.Faction, err)
	}
	return nil
}

// RecordRoles writes down how a server was found: what is wrong with it, and which
// roles cannot be given. changed lists the roles of which that is news.
func (s *Store) RecordRoles(ctx context.Context, at roles.Place, trouble string, broken map[string]roles.Reason, now time.Time) (changed []string, err error) {
	ids, reasons := make([]string, 0, len(broken)), make([]string, 0, len(broken))
	for id, why := range broken {
		ids, reasons = append(ids, id), append(reasons, string(why))
	}
	err = s.Faction(ctx, at.Faction, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update guild_roles set trouble = $2, looked_at = $3 where guild_id = $1", at.Guild, trouble, now)
		if err != nil || broken == nil {
			return err
		}
		rows, err := tx.Query(ctx, `with n as (select * from unnest($2::text[], $3::text[]) n(id, why)),
			mapped as (update discord_roles r set broken = n.why from n
				where r.guild_id = $1 and r.role_id = n.id and r.broken <> n.why returning r.role_id),
			squad as (update squads q set role_broken = n.why from n
				where q.guild_id = $1 and q.role_id = n.id and q.role_broken <> n.why returning q.role_id)
			select role_id from mapped union select role_id from squad`, at.Guild, ids, reasons)
		if err != nil {
			return err
		}
		changed, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("record how the roles of faction %d were found: %w", at.Faction, err)
	}
	return changed, nil
}
