package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// newJobs makes a River client that only inserts: it has no queues and works nothing.
func newJobs(pool *pgxpool.Pool) (*river.Client[pgx.Tx], error) {
	c, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("make the job client: %w", err)
	}
	return c, nil
}

// enqueue adds a job for each delivery in the same transaction. River's tables
// belong to the login role, so this must be the transaction's last step: it steps
// out of the tenant's role.
func (s *Store) enqueue(ctx context.Context, tx pgx.Tx, id faction.ID, deliveries []int64) error {
	if len(deliveries) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, "set local role none"); err != nil {
		return fmt.Errorf("step out of the tenant's role: %w", err)
	}
	params := make([]river.InsertManyParams, len(deliveries))
	for i, d := range deliveries {
		params[i] = river.InsertManyParams{Args: alert.Job{Faction: id, Delivery: d}}
	}
	if _, err := s.jobs.InsertManyFastTx(ctx, tx, params); err != nil {
		return fmt.Errorf("enqueue %d alerts of faction %d: %w", len(deliveries), id, err)
	}
	return nil
}
