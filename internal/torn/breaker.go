package torn

import (
	"sync"
	"time"
)

// How long traffic stays stopped: the first time at least to the end of the
// minute (Torn counts by minutes), doubling while the probe after it fails.
const (
	banStop    = time.Minute
	banMax     = 30 * time.Minute
	closedStop = 2 * time.Minute
	closedMax  = 15 * time.Minute
)

// Breaker stops all traffic to Torn when Torn asks for it. After the stop one
// call goes ahead as a probe; its answer opens the way or doubles the stop.
type Breaker struct {
	mu      sync.Mutex
	until   time.Time
	reason  string
	open    bool // stopped, or waiting for the probe's answer
	probing bool
	stops   int // in a row; each doubles the next
}

// Stopped tells until when traffic is stopped and why; a zero time means that it
// flows. A time in the past means that the next call will be the probe.
func (b *Breaker) Stopped() (until time.Time, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return time.Time{}, ""
	}
	return b.until, b.reason
}

// blocked tells whether a call that started now would be refused.
func (b *Breaker) blocked(now time.Time) (until time.Time, reason string, yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.until, b.reason, b.open && (now.Before(b.until) || b.probing)
}

// enter asks for the way. Only one caller is let in as the probe; whoever was let
// in calls one of passed, failed or stop afterwards.
func (b *Breaker) enter(now time.Time) (probe, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return false, true
	}
	if now.Before(b.until) || b.probing {
		return false, false
	}
	b.probing = true
	return true, true
}

// passed records that Torn answered: a probe opens the way for everybody. An
// ordinary call that began before the stop proves nothing.
func (b *Breaker) passed(probe bool) {
	if !probe {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open, b.probing, b.stops, b.until, b.reason = false, false, 0, time.Time{}, ""
}

// failed records an answer that tells nothing about the stop (cancelled,
// unreachable): the next call is the probe.
func (b *Breaker) failed(probe bool) {
	if !probe {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// stop ends all traffic for a while. first and most bound the doubling, atLeast
// is what Torn asked for. Calls that were on their way when the first of them hit
// the wall do not double it again.
func (b *Breaker) stop(now time.Time, probe bool, reason string, first, most, atLeast time.Duration) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open && !probe && b.stops > 0 {
		if u := now.Add(atLeast); u.After(b.until) {
			b.until = u
		}
		return b.until
	}
	d := first
	for i := 0; i < b.stops && d < most; i++ {
		d *= 2
	}
	d = max(min(d, most), min(atLeast, time.Hour))
	b.stops++
	b.open, b.probing, b.reason, b.until = true, false, reason, now.Add(d)
	return b.until
}
