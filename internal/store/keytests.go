package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// UntestedKeys lists the keys, of whatever faction, that Torn was not asked about since
// a moment, the longest ago first. Invalid ones are over: they are never tried again.
// Those of a faction that is paused or being removed are left alone.
func (s *Store) UntestedKeys(ctx context.Context, since time.Time) ([]faction.KeyRef, error) {
	var out []faction.KeyRef
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select k.faction_id, k.key_id, k.player_id from api_keys k
			where k.state <> 'invalid' and coalesce(k.tested_at, k.created_at) < $1
			  and not exists (select 1 from factions f where f.faction_id = k.faction_id and f.state <> 'active')
			order by coalesce(k.tested_at, k.created_at), k.key_id`, since)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[faction.KeyRef])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list keys to test: %w", err)
	}
	return out, nil
}

// KeyTested records that Torn was asked about a key, whatever it said.
func (s *Store) KeyTested(ctx context.Context, k faction.KeyRef, now time.Time) error {
	err := s.Faction(ctx, k.Faction, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update api_keys set tested_at = $2 where key_id = $1", k.Key, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("record the test of key %d: %w", k.Key, err)
	}
	return nil
}
