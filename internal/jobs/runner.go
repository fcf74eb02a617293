package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// Runner claims jobs that are due and runs them. Any number of processes may have one:
// the database gives each due job to one of them. Log may be nil: silent; Observe may
// be nil: nobody counts.
type Runner struct {
	Owner   string // unique to this process, and the same after its restart
	Table   []Job
	Claims  Claims
	Clock   clock.Clock
	Log     *slog.Logger
	Observe func(Run)

	mu    sync.Mutex
	stuck map[string]bool // runs of ours that do not end although they were cancelled
	begun bool            // one tick runs at a time
}

const (
	tick      = 5 * time.Second
	shortTick = 100 * time.Millisecond // of the wall's time, the most often a fast clock ticks
	leaseTime = 30 * time.Second       // of the wall's time; a crashed owner's job is free again after it
	beatEvery = leaseTime / 3          // of the wall's time
	storeTime = 8 * time.Second        // of the wall's time; a database that hangs must not hang us
	graceTime = 10 * time.Second       // of the wall's time; to end after being cancelled
	tryAgain  = 10 * time.Minute       // after a run that failed, when its interval is longer
)

// Run ticks until ctx ends, then cancels the runs under way and waits for them.
func (r *Runner) Run(ctx context.Context) error {
	if err := check(r.Table); err != nil {
		return err
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	r.stuck = map[string]bool{}
	sched, err := gocron.NewScheduler(gocron.WithLogger(quiet{}))
	if err != nil {
		return fmt.Errorf("make the scheduler: %w", err)
	}
	down := outage{log: r.Log}
	var runs sync.WaitGroup
	_, err = sched.NewJob(gocron.DurationJob(max(shortTick, r.Clock.Real(tick))),
		gocron.NewTask(func() { down.say(ctx, r.tick(ctx, &runs)) }),
		gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithName("jobs"), gocron.WithStartAt(gocron.WithStartImmediately()))
	if err != nil {
		return errors.Join(fmt.Errorf("schedule the jobs: %w", err), sched.Shutdown())
	}
	sched.Start()
	<-ctx.Done()
	err = sched.Shutdown()
	runs.Wait()
	if err != nil {
		return fmt.Errorf("stop the scheduler: %w", err)
	}
	return nil
}

// tick claims what is due.
func (r *Runner) tick(life context.Context, runs *sync.WaitGroup) error {
	if life.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(life, storeTime)
	defer cancel()
	table := r.claimable()
	if !r.begun {
		if err := r.Claims.BeginJobs(ctx, r.Owner, r.Clock.Now(), table); err != nil {
			return err
		}
		r.begun = true
	}
	claimed, skipped, err := r.Claims.ClaimJobs(ctx, r.Owner, r.Clock.Now(), clock.Span(r.Clock, leaseTime), table)
	if err != nil {
		return err
	}
	for _, name := range skipped {
		r.Log.Warn("a job is due while its last run is still going; skipped", "job", name)
		r.observe(Run{Job: name, Outcome: Skipped})
	}
	for _, c := range claimed {
		runs.Go(func() { r.run(life, r.job(c.Name), c) })
	}
	return nil
}

// claimable are the jobs that this process may run: all but those of which it has a
// run that does not end.
func (r *Runner) claimable() []faction.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []faction.Job
	for _, j := range r.Table {
		if !r.stuck[j.Name] {
			out = append(out, faction.Job{Name: j.Name, Every: j.Every})
		}
	}
	return out
}

func (r *Runner) job(name string) Job {
	for _, j := range r.Table {
		if j.Name == name {
			return j
		}
	}
	return Job{Name: name, Limit: time.Second, Run: func(context.Context) (map[string]int, error) {
		return nil, fmt.Errorf("no job is called %q", name)
	}}
}

// result is what a run gave back.
type result struct {
	counts map[string]int
	err    error
}

// run does one claimed run and records how it went.
func (r *Runner) run(life context.Context, j Job, c faction.JobRun) {
	ctx, cancel := context.WithCancelCause(life)
	defer cancel(nil)
	ctx, stop := context.WithTimeoutCause(ctx, j.Limit, errLimit)
	defer stop()
	started := r.Clock.Now()
	r.Log.Debug("job started", "job", j.Name, "run", c.Number)
	ended := make(chan result, 1)
	go func() { ended <- r.call(ctx, j) }()
	res, ok := r.watch(ctx, cancel, c, ended)
	if !ok {
		r.setStuck(j.Name, true)
		r.Log.Error("a job does not end although it was cancelled; this process leaves it alone until it does", "job", j.Name, "run", c.Number)
	}
	r.record(ctx, j, c, started, res)
	if !ok {
		<-ended
		r.setStuck(j.Name, false)
		r.Log.Info("a job that was stuck has ended", "job", j.Name, "run", c.Number)
	}
}

