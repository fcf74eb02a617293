package war_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/war"
)

func TestAnAttackCountsAsExactlyWhatTheRulesSay(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*war.Attack)
		want   war.Verdict
	}{
		{
			"a hit on the enemy inside the window is a war hit", nil,
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true},
		},
		{
			"a hit on anybody else inside the window is an outside hit",
			func(a *war.Attack) { a.Defender, a.RankedWar = member(7, outside), false },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassOutsideHit, InWar: true},
		},
		{
			"a hit on somebody without a faction is an outside hit",
			func(a *war.Attack) { a.Defender, a.RankedWar = member(7, 0), false },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassOutsideHit, InWar: true},
		},
		{
			"a hit that earned nothing scores nothing",
			func(a *war.Attack) { a.RespectGain = 0 },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassNoScore, InWar: true},
		},
		{
			"a hit on the enemy without Torn's flag is a war hit, and told",
			func(a *war.Attack) { a.RankedWar = false },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, Marks: war.MarkFlagDiffers, InWar: true},
		},
		{
			"a hit on an outsider with Torn's flag is an outside hit, and told",
			func(a *war.Attack) { a.Defender = member(7, outside) },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassOutsideHit, Marks: war.MarkFlagDiffers, InWar: true},
		},
		{
			"a hit before the start counts for no war",
			func(a *war.Attack) { a.Started, a.Ended = start.Add(-time.Minute), start.Add(-time.Second) },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassOutsideHit},
		},
		{
			"a fight that began before the start and ended at it counts",
			func(a *war.Attack) { a.Started, a.Ended = start.Add(-time.Minute), start },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true},
		},
		{
			"a fight that ended with the war counts",
			func(a *war.Attack) { a.Ended = ended().End },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true},
		},
		{
			"a fight that ended after the war does not, though it began inside",
			func(a *war.Attack) { a.Started, a.Ended = ended().End.Add(-time.Second), ended().End.Add(time.Second) },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassOutsideHit},
		},
		{
			"a row without an end counts when it began",
			func(a *war.Attack) { a.Started, a.Ended = ended().End, time.Time{} },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true},
		},
		{
			"a result nobody knows is never a hit",
			func(a *war.Attack) { a.Result = "Abducted" },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassOther, InWar: true},
		},
		{
			"the experimental interrupted flag does not unmake a hit",
			func(a *war.Attack) { a.Interrupted = true },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true},
		},
		{
			"a hit on one of ours is friendly and outgoing",
			func(a *war.Attack) { a.Defender, a.RankedWar, a.RespectGain = member(2, ours), false, 0 },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassNoScore, Marks: war.MarkFriendly, InWar: true},
		},
		{
			"a lost attack on one of ours is lost and no more: marks are for hits",
			func(a *war.Attack) { a.Defender, a.RankedWar, a.Result = member(2, ours), false, war.Lost },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassLost, InWar: true},
		},
		{
			"an enemy's hit on us is taken",
			func(a *war.Attack) { a.Attacker, a.Defender = a.Defender, a.Attacker },
			war.Verdict{Direction: war.Incoming, Class: war.ClassTaken, InWar: true},
		},
		{
			"an enemy who lost against us is a won defence",
			func(a *war.Attack) { a.Attacker, a.Defender, a.Result = a.Defender, a.Attacker, war.Lost },
			war.Verdict{Direction: war.Incoming, Class: war.ClassDefended, InWar: true},
		},
		{
			"a stealthed hit on us is taken, and Torn's flag is not doubted",
			func(a *war.Attack) { a.Attacker, a.Defender, a.RankedWar = war.Fighter{}, member(1, ours), false },
			war.Verdict{Direction: war.Incoming, Class: war.ClassTaken, InWar: true},
		},
		{
			"a fight between strangers is none of ours",
			func(a *war.Attack) { a.Attacker, a.Defender = member(7, outside), member(101, enemy) },
			war.Verdict{Direction: war.Neither, Class: war.ClassOutsideHit},
		},
		{
			"an answer within the window of retaliation is marked",
			func(a *war.Attack) { a.Modifiers.Retaliation = 1.5 },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, Marks: war.MarkRetaliation, InWar: true},
		},
		{
			"a hit may bear many marks",
			func(a *war.Attack) {
				a.Chain, a.WarlordEffect = 1, true
				a.Modifiers = war.Modifiers{Overseas: 1.25, Group: 1.1, FairFight: 1.2}
			},
			war.Verdict{
				Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true,
				Marks: war.MarkOverseas | war.MarkGroup | war.MarkWarlord | war.MarkLowFairFight | war.MarkFirstOfChain,
			},
		},
		{
			"a warlord modifier marks like a warlord's finish",
			func(a *war.Attack) { a.Modifiers.Warlord = 1.3 },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, Marks: war.MarkWarlord, InWar: true},
		},
		{
			"fair fight at the threshold is not low",
			func(a *war.Attack) { a.Modifiers.FairFight = 1.5 },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true},
		},
		{
			"a missing fair fight is not low",
			func(a *war.Attack) { a.Modifiers.FairFight = 0 },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true},
		},
		{
			"a chain bonus on the enemy is well spent",
			func(a *war.Attack) { a.Chain, a.RespectGain = 25, 2450 },
			war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, Marks: war.MarkChainBonus, InWar: true},
		},
		{
			"a chain bonus on an outsider during a war is wasted",
			func(a *war.Attack) {
				a.Chain, a.RespectGain, a.Defender, a.RankedWar = 25, 2450, member(7, outside), false
			},
			war.Verdict{
				Direction: war.Outgoing, Class: war.ClassOutsideHit, InWar: true,
				Marks: war.MarkChainBonus | war.MarkWastedBonus,
			},
		},
		{
			"a chain bonus outside a war is not wasted",
			func(a *war.Attack) {
				a.Chain, a.RespectGain, a.Ended = 25, 2450, ended().End.Add(time.Hour)
			},
			war.Verdict{Direction: war.Outgoing, Class: war.ClassOutsideHit, Marks: war.MarkChainBonus},
		},
		{
			"a failed attack bears no marks of a hit",
			func(a *war.Attack) {
				a.Result, a.Chain, a.WarlordEffect = war.Lost, 10, true
				a.Modifiers = war.Modifiers{Retaliation: 1.5, Overseas: 1.25, Group: 2, FairFight: 1, Warlord: 2}
			},
			war.Verdict{Direction: war.Outgoing, Class: war.ClassLost, InWar: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, w := hit(), ended()
			if c.change != nil {
				c.change(&a)
			}
			if got := war.Classify(a, ours, &w, war.DefaultRules()); got != c.want {
				t.Errorf("got  %+v (%s)\nwant %+v (%s)", got, got.Marks, c.want, c.want.Marks)
			}
		})
	}
}

