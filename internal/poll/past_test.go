package poll_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/war"
)

// books reads a past war and what its report says of it.
func (e *evening) books(id war.ID) (war.War, war.Books) {
	e.t.Helper()
	w, err := e.store.War(e.t.Context(), e.us, id)
	must(e.t, err)
	b, ok, err := e.store.WarBooks(e.t.Context(), e.us, w)
	must(e.t, err)
	if !ok {
		e.t.Fatalf("war %d has no report", id)
	}
	return w, b
}

func TestWarsWhoseWindowsOverlapAreEachReadWithTheirOwnHits(t *testing.T) {
	t.Parallel()
	e := quiet(t, 51)
	var ids []war.ID
	for _, ended := range []int{40, 41} { // of two days each
		end := e.clock.Now().AddDate(0, 0, -ended).Truncate(time.Second)
		id, err := e.world.AddPastWar(simtorn.PastWar{Faction: int64(e.us), Start: end.Add(-48 * time.Hour), End: end, Hits: 300, Plain: true})
		must(t, err)
		ids = append(ids, war.ID(id))
	}
	e.order(100)
	if b := e.readBack(e.main); b.State != feed.BackfillDone {
		t.Fatalf("the backfill ended as %+v", b)
	}
	for _, id := range ids {
		w, books := e.books(id)
		r := war.Reconcile(books)
		for _, team := range []war.Team{war.Ours, war.Enemy} {
			side := r.Side(team)
			if side.Log.Hits != side.Report.Hits || side.Log.Hits < 100 {
				t.Errorf("war %d, %s: %d hits in our log, %d in the report", id, team, side.Log.Hits, side.Report.Hits)
			}
		}
		if w.WholeAt.IsZero() {
			t.Errorf("war %d is not read whole", id)
		}
	}
}

// Torn's lists may be null, as they are in other answers.
func TestAReportWithoutRewardsItemsOrMembersIsStoredAndShown(t *testing.T) {
	t.Parallel()
	e := quiet(t, 52)
	bare, half := e.past(40, 100), e.past(50, 100)
	e.gate.set(nil, func(path string, _ url.Values, body map[string]any) {
		report, ok := body["rankedwarreport"].(map[string]any)
		if !ok || !strings.HasSuffix(path, "/rankedwarreport") {
			return
		}
		for _, f := range report["factions"].([]any) {
			side := f.(map[string]any)
			if strings.Contains(path, "/20000/") {
				side["rewards"], side["members"] = nil, nil
			} else if rewards, ok := side["rewards"].(map[string]any); ok {
				rewards["items"] = nil
			}
		}
	})
	e.order(100)
	if b := e.readBack(e.main); b.State != feed.BackfillDone || b.Trouble != "" {
		t.Fatalf("the backfill ended as %+v", b)
	}
	for _, id := range []war.ID{bare, half} {
		w, books := e.books(id)
		side, ok := books.Report.Side(e.us)
		if !ok || side.Attacks == 0 || len(side.Rewards.Items) != 0 || (id == 20000) != (len(side.Members) == 0) {
			t.Errorf("the report of war %d is %+v", id, side)
		}
		r := war.Reconcile(books)
		if got := r.Side(war.Ours); got.Report.Hits != side.Attacks || got.Log.Hits == 0 || len(got.Differences()) == 0 {
			t.Errorf("war %d reconciled: %+v", id, got.Report)
		}
		m, _ := say.RenderReport(say.ReportView{War: w, Report: books.Report, Official: true, Books: r, Team: war.Ours, AsOf: w.WholeAt})
		if len(m.Embeds) != 1 || !strings.Contains(m.Embeds[0].Description, "Rewards: ") {
			t.Errorf("war %d is shown as %+v", id, m)
		}
	}
}

// A claim of somebody who has left keeps nobody else from the target for long: it ends
// by itself, and until then it is shown.
func TestTheClaimOfAMemberWhoLeavesRunsOut(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 53, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 2 * time.Hour, Intensity: 0.2})
	e.runUntil(e.world.Plan().Start.Add(3 * time.Minute))
	w, err := e.store.War(t.Context(), e.us, e.war)
	must(t, err)
	theirs, err := e.store.Members(t.Context(), e.us, w.Them.Faction)
	must(t, err)
	leaver, other := faction.PlayerID(e.world.Plan().Members[0]), faction.PlayerID(e.world.Plan().Members[1])
	target, now := theirs.Members[0].ID, e.clock.Now()
	claim := war.Claim{War: w.ID, Target: target, Player: leaver, Made: now, Expires: now.Add(10 * time.Minute)}
	_, err = e.store.Claim(t.Context(), e.us, claim)
	must(t, err)
	must(t, e.world.Leave(int64(leaver)))
	e.runUntil(now.Add(time.Minute))
	ours, err := e.store.Members(t.Context(), e.us, e.us)
	must(t, err)
	for _, m := range ours.Members {
		if m.ID == leaver {
			t.Fatal("they are on the roster still")
		}
	}
	claim.Player, claim.Made, claim.Expires = other, now.Add(11*time.Minute), now.Add(20*time.Minute)
	holds, err := e.store.Claim(t.Context(), e.us, claim)
	must(t, err)
	if holds.Player != other {
		t.Errorf("after it ran out the target is held by %d, want %d", holds.Player, other)
	}
}
