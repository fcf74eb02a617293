package discord

import (
	"sync"
	"time"
)

// health is what /readyz shows of the gateway.
type health struct {
	mu     sync.Mutex
	ok     bool
	since  time.Time
	reason string
	first  chan struct{} // closed when it is up for the first time
}

func newHealth() *health {
	return &health{since: time.Now(), reason: "not connected yet", first: make(chan struct{})}
}

func (h *health) up() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ok {
		h.ok, h.since, h.reason = true, time.Now(), ""
	}
	if !isClosed(h.first) {
		close(h.first)
	}
}

func (h *health) down(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ok {
		h.ok, h.since = false, time.Now()
	}
	h.reason = reason
}

func (h *health) get() (bool, time.Time, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ok, h.since, h.reason
}
