// Package poll brings Torn's data in: each feed reads, lets the rules work out what
// is new, and has it stored in one transaction together with the alerts that follow
// from it. RunOnce does the work and is what tests call; Scheduler only decides when.
package poll

import (
	"context"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// Poller polls one feed of one faction. st is the state that was claimed; RunOnce
// raises its generation with every transaction.
type Poller interface {
	RunOnce(ctx context.Context, st *feed.State) error
}

// WarReader reads the wars of a faction, the newest first.
type WarReader interface {
	Wars(ctx context.Context, id faction.ID, limit int) ([]war.War, error)
}

// Source is how Torn is reached: every call goes through a key of the pool.
type Source struct {
	Client *torn.Client
	Pool   *torn.Pool
	Spent  *Spent // nil: nobody counts
}

// recentWars is how many wars an attack is matched against: one a week over the year
// that the attack log reaches back.
const recentWars = 60

// patience is how long, of the wall's time, a poll waits for what it can do without.
const patience = 10 * time.Second

// warIsNear is how long before its start a war is polled like one that is on.
const warIsNear = time.Minute

// current is the war to follow at now: tracked and not over, or over for less than
// the time its last fights need to show up.
func current(wars []war.War, now time.Time) (war.War, bool) {
	for _, w := range wars {
		if !w.Tracked {
			continue
		}
		if w.End.IsZero() || now.Before(w.End.Add(feed.FinalAfter)) {
			return w, true
		}
	}
	return war.War{}, false
}

// hot tells whether the war has to be watched closely at now.
func hot(w war.War, now time.Time) bool {
	return !now.Before(w.Start.Add(-warIsNear)) && (w.End.IsZero() || now.Before(w.End.Add(feed.FinalAfter)))
}

// fetch makes one call with a key of the faction's pool.
func fetch[T any](ctx context.Context, s Source, id faction.ID, need torn.Need, call func(context.Context, torn.Key) (T, error)) (T, error) {
	var out T
	err := s.Pool.Do(ctx, id, need, func(ctx context.Context, key torn.Key) error {
		s.Spent.add(id)
		var err error
		out, err = call(ctx, key)
		return err
	})
	return out, err
}

// sameFaction makes sure that a key still speaks for the faction it was lent to, and
// gives that faction's own page. It is asked after the call that it vouches for and
// past Torn's cache: asked before, it would tell of a past in which all was well.
func (s Source) sameFaction(ctx context.Context, key torn.Key, prio torn.Priority, want faction.ID, endpoint string) (torn.FactionBasic, error) {
	s.Spent.add(want)
	own, err := s.Client.FactionBasic(ctx, key, torn.Options{Priority: prio, Fresh: true}, 0)
	if err == nil && faction.ID(own.ID) != want {
		err = torn.Foreign(endpoint)
	}
	return own, err
}

// beat is when a poll that began at a moment is due again: within every, on a beat of the
// faction's own. After a start all factions are polled at once; on beats of their own they
// spread over the interval, instead of falling due together for ever.
func beat(id faction.ID, started time.Time, every time.Duration) time.Time {
	n := seconds(every)
	at := started.Add(every + tick/2).Unix() // polls begin up to half a tick early
	next := time.Unix(at-((at-int64(id))%n+n)%n, 0).UTC()
	if !next.After(started) { // an interval of no whole second
		return started.Add(every)
	}
	return next
}

// seconds is a duration in whole seconds, one at least.
func seconds(d time.Duration) int64 { return max(1, int64(d/time.Second)) }

// took is the wall-clock time since started, whatever speed the clock runs at.
func took(clk clock.Clock, started time.Time) time.Duration { return clk.Real(clk.Now().Sub(started)) }
