package budget

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
)

// subject is what both budgets promise.
type subject interface {
	Wait(ctx context.Context, rank int, player faction.PlayerID) error
	Pause(ctx context.Context, player faction.PlayerID, until time.Time) error
	Usage(ctx context.Context) ([]Usage, error)
}

// contract is one suite for both budgets. window is what stands for the minute;
// slack is what scheduling may add to a moment seen from here.
type contract struct {
	window, slack time.Duration
	run           func(t *testing.T, f func(t *testing.T))
	together      bool // the tests mostly wait: all at once
	make          func(t *testing.T, l Limits) subject
}

func (c contract) test(t *testing.T) {
	var wg sync.WaitGroup
	for _, tc := range []struct {
		name string
		f    func(t *testing.T)
	}{
		{"one player never gets more than the limit in any minute, and nearly all of it", c.playerLimit},
		{"all players together never get more than the host's limit", c.hostLimit},
		{"a better rank overtakes those who wait", c.overtakes},
		{"within a rank whoever came first goes first", c.inOrder},
		{"a flood of background calls leaves room for a war call", c.headroom},
		{"a pause holds one player and nobody else", c.pausePlayer},
		{"a pause of the host holds everybody", c.pauseHost},
		{"a pause is never shortened", c.pauseLonger},
		{"a call that is given up leaves its place", c.cancel},
		{"a wait beyond the deadline is refused at once", c.deadline},
		{"usage counts the last minute and tells since when it is high", c.usage},
	} {
		if !c.together {
			t.Run(tc.name, func(t *testing.T) { c.run(t, tc.f) })
			continue
		}
		wg.Go(func() { t.Run(tc.name, func(t *testing.T) { c.run(t, tc.f) }) })
	}
	wg.Wait()
}

func (c contract) limits(player, host int) Limits {
	return Limits{PerPlayer: player, PerHost: host, window: c.window}
}

