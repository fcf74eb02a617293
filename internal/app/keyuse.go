package app

import (
	"context"
	"errors"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// useEvery is how often a process stores what it counted.
const useEvery = time.Minute

// storeUses stores, each minute and at the end, how often each key was used. Every
// process does so for its own calls, which is why this is no periodic job: of those,
// one process runs each.
func (a *App) storeUses(ctx context.Context) error {
	down := false // told once, until it works again
	for ctx.Err() == nil {
		// The wall's second bounds how often a fast clock stores.
		_ = a.clock.Sleep(ctx, max(useEvery, clock.Span(a.clock, time.Second)))
		err := a.storeUsesOnce(context.WithoutCancel(ctx))
		if err != nil && !down {
			a.log.Warn("the use of keys cannot be stored; trying again each minute", "err", err)
		}
		down = err != nil
	}
	return nil
}

func (a *App) storeUsesOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var errs []error
	for id, uses := range a.uses.Take() {
		if err := a.store.AddKeyUses(ctx, id, uses, a.clock.Now()); err != nil {
			errs = append(errs, err)
			if faction.KindOf(err) == faction.Unavailable {
				a.uses.PutBack(id, uses)
			}
		}
	}
	return errors.Join(errs...)
}
