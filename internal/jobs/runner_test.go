package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/jobs"
)

// row is a job's row in the database.
type row struct {
	due, lease time.Time
	run        int64
	skipped    int
	ends       []faction.JobEnd
}

// claims is a database that a test can take away.
type claims struct {
	mu     sync.Mutex
	rows   map[string]*row
	gone   bool
	hangs  bool
	begins int
}

func newClaims() *claims { return &claims{rows: map[string]*row{}} }

var errGone = errors.New("the database is gone")

// enter begins every call; the caller unlocks.
func (c *claims) enter(ctx context.Context) error {
	c.mu.Lock()
	if c.hangs {
		c.mu.Unlock()
		<-ctx.Done()
		c.mu.Lock()
		return ctx.Err()
	}
	if c.gone {
		return errGone
	}
	return nil
}

func (c *claims) BeginJobs(ctx context.Context, _ string, now time.Time, table []faction.Job) error {
	defer c.mu.Unlock()
	if err := c.enter(ctx); err != nil {
		return err
	}
	c.begins++
	for _, j := range table {
		if c.rows[j.Name] == nil {
			c.rows[j.Name] = &row{due: now}
		}
	}
	return nil
}

func (c *claims) ClaimJobs(ctx context.Context, _ string, now time.Time, lease time.Duration, table []faction.Job) (out []faction.JobRun, skipped []string, err error) {
	defer c.mu.Unlock()
	if err := c.enter(ctx); err != nil {
		return nil, nil, err
	}
	for _, j := range table {
		r := c.rows[j.Name]
		switch {
		case r.lease.After(now) && !now.Before(r.due):
			r.due, r.skipped = now.Add(j.Every), r.skipped+1
			skipped = append(skipped, j.Name)
		case !r.lease.After(now) && (!now.Before(r.due) || !r.lease.IsZero()):
			r.due, r.lease, r.run = now.Add(j.Every), now.Add(lease), r.run+1
			out = append(out, faction.JobRun{Name: j.Name, Number: r.run})
		}
	}
	return out, skipped, nil
}

func (c *claims) mine(ctx context.Context, r faction.JobRun) (*row, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	have := c.rows[r.Name]
	if have.run != r.Number || have.lease.IsZero() {
		return nil, errors.New("overtaken")
	}
	return have, nil
}

func (c *claims) RenewJob(ctx context.Context, r faction.JobRun, now time.Time, lease time.Duration) error {
	defer c.mu.Unlock()
	have, err := c.mine(ctx, r)
	if err == nil {
		have.lease = now.Add(lease)
	}
	return err
}

func (c *claims) FinishJob(ctx context.Context, r faction.JobRun, end faction.JobEnd) error {
	defer c.mu.Unlock()
	have, err := c.mine(ctx, r)
	if err != nil {
		return err
	}
	have.lease, have.ends = time.Time{}, append(have.ends, end)
	if !end.Again.IsZero() && end.Again.Before(have.due) {
		have.due = end.Again
	}
	return nil
}

func (c *claims) set(change func(*claims)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

func (c *claims) of(name string) row {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := *c.rows[name]
	r.ends = slices.Clone(r.ends)
	return r
}

// seen collects what was observed.
type seen struct {
	mu   sync.Mutex
	runs []string
}

func (s *seen) add(r jobs.Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append(s.runs, r.Job+" "+string(r.Outcome))
}

func (s *seen) count(what string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		if r == what {
			n++
		}
	}
	return n
}

func runner(c *claims, s *seen, table ...jobs.Job) *jobs.Runner {
	return &jobs.Runner{Owner: "me", Table: table, Claims: c, Clock: clock.Wall{}, Log: slog.New(slog.DiscardHandler), Observe: s.add}
}

// running runs runners in a bubble of time until the test's body is done.
func running(t *testing.T, body func(), runners ...*jobs.Runner) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, len(runners))
		for _, r := range runners {
			go func() { done <- r.Run(ctx) }()
		}
		body()
		cancel()
		for range runners {
			if err := <-done; err != nil {
				t.Errorf("a runner ended with %v", err)
			}
		}
	})
}

