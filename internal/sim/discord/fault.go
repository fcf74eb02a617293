package discord

import (
	"context"
	"net/http"
	"net/http/httptest"
	"time"
)

// FaultKind is what goes wrong with a REST request.
type FaultKind int

// The kinds of fault.
const (
	// RateLimited answers 429 for the route; After is how long to wait.
	RateLimited FaultKind = iota + 1
	// RateLimitedGlobally answers 429 for the whole bot.
	RateLimitedGlobally
	// RateLimitedHTML answers 429 with a page of the proxy before the API.
	RateLimitedHTML
	// ServerError answers Status (default 503) with a text that is no JSON.
	ServerError
	// APIError answers Status with Code and Message in Discord's JSON form.
	APIError
	// ChannelGone answers 404, code 10003.
	ChannelGone
	// AccessMissing answers 403, code 50001.
	AccessMissing
	// PermissionsMissing answers 403, code 50013.
	PermissionsMissing
	// LoseRequest closes the connection before anything was done.
	LoseRequest
	// LoseAnswer does what was asked, then closes the connection unanswered.
	LoseAnswer
	// HangAnswer does what was asked, then says nothing for After (default: until
	// the caller gives up).
	HangAnswer
	// Slow waits After, then goes on as if nothing were wrong.
	Slow
)

// Fault says which of the coming REST requests go wrong, and how.
type Fault struct {
	Kind    FaultKind
	Method  string        // "" is any
	Path    string        // below /api/v10/, as in path.Match: "channels/*/messages"; "" is any
	Times   int           // how many requests; 0 is one, negative is all until Disarm
	After   time.Duration // wall-clock time; what for depends on the kind
	Status  int
	Code    int
	Message string
}

// Armed is a fault that was set.
type Armed struct {
	s    *Server
	f    Fault
	left int
	hits int
}

// Fault sets a fault. Of several that match a request the oldest is used.
func (s *Server) Fault(f Fault) *Armed {
	if f.Times == 0 {
		f.Times = 1
	}
	a := &Armed{s: s, f: f, left: f.Times}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, a)
	return a
}

// Hits tells how many requests the fault has met.
func (a *Armed) Hits() int {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.hits
}

// Disarm ends the fault.
func (a *Armed) Disarm() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.left = 0
}

// WaitHit returns when the fault has met at least n requests.
func (a *Armed) WaitHit(ctx context.Context, n int) error {
	return a.s.await(ctx, func() bool { return a.hits >= n })
}

func (s *Server) takeFault(method, where string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *Fault
	live := s.faults[:0]
	for _, a := range s.faults {
		if found == nil && a.left != 0 && matches(a.f.Method, a.f.Path, method, where) {
			if a.left > 0 {
				a.left--
			}
			a.hits++
			f := a.f
			found = &f
			s.bump()
		}
		if a.left != 0 {
			live = append(live, a)
		}
	}
	clear(s.faults[len(live):])
	s.faults = live
	return found
}

// before does what the fault does ahead of the handler, and tells whether the
// handler runs at all.
func (f *Fault) before(w http.ResponseWriter, r *http.Request, rec *httptest.ResponseRecorder) (goOn bool) {
	wait := f.After
	if wait == 0 {
		wait = 500 * time.Millisecond
	}
	switch f.Kind {
	case LoseAnswer, HangAnswer:
		return true
	case Slow:
		pause(r.Context(), f.After)
		return true
	case LoseRequest:
		hangUp(w)
		return false
	case RateLimited:
		write429(rec, "user", wait)
	case RateLimitedGlobally:
		write429(rec, "global", wait)
	case RateLimitedHTML:
		writeHTML429(rec, wait)
	case ServerError:
		status := f.Status
		if status == 0 {
			status = http.StatusServiceUnavailable
		}
		http.Error(rec, "upstream connect error or disconnect/reset before headers", status)
	case ChannelGone:
		writeError(rec, unknownChannel())
	case AccessMissing:
		writeError(rec, missingAccess())
	case PermissionsMissing:
		writeError(rec, missingPermissions())
	case APIError:
		writeError(rec, &apiError{status: f.Status, code: f.Code, msg: f.Message})
	}
	copyAnswer(w, rec)
	return false
}

func (f *Fault) swallows() bool { return f.Kind == LoseAnswer || f.Kind == HangAnswer }

func (f *Fault) swallow(closing context.Context, w http.ResponseWriter, r *http.Request) {
	if f.Kind == HangAnswer {
		ctx, cancel := context.WithCancel(r.Context())
		defer context.AfterFunc(closing, cancel)()
		defer cancel()
		pause(ctx, f.After)
	}
	hangUp(w)
}

// pause waits d, or until ctx ends; a d of zero waits for ctx alone.
func pause(ctx context.Context, d time.Duration) {
	var after <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-ctx.Done():
	case <-after:
	}
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler) // closes the connection or stream
	}
	conn, _, err := h.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.Close() // what this is for
}
