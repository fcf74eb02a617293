package poll

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

// oneFeed is a store of one feed, and the poller that is due again ten seconds after
// it began.
type oneFeed struct {
	clock  *stepped
	due    time.Time
	begins []time.Duration // since the clock's start
}

func (f *oneFeed) ClaimDue(_ context.Context, _ string, now time.Time, _ time.Duration, _ int, _ ...feed.Name) ([]feed.State, error) {
	if f.due.After(now) {
		return nil, nil
	}
	f.clock.step(3 * time.Millisecond) // claiming takes a moment
	return []feed.State{{Feed: feed.Attacks, NextDue: f.due}}, nil
}

func (f *oneFeed) RunOnce(context.Context, *feed.State) error {
	f.begins = append(f.begins, f.clock.Now().Sub(time.Time{}))
	f.due = f.clock.Now().Add(10 * time.Second)
	return nil
}

func (f *oneFeed) ReleaseLeases(context.Context, string) error { return nil }

func (f *oneFeed) FailPoll(context.Context, feed.State, time.Time, time.Time, string) error {
	return faction.Errorf(faction.Unavailable, "This poll should not fail.")
}

// stepped is a clock that moves by hand.
type stepped struct {
	clock.Wall
	now time.Time
}

func (c *stepped) Now() time.Time       { return c.now }
func (c *stepped) step(d time.Duration) { c.now = c.now.Add(d) }

func TestAFeedIsPolledAtEachIntervalAndNotATickLater(t *testing.T) {
	f := &oneFeed{clock: &stepped{}}
	s := &Scheduler{Claims: f, Clock: f.clock, Pollers: map[feed.Name]Poller{feed.Attacks: f}, Log: slog.New(slog.DiscardHandler)}
	var polls sync.WaitGroup
	l := lane{slots: make(chan struct{}, 1), polls: &polls}
	for n := range 61 {
		f.clock.now = time.Time{}.Add(time.Duration(n) * tick)
		if err := s.tick(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		polls.Wait()
	}
	if len(f.begins) != 7 || f.begins[6] > time.Minute+100*time.Millisecond {
		t.Errorf("in a minute it was polled at %v, want every ten seconds", f.begins)
	}
}
