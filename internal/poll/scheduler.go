package poll

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
	"consigliere/internal/feed"
)

// Claims is what the scheduler needs of the store.
type Claims interface {
	ClaimDue(ctx context.Context, owner string, now time.Time, lease time.Duration, limit int, of ...feed.Name) ([]feed.State, error)
	ReleaseLeases(ctx context.Context, owner string) error
	FailPoll(ctx context.Context, st feed.State, now, nextDue time.Time, reason string) error
}

// Run is how one poll went, for metrics.
type Run struct {
	Faction faction.ID
	Feed    feed.Name
	Took    time.Duration // of the wall's time
	Late    time.Duration // start after it was due, in the clock's time
	Err     error
}

// Lane is a number of feeds that are polled by workers of their own, so that what waits
// long for Torn in one lane takes no worker from another.
type Lane struct {
	Feeds   []feed.Name // none: all
	Workers int         // polls at once
}

// Scheduler claims feeds that are due and polls them, a bounded number at once. Any
// number of processes may run one: the database gives each due feed to one of them.
// Log may be nil: silent; Observe may be nil: nobody counts.
type Scheduler struct {
	Owner     string // unique to this process, and the same after its restart
	Claims    Claims
	Pollers   map[feed.Name]Poller
	Intervals feed.Intervals
	Clock     clock.Clock
	Lanes     []Lane // in which each feed stands once
	Log       *slog.Logger
	Observe   func(Run)
}

const (
	tick        = time.Second
	shortTick   = 25 * time.Millisecond // of the wall's time, the most often a fast clock ticks
	pollTimeout = 25 * time.Second      // of the wall's time
	failWithin  = 20 * time.Second      // of the wall's time; until then a failure is tried to be recorded
	leaseTime   = 30 * time.Second      // of the wall's time; a crashed owner's feeds are free again after it
	claimTime   = 10 * time.Second      // of the wall's time; a database that hangs must not hang us
)

// Run ticks until ctx ends, then waits for the polls under way.
func (s *Scheduler) Run(ctx context.Context) error {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	sched, err := gocron.NewScheduler(gocron.WithLogger(quiet{}))
	if err != nil {
		return fmt.Errorf("make the scheduler: %w", err)
	}
	claiming, cancel := context.WithTimeout(ctx, claimTime)
	err = s.Claims.ReleaseLeases(claiming, s.Owner)
	cancel()
	if err != nil && ctx.Err() == nil {
		s.Log.Warn("leases of a former run stay until they run out", "err", err)
	}
	claims := outage{log: s.Log}
	var polls sync.WaitGroup
	for i, l := range s.Lanes {
		run := lane{Lane: l, slots: make(chan struct{}, max(1, l.Workers)), polls: &polls}
		_, err = sched.NewJob(gocron.DurationJob(max(shortTick, s.Clock.Real(tick))),
			gocron.NewTask(func() { claims.say(ctx, s.tick(ctx, run)) }),
			gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithName(fmt.Sprint("poll ", i)))
		if err != nil {
			return errors.Join(fmt.Errorf("schedule the polls: %w", err), sched.Shutdown())
		}
	}
	sched.Start()
	<-ctx.Done()
	err = sched.Shutdown()
	polls.Wait()
	if err != nil {
		return fmt.Errorf("stop the scheduler: %w", err)
	}
	return nil
}

// lane is a Lane at work: whoever polls holds one of its slots.
type lane struct {
	Lane
	slots chan struct{}
	polls *sync.WaitGroup // those of all lanes
}

// tick claims due feeds as long as there are free workers: what is due when all of them
// are busy begins as soon as one is done, not with the next tick.
func (s *Scheduler) tick(ctx context.Context, l lane) error {
	for ctx.Err() == nil {
		free := cap(l.slots) - len(l.slots)
		if free == 0 {
			select {
			case l.slots <- struct{}{}:
				<-l.slots
			case <-ctx.Done():
			}
			continue
		}
		n, err := s.claim(ctx, free, l)
		if err != nil || n < free {
			return err
		}
	}
	return nil
}

// claim claims as many due feeds as there are free workers, and has them polled.
func (s *Scheduler) claim(ctx context.Context, free int, l lane) (int, error) {
	claiming, cancel := context.WithTimeout(ctx, claimTime)
	// The nearest tick takes a feed. Polls begin a little after their tick, so that they
	// are due again a little after another one: waiting for the next would make every
	// interval a tick longer.
	states, err := s.Claims.ClaimDue(claiming, s.Owner, s.Clock.Now().Add(tick/2), clock.Span(s.Clock, leaseTime), free, l.Feeds...)
	cancel()
	if err != nil {
		return 0, err
	}
	for _, st := range states {
		l.slots <- struct{}{}
		l.polls.Add(1)
		go func() {
			defer l.polls.Done()
			defer func() { <-l.slots }()
			s.poll(ctx, st)
		}()
	}
	return len(states), nil
}

