package notify

import (
	"context"
	"errors"
	"fmt"

	"github.com/riverqueue/river"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// Workers are what the queue runs for the jobs of this package.
func Workers(d *Deliverer) (*river.Workers, error) {
	all := river.NewWorkers()
	if err := river.AddWorkerSafely(all, &worker{deliverer: d}); err != nil {
		return nil, fmt.Errorf("make the alert worker: %w", err)
	}
	if err := river.AddWorkerSafely(all, &editor{deliverer: d}); err != nil {
		return nil, fmt.Errorf("make the edit worker: %w", err)
	}
	if err := river.AddWorkerSafely(all, &asker{deliverer: d}); err != nil {
		return nil, fmt.Errorf("make the acknowledgement worker: %w", err)
	}
	return all, nil
}

type worker struct {
	river.WorkerDefaults[alert.Job]
	deliverer *Deliverer
}

// Work delivers one alert.
func (w *worker) Work(ctx context.Context, job *river.Job[alert.Job]) error {
	return w.deliverer.snooze(job.Args.Faction, w.deliverer.Deliver(ctx, job.Args.Faction, job.Args.Delivery))
}

type editor struct {
	river.WorkerDefaults[alert.EditJob]
	deliverer *Deliverer
}

// Work edits one alert's message.
func (w *editor) Work(ctx context.Context, job *river.Job[alert.EditJob]) error {
	return w.deliverer.snooze(job.Args.Faction, w.deliverer.Edit(ctx, job.Args.Faction, job.Args.Delivery))
}

type asker struct {
	river.WorkerDefaults[alert.AckJob]
	deliverer *Deliverer
}

// Work looks whether one notice was acknowledged.
func (w *asker) Work(ctx context.Context, job *river.Job[alert.AckJob]) error {
	d := w.deliverer
	return d.snooze(job.Args.Faction, d.record(d.After.Escalate(ctx, job.Args.Faction, job.Args.Delivery, d.Clock.Now())))
}

// snooze puts off a job that asks for it. That uses up no attempt: only the alert's own
// expiry ends the trying.
func (d *Deliverer) snooze(id faction.ID, err error) error {
	var retry *RetryError
	if errors.As(err, &retry) {
		if errors.Is(retry.Err, errBusy) {
			return river.JobSnooze(retry.After)
		}
		d.Log.Info("alert not delivered yet; trying again", "faction_id", id, "after", retry.After, "err", retry.Err)
		return river.JobSnooze(retry.After)
	}
	return err
}
