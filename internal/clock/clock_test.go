package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"consigliere/internal/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var epoch = time.Date(2026, 8, 18, 12, 0, 0, 0, time.UTC)

func TestTheWallClockTellsTheWallsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := time.Now()
		if err := (clock.Wall{}).Sleep(t.Context(), 90*time.Second); err != nil {
			t.Fatal(err)
		}
		if got := (clock.Wall{}).Now().Sub(before); got != 90*time.Second {
			t.Errorf("slept %s, want 1m30s", got)
		}
		if got := (clock.Wall{}).Real(time.Minute); got != time.Minute {
			t.Errorf("a minute takes %s", got)
		}
	})
}

func TestAScaledClockStartsAtItsEpochAndRunsAtItsSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewScaled(epoch, 60)
		if !c.Now().Equal(epoch) {
			t.Fatalf("starts at %s, want %s", c.Now(), epoch)
		}
		time.Sleep(2 * time.Second)
		if got, want := c.Now(), epoch.Add(2*time.Minute); !got.Equal(want) {
			t.Errorf("after two seconds it shows %s, want %s", got, want)
		}
		if got := c.Real(time.Hour); got != time.Minute {
			t.Errorf("an hour takes %s, want a minute", got)
		}
	})
}

func TestSleepingOnAScaledClockTakesItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewScaled(epoch, 100)
		wall := time.Now()
		if err := c.Sleep(t.Context(), 10*time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := c.Now().Sub(epoch); got != 10*time.Minute {
			t.Errorf("slept %s of its time, want 10m", got)
		}
		if got := time.Since(wall); got != 6*time.Second {
			t.Errorf("slept %s of the wall's time, want 6s", got)
		}
	})
}

func TestAChangeOfSpeedMakesNoJumpAndIsKeptByThoseAsleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewScaled(epoch, 100)
		woke := make(chan time.Time, 2)
		for range 2 {
			go func() {
				_ = c.Sleep(t.Context(), 10*time.Minute)
				woke <- c.Now()
			}()
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		c.SetSpeed(10)
		if got := c.Now().Sub(epoch); got != 5*time.Minute {
			t.Errorf("after three seconds and a change it shows %s, want 5m", got)
		}
		wall := time.Now()
		for range 2 {
			if got := (<-woke).Sub(epoch); got != 10*time.Minute {
				t.Errorf("woke after %s of its time, want 10m", got)
			}
		}
		if got := time.Since(wall); got != 30*time.Second {
			t.Errorf("the other half took %s of the wall's time, want 30s", got)
		}
		if got := c.Real(time.Minute); got != 6*time.Second {
			t.Errorf("a minute takes %s now, want 6s", got)
		}
	})
}

func TestASpeedThatMakesNoSenseIsTakenAsOne(t *testing.T) {
	for _, speed := range []float64{0, -5} {
		if got := clock.NewScaled(epoch, speed).Real(time.Minute); got != time.Minute {
			t.Errorf("at speed %v a minute takes %s", speed, got)
		}
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	for name, c := range map[string]clock.Clock{"wall": clock.Wall{}, "scaled": clock.NewScaled(epoch, 2)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				wall := time.Now()
				if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the context's error", err)
				}
				if got := time.Since(wall); got != time.Second {
					t.Errorf("gave up after %s, want 1s", got)
				}
			})
		})
	}
}

func TestSleepingNoTimeStillTellsThatTheContextHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if err := (clock.Wall{}).Sleep(ctx, 0); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	cancel()
	if err := (clock.Wall{}).Sleep(ctx, -time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestASpanIsWhatAClockShowsWhileTheWallRunsOn(t *testing.T) {
	if got := clock.Span(clock.Wall{}, time.Minute); got != time.Minute {
		t.Errorf("the wall's minute spans %s", got)
	}
	for _, speed := range []float64{0.5, 1, 60, 1000} {
		c := clock.NewScaled(epoch, speed)
		span := clock.Span(c, 30*time.Second)
		if got := c.Real(span); got < 30*time.Second-time.Millisecond || got > 30*time.Second+time.Millisecond {
			t.Errorf("at speed %v a span of %s takes %s, want 30s", speed, span, got)
		}
	}
}