func every(d time.Duration, run func(context.Context) (map[string]int, error)) jobs.Job {
	return jobs.Job{Name: "work", Every: d, Limit: time.Minute, Run: run}
}

func TestOfTwoRunnersOneRunsAJobAtATime(t *testing.T) {
	var now, most, total atomic.Int64
	c, s := newClaims(), &seen{}
	job := every(time.Minute, func(ctx context.Context) (map[string]int, error) {
		n := now.Add(1)
		defer now.Add(-1)
		most.Store(max(most.Load(), n))
		total.Add(1)
		return map[string]int{"read": 3}, clock.Wall{}.Sleep(ctx, 50*time.Second)
	})
	running(t, func() { time.Sleep(10*time.Minute + 55*time.Second) }, runner(c, s, job), runner(c, s, job))
	if most.Load() != 1 || total.Load() != 11 || s.count("work skipped") != 0 {
		t.Errorf("%d at once, %d in all in eleven minutes, seen %v; want 1 and 11, none skipped", most.Load(), total.Load(), s.runs)
	}
	if got := c.of("work").ends[0]; got.Counts["read"] != 3 || got.Took != 50*time.Second || got.Reason != "" {
		t.Errorf("recorded is %+v", got)
	}
}

func TestARunThatIsStillGoingMakesTheNextOneBeSkippedAndCounted(t *testing.T) {
	var total atomic.Int64
	c, s := newClaims(), &seen{}
	job := every(time.Minute, func(ctx context.Context) (map[string]int, error) {
		total.Add(1)
		return nil, clock.Wall{}.Sleep(ctx, 150*time.Second)
	})
	job.Limit = 10 * time.Minute
	running(t, func() {
		time.Sleep(170 * time.Second)
		if total.Load() != 1 || c.of("work").skipped != 2 || s.count("work skipped") != 2 {
			t.Errorf("%d runs, %d skipped, seen %v; want one run and two skipped", total.Load(), c.of("work").skipped, s.runs)
		}
		time.Sleep(20 * time.Second)
		if total.Load() != 2 {
			t.Errorf("%d runs, want the next one after the first has ended", total.Load())
		}
	}, runner(c, s, job))
}

func TestARunPastItsLimitIsCancelledAndSaysSo(t *testing.T) {
	c, s := newClaims(), &seen{}
	job := every(time.Hour, func(ctx context.Context) (map[string]int, error) {
		<-ctx.Done()
		return map[string]int{"read": 5}, fmt.Errorf("read a page: %w", ctx.Err())
	})
	running(t, func() { time.Sleep(62 * time.Second) }, runner(c, s, job))
	got := c.of("work")
	if len(got.ends) != 1 || got.ends[0].Took != time.Minute || got.ends[0].Counts["read"] != 5 || !strings.Contains(got.ends[0].Reason, "longer than 1m0s") {
		t.Errorf("recorded are %+v, want one run of a minute that was cancelled", got.ends)
	}
	if s.count("work stuck") != 1 {
		t.Errorf("seen %v", s.runs)
	}
}

// A run that does not even end when it is cancelled is a mistake of ours. It is told,
// and other processes go on without it; this one does not run the job beside it.
func TestARunThatIgnoresItsEndIsLeftToOtherProcesses(t *testing.T) {
	c, s, others := newClaims(), &seen{}, &seen{}
	free := make(chan struct{})
	var started atomic.Int64
	deaf := every(2*time.Minute, func(context.Context) (map[string]int, error) { started.Add(1); <-free; return nil, nil })
	var elsewhere atomic.Int64
	well := every(2*time.Minute, func(context.Context) (map[string]int, error) { elsewhere.Add(1); return nil, nil })
	first, second := runner(c, s, deaf), runner(c, others, well)
	synctest.Test(t, func(t *testing.T) {
		free = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 2)
		go func() { done <- first.Run(ctx) }()
		time.Sleep(5 * time.Minute)
		if started.Load() != 1 || s.count("work stuck") != 1 || len(c.of("work").ends) != 1 {
			t.Errorf("%d runs, recorded %+v, seen %v", started.Load(), c.of("work").ends, s.runs)
		}
		go func() { done <- second.Run(ctx) }()
		time.Sleep(5 * time.Minute)
		if elsewhere.Load() != 3 {
			t.Errorf("another process ran it %d times in five minutes, want 3", elsewhere.Load())
		}
		close(free)
		time.Sleep(5 * time.Minute)
		if started.Load()+elsewhere.Load() < 5 {
			t.Error("nobody runs it any more")
		}
		cancel()
		must(t, errors.Join(<-done, <-done))
	})
}

