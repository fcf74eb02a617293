package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// Keeping is what the retention job needs of the store.
type Keeping interface {
	Registered(ctx context.Context) ([]faction.ID, error)
	// Prune takes out what a faction does not keep any longer.
	Prune(ctx context.Context, id faction.ID, now time.Time) (map[string]int64, error)
	// AnonymiseErased finishes what people asked to have forgotten.
	AnonymiseErased(ctx context.Context, id faction.ID, now time.Time) (int64, error)
}

// Retention takes out, once a day, what factions do not want to keep, and names that
// Torn brought back of people who asked to be forgotten. One faction that fails does
// not hold up the others.
func Retention(s Keeping, clk clock.Clock) Job {
	return Job{Name: "retention", Every: 24 * time.Hour, Limit: time.Hour, Run: func(ctx context.Context) (map[string]int, error) {
		ids, err := s.Registered(ctx)
		if err != nil {
			return nil, err
		}
		counts := map[string]int{"factions": len(ids)}
		var errs []error
		for _, id := range ids {
			if ctx.Err() != nil {
				return counts, errors.Join(append(errs, ctx.Err())...)
			}
			hidden, err := s.AnonymiseErased(ctx, id, clk.Now())
			if err != nil {
				errs = append(errs, fmt.Errorf("faction %d: %w", id, err))
			}
			counts["anonymised"] += int(hidden)
			gone, err := s.Prune(ctx, id, clk.Now())
			if err != nil {
				errs = append(errs, fmt.Errorf("faction %d: %w", id, err))
			}
			for what, n := range gone {
				counts[what] += int(n)
			}
		}
		return counts, errors.Join(errs...)
	}}
}
