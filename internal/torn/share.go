package torn

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

const (
	keptFor      = 30 * time.Second // Torn itself answers out of its cache for about that long (api-v2.md 1.4)
	maxKept      = 256              // answers
	maxKeptBytes = 8 << 20          // of them together
)

// answers makes identical calls in flight once, and gives an answer again for as long
// as Torn would. Both stay within one consent scope: what keys lent to a faction
// read serves that faction alone, and what a player's key reads of them that player.
// An answer that depends on whose key asks serves that very key alone, because its
// caller goes on to ask who it was.
type answers struct {
	clock clock.Clock

	mu      sync.Mutex
	flights map[string]*flight
	kept    map[string]keptAnswer
	bytes   int
}

// flight is a call on its way. It ends when it is answered, or when nobody waits for
// it any more.
type flight struct {
	keyID   int64
	rank    Priority
	waiting int
	cancel  context.CancelFunc
	off     chan struct{} // closed when cancel is set
	done    chan struct{} // closed when top and err are set
	top     fields
	err     error
	// panicked is what a fault of our own threw: it goes on in the caller who leads,
	// where somebody may catch it.
	panicked any
}

type keptAnswer struct {
	top   fields
	asked time.Time
	size  int
}

func newAnswers(clk clock.Clock) *answers {
	return &answers{clock: clk, flights: map[string]*flight{}, kept: map[string]keptAnswer{}}
}

// scopeOf names who may see what a key is about to read for a need.
func scopeOf(f faction.ID, n Need) string {
	scope := "faction " + strconv.FormatInt(int64(f), 10)
	if n.Owner != 0 {
		scope += " player " + strconv.FormatInt(int64(n.Owner), 10)
	}
	return scope
}

// question is what two calls must have in common to get one answer; empty for a key
// that came from no pool, whose calls are nobody else's.
func question(key Key, r request) string {
	if key.scope == "" {
		return ""
	}
	q := key.scope
	if !r.byID {
		q += " key " + strconv.FormatInt(key.ID, 10)
	}
	return q + " " + r.path + "?" + r.query.Encode()
}

// get gives the answer to a request: a kept one, that of the same call in flight, or
// what ask brings. own tells that it was ask.
func (a *answers) get(ctx context.Context, key Key, o Options, r request, ask func(context.Context) (fields, error)) (top fields, own bool, err error) {
	q := question(key, r)
	switch {
	case q == "":
		top, err = ask(ctx)
		return top, true, err
	case o.Fresh: // newer than what is kept: nobody shall see time run back
		if top, err = ask(ctx); err == nil {
			a.forget(q)
		}
		return top, true, err
	}
	top, f, leads := a.join(q, key, o)
	if f == nil {
		return top, false, nil
	}
	if leads {
		// It goes on while anybody waits, whoever that is.
		fctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f.cancel = cancel
		close(f.off)
		go func() {
			defer cancel()
			asked := a.clock.Now()
			top, err := f.fly(fctx, ask)
			a.land(q, f, asked, top, err)
		}()
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		a.leave(q, f)
		return nil, leads, ctx.Err()
	}
	if leads && f.panicked != nil {
		panic(f.panicked)
	}
	if f.err != nil && !leads && !f.speaksFor(key) {
		top, err = ask(ctx)
		return top, true, err
	}
	return f.top, leads, f.err
}

func (f *flight) fly(ctx context.Context, ask func(context.Context) (fields, error)) (top fields, err error) {
	defer func() {
		if f.panicked = recover(); f.panicked != nil {
			err = fmt.Errorf("a call to Torn panicked: %v\n%s", f.panicked, debug.Stack())
		}
	}()
	return ask(ctx)
}

// join finds a kept answer, or else the flight to wait for, which is a new one for
// the caller to lead when there was none, or none as urgent.
func (a *answers) join(q string, key Key, o Options) (top fields, f *flight, leads bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k, ok := a.kept[q]; ok && a.clock.Now().Sub(k.asked) < keptFor {
		return k.top, nil, false
	}
	if f = a.flights[q]; f != nil && f.rank <= o.Priority {
		f.waiting++
		return nil, f, false
	}
	f = &flight{keyID: key.ID, rank: o.Priority, waiting: 1, off: make(chan struct{}), done: make(chan struct{})}
	a.flights[q] = f
	return nil, f, true
}

// leave ends the flight that nobody waits for any more, and stays until it has ended.
func (a *answers) leave(q string, f *flight) {
	a.mu.Lock()
	f.waiting--
	last := f.waiting == 0
	if last && a.flights[q] == f {
		delete(a.flights, q)
	}
	a.mu.Unlock()
	if last {
		<-f.off
		f.cancel()
		<-f.done
	}
}

// land ends a flight with its answer, which is kept when it is good.
func (a *answers) land(q string, f *flight, asked time.Time, top fields, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.flights[q] == f {
		delete(a.flights, q)
	}
	if err == nil {
		a.keep(q, keptAnswer{top: top, asked: asked, size: sizeOf(q, top)})
	}
	f.top, f.err = top, err
	close(f.done)
}

// keep makes room for an answer: what is stale goes first, then the oldest.
func (a *answers) keep(q string, k keptAnswer) {
	a.drop(q)
	if k.size > maxKeptBytes {
		return
	}
	if len(a.kept) >= maxKept || a.bytes+k.size > maxKeptBytes {
		now := a.clock.Now()
		for name, old := range a.kept {
			if now.Sub(old.asked) >= keptFor {
				a.drop(name)
			}
		}
	}
	for len(a.kept) >= maxKept || a.bytes+k.size > maxKeptBytes {
		oldest := ""
		for name, old := range a.kept {
			if oldest == "" || old.asked.Before(a.kept[oldest].asked) {
				oldest = name
			}
		}
		a.drop(oldest)
	}
	a.kept[q] = k
	a.bytes += k.size
}

func (a *answers) drop(q string) {
	a.bytes -= a.kept[q].size
	delete(a.kept, q)
}

func (a *answers) forget(q string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(q)
}

// speaksFor tells whether the flight's failure is also that of another key's call. What
// is wrong with a key, its owner or the way it took is no lesson about another.
func (f *flight) speaksFor(key Key) bool {
	if f.keyID == key.ID {
		return true
	}
	var e *Error
	if !errors.As(f.err, &e) {
		return false
	}
	switch e.Reaction {
	case StopAll, Backoff, TellOperator, NotFound, Permanent:
		return true
	default:
		return false
	}
}

func sizeOf(q string, top fields) int {
	n := len(q)
	for name, raw := range top {
		n += len(name) + len(raw)
	}
	return n
}
