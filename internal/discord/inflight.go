package discord

import (
	"context"
	"sync"
)

// inflight counts the goroutines that answer interactions, so that Stop can
// refuse new ones and wait for the rest.
type inflight struct {
	mu      sync.Mutex
	closed  bool
	running int
	idle    chan struct{} // closed when closed and nothing is running
}

func newInflight() *inflight { return &inflight{idle: make(chan struct{})} }

// begin counts one in; false when no more are taken.
func (f *inflight) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.running++
	return true
}

// also runs fn in a goroutine of its own that is waited for too. The caller has
// begun itself, so it is never refused.
func (f *inflight) also(fn func()) {
	f.mu.Lock()
	f.running++
	f.mu.Unlock()
	go func() {
		defer f.end()
		fn()
	}()
}

func (f *inflight) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
	if f.closed && f.running == 0 {
		close(f.idle)
	}
}

// close takes no more.
func (f *inflight) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	f.closed = true
	if f.running == 0 {
		close(f.idle)
	}
}

// wait returns how many are still running when ctx ends; 0 when all are done.
func (f *inflight) wait(ctx context.Context) int {
	select {
	case <-f.idle:
		return 0
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.running
}
