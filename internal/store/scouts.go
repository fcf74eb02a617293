package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// Scout reads who the enemy of a war is; ok is false when nobody has looked yet.
func (s *Store) Scout(ctx context.Context, id faction.ID, w war.ID) (card war.Scout, ok bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select card from war_scouts where war_id = $1", w).Scan(&card)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return war.Scout{}, false, nil
	}
	if err != nil {
		return war.Scout{}, false, fmt.Errorf("read who the enemy of war %d is, faction %d: %w", w, id, err)
	}
	return card, true, nil
}

func queueScout(b *pgx.Batch, id faction.ID, w war.ID, card war.Scout) {
	b.Queue(`insert into war_scouts (faction_id, war_id, card, seen_at) values ($1, $2, $3, $4)
		on conflict (faction_id, war_id) do update set card = excluded.card, seen_at = excluded.seen_at`, id, w, card, card.SeenAt)
}

// queueActivity adds one look at the enemy to its hour. Two looks within five minutes are one.
func queueActivity(b *pgx.Batch, id faction.ID, a war.Activity, now time.Time) {
	b.Queue(`insert into enemy_activity as e (faction_id, war_id, hour, looks, members, active, online, looked_at)
		select $1::bigint, $2::bigint, $3::timestamptz, $4::int, $5::int, $6::int, $7::int, $8::timestamptz
		where not exists (select 1 from enemy_activity where faction_id = $1 and war_id = $2 and looked_at > $8::timestamptz - interval '5 minutes')
		on conflict (faction_id, war_id, hour) do update set looks = e.looks + excluded.looks, members = e.members + excluded.members,
			active = e.active + excluded.active, online = e.online + excluded.online, looked_at = excluded.looked_at`,
		id, a.War, a.Hour, a.Looks, a.Members, a.Active, a.Online, now)
}

// Activity reads how many of a war's enemy were about, hour by hour, oldest first.
func (s *Store) Activity(ctx context.Context, id faction.ID, w war.ID) (out []war.Activity, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select war_id, hour, looks, members, active, online, looked_at from enemy_activity where war_id = $1 order by hour", w)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[war.Activity])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the activity of the enemy of war %d, faction %d: %w", w, id, err)
	}
	return out, nil
}

// Ebb reads the last stretch in which our lead shrank while members could fight; the
// zero value when there was none.
func (s *Store) Ebb(ctx context.Context, id faction.ID, w war.ID) (e war.Ebb, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var began, over stamp
		err := tx.QueryRow(ctx, "select war_id, began_at, lead, coalesce(over_at, '-infinity') from war_ebbs where war_id = $1", w).Scan(&e.War, &began, &e.Lead, &over)
		e.Began, e.Over = began.t, over.t
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return war.Ebb{}, nil
	}
	if err != nil {
		return war.Ebb{}, fmt.Errorf("read how the lead of war %d shrank, faction %d: %w", w, id, err)
	}
	return e, nil
}

func queueEbb(b *pgx.Batch, id faction.ID, e war.Ebb) {
	b.Queue(`insert into war_ebbs (faction_id, war_id, began_at, lead, over_at) values ($1, $2, $3, $4, $5)
		on conflict (faction_id, war_id) do update set began_at = excluded.began_at, lead = excluded.lead, over_at = excluded.over_at`,
		id, e.War, e.Began, e.Lead, null(e.Over))
}
