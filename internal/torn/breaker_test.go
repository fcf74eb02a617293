package torn_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// changing is a server whose answer the test sets.
type changing struct{ answer atomic.Value }

func (c *changing) set(h http.HandlerFunc) { c.answer.Store(h) }

func (c *changing) serve(w http.ResponseWriter, r *http.Request) {
	c.answer.Load().(http.HandlerFunc)(w, r)
}

func challenge(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cf-Mitigated", "challenge")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte("<html>Just a moment"))
}

func tooMany(after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

func TestAStopHoldsAllTrafficUntilTheMinuteIsOver(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		atLeast,
		atMost time.Duration
	}{
		"error 8":                  {body(`{"error":{"code":8,"error":"IP block"}}`), 30 * time.Second, 2 * time.Minute},
		"Cloudflare":               {challenge, 30 * time.Second, 2 * time.Minute},
		"HTTP 429":                 {tooMany(""), 30 * time.Second, 2 * time.Minute},
		"HTTP 429 with a wish":     {tooMany("600"), 600 * time.Second, 600 * time.Second},
		"HTTP 429 with an absurd":  {tooMany("99999999"), time.Hour, time.Hour},
		"error 9, the API is off":  {body(`{"error":{"code":9,"error":"API disabled"}}`), 2 * time.Minute, 5 * time.Minute},
		"error 24, closed a while": {body(`{"error":{"code":24,"error":"Closed temporarily"}}`), 2 * time.Minute, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, tc.answer)
			_, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
			if err == nil || errors.Is(err, torn.ErrStopped) {
				t.Fatalf("the first call got %v", err)
			}
			until, reason := r.Breaker().Stopped()
			if d := until.Sub(r.clock.Now()); d < tc.atLeast || d > tc.atMost || reason == "" {
				t.Errorf("stopped for %s: %q", d, reason)
			}
			if got := r.budget.paused(0); !got.Equal(until) {
				t.Errorf("other processes are told %s, not %s", got, until)
			}
			other := key()
			other.Owner = 8
			for range 3 {
				_, err := r.Members(t.Context(), other, torn.Options{}, 0)
				if !errors.Is(err, torn.ErrStopped) || faction.KindOf(err) != faction.Unavailable {
					t.Errorf("another user's call got %v", err)
				}
			}
			if n := len(r.requests()); n != 1 {
				t.Errorf("%d requests went out", n)
			}
		})
	}
}

func TestOneProbeOpensTheWay(t *testing.T) {
	var srv changing
	srv.set(challenge)
	r := newRig(t, srv.serve)
	_, _ = r.Chain(t.Context(), key(), torn.Options{}, 0)
	until, _ := r.Breaker().Stopped()
	r.clock.advance(until.Sub(r.clock.Now()))

	arrived, release := make(chan struct{}), make(chan struct{})
	srv.set(func(w http.ResponseWriter, q *http.Request) {
		arrived <- struct{}{}
		<-release
		body(goodChain)(w, q)
	})
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := r.Chain(t.Context(), key(), torn.Options{}, 0); err != nil {
			t.Errorf("the probe got %v", err)
		}
	})
	<-arrived
	for range 5 {
		if _, err := r.Chain(t.Context(), key(), torn.Options{}, 0); !errors.Is(err, torn.ErrStopped) {
			t.Errorf("beside the probe: %v", err)
		}
	}
	close(release)
	wg.Wait()
	srv.set(body(goodChain))
	if _, err := r.Chain(t.Context(), key(), torn.Options{}, 0); err != nil {
		t.Errorf("after the probe: %v", err)
	}
	if until, reason := r.Breaker().Stopped(); !until.IsZero() || reason != "" {
		t.Errorf("still stopped until %s: %s", until, reason)
	}
}

func TestEveryFailedProbeDoublesTheStopUpToABound(t *testing.T) {
	r := newRig(t, challenge)
	var stops []time.Duration
	for range 8 {
		_, _ = r.Chain(t.Context(), key(), torn.Options{}, 0)
		until, _ := r.Breaker().Stopped()
		stops = append(stops, until.Sub(r.clock.Now()))
		r.clock.advance(stops[len(stops)-1])
	}
	for i := 1; i < len(stops); i++ {
		if want := min(2*stops[i-1], 30*time.Minute); stops[i] != want {
			t.Errorf("stops of %v: number %d is not %s", stops, i, want)
		}
	}
}

