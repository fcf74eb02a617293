package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

const (
	usesKept = time.Hour
	// usesOver is what calls a minute are counted over. The minute under way and the
	// one before are left out: not every process has stored them yet.
	usesOver = 5 * time.Minute
	usesLag  = time.Minute
)

// AddKeyUses adds to what is known of how much a faction's keys are used. Any number
// of processes may; each tells of its own calls.
func (s *Store) AddKeyUses(ctx context.Context, id faction.ID, uses []faction.KeyUse, now time.Time) error {
	uses = slices.Clone(uses) // in one order, so that two processes do not wait for each other's rows
	slices.SortFunc(uses, func(a, b faction.KeyUse) int { return cmp.Or(cmp.Compare(a.Key, b.Key), a.Minute.Compare(b.Minute)) })
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var b pgx.Batch
		for _, u := range uses {
			b.Queue(`insert into key_uses (faction_id, key_id, minute, calls) values ($1, $2, $3, $4)
				on conflict (faction_id, key_id, minute) do update set calls = key_uses.calls + excluded.calls`, id, u.Key, u.Minute, u.Calls)
			b.Queue("update api_keys set last_used_at = $2 where key_id = $1 and coalesce(last_used_at, '-infinity') < $2", u.Key, u.Last)
		}
		b.Queue("delete from key_uses where minute < $1", now.Add(-usesKept))
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("store how keys of faction %d are used: %w", id, err)
	}
	return nil
}

// KeyCalls tells how many calls a minute were made with each of a faction's keys, over
// the last five minutes that every process has told of, rounded up. Unused keys are
// left out.
func (s *Store) KeyCalls(ctx context.Context, id faction.ID, now time.Time) (map[int64]int, error) {
	out := map[int64]int{}
	until := now.Truncate(time.Minute).Add(-usesLag)
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select key_id, sum(calls) from key_uses where minute >= $1 and minute < $2 group by key_id", until.Add(-usesOver), until)
		if err != nil {
			return err
		}
		var key int64
		var calls int
		minutes := int(usesOver / time.Minute)
		_, err = pgx.ForEachRow(rows, []any{&key, &calls}, func() error {
			out[key] = (calls + minutes - 1) / minutes
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how keys of faction %d are used: %w", id, err)
	}
	return out, nil
}
