package torn_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

const testKey = "AbCdEfGh12345678"

// openBudget lets everything pass and remembers the pauses.
type openBudget struct {
	mu     sync.Mutex
	ranks  []int
	pauses map[faction.PlayerID]time.Time
	wait   func(ctx context.Context, player faction.PlayerID) error
}

func (b *openBudget) Wait(ctx context.Context, rank int, player faction.PlayerID) error {
	b.mu.Lock()
	b.ranks = append(b.ranks, rank)
	wait := b.wait
	b.mu.Unlock()
	if wait != nil {
		return wait(ctx, player)
	}
	return ctx.Err()
}

func (b *openBudget) Pause(_ context.Context, player faction.PlayerID, until time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pauses == nil {
		b.pauses = map[faction.PlayerID]time.Time{}
	}
	b.pauses[player] = until
	return nil
}

func (b *openBudget) paused(player faction.PlayerID) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pauses[player]
}

// stepClock stands still but for sleeps, which pass at once.
type stepClock struct {
	mu    sync.Mutex
	now   time.Time
	slept time.Duration
}

func newStepClock() *stepClock {
	return &stepClock{now: time.Date(2026, 8, 20, 12, 0, 30, 0, time.UTC)}
}

func (c *stepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stepClock) Sleep(ctx context.Context, d time.Duration) error {
	c.advance(d)
	c.mu.Lock()
	c.slept += d
	c.mu.Unlock()
	return ctx.Err()
}

func (c *stepClock) Real(d time.Duration) time.Duration { return d }

func (c *stepClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rig is a client against a server of the test's own.
type rig struct {
	*torn.Client
	clock  *stepClock
	budget *openBudget
	mu     sync.Mutex
	calls  []torn.Call
	got    []*http.Request
}

func newRig(t testing.TB, answer http.HandlerFunc) *rig {
	t.Helper()
	r := &rig{clock: newStepClock(), budget: &openBudget{}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		r.got = append(r.got, q.Clone(context.Background()))
		r.mu.Unlock()
		answer(w, q)
	}))
	t.Cleanup(srv.Close)
	c, err := torn.New(torn.Config{
		BaseURL: srv.URL + "/v2", HTTP: srv.Client(), Budget: r.budget, Clock: r.clock,
		Observe: func(c torn.Call) { r.mu.Lock(); r.calls = append(r.calls, c); r.mu.Unlock() },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Client = c
	return r
}

func (r *rig) requests() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*http.Request(nil), r.got...)
}

func (r *rig) observed() []torn.Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]torn.Call(nil), r.calls...)
}

func body(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(s))
	}
}

func key() torn.Key { return torn.Key{ID: 1, Owner: 7, Faction: 3, Secret: torn.NewSecret(testKey)} }
