package war_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// logged classifies attacks among one war.
func logged(w war.War, attacks ...war.Attack) []war.Logged {
	out := make([]war.Logged, len(attacks))
	for i, a := range attacks {
		out[i] = war.Log(a, ours, []war.War{w}, war.DefaultRules())
	}
	return out
}

// sumsOf are what stored attacks come to.
func sumsOf(w war.War, rows []war.Logged) []war.Row { return war.Recount(rows, nil, ours, w) }

// anotherHit is hit with another id, score and player.
func anotherHit(id war.AttackID, by faction.PlayerID, gain faction.Respect, change ...func(*war.Attack)) war.Attack {
	a := hit()
	a.ID, a.Attacker.ID, a.RespectGain = id, by, gain
	for _, c := range change {
		c(&a)
	}
	return a
}

// reported is a report in which our members made so many hits of so much.
func reported(w war.War, members ...war.ReportMember) war.Report {
	side := war.ReportSide{Faction: ours, Name: "Us", Members: members}
	var points faction.Respect
	for _, m := range members {
		side.Attacks, points = side.Attacks+m.Attacks, points+m.Score
	}
	side.Score = int64(points / 100)
	return war.Report{War: w.ID, Start: w.Start, End: w.End, Sides: []war.ReportSide{side, {Faction: enemy, Name: "Them"}}}
}

