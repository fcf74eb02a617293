// Package clock is the one source of time. The bot runs on the wall clock; the
// demo runs the same code faster. Code that needs the time is given a Clock or a
// now; nothing else calls time.Now for a decision.
package clock

import (
	"context"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Sleep waits d of this clock's time, or until ctx ends, whose error it returns.
	Sleep(ctx context.Context, d time.Duration) error
	// Real turns a duration of this clock into the wall-clock duration it takes.
	Real(d time.Duration) time.Duration
}

// Wall is the real clock.
type Wall struct{}

// Now is the wall clock's time.
func (Wall) Now() time.Time { return time.Now() }

// Sleep waits d or until ctx ends.
func (Wall) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, d) }

// Real is d itself.
func (Wall) Real(d time.Duration) time.Duration { return d }

// Scaled runs speed times as fast as the wall, from a start of its own.
type Scaled struct {
	epoch time.Time // what this clock showed when it was made
	wall  time.Time // the wall's time at that moment
	speed float64
}

// NewScaled starts a clock at epoch that runs speed times as fast as the wall.
// A speed of zero or less is taken as 1.
func NewScaled(epoch time.Time, speed float64) *Scaled {
	return ScaledSince(epoch, time.Now(), speed)
}

// ScaledSince is the clock that showed epoch when the wall showed wall: the same
// one in another process.
func ScaledSince(epoch, wall time.Time, speed float64) *Scaled {
	if speed <= 0 {
		speed = 1
	}
	return &Scaled{epoch: epoch, wall: wall, speed: speed}
}

// Now is the scaled time.
func (c *Scaled) Now() time.Time {
	return c.epoch.Add(time.Duration(float64(time.Since(c.wall)) * c.speed))
}

// Sleep waits d of scaled time or until ctx ends.
func (c *Scaled) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, c.Real(d)) }

// Real is how long d of scaled time takes on the wall.
func (c *Scaled) Real(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.speed)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
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

// Span is how much of a clock's time passes in d of the wall's: for limits that are
// about machines (a lease, a time-out) and not about the game.
func Span(c Clock, d time.Duration) time.Duration {
	second := c.Real(time.Second)
	if second <= 0 {
		return d
	}
	return time.Duration(float64(d) * float64(time.Second) / float64(second))
}