// call keeps a panic of one job from ending the process.
func (r *Runner) call(ctx context.Context, j Job) (res result) {
	defer func() {
		if p := recover(); p != nil {
			res.err = fmt.Errorf("panic: %v", p)
			r.Log.Error("a job panicked", "job", j.Name, "err", res.err, "stack", string(debug.Stack()))
		}
	}()
	res.counts, res.err = j.Run(ctx)
	return res
}

// watch keeps the lease while a run is going, and cancels the run when it cannot: by
// then another process may have begun it. ok is false when the run does not end
// within its grace after being cancelled.
func (r *Runner) watch(ctx context.Context, cancel context.CancelCauseFunc, c faction.JobRun, ended <-chan result) (res result, ok bool) {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	held := r.Clock.Now() // when the lease was last ours
	lease := clock.Span(r.Clock, leaseTime)
	cancelled := ctx.Done()
	var grace <-chan time.Time
	for {
		select {
		case res = <-ended:
			return res, true
		case <-cancelled:
			cancelled = nil
			t := time.NewTimer(graceTime)
			defer t.Stop()
			grace = t.C
		case <-grace:
			return result{err: context.Cause(ctx)}, false
		case <-beat.C:
			now := r.Clock.Now()
			renewing, done := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
			err := r.Claims.RenewJob(renewing, c, now, lease)
			done()
			switch {
			case err == nil:
				held = now
			case r.Clock.Now().Sub(held) >= lease-clock.Span(r.Clock, beatEvery):
				r.Log.Error("a job's lease cannot be kept; cancelling it", "job", c.Name, "run", c.Number, "err", err)
				cancel(errLost)
			}
		}
	}
}

// record writes how a run ended.
func (r *Runner) record(ctx context.Context, j Job, c faction.JobRun, started time.Time, res result) {
	now := r.Clock.Now()
	end := faction.JobEnd{At: now, Took: r.Clock.Real(now.Sub(started)), Counts: res.counts}
	outcome, cause := Done, res.err
	if cause != nil && ctx.Err() != nil {
		cause = context.Cause(ctx)
	}
	log := r.Log.With("job", j.Name, "run", c.Number, "took", end.Took, "counts", res.counts)
	switch {
	case cause == nil:
		level := slog.LevelDebug // many run every half minute, and most find nothing to do
		for _, n := range res.counts {
			if n > 0 {
				level = slog.LevelInfo
			}
		}
		log.Log(ctx, level, "job finished")
	case errors.Is(cause, errLimit):
		outcome = Stuck
		log.Error("job cancelled: it ran longer than it may", "limit", j.Limit, "err", res.err)
	case errors.Is(cause, errLost), ctx.Err() != nil:
		outcome, end.Again = Stopped, now // whoever is next goes on
		log.Warn("job stopped in the middle; the next run goes on", "err", res.err)
	default:
		outcome, end.Again = Failed, now.Add(tryAgain)
		log.Warn("job failed; it is tried again", "err", res.err)
	}
	if cause != nil {
		end.Reason = reason(j, cause)
	}
	r.observe(Run{Job: j.Name, Outcome: outcome, Took: end.Took})
	writing, done := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer done()
	if err := r.Claims.FinishJob(writing, c, end); err != nil {
		log.Warn("how a job ended could not be recorded", "err", err)
	}
}

func (r *Runner) setStuck(name string, yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if yes {
		r.stuck[name] = true
	} else {
		delete(r.stuck, name)
	}
}

func (r *Runner) observe(run Run) {
	if r.Observe != nil {
		r.Observe(run)
	}
}

// outage logs a failure once, and its end once, however often it is met in between.
type outage struct {
	log  *slog.Logger
	down bool
}

func (o *outage) say(ctx context.Context, err error) {
	switch {
	case err != nil && !o.down && ctx.Err() == nil:
		o.log.Error("due jobs cannot be claimed; trying again every few seconds", "err", err)
		o.down = true
	case err == nil && o.down:
		o.log.Info("due jobs are claimed again")
		o.down = false
	}
}

// quiet keeps gocron's own words out of our log: what it could say, Observe and the
// runner's own lines say better.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Error(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
