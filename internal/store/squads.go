package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/roster"
)

// Squads lists a faction's squads with who is in them, by category and name.
func (s *Store) Squads(ctx context.Context, id faction.ID) (list []roster.Squad, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		list, err = readSquads(ctx, tx, 0)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the squads of faction %d: %w", id, err)
	}
	return list, nil
}

// readSquads reads one squad, or with 0 all of them.
func readSquads(ctx context.Context, tx pgx.Tx, squad roster.SquadID) ([]roster.Squad, error) {
	rows, err := tx.Query(ctx, `select squad_id, name, kind, category, guild_id, role_id, made_by, made_at from squads
		where $1 = 0 or squad_id = $1 order by lower(category), folded`, squad)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (roster.Squad, error) {
		var q roster.Squad
		return q, row.Scan(&q.ID, &q.Name, &q.Kind, &q.Category, &q.GuildID, &q.RoleID, &q.MadeBy, &q.Made)
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `select p.squad_id, p.player_id, coalesce(m.name, ''), p.state, p.lead, p.since from squad_members p
		left join members m on m.of_faction = m.faction_id and m.player_id = p.player_id
		where $1 = 0 or p.squad_id = $1 order by p.squad_id, p.lead desc, lower(m.name), p.player_id`, squad)
	if err != nil {
		return nil, err
	}
	var of roster.SquadID
	var p roster.Person
	_, err = pgx.ForEachRow(rows, []any{&of, &p.Player, &p.Name, &p.State, &p.Lead, &p.Since}, func() error {
		if i := slices.IndexFunc(list, func(q roster.Squad) bool { return q.ID == of }); i >= 0 {
			list[i].People = append(list[i].People, p)
		}
		return nil
	})
	return list, err
}

// lockSquad reads a squad that stays as it is until the transaction ends.
func lockSquad(ctx context.Context, tx pgx.Tx, squad roster.SquadID) (roster.Squad, error) {
	if _, err := tx.Exec(ctx, "select from squads where squad_id = $1 for update", squad); err != nil {
		return roster.Squad{}, err
	}
	list, err := readSquads(ctx, tx, squad)
	if err != nil {
		return roster.Squad{}, err
	}
	if squad == 0 || len(list) != 1 {
		return roster.Squad{}, faction.Errorf(faction.NotFound, "There is no such squad any more. Nothing was changed. `/squad roster` lists those there are.")
	}
	return list[0], nil
}

// squadMembers gives the members of each squad, in the order in which they joined.
func squadMembers(ctx context.Context, tx pgx.Tx) (map[int64][]faction.PlayerID, error) {
	rows, err := tx.Query(ctx, "select squad_id, player_id from squad_members where state = 'member' order by squad_id, since, player_id")
	if err != nil {
		return nil, fmt.Errorf("read squads: %w", err)
	}
	out := map[int64][]faction.PlayerID{}
	var squad int64
	var p faction.PlayerID
	if _, err := pgx.ForEachRow(rows, []any{&squad, &p}, func() error { out[squad] = append(out[squad], p); return nil }); err != nil {
		return nil, fmt.Errorf("read squads: %w", err)
	}
	return out, nil
}

// CreateSquad stores a new squad; a faction.Error of kind Conflict when there is one of
// the name, or too many.
func (s *Store) CreateSquad(ctx context.Context, id faction.ID, q roster.Squad, now time.Time) (roster.Squad, error) {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		r, err := readRights(ctx, tx, id)
		if err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, "select count(*) from squads").Scan(&n); err != nil {
			return err
		}
		if n >= roster.MaxSquads {
			return faction.Errorf(faction.Conflict, "There are %d squads, as many as a faction may have. Nothing was changed: delete one first.", n)
		}
		err = tx.QueryRow(ctx, `insert into squads (faction_id, name, kind, category, guild_id, role_id, made_by, made_at, folded) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			returning squad_id`, id, q.Name, string(q.Kind), q.Category, q.GuildID, q.RoleID, q.MadeBy, now, strings.ToLower(q.Name)).Scan(&q.ID)
		if _, clash := isUnique(err); clash {
			return faction.Errorf(faction.Conflict, "There is a squad of that name already. Nothing was changed.")
		}
		if err != nil {
			return err
		}
		return writeSquad(ctx, tx, id, r, roster.Squad{}, q)
	})
	if err != nil {
		return roster.Squad{}, fmt.Errorf("create a squad of faction %d: %w", id, err)
	}
	return q, nil
}

// ChangeSquad changes who is in a squad, and gives it as it was and as it is. tell are
// notices that go out with the change. Who gets in must be a member of the faction who may
// see its members at that very moment.
func (s *Store) ChangeSquad(ctx context.Context, id faction.ID, squad roster.SquadID, now time.Time, change func(*roster.Squad) (tell []alert.Personal, err error)) (was, is roster.Squad, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		r, err := readRights(ctx, tx, id) // held, so that nobody gets in while their rights end
		if err != nil {
			return err
		}
		if was, err = lockSquad(ctx, tx, squad); err != nil {
			return err
		}
		is = was
		is.People = slices.Clone(was.People)
		tell, err := change(&is)
		if err != nil {
			return err
		}
		if err := writeSquad(ctx, tx, id, r, was, is); err != nil {
			return err
		}
		return s.announce(ctx, tx, id, now, alert.News{Personal: tell})
	})
	if err != nil {
		return roster.Squad{}, roster.Squad{}, fmt.Errorf("change squad %d of faction %d: %w", squad, id, err)
	}
	return was, is, nil
}

// writeSquad stores what differs in who is in a squad.
func writeSquad(ctx context.Context, tx pgx.Tx, id faction.ID, r rights, was, is roster.Squad) error {
	var b pgx.Batch
	for _, p := range was.People {
		if _, ok := is.Person(p.Player); !ok {
			b.Queue("delete from squad_members where squad_id = $1 and player_id = $2", is.ID, p.Player)
		}
	}
	who := r.snapshot()
	for _, p := range is.People {
		before, known := was.Person(p.Player)
		if known && before.State == p.State && before.Lead == p.Lead {
			continue
		}
		if !who.Rights(p.Player).Has(rbac.MemberView) {
			return faction.Errorf(faction.Conflict, "Player %d cannot be in a squad: that takes the permission member.view, which their position lacks or they are not in the faction. Nothing was changed. `/config permissions show` tells what positions may do.", p.Player)
		}
		b.Queue(`insert into squad_members (faction_id, squad_id, player_id, state, lead, since) values ($1, $2, $3, $4, $5, $6)
			on conflict (faction_id, squad_id, player_id) do update set state = excluded.state, lead = excluded.lead, since = excluded.since`,
			id, is.ID, p.Player, string(p.State), p.Lead, p.Since)
	}
	return tx.SendBatch(ctx, &b).Close()
}

// DeleteSquad removes a squad with everybody in it and the alert rules that send to it,
// and gives it as it was. Its rotas go on, for everybody.
func (s *Store) DeleteSquad(ctx context.Context, id faction.ID, squad roster.SquadID) (was roster.Squad, rules int64, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if was, err = lockSquad(ctx, tx, squad); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "delete from alert_rules where squad_id = $1", squad)
		if err != nil {
			return err
		}
		rules = tag.RowsAffected()
		var b pgx.Batch
		b.Queue("update watches set squad_id = 0 where squad_id = $1", squad)
		b.Queue("delete from squad_members where squad_id = $1", squad)
		b.Queue("delete from squads where squad_id = $1", squad)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return roster.Squad{}, 0, fmt.Errorf("delete squad %d of faction %d: %w", squad, id, err)
	}
	return was, rules, nil
}
