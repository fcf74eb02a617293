package jobs

import (
	"context"
	"time"

	"consigliere/internal/clock"
)

// LinkExpirer ends links that no officer confirmed in time, and deletes their keys.
type LinkExpirer interface {
	ExpireLinks(ctx context.Context, now time.Time) (expired int, err error)
}

// LinkRequests looks every ten minutes: a key that nobody may use is not kept longer
// than was said.
func LinkRequests(store LinkExpirer, clk clock.Clock) Job {
	return Job{Name: "link requests", Every: 10 * time.Minute, Limit: time.Minute, Run: func(ctx context.Context) (map[string]int, error) {
		n, err := store.ExpireLinks(ctx, clk.Now())
		return map[string]int{"expired": n}, err
	}}
}
