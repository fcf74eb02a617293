package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// Settings reads what a faction decided about itself; a faction.Error of kind
// NotFound when it is not registered.
func (s *Store) Settings(ctx context.Context, id faction.ID) (set faction.Settings, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select low_fair_fight from factions where faction_id = $1", id).Scan(&set.LowFairFight)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNotRegistered
	}
	if err != nil {
		return faction.Settings{}, fmt.Errorf("read the settings of faction %d: %w", id, err)
	}
	return set, nil
}

// SetSettings changes what a faction decided about itself, and gives what it was.
func (s *Store) SetSettings(ctx context.Context, id faction.ID, set faction.Settings) (before faction.Settings, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "select low_fair_fight from factions where faction_id = $1 for no key update", id).Scan(&before.LowFairFight); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "update factions set low_fair_fight = $2 where faction_id = $1", id, set.LowFairFight)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNotRegistered
	}
	if err != nil {
		return faction.Settings{}, fmt.Errorf("change the settings of faction %d: %w", id, err)
	}
	return before, nil
}

var errNotRegistered = faction.Errorf(faction.NotFound, "Your faction is not registered here. Nothing was changed. Its leader runs `/setup`.")