func TestAfterAnOpenSpellAStopIsShortAgain(t *testing.T) {
	var srv changing
	r := newRig(t, srv.serve)
	stop := func() time.Duration {
		srv.set(challenge)
		_, _ = r.Chain(t.Context(), key(), torn.Options{}, 0)
		until, _ := r.Breaker().Stopped()
		d := until.Sub(r.clock.Now())
		r.clock.advance(d)
		return d
	}
	first := stop()
	if second := stop(); second != 2*first {
		t.Errorf("stops of %s and %s", first, second)
	}
	srv.set(body(goodChain))
	if _, err := r.Chain(t.Context(), key(), torn.Options{}, 0); err != nil {
		t.Fatal(err)
	}
	if later := stop(); later != first {
		t.Errorf("after an open spell the first stop lasts %s, not %s", later, first)
	}
}

func TestAProbeThatLearnsNothingLetsTheNextOneTry(t *testing.T) {
	var srv changing
	srv.set(challenge)
	r := newRig(t, srv.serve)
	_, _ = r.Chain(t.Context(), key(), torn.Options{}, 0)
	r.clock.advance(10 * time.Minute)

	gone, cancel := context.WithCancel(t.Context())
	srv.set(func(http.ResponseWriter, *http.Request) { cancel() })
	if _, err := r.Chain(gone, key(), torn.Options{}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("a probe that was given up got %v", err)
	}
	srv.set(status(502, ""))
	if _, err := r.Chain(t.Context(), key(), torn.Options{}, 0); !errors.Is(err, torn.ErrUnreachable) {
		t.Errorf("a probe into a 502 got %v", err)
	}
	srv.set(body(`{"error":{"code":6,"error":"Incorrect ID"}}`)) // an answer all the same
	if _, err := r.Chain(t.Context(), key(), torn.Options{}, 0); !errors.Is(err, torn.ErrNotFound) {
		t.Errorf("the next probe got %v", err)
	}
	if until, _ := r.Breaker().Stopped(); !until.IsZero() {
		t.Errorf("still stopped until %s", until)
	}
}

func TestCallsOnTheirWayWhenTheStopComesDoNotDoubleIt(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) {
		arrived <- struct{}{}
		<-release
		challenge(w, q)
	})
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { _, _ = r.Chain(t.Context(), key(), torn.Options{}, 0) })
	}
	for range 6 {
		<-arrived
	}
	close(release)
	wg.Wait()
	if until, _ := r.Breaker().Stopped(); until.Sub(r.clock.Now()) > time.Minute {
		t.Errorf("stopped for %s", until.Sub(r.clock.Now()))
	}
}

func TestAUserOverTheLimitIsPausedAndTheSameRequestResumed(t *testing.T) {
	n := 0
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) {
		if n++; n == 1 {
			body(`{"error":{"code":5,"error":"Too many requests"}}`)(w, q)
			return
		}
		body(goodChain)(w, q)
	})
	r.budget.wait = func(_ context.Context, player faction.PlayerID) error { // what a budget does with a pause
		r.clock.advance(max(0, r.budget.paused(player).Sub(r.clock.Now())))
		return nil
	}
	began := r.clock.Now()
	c, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
	if err != nil || c.Current != 12 || len(r.requests()) != 2 {
		t.Fatalf("read %+v, %v after %d requests", c, err, len(r.requests()))
	}
	if d := r.clock.Now().Sub(began); d < time.Minute || d > 2*time.Minute {
		t.Errorf("resumed after %s", d)
	}
	if !r.budget.paused(8).IsZero() || !r.budget.paused(0).IsZero() {
		t.Error("others were paused too")
	}
}

func TestWhenTheBudgetRefusesToWaitTheCauseIsKept(t *testing.T) {
	r := newRig(t, body(`{"error":{"code":5,"error":"Too many requests"}}`))
	first := true
	r.budget.wait = func(context.Context, faction.PlayerID) error {
		if first {
			first = false
			return nil
		}
		return context.DeadlineExceeded
	}
	_, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
	if !errors.Is(err, torn.ErrTooManyRequests) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
