package notify

import (
	"context"
	"errors"
	"fmt"

	"github.com/riverqueue/river"

	"consigliere/internal/alert"
)

// Workers are what the queue runs for the jobs of this package.
func Workers(d *Deliverer) (*river.Workers, error) {
	all := river.NewWorkers()
	if err := river.AddWorkerSafely(all, &worker{deliverer: d}); err != nil {
		return nil, fmt.Errorf("make the alert worker: %w", err)
	}
	return all, nil
}

type worker struct {
	river.WorkerDefaults[alert.Job]
	deliverer *Deliverer
}

// Work delivers one alert.
func (w *worker) Work(ctx context.Context, job *river.Job[alert.Job]) error {
	err := w.deliverer.Deliver(ctx, job.Args.Faction, job.Args.Delivery)
	// A snooze uses up no attempt: only the alert's own expiry ends the trying.
	var retry *RetryError
	if errors.As(err, &retry) {
		w.deliverer.Log.Info("alert not delivered yet; trying again", "faction_id", job.Args.Faction, "after", retry.After, "err", retry.Err)
		return river.JobSnooze(retry.After)
	}
	return err
}
