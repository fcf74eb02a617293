package poll_test

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
	"consigliere/internal/feed"
	"consigliere/internal/poll"
	simtorn "consigliere/internal/sim/torn"
)

// claims is a database that a test can take away. It has one feed for each faction.
type claims struct {
	mu       sync.Mutex
	due      map[faction.ID]time.Time
	states   map[faction.ID]feed.State
	gone     bool
	hangs    bool
	released []string
	failed   []failure
}

type failure struct {
	state  feed.State
	now    time.Time
	next   time.Time
	reason string
}

func feedsOf(factions int, name feed.Name) *claims {
	c := &claims{due: map[faction.ID]time.Time{}, states: map[faction.ID]feed.State{}}
	for id := range faction.ID(factions) {
		c.due[id], c.states[id] = time.Time{}, feed.State{Faction: id, Feed: name}
	}
	return c
}

var errGone = errors.New("the database is gone")

func (c *claims) ClaimDue(ctx context.Context, _ string, now time.Time, lease time.Duration, limit int, of ...feed.Name) ([]feed.State, error) {
	c.mu.Lock()
	gone, hangs := c.gone, c.hangs
	c.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if gone {
		return nil, errGone
	}
	var out []feed.State
	for id, st := range c.states {
		if len(out) < limit && !now.Before(c.due[id]) && (len(of) == 0 || slices.Contains(of, st.Feed)) {
			c.due[id] = now.Add(lease)
			out = append(out, st)
		}
	}
	return out, nil
}

func (c *claims) ReleaseLeases(_ context.Context, owner string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released = append(c.released, owner)
	return nil
}

func (c *claims) FailPoll(ctx context.Context, st feed.State, now, next time.Time, reason string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return errGone
	}
	c.failed = append(c.failed, failure{st, now, next, reason})
	st.Failures++
	c.states[st.Faction], c.due[st.Faction] = st, next
	return ctx.Err()
}

func (c *claims) set(change func(*claims)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

func (c *claims) failures() []failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]failure(nil), c.failed...)
}

type pollFunc func(context.Context, *feed.State) error

func (f pollFunc) RunOnce(ctx context.Context, st *feed.State) error { return f(ctx, st) }

// scheduled runs a scheduler in a bubble of time until the test's body is done.
func scheduled(t *testing.T, c *claims, workers int, p pollFunc, body func()) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &poll.Scheduler{
			Owner: "me", Claims: c, Pollers: map[feed.Name]poll.Poller{feed.Attacks: p}, Intervals: intervals,
			Clock: clock.Wall{}, Lanes: []poll.Lane{{Workers: workers}}, Log: slog.New(slog.DiscardHandler),
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		body()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the scheduler ended with %v", err)
		}
	})
}

func TestNeverMorePollsAreUnderWayThanThereAreWorkers(t *testing.T) {
	var now, most, runs atomic.Int64
	c := feedsOf(20, feed.Attacks)
	scheduled(t, c, 3, func(ctx context.Context, _ *feed.State) error {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		runs.Add(1)
		return clock.Wall{}.Sleep(ctx, 2*time.Second)
	}, func() { time.Sleep(25 * time.Second) })
	if most.Load() != 3 || runs.Load() < 20 {
		t.Errorf("%d polls at once, %d in all; want never more than 3, and all 20 feeds", most.Load(), runs.Load())
	}
}

func TestWhatIsDueBeginsAsSoonAsAWorkerIsFree(t *testing.T) {
	var runs atomic.Int64
	c := feedsOf(50, feed.Attacks)
	scheduled(t, c, 10, func(ctx context.Context, _ *feed.State) error {
		runs.Add(1)
		return clock.Wall{}.Sleep(ctx, 200*time.Millisecond)
	}, func() { time.Sleep(2500 * time.Millisecond) })
	if runs.Load() != 50 {
		t.Errorf("%d of 50 feeds that were due together were polled in a second and a half", runs.Load())
	}
}