// flood asks for calls from several goroutines until the time is over, and gives
// the moments at which they were granted.
func flood(t *testing.T, b subject, rank int, d time.Duration, players ...faction.PlayerID) []time.Time {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var mu sync.Mutex
	var at []time.Time
	var wg sync.WaitGroup
	for _, p := range players {
		wg.Go(func() {
			for {
				if err := b.Wait(ctx, rank, p); err != nil {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("wait: %v", err)
					}
					return
				}
				mu.Lock()
				at = append(at, time.Now())
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.SortFunc(at, time.Time.Compare)
	return at
}

// most is the largest number of moments inside any window.
func most(at []time.Time, window time.Duration) int {
	n, from := 0, 0
	for i := range at {
		for at[i].Sub(at[from]) >= window {
			from++
		}
		n = max(n, i-from+1)
	}
	return n
}

func (c contract) playerLimit(t *testing.T) {
	b := c.make(t, c.limits(40, 1000))
	at := flood(t, b, 0, 2*c.window, 7, 7, 7)
	if n := most(at, c.window-3*c.slack); n > 40 {
		t.Errorf("%d calls in one minute, the limit is 40", n)
	}
	if len(at) < 60 { // 10 at once and 30 a minute, less what a slow machine loses
		t.Errorf("only %d calls in two minutes", len(at))
	}
}

func (c contract) hostLimit(t *testing.T) {
	b := c.make(t, c.limits(50, 60))
	at := flood(t, b, 0, 2*c.window, 1, 2, 3, 4)
	if n := most(at, c.window-3*c.slack); n > 60 {
		t.Errorf("%d calls in one minute, the host's limit is 60", n)
	}
	if len(at) < 90 {
		t.Errorf("only %d calls in two minutes", len(at))
	}
}

// slow is a limit of 6 requests at once and one every sixth of a window: slow
// enough that no request comes while a busy machine sets a test up.
func (c contract) slow() Limits { return c.limits(12, 1000) }

// drain empties a player's bucket, or the host's, of n requests.
func drain(t *testing.T, b subject, player faction.PlayerID, n int) {
	t.Helper()
	for range n {
		if err := b.Wait(t.Context(), 0, player); err != nil {
			t.Fatal(err)
		}
	}
}

// queued starts waiting calls one after the other and gives the order in which
// they were served.
func (c contract) queued(t *testing.T, b subject, ranks ...int) []int {
	t.Helper()
	var mu sync.Mutex
	var served []int
	var wg sync.WaitGroup
	for i, rank := range ranks {
		wg.Go(func() {
			if err := b.Wait(t.Context(), rank, 7); err != nil {
				t.Errorf("wait: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			served = append(served, i)
		})
		time.Sleep(c.window / 1000) // so that it stands in line before the next comes
	}
	wg.Wait()
	return served
}

func (c contract) overtakes(t *testing.T) {
	b := c.make(t, c.slow())
	drain(t, b, 7, 6)
	if got := c.queued(t, b, 2, 2, 1, 0); !slices.Equal(got, []int{3, 2, 0, 1}) {
		t.Errorf("served in the order %v", got)
	}
}

func (c contract) inOrder(t *testing.T) {
	b := c.make(t, c.slow())
	drain(t, b, 7, 6)
	if got := c.queued(t, b, 1, 1, 1, 1); !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("served in the order %v", got)
	}
}

func (c contract) headroom(t *testing.T) {
	b := c.make(t, c.slow())
	flood(t, b, 2, c.window/2, 7, 7)
	refill := c.window / 6
	began := time.Now()
	for range 3 {
		if err := b.Wait(t.Context(), 0, 7); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took >= refill/2+c.slack {
		t.Errorf("three war calls after a background flood waited %s", took)
	}
}

func (c contract) pausePlayer(t *testing.T) {
	b := c.make(t, c.limits(40, 1000))
	began := time.Now()
	if err := b.Pause(t.Context(), 7, began.Add(c.window/2)); err != nil {
		t.Fatal(err)
	}
	if err := b.Wait(t.Context(), 0, 8); err != nil || time.Since(began) > c.window/4+c.slack {
		t.Errorf("another player waited %s: %v", time.Since(began), err)
	}
	if err := b.Wait(t.Context(), 0, 7); err != nil || time.Since(began) < c.window/2-c.slack {
		t.Errorf("the paused player was served after %s: %v", time.Since(began), err)
	}
}

func (c contract) pauseHost(t *testing.T) {
	b := c.make(t, c.limits(40, 1000))
	began := time.Now()
	if err := b.Pause(t.Context(), 0, began.Add(c.window/2)); err != nil {
		t.Fatal(err)
	}
	if err := b.Wait(t.Context(), 0, 8); err != nil || time.Since(began) < c.window/2-c.slack {
		t.Errorf("served after %s: %v", time.Since(began), err)
	}
}

func (c contract) pauseLonger(t *testing.T) {
	b := c.make(t, c.limits(40, 1000))
	began := time.Now()
	for _, d := range []time.Duration{c.window / 2, c.window / 10} {
		if err := b.Pause(t.Context(), 7, began.Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Wait(t.Context(), 0, 7); err != nil || time.Since(began) < c.window/2-c.slack {
		t.Errorf("served after %s: %v", time.Since(began), err)
	}
}

func (c contract) cancel(t *testing.T) {
	b := c.make(t, c.slow())
	drain(t, b, 7, 6)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- b.Wait(ctx, 0, 7) }()
	time.Sleep(c.window / 1000)
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call got %v", err)
	}
	began := time.Now()
	if err := b.Wait(t.Context(), 0, 7); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > c.window/6+c.slack {
		t.Errorf("the next call waited %s: the cancelled one had taken a request along", took)
	}
	if err := b.Wait(ctx, 0, 8); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was over before it began got %v", err)
	}
}

func (c contract) deadline(t *testing.T) {
	b := c.make(t, c.limits(40, 1000))
	began := time.Now()
	if err := b.Pause(t.Context(), 7, began.Add(c.window)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), c.window/2)
	defer cancel()
	err := b.Wait(ctx, 0, 7)
	if !errors.Is(err, ErrTooLong) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if faction.KindOf(err) != faction.Unavailable {
		t.Errorf("its kind is %v", faction.KindOf(err))
	}
	if took := time.Since(began); took > c.window/4+c.slack {
		t.Errorf("it took %s to refuse", took)
	}
}

func (c contract) usage(t *testing.T) {
	b := c.make(t, c.slow())
	at := flood(t, b, 0, c.window-c.window/20, 7)
	if err := b.Pause(t.Context(), 9, time.Now().Add(c.window/2)); err != nil {
		t.Fatal(err)
	}
	if err := b.Wait(t.Context(), 0, 8); err != nil {
		t.Fatal(err)
	}
	all, err := b.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	by := map[faction.PlayerID]Usage{}
	for _, u := range all {
		by[u.Player] = u
	}
	if all[0].Player != 0 || by[0].Calls != len(at)+1 || by[0].Limit != 1000 || !by[0].Since.IsZero() {
		t.Errorf("the host reads %+v, after %d calls", by[0], len(at)+1)
	}
	u := by[7]
	if u.Calls != len(at) || u.Limit != 12 || u.Share() <= 0.8 {
		t.Errorf("the busy player reads %+v, after %d calls", u, len(at))
	}
	if tenth := at[9]; u.Since.Before(tenth.Add(-c.slack-time.Millisecond)) || u.Since.After(tenth.Add(c.slack+time.Millisecond)) {
		t.Errorf("high since %s, the tenth of 12 calls was at %s", u.Since, tenth)
	}
	if by[8].Calls != 1 || !by[8].Since.IsZero() {
		t.Errorf("the quiet player reads %+v", by[8])
	}
	time.Sleep(c.window + c.slack)
	all, err = b.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if u.Calls != 0 || !u.Since.IsZero() || !u.PausedUntil.IsZero() {
			t.Errorf("a quiet minute later %+v", u)
		}
	}
	again := flood(t, b, 0, c.window-c.window/20, 7)
	all, err = b.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if u.Player == 7 && (u.Calls != len(again) || u.Since.Before(again[0])) {
			t.Errorf("after the second rise, which began at %s: %+v", again[0], u)
		}
	}
}
