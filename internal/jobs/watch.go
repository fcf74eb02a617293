package jobs

import (
	"context"
	"time"

	"consigliere/internal/clock"
)

// WatchReminder tells watchers of the chain that their turn is near.
type WatchReminder interface {
	RemindWatchers(ctx context.Context, now time.Time) (reminded int, err error)
}

// Watches looks every minute: a reminder ten minutes before is one within a minute of that.
func Watches(store WatchReminder, clk clock.Clock) Job {
	return Job{Name: "watch", Every: time.Minute, Limit: time.Minute, Run: func(ctx context.Context) (map[string]int, error) {
		n, err := store.RemindWatchers(ctx, clk.Now())
		return map[string]int{"reminded": n}, err
	}}
}
