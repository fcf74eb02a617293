package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
)

func queueChain(b *pgx.Batch, id faction.ID, c chain.State, now time.Time) {
	b.Queue(`insert into chains as c (faction_id, chain_id, current, max, started_at, deadline, cooldown_till, seen_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (faction_id, chain_id) do update set current = excluded.current, max = greatest(c.max, excluded.max),
			deadline = excluded.deadline, cooldown_till = excluded.cooldown_till, seen_at = excluded.seen_at`,
		id, c.ID, c.Current, c.Max, c.Start, null(c.End), null(c.Cooldown), now)
}

// Chain reads a faction's latest chain and when it was seen; ok is false before the first.
func (s *Store) Chain(ctx context.Context, id faction.ID) (c chain.State, seen time.Time, ok bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var end, cooldown stamp
		err := tx.QueryRow(ctx, `select chain_id, current, max, started_at, coalesce(deadline, '-infinity'),
			coalesce(cooldown_till, '-infinity'), seen_at from chains order by started_at desc limit 1`).
			Scan(&c.ID, &c.Current, &c.Max, &c.Start, &end, &cooldown, &seen)
		c.End, c.Cooldown = end.t, cooldown.t
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return chain.State{}, time.Time{}, false, nil
	}
	if err != nil {
		return chain.State{}, time.Time{}, false, fmt.Errorf("read the chain of faction %d: %w", id, err)
	}
	return c, seen.UTC(), true, nil
}
