package war_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

func TestAScoreIsRebuiltFromTheLog(t *testing.T) {
	w := ended()
	w.Us.Score, w.Them.Score = 12, 4
	at := func(after time.Duration, a war.Attack) war.Attack {
		a.Started, a.Ended = start.Add(after-time.Minute), start.Add(after)
		return a
	}
	theirs := anotherHit(3, 101, 450, func(a *war.Attack) { a.Attacker, a.Defender = member(101, enemy), member(1, ours) })
	rows := logged(w, at(2*time.Hour, anotherHit(1, 1, 650)), at(time.Hour, anotherHit(2, 2, 550)), at(90*time.Minute, theirs),
		at(3*time.Hour, anotherHit(4, 1, 999, func(a *war.Attack) { a.Defender.Faction = outside })))
	got := war.Replay(rows, w, 30*time.Minute)
	want := []war.Sample{
		{At: start, Target: 10_000},
		{At: start.Add(time.Hour), Us: 5, Target: 10_000},
		{At: start.Add(90 * time.Minute), Us: 5, Them: 4, Target: 10_000},
		{At: start.Add(2 * time.Hour), Us: 12, Them: 4, Target: 10_000},
		{At: w.End, Us: 12, Them: 4, Target: w.Target},
	}
	if len(got) != len(want) {
		t.Fatalf("%d samples, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("sample %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	if war.Replay(rows, active(), time.Minute) != nil {
		t.Error("a war without an end was replayed")
	}
}

func TestARebuiltScoreNeverFallsAndEndsAsTornSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := ended()
		w.Us.Score, w.Them.Score = 77, 33
		rows := logged(w, rapid.SliceOfN(attacks(), 0, 60).Draw(t, "attacks")...)
		samples := war.Replay(rows, w, time.Duration(rapid.IntRange(1, 600).Draw(t, "minutes"))*time.Minute)
		last := samples[len(samples)-1]
		if !samples[0].At.Equal(w.Start) || !last.At.Equal(w.End) || last.Us != 77 || last.Them != 33 {
			t.Errorf("from %+v to %+v", samples[0], last)
		}
		for i := 1; i < len(samples)-1; i++ {
			if samples[i].Us < samples[i-1].Us || samples[i].Them < samples[i-1].Them || !samples[i].At.After(samples[i-1].At) {
				t.Errorf("sample %d is %+v after %+v", i, samples[i], samples[i-1])
			}
		}
	})
}

// What retention took out is read again; the recount makes the sums what they were.
func TestARecountTakesBackWhatIsNotStoredAnyMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := ended()
		rows := logged(w, rapid.SliceOfNDistinct(attacks(), 0, 40, func(a war.Attack) war.AttackID { return a.ID }).Draw(t, "attacks")...)
		stored := sumsOf(w, rows)
		left := rows[:rapid.IntRange(0, len(rows)).Draw(t, "left")]
		moved := war.Merge(append(append([]war.Row{}, stored...), war.Recount(left, stored, ours, w)...))
		want := sumsOf(w, left)
		if len(moved) != len(want) {
			t.Fatalf("%d rows, want %d", len(moved), len(want))
		}
		for i := range want {
			if moved[i].Tally != want[i].Tally || moved[i].Player != want[i].Player || moved[i].Team != want[i].Team {
				t.Errorf("row %d is %+v, want %+v", i, moved[i], want[i])
			}
		}
	})
}

func TestAWarIsShortWhenEitherSideLacksHits(t *testing.T) {
	w := ended()
	hitAt := func(id war.AttackID, from, to faction.ID, respect faction.Respect) war.Logged {
		a := hit()
		a.ID, a.RespectGain = id, respect
		a.Attacker, a.Defender = member(faction.PlayerID(from), from), member(faction.PlayerID(to), to)
		return war.Log(a, ours, []war.War{w}, war.DefaultRules())
	}
	rows := []war.Logged{hitAt(1, ours, enemy, 60_00), hitAt(2, enemy, ours, 40_00), hitAt(3, ours, outside, 500_00)}
	for _, tc := range []struct {
		us, them int64
		short    bool
	}{{60, 40, false}, {61, 41, false}, {60, 43, true}, {64, 40, true}, {0, 0, false}, {6000, 40, true}} {
		w.Us.Score, w.Them.Score = tc.us, tc.them
		if got := war.Short(rows, w); got != tc.short {
			t.Errorf("%d : %d: short %t", tc.us, tc.them, got)
		}
	}
}