func TestEveryDifferenceIsNamedWithItsReason(t *testing.T) {
	w := ended()
	unflagged := func(a *war.Attack) { a.RankedWar = false }
	at := func(started, ended time.Time) func(*war.Attack) {
		return func(a *war.Attack) { a.Started, a.Ended = started, ended }
	}
	for _, tc := range []struct {
		name   string
		log    []war.Attack
		report []war.ReportMember
		former []faction.PlayerID
		want   []war.Difference
	}{
		{
			"both agree", []war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 300)}, []war.ReportMember{{Player: 1, Attacks: 2, Score: 750}}, nil, nil,
		},
		{
			"a hit that Torn does not flag is not in the report",
			[]war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 300, unflagged)}, []war.ReportMember{{Player: 1, Attacks: 1, Score: 450}}, nil,
			[]war.Difference{{Kind: war.LogOnly, Reason: war.ReasonFlag, Player: 1, Attack: 2, Score: war.Score{Hits: -1, Points: -300}}},
		},
		{
			"a hit that Torn does not flag is in the report all the same",
			[]war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 300, unflagged)}, []war.ReportMember{{Player: 1, Attacks: 2, Score: 750}}, nil, nil,
		},
		{
			"a flagged hit on somebody who left the enemy",
			[]war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 300, func(a *war.Attack) { a.Defender.Faction = 0 })}, []war.ReportMember{{Player: 1, Attacks: 2, Score: 750}}, nil,
			[]war.Difference{{Kind: war.ReportOnly, Reason: war.ReasonFlag, Player: 1, Attack: 2, Score: war.Score{Hits: 1, Points: 300}}},
		},
		{
			"a fight that ended after the war",
			[]war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 300, at(w.End.Add(-time.Minute), w.End.Add(2*time.Second)))}, []war.ReportMember{{Player: 1, Attacks: 2, Score: 750}}, nil,
			[]war.Difference{{Kind: war.ReportOnly, Reason: war.ReasonEdge, Player: 1, Attack: 2, Score: war.Score{Hits: 1, Points: 300}}},
		},
		{
			"a fight that began before the war",
			[]war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 300, at(w.Start.Add(-time.Minute), w.Start.Add(time.Minute)))}, []war.ReportMember{{Player: 1, Attacks: 1, Score: 450}}, nil,
			[]war.Difference{{Kind: war.LogOnly, Reason: war.ReasonEdge, Player: 1, Attack: 2, Score: war.Score{Hits: -1, Points: -300}}},
		},
		{
			"an interrupted hit",
			[]war.Attack{anotherHit(1, 1, 450, func(a *war.Attack) { a.Interrupted = true }), anotherHit(2, 1, 300)}, []war.ReportMember{{Player: 1, Attacks: 1, Score: 300}}, nil,
			[]war.Difference{{Kind: war.LogOnly, Reason: war.ReasonInterrupted, Player: 1, Attack: 1, Score: war.Score{Hits: -1, Points: -450}}},
		},
		{
			"a hit that earned nothing counts as an attack",
			[]war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 0)}, []war.ReportMember{{Player: 1, Attacks: 2, Score: 450}}, nil,
			[]war.Difference{{Kind: war.ReportOnly, Reason: war.ReasonNoScore, Player: 1, Attack: 2, Score: war.Score{Hits: 1}}},
		},
		{
			"two rows for two reasons",
			[]war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 300, unflagged), anotherHit(3, 1, 200, at(w.End.Add(-time.Minute), w.End.Add(time.Second)))},
			[]war.ReportMember{{Player: 1, Attacks: 2, Score: 650}}, nil,
			[]war.Difference{
				{Kind: war.LogOnly, Reason: war.ReasonFlag, Player: 1, Attack: 2, Score: war.Score{Hits: -1, Points: -300}},
				{Kind: war.ReportOnly, Reason: war.ReasonEdge, Player: 1, Attack: 3, Score: war.Score{Hits: 1, Points: 200}},
			},
		},
		{
			"hundredths", []war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 300)}, []war.ReportMember{{Player: 1, Attacks: 2, Score: 751}}, nil,
			[]war.Difference{{Kind: war.Otherwise, Reason: war.ReasonRounding, Player: 1, Score: war.Score{Points: 1}}},
		},
		{
			"a mercenary", []war.Attack{anotherHit(1, 1, 450)}, []war.ReportMember{{Player: 1, Attacks: 1, Score: 450}, {Player: 70, Attacks: 3, Score: 1200}}, nil,
			[]war.Difference{{Kind: war.ReportOnly, Reason: war.ReasonMercenary, Player: 70, Score: war.Score{Hits: 3, Points: 1200}}},
		},
		{
			"a former member in the report, whose hits our log lacks", []war.Attack{anotherHit(1, 1, 450)},
			[]war.ReportMember{{Player: 1, Attacks: 1, Score: 450}, {Player: 70, Attacks: 3, Score: 1200}}, []faction.PlayerID{70},
			[]war.Difference{{Kind: war.ReportOnly, Reason: war.ReasonUnknown, Player: 70, Score: war.Score{Hits: 3, Points: 1200}}},
		},
		{
			"somebody who left and is not in the report", []war.Attack{anotherHit(1, 1, 450), anotherHit(2, 70, 300), anotherHit(3, 70, 310)},
			[]war.ReportMember{{Player: 1, Attacks: 1, Score: 450}}, []faction.PlayerID{70},
			[]war.Difference{{Kind: war.LogOnly, Reason: war.ReasonLeft, Player: 70, Score: war.Score{Hits: -2, Points: -610}}},
		},
		{
			"a hit without a reason is still found", []war.Attack{anotherHit(1, 1, 450), anotherHit(2, 1, 300)}, []war.ReportMember{{Player: 1, Attacks: 1, Score: 450}}, nil,
			[]war.Difference{{Kind: war.LogOnly, Reason: war.ReasonUnknown, Player: 1, Attack: 2, Score: war.Score{Hits: -1, Points: -300}}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rows := logged(w, tc.log...)
			b := war.Books{War: w, Report: reported(w, tc.report...), Rows: rows, Tallies: sumsOf(w, rows),
				Members: map[faction.PlayerID]bool{1: true}, Former: map[faction.PlayerID]bool{}}
			for _, id := range tc.former {
				b.Former[id] = true
			}
			r := war.Reconcile(b)
			if !r.Detailed {
				t.Error("all attacks are there, and it says that some are not")
			}
			var got []war.Difference
			for _, d := range r.Side(war.Ours).Differences() {
				if d.Reason == war.ReasonRounding && d.Player == 0 {
					continue // whole points of the side
				}
				d.At, d.Code = time.Time{}, ""
				got = append(got, d)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
			exact(t, r)
		})
	}
}

// fataler is what both kinds of test have.
type fataler interface {
	Helper()
	Errorf(string, ...any)
}

