package poll_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"

	"consigliere/internal/war"
)

// quiet is an evening without a war of its own.
func quiet(t *testing.T, seed uint64) *evening {
	t.Helper()
	e := newEvening(t, simtorn.Config{Seed: seed, MatchedAfter: 90 * 24 * time.Hour})
	e.runUntil(e.clock.Now().Add(2 * time.Minute))
	return e
}

// past puts a war of two days into the world that ended so many days ago.
func (e *evening) past(daysAgo, hits int) war.ID {
	e.t.Helper()
	end := e.clock.Now().AddDate(0, 0, -daysAgo).Truncate(time.Second)
	id, err := e.world.AddPastWar(simtorn.PastWar{Faction: int64(e.us), Start: end.Add(-48 * time.Hour), End: end, Hits: hits})
	must(e.t, err)
	return war.ID(id)
}

// order asks for the wars of so many days.
func (e *evening) order(days int) feed.Backfill {
	e.t.Helper()
	now := e.clock.Now()
	b, fresh, err := e.store.StartBackfill(e.t.Context(), e.us, feed.BackfillOrder{By: 7, At: now, From: now.AddDate(0, 0, -days), To: now})
	must(e.t, err)
	if !fresh || b.State != feed.BackfillRunning {
		e.t.Fatalf("the backfill is %+v, fresh %t", b, fresh)
	}
	return b
}

func (e *evening) backfill() feed.Backfill {
	e.t.Helper()
	b, ok, err := e.store.Backfill(e.t.Context(), e.us)
	must(e.t, err)
	if !ok {
		e.t.Fatal("there is no backfill")
	}
	return b
}

// readBack polls until the backfill is over.
func (e *evening) readBack(p *process) feed.Backfill {
	e.t.Helper()
	for end := e.clock.Now().Add(4 * time.Hour); e.clock.Now().Before(end); {
		e.poll(e.t.Context(), p, leaseTime)
		if b := e.backfill(); b.State != feed.BackfillRunning {
			return b
		}
		e.step(end)
	}
	e.t.Fatalf("the backfill does not end: %+v", e.backfill())
	return feed.Backfill{}
}

// whole checks that all that the scenario knows of a past war is counted, once.
func (e *evening) whole(id war.ID) war.War {
	e.t.Helper()
	w, err := e.store.War(e.t.Context(), e.us, id)
	must(e.t, err)
	if w.WholeAt.IsZero() || w.ReportAt.IsZero() {
		e.t.Errorf("war %d: read whole at %v, report at %v, want both", id, w.WholeAt, w.ReportAt)
	}
	want := e.world.FiguresOf(int64(id), int64(e.us), e.clock.Now())
	rows, err := e.store.Tallies(e.t.Context(), e.us, id)
	must(e.t, err)
	got, truth := map[string]simtorn.Tally{}, map[string]simtorn.Tally{}
	for _, r := range rows {
		got[fmt.Sprintf("%s %d", r.Team, r.Player)] = tallyOf(r.Tally)
	}
	for team, side := range map[war.Team]simtorn.SideFigures{war.Ours: want.Us, war.Enemy: want.Them} {
		for id, tally := range side.Members {
			if tally != (simtorn.Tally{}) {
				truth[fmt.Sprintf("%s %d", team, id)] = tally
			}
		}
	}
	if diff := cmp.Diff(truth, got); diff != "" || len(truth) == 0 {
		e.t.Errorf("past war %d differs from the scenario (-want +got):\n%.2000s", id, diff)
	}
	e.recount(w)
	return w
}

