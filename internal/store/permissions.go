package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// Grants reads what a faction granted its positions, by position name. A stored
// permission that this version does not know grants nothing.
func (s *Store) Grants(ctx context.Context, id faction.ID) (map[string]rbac.Set, error) {
	out := map[string]rbac.Set{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select position, permissions from position_permissions")
		if err != nil {
			return err
		}
		var position string
		var granted []string
		_, err = pgx.ForEachRow(rows, []any{&position, &granted}, func() error {
			var set rbac.Set
			for _, name := range granted {
				if p, ok := rbac.ParsePermission(name); ok {
					set = set.With(p)
				}
			}
			out[position] = set
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the permissions of faction %d: %w", id, err)
	}
	return out, nil
}
