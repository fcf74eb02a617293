package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// Notices reads what a player wants to be told in direct messages; everything while they
// never said.
func (s *Store) Notices(ctx context.Context, id faction.ID, player faction.PlayerID) (n alert.Notices, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		n, err = readNotices(ctx, tx, player)
		return err
	})
	if err != nil {
		return alert.Notices{}, fmt.Errorf("read what player %d wants to be told: %w", player, err)
	}
	return n, nil
}

func readNotices(ctx context.Context, tx pgx.Tx, player faction.PlayerID) (n alert.Notices, err error) {
	err = tx.QueryRow(ctx, "select settings from player_notices where player_id = $1", player).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return alert.Notices{}, nil
	}
	return n, err
}

// SetNotices changes what a player wants to be told, and gives what it was.
func (s *Store) SetNotices(ctx context.Context, id faction.ID, player faction.PlayerID, n alert.Notices, now time.Time) (was alert.Notices, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if was, err = readNotices(ctx, tx, player); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into player_notices (faction_id, player_id, settings, changed_at) values ($1, $2, $3, $4)
			on conflict (faction_id, player_id) do update set settings = excluded.settings, changed_at = excluded.changed_at`, id, player, n, now)
		return err
	})
	if err != nil {
		return alert.Notices{}, fmt.Errorf("record what player %d wants to be told: %w", player, err)
	}
	return was, nil
}
