package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"consigliere/internal/clock"
)

// part is one thing that runs until its context ends.
type part struct {
	name string
	run  func(context.Context) error
}

// runParts starts the parts in order and, when ctx ends or one of them fails, stops
// them in reverse, each before the one it was started after. The error is that of
// the part that failed, nil when ctx ended.
func runParts(ctx context.Context, log *slog.Logger, parts []part) error {
	type running struct {
		part
		cancel context.CancelFunc
		done   chan struct{}
	}
	failed := make(chan error, len(parts))
	var started []running
	for _, p := range parts {
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		r := running{part: p, cancel: cancel, done: make(chan struct{})}
		started = append(started, r)
		go func() {
			defer close(r.done)
			if err := p.run(own); err != nil && own.Err() == nil {
				failed <- fmt.Errorf("%s: %w", p.name, err)
			} else if err != nil && !errors.Is(err, context.Canceled) {
				log.Warn("a part did not stop cleanly", "part", p.name, "err", err)
			}
		}()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	for i := len(started) - 1; i >= 0; i-- {
		started[i].cancel()
		<-started[i].done
	}
	return err
}

// again keeps a part going whose outside system comes and goes: a failure is
// logged once until the next success, and tried again after a pause.
func again(p part, clk clock.Clock, pause time.Duration, log *slog.Logger) part {
	return part{name: p.name, run: func(ctx context.Context) error {
		told := ""
		for {
			err := p.run(ctx)
			if ctx.Err() != nil {
				return nil //nolint:nilerr // it was told to stop
			}
			if err != nil && err.Error() != told {
				told = err.Error()
				log.Warn("a part has stopped; starting it again", "part", p.name, "err", err)
			}
			if clk.Sleep(ctx, clock.Span(clk, pause)) != nil {
				return nil
			}
		}
	}}
}
