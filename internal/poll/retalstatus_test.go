package poll_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	simtorn "consigliere/internal/sim/torn"
)

// strangers have players of no faction hit our leader in peace, and give what the
// retaliation alerts say, by attacker.
func (e *evening) strangers(who ...int64) map[int64]alert.RetalData {
	e.t.Helper()
	now := e.clock.Now()
	for i, p := range who {
		_, err := e.world.AddAttack(simtorn.Attack{Attacker: p, Defender: e.world.Plan().Leader, Kind: simtorn.OutsideHit, Result: "Hospitalized", Respect: 300,
			FairFight: 200, Started: now.Add(-20 * time.Second), Ended: now.Add(-time.Duration(i) * time.Second), Visible: now})
		must(e.t, err)
	}
	e.runUntil(now.Add(intervals.AttacksIdle + time.Second))
	rows, err := e.owner.Query(e.t.Context(), "select payload #> '{data,retal}' from alert_deliveries where kind = 'retal.open'")
	must(e.t, err)
	defer rows.Close()
	out := map[int64]alert.RetalData{}
	for rows.Next() {
		var raw []byte
		var d alert.RetalData
		must(e.t, rows.Scan(&raw))
		must(e.t, json.Unmarshal(raw, &d))
		out[int64(d.Attacker.ID)] = d
	}
	must(e.t, rows.Err())
	return out
}

func peaceful(t *testing.T) *evening {
	t.Helper()
	e := newEvening(t, simtorn.Config{Seed: 22, MatchedAfter: 10 * time.Hour})
	must(t, e.store.PutRules(t.Context(), e.us, []alert.Rule{{Kind: alert.RetalOpen, ChannelID: "retals", Enabled: true}}, e.clock.Now()))
	e.runUntil(e.clock.Now().Add(2 * time.Minute))
	return e
}

func TestInPeaceTheStatusOfAStrangerIsAskedFor(t *testing.T) {
	t.Parallel()
	e := peaceful(t)
	stranger := e.world.AddPlayer()
	d, ok := e.strangers(stranger)[stranger]
	if !ok || d.Status != faction.StateOkay || d.SeenAt.Before(d.At) || d.Level == 0 {
		t.Errorf("the alert says %+v, want where the attacker is, just seen", d)
	}
}

func TestAStatusThatTornDoesNotTellHoldsUpNoAlert(t *testing.T) {
	t.Parallel()
	e := peaceful(t)
	stranger := e.world.AddPlayer()
	e.gate.set(nil, func(path string, _ url.Values, v map[string]any) {
		if strings.HasPrefix(path, "/user/") && strings.HasSuffix(path, "/basic") {
			clear(v)
			v["error"] = map[string]any{"code": 17, "error": "Backend error occurred, please try again"}
		}
	})
	d, ok := e.strangers(stranger)[stranger]
	if !ok || d.Status != "" || !d.SeenAt.IsZero() {
		t.Errorf("the alert says %+v (told %t), want one without a status", d, ok)
	}
	if len(e.reasons) > 0 {
		t.Errorf("polls failed: %v", e.reasons)
	}
}

func TestOfManyStrangersThreeAreAskedFor(t *testing.T) {
	t.Parallel()
	e := peaceful(t)
	var asked atomic.Int64
	e.gate.set(func(r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v2/user/") && strings.HasSuffix(r.URL.Path, "/basic") {
			asked.Add(1)
		}
	}, nil)
	var who []int64
	for range 5 {
		who = append(who, e.world.AddPlayer())
	}
	known := 0
	told := e.strangers(who...)
	for _, d := range told {
		if d.Status != "" {
			known++
		}
	}
	if len(told) != 5 || known != 3 || asked.Load() != 3 {
		t.Errorf("of %d alerts %d name a status after %d requests, want 5, 3 and 3", len(told), known, asked.Load())
	}
}
