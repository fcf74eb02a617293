package poll_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/poll"
	"consigliere/internal/roster"
)

// watched puts members on watch over a chain: the first until a moment, the second from
// then on.
func (c *chaining) watched(change time.Time, who ...int64) {
	c.t.Helper()
	const slot = 30 * time.Minute
	now, from := c.clock.Now(), change.Add(-slot)
	w, err := c.store.OpenWatch(c.t.Context(), c.us, roster.Watch{From: from, To: from.Add(2 * slot), Slot: slot, OpenedBy: faction.PlayerID(who[0])}, now)
	must(c.t, err)
	for i, p := range who {
		_, _, err := c.store.ChangeWatch(c.t.Context(), c.us, w.ID, now, func(w *roster.Watch) error {
			w.Join(faction.PlayerID(p), "", []int{i}, now)
			return nil
		})
		must(c.t, err)
	}
	c.main.pollers[feed.Chain].(*poll.Chain).Watch = c.store
}

// warnings lists the warnings that were given, by their seconds.
func (c *chaining) warnings() map[string]alert.Alert {
	c.t.Helper()
	rows, err := c.owner.Query(c.t.Context(), "select stage, payload from alert_deliveries where faction_id = $1 and kind = 'chain.timer'", c.us)
	must(c.t, err)
	out := map[string]alert.Alert{}
	var stage string
	var payload []byte
	_, err = pgx.ForEachRow(rows, []any{&stage, &payload}, func() error {
		var a alert.Alert
		out[strings.Split(stage, ":")[2]] = a
		err := json.Unmarshal(payload, &a)
		out[strings.Split(stage, ":")[2]] = a
		return err
	})
	must(c.t, err)
	return out
}

func TestEachStageOfATimerCallsThoseItIsForAndNobodyTwice(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	c.run(time.Second)
	watcher := faction.PlayerID(c.hitters[0])
	c.watched(c.clock.Now().Add(20*time.Minute), c.hitters[0])
	c.run(275 * time.Second)
	c.want("timer 120", "timer 90", "timer 60", "timer 30")
	got := c.warnings()
	if a := got["120"]; !slices.Equal(a.Call, []faction.PlayerID{watcher}) || !a.CallNobodyElse || !a.Promised || len(a.Data.Chain.Watchers) != 1 || len(a.Data.Chain.Fit) != 0 {
		t.Errorf("with 120 s left: %+v %+v", a, a.Data.Chain)
	}
	a := got["90"]
	if d := a.Data.Chain; len(a.Call) == 0 || slices.Contains(a.Call, watcher) || !a.CallNobodyElse || a.Promised || len(d.Fit) != len(a.Call) || len(d.Watchers) != 0 {
		t.Errorf("with 90 s left: %+v %+v", a, d)
	}
	// The roster was read anew when the first stage fell due.
	if age := a.At.Sub(a.Data.Chain.FitAsOf); age > 35*time.Second {
		t.Errorf("who is online is known as of %s before", age)
	}
	for _, stage := range []string{"60", "30"} {
		if a := got[stage]; len(a.Call) != 0 || a.CallNobodyElse || a.Promised {
			t.Errorf("with %s s left: %+v", stage, a)
		}
	}
}

func TestAStageThatWasMissedIsMadeUpForByTheNextOne(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	last := c.clock.Now()
	c.run(time.Second)
	watcher := faction.PlayerID(c.hitters[1])
	c.watched(last.Add(20*time.Minute), c.hitters[1])
	c.run(100 * time.Second)
	c.clock.Advance(last.Add(250 * time.Second).Sub(c.clock.Now())) // nobody polled meanwhile
	c.run(10 * time.Second)
	c.want("timer 60")
	a := c.warnings()["60"]
	if len(a.Call) < 2 || a.Call[0] != watcher || slices.Contains(a.Call[1:], watcher) || a.CallNobodyElse || !a.Promised || len(a.Data.Chain.Fit) == 0 {
		t.Errorf("called: %+v %+v", a, a.Data.Chain)
	}
}

func TestWhoComesOnWatchInTheMidstOfADangerIsCalled(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	change := c.clock.Now().Add(chain.Timeout - 100*time.Second) // between the first stage and the second
	c.run(time.Second)
	first, second := faction.PlayerID(c.hitters[0]), faction.PlayerID(c.hitters[1])
	c.watched(change, c.hitters[:2]...)
	c.run(220 * time.Second)
	c.want("timer 120", "timer 90")
	got := c.warnings()
	if a := got["120"]; !slices.Equal(a.Call, []faction.PlayerID{first}) {
		t.Errorf("called with 120 s left: %v", a.Call)
	}
	if a := got["90"]; len(a.Call) < 2 || a.Call[0] != second || slices.Contains(a.Call[1:], second) || slices.Contains(a.Call, first) || !a.Promised {
		t.Errorf("called with 90 s left: %v, promised %t", a.Call, a.Promised)
	}
}

func TestAChainThatTornShowsNoMoreCallsNobody(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	c.run(200 * time.Second)
	c.gate.set(nil, func(path string, _ url.Values, body map[string]any) {
		if strings.HasSuffix(path, "/chain") { // by Torn's clock it is over
			body["chain"] = map[string]any{"id": 0, "current": 0, "max": 0, "timeout": 0, "modifier": 0, "cooldown": 0, "start": 0, "end": 0}
		}
	})
	c.run(50 * time.Second)
	c.want()
	c.gate.set(nil, nil)
	c.run(10 * time.Second)
	c.want("timer 60")
}

func TestOfTwoChainsInARowEachIsToldAndCounted(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	c.run(310 * time.Second)
	c.want("timer 90 broken", "timer 60 broken", "timer 30 broken", "broken broken")
	c.chain = 0
	for range 14 {
		c.land(c.clock.Now())
		c.run(10 * time.Second)
	}
	first := []string{"timer 90 broken", "timer 60 broken", "timer 30 broken", "broken broken", "ended broken"}
	c.want(append(first, "started")...)
	c.run(30 * time.Minute)
	c.want(slices.Concat(first, []string{"started"}, first)...)
	list, err := c.store.Chains(t.Context(), c.us, 1, 9)
	must(t, err)
	var got [][2]int
	for _, s := range list {
		got = append(got, [2]int{s.Current, s.Logged})
	}
	if want := [][2]int{{14, 14}, {120, 120}}; !slices.Equal(got, want) {
		t.Errorf("hits of the chains, and hits counted: %v, want %v", got, want)
	}
}
