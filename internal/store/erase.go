package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"consigliere/internal/faction"
)

// EraseFaction takes every row of a faction out of every table, its audit log included,
// and tells how many there were by table. The faction must be in state "removing",
// otherwise it is a Conflict and nothing changes. In the same transaction the
// operator's chain gets "faction.erase" with the counts; who asked for it is the
// caller's to record there.
func (s *Store) EraseFaction(ctx context.Context, id faction.ID) (rows map[string]int64, err error) {
	rows = map[string]int64{}
	err = s.system(ctx, func(tx pgx.Tx) error {
		res, err := tx.Query(ctx, "select of_table, erased from erase_faction($1)", id)
		if err != nil {
			return err
		}
		var table string
		var n int64
		_, err = pgx.ForEachRow(res, []any{&table, &n}, func() error {
			if n > 0 {
				rows[table] = n
			}
			return nil
		})
		return err
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "55000" || pg.Code == "22023") { // see erase_faction
		err = &faction.Error{Kind: faction.Conflict, Say: "This faction is not being removed, so nothing of it was erased. Remove it first.", Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("erase faction %d: %w", id, err)
	}
	return rows, nil
}