// exact checks that differences make up every gap, per player and in sum.
func exact(t fataler, r war.Reconciled) {
	t.Helper()
	for _, s := range r.Sides {
		side := s.Log
		for _, p := range s.Players {
			sum := p.Log
			for _, d := range p.Differences {
				sum.Hits, sum.Points = sum.Hits+d.Hits, sum.Points+d.Points
				if d.IsZero() || d.Reason == "" || d.Kind == "" {
					t.Errorf("player %d has a difference that says nothing: %+v", p.Player, d)
				}
				if d.Kind == war.ReportOnly && d.Hits <= 0 || d.Kind == war.LogOnly && d.Hits >= 0 || d.Kind == war.Otherwise && d.Hits != 0 {
					t.Errorf("a difference of kind %s has %d hits", d.Kind, d.Hits)
				}
			}
			if sum != p.Report {
				t.Errorf("player %d of %s: our log and the differences come to %+v, the report says %+v", p.Player, s.Team, sum, p.Report)
			}
		}
		for _, d := range s.Differences() {
			side.Hits, side.Points = side.Hits+d.Hits, side.Points+d.Points
		}
		if side != s.Report {
			t.Errorf("%s: our log and all differences come to %+v, the report says %+v", s.Team, side, s.Report)
		}
	}
}

func TestTheDifferencesExplainTheWholeGapWhateverTheBooksSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := ended()
		list := rapid.SliceOfN(attacks(), 0, 40).Draw(t, "attacks")
		rows := logged(w, list...)
		b := war.Books{War: w, Rows: rows, Tallies: sumsOf(w, rows), Members: map[faction.PlayerID]bool{}, Former: map[faction.PlayerID]bool{}}
		if rapid.Bool().Draw(t, "pruned") {
			b.Rows = rows[len(rows)/2:]
		}
		members := func(f faction.ID) war.ReportSide {
			side := war.ReportSide{Faction: f}
			for id := faction.PlayerID(1); id <= 5; id++ {
				if rapid.Bool().Draw(t, "named") {
					side.Members = append(side.Members, war.ReportMember{Player: id + faction.PlayerID(f)*10,
						Attacks: rapid.Int64Range(0, 12).Draw(t, "attacks"), Score: faction.Respect(rapid.Int64Range(0, 9000).Draw(t, "score"))})
				}
			}
			side.Attacks, side.Score = rapid.Int64Range(0, 60).Draw(t, "side's attacks"), rapid.Int64Range(0, 400).Draw(t, "side's score")
			return side
		}
		b.Report = war.Report{War: w.ID, Sides: []war.ReportSide{members(ours), members(enemy)}}
		r := war.Reconcile(b)
		exact(t, r)
		seen := map[war.AttackID]bool{}
		for _, s := range r.Sides {
			for _, d := range s.Differences() {
				if d.Attack != 0 && seen[d.Attack] && len(attackIDs(list)) == len(list) {
					t.Errorf("attack %d explains two differences", d.Attack)
				}
				seen[d.Attack] = true
			}
		}
	})
}

func attackIDs(list []war.Attack) map[war.AttackID]bool {
	out := map[war.AttackID]bool{}
	for _, a := range list {
		out[a.ID] = true
	}
	return out
}

func TestHitsOfAttackersWhoHidAreLaidToThoseWhomTheReportNames(t *testing.T) {
	w := ended()
	hidden := hit()
	hidden.Attacker, hidden.Defender = war.Fighter{}, member(1, ours)
	rows := logged(w, hidden)
	b := war.Books{War: w, Rows: rows, Tallies: sumsOf(w, rows), Report: war.Report{Sides: []war.ReportSide{
		{Faction: ours}, {Faction: enemy, Score: 4, Attacks: 1, Members: []war.ReportMember{{Player: 101, Attacks: 1, Score: 450}}},
	}}}
	r := war.Reconcile(b)
	exact(t, r)
	for _, d := range r.Side(war.Enemy).Differences() {
		if d.Reason != war.ReasonStealth && d.Reason != war.ReasonRounding {
			t.Errorf("%+v, want stealth", d)
		}
	}
}

func TestWithoutTheAttacksSumsAreComparedAllTheSame(t *testing.T) {
	w := ended()
	rows := logged(w, anotherHit(1, 1, 450), anotherHit(2, 1, 300, func(a *war.Attack) { a.RankedWar = false }))
	b := war.Books{War: w, Tallies: sumsOf(w, rows), Report: reported(w, war.ReportMember{Player: 1, Attacks: 1, Score: 450})}
	r := war.Reconcile(b)
	if r.Detailed {
		t.Error("it claims to know every attack")
	}
	exact(t, r)
}
