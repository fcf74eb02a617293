package war_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// onUs is a hit with respect by an outsider that ended so many seconds after the
// start of the day.
func onUs(id war.AttackID, by faction.PlayerID, endedAt int) war.Attack {
	return war.Attack{
		ID: id, Started: second(endedAt - 20), Ended: second(endedAt),
		Attacker: member(by, outside), Defender: member(1, ours), Result: war.Hospitalized, RespectGain: 300,
		Modifiers: war.Modifiers{FairFight: 2, War: 1, Retaliation: 1, Group: 1, Overseas: 1, Chain: 1, Warlord: 1},
	}
}

// answer is a hit of ours on somebody that Torn marks as a retaliation.
func answer(id war.AttackID, on faction.PlayerID, endedAt int) war.Attack {
	a := onUs(id, on, endedAt)
	a.Attacker, a.Defender = member(2, ours), member(on, outside)
	a.Modifiers.Retaliation = 1.5
	return a
}

func second(n int) time.Time { return start.Add(-12*time.Hour + time.Duration(n)*time.Second) }

func with(a war.Attack, change func(*war.Attack)) war.Attack {
	change(&a)
	return a
}

func TestWhatBecomesOfARetaliation(t *testing.T) {
	lost := func(a *war.Attack) { a.Result, a.RespectGain = war.Lost, 0 }
	for _, c := range []struct {
		name string
		rows []war.Attack
		now  int
		want []war.RetalState
	}{
		{"a hit on us opens one", []war.Attack{onUs(1, 7, 100)}, 399, []war.RetalState{war.RetalOpen}},
		{"which expires after 300 seconds", []war.Attack{onUs(1, 7, 100)}, 400, []war.RetalState{war.RetalExpired}},
		{"and is taken by a hit with the bonus", []war.Attack{onUs(1, 7, 100), answer(2, 7, 160)}, 170, []war.RetalState{war.RetalTaken}},
		{"however long ago", []war.Attack{onUs(1, 7, 100), answer(2, 7, 160)}, 9000, []war.RetalState{war.RetalTaken}},
		{"a fight begun in time may end after the deadline", []war.Attack{onUs(1, 7, 100), answer(2, 7, 415)}, 420, []war.RetalState{war.RetalTaken}},
		{"one begun later is none of it", []war.Attack{onUs(1, 7, 100), answer(2, 7, 440)}, 450, []war.RetalState{war.RetalExpired}},
		{"a hit without the bonus takes nothing", []war.Attack{onUs(1, 7, 100), with(answer(2, 7, 160), func(a *war.Attack) { a.Modifiers.Retaliation = 1 })}, 170, []war.RetalState{war.RetalOpen}},
		{"nor does a lost fight", []war.Attack{onUs(1, 7, 100), with(answer(2, 7, 160), lost)}, 170, []war.RetalState{war.RetalOpen}},
		{"nor a hit on somebody else", []war.Attack{onUs(1, 7, 100), answer(2, 8, 160)}, 170, []war.RetalState{war.RetalOpen}},
		{"another hit of theirs ends it and opens one", []war.Attack{onUs(1, 7, 100), onUs(2, 7, 200)}, 210, []war.RetalState{war.RetalGone, war.RetalOpen}},
		{"a failed one only ends it", []war.Attack{onUs(1, 7, 100), with(onUs(2, 7, 200), lost)}, 210, []war.RetalState{war.RetalGone}},
		{"what came after the deadline did not end it", []war.Attack{onUs(1, 7, 100), onUs(2, 7, 400)}, 410, []war.RetalState{war.RetalExpired, war.RetalOpen}},
		{"one hit takes one", []war.Attack{onUs(1, 7, 100), onUs(2, 7, 200), answer(3, 7, 260)}, 270, []war.RetalState{war.RetalGone, war.RetalTaken}},
		{"a second answer takes nothing", []war.Attack{onUs(1, 7, 100), answer(2, 7, 160), answer(3, 7, 170)}, 180, []war.RetalState{war.RetalTaken}},
		{"an answer before the hit is none", []war.Attack{answer(1, 7, 90), onUs(2, 7, 100)}, 110, []war.RetalState{war.RetalOpen}},
		{"Torn's bonus outweighs an attack that began while the fight was on", []war.Attack{onUs(1, 7, 100), with(onUs(2, 7, 150), lost), answer(3, 7, 160)}, 170, []war.RetalState{war.RetalTaken}},
		{"two attackers open two", []war.Attack{onUs(1, 7, 100), onUs(2, 8, 101)}, 110, []war.RetalState{war.RetalOpen, war.RetalOpen}},
		{"a hit without respect opens none", []war.Attack{with(onUs(1, 7, 100), func(a *war.Attack) { a.RespectGain = 0 })}, 110, nil},
		{"nor does a failed attack", []war.Attack{with(onUs(1, 7, 100), lost)}, 110, nil},
		{"nor a result nobody knows", []war.Attack{with(onUs(1, 7, 100), func(a *war.Attack) { a.Result = "Abducted" })}, 110, nil},
		{"nor somebody stealthed", []war.Attack{with(onUs(1, 7, 100), func(a *war.Attack) { a.Attacker, a.Stealthed = war.Fighter{}, true })}, 110, nil},
		{"nor one of ours", []war.Attack{with(onUs(1, 7, 100), func(a *war.Attack) { a.Attacker.Faction = ours })}, 110, nil},
		{"nor a hit abroad outside a war", []war.Attack{with(onUs(1, 7, 100), func(a *war.Attack) { a.Modifiers.Overseas = 1.25 })}, 110, nil},
		{"but a hit abroad in a war does", []war.Attack{with(onUs(1, 7, 100), func(a *war.Attack) { a.Modifiers.Overseas, a.RankedWar = 1.25, true })}, 110, []war.RetalState{war.RetalOpen}},
		{"a mug that answers takes it", []war.Attack{onUs(1, 7, 100), with(answer(2, 7, 160), func(a *war.Attack) { a.Result = war.Mugged })}, 170, []war.RetalState{war.RetalTaken}},
		{"without an end the start counts", []war.Attack{with(onUs(1, 7, 100), func(a *war.Attack) { a.Ended = time.Time{} })}, 381, []war.RetalState{war.RetalExpired}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []war.RetalState
			for _, r := range war.Retals(c.rows, ours, nil, second(c.now)) {
				got = append(got, r.State)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestATakenRetaliationTellsByWhomHowAndHowFast(t *testing.T) {
	rows := []war.Attack{onUs(1, 7, 100), with(answer(2, 7, 148), func(a *war.Attack) { a.Result = war.Mugged })}
	r := war.Retals(rows, ours, nil, second(200))[0]
	if r.Answer.By.ID != 2 || r.Answer.Result != war.Mugged || r.Took() != 48*time.Second || r.Answer.Attack != 2 {
		t.Errorf("%+v took %s", r.Answer, r.Took())
	}
}

func TestARetaliationKnowsTheWarItFallsInto(t *testing.T) {
	in := with(onUs(1, 7, 0), func(a *war.Attack) { a.Started, a.Ended = start.Add(time.Hour), start.Add(time.Hour) })
	for at, want := range map[time.Duration]war.ID{time.Hour: active().ID, -time.Hour: 0} {
		in.Started, in.Ended = start.Add(at), start.Add(at)
		if got := war.Retals([]war.Attack{in}, ours, []war.War{active()}, start)[0].War; got != want {
			t.Errorf("%s into the war: %d, want %d", at, got, want)
		}
	}
}

// brawl draws what a few players do to each other within minutes.
func brawl() *rapid.Generator[[]war.Attack] {
	return rapid.Custom(func(t *rapid.T) []war.Attack {
		n := rapid.IntRange(1, 25).Draw(t, "attacks")
		rows := make([]war.Attack, 0, n)
		for i := range n {
			at, them := rapid.IntRange(0, 900).Draw(t, "ended"), faction.PlayerID(rapid.IntRange(7, 9).Draw(t, "them"))
			a := onUs(war.AttackID(i+1), them, at)
			if rapid.Bool().Draw(t, "ours") {
				a = answer(a.ID, them, at)
			}
			a.Started = a.Ended.Add(-time.Duration(rapid.IntRange(0, 300).Draw(t, "lasted")) * time.Second)
			a.Result = rapid.SampledFrom(results()).Draw(t, "result")
			a.RespectGain = faction.Respect(rapid.SampledFrom([]int64{0, 300}).Draw(t, "gain"))
			a.Modifiers.Overseas = rapid.SampledFrom([]float64{1, 1, 1.25}).Draw(t, "overseas")
			if rapid.IntRange(0, 9).Draw(t, "plain") == 0 {
				a.Modifiers.Retaliation = 1
			}
			rows = append(rows, a)
		}
		return rows
	})
}

func TestTheOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := brawl().Draw(t, "rows")
		now := second(rapid.IntRange(0, 1500).Draw(t, "now"))
		want := war.Retals(rows, ours, nil, now)
		shuffled := rapid.Permutation(rows).Draw(t, "shuffled")
		if diff := cmp.Diff(want, war.Retals(append(shuffled, shuffled...), ours, nil, now)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestEachHitOpensAtMostOneAndEachAttackerHasAtMostOneOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := brawl().Draw(t, "rows")
		now := second(rapid.IntRange(0, 1500).Draw(t, "now"))
		byHit, open, answers := map[war.AttackID]bool{}, map[faction.PlayerID]bool{}, map[war.AttackID]bool{}
		for _, r := range war.Retals(rows, ours, nil, now) {
			if byHit[r.Attack] {
				t.Fatalf("hit %d opened two", r.Attack)
			}
			byHit[r.Attack] = true
			switch r.State {
			case war.RetalOpen:
				if open[r.Target.ID] || !now.Before(r.Deadline()) || !r.SettledAt.IsZero() {
					t.Fatalf("%+v is open", r)
				}
				open[r.Target.ID] = true
			case war.RetalTaken:
				if answers[r.Answer.Attack] || r.SettledAt.Before(r.At) {
					t.Fatalf("%+v was taken", r)
				}
				answers[r.Answer.Attack] = true
			default:
				if r.SettledAt.Before(r.At) || r.SettledAt.After(r.Deadline()) {
					t.Fatalf("%+v settled outside its window", r)
				}
			}
		}
	})
}

// TestReadingPageByPageEndsWhereReadingAtOnceDoes plays a log that comes in pieces,
// in any order and with rows that change, the way the poller reads it: each time only
// what a page can touch is looked at again.
func TestReadingPageByPageEndsWhereReadingAtOnceDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.Permutation(brawl().Draw(t, "rows")).Draw(t, "arrival")
		now := second(rapid.IntRange(900, 2000).Draw(t, "now"))
		log, stored := map[war.AttackID]war.Attack{}, map[war.AttackID]war.Retal{}
		read := func(page ...war.Attack) {
			var scope war.RetalScope
			for _, a := range page {
				if old, ok := log[a.ID]; ok {
					scope.Touch(old, ours)
				}
				scope.Touch(a, ours)
				log[a.ID] = a
			}
			in, known := inScope(scope, log, stored)
			for _, r := range scope.Changes(in, known, ours, nil, now) {
				if was, ok := stored[r.Attack]; ok != (r.Was != "") || ok && was.State != r.Was {
					t.Fatalf("%+v was %q", r, was.State)
				}
				stored[r.Attack] = r.Retal
			}
		}
		for _, a := range rows {
			if rapid.Bool().Draw(t, "changes") { // first seen while the fight is on
				early := a
				early.Ended, early.Result, early.RespectGain = time.Time{}, war.None, 0
				if rapid.Bool().Draw(t, "wrong") {
					early = with(a, func(a *war.Attack) { a.Result, a.RespectGain = war.Attacked, 300 })
				}
				read(early)
			}
			read(a)
		}
		read()
		for _, want := range war.Retals(rows, ours, nil, now) {
			got := stored[want.Attack]
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("hit %d: want -, got +\n%s", want.Attack, diff)
			}
			delete(stored, want.Attack)
		}
		for _, r := range stored {
			if r.State != war.RetalVoid {
				t.Fatalf("%+v is there although its hit is none", r)
			}
		}
	})
}

// inScope is what a store gives for a scope.
func inScope(scope war.RetalScope, log map[war.AttackID]war.Attack, stored map[war.AttackID]war.Retal) (rows []war.Attack, known []war.Retal) {
	who := map[faction.PlayerID]bool{}
	for _, id := range scope.Players() {
		who[id] = true
	}
	from, to := scope.Started()
	for _, a := range log {
		if (who[a.Attacker.ID] || who[a.Defender.ID]) && !a.Started.Before(from) && !a.Started.After(to) {
			rows = append(rows, a)
		}
	}
	from, to = scope.Opened()
	for _, r := range stored {
		if r.State == war.RetalOpen || who[r.Target.ID] && !r.At.Before(from) && !r.At.After(to) {
			known = append(known, r)
		}
	}
	return rows, known
}
