package budget

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

func TestLocalKeepsTheContract(t *testing.T) {
	contract{
		window: time.Minute,
		run:    func(t *testing.T, f func(*testing.T)) { synctest.Test(t, f) },
		make: func(t *testing.T, l Limits) subject {
			b, err := NewLocal(l, clock.Wall{})
			if err != nil {
				t.Fatal(err)
			}
			return b
		},
	}.test(t)
}

// handClock shows what the test sets.
type handClock struct {
	clock.Wall
	now time.Time
}

func (c *handClock) Now() time.Time { return c.now }

func TestNoPatternOfArrivalsGetsMoreThanTheLimitsInAnyMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clk := &handClock{now: time.Unix(1_700_000_000, 0)}
		limits := Limits{PerPlayer: rapid.IntRange(2, 100).Draw(t, "player"), PerHost: rapid.IntRange(2, 200).Draw(t, "host")}
		b, err := NewLocal(limits, clk)
		if err != nil {
			t.Fatal(err)
		}
		granted := map[faction.PlayerID][]time.Time{}
		steps := rapid.SliceOfN(rapid.IntRange(0, 3000), 200, 600).Draw(t, "milliseconds between arrivals")
		for i, ms := range steps {
			clk.now = clk.now.Add(time.Duration(ms) * time.Millisecond)
			player := faction.PlayerID(1 + i%3)
			d, err := b.take(t.Context(), i%4, player)
			if err != nil {
				t.Fatal(err)
			}
			if d > 0 && i%5 == 0 { // waits as long as it was told: then it must be served
				clk.now = clk.now.Add(d)
				if d, _ = b.take(t.Context(), i%4, player); d > 0 {
					t.Fatalf("told to wait, and then to wait %s more", d)
				}
			}
			if d == 0 {
				granted[player] = append(granted[player], clk.now)
				granted[0] = append(granted[0], clk.now)
			}
		}
		for player, at := range granted {
			limit := limits.PerPlayer
			if player == 0 {
				limit = limits.PerHost
			}
			if n := most(at, time.Minute); n > limit {
				t.Fatalf("player %d got %d calls in one minute, the limit is %d", player, n, limit)
			}
		}
	})
}

func TestIdlePlayersAreForgotten(t *testing.T) {
	clk := &handClock{now: time.Unix(1_700_000_000, 0)}
	b, err := NewLocal(Limits{PerPlayer: 60, PerHost: 900}, clk)
	if err != nil {
		t.Fatal(err)
	}
	for p := range faction.PlayerID(50) {
		if _, err := b.take(t.Context(), 0, p+1); err != nil {
			t.Fatal(err)
		}
		clk.now = clk.now.Add(time.Second)
	}
	clk.now = clk.now.Add(time.Hour)
	if _, err := b.take(t.Context(), 0, 1); err != nil {
		t.Fatal(err)
	}
	if n := len(b.players); n != 1 {
		t.Errorf("%d players are still remembered an hour later", n)
	}
}

func TestWaitsFollowTheClockNotTheWall(t *testing.T) {
	clk := clock.NewScaled(time.Unix(1_700_000_000, 0), 10_000)
	b, err := NewLocal(Limits{PerPlayer: 60, PerHost: 900}, clk)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := b.Pause(t.Context(), 7, clk.Now().Add(time.Hour)); err != nil { // 0.36 s of the wall
		t.Fatal(err)
	}
	if err := b.Wait(t.Context(), 0, 7); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 300*time.Millisecond || took > 10*time.Second {
		t.Errorf("an hour at ten thousand times the speed took %s", took)
	}
}

func TestLimitsThatCannotWorkAreRefused(t *testing.T) {
	for _, l := range []Limits{{}, {PerPlayer: 1, PerHost: 900}, {PerPlayer: 101, PerHost: 900}, {PerPlayer: 60}, {PerPlayer: 60, PerHost: 1001}} {
		if _, err := NewLocal(l, clock.Wall{}); err == nil {
			t.Errorf("%+v was accepted", l)
		}
	}
}
