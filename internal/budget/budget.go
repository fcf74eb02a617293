// Package budget counts requests to Torn: so many a minute for each player, whose
// keys share one allowance, and so many for this host's address. Local keeps the
// count in this process, Shared in Redis for several processes. Both know players
// by id alone; no key comes near them.
package budget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// Limits are the most requests that may pass in any minute.
type Limits struct {
	PerPlayer int // Torn grants 100 to a player; the owner's other tools need some of them
	PerHost   int // Torn bans an address at about 1,000

	// window stands for the minute; tests against a real Redis shorten it.
	window time.Duration
}

// check fills in the window and refuses limits that cannot work.
func (l Limits) check() (Limits, error) {
	if l.PerPlayer < 2 || l.PerPlayer > 100 {
		return l, fmt.Errorf("budget: %d requests per player and minute: it takes 2 to 100, Torn's limit", l.PerPlayer)
	}
	if l.PerHost < 2 || l.PerHost > 1000 {
		return l, fmt.Errorf("budget: %d requests per host and minute: it takes 2 to 1000, Torn's limit", l.PerHost)
	}
	if l.window <= 0 {
		l.window = time.Minute
	}
	return l, nil
}

// maxBurst is how many requests may pass at once. A bucket that holds b and refills
// n-b in a minute lets at most n through in any minute; one that holds n and
// refills n would let nearly 2n.
const maxBurst = 10

// split gives a bucket's size and its refill per window for a limit of n.
func split(n int) (burst, refill int) {
	burst = min(maxBurst, n/2)
	return burst, n - burst
}

// headroom is how many requests a rank must leave in a bucket, so that the next
// call of a better rank finds one there. It never empties a small bucket's share.
func headroom(rank, burst int) int {
	switch {
	case rank <= 0:
		return 0
	case rank == 1:
		return min(1, burst-1)
	default:
		return min(3, burst-1)
	}
}

// Usage is one player's share of the limit.
type Usage struct {
	Player faction.PlayerID // 0: the whole host
	Calls  int              // in the last minute
	Limit  int
	// Since is when the calls rose above 80 % of the limit without falling back;
	// zero while they are below.
	Since time.Time
	// PausedUntil is when the player's calls go on; zero when they do.
	PausedUntil time.Time
}

// Share is the part of the limit in use, 0 to 1.
func (u Usage) Share() float64 { return float64(u.Calls) / float64(u.Limit) }

// high tells whether so many calls are above 80 % of the limit.
func high(calls, limit int) bool { return calls*5 > limit*4 }

// ErrTooLong is returned at once when the wait would outlast the caller's
// deadline; it is context.DeadlineExceeded too.
var ErrTooLong = errors.New("the wait is longer than the caller's deadline")

func tooLong(player faction.PlayerID, d time.Duration) error {
	return &faction.Error{
		Kind: faction.Unavailable,
		Say:  "Our requests to Torn are used up for the moment. Try again in a minute.",
		Err:  fmt.Errorf("player %d has to wait %s: %w (%w)", player, d.Round(time.Millisecond), ErrTooLong, context.DeadlineExceeded),
	}
}

// bucket is what a queue draws from: it takes one request of the player's and of
// the host's, or tells how long to wait before asking again.
type bucket interface {
	take(ctx context.Context, rank int, player faction.PlayerID) (wait time.Duration, err error)
}

// wait queues for one request: the best rank first, within a rank whoever came first.
func (q *queue) wait(ctx context.Context, clk clock.Clock, b bucket, rank int, player faction.PlayerID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := q.join(player, rank)
	defer q.leave(player, w)
	for {
		if err := q.first(ctx, player, w); err != nil {
			return err
		}
		d, err := b.take(ctx, rank, player)
		if err != nil || d <= 0 {
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && clk.Real(d) > time.Until(deadline) {
			return tooLong(player, d)
		}
		if err := clk.Sleep(ctx, d); err != nil {
			return err
		}
	}
}