func TestWarsOfThePastAreReadBackAndReconciled(t *testing.T) {
	t.Parallel()
	e := quiet(t, 41)
	near, far, old := e.past(40, 400), e.past(60, 350), e.past(400, 50)
	e.order(500)
	b := e.readBack(e.main)
	if b.State != feed.BackfillDone || b.Share() != 1 || b.Ended.IsZero() || b.Trouble != "" {
		t.Errorf("the backfill ended as %+v", b)
	}
	states := map[war.ID]feed.BackfillWarState{}
	for _, w := range b.Wars {
		states[w.War] = w.State
	}
	if states[near] != feed.WarRead || states[far] != feed.WarRead || states[old] != feed.WarTooOld {
		t.Errorf("the wars ended as %v, want %d and %d read, %d out of the log's reach", states, near, far, old)
	}
	for _, id := range []war.ID{near, far} {
		w := e.whole(id)
		if w.Tracked {
			t.Errorf("war %d of the past is tracked", id)
		}
		samples, err := e.store.Samples(t.Context(), e.us, id)
		must(t, err)
		last := samples[len(samples)-1]
		if len(samples) < 20 || last.Us != w.Us.Score || last.Them != w.Them.Score || !last.At.Equal(w.End) {
			t.Errorf("war %d has %d samples, the last %+v; want its whole score up to %d : %d", id, len(samples), last, w.Us.Score, w.Them.Score)
		}
		books, ok, err := e.store.WarBooks(t.Context(), e.us, w)
		must(t, err)
		r := war.Reconcile(books)
		if !ok || !r.Detailed {
			t.Errorf("war %d: report %t, detailed %t", id, ok, r.Detailed)
		}
		found := map[war.DifferenceReason]int64{}
		for _, d := range r.Side(war.Ours).Differences() {
			found[d.Reason] += int64(math.Abs(float64(d.Hits)))
		}
		want := map[war.DifferenceReason]int64{war.ReasonMercenary: 7, war.ReasonFlag: 1, war.ReasonEdge: 1}
		delete(found, war.ReasonRounding)
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("why our side of war %d differs (-want +got):\n%s", id, diff)
		}
		for _, d := range r.Side(war.Enemy).Differences() {
			if d.Reason != war.ReasonStealth && d.Reason != war.ReasonRounding {
				t.Errorf("the enemy's side of war %d differs for another reason than stealth: %+v", id, d)
			}
		}
	}
	if w, err := e.store.War(t.Context(), e.us, old); err != nil || !w.WholeAt.IsZero() || w.ReportAt.IsZero() {
		t.Errorf("the war out of reach: %+v (%v), want its report and no attacks", w, err)
	}
	var told int
	must(t, e.owner.QueryRow(t.Context(), "select count(*) from alert_deliveries").Scan(&told))
	if told != 0 {
		t.Errorf("%d alerts were told about wars of the past", told)
	}
}

// Torn's log reaches back only to the middle of the war.
func TestAWarOfWhichTheLogShowsOnlyAPartIsNotCalledRead(t *testing.T) {
	t.Parallel()
	e := quiet(t, 41)
	id := e.past(40, 400)
	middle := e.clock.Now().AddDate(0, 0, -40).Add(-24 * time.Hour)
	e.gate.set(nil, func(_ string, _ url.Values, body map[string]any) {
		rows, ok := body["attacks"].([]any)
		if !ok {
			return
		}
		body["attacks"] = slices.DeleteFunc(rows, func(r any) bool {
			at, err := r.(map[string]any)["started"].(json.Number).Int64()
			return err != nil || at < middle.Unix()
		})
	})
	e.order(100)
	b := e.readBack(e.main)
	if b.State != feed.BackfillDone || len(b.Wars) != 1 || b.Wars[0].State != feed.WarPartly {
		t.Fatalf("the backfill ended as %+v", b)
	}
	w, err := e.store.War(t.Context(), e.us, id)
	must(t, err)
	if !w.WholeAt.IsZero() || w.CutAt.Before(middle) || w.CutAt.After(middle.Add(6*time.Hour)) {
		t.Errorf("read whole at %v, the log cut at %v; want never and soon after %v", w.WholeAt, w.CutAt, middle)
	}
	samples, err := e.store.Samples(t.Context(), e.us, id)
	must(t, err)
	if len(samples) != 0 {
		t.Errorf("%d samples of a score of which half is missing", len(samples))
	}
	before, err := e.store.Tallies(t.Context(), e.us, id)
	must(t, err)
	if len(before) == 0 {
		t.Error("what the log still shows is not counted")
	}
	// Later retention takes single attacks: to read again would lose what Torn forgot since.
	_, err = e.owner.Exec(t.Context(), "delete from attacks where war_id = $1", id)
	must(t, err)
	e.order(100)
	if b := e.readBack(e.main); b.Wars[0].State != feed.WarPartly || b.Wars[0].Attacks != 0 {
		t.Errorf("asked for again it ended as %+v", b.Wars)
	}
	after, err := e.store.Tallies(t.Context(), e.us, id)
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("its sums moved:\n%.1000s", diff)
	}
}

