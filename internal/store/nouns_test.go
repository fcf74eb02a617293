package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

func TestAScoreboardLinkWorksUntilItExpiresOrIsRevoked(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	link := faction.WebLink{Faction: lions, Page: "war", Creator: 11, Created: noon, Expires: noon.Add(time.Hour)}
	made := link
	made.ByOperator = true // no member list is read here
	id, err := db.Store.SaveWebLink(ctx, made, []byte("hash"))
	must(t, err)
	works := func(at time.Time) bool {
		t.Helper()
		got, ok, err := db.Store.ResolveWebLink(ctx, []byte("hash"), at)
		must(t, err)
		if ok && (got.ID != id || got.Faction != lions || got.Page != "war" || !got.Expires.Equal(link.Expires)) {
			t.Errorf("the token leads to %+v", got)
		}
		listed, err := db.Store.WebLinks(ctx, lions, at)
		must(t, err)
		if (len(listed) == 1) != ok {
			t.Errorf("at %s the link works: %t, and %d are listed", at, ok, len(listed))
		}
		return ok
	}
	if !works(noon) || !works(link.Expires.Add(-time.Microsecond)) || works(link.Expires) {
		t.Error("want the link to work until it expires and not then")
	}
	if _, ok, err := db.Store.ResolveWebLink(ctx, []byte("other"), noon); ok || err != nil {
		t.Errorf("an unknown token works: %t (%v)", ok, err)
	}
	wantKind(t, db.Store.RevokeWebLink(ctx, bears, id, noon), faction.NotFound)
	if !works(noon) {
		t.Error("another faction revoked our link")
	}
	if theirs, err := db.Store.WebLinks(ctx, bears, noon); err != nil || len(theirs) != 0 {
		t.Errorf("another faction sees %v (%v)", theirs, err)
	}
	must(t, db.Store.RevokeWebLink(ctx, lions, id, noon))
	if works(noon) {
		t.Error("a revoked link works")
	}
	wantKind(t, db.Store.RevokeWebLink(ctx, lions, id, noon), faction.NotFound)
}

func TestALiveBoardIsClaimedByOneAtATime(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.AddBoard(ctx, lions, "war", "one", noon))
	must(t, db.Store.AddBoard(ctx, bears, "war", "one", noon.Add(time.Minute)))
	claim := func(after time.Duration) string {
		t.Helper()
		got, err := db.Store.ClaimBoards(ctx, noon.Add(after), lease, 10)
		must(t, err)
		var who []faction.ID
		for _, b := range got {
			who = append(who, b.Faction)
		}
		slices.Sort(who)
		return fmt.Sprint(who)
	}
	for _, tc := range []struct {
		after time.Duration
		want  string
	}{{-time.Second, "[]"}, {0, "[101]"}, {time.Second, "[]"}, {lease, "[101]"}, {time.Minute, "[101 202]"}} {
		if got := claim(tc.after); got != tc.want {
			t.Errorf("after %s claimed are boards of %s, want %s", tc.after, got, tc.want)
		}
	}
	boards, err := db.Store.Boards(ctx, lions)
	must(t, err)
	b := boards[0]
	b.MessageID, b.Digest, b.PostedAt = "m", "d", noon
	must(t, db.Store.SaveBoard(ctx, b, noon, noon.Add(2*time.Hour)))
	boards, err = db.Store.Boards(ctx, lions)
	must(t, err)
	if diff := cmp.Diff(b, boards[0]); diff != "" {
		t.Errorf("the board came back as (-want +got):\n%s", diff)
	}
	if got := claim(time.Hour); got != "[202]" {
		t.Errorf("after an hour claimed are boards of %s, want those of bears alone", got)
	}
	b.Broken = "gone"
	must(t, db.Store.SaveBoard(ctx, b, noon, noon))
	if got := claim(3 * time.Hour); got != "[202]" {
		t.Errorf("claimed are boards of %s, want no broken one", got)
	}
	must(t, db.Store.AddBoard(ctx, lions, "war", "one", noon))
	boards, err = db.Store.Boards(ctx, lions)
	must(t, err)
	if len(boards) != 1 || boards[0].Broken != "" || boards[0].MessageID != "" {
		t.Errorf("asked for again the board is %+v, want one that begins anew", boards)
	}
	gone, err := db.Store.RemoveBoard(ctx, lions, "war", "")
	must(t, err)
	if len(gone) != 1 {
		t.Errorf("removed %d boards, want 1", len(gone))
	}
	if theirs, err := db.Store.Boards(ctx, bears); err != nil || len(theirs) != 1 {
		t.Errorf("bears have %d boards (%v), want theirs kept", len(theirs), err)
	}
}

