package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

const (
	queueWorkers = 20
	jobTimeout   = 30 * time.Second
	rescueAfter  = time.Minute // a job whose process was killed is taken up again by then
)

// Queue works the jobs that were enqueued.
type Queue struct {
	store  *Store
	client *river.Client[pgx.Tx]
	name   string
}

// NewQueue makes a queue with the given workers. name must stay the same over
// restarts of one process and be no other process's: a restart frees the jobs its
// predecessor was killed in.
func (s *Store) NewQueue(name string, workers *river.Workers, log *slog.Logger) (*Queue, error) {
	c, err := river.NewClient(riverpgxv5.New(s.pool), &river.Config{
		ID: name,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {
			MaxWorkers: queueWorkers, FetchCooldown: 20 * time.Millisecond, FetchPollInterval: time.Second,
		}},
		Workers:              workers,
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
		RetryPolicy:          patience{},
		Logger:               log,
	})
	if err != nil {
		return nil, fmt.Errorf("make the queue: %w", err)
	}
	return &Queue{store: s, client: c, name: name}, nil
}

// Run works until ctx ends, then lets the jobs under way finish.
func (q *Queue) Run(ctx context.Context) error {
	if _, err := q.store.FreeJobs(ctx, q.name); err != nil {
		return err
	}
	// The client gets a context of its own: ending it would cancel the jobs.
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return translate(fmt.Errorf("start the queue: %w", err))
	}
	<-ctx.Done()
	soft, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := q.client.Stop(soft); err == nil {
		return nil
	}
	hard, cancelHard := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancelHard()
	if err := q.client.StopAndCancel(hard); err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}

// patience is the wait before another try: a second, doubling to half a minute.
type patience struct{}

// NextRetry implements river.ClientRetryPolicy.
func (patience) NextRetry(job *rivertype.JobRow) time.Time {
	wait := time.Second << min(len(job.Errors), 5)
	return time.Now().Add(min(wait, 30*time.Second))
}

// Depth counts the jobs that wait or are under way, for metrics and /status.
func (s *Store) Depth(ctx context.Context) (n int64, err error) {
	err = s.pool.QueryRow(ctx, "select count(*) from river_job where state in ('available', 'running', 'retryable', 'scheduled')").Scan(&n)
	if err != nil {
		return 0, translate(fmt.Errorf("count waiting jobs: %w", err))
	}
	return n, nil
}
