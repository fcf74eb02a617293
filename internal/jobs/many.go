package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

const (
	atOnce   = 6                // players or keys that are looked at together
	itemTime = 30 * time.Second // of the wall's time, for each of them
)

// tally adds up what a run did.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func newTally() *tally { return &tally{counts: map[string]int{}} }

// add counts one more, and tells whether it is the first of its kind.
func (t *tally) add(what string) (first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what]++
	return t.counts[what] == 1
}

func (t *tally) all() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// stops are the errors after which the rest of a run would fare no better.
func stops(err error) bool {
	r := torn.ReactionOf(err)
	return r == torn.StopAll || r == torn.Backoff
}

// each does something for each of many, a few at once. One that fails, hangs or panics
// is counted by what happened and holds nobody up; the first of each sort is logged.
// The error says that the run is worth repeating soon: Torn closed in the middle of
// it, the run was cut off, or nothing at all succeeded.
func each[T any](ctx context.Context, log *slog.Logger, t *tally, items []T, name func(T) slog.Attr, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	good, lost := 0, error(nil)
	one := func(item T) {
		if ctx.Err() != nil {
			return
		}
		err := guarded(ctx, log, item, do)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			good++
		case ctx.Err() != nil: // the run ends, and says why itself
		default:
			what := failure(err)
			if t.add(what) {
				log.Warn("one of many failed; the rest go on, and others like it are only counted", name(item), "failure", what, "err", err)
			}
			if what != withoutKey {
				lost = err
			}
			if stops(err) {
				cancel(err)
			}
		}
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, item := range items {
		if i == 0 { // alone: while Torn was stopped, only one call goes ahead to try
			one(item)
			continue
		}
		group.Go(func() error { one(item); return nil })
	}
	_ = group.Wait() // it never fails
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case good == 0 && lost != nil:
		return fmt.Errorf("not one of %d succeeded: %w", len(items), lost)
	default:
		return nil
	}
}

func guarded[T any](ctx context.Context, log *slog.Logger, item T, do func(context.Context, T) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, itemTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			log.Error("one of many panicked", "err", err, "stack", string(debug.Stack()))
		}
	}()
	return do(ctx, item)
}

// withoutKey counts players whom no key can be used for.
const withoutKey = "without a key"

// failure sorts an error into one of a few sorts, in words that follow a number.
func failure(err error) string {
	switch {
	case errors.Is(err, torn.ErrNoKey):
		return withoutKey
	case errors.Is(err, context.DeadlineExceeded):
		return "too slow"
	case stops(err):
		return "refused while Torn is closed"
	case errors.Is(err, torn.ErrTooManyRequests):
		return "over their owner's limit"
	case isTorn(err):
		return "failed at Torn"
	case faction.KindOf(err) == faction.Unavailable:
		return "failed at the database"
	default:
		return "failed"
	}
}

func isTorn(err error) bool {
	var e *torn.Error
	return errors.As(err, &e)
}
