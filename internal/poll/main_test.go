package poll_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"consigliere/internal/localpg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// manual is a clock that moves only when told to, or when somebody sleeps on it.
type manual struct {
	mu sync.Mutex
	t  time.Time
}

func (c *manual) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *manual) Sleep(ctx context.Context, d time.Duration) error {
	c.Advance(d)
	return ctx.Err()
}

func (c *manual) Real(d time.Duration) time.Duration { return d }

func (c *manual) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}
