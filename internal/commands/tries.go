package commands

import (
	"sync"
	"time"

	"consigliere/internal/clock"
)

const (
	triesPerMinute = 5
	rememberTries  = 10_000 // people; more than a bot of this size ever meets in a minute
)

// tries counts how often somebody has sent a key of late: wrong keys, tried often
// enough, get this host's address banned (Torn's error 8).
type tries struct {
	mu sync.Mutex
	at map[string][]time.Time // by Discord id, within the last minute
}

func newTries() *tries { return &tries{at: map[string][]time.Time{}} }

// take uses up one try, or tells how long to wait for the next.
func (t *tries) take(clk clock.Clock, user string) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, window := clk.Now(), clock.Span(clk, time.Minute)
	for who, at := range t.at {
		if now.Sub(at[len(at)-1]) >= window {
			delete(t.at, who)
		}
	}
	at := t.at[user]
	for len(at) > 0 && now.Sub(at[0]) >= window {
		at = at[1:]
	}
	if len(at) >= triesPerMinute {
		return clk.Real(window - now.Sub(at[0])), false
	}
	if len(at) == 0 && len(t.at) >= rememberTries {
		return time.Minute, false
	}
	t.at[user] = append(at, now)
	return 0, true
}