func TestWhatWaitsForTornInOneLaneHoldsUpNoOther(t *testing.T) {
	c := feedsOf(40, feed.Members)
	c.due[100], c.states[100] = time.Time{}, feed.State{Faction: 100, Feed: feed.Attacks}
	var logs, rosters atomic.Int64
	synctest.Test(t, func(t *testing.T) {
		s := &poll.Scheduler{
			Owner: "me", Claims: c, Intervals: intervals, Clock: clock.Wall{},
			Lanes: []poll.Lane{{Feeds: feed.Urgent(), Workers: 2}, {Feeds: feed.Calm(), Workers: 2}},
			Pollers: map[feed.Name]poll.Poller{
				feed.Attacks: pollFunc(func(context.Context, *feed.State) error {
					logs.Add(1)
					return nil
				}),
				feed.Members: pollFunc(func(ctx context.Context, _ *feed.State) error { // for the host's allowance
					rosters.Add(1)
					return clock.Wall{}.Sleep(ctx, 20*time.Second)
				}),
			},
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(1500 * time.Millisecond)
		if logs.Load() != 1 || rosters.Load() != 2 {
			t.Errorf("after a second and a half %d logs and %d rosters were begun; want the log, and as many rosters as that lane has workers", logs.Load(), rosters.Load())
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the scheduler ended with %v", err)
		}
	})
}

func TestAPanicOfOnePollIsRecordedAndHurtsNobodyElse(t *testing.T) {
	var runs atomic.Int64
	c := feedsOf(4, feed.Attacks)
	scheduled(t, c, 4, func(_ context.Context, st *feed.State) error {
		if st.Faction == 2 {
			panic("secret of the programmer")
		}
		runs.Add(1)
		return nil
	}, func() { time.Sleep(3 * time.Second) })
	failed := c.failures()
	if len(failed) != 1 || failed[0].state.Faction != 2 || runs.Load() < 3 {
		t.Fatalf("recorded are %+v, %d others ran; want the one panic and 3", failed, runs.Load())
	}
	if wrong := forPeople(failed[0].reason); wrong != "" || strings.Contains(failed[0].reason, "secret") {
		t.Errorf("the reason is %q: %s", failed[0].reason, wrong)
	}
}

func TestAFeedThatFailsIsTriedRarerAndRarer(t *testing.T) {
	c := feedsOf(1, feed.Attacks)
	scheduled(t, c, 1, func(context.Context, *feed.State) error { return errKilled }, func() { time.Sleep(20 * time.Minute) })
	failed := c.failures()
	want := 10 * time.Second
	for i, f := range failed {
		if got := f.next.Sub(f.now); got != min(want, 5*time.Minute) {
			t.Errorf("after failure %d it waits %s, want %s", i+1, got, min(want, 5*time.Minute))
		}
		want *= 2
	}
	if len(failed) < 7 {
		t.Errorf("it was tried %d times in twenty minutes", len(failed))
	}
}

func TestAFeedWithoutAPollerFailsInWords(t *testing.T) {
	c := feedsOf(1, "of-a-later-version")
	scheduled(t, c, 1, nil, func() { time.Sleep(3 * time.Second) })
	if failed := c.failures(); len(failed) != 1 || forPeople(failed[0].reason) != "" {
		t.Errorf("recorded are %+v", failed)
	}
}

func TestADatabaseThatIsGoneOrHangsForAWhileEndsNothing(t *testing.T) {
	var runs atomic.Int64
	c := feedsOf(1, feed.Attacks)
	c.gone = true
	scheduled(t, c, 1, func(context.Context, *feed.State) error { runs.Add(1); return errGone }, func() {
		time.Sleep(time.Minute)
		if runs.Load() != 0 {
			t.Error("polled without a claim")
		}
		c.set(func(c *claims) { c.gone, c.hangs = false, true })
		time.Sleep(time.Minute)
		c.set(func(c *claims) { c.hangs = false })
		time.Sleep(15 * time.Second)
		if runs.Load() == 0 {
			t.Error("the database is back, and nobody polls")
		}
		c.set(func(c *claims) { c.gone = true }) // while failures are to be recorded
		time.Sleep(2 * time.Minute)
		before := runs.Load()
		c.set(func(c *claims) { c.gone = false })
		time.Sleep(2 * time.Minute)
		if runs.Load() == before {
			t.Error("the database is back again, and nobody polls")
		}
	})
}

func TestAFailureIsRecordedAsSoonAsTheDatabaseIsBack(t *testing.T) {
	c := feedsOf(1, feed.Attacks)
	scheduled(t, c, 1, func(context.Context, *feed.State) error {
		c.set(func(c *claims) { c.gone = true }) // it restarts in the middle of the poll
		time.AfterFunc(3500*time.Millisecond, func() { c.set(func(c *claims) { c.gone = false }) })
		return errGone
	}, func() { time.Sleep(6 * time.Second) })
	if failed := c.failures(); len(failed) != 1 {
		t.Errorf("recorded are %+v; want the one failure, long before the lease of 30 s ends", failed)
	}
}

func TestAPollThatHangsIsEndedBeforeItsLeaseRunsOut(t *testing.T) {
	c := feedsOf(1, feed.Attacks)
	var took time.Duration
	scheduled(t, c, 1, func(ctx context.Context, _ *feed.State) error {
		began := time.Now()
		<-ctx.Done()
		took = time.Since(began)
		return ctx.Err()
	}, func() { time.Sleep(28 * time.Second) })
	failed := c.failures()
	if len(failed) != 1 || took >= 30*time.Second || forPeople(failed[0].reason) != "" {
		t.Errorf("after %s recorded are %+v; want one failure within the lease of 30 s", took, failed)
	}
}

func TestStoppingGivesTheFeedsBackAtOnce(t *testing.T) {
	c := feedsOf(2, feed.Attacks)
	scheduled(t, c, 2, func(ctx context.Context, _ *feed.State) error {
		<-ctx.Done()
		return fmt.Errorf("read a page: %w", ctx.Err())
	}, func() { time.Sleep(5 * time.Second) })
	failed := c.failures()
	if len(failed) != 2 {
		t.Fatalf("%d feeds were given back, want 2", len(failed))
	}
	for _, f := range failed {
		if !f.next.Equal(f.now) || forPeople(f.reason) != "" {
			t.Errorf("it is due %s later, because %q; want at once", f.next.Sub(f.now), f.reason)
		}
	}
}

func TestAFeedThatHasToLookAgainIsNotHeldBackByItsFailures(t *testing.T) {
	c := feedsOf(1, feed.Attacks)
	c.set(func(c *claims) {
		st := c.states[0]
		st.Failures = 9
		c.states[0] = st
	})
	scheduled(t, c, 1, func(context.Context, *feed.State) error {
		return &poll.AgainError{At: time.Now().Add(7 * time.Second), Err: errGone}
	}, func() { time.Sleep(1500 * time.Millisecond) })
	failed := c.failures()
	if len(failed) != 1 || failed[0].next.Sub(failed[0].now) != 7*time.Second {
		t.Errorf("given back %+v, want it due in 7 s", failed)
	}
}

func TestARestartTakesItsLeasesBackFirst(t *testing.T) {
	c := feedsOf(1, feed.Attacks)
	scheduled(t, c, 1, func(context.Context, *feed.State) error { return nil }, func() { time.Sleep(2 * time.Second) })
	if len(c.released) != 1 || c.released[0] != "me" {
		t.Errorf("released are the leases of %v, want its own, once", c.released)
	}
}

func TestEachRunIsReportedWithItsLateness(t *testing.T) {
	c := feedsOf(1, feed.Attacks)
	var got []poll.Run
	var mu sync.Mutex
	synctest.Test(t, func(t *testing.T) {
		c.set(func(c *claims) {
			st := c.states[0]
			st.NextDue = time.Now().Add(-3 * time.Second)
			c.states[0] = st
		})
		s := &poll.Scheduler{Owner: "me", Claims: c, Intervals: intervals, Clock: clock.Wall{}, Lanes: []poll.Lane{{Workers: 1}},
			Pollers: map[feed.Name]poll.Poller{feed.Attacks: pollFunc(func(ctx context.Context, st *feed.State) error {
				st.NextDue = st.NextDue.Add(time.Hour) // as a poll's transaction does
				return clock.Wall{}.Sleep(ctx, 1500*time.Millisecond)
			})},
			Observe: func(r poll.Run) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, r)
			}}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		must(t, s.Run(ctx))
	})
	if len(got) != 1 || got[0].Took != 1500*time.Millisecond || got[0].Late != 4*time.Second || got[0].Err != nil || got[0].Feed != feed.Attacks {
		t.Errorf("reported are %+v, want one run of 1.5 s, 4 s late", got)
	}
}

// The whole of it: scheduler, pollers, database and stand-in on a clock that runs by itself.
func TestTheSchedulerPollsAWarByItself(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 81, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 10 * time.Minute, Burst: 30})
	s := &poll.Scheduler{Owner: "me", Claims: e.store, Pollers: e.main.pollers, Intervals: intervals, Clock: fast{e.clock}, Lanes: []poll.Lane{{Workers: 4}}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	end := e.world.Plan().End.Add(afterwards)
	for e.clock.Now().Before(end) {
		quiet := true // nothing is due and nobody works
		for _, st := range e.feeds() {
			quiet = quiet && st.NextDue.After(e.clock.Now()) && !st.LeaseUntil.After(e.clock.Now())
		}
		if quiet {
			e.step(end)
			continue
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	must(t, <-done)
	e.checkEnd()
}

// fast is a clock of which a second takes a tick of the wall's.
type fast struct{ *manual }

func (fast) Real(d time.Duration) time.Duration { return d / 1000 }
