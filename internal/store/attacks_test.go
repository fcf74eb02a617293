package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

func TestAnAttackComesBackAsItWasStored(t *testing.T) {
	t.Parallel()
	db := opened(t)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	full := hit(1, 11, time.Minute, 512)
	full.Chain, full.Raid, full.Territory, full.Interrupted, full.WarlordEffect = 10, true, true, true, true
	full.Modifiers = war.Modifiers{FairFight: 2.37, War: 2, Retaliation: 1.5, Group: 1.1, Overseas: 1.25, Chain: 1.07, Warlord: 1.15}
	hidden := hit(2, 0, time.Minute, 0)
	hidden.Attacker, hidden.Defender = war.Fighter{}, full.Attacker
	hidden.Stealthed, hidden.Ended, hidden.Result = true, time.Time{}, "Ambushed"
	log(t, db.Store, lions, []war.War{w}, full, hidden)
	got, err := db.Store.KnownAttacks(t.Context(), lions, []war.AttackID{1, 2, 3})
	must(t, err)
	want := map[war.AttackID]war.Logged{
		1: war.Log(full, lions, []war.War{w}, war.DefaultRules()), 2: war.Log(hidden, lions, []war.War{w}, war.DefaultRules()),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	for id := range want { // what is read again must be the same to ==, or it would be written again for ever
		if got[id] != want[id] {
			t.Errorf("attack %d differs from itself: %#v, %#v", id, got[id], want[id])
		}
	}
}

func TestAChangedRowReplacesItselfAndMovesTheTally(t *testing.T) {
	t.Parallel()
	db := opened(t)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	first := hit(1, 11, time.Minute, 0)
	first.Result, first.Ended = war.None, time.Time{} // still being fought
	log(t, db.Store, lions, []war.War{w}, first)
	board := func() war.Board {
		t.Helper()
		rows, err := db.Store.Tallies(t.Context(), lions, 1)
		must(t, err)
		return war.NewBoard(w, rows, noon)
	}
	if row, _ := board().Find(war.Ours, 11); row.Other != 1 || row.WarHits != 0 || row.Attacks != 1 {
		t.Errorf("while it is fought it counts as %+v, want one other", row.Tally)
	}
	log(t, db.Store, lions, []war.War{w}, hit(1, 11, time.Minute, 512))
	b := board()
	if row, _ := b.Find(war.Ours, 11); row.Other != 0 || row.WarHits != 1 || row.Attacks != 1 || row.WarRespect != 512 {
		t.Errorf("when it is done it counts as %+v, want one war hit of 5.12", row.Tally)
	}
	if row, _ := b.Find(war.Enemy, 900); row.HitsTaken != 1 || row.RespectLost != 512 {
		t.Errorf("the one hit counts %+v, want one hit taken", row.Tally)
	}
	if n := count(t, owner(t, db), "select count(*) from attacks"); n != 1 {
		t.Errorf("%d rows, want one", n)
	}
}

func TestARowThatChangesKeepsTheMomentItWasFirstSeen(t *testing.T) {
	t.Parallel()
	db := opened(t)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	log(t, db.Store, lions, []war.War{w}, hit(1, 11, time.Minute, 0))
	first, err := db.Store.AttacksSeen(t.Context(), lions, noon)
	must(t, err)
	st := stateOf(t, db.Store, lions, feed.Attacks)
	changed := page(t, db.Store, st, []war.War{w}, hit(1, 11, time.Minute, 512), hit(2, 11, 2*time.Minute, 512))
	changed.Progress.Now = noon.Add(time.Hour)
	must(t, db.Store.SaveAttacks(t.Context(), &st, changed))
	want := map[war.AttackID]time.Time{1: first[1], 2: noon.Add(time.Hour)}
	got, err := db.Store.AttacksSeen(t.Context(), lions, noon)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" || first[1].IsZero() {
		t.Errorf("want -, got +\n%s", diff)
	}
	if got, err = db.Store.AttacksSeen(t.Context(), lions, noon.Add(time.Minute)); err != nil || len(got) != 1 {
		t.Errorf("of those that started after the first minute: %v (%v), want one", got, err)
	}
}

