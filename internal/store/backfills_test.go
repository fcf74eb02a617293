package store_test

import (
	"errors"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

func TestOneBackfillIsUnderWayAtATime(t *testing.T) {
	db := opened(t)
	ctx, s := t.Context(), db.Store
	if _, ok, err := s.Backfill(ctx, lions); ok || err != nil {
		t.Fatalf("before anybody asked: %t, %v", ok, err)
	}
	order := feed.BackfillOrder{By: 5, At: noon, From: noon.AddDate(-1, 0, 0), To: noon}
	first, fresh, err := s.StartBackfill(ctx, lions, order)
	must(t, err)
	if !fresh || first.BackfillOrder != order || first.State != feed.BackfillRunning {
		t.Fatalf("the first is %+v, fresh %t", first, fresh)
	}
	again, fresh, err := s.StartBackfill(ctx, lions, feed.BackfillOrder{By: 6, At: noon, To: noon, Latest: true})
	must(t, err)
	if fresh || again.ID != first.ID || again.Latest {
		t.Errorf("asking again gave %+v, fresh %t; want the one under way", again, fresh)
	}
	if _, ok, err := s.Backfill(ctx, bears); ok || err != nil {
		t.Errorf("another faction sees it: %t, %v", ok, err)
	}
	wantKind(t, s.CancelBackfill(ctx, bears, first.ID, noon), faction.Conflict)
	if due := stateOf(t, s, lions, feed.Attacks).Log.BackfillDue; !due.Equal(noon) {
		t.Errorf("its turn is at %v, want at once", due)
	}
	must(t, s.CancelBackfill(ctx, lions, first.ID, noon.Add(time.Minute)))
	wantKind(t, s.CancelBackfill(ctx, lions, first.ID, noon.Add(time.Minute)), faction.Conflict)
	if due := stateOf(t, s, lions, feed.Attacks).Log.BackfillDue; !due.IsZero() {
		t.Errorf("a cancelled one wants a turn at %v", due)
	}
	if _, fresh, err = s.StartBackfill(ctx, lions, order); err != nil || !fresh {
		t.Errorf("after the end another one: fresh %t, %v", fresh, err)
	}
}

func TestAStepOfACancelledBackfillWritesNothing(t *testing.T) {
	db := opened(t)
	ctx, s := t.Context(), db.Store
	ended := aWar(1)
	ended.End, ended.FinalAt = noon.Add(time.Hour), noon.Add(2*time.Hour)
	saveWars(t, s, lions, ended)
	b, _, err := s.StartBackfill(ctx, lions, feed.BackfillOrder{At: noon, From: noon, To: noon})
	must(t, err)
	st := stateOf(t, s, lions, feed.Attacks)
	p := page(t, s, st, []war.War{ended}, hit(11, 1, time.Minute, 500))
	p.Backfill = &feed.BackfillStep{ID: b.ID, Listed: true, Due: noon, List: []feed.BackfillWar{{War: 1, State: feed.WarReading, ReadTo: noon, Attacks: 1}}}
	must(t, s.SaveAttacks(ctx, &st, p))
	got, _, err := s.Backfill(ctx, lions)
	must(t, err)
	if got.Listed.IsZero() || len(got.Wars) != 1 || got.Wars[0].State != feed.WarReading || got.Wars[0].Attacks != 1 || got.Wars[0].Enemy != "Bears" {
		t.Errorf("after a step: %+v", got)
	}
	must(t, s.CancelBackfill(ctx, lions, b.ID, noon))
	next := page(t, s, st, []war.War{ended}, hit(12, 1, 2*time.Minute, 500))
	next.Backfill = &feed.BackfillStep{ID: b.ID, War: &feed.BackfillWar{War: 1, State: feed.WarRead}, Whole: true}
	if err := s.SaveAttacks(ctx, &st, next); !errors.Is(err, store.ErrBackfillOver) {
		t.Errorf("a step after the end gave %v", err)
	}
	rows, err := s.WarAttacks(ctx, lions, 1)
	must(t, err)
	w, err := s.War(ctx, lions, 1)
	must(t, err)
	if len(rows) != 1 || !w.WholeAt.IsZero() {
		t.Errorf("%d attacks are stored and the war is whole at %v, want one and never", len(rows), w.WholeAt)
	}
	// The live log is as it was, and goes on.
	log(t, s, lions, []war.War{ended}, hit(12, 1, 2*time.Minute, 500))
}

func TestBooksHoldTheEdgesOfAWar(t *testing.T) {
	db := opened(t)
	ctx, s := t.Context(), db.Store
	w := aWar(1)
	w.End, w.FinalAt = noon.Add(time.Hour), noon.Add(2*time.Hour)
	saveWars(t, s, lions, w)
	log(t, s, lions, []war.War{w},
		hit(1, 1, -2*time.Minute, 100), hit(2, 1, time.Minute, 200), hit(3, 1, 61*time.Minute, 300), hit(4, 1, 3*time.Hour, 400))
	if _, ok, err := s.WarBooks(ctx, lions, w); ok || err != nil {
		t.Errorf("without a report there are books: %t, %v", ok, err)
	}
	st := stateOf(t, s, lions, feed.Wars)
	must(t, s.SaveUpdate(ctx, &st, feed.Update{Report: &war.Report{War: 1, End: w.End, Sides: []war.ReportSide{{Faction: lions, Name: "Lions", Score: 5, Attacks: 2}}}, Progress: progress(st, noon)}))
	b, ok, err := s.WarBooks(ctx, lions, w)
	must(t, err)
	var ids []war.AttackID
	for _, r := range b.Rows {
		ids = append(ids, r.Attack.ID)
	}
	if !ok || len(ids) != 3 || len(b.Tallies) == 0 {
		t.Errorf("the books hold attacks %v and %d tallies, want 1 to 3 and some", ids, len(b.Tallies))
	}
}

func TestASummaryTellsWhatAWarBroughtAndWhoDidBest(t *testing.T) {
	db := opened(t)
	ctx, s := t.Context(), db.Store
	one, two := aWar(1), aWar(2)
	one.End, two.End = noon.Add(time.Hour), noon.Add(time.Hour)
	saveWars(t, s, lions, one, two)
	st := stateOf(t, s, lions, feed.Wars)
	must(t, s.SaveUpdate(ctx, &st, feed.Update{Progress: progress(st, noon), Report: &war.Report{War: 1, End: one.End, Sides: []war.ReportSide{
		{
			Faction: lions, Name: "Lions", Score: 90, Attacks: 7, RankBefore: "Gold I", RankAfter: "Gold II",
			Rewards: war.Rewards{Respect: 50, Points: 3, Items: []war.RewardItem{{ID: 1118, Name: "Armor Cache", Quantity: 2}, {ID: 206, Name: "Xanax", Quantity: 5}}},
			Members: []war.ReportMember{{Player: 1, Name: "A", Attacks: 3, Score: 3000}, {Player: 2, Name: "B", Level: 9, Attacks: 4, Score: 6000}, {Player: 3, Name: "C", Score: 9999}},
		},
		{Faction: bears, Name: "Bears", Score: 80, Members: []war.ReportMember{{Player: 900, Name: "Z", Attacks: 9, Score: 8000}}},
	}}}))
	got, err := s.WarSummaries(ctx, lions, []war.ID{1, 2, 3})
	must(t, err)
	first, ok := got[1]
	if len(got) != 1 || !ok || first.Side.Rewards.Caches() != 2 || len(first.Side.Rewards.Items) != 2 || first.Side.RankAfter != "Gold II" || first.Side.Rewards.Respect != 50 {
		t.Errorf("the summaries are %+v", got)
	}
	if !first.HasBest || first.Best.Player != 2 || first.Best.Score != 6000 || first.Best.Attacks != 4 {
		t.Errorf("the best is %+v, want B, since C made no hit", first.Best)
	}
	if other, err := s.WarSummaries(ctx, bears, []war.ID{1}); err != nil || len(other) != 0 {
		t.Errorf("another faction reads %+v (%v)", other, err)
	}
}
