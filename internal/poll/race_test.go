package poll_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
)

// mortal is the store of a process that is killed every now and then: before a
// write reaches the database, or after it, when nobody learns of it any more.
type mortal struct {
	*store.Store
	rng    *rand.Rand
	one    int // it dies at one write in so many
	killed int
}

// write makes one write, or dies at it.
func (m *mortal) write(do func() error) error {
	switch m.rng.IntN(2 * m.one) {
	case 0:
		m.killed++
		return errKilled
	case 1:
		m.killed++
		if err := do(); err != nil {
			return err
		}
		return errKilled
	default:
		return do()
	}
}

func (m *mortal) SaveAttacks(ctx context.Context, st *feed.State, p feed.AttackPage) error {
	return m.write(func() error { return m.Store.SaveAttacks(ctx, st, p) })
}

func (m *mortal) SaveUpdate(ctx context.Context, st *feed.State, u feed.Update) error {
	return m.write(func() error { return m.Store.SaveUpdate(ctx, st, u) })
}

// wholeEvening is what is told of a war that is watched from its announcement on.
var wholeEvening = map[alert.Kind]int{alert.WarScheduled: 1, alert.WarStarted: 1, alert.WarMilestone: -1, alert.WarEnded: 1, alert.WarReport: 1}

// Whatever the world, and wherever the process is killed: each attack is counted
// once, and each alert told once.
func TestAProcessThatIsKilledAtRandomLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			e := newEvening(t, simtorn.Config{Seed: 60 + seed, MatchedAfter: time.Minute, StartsAfter: 4 * time.Minute, WarLength: 16 * time.Minute, Burst: 120})
			plan := e.world.Plan()
			m := &mortal{Store: e.store, rng: rand.New(rand.NewPCG(seed, 1)), one: 5}
			e.main = e.process("main", m)
			// Now and then it is told to stop while it waits for Torn.
			ctx, cancel := context.WithCancel(t.Context())
			e.gate.set(func(*http.Request) {
				if m.rng.IntN(15) == 0 {
					cancel()
				}
			}, nil)
			run := func(until time.Time) {
				for e.clock.Now().Before(until) {
					killed := m.killed
					e.poll(ctx, e.main, leaseTime)
					if ctx.Err() != nil || m.killed > killed { // it is started again
						cancel()
						ctx, cancel = context.WithCancel(t.Context())
						must(t, e.store.ReleaseLeases(t.Context(), "main"))
					}
					e.step(until)
				}
			}
			run(plan.End.Add(20 * time.Minute))
			cancel()
			if m.killed < 20 {
				t.Errorf("it was killed %d times, want at least 20", m.killed)
			}
			e.checkEnd()
			e.told(wholeEvening)
		})
	}
}

// Two processes whose leases never hold the other one off, as if each took the
// other for dead: both read, and whoever writes second writes nothing.
func TestTwoProcessesThatOvertakeEachOtherCountEverythingOnce(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 71, MatchedAfter: time.Minute, StartsAfter: 4 * time.Minute, WarLength: 16 * time.Minute, Burst: 220})
	plan := e.world.Plan()
	both := []*process{e.process("one", e.store), e.process("two", e.store)}
	var mu sync.Mutex
	overtaken := 0
	for e.clock.Now().Before(plan.End.Add(afterwards)) {
		var wg sync.WaitGroup
		var claimed [2][]feed.State
		for i, p := range both {
			due, err := e.store.ClaimDue(t.Context(), p.name, e.clock.Now(), 0, 10)
			must(t, err)
			claimed[i] = due
		}
		for i, p := range both {
			for _, st := range claimed[i] {
				wg.Go(func() {
					err := p.pollers[st.Feed].RunOnce(t.Context(), &st)
					if errors.Is(err, store.ErrOvertaken) {
						mu.Lock()
						overtaken++
						mu.Unlock()
					} else if err != nil {
						t.Errorf("%s of %s: %v", st.Feed, p.name, err)
					}
				})
			}
		}
		wg.Wait()
		e.step(plan.End.Add(afterwards))
	}
	if overtaken < 50 {
		t.Errorf("a process was overtaken %d times, want it often", overtaken)
	}
	e.checkEnd()
	e.told(wholeEvening)
}

// An attack page that is saved by one process after another one has gone on must
// not set the log back.
func TestAnOvertakenRunStopsAtItsFirstWrite(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 72, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: time.Hour})
	e.runUntil(e.world.Plan().Start.Add(5 * time.Minute))
	slow := e.feeds()
	e.runUntil(e.clock.Now().Add(3 * time.Minute))
	before := e.feeds()
	for name, st := range slow {
		rare := slices.Contains([]feed.Name{feed.Members, feed.Wars, feed.Scout}, name) // perhaps nobody has gone on
		if err := e.main.pollers[name].RunOnce(t.Context(), &st); !rare && !errors.Is(err, store.ErrOvertaken) {
			t.Errorf("%s: got %v, want ErrOvertaken", name, err)
		}
	}
	after := e.feeds()
	for _, name := range []feed.Name{feed.Attacks, feed.Front} {
		if before[name] != after[name] {
			t.Errorf("%s went from %+v to %+v", name, before[name], after[name])
		}
	}
	e.settle()
}
