package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

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

// enqueue adds jobs in the same transaction. River's tables
// belong to the login role, so this must be the transaction's last step: it steps
// out of the tenant's role.
func (s *Store) enqueue(ctx context.Context, tx pgx.Tx, id faction.ID, jobs []river.JobArgs) error {
	if len(jobs) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, "set local role none"); err != nil {
		return fmt.Errorf("step out of the tenant's role: %w", err)
	}
	params := make([]river.InsertManyParams, len(jobs))
	for i, job := range jobs {
		params[i] = river.InsertManyParams{Args: job}
	}
	if _, err := s.jobs.InsertManyFastTx(ctx, tx, params); err != nil {
		return fmt.Errorf("enqueue %d jobs of faction %d: %w", len(jobs), id, err)
	}
	return nil
}

// enqueueAt is enqueue for a job whose time comes later, by the wall's clock.
func (s *Store) enqueueAt(ctx context.Context, tx pgx.Tx, job river.JobArgs, at time.Time) error {
	if _, err := tx.Exec(ctx, "set local role none"); err != nil {
		return fmt.Errorf("step out of the tenant's role: %w", err)
	}
	if _, err := s.jobs.InsertTx(ctx, tx, job, &river.InsertOpts{ScheduledAt: at}); err != nil {
		return fmt.Errorf("enqueue a later job: %w", err)
	}
	return nil
}

// FreeJobs makes jobs available again in which a process of that name was killed.
// It is called before that name works jobs again, never beside it.
func (s *Store) FreeJobs(ctx context.Context, worker string) (int64, error) {
	tag, err := s.pool.Exec(ctx, `update river_job set state = 'available', scheduled_at = now()
		where state = 'running' and attempted_by[array_upper(attempted_by, 1)] = $1`, worker)
	if err != nil {
		return 0, translate(fmt.Errorf("free the jobs of %s: %w", worker, err))
	}
	return tag.RowsAffected(), nil
}