func TestARowThatLeavesTheWindowTakesItsShareAlong(t *testing.T) {
	t.Parallel()
	db := opened(t)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	log(t, db.Store, lions, []war.War{w}, hit(1, 11, time.Minute, 512), hit(2, 11, time.Hour, 300))
	w.End = noon.Add(30 * time.Minute)
	saveWars(t, db.Store, lions, w)
	late, err := db.Store.AttacksCountedAfter(t.Context(), lions, 1, w.End)
	must(t, err)
	if len(late) != 1 || late[0].Attack.ID != 2 {
		t.Fatalf("after the end counted %+v, want attack 2", late)
	}
	log(t, db.Store, lions, []war.War{w}, late[0].Attack)
	rows, err := db.Store.Tallies(t.Context(), lions, 1)
	must(t, err)
	if row, _ := war.NewBoard(w, rows, noon).Find(war.Ours, 11); row.WarHits != 1 || row.WarRespect != 512 {
		t.Errorf("counted is %+v, want the hit inside alone", row.Tally)
	}
	inside, err := db.Store.WarAttacks(t.Context(), lions, 1)
	must(t, err)
	if len(inside) != 1 {
		t.Errorf("the war has %d attacks, want 1", len(inside))
	}
}

func TestPlayersWhoseAttacksWereTakenBackAreNotOnTheBoard(t *testing.T) {
	t.Parallel()
	db := opened(t)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	log(t, db.Store, lions, []war.War{w}, hit(1, 11, time.Hour, 512))
	w.End = noon.Add(time.Minute)
	log(t, db.Store, lions, []war.War{w}, hit(1, 11, time.Hour, 512))
	rows, err := db.Store.Tallies(t.Context(), lions, 1)
	must(t, err)
	if len(rows) != 0 {
		t.Errorf("on the board are %+v, want nobody", rows)
	}
}

func TestAttacksAreListedNewestFirstAndNarrowed(t *testing.T) {
	t.Parallel()
	db := opened(t)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	lost := hit(3, 12, 3*time.Minute, 0)
	lost.Result = war.Lost
	back := hit(4, 900, 4*time.Minute, 100)
	back.Attacker, back.Defender = back.Defender, hit(1, 11, 0, 0).Attacker
	log(t, db.Store, lions, []war.War{w}, hit(1, 11, time.Minute, 500), hit(2, 12, 2*time.Minute, 500), lost, back)
	for _, tc := range []struct {
		name string
		f    war.AttackFilter
		want string
	}{
		{"all", war.AttackFilter{Limit: 9}, "[4 3 2 1]"},
		{"a page", war.AttackFilter{Limit: 2}, "[4 3]"},
		{"the next page", war.AttackFilter{Limit: 2, Before: 3}, "[2 1]"},
		{"a player in either role", war.AttackFilter{Limit: 9, Player: 11}, "[4 1]"},
		{"some players in either role", war.AttackFilter{Limit: 9, Some: []faction.PlayerID{12, 900}}, "[4 3 2 1]"},
		{"one of some", war.AttackFilter{Limit: 9, Some: []faction.PlayerID{12, 99}}, "[3 2]"},
		{"of nobody", war.AttackFilter{Limit: 9, Some: []faction.PlayerID{}}, "[]"},
		{"a class", war.AttackFilter{Limit: 9, Class: war.ClassLost}, "[3]"},
		{"a class of a player", war.AttackFilter{Limit: 9, Class: war.ClassWarHit, Player: 12}, "[2]"},
	} {
		tc.f.War = 1
		rows, err := db.Store.ListAttacks(t.Context(), lions, tc.f)
		must(t, err)
		var ids []war.AttackID
		for _, r := range rows {
			ids = append(ids, r.Attack.ID)
		}
		if fmt.Sprint(ids) != tc.want {
			t.Errorf("%s: got %v, want %s", tc.name, ids, tc.want)
		}
	}
}

