package poll_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
)

// every puts one rule of a kind that asks for so many, and gives what it was told.
func (e *evening) every(k alert.Kind, n int64) func() []string {
	e.t.Helper()
	must(e.t, e.store.DropRules(e.t.Context(), e.us, alert.Kinds()))
	must(e.t, e.store.PutRules(e.t.Context(), e.us, []alert.Rule{{Kind: k, ChannelID: "one", Enabled: true, Thresholds: alert.Thresholds{Every: n}}}, e.clock.Now()))
	return func() (out []string) {
		e.t.Helper()
		rows, err := e.owner.Query(e.t.Context(), `select stage, coalesce(payload #>> '{data,chain,hit}', ''), coalesce(payload #>> '{data,war,reached}', ''),
			coalesce(payload #>> '{data,chain,outcome}', '') from alert_deliveries where kind = $1 order by delivery_id`, string(k))
		must(e.t, err)
		defer rows.Close()
		for rows.Next() {
			var stage, hit, reached, outcome string
			must(e.t, rows.Scan(&stage, &hit, &reached, &outcome))
			out = append(out, fmt.Sprint(stage, " says ", hit, reached, outcome))
		}
		must(e.t, rows.Err())
		return out
	}
}

func TestARuleForEveryFiftyHitsHearsOfThemBetweenBonusHitsToo(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 195)
	told := c.every(alert.ChainMilestone, 50)
	c.run(20 * time.Second)
	for range 60 {
		c.land(c.clock.Now())
		c.run(10 * time.Second)
	}
	c.run(time.Minute) // the row of the bonus hit names who made it
	if got, want := told(), []string{"every:200 says 200", "every:250 says 250made"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestARuleForOtherPointsThanAThousandHearsOfEachStep(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 5, StartsAfter: 5 * time.Minute, WarLength: 40 * time.Minute, MembersPerSide: 20})
	told := e.every(alert.WarMilestone, 70)
	e.runUntil(e.world.Plan().End)
	w, err := e.store.War(t.Context(), e.us, e.war)
	must(t, err)
	var steps []string
	for _, s := range told() {
		if len(s) > 6 && s[:6] == "every:" {
			steps = append(steps, s)
		}
	}
	last := w.Us.Score / 70 * 70
	if want := fmt.Sprintf("every:%d says %d", last, last); last < 700 || len(steps) < 5 || steps[len(steps)-1] != want {
		t.Errorf("at %d points told was %q, want steps up to %q", w.Us.Score, steps, want)
	}
	if st := e.feeds()[feed.Front]; st.Failures > 0 {
		t.Errorf("the front failed: %+v", st)
	}
}
