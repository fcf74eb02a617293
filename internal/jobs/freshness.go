package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

// Watching is what looking after feeds and alert rules needs of the store.
type Watching interface {
	Active(ctx context.Context) ([]faction.ID, error)
	Feeds(ctx context.Context, id faction.ID) ([]feed.State, error)
	Episode(ctx context.Context, id faction.ID, subject string, now time.Time, step func(alert.Episode) (alert.Episode, alert.News)) error
	GiveDefaults(ctx context.Context, id faction.ID, now time.Time) ([]alert.Kind, error)
}

// Freshness tells factions of feeds that bring nothing new, once for as long as that
// lasts. Of several factions one that fails does not hold up the others.
func Freshness(s Watching, every feed.Intervals, clk clock.Clock) Job {
	return Job{Name: "freshness", Every: time.Minute, Limit: time.Minute, Run: func(ctx context.Context) (map[string]int, error) {
		return forEach(ctx, s, func(id faction.ID) (map[string]int, error) {
			states, err := s.Feeds(ctx, id)
			if err != nil {
				return nil, err
			}
			now := clk.Now()
			stale := feed.Stale(states, every, now)
			return map[string]int{"stale": len(stale)}, s.Episode(ctx, id, alert.StaleSubject, now, func(e alert.Episode) (alert.Episode, alert.News) {
				return alert.Stale(e, stale, now)
			})
		})
	}}
}

// AlertDefaults gives factions the rules of kinds that came after they were set up. What
// somebody removed does not come back.
func AlertDefaults(s Watching, clk clock.Clock) Job {
	return Job{Name: "alert defaults", Every: time.Hour, Limit: time.Minute, Run: func(ctx context.Context) (map[string]int, error) {
		return forEach(ctx, s, func(id faction.ID) (map[string]int, error) {
			given, err := s.GiveDefaults(ctx, id, clk.Now())
			return map[string]int{"given": len(given)}, err
		})
	}}
}

// forEach does something for every faction that is active, and adds up what it did.
func forEach(ctx context.Context, s Watching, do func(faction.ID) (map[string]int, error)) (map[string]int, error) {
	ids, err := s.Active(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{"factions": len(ids)}
	var errs []error
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		did, err := do(id)
		if err != nil {
			errs = append(errs, fmt.Errorf("faction %d: %w", id, err))
		}
		for what, n := range did {
			counts[what] += n
		}
	}
	return counts, errors.Join(append(errs, ctx.Err())...)
}