func TestAReportIsStoredOnceAndCorrectedInPlace(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	if _, ok, err := db.Store.Report(ctx, lions, w); ok || err != nil {
		t.Fatalf("there is a report before any was stored (%v)", err)
	}
	r := war.Report{
		War: 1, Start: w.Start, End: noon.Add(time.Hour), Winner: lions, Forfeit: true,
		Sides: []war.ReportSide{
			{Faction: lions, Name: "Lions", Score: 900, Attacks: 12, RankBefore: "Gold", RankAfter: "Platinum",
				Rewards: war.Rewards{Respect: 5, Points: 6, Items: []war.RewardItem{{ID: 1118, Name: "Armor", Quantity: 2}}},
				Members: []war.ReportMember{{Player: 12, Name: "B", Level: 9, Attacks: 7, Score: 500}, {Player: 11, Name: "A", Level: 8, Attacks: 5, Score: 400}}},
			{Faction: bears, Name: "Bears"},
		},
	}
	store := func(at time.Time) war.War {
		t.Helper()
		st := stateOf(t, db.Store, lions, feed.Wars)
		must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Report: &r, Progress: progress(st, at)}))
		w, err := db.Store.War(ctx, lions, 1)
		must(t, err)
		return w
	}
	w = store(noon.Add(2 * time.Hour))
	if !w.ReportAt.Equal(noon.Add(2*time.Hour)) || w.Winner != lions || !w.Forfeit || !w.End.Equal(r.End) {
		t.Errorf("after the report the war is %+v", w)
	}
	r.Sides[0].Score, r.Sides[0].Members[0].Attacks = 950, 8
	w = store(noon.Add(3 * time.Hour))
	if !w.ReportAt.Equal(noon.Add(2 * time.Hour)) {
		t.Errorf("a correction moved the report to %s", w.ReportAt)
	}
	got, ok, err := db.Store.Report(ctx, lions, w)
	must(t, err)
	if diff := cmp.Diff(r, got, cmpopts.EquateEmpty()); diff != "" || !ok {
		t.Errorf("the report came back as (-want +got):\n%s", diff)
	}
	if _, ok, err := db.Store.Report(ctx, bears, w); ok || err != nil {
		t.Errorf("another faction sees our report (%v)", err)
	}
}

func TestTheLatestChainIsShownAndItsCounterNeverFalls(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	if _, _, ok, err := db.Store.Chain(ctx, lions); ok || err != nil {
		t.Fatalf("there is a chain before the first (%v)", err)
	}
	save := func(c chain.State, at time.Time) {
		t.Helper()
		st := stateOf(t, db.Store, lions, feed.Front)
		must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Chain: &c, Progress: progress(st, at)}))
	}
	old := chain.State{ID: 1, Current: 40, Max: 50, Start: noon.Add(-time.Hour), End: noon}
	save(old, noon)
	running := chain.State{ID: 2, Current: 12, Max: 25, Start: noon, End: noon.Add(5 * time.Minute), Cooldown: noon.Add(time.Hour)}
	save(running, noon.Add(time.Minute))
	save(old, noon.Add(2*time.Minute))
	over := running
	over.Current, over.Max, over.End = 0, 10, noon.Add(time.Minute)
	save(over, noon.Add(3*time.Minute))
	got, seen, ok, err := db.Store.Chain(ctx, lions)
	must(t, err)
	if diff := cmp.Diff(running, got); diff != "" || !ok || !seen.Equal(noon.Add(3*time.Minute)) {
		t.Errorf("the chain, seen %s, is (-want +got):\n%s", seen, diff)
	}
}

