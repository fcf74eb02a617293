package notify

import (
	"sync"
	"time"

	"consigliere/internal/clock"
)

// Discord takes about five messages in five seconds in one channel (discord.md). Its
// answers tell the limit as it is, and the sender keeps it; pacing beforehand keeps the
// workers from waiting for one busy channel while others are free.
const (
	paceMessages = 5
	paceWindow   = 5 * time.Second // of the wall's time
)

// Pace counts what was sent to each channel lately. It is safe for use by many
// goroutines and forgets channels that are quiet.
type Pace struct {
	clock clock.Clock
	mu    sync.Mutex
	sent  map[string][]time.Time
	swept time.Time
}

// NewPace counts by a clock.
func NewPace(c clock.Clock) *Pace {
	return &Pace{clock: c, sent: map[string][]time.Time{}}
}

// take claims the right to send to a place at now, or tells how long to wait for it,
// by the clock. tight tells that the next ones may have to wait.
func (p *Pace) take(place string, now time.Time) (wait time.Duration, tight bool) {
	window := clock.Span(p.clock, paceWindow) // of the clock's time; a demo's clock changes its speed
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now, window)
	recent := p.sent[place]
	for len(recent) > 0 && now.Sub(recent[0]) >= window {
		recent = recent[1:]
	}
	if len(recent) >= paceMessages {
		p.sent[place] = recent
		return window - now.Sub(recent[0]), true
	}
	p.sent[place] = append(recent, now)
	return 0, len(recent) >= paceMessages-2
}

func (p *Pace) sweep(now time.Time, window time.Duration) {
	if now.Sub(p.swept) < 10*window {
		return
	}
	p.swept = now
	for place, times := range p.sent {
		if now.Sub(times[len(times)-1]) >= window {
			delete(p.sent, place)
		}
	}
}
