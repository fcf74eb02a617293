package budget

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// attempts is what both kinds of tries promise.
type attempts interface {
	Take(ctx context.Context, who string) (wait time.Duration, ok bool, err error)
}

// triesContract is one suite for both: five in a window, whoever asks and however fast.
func triesContract(t *testing.T, window time.Duration, tries []attempts) {
	take := func(i int, who string) (time.Duration, bool) {
		t.Helper()
		wait, ok, err := tries[i%len(tries)].Take(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		return wait, ok
	}
	var passed atomic.Int64
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			if _, ok := take(i, "a"); ok {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 5 {
		t.Fatalf("%d of 12 at once passed, want 5", passed.Load())
	}
	if _, ok := take(0, "b"); !ok {
		t.Error("somebody else has to wait, too")
	}
	wait, ok := take(1, "a")
	if ok || wait <= 0 || wait > window {
		t.Errorf("the next try: %v after %s, want a wait within %s", ok, wait, window)
	}
	time.Sleep(wait + 5*time.Millisecond)
	if _, ok := take(2, "a"); !ok {
		t.Errorf("after the wait of %s it is still refused", wait)
	}
}

func TestFiveTriesAMinuteInOneProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		triesContract(t, time.Minute, []attempts{NewLocalTries(5, clock.Wall{})})
	})
}

func TestFiveTriesAMinuteOverSeveralProcesses(t *testing.T) {
	s := startRedis(t)
	const window = 700 * time.Millisecond
	var tries []attempts
	for range 3 { // processes, each with connections of its own
		rdb := redis.NewClient(&redis.Options{Addr: s.addr})
		t.Cleanup(func() { _ = rdb.Close() })
		b, err := NewShared(rdb, Limits{PerPlayer: 40, PerHost: 400, window: window}, clock.Wall{}, "host")
		if err != nil {
			t.Fatal(err)
		}
		tries = append(tries, b.Tries(5))
	}
	triesContract(t, window, tries)
	s.stop()
	if _, ok, err := tries[0].Take(t.Context(), "a"); ok || faction.KindOf(err) != faction.Unavailable {
		t.Errorf("without Redis: %v, %v; want no try and words for people", ok, err)
	}
}

func TestMorePeopleThanARoomHoldsAreNotAllRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := NewLocalTries(5, clock.Wall{})
		for i := range rememberTries {
			if _, ok, _ := tries.Take(t.Context(), string(rune(i+0x10000))); !ok {
				t.Fatalf("number %d is refused", i)
			}
		}
		if wait, ok, _ := tries.Take(t.Context(), "one more"); ok || wait != time.Minute {
			t.Errorf("one more: %v after %s", ok, wait)
		}
		time.Sleep(time.Minute)
		if _, ok, _ := tries.Take(t.Context(), "one more"); !ok {
			t.Error("a minute later nobody is forgotten")
		}
	})
}
