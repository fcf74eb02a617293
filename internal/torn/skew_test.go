package torn_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sim "consigliere/internal/sim/torn"
	"consigliere/internal/torn"
)

func TestAClockThatIsOffByTornsIsNoticedAndLoggedOnce(t *testing.T) {
	key := torn.Key{ID: 1, Owner: 7, Secret: torn.NewSecret("AbCdEfGhIjKlMnOp")}
	for _, c := range []struct {
		name string
		// torns are how far Torn's clock is ahead of ours with each answer, in milliseconds;
		// each answer takes took.
		torns []int
		took  time.Duration
		age   string
		want  time.Duration // at least so far ahead of Torn's
		far   bool
		lines int
	}{
		{"the same clock", []int{0, 0, 0, 0}, 0, "", 0, false, 0},
		{"part of a second is not told by a clock of seconds", []int{900, -900, 900, 900}, 0, "", 0, false, 0},
		{"two seconds behind", []int{2000, 2000, 2000}, 0, "", -2 * time.Second, false, 0},
		{"eight seconds behind, for long", []int{8000, 8000, 8000, 8000, 8000, 8000}, 0, "", -8 * time.Second, true, 1},
		{"as far ahead", []int{-8000, -8000, -8000, -8000}, 0, "", 7 * time.Second, true, 1},
		{"one odd answer", []int{0, 0, 90_000, 0}, 0, "", 0, false, 0},
		{"not yet sure", []int{8000, 8000}, 0, "", 0, false, 0},
		{"mended", []int{8000, 8000, 8000, 0, 0, 0}, 0, "", 0, false, 2},
		{"a slow answer leaves it open", []int{8000, 8000, 8000}, 9 * time.Second, "", 0, false, 0},
		{"what a cache gives again tells nothing", []int{-60_000, -60_000, -60_000}, 0, "60", 0, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clk := newStepClock()
			n := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", clk.Now().Add(time.Duration(c.torns[n])*time.Millisecond).UTC().Format(http.TimeFormat))
				if c.age != "" {
					w.Header().Set("Age", c.age)
				}
				n++
				clk.advance(c.took)
				_, _ = w.Write([]byte(goodChain))
			}))
			t.Cleanup(srv.Close)
			var log bytes.Buffer
			client, err := torn.New(torn.Config{BaseURL: srv.URL + "/v2", HTTP: srv.Client(), Budget: &openBudget{}, Clock: clk, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			for range c.torns {
				if _, err := client.Chain(t.Context(), key, torn.Options{Fresh: true}, 9); err != nil {
					t.Fatal(err)
				}
			}
			if ahead, far := client.Skew().Ahead(); ahead != c.want || far != c.far {
				t.Errorf("ahead by %s, far %t, want %s, %t", ahead, far, c.want, c.far)
			}
			if got := strings.Count(log.String(), "clock"); got != c.lines {
				t.Errorf("%d lines in the log, want %d:\n%s", got, c.lines, log.String())
			}
		})
	}
}

func TestTheStandInsClockIsItsOwnAndAgreesWithOurs(t *testing.T) {
	c := newTown(t, sim.Config{Seed: 3}, usual)
	for range 4 {
		if _, err := c.Chain(t.Context(), c.leader(), torn.Options{Fresh: true}, 0); err != nil {
			t.Fatal(err)
		}
		c.clock.advance(700 * time.Millisecond)
	}
	if ahead, _ := c.Skew().Ahead(); ahead != 0 {
		t.Errorf("ahead by %s", ahead)
	}
}
