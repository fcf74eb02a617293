package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// sameFlight is how long after a look somebody who still flies the same way must be on
// the same flight: there and back again takes the fastest 14 minutes.
const sameFlight = 10 * time.Minute

// queueRoster writes a roster as Torn shows it now, and marks who is no longer on it.
// Of a flight it keeps between which two looks it began.
func queueRoster(b *pgx.Batch, id, of faction.ID, now time.Time, roster []faction.Member) {
	var ids []int64
	var namesOf, positions, states, texts, planes, acts, revives []string
	var levels, days []int32
	var until, actAt []*time.Time
	var revivable, wall, crime, early []bool
	for _, m := range roster {
		ids, namesOf, positions = append(ids, int64(m.ID)), append(namesOf, m.Name), append(positions, m.Position)
		levels, days = append(levels, int32(m.Level)), append(days, int32(m.DaysInFaction))
		states, texts = append(states, m.Status.State), append(texts, m.Status.Description)
		until, planes = append(until, null(m.Status.Until)), append(planes, m.Status.PlaneImage)
		acts, actAt = append(acts, m.LastAction.Status), append(actAt, null(m.LastAction.At))
		revives, revivable = append(revives, m.ReviveSetting), append(revivable, m.Revivable)
		wall, crime, early = append(wall, m.OnWall), append(crime, m.InCrime), append(early, m.EarlyDischarge)
	}
	b.Queue(`insert into members as m (faction_id, of_faction, seen_at, took_off_by, player_id, name, position, level, days_in_faction,
			state, state_text, state_until, plane, last_action, last_action_at, revive_setting, revivable, on_wall, in_crime, early_discharge)
		select $1, $2, $3::timestamptz, case when u.state = $20 then $3 end, u.* from unnest($4::bigint[], $5::text[], $6::text[], $7::int[], $8::int[], $9::text[], $10::text[],
			$11::timestamptz[], $12::text[], $13::text[], $14::timestamptz[], $15::text[], $16::bool[], $17::bool[], $18::bool[], $19::bool[])
			u (id, name, position, level, days, state, state_text, until, plane, act, act_at, revive, revivable, wall, crime, early)
		on conflict (faction_id, of_faction, player_id) do update set seen_at = excluded.seen_at, left_at = null,
			name = excluded.name, position = excluded.position, level = excluded.level, days_in_faction = excluded.days_in_faction,
			state = excluded.state, state_text = excluded.state_text, state_until = excluded.state_until, plane = excluded.plane,
			last_action = excluded.last_action, last_action_at = excluded.last_action_at, revive_setting = excluded.revive_setting,
			revivable = excluded.revivable, on_wall = excluded.on_wall, in_crime = excluded.in_crime, early_discharge = excluded.early_discharge,
			took_off_by = case when excluded.state <> $20 then null
				when m.state = $20 and m.state_text = excluded.state_text and excluded.seen_at - m.seen_at < $21::interval then m.took_off_by
				else excluded.seen_at end,
			took_off_after = case when excluded.state <> $20 then null
				when m.state = $20 and m.state_text = excluded.state_text then case when excluded.seen_at - m.seen_at < $21::interval then m.took_off_after end
				else m.seen_at end`,
		id, of, now, ids, namesOf, positions, levels, days, states, texts, until, planes, acts, actAt, revives, revivable, wall, crime, early,
		faction.StateTraveling, sameFlight)
	b.Queue(`update members set left_at = $3 where of_faction = $2 and faction_id = $1 and left_at is null and player_id <> all($4)`,
		id, of, now, ids)
	if of == id {
		queueFlightsOver(b, id)
	}
}

// Members reads the roster of our own faction, or of another one that we watch. When our
// own land is exact where their own keys told it.
func (s *Store) Members(ctx context.Context, id, of faction.ID) (faction.Roster, error) {
	var out faction.Roster
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select m.player_id, m.name, m.position, m.level, m.days_in_faction, m.state, m.state_text,
			coalesce(m.state_until, '-infinity'), m.plane, m.last_action, coalesce(m.last_action_at, '-infinity'),
			m.revive_setting, m.revivable, m.on_wall, m.in_crime, m.early_discharge, m.seen_at,
			coalesce(m.took_off_after, '-infinity'), coalesce(m.took_off_by, '-infinity'),
			coalesce(f.destination, ''), coalesce(f.departed_at, '-infinity'), coalesce(f.lands_at, '-infinity')
			from members m left join flights f on f.player_id = m.player_id and m.of_faction = m.faction_id and f.took_off_by = m.took_off_by
				and f.lands_at > m.seen_at - $2::interval and `+mayTell("f.player_id")+`
			where m.of_faction = $1 and m.left_at is null order by m.player_id`, of, landed)
		if err != nil {
			return err
		}
		out.Members, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (faction.Member, error) {
			var m faction.Member
			var until, act, after, by, departed, lands stamp
			var seen time.Time
			err := row.Scan(&m.ID, &m.Name, &m.Position, &m.Level, &m.DaysInFaction, &m.Status.State, &m.Status.Description,
				&until, &m.Status.PlaneImage, &m.LastAction.Status, &act, &m.ReviveSetting, &m.Revivable, &m.OnWall, &m.InCrime,
				&m.EarlyDischarge, &seen, &after, &by, &m.Status.Landing.Destination, &departed, &lands)
			m.Status.Until, m.LastAction.At = until.t, act.t
			m.Status.TookOffAfter, m.Status.TookOffBy = after.t, by.t
			m.Status.Landing.Departed, m.Status.Landing.At = departed.t, lands.t
			if seen.After(out.AsOf) {
				out.AsOf = seen.UTC()
			}
			m.Status.SeenAt = seen.UTC()
			return m, err
		})
		return err
	})
	if err != nil {
		return faction.Roster{}, fmt.Errorf("read members of faction %d: %w", of, err)
	}
	return out, nil
}

func queuePositions(b *pgx.Batch, id faction.ID, now time.Time, positions []faction.Position) {
	b.Queue("delete from positions where faction_id = $1", id)
	for _, p := range positions {
		abilities := p.Abilities
		if abilities == nil {
			abilities = []string{}
		}
		b.Queue("insert into positions (faction_id, name, is_default, abilities, seen_at) values ($1, $2, $3, $4, $5) on conflict do nothing",
			id, p.Name, p.Default, abilities, now)
	}
}

// Positions reads a faction's positions and what the game lets each do.
func (s *Store) Positions(ctx context.Context, id faction.ID) ([]faction.Position, error) {
	var out []faction.Position
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select name, is_default, abilities from positions order by name")
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[faction.Position])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read positions of faction %d: %w", id, err)
	}
	return out, nil
}