func TestABackfillGoesOnWhereAKilledProcessLeftIt(t *testing.T) {
	t.Parallel()
	e := quiet(t, 42)
	id := e.past(30, 900)
	e.order(45)
	killed := 0
	for left := 2; killed < 12 && e.backfill().State == feed.BackfillRunning; left = 1 + (left+2)%5 {
		e.poll(t.Context(), e.process("mortal", &fewWrites{pollStore: e.store, left: left}), leaseTime)
		e.clock.Advance(leaseTime + time.Second)
		killed++
	}
	if b := e.readBack(e.main); b.State != feed.BackfillDone {
		t.Fatalf("the backfill ended as %+v", b)
	}
	if w := e.whole(id); w.ID != id {
		t.Error("another war")
	}
	before := e.backfill().Wars
	if _, attacks := (feed.Backfill{Wars: before}).Count(feed.WarRead); attacks < 900 {
		t.Errorf("%d attacks were new, want at least the 900 hits", attacks)
	}
}

// fewWrites is a store whose process is killed after so many writes of attacks.
type fewWrites struct {
	pollStore
	left int
}

func (m *fewWrites) SaveAttacks(ctx context.Context, st *feed.State, p feed.AttackPage) error {
	if m.left--; m.left < 0 {
		return errKilled
	}
	return m.pollStore.SaveAttacks(ctx, st, p)
}

func TestACancelledBackfillEndsAndAnotherOneIsExact(t *testing.T) {
	t.Parallel()
	e := quiet(t, 43)
	id := e.past(30, 900)
	b := e.order(45)
	var reads atomic.Int32
	cancelled := make(chan error, 1)
	e.gate.set(func(r *http.Request) {
		if r.URL.Path == "/v2/faction/attacks" && r.URL.Query().Get("from") != "" && reads.Add(1) == 3 {
			cancelled <- e.store.CancelBackfill(context.Background(), e.us, b.ID, e.clock.Now())
		}
	}, nil)
	if got := e.readBack(e.main); got.State != feed.BackfillCancelled {
		t.Fatalf("the backfill ended as %+v", got)
	}
	must(t, <-cancelled)
	after := reads.Load()
	e.runUntil(e.clock.Now().Add(3 * time.Minute))
	if n := reads.Load() - after; n > 3 { // sweeps
		t.Errorf("%d requests were made for it after it was cancelled", n)
	}
	if err := e.store.CancelBackfill(t.Context(), e.us, b.ID, e.clock.Now()); faction.KindOf(err) != faction.Conflict {
		t.Errorf("cancelling it again gave %v", err)
	}
	if st := e.feeds()[feed.Attacks]; !st.Log.BackfillDue.IsZero() || st.Failures != 0 {
		t.Errorf("the feed still wants a turn at %v, failures %d", st.Log.BackfillDue, st.Failures)
	}
	// Meanwhile retention takes part of what was read; the sums stay.
	_, err := e.owner.Exec(t.Context(), "delete from attacks where war_id = $1 and attack_id % 2 = 0", id)
	must(t, err)
	e.order(45)
	e.readBack(e.main)
	e.whole(id)
}

func TestAWarThatWasReadWholeIsNotReadAgain(t *testing.T) {
	t.Parallel()
	e := quiet(t, 44)
	id := e.past(30, 300)
	e.order(45)
	e.readBack(e.main)
	before, err := e.store.Tallies(t.Context(), e.us, id)
	must(t, err)
	_, err = e.owner.Exec(t.Context(), "delete from attacks where war_id = $1", id)
	must(t, err)
	e.order(45)
	b := e.readBack(e.main)
	if n, _ := b.Count(feed.WarKnown); n == 0 {
		t.Errorf("no war was known: %+v", b.Wars)
	}
	after, err := e.store.Tallies(t.Context(), e.us, id)
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" || len(after) == 0 {
		t.Errorf("its sums moved:\n%.1000s", diff)
	}
}