// drawAttack is any attack that lions' log may hold around two wars.
func drawAttack(t *rapid.T, id war.AttackID, ours faction.ID) war.Attack {
	people := []war.Fighter{
		{ID: 11, Name: "A", Level: 10, Faction: ours}, {ID: 12, Name: "B", Level: 20, Faction: ours},
		{ID: 21, Name: "X", Level: 30, Faction: bears}, {ID: 22, Name: "Y", Level: 40, Faction: bears},
		{ID: 31, Name: "Z", Level: 50, Faction: 777}, {ID: 32, Name: "N"}, {}, // a third faction, none, nobody known
	}
	a := war.Attack{
		ID: id, Code: "c",
		Started:     noon.Add(time.Duration(rapid.IntRange(-3, 12).Draw(t, "minute")) * time.Minute),
		Attacker:    rapid.SampledFrom(people).Draw(t, "attacker"),
		Defender:    rapid.SampledFrom(people[:6]).Draw(t, "defender"),
		Result:      rapid.SampledFrom([]war.Result{war.None, war.Attacked, war.Mugged, war.Hospitalized, war.Lost, war.Stalemate, war.Assist, war.Escape, war.Timeout, war.Interrupted, war.Bounty, "Ambushed"}).Draw(t, "result"),
		RespectGain: faction.Respect(rapid.SampledFrom([]int64{0, 1, 333, 100_00}).Draw(t, "respect")),
		Chain:       rapid.SampledFrom([]int{0, 1, 7, 10, 25}).Draw(t, "chain"),
		RankedWar:   rapid.Bool().Draw(t, "flag"),
		Modifiers: war.Modifiers{
			FairFight: rapid.SampledFrom([]float64{1, 1.33, 3}).Draw(t, "fair fight"), War: 1,
			Retaliation: rapid.SampledFrom([]float64{1, 1.5}).Draw(t, "retaliation"), Group: 1, Overseas: 1.25, Chain: 1, Warlord: 1,
		},
	}
	a.RespectLoss, a.Stealthed = a.RespectGain, a.Attacker.ID == 0
	if a.Attacker.Faction != ours && a.Defender.Faction != ours {
		a.Defender = people[0]
	}
	if rapid.IntRange(0, 5).Draw(t, "unfinished") > 0 {
		a.Ended = a.Started.Add(time.Duration(rapid.IntRange(0, 299).Draw(t, "seconds")) * time.Second)
	}
	return a
}

// Whatever is inserted, changed, or moved out of a window, in whatever order the
// pages come: the stored tallies are what a recount of the attacks gives.
func TestStoredTalliesAlwaysEqualARecount(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ours := faction.ID(100_000)
	rapid.Check(t, func(rt *rapid.T) {
		ours++
		register(t, db.Store, ours)
		first, second := aWar(1), aWar(2)
		second.Start = noon.Add(6 * time.Minute)
		first.End = second.Start.Add(-time.Second)
		wars := []war.War{second, first}
		for i := range wars {
			wars[i].Us.Faction = ours
		}
		truth := map[war.AttackID]war.Attack{}
		for range rapid.IntRange(1, 6).Draw(rt, "pages") {
			var attacks []war.Attack
			ids := rapid.SliceOfNDistinct(rapid.IntRange(1, 12), 0, 8, rapid.ID[int]).Draw(rt, "ids")
			for _, n := range ids {
				id := war.AttackID(n)
				a, known := truth[id]
				if !known || rapid.Bool().Draw(rt, "changed") {
					a = drawAttack(rt, id, ours)
				}
				truth[id] = a
				attacks = append(attacks, a)
			}
			log(t, db.Store, ours, wars, attacks...)
			recount(rt, db.Store, ours, wars, truth)
		}
		// The second war's end becomes known; reading it again drops what came after.
		wars[0].End = second.Start.Add(time.Duration(rapid.IntRange(0, 9).Draw(rt, "end")) * time.Minute)
		var all []war.Attack
		for _, a := range truth {
			all = append(all, a)
		}
		log(t, db.Store, ours, wars, all...)
		recount(rt, db.Store, ours, wars, truth)
	})
}

func recount(t *rapid.T, s *store.Store, ours faction.ID, wars []war.War, truth map[war.AttackID]war.Attack) {
	var all []war.Attack
	for _, a := range truth {
		all = append(all, a)
	}
	for _, w := range wars {
		rows, err := s.Tallies(t.Context(), ours, w.ID)
		if err != nil {
			t.Fatal(err)
		}
		want, got := war.Fold(all, ours, w, war.DefaultRules()), war.NewBoard(w, rows, w.SeenAt)
		if diff := cmp.Diff(want, got, cmp.Transformer("unnamed", func(r war.Row) war.Row {
			r.Name, r.Level = "", 0
			return r
		})); diff != "" {
			t.Fatalf("war %d: stored differs from recounted (-recount +stored):\n%s", w.ID, diff)
		}
	}
}

func TestSavingAPageOfKnownRowsWritesNone(t *testing.T) {
	t.Parallel()
	db := opened(t)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	attacks := []war.Attack{hit(1, 11, time.Minute, 512), hit(2, 0, 2*time.Minute, 300)}
	log(t, db.Store, lions, []war.War{w}, attacks...)
	p := page(t, db.Store, stateOf(t, db.Store, lions, feed.Attacks), []war.War{w}, attacks...)
	if len(p.Rows) != 0 || len(p.Moves) != 0 {
		t.Errorf("a page that was stored would be stored again: %+v", p)
	}
}
