package war_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

func row(id faction.PlayerID, team war.Team, t war.Tally) war.Row {
	return war.Row{Player: id, Team: team, Name: "P", Level: 50, Tally: t}
}

func TestAnAttackAddsToWhomItConcerns(t *testing.T) {
	warHit := war.Tally{Attacks: 1, WarHits: 1, WarRespect: 450, FairFightSum: 300, Energy: 25}
	for _, c := range []struct {
		name   string
		change func(*war.Attack)
		want   []war.Row
	}{
		{
			"our hit on the enemy adds to both", nil,
			[]war.Row{row(1, war.Ours, warHit), row(101, war.Enemy, war.Tally{HitsTaken: 1, RespectLost: 110})},
		},
		{
			"their hit on us mirrors ours",
			func(a *war.Attack) { a.Attacker, a.Defender = a.Defender, a.Attacker },
			[]war.Row{row(101, war.Enemy, warHit), row(1, war.Ours, war.Tally{HitsTaken: 1, RespectLost: 110})},
		},
		{
			"our lost attack is a defence of theirs",
			func(a *war.Attack) { a.Result, a.RespectGain = war.Lost, 0 },
			[]war.Row{
				row(1, war.Ours, war.Tally{Attacks: 1, Losses: 1, Energy: 25}),
				row(101, war.Enemy, war.Tally{Defended: 1}),
			},
		},
		{
			"an assist concerns the attacker alone",
			func(a *war.Attack) { a.Result, a.RespectGain, a.RespectLoss = war.Assist, 0, 0 },
			[]war.Row{row(1, war.Ours, war.Tally{Attacks: 1, Assists: 1, Energy: 25})},
		},
		{
			"an outsider gets no row for what we do to them",
			func(a *war.Attack) { a.Defender, a.RankedWar = member(7, outside), false },
			[]war.Row{row(1, war.Ours, war.Tally{Attacks: 1, OutsideHits: 1, OutsideRespect: 450, FairFightSum: 300, Energy: 25})},
		},
		{
			"an outsider gets no row for what they do to us",
			func(a *war.Attack) { a.Attacker, a.Defender, a.RankedWar = member(7, outside), member(1, ours), false },
			[]war.Row{row(1, war.Ours, war.Tally{HitsTaken: 1, RespectLost: 110})},
		},
		{
			"a friendly hit is nobody's hit taken",
			func(a *war.Attack) { a.Defender, a.RankedWar, a.RespectGain = member(2, ours), false, 0 },
			[]war.Row{row(1, war.Ours, war.Tally{Attacks: 1, NoScore: 1, Friendly: 1, FairFightSum: 300, Energy: 25})},
		},
		{
			"a friendly attack that failed is nobody's defence",
			func(a *war.Attack) {
				a.Defender, a.RankedWar, a.Result, a.RespectGain = member(2, ours), false, war.Lost, 0
			},
			[]war.Row{row(1, war.Ours, war.Tally{Attacks: 1, Losses: 1, Energy: 25})},
		},
		{
			"a stealthed attacker counts to the enemy's nobody",
			func(a *war.Attack) { a.Attacker, a.Defender = war.Fighter{}, member(1, ours) },
			[]war.Row{
				{Player: 0, Team: war.Enemy, Name: "Stealthed", Tally: warHit},
				row(1, war.Ours, war.Tally{HitsTaken: 1, RespectLost: 110}),
			},
		},
		{
			"a chain bonus stands apart inside the respect",
			func(a *war.Attack) { a.Chain, a.RespectGain = 50, 4450 },
			[]war.Row{
				row(1, war.Ours, war.Tally{
					Attacks: 1, WarHits: 1, WarRespect: 4450, BonusRespect: 4000, ChainBonuses: 1, FairFightSum: 300, Energy: 25,
				}),
				row(101, war.Enemy, war.Tally{HitsTaken: 1, RespectLost: 110}),
			},
		},
		{
			"a fight between strangers adds nothing",
			func(a *war.Attack) { a.Attacker = member(7, outside) },
			nil,
		},
		{
			"an attack outside the window adds nothing",
			func(a *war.Attack) { a.Ended = ended().End.Add(time.Second) },
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := hit()
			if c.change != nil {
				c.change(&a)
			}
			if diff := cmp.Diff(c.want, war.Shares(a, ours, ended(), war.DefaultRules())); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestTheClassesOfAPlayersAttacksAddUpToTheAttacks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.SliceOfN(attacks(), 0, 40).Draw(t, "log")
		board := war.Fold(log, ours, ended(), war.DefaultRules())
		for _, row := range slices.Concat(board.Us, board.Them) {
			sum := row.Hits() + row.Assists + row.Losses + row.Stalemates + row.Escapes + row.Timeouts + row.Interrupted + row.Other
			if sum != row.Attacks {
				t.Fatalf("player %d made %d attacks in classes that sum to %d", row.Player, row.Attacks, sum)
			}
			if row.Energy != 25*row.Attacks || row.BonusRespect > row.Respect() {
				t.Fatalf("player %d: %+v", row.Player, row.Tally)
			}
		}
		us, them := board.Total(war.Ours), board.Total(war.Enemy)
		if them.HitsTaken < us.WarHits || us.HitsTaken < them.Hits() {
			t.Fatalf("hits made and taken disagree: %+v and %+v", us, them)
		}
	})
}

