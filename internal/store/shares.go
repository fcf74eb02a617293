package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// Shares lists what a faction lets others see, by the other's id. One that is not
// registered any more is listed, too: it sees nothing.
func (s *Store) Shares(ctx context.Context, id faction.ID) ([]rbac.Share, error) {
	var out []rbac.Share
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select to_faction, permissions, granted_by, granted_at from shares order by to_faction")
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (rbac.Share, error) {
			var sh rbac.Share
			var names []string
			var at stamp
			err := row.Scan(&sh.To, &names, &sh.By, &at)
			sh.Permissions, sh.At = setOf(names), at.t
			return sh, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what faction %d shares: %w", id, err)
	}
	return out, nil
}

// ChangeShare adds to and takes from what a faction lets another see, and gives both
// ends of the change. Whatever is not for viewing is left out; a share of nothing is
// no share.
func (s *Store) ChangeShare(ctx context.Context, id, to faction.ID, add, drop rbac.Set, by faction.PlayerID, now time.Time) (before, after rbac.Set, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		// An empty one first: behind its lock two who change it at once go one by one.
		if _, err := tx.Exec(ctx, `insert into shares (faction_id, to_faction, permissions, granted_by, granted_at) values ($1, $2, '{}', $3, $4)
			on conflict do nothing`, id, to, by, now); err != nil {
			return err
		}
		var names []string
		if err := tx.QueryRow(ctx, "select permissions from shares where to_faction = $1 for update", to).Scan(&names); err != nil {
			return err
		}
		before = setOf(names)
		after = (before | add&rbac.Viewing()) &^ drop
		var err error
		switch {
		case after == 0:
			_, err = tx.Exec(ctx, "delete from shares where to_faction = $1", to)
		case after != before:
			_, err = tx.Exec(ctx, "update shares set permissions = $2, granted_by = $3, granted_at = $4 where to_faction = $1", to, permissionNames(after), by, now)
		}
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("change what faction %d shares with %d: %w", id, to, err)
	}
	return before, after, nil
}
