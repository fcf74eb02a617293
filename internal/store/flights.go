package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// mayTell is true of a player who gave a key for their own data, or lent one. What such
// a key told is shown and kept no longer than there is one.
func mayTell(player string) string {
	return "exists (select 1 from api_keys k where k.player_id = " + player + " and k.consent in ('own', 'lend') and k.state <> 'invalid')"
}

// landed is how long after a landing somebody may still be shown in the air; who is for
// longer has taken off again.
const landed = time.Minute

// OpenFlights lists the flights of members of ours who gave a working key for their own
// data and of whose landing nothing is known.
func (s *Store) OpenFlights(ctx context.Context, id faction.ID) (list []war.OpenFlight, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select m.player_id, m.state, m.state_text, m.plane, coalesce(m.took_off_after, '-infinity'), m.took_off_by,
				coalesce(f.asked, 0), coalesce(f.asked_at, '-infinity')
			from members m left join flights f on f.player_id = m.player_id and f.took_off_by = m.took_off_by
			where m.of_faction = m.faction_id and m.left_at is null and m.state = $1 and m.took_off_by is not null
			  and (f.lands_at is null or f.lands_at <= m.seen_at - $2::interval)
			  and exists (select 1 from api_keys k where k.player_id = m.player_id and k.consent in ('own', 'lend') and k.state = 'active')
			order by m.player_id`, faction.StateTraveling, landed)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (war.OpenFlight, error) {
			var f war.OpenFlight
			var after, by, asked stamp
			err := row.Scan(&f.Player, &f.Status.State, &f.Status.Description, &f.Status.PlaneImage, &after, &by, &f.Asked, &asked)
			f.Status.TookOffAfter, f.Status.TookOffBy, f.AskedAt = after.t, by.t, asked.t
			return f, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the flights of faction %d: %w", id, err)
	}
	return list, nil
}

// SaveLanding records that Torn was asked about a flight, and what it told; a zero
// landing: nothing. Where the flight is over, or the key withdrawn since, nothing changes.
func (s *Store) SaveLanding(ctx context.Context, id faction.ID, f war.OpenFlight, l faction.Landing, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var b pgx.Batch
		b.Queue(`insert into flights as f (faction_id, player_id, took_off_by, asked, asked_at, destination, departed_at, lands_at)
			select $1, m.player_id, m.took_off_by, 1, $4, $5, $6, $7 from members m
			where m.of_faction = $1 and m.player_id = $2 and m.took_off_by = $3 and m.left_at is null and `+mayTell("m.player_id")+`
			on conflict (faction_id, player_id) do update set asked = case when f.took_off_by = excluded.took_off_by then f.asked + 1 else 1 end,
				took_off_by = excluded.took_off_by, asked_at = excluded.asked_at, destination = excluded.destination,
				departed_at = excluded.departed_at, lands_at = excluded.lands_at`,
			id, f.Player, f.Status.TookOffBy, now, l.Destination, null(l.Departed), null(l.At))
		if !l.At.IsZero() { // pages that are open show it
			queueNotify(&b, id, "war")
		}
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("record a landing, faction %d: %w", id, err)
	}
	return nil
}

// queueFlightsOver forgets the flights that our roster, as it was just written, does not
// show any more, and those of whoever took their key back.
func queueFlightsOver(b *pgx.Batch, id faction.ID) {
	b.Queue(`delete from flights f where not exists (select 1 from members m
			where m.of_faction = $1 and m.player_id = f.player_id and m.left_at is null and m.took_off_by = f.took_off_by)
		or not `+mayTell("f.player_id"), id)
}

// forgetFlight drops what a player's key told when there is no such key any more.
func forgetFlight(ctx context.Context, tx pgx.Tx, player faction.PlayerID) error {
	_, err := tx.Exec(ctx, "delete from flights where player_id = $1 and not "+mayTell("$1"), player)
	return err
}
