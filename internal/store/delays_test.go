package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/alert"
)

func TestDelaysAreMeasuredFromTheEventToTheMessage(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	putRules(t, db.Store, lions, rule(alert.WarStarted, "one"), rule(alert.WarEnded, "one"))
	putRules(t, db.Store, bears, rule(alert.WarStarted, "two"))
	// A hundred, the first of which took 1 s from the commit, the last 100 s; each is told
	// of 9 s after it happened.
	at := noon.Add(-9 * time.Second)
	var all []alert.Alert
	for n := range int64(100) {
		a := started(n)
		a.At = at
		all = append(all, a)
	}
	sample, late := started(1000), started(1001)
	sample.Test, late.At = true, at
	late.Data.Unconfirmed = &alert.PlayerData{ID: 1}
	waiting := alert.Alert{Kind: alert.WarEnded, Subject: alert.Subject("war", 1), Stage: "ended", At: at}
	raise(t, db.Store, lions, append(all, sample, late, waiting)...)
	raise(t, db.Store, bears, started(1))
	n := 0
	for _, j := range jobs(t, owner(t, db)) {
		d, err := db.Store.LoadDelivery(ctx, j.Faction, j.Delivery)
		must(t, err)
		if j.Faction != lions || d.Alert.Kind == alert.WarEnded {
			continue
		}
		took := time.Hour
		if !d.Alert.Happened().IsZero() {
			n++
			took = time.Duration(n) * time.Second
		}
		must(t, db.Store.MarkSent(ctx, lions, d, "m", 0, noon.Add(took)))
	}
	got, err := db.Store.Delays(ctx, lions, noon)
	must(t, err)
	s := func(n int) time.Duration { return time.Duration(n) * time.Second }
	want := []alert.Delay{{
		Kind: alert.WarStarted, Alerts: 100,
		FromEvent:  alert.Spread{P50: s(59), P95: s(104), P99: s(108)},
		FromCommit: alert.Spread{P50: s(50), P95: s(95), P99: s(99)},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("delays (-want +got):\n%s", diff)
	}
	if got, err := db.Store.Delays(ctx, lions, noon.Add(time.Second)); err != nil || len(got) != 0 {
		t.Errorf("of alerts raised later there are %v (%v), want none", got, err)
	}
}