// outage logs a failure once, and its end once, however often and by whom it is met in
// between.
type outage struct {
	log  *slog.Logger
	mu   sync.Mutex
	down bool
}

func (o *outage) say(ctx context.Context, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil && !o.down && ctx.Err() == nil:
		o.log.Error("due polls cannot be claimed; trying again each second", "err", err)
		o.down = true
	case err == nil && o.down:
		o.log.Info("due polls are claimed again")
		o.down = false
	}
}

// poll runs one claimed feed and records how it went.
func (s *Scheduler) poll(life context.Context, st feed.State) {
	ctx, cancel := context.WithTimeout(life, pollTimeout)
	defer cancel()
	started := s.Clock.Now()
	late := started.Sub(st.NextDue) // before the poll says when it is due again
	err := s.runOnce(ctx, &st)
	if s.Observe != nil {
		s.Observe(Run{Faction: st.Faction, Feed: st.Feed, Took: took(s.Clock, started), Late: late, Err: err})
	}
	if err == nil {
		return
	}
	now := s.Clock.Now()
	next := NextTry(err, now, feed.Backoff(s.interval(st.Feed), st.Failures+1))
	if life.Err() != nil { // nothing is wrong with the feed: whoever polls next goes on
		next = now
	} else {
		s.Log.Warn("poll failed; nothing is lost, the next one catches up", "faction_id", st.Faction, "feed", st.Feed, "err", err)
	}
	if err := s.fail(life, st, now, next, Reason(err), started); err != nil {
		s.Log.Warn("a failed poll could not be recorded; the feed waits until its lease runs out", "faction_id", st.Faction, "feed", st.Feed, "err", err)
	}
}

// fail records at now the failure of a poll that began at started. A database that restarts is
// asked again while the lease lasts, lest the feed wait for its end; when the bot stops
// there is one try.
func (s *Scheduler) fail(life context.Context, st feed.State, now, next time.Time, reason string, started time.Time) error {
	for {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(life), 5*time.Second)
		err := s.Claims.FailPoll(ctx, st, now, next, reason)
		cancel()
		if err == nil || took(s.Clock, started) > failWithin || s.Clock.Sleep(life, clock.Span(s.Clock, time.Second)) != nil {
			return err
		}
	}
}

// AgainError is a failure of a poll that has to look again at a moment of its own,
// however often it has failed: a warning falls due then.
type AgainError struct {
	At  time.Time
	Err error
}

// Error is for logs.
func (e *AgainError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *AgainError) Unwrap() error { return e.Err }

// NextTry is when a poll that has failed is tried again: after the usual wait, or when
// it says itself that it has to look, if that is sooner.
func NextTry(err error, now time.Time, wait time.Duration) time.Time {
	next := now.Add(wait)
	var again *AgainError
	if errors.As(err, &again) && again.At.Before(next) {
		next = later(again.At, now.Add(tick))
	}
	return next
}

// runOnce keeps a panic of one poll from ending the process.
func (s *Scheduler) runOnce(ctx context.Context, st *feed.State) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
			s.Log.Error("a poll panicked", "faction_id", st.Faction, "feed", st.Feed, "err", err, "stack", string(debug.Stack()))
		}
	}()
	p, ok := s.Pollers[st.Feed]
	if !ok {
		return fmt.Errorf("no poller for feed %q", st.Feed)
	}
	return p.RunOnce(ctx, st)
}

func (s *Scheduler) interval(n feed.Name) time.Duration {
	switch n {
	case feed.Attacks:
		return s.Intervals.AttacksWar
	case feed.Front, feed.Chain:
		return s.Intervals.Front
	default:
		return s.Intervals.Wars
	}
}

// Reason says in words for people why a poll failed. What is not meant for people
// stands in the log.
func Reason(err error) string {
	var known *faction.Error
	switch {
	case errors.As(err, &known):
		return known.Say
	case errors.Is(err, context.DeadlineExceeded):
		return "Torn took too long to answer. Nothing was lost; we try again by ourselves."
	case errors.Is(err, context.Canceled):
		return "The bot was stopped in the middle of this poll. Nothing was lost; the next one catches up."
	default:
		return "Something went wrong inside the bot. Nothing was lost; the next poll catches up. The operator finds the cause in the log."
	}
}

// quiet keeps gocron's own words out of our log: what it could say, Observe and the
// polls' own lines say better.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Error(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