func TestALongRunKeepsItsLease(t *testing.T) {
	c, s := newClaims(), &seen{}
	var total atomic.Int64
	job := every(time.Hour, func(ctx context.Context) (map[string]int, error) {
		total.Add(1)
		return nil, clock.Wall{}.Sleep(ctx, 9*time.Minute)
	})
	job.Limit = 10 * time.Minute
	running(t, func() { time.Sleep(10 * time.Minute) }, runner(c, s, job), runner(c, s, job))
	if total.Load() != 1 || len(c.of("work").ends) != 1 {
		t.Errorf("%d runs, recorded %+v; want one", total.Load(), c.of("work").ends)
	}
}

func TestARunWhoseLeaseCannotBeKeptIsCancelledBeforeAnotherMayBegin(t *testing.T) {
	for name, breakIt := range map[string]func(*claims){
		"gone":  func(c *claims) { c.gone = true },
		"hangs": func(c *claims) { c.hangs = true },
	} {
		t.Run(name, func(t *testing.T) {
			c, s := newClaims(), &seen{}
			var began, ended time.Time
			var lease time.Time
			job := every(time.Hour, func(ctx context.Context) (map[string]int, error) {
				began = time.Now()
				<-ctx.Done()
				ended = time.Now()
				return nil, ctx.Err()
			})
			job.Limit = 10 * time.Minute
			running(t, func() {
				time.Sleep(15 * time.Second)
				c.set(breakIt)
				lease = c.of("work").lease
				time.Sleep(time.Minute)
				c.set(func(c *claims) { c.gone, c.hangs = false, false })
				if ended.IsZero() || ended.After(lease) {
					t.Errorf("it began at %s and ended at %s, want before its lease ran out at %s", began, ended, lease)
				}
				time.Sleep(15 * time.Second)
				if got := c.of("work"); got.run != 2 {
					t.Errorf("the database is back, and run %d is the last", got.run)
				}
			}, runner(c, s, job))
		})
	}
}

func TestStoppingEndsTheRunAndLeavesTheJobDue(t *testing.T) {
	c, s := newClaims(), &seen{}
	job := every(time.Hour, func(ctx context.Context) (map[string]int, error) {
		<-ctx.Done()
		return map[string]int{"read": 7}, ctx.Err()
	})
	running(t, func() { time.Sleep(10 * time.Second) }, runner(c, s, job))
	got := c.of("work")
	if len(got.ends) != 1 || !got.due.Equal(got.ends[0].At) || got.ends[0].Counts["read"] != 7 || !strings.Contains(got.ends[0].Reason, "stopped") {
		t.Errorf("it is due at %s, recorded are %+v", got.due, got.ends)
	}
	if s.count("work stopped") != 1 {
		t.Errorf("seen %v", s.runs)
	}
}