func TestOnlyTheLatestWarIsReadWhenThatIsAskedFor(t *testing.T) {
	t.Parallel()
	e := quiet(t, 45)
	e.past(60, 100)
	latest := e.past(8, 200)
	now := e.clock.Now()
	_, _, err := e.store.StartBackfill(t.Context(), e.us, feed.BackfillOrder{At: now, To: now, Latest: true})
	must(t, err)
	b := e.readBack(e.main)
	if len(b.Wars) != 1 || b.Wars[0].War != latest || b.Wars[0].State != feed.WarRead {
		t.Errorf("read were %+v, want war %d alone", b.Wars, latest)
	}
	e.whole(latest)
}

// A war of the last days is news, and the live log reads it: a backfill leaves it alone.
func TestAWarThatHasJustEndedIsLeftToTheLiveLog(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 48, MatchedAfter: 90 * 24 * time.Hour})
	id := e.past(2, 300)
	now := e.clock.Now()
	_, _, err := e.store.StartBackfill(t.Context(), e.us, feed.BackfillOrder{At: now, To: now, Latest: true})
	must(t, err)
	b := e.readBack(e.main)
	if len(b.Wars) != 1 || b.Wars[0].War != id || b.Wars[0].State != feed.WarKnown || b.Wars[0].Attacks != 0 {
		t.Errorf("the backfill ended with %+v, want the war known from the live log", b.Wars)
	}
	e.whole(id)
}

func TestTroubleIsSaidAndOvercome(t *testing.T) {
	t.Parallel()
	e := quiet(t, 46)
	id := e.past(30, 300)
	e.order(45)
	var down atomic.Bool
	down.Store(true)
	e.gate.set(nil, func(path string, _ url.Values, body map[string]any) {
		if down.Load() && path == "/faction/"+strconv.Itoa(int(e.us))+"/rankedwars" {
			clear(body)
			body["error"] = map[string]any{"code": 17, "error": "Backend error occurred, please try again"}
		}
	})
	e.runUntil(e.clock.Now().Add(2 * time.Minute))
	if b := e.backfill(); b.Trouble == "" || b.State != feed.BackfillRunning {
		t.Fatalf("while Torn fails the backfill is %+v", b)
	}
	down.Store(false)
	if b := e.readBack(e.main); b.Trouble != "" || b.State != feed.BackfillDone {
		t.Errorf("the backfill ended as %+v", b)
	}
	e.whole(id)
}

// A year of wars is read back while a war is fought: each poll of the live log comes
// when it is due.
func TestLivePollsStayOnTimeWhileAYearIsReadBack(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 47, MatchedAfter: -26 * time.Hour, StartsAfter: -20 * time.Minute, WarLength: 3 * time.Hour, Intensity: 0.3})
	for week := range 49 { // so far Torn's log reaches
		e.past(12+7*week, 500)
	}
	e.runUntil(e.clock.Now().Add(2 * time.Minute))
	e.order(365)
	var worst time.Duration
	polls, began := 0, e.clock.Now()
	for end := began.Add(2 * time.Hour); e.backfill().State == feed.BackfillRunning && e.clock.Now().Before(end); {
		if st := e.feeds()[feed.Attacks]; !st.NextDue.After(e.clock.Now()) {
			polls++
			worst = max(worst, e.clock.Now().Sub(st.NextDue))
		}
		e.poll(t.Context(), e.main, leaseTime)
		e.step(end)
	}
	b := e.backfill()
	wars, attacks := b.Count(feed.WarRead)
	t.Logf("%d wars and %d attacks in %s; %d live polls, the latest %s late", wars, attacks, e.clock.Now().Sub(began), polls, worst)
	if b.State != feed.BackfillDone || wars < 49 {
		t.Errorf("after %s the backfill is %s with %d wars read", e.clock.Now().Sub(began), b.State, wars)
	}
	if polls < 10 || worst > 2*time.Second {
		t.Errorf("of %d polls of the live log one came %s late", polls, worst)
	}
	if len(e.reasons) > 0 {
		t.Errorf("live polls failed: %v", e.reasons)
	}
	e.settle()
}