func TestMovingTalliesRowByRowEqualsACountFromScratch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, r := ended(), war.DefaultRules()
		stored := make(map[war.AttackID]war.Attack)
		var rows []war.Row
		for i := range rapid.IntRange(0, 60).Draw(t, "looks") {
			now := attacks().Draw(t, "seen")
			now.ID = war.AttackID(rapid.IntRange(1, 12).Draw(t, "id"))
			var before *war.Attack
			if old, known := stored[now.ID]; known {
				before = &old
			}
			if before != nil && i%7 == 0 {
				delete(stored, now.ID)
				rows = war.Merge(append(rows, war.Diff(before, nil, ours, w, r)...))
				continue
			}
			stored[now.ID] = now
			rows = war.Merge(append(rows, war.Diff(before, &now, ours, w, r)...))
		}
		var log []war.Attack
		for _, a := range stored {
			log = append(log, a)
		}
		if diff := cmp.Diff(war.Fold(log, ours, w, r), war.NewBoard(w, rows, w.SeenAt)); diff != "" {
			t.Fatalf("recount -, moved +\n%s", diff)
		}
	})
}

func TestARowThatDidNotChangeMovesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := attacks().Draw(t, "attack")
		if rows := war.Diff(&a, &a, ours, ended(), war.DefaultRules()); len(rows) != 0 {
			t.Fatalf("moves %+v", rows)
		}
	})
}

func TestMergingKeepsTheNewestNameAndDropsWhatComesToNothing(t *testing.T) {
	one := war.Tally{Attacks: 1}
	got := war.Merge([]war.Row{
		{Player: 9, Team: war.Enemy, Name: "Their", Tally: one},
		{Player: 2, Team: war.Ours, Name: "Old", Level: 10, Tally: one},
		{Player: 1, Team: war.Ours, Name: "Gone", Tally: one},
		{Player: 2, Team: war.Ours, Name: "New", Level: 11, Tally: one},
		{Player: 1, Team: war.Ours, Name: "Gone", Tally: war.Tally{Attacks: -1}},
	})
	want := []war.Row{
		{Player: 2, Team: war.Ours, Name: "New", Level: 11, Tally: war.Tally{Attacks: 2}},
		{Player: 9, Team: war.Enemy, Name: "Their", Tally: one},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func BenchmarkFoldAWarOf100000Attacks(b *testing.B) {
	log := make([]war.Attack, 100_000)
	for i := range log {
		log[i] = hit()
		log[i].Attacker.ID = faction.PlayerID(i%100 + 1)
		log[i].Defender.ID = faction.PlayerID(i%97 + 1000)
	}
	b.ReportAllocs()
	for b.Loop() {
		war.Fold(log, ours, ended(), war.DefaultRules())
	}
}
