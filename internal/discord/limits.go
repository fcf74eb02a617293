package discord

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Discord allows a bot 50 requests a second over all routes. A bucket of n that
// refills at r lets n + r through in some second: 10 + 40.
const (
	globalPerSecond = 40
	globalBurst     = 10
)

// Ten thousand answers of 401, 403 or 429 within ten minutes get the host's
// address banned, for every bot on it. We stop well before.
const (
	maxInvalid    = 5000
	invalidWindow = 10 * time.Minute
)

// limits keeps what Discord's rate limits have told so far: the limiter and the
// pauses all routes share, and one bucket for each route that announced one.
type limits struct {
	global *rate.Limiter

	mu        sync.Mutex
	botUntil  time.Time // global 429: holds everything but interaction answers
	hostUntil time.Time // ban at Discord's edge: holds everything
	buckets   map[string]*bucket
	swept     time.Time
	invalid   int
	since     time.Time // when counting of invalid answers began
}

// bucket is one route's window. A zero limit means Discord has not told it yet.
type bucket struct {
	limit, remaining int
	reset            time.Time
}

func newLimits() *limits {
	return &limits{
		global:  rate.NewLimiter(globalPerSecond, globalBurst),
		buckets: make(map[string]*bucket),
	}
}

// admit waits until a call on this route may be sent, or returns how long that
// would take when ctx cannot wait so long. Urgent calls (answers to
// interactions, which Discord does not count against the bot's global limit and
// which cannot wait) pass the global limit, though the others make room for them.
func (l *limits) admit(ctx context.Context, key string, urgent bool) (time.Duration, error) {
	for {
		wait := l.take(key, urgent)
		if wait <= 0 {
			break
		}
		if err := sleep(ctx, wait); err != nil {
			return wait, err
		}
	}
	if urgent {
		l.global.Reserve()
		return 0, nil
	}
	if err := l.global.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return time.Second, ctx.Err()
		}
		// The limiter gives up at once, with an error of its own, when the deadline
		// is too near.
		return time.Second, context.DeadlineExceeded
	}
	return 0, nil
}

// take claims one request of the route's window, or tells how long to wait.
func (l *limits) take(key string, urgent bool) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if w := l.hostUntil.Sub(now); w > 0 {
		return w
	}
	if w := l.botUntil.Sub(now); w > 0 && !urgent {
		return w
	}
	b := l.buckets[key]
	if b == nil {
		return 0
	}
	if !now.Before(b.reset) {
		// A new window that Discord has not described yet.
		b.remaining = max(b.limit, 1)
		b.reset = now.Add(time.Second)
	}
	if b.remaining <= 0 {
		return b.reset.Sub(now)
	}
	b.remaining--
	return 0
}

// learn records a route's window from the headers of an answer.
func (l *limits) learn(key string, limit, remaining int, resetAfter time.Duration) {
	if limit <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.sweep(now)
	reset := now.Add(resetAfter)
	b := l.buckets[key]
	switch {
	case b == nil:
		l.buckets[key] = &bucket{limit: limit, remaining: remaining, reset: reset}
	case reset.After(b.reset.Add(resetAfter / 2)):
		b.limit, b.remaining, b.reset = limit, remaining, reset
	default:
		// Answers overtake each other: within a window the lowest count is right.
		b.limit, b.remaining = limit, min(b.remaining, remaining)
	}
}

// block closes a route for d: Discord answered 429 on it.
func (l *limits) block(key string, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		b = &bucket{limit: 1}
		l.buckets[key] = b
	}
	b.remaining = 0
	if until := time.Now().Add(d); until.After(b.reset) {
		b.reset = until
	}
}

// pause holds all routes for d. A pause of the whole host holds urgent calls too.
func (l *limits) pause(d time.Duration, host bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := time.Now().Add(d)
	if host && until.After(l.hostUntil) {
		l.hostUntil = until
	}
	if until.After(l.botUntil) {
		l.botUntil = until
	}
}

// countInvalid counts an answer that Discord holds against this host's address,
// and pauses everything before it would ban it.
func (l *limits) countInvalid() {
	l.mu.Lock()
	now := time.Now()
	if now.Sub(l.since) > invalidWindow {
		l.since, l.invalid = now, 0
	}
	l.invalid++
	over := l.invalid > maxInvalid
	left := l.since.Add(invalidWindow).Sub(now)
	l.mu.Unlock()
	if over {
		l.pause(left, true)
	}
}

// sweep forgets windows that are over: every interaction token is a route of
// its own, so the map would grow for ever. The caller holds mu.
func (l *limits) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for key, b := range l.buckets {
		if now.After(b.reset) {
			delete(l.buckets, key)
		}
	}
}

// sleep waits d, or returns ctx's error: at once when ctx would end before d has
// passed, because the waiting would be for nothing.
func sleep(ctx context.Context, d time.Duration) error {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return context.DeadlineExceeded
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
