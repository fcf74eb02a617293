package torn_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// desk is a pool over lent keys, and a client whose server holds each answer back
// until the test lets it go.
type desk struct {
	*rig
	pool    *torn.Pool
	shelf   *shelf
	arrived chan *http.Request
	release chan http.HandlerFunc
}

const chainBody = `{"chain":{"id":1,"current":10,"max":25,"timeout":100,"modifier":1,"cooldown":0,"start":1,"end":2}}`

func newDesk(t *testing.T, keys ...torn.KeyRecord) *desk {
	t.Helper()
	d := &desk{arrived: make(chan *http.Request, 100), release: make(chan http.HandlerFunc, 100)}
	d.rig = newRig(t, func(w http.ResponseWriter, r *http.Request) {
		d.arrived <- r
		select {
		case answer := <-d.release:
			answer(w, r)
		case <-r.Context().Done():
		}
	})
	d.shelf = &shelf{keys: keys}
	var err error
	if d.pool, err = torn.NewPool(d.shelf, d.clock, nil); err != nil {
		t.Fatal(err)
	}
	return d
}

// chain asks for a faction's chain in the name of another faction.
func (d *desk) chain(ctx context.Context, in faction.ID, need torn.Need, of faction.ID, o torn.Options) (out torn.Chain, err error) {
	err = d.pool.Do(ctx, in, need, func(ctx context.Context, k torn.Key) error {
		out, err = d.Chain(ctx, k, o, of)
		return err
	})
	return out, err
}

type answered struct {
	chain torn.Chain
	err   error
}

func (d *desk) goChain(ctx context.Context, in faction.ID, need torn.Need, of faction.ID, o torn.Options) <-chan answered {
	out := make(chan answered, 1)
	go func() {
		c, err := d.chain(ctx, in, need, of, o)
		out <- answered{c, err}
	}()
	return out
}

// picked waits until so many calls wait for an answer in flight.
// that can be seen of a call before it waits for another's answer.
func (d *desk) picked(t *testing.T, n int) {
	t.Helper()
	for range 2000 {
		if d.Waiting() >= n {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%d calls wait, want %d", d.Waiting(), n)
}

func TestIdenticalCallsInFlightAreMadeOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, lent(1, 11), lent(2, 12))
	first := d.goChain(t.Context(), 3, torn.NeedChain, 9, torn.Options{})
	<-d.arrived
	var rest []<-chan answered
	for range 5 {
		rest = append(rest, d.goChain(t.Context(), 3, torn.NeedChain, 9, torn.Options{}))
	}
	d.picked(t, 6)
	d.release <- body(chainBody)
	for _, c := range append(rest, first) {
		if got := <-c; got.err != nil || got.chain.Current != 10 {
			t.Errorf("got %+v, %v", got.chain, got.err)
		}
	}
	if n := len(d.requests()); n != 1 {
		t.Errorf("%d requests for six identical calls, want 1", n)
	}
}

func TestNoAnswerCrossesAConsentScope(t *testing.T) {
	t.Parallel()
	own := func(id int64, owner faction.PlayerID) torn.KeyRecord {
		k := lent(id, owner)
		k.Consent = torn.ConsentOwn
		return k
	}
	public := torn.NeedPublic
	for _, tc := range []struct {
		name     string
		in, then faction.ID
		a, b     torn.Need
		of       faction.ID
		requests int
	}{
		{"one faction's public figures, two lent keys", 3, 3, torn.NeedChain, torn.NeedChain, 9, 1},
		{"two factions", 3, 4, torn.NeedChain, torn.NeedChain, 9, 2},
		{"two players' own keys", 3, 3, public.For(13), public.For(14), 9, 2},
		{"a player's own key and a lent one", 3, 3, public.For(13), torn.NeedChain, 9, 2},
		{"one player's own key", 3, 3, public.For(13), public.For(13), 9, 1},
		{"what depends on whose key asks, two keys", 3, 3, torn.NeedChain, torn.NeedChain, 0, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, kept := range []bool{false, true} {
				d := newDesk(t, lent(1, 11), lent(2, 12), own(3, 13), own(4, 14))
				first := d.goChain(t.Context(), tc.in, tc.a, tc.of, torn.Options{})
				<-d.arrived
				d.release <- body(chainBody)
				if kept { // the first is answered before the second asks
					<-first
				}
				d.release <- body(chainBody)
				second := d.goChain(t.Context(), tc.then, tc.b, tc.of, torn.Options{})
				if got := <-second; got.err != nil {
					t.Fatal(got.err)
				}
				if !kept {
					<-first
				}
				if n := len(d.requests()); kept && n != tc.requests || n < min(tc.requests, 2) && tc.requests == 2 {
					t.Errorf("%d requests, want %d (the first answered: %t)", n, tc.requests, kept)
				}
			}
		})
	}
}

func TestAKeyThatCameFromNoPoolSharesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, body(chainBody))
	for range 3 {
		if _, err := r.Chain(t.Context(), key(), torn.Options{}, 9); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.requests()); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

func TestACallerWhoGivesUpDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t, lent(1, 11))
	ctx, cancel := context.WithCancel(t.Context())
	first := d.goChain(ctx, 3, torn.NeedChain, 9, torn.Options{})
	<-d.arrived
	second := d.goChain(t.Context(), 3, torn.NeedChain, 9, torn.Options{})
	d.picked(t, 2)
	cancel()
	if got := <-first; !errors.Is(got.err, context.Canceled) {
		t.Errorf("who gave up got %v", got.err)
	}
	d.release <- body(chainBody)
	if got := <-second; got.err != nil || got.chain.Current != 10 {
		t.Errorf("the other got %+v, %v", got.chain, got.err)
	}
	if n := len(d.requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestACallThatNobodyWaitsForIsCutOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t, lent(1, 11))
	ctx, cancel := context.WithCancel(t.Context())
	first := d.goChain(ctx, 3, torn.NeedChain, 9, torn.Options{})
	r := <-d.arrived
	cancel()
	<-first
	<-r.Context().Done() // the server sees the line go dead
	d.release <- body(chainBody)
	if _, err := d.chain(t.Context(), 3, torn.NeedChain, 9, torn.Options{}); err != nil {
		t.Errorf("the next call joined the dead one: %v", err)
	}
}

func TestAnAnswerIsKeptForTornsThirtySecondsAndNotForFreshCalls(t *testing.T) {
	t.Parallel()
	d := newDesk(t, lent(1, 11), lent(2, 12))
	ask := func(o torn.Options, want int) {
		t.Helper()
		d.release <- body(chainBody)
		before := len(d.requests())
		if _, err := d.chain(t.Context(), 3, torn.NeedChain, 9, o); err != nil {
			t.Fatal(err)
		}
		if n := len(d.requests()) - before; n != want {
			t.Errorf("%d requests, want %d", n, want)
		}
		if want == 0 {
			<-d.release
		}
	}
	ask(torn.Options{}, 1)
	ask(torn.Options{}, 0)
	d.clock.advance(29 * time.Second)
	ask(torn.Options{Priority: torn.War}, 0)
	d.clock.advance(time.Second)
	ask(torn.Options{}, 1)
	ask(torn.Options{Fresh: true}, 1)
	ask(torn.Options{}, 1) // what was kept is older than what is known now
}

func TestErrorsAreNotKeptAndNotHeldAgainstAnotherKey(t *testing.T) {
	t.Parallel()
	paused := body(`{"error":{"code":18,"error":"paused"}}`)
	d := newDesk(t, lent(1, 11), lent(2, 12))
	first := d.goChain(t.Context(), 3, torn.NeedChain, 9, torn.Options{})
	<-d.arrived
	second := d.goChain(t.Context(), 3, torn.NeedChain, 9, torn.Options{})
	d.picked(t, 2)
	d.release <- paused
	d.release <- body(chainBody)
	d.release <- body(chainBody)
	for _, c := range []<-chan answered{first, second} {
		if got := <-c; got.err != nil {
			t.Errorf("with a second key at hand a call failed: %v", got.err)
		}
	}
	if len(d.shelf.said(1)) != 1 || len(d.shelf.said(2)) != 0 {
		t.Errorf("verdicts %v and %v, want one on key 1 alone", d.shelf.said(1), d.shelf.said(2))
	}
}

func TestAnUrgentCallDoesNotWaitBehindAPatientOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t, lent(1, 11))
	patient := d.goChain(t.Context(), 3, torn.NeedChain, 9, torn.Options{Priority: torn.Background})
	<-d.arrived
	urgent := d.goChain(t.Context(), 3, torn.NeedChain, 9, torn.Options{Priority: torn.War})
	<-d.arrived
	d.release <- body(chainBody)
	d.release <- body(chainBody)
	for _, c := range []<-chan answered{patient, urgent} {
		if got := <-c; got.err != nil {
			t.Error(got.err)
		}
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	t.Parallel()
	d := newDesk(t, lent(1, 11))
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 1000 {
			d.release <- body(chainBody)
		}
	})
	wg.Go(func() {
		for range 1000 {
			<-d.arrived
		}
	})
	for of := range faction.ID(1000) {
		if _, err := d.chain(t.Context(), 3, torn.NeedChain, of+1, torn.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if n := d.Kept(); n == 0 || n > 256 {
		t.Errorf("%d answers are kept, want no more than 256", n)
	}
}
