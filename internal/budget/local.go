package budget

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// Local keeps the budget of one process.
type Local struct {
	limits Limits
	clock  clock.Clock
	queue  *queue

	mu      sync.Mutex
	host    *account
	players map[faction.PlayerID]*account
	sweep   time.Time // when idle players are forgotten next
}

// account is what one player, or the host, has spent.
type account struct {
	limit  int
	bucket *rate.Limiter
	calls  []time.Time // of the last window, oldest first
	since  time.Time   // above 80 % since
	paused time.Time
}

// NewLocal makes a budget whose minutes are the clock's.
func NewLocal(limits Limits, clk clock.Clock) (*Local, error) {
	limits, err := limits.check()
	if err != nil {
		return nil, err
	}
	l := &Local{limits: limits, clock: clk, queue: newQueue(), players: map[faction.PlayerID]*account{}}
	l.host = l.account(limits.PerHost)
	return l, nil
}

func (l *Local) account(limit int) *account {
	burst, refill := split(limit)
	return &account{limit: limit, bucket: rate.NewLimiter(rate.Limit(float64(refill)/l.limits.window.Seconds()), burst)}
}

// Wait returns when one call of that player may start. A lower rank is served
// first. Player 0 is an owner not known yet: only the host's share is spent.
func (l *Local) Wait(ctx context.Context, rank int, player faction.PlayerID) error {
	return l.queue.wait(ctx, l.clock, l, rank, player)
}

// Pause keeps that player's calls from starting before until; player 0 means
// everybody's. A pause is never shortened.
func (l *Local) Pause(_ context.Context, player faction.PlayerID, until time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.host
	if player != 0 {
		a = l.of(player)
	}
	if until.After(a.paused) {
		a.paused = until
	}
	return nil
}

// Usage is what was spent in the last minute: the host first, then the players by
// id. Players who have been idle for a while are left out.
func (l *Local) Usage(context.Context) ([]Usage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	out := []Usage{l.host.usage(0, now, l.limits.window)}
	for id, a := range l.players {
		out = append(out, a.usage(id, now, l.limits.window))
	}
	slices.SortFunc(out, func(a, b Usage) int { return int(a.Player - b.Player) })
	return out, nil
}

func (l *Local) take(_ context.Context, rank int, player faction.PlayerID) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	l.forget(now)
	spent := []*account{l.host}
	if player != 0 {
		spent = append(spent, l.of(player))
	}
	var d time.Duration
	for _, a := range spent {
		d = max(d, a.delay(now, rank))
	}
	if d > 0 {
		return d, nil
	}
	for _, a := range spent {
		a.spend(now, l.limits.window)
	}
	return 0, nil
}

func (l *Local) of(player faction.PlayerID) *account {
	a := l.players[player]
	if a == nil {
		a = l.account(l.limits.PerPlayer)
		l.players[player] = a
	}
	return a
}

// forget drops players whose bucket is full again and who are not paused: a new
// account would read the same.
func (l *Local) forget(now time.Time) {
	if now.Before(l.sweep) {
		return
	}
	l.sweep = now.Add(10 * l.limits.window)
	for id, a := range l.players {
		if a.count(now, l.limits.window) == 0 && !now.Before(a.paused) {
			delete(l.players, id)
		}
	}
}

// delay is how long a call of that rank has to wait; 0 when it may go.
func (a *account) delay(now time.Time, rank int) time.Duration {
	if d := a.paused.Sub(now); d > 0 {
		return d
	}
	missing := 1 + float64(headroom(rank, a.bucket.Burst())) - a.bucket.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	// Rounded up, lest the sleeper wake a nanosecond early and find nothing.
	return time.Duration(missing/float64(a.bucket.Limit())*float64(time.Second)) + time.Microsecond
}

func (a *account) spend(now time.Time, window time.Duration) {
	a.bucket.AllowN(now, 1)
	n := a.count(now, window)
	a.calls = append(a.calls, now)
	if high(n+1, a.limit) && a.since.IsZero() {
		a.since = now
	}
}

// count forgets calls older than the window and tells how many are left. Between
// two calls the number only falls, so that looking before each is enough to see
// it fall below 80 %.
func (a *account) count(now time.Time, window time.Duration) int {
	old := 0
	for old < len(a.calls) && now.Sub(a.calls[old]) >= window {
		old++
	}
	a.calls = slices.Delete(a.calls, 0, old)
	if !high(len(a.calls), a.limit) {
		a.since = time.Time{}
	}
	return len(a.calls)
}

func (a *account) usage(id faction.PlayerID, now time.Time, window time.Duration) Usage {
	u := Usage{Player: id, Calls: a.count(now, window), Limit: a.limit, Since: a.since}
	if now.Before(a.paused) {
		u.PausedUntil = a.paused
	}
	return u
}