func TestAFailureOrPanicOfOneJobHurtsNoOther(t *testing.T) {
	c, s := newClaims(), &seen{}
	var fine atomic.Int64
	running(t, func() { time.Sleep(30*time.Minute + 10*time.Second) }, runner(c, s,
		jobs.Job{Name: "fine", Every: time.Minute, Limit: time.Minute, Run: func(context.Context) (map[string]int, error) { fine.Add(1); return nil, nil }},
		jobs.Job{Name: "panics", Every: time.Hour, Limit: time.Minute, Run: func(context.Context) (map[string]int, error) { panic("secret of the programmer") }},
		jobs.Job{Name: "fails", Every: time.Hour, Limit: time.Minute, Run: func(context.Context) (map[string]int, error) {
			return nil, faction.Errorf(faction.Unavailable, "Torn is closed.")
		}},
	))
	if fine.Load() != 31 {
		t.Errorf("the job that is well ran %d times in half an hour, want 31", fine.Load())
	}
	for name, words := range map[string]string{"panics": "operator finds the cause", "fails": "Torn is closed."} {
		got := c.of(name)
		if len(got.ends) != 4 { // at once, and after each ten minutes
			t.Errorf("%s was tried %d times, want 4", name, len(got.ends))
		}
		if !strings.Contains(got.ends[0].Reason, words) || strings.Contains(got.ends[0].Reason, "secret") {
			t.Errorf("%s: the reason is %q", name, got.ends[0].Reason)
		}
	}
}

func TestADatabaseThatIsGoneOrHangsAtTheStartOrLaterEndsNothing(t *testing.T) {
	c, s := newClaims(), &seen{}
	c.gone = true
	var total atomic.Int64
	running(t, func() {
		time.Sleep(time.Minute)
		c.set(func(c *claims) { c.gone, c.hangs = false, true })
		time.Sleep(time.Minute)
		if total.Load() != 0 {
			t.Error("it ran without a claim")
		}
		c.set(func(c *claims) { c.hangs = false })
		time.Sleep(15 * time.Second)
		if total.Load() == 0 {
			t.Error("the database is back, and nobody works")
		}
		c.set(func(c *claims) { c.gone = true })
		time.Sleep(3 * time.Minute)
		before := total.Load()
		c.set(func(c *claims) { c.gone = false })
		time.Sleep(10 * time.Second)
		if total.Load() == before || c.begins != 1 {
			t.Errorf("%d runs before and %d after the second outage; begun %d times, want once", before, total.Load(), c.begins)
		}
	}, runner(c, s, every(time.Minute, func(context.Context) (map[string]int, error) { total.Add(1); return nil, nil })))
}

func TestATableThatCannotWorkIsRefused(t *testing.T) {
	run := func(context.Context) (map[string]int, error) { return nil, nil }
	for name, table := range map[string][]jobs.Job{
		"no name":     {{Every: 1, Limit: 1, Run: run}},
		"no interval": {{Name: "a", Limit: 1, Run: run}},
		"no limit":    {{Name: "a", Every: 1, Run: run}},
		"no work":     {{Name: "a", Every: 1, Limit: 1}},
		"twice":       {{Name: "a", Every: 1, Limit: 1, Run: run}, {Name: "a", Every: 1, Limit: 1, Run: run}},
	} {
		if err := runner(newClaims(), &seen{}, table...).Run(t.Context()); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}

// The clock's hours pass faster in the demo, the machine's limits do not.
func TestOnAFastClockJobsRunOftenerAndLimitsStay(t *testing.T) {
	c, s := newClaims(), &seen{}
	var total atomic.Int64
	synctest.Test(t, func(t *testing.T) {
		r := runner(c, s, every(time.Hour, func(ctx context.Context) (map[string]int, error) {
			total.Add(1)
			return nil, clock.Wall{}.Sleep(ctx, 40*time.Second) // of the wall's, as long as forty minutes here
		}))
		r.Clock = clock.NewScaled(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 60)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		time.Sleep(10*time.Minute + 30*time.Second)
		cancel()
		must(t, <-done)
	})
	if total.Load() != 11 || s.count("work done") != 10 {
		t.Errorf("%d runs in ten and a half hours, seen %v; want 11, the last cut off", total.Load(), s.runs)
	}
	if got := c.of("work").ends[0].Took.Round(time.Second); got != 40*time.Second {
		t.Errorf("it took %s, want 40 s of the wall's time", got)
	}
}