func TestMembersLeaveAndComeBack(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	a := faction.Member{ID: 11, Name: "A", Position: "Leader", Level: 50, DaysInFaction: 9, ReviveSetting: "Everyone", Revivable: true,
		LastAction: faction.LastAction{Status: "Online", At: noon},
		Status:     faction.Status{State: faction.StateHospital, Description: "In hospital", Until: noon.Add(time.Hour)}}
	b := faction.Member{ID: 12, Name: "B"}
	save := func(at time.Time, of faction.ID, roster ...faction.Member) faction.Roster {
		t.Helper()
		st := stateOf(t, db.Store, lions, feed.Members)
		must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Rosters: map[faction.ID][]faction.Member{of: roster}, Progress: progress(st, at)}))
		got, err := db.Store.Members(ctx, lions, lions)
		must(t, err)
		return got
	}
	check := func(what string, got faction.Roster, asOf time.Time, want ...faction.Member) {
		t.Helper()
		for i := range want {
			want[i].Status.SeenAt = asOf
		}
		if diff := cmp.Diff(faction.Roster{AsOf: asOf, Members: want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("both there", save(noon, lions, a, b), noon, a, b)
	check("one left", save(noon.Add(time.Minute), lions, a), noon.Add(time.Minute), a)
	check("another faction's roster is another's", save(noon.Add(time.Minute), bears, faction.Member{ID: 900}), noon.Add(time.Minute), a)
	conn := owner(t, db)
	if n := count(t, conn, "select count(*) from members where player_id = 12 and left_at = $1", noon.Add(time.Minute)); n != 1 {
		t.Error("when the member left is not on record")
	}
	save(noon.Add(2*time.Minute), lions, a)
	if n := count(t, conn, "select count(*) from members where player_id = 12 and left_at = $1", noon.Add(time.Minute)); n != 1 {
		t.Error("the moment of leaving moved")
	}
	b.Position = "Recruit"
	check("back again", save(noon.Add(3*time.Minute), lions, a, b), noon.Add(3*time.Minute), a, b)
	check("an empty roster is no reason to believe that all have left", save(noon.Add(4*time.Minute), lions), noon.Add(3*time.Minute), a, b)
}

func TestPositionsAreReplacedAsAWhole(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	for _, want := range [][]faction.Position{
		{{Name: "Leader", Abilities: []string{"a", "b"}}, {Name: "Recruit", Default: true, Abilities: []string{}}},
		{{Name: "Consigliere", Abilities: []string{"b"}}},
	} {
		st := stateOf(t, db.Store, lions, feed.Members)
		must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Positions: want, Progress: progress(st, noon)}))
		got, err := db.Store.Positions(ctx, lions)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("want -, got +\n%s", diff)
		}
	}
}

func TestWhoLookedTooEarlyCannotReopenAnEndedWar(t *testing.T) {
	t.Parallel()
	db := opened(t)
	open, ended := aWar(1), aWar(1)
	open.Us.Score = 10
	ended.Us.Score, ended.Them.Score, ended.Winner, ended.End, ended.Target = 900, 100, lions, noon.Add(time.Hour), 800
	saveWars(t, db.Store, lions, open)
	saveWars(t, db.Store, lions, ended)
	saveWars(t, db.Store, lions, open)
	got, err := db.Store.War(t.Context(), lions, 1)
	must(t, err)
	if diff := cmp.Diff(ended, got); diff != "" {
		t.Errorf("the war is (-want +got):\n%s", diff)
	}
}

func TestAWarKeepsWhatTornDoesNotRepeat(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	must(t, db.Store.Track(ctx, lions, 1, false))
	later := w
	later.OriginalTarget, later.Target, later.Tracked = 1, 4000, true
	saveWars(t, db.Store, lions, later)
	got, err := db.Store.War(ctx, lions, 1)
	must(t, err)
	if got.OriginalTarget != 5000 || got.Target != 4000 || got.Tracked {
		t.Errorf("the war is %+v; want the first target kept, the new one taken, and tracking as the officer left it", got)
	}
	wantKind(t, db.Store.Track(ctx, bears, 1, true), faction.NotFound)
	_, err = db.Store.War(ctx, bears, 1)
	wantKind(t, err, faction.NotFound)
}

func TestWarsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	db := opened(t)
	var all []war.War
	for i := range 5 {
		w := aWar(war.ID(i + 1))
		w.Start = noon.Add(time.Duration(i) * 24 * time.Hour)
		all = append(all, w)
	}
	saveWars(t, db.Store, lions, all...)
	got, err := db.Store.Wars(t.Context(), lions, 2)
	must(t, err)
	if len(got) != 2 || got[0].ID != 5 || got[1].ID != 4 {
		t.Errorf("listed are %+v, want wars 5 and 4", got)
	}
}

func TestTheScoreChartGetsAPointWhenSomethingMoves(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	saveWars(t, db.Store, lions, aWar(1))
	for _, p := range []struct {
		after time.Duration
		us    int64
	}{{0, 0}, {time.Minute, 0}, {2 * time.Minute, 7}, {3 * time.Minute, 7}, {8 * time.Minute, 7}, {8 * time.Minute, 9}} {
		st := stateOf(t, db.Store, lions, feed.Front)
		s := war.Sample{At: noon.Add(p.after), Us: p.us, Target: 5000}
		must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Sample: &s, SampleOf: 1, Progress: progress(st, s.At)}))
	}
	got, err := db.Store.Samples(ctx, lions, 1)
	must(t, err)
	want := []war.Sample{{At: noon, Target: 5000}, {At: noon.Add(2 * time.Minute), Us: 7, Target: 5000}, {At: noon.Add(8 * time.Minute), Us: 7, Target: 5000}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}