func TestEachResultHasItsClassOnEitherSide(t *testing.T) {
	for result, want := range map[war.Result]struct{ out, in war.Class }{
		war.Attacked:     {war.ClassWarHit, war.ClassTaken},
		war.Mugged:       {war.ClassWarHit, war.ClassTaken},
		war.Hospitalized: {war.ClassWarHit, war.ClassTaken},
		war.Arrested:     {war.ClassWarHit, war.ClassTaken},
		war.Looted:       {war.ClassWarHit, war.ClassTaken},
		war.Special:      {war.ClassWarHit, war.ClassTaken},
		war.Bounty:       {war.ClassWarHit, war.ClassTaken},
		war.Lost:         {war.ClassLost, war.ClassDefended},
		war.Stalemate:    {war.ClassStalemate, war.ClassDefended},
		war.Escape:       {war.ClassEscape, war.ClassDefended},
		war.Timeout:      {war.ClassTimeout, war.ClassDefended},
		war.Interrupted:  {war.ClassInterrupted, war.ClassDefended},
		war.Assist:       {war.ClassAssist, war.ClassOther},
		war.None:         {war.ClassOther, war.ClassOther},
		"Abducted":       {war.ClassOther, war.ClassOther},
		"":               {war.ClassOther, war.ClassOther},
	} {
		w, out := ended(), hit()
		out.Result = result
		in := out
		in.Attacker, in.Defender = out.Defender, out.Attacker
		if got := war.Classify(out, ours, &w, war.DefaultRules()).Class; got != want.out {
			t.Errorf("our %q is %s, want %s", result, got, want.out)
		}
		if got := war.Classify(in, ours, &w, war.DefaultRules()).Class; got != want.in {
			t.Errorf("their %q is %s, want %s", result, got, want.in)
		}
	}
}

func TestWithoutAWarAHitStillHasADirectionAndAClass(t *testing.T) {
	got := war.Classify(hit(), ours, nil, war.DefaultRules())
	if want := (war.Verdict{Direction: war.Outgoing, Class: war.ClassOutsideHit}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestBrokenModifiersMarkNothing(t *testing.T) {
	a, w := hit(), ended()
	nan := math.NaN()
	a.Modifiers = war.Modifiers{FairFight: nan, Retaliation: nan, Group: nan, Overseas: nan, Warlord: nan}
	if got := war.Classify(a, ours, &w, war.DefaultRules()).Marks; got != 0 {
		t.Errorf("marked %s", got)
	}
}

func TestVerdictsHoldTogetherForAnyRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, w := attacks().Draw(t, "attack"), ended()
		v := war.Classify(a, ours, &w, war.DefaultRules())
		if !slices.Contains(war.Classes(), v.Class) {
			t.Fatalf("class %q is not listed", v.Class)
		}
		if v.InWar && !w.Contains(a.Counted()) {
			t.Fatal("counts for a war it lies outside of")
		}
		if v.Class == war.ClassWarHit && (!v.InWar || a.Defender.Faction != enemy || a.Attacker.Faction != ours) {
			t.Fatalf("a war hit of ours: %+v", a)
		}
		if !a.Result.Hit() && v.Marks != 0 {
			t.Fatalf("%s is no hit but marked %s", a.Result, v.Marks)
		}
		if v.Marks.Has(war.MarkWastedBonus) && !v.Marks.Has(war.MarkChainBonus) {
			t.Fatal("a bonus that is none was wasted")
		}
		if a.Bonus() < 0 || a.Bonus() > a.RespectGain {
			t.Fatalf("bonus %s of %s", a.Bonus(), a.RespectGain)
		}
	})
}

func TestMarksHaveNamesThatLeadBack(t *testing.T) {
	if got := len(war.AllMarks()); got != 10 {
		t.Fatalf("%d marks, want 10", got)
	}
	var all war.Marks
	for _, m := range war.AllMarks() {
		all |= m
		name := m.String()
		if back, ok := war.ParseMark(name); !ok || back != m || name == "" {
			t.Errorf("mark %d is called %q, which means %d", m, name, back)
		}
	}
	if got := len(all.Names()); got != 10 {
		t.Errorf("all marks together have %d names", got)
	}
	if _, ok := war.ParseMark(""); ok {
		t.Error("an empty name is a mark")
	}
	if got := (war.MarkGroup | war.MarkRetaliation).String(); got != "retaliation,group" {
		t.Errorf("got %q", got)
	}
}

func TestClassifyingDoesNotAllocate(t *testing.T) {
	a, w, r := hit(), ended(), war.DefaultRules()
	if n := testing.AllocsPerRun(100, func() { war.Classify(a, ours, &w, r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
