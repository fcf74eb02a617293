// Package jobs is the work that the bot does every so often by itself: one file for
// each kind of it, whose Job says how often and how long at most, and one line in the
// table of internal/app/jobs.go. Runner decides when, and that only one process does it.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"consigliere/internal/faction"
)

// Job is one kind of periodic work, for all factions together.
type Job struct {
	// Name is its row in the database and its label in logs, metrics and /status: one
	// word or two in lower case. It stays what it is.
	Name string
	// Every is the time from one start to the next, by the bot's clock. A run that is
	// still going then makes the next one be skipped; one that failed is tried again
	// sooner.
	Every time.Duration
	// Limit is how long a run may take, of the wall's time: it is about machines that
	// hang, and the demo's do so no faster. Its context ends then.
	Limit time.Duration
	// Run does the work once and counts what it did ("read", "moved"), as far as it got
	// even when it fails. A run may be cut off at any point and repeated.
	Run func(context.Context) (map[string]int, error)
}

// Claims is what the runner needs of the store.
type Claims interface {
	BeginJobs(ctx context.Context, owner string, now time.Time, jobs []faction.Job) error
	ClaimJobs(ctx context.Context, owner string, now time.Time, lease time.Duration, jobs []faction.Job) (claimed []faction.JobRun, skipped []string, err error)
	RenewJob(ctx context.Context, r faction.JobRun, now time.Time, lease time.Duration) error
	FinishJob(ctx context.Context, r faction.JobRun, end faction.JobEnd) error
}

// Outcome is how a run went, for metrics.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Failed  Outcome = "failed"
	Stuck   Outcome = "stuck"   // past its limit
	Stopped Outcome = "stopped" // with the process, or because another one took it over
	Skipped Outcome = "skipped" // the run before was still going
)

// Run is one run, or one that was skipped, for metrics.
type Run struct {
	Job     string
	Outcome Outcome
	Took    time.Duration // of the wall's time; 0 when skipped
}

var (
	errLimit = errors.New("the job ran longer than it may")
	errLost  = errors.New("the job's lease ran out; another process may run it")
)

// check refuses a table that cannot work.
func check(table []Job) error {
	var errs []error
	seen := map[string]bool{}
	for _, j := range table {
		switch {
		case j.Name == "" || j.Run == nil || j.Every <= 0 || j.Limit <= 0:
			errs = append(errs, fmt.Errorf("jobs: %q needs a name, an interval, a limit and something to do", j.Name))
		case seen[j.Name]:
			errs = append(errs, fmt.Errorf("jobs: %q is there twice", j.Name))
		}
		seen[j.Name] = true
	}
	return errors.Join(errs...)
}

// reason says in words for people why a run failed. What is not meant for people
// stands in the log.
func reason(j Job, cause error) string {
	var known *faction.Error
	switch {
	case errors.Is(cause, errLimit):
		return fmt.Sprintf("It took longer than %s and was cancelled. What it had done by then stands; the next run goes on.", j.Limit)
	case errors.Is(cause, errLost):
		return "It was cancelled because the database did not answer. What it had done by then stands; the next run goes on."
	case errors.Is(cause, context.Canceled):
		return "The bot was stopped in the middle of it. What it had done by then stands; the next run goes on."
	case errors.As(cause, &known):
		return known.Say
	default:
		return "Something went wrong inside the bot. It is tried again by itself; the operator finds the cause in the log."
	}
}
