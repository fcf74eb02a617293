package torn

import (
	"net/url"
	"slices"
	"sync"
	"time"
)

// Request is one call that reached the world. It never holds a key.
type Request struct {
	At     time.Time // the world's clock
	Method string
	Path   string     // without the /v2
	Query  url.Values // without the key
	Player int64      // whose key it was, 0 when it was nobody's
	Host   string
	Status int // HTTP
	// Code is the API's error code, -1 when the answer is no error.
	Code   int
	Cached bool
	Fault  bool
}

// journal keeps the last requests and tells an observer about each.
type journal struct {
	mu       sync.Mutex
	list     []Request
	observer func(Request)
}

// maxJournal bounds the journal; the oldest half goes when it is full.
const maxJournal = 20_000

func (j *journal) add(r Request) {
	j.mu.Lock()
	if len(j.list) >= maxJournal {
		j.list = slices.Clone(j.list[maxJournal/2:])
	}
	j.list = append(j.list, r)
	tell := j.observer
	j.mu.Unlock()
	if tell != nil {
		tell(r)
	}
}

// RequestLog lists the requests answered so far, the oldest first, at most the
// last 20 000.
func (w *World) RequestLog() []Request {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	return slices.Clone(w.journal.list)
}

// Observe has f called after each request, from the goroutine that answered it;
// nil stops it.
func (w *World) Observe(f func(Request)) {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	w.journal.observer = f
}
