package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"consigliere/internal/alert"
)

const (
	workers     = 20
	jobTimeout  = 30 * time.Second
	rescueAfter = time.Minute // a job whose process was killed is taken up again by then
	maxAttempts = 25          // River's own; an alert expires long before
)

// Queue works the jobs that the store enqueues.
type Queue struct {
	client *river.Client[pgx.Tx]
}

// NewQueue makes the workers. name stays the same over restarts of one process, so
// that a restart frees the jobs its predecessor was killed in.
func NewQueue(pool *pgxpool.Pool, d *Deliverer, name string, log *slog.Logger) (*Queue, error) {
	all := river.NewWorkers()
	if err := river.AddWorkerSafely(all, &worker{deliverer: d}); err != nil {
		return nil, fmt.Errorf("make the alert worker: %w", err)
	}
	c, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		ID:                   name,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers, FetchCooldown: 20 * time.Millisecond, FetchPollInterval: time.Second}},
		Workers:              all,
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
		MaxAttempts:          maxAttempts,
		RetryPolicy:          patience{},
		Logger:               log,
	})
	if err != nil {
		return nil, fmt.Errorf("make the queue: %w", err)
	}
	return &Queue{client: c}, nil
}

// Run works until ctx ends, then lets the jobs under way finish.
func (q *Queue) Run(ctx context.Context) error {
	// The client gets a context of its own: ending it would cancel the jobs.
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the queue: %w", err)
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

type worker struct {
	river.WorkerDefaults[alert.Job]
	deliverer *Deliverer
}

// Work delivers one alert.
func (w *worker) Work(ctx context.Context, job *river.Job[alert.Job]) error {
	err := w.deliverer.Deliver(ctx, job.Args.Faction, job.Args.Delivery)
	var retry *RetryError
	if errors.As(err, &retry) && retry.After > 0 {
		return river.JobSnooze(retry.After)
	}
	return err
}

// patience is the wait before another try: a second, doubling to half a minute.
type patience struct{}

// NextRetry implements river.ClientRetryPolicy.
func (patience) NextRetry(job *rivertype.JobRow) time.Time {
	wait := time.Second << min(max(len(job.Errors), 0), 5)
	return time.Now().Add(min(wait, 30*time.Second))
}
