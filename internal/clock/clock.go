// Package clock is the one source of time. The bot runs on the wall clock; the
// demo runs the same code faster. Code that needs the time is given a Clock or a
// now; nothing else calls time.Now for a decision.
package clock

import (
	"context"
	"sync"
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
	mu      sync.RWMutex
	epoch   time.Time // what this clock showed when its speed was set
	wall    time.Time // the wall's time at that moment
	speed   float64
	changed chan struct{} // closed when the speed changes; nil: nobody sleeps
}

// NewScaled starts a clock at epoch that runs speed times as fast as the wall.
// A speed of zero or less is taken as 1.
func NewScaled(epoch time.Time, speed float64) *Scaled {
	return ScaledSince(epoch, time.Now(), speed)
}

// ScaledSince is the clock that showed epoch when the wall showed wall: the same
// one in another process.
func ScaledSince(epoch, wall time.Time, speed float64) *Scaled {
	return &Scaled{epoch: epoch, wall: wall, speed: sensible(speed)}
}

func sensible(speed float64) float64 {
	if speed <= 0 {
		return 1
	}
	return speed
}

// SetSpeed lets the clock run faster or slower from now on, without a jump. Whoever
// sleeps wakes when it shows what they wait for.
func (c *Scaled) SetSpeed(speed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := time.Now()
	c.epoch, c.wall, c.speed = c.at(wall), wall, sensible(speed)
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// at is what the clock shows when the wall shows wall. The caller holds mu.
func (c *Scaled) at(wall time.Time) time.Time {
	return c.epoch.Add(time.Duration(float64(wall.Sub(c.wall)) * c.speed))
}

// Now is the scaled time.
func (c *Scaled) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.at(time.Now())
}

// Sleep waits d of scaled time or until ctx ends.
func (c *Scaled) Sleep(ctx context.Context, d time.Duration) error {
	until := c.Now().Add(d)
	for {
		wait, changed := c.left(until)
		if wait <= 0 {
			return ctx.Err()
		}
		if again, err := sleepUnless(ctx, changed, wait); !again {
			return err
		}
	}
}

// left is how long it takes on the wall until the clock shows a moment, unless the
// channel is closed before.
func (c *Scaled) left(until time.Time) (wait time.Duration, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return time.Duration(float64(until.Sub(c.at(time.Now()))) / c.speed), c.changed
}

// sleepUnless waits d or until ctx ends; again tells that changed was closed first.
func sleepUnless(ctx context.Context, changed <-chan struct{}, d time.Duration) (again bool, err error) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-changed:
		return true, nil
	case <-t.C:
		return false, nil
	}
}

// Real is how long d of scaled time takes on the wall, at the present speed.
func (c *Scaled) Real(d time.Duration) time.Duration {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return time.Duration(float64(d) / c.speed)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	_, err := sleepUnless(ctx, nil, d)
	return err
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
