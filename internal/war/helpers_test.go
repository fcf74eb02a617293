package war_test

import (
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

const (
	ours    faction.ID = 11559
	enemy   faction.ID = 37498
	outside faction.ID = 9420
)

var start = time.Date(2026, 8, 21, 12, 0, 0, 0, time.UTC)

// ended is a war of two days.
func ended() war.War {
	w := active()
	w.End = start.Add(48 * time.Hour)
	return w
}

func active() war.War {
	return war.War{
		ID: 44751, Start: start, Target: 10_000, OriginalTarget: 10_000,
		Us: war.Side{Faction: ours, Name: "Us"}, Them: war.Side{Faction: enemy, Name: "Them"},
	}
}

func member(id faction.PlayerID, f faction.ID) war.Fighter {
	return war.Fighter{ID: id, Name: "P", Level: 50, Faction: f}
}

// hit is an ordinary hit of ours on the enemy, an hour into the war.
func hit() war.Attack {
	return war.Attack{
		ID: 1, Started: start.Add(time.Hour), Ended: start.Add(time.Hour + time.Minute),
		Attacker: member(1, ours), Defender: member(101, enemy),
		Result: war.Hospitalized, RespectGain: 450, RespectLoss: 110, RankedWar: true,
		Modifiers: war.Modifiers{FairFight: 3, War: 2, Retaliation: 1, Group: 1, Overseas: 1, Chain: 1, Warlord: 1},
	}
}

func results() []war.Result {
	return []war.Result{
		war.None, war.Attacked, war.Mugged, war.Hospitalized, war.Arrested, war.Looted, war.Lost, war.Stalemate,
		war.Assist, war.Escape, war.Timeout, war.Special, war.Bounty, war.Interrupted, "Abducted", "",
	}
}

// fighters draws somebody of either side, of another faction, of none, or nobody.
func fighters() *rapid.Generator[war.Fighter] {
	return rapid.Custom(func(t *rapid.T) war.Fighter {
		id := faction.PlayerID(rapid.IntRange(0, 4).Draw(t, "player"))
		if id == 0 {
			return war.Fighter{}
		}
		f := rapid.SampledFrom([]faction.ID{ours, enemy, outside, 0}).Draw(t, "faction")
		return war.Fighter{ID: id + faction.PlayerID(f)*10, Name: "P", Level: 50, Faction: f}
	})
}

// attacks draws any row the log could hold, sensible or not.
func attacks() *rapid.Generator[war.Attack] {
	return rapid.Custom(func(t *rapid.T) war.Attack {
		began := start.Add(time.Duration(rapid.IntRange(-3600, 49*3600).Draw(t, "started")) * time.Second)
		a := war.Attack{
			ID:          war.AttackID(rapid.Int64Range(1, 1e9).Draw(t, "id")),
			Started:     began,
			Attacker:    fighters().Draw(t, "attacker"),
			Defender:    fighters().Draw(t, "defender"),
			Result:      rapid.SampledFrom(results()).Draw(t, "result"),
			RespectGain: faction.Respect(rapid.SampledFrom([]int64{0, 1, 450, 1000, 4500}).Draw(t, "gain")),
			RespectLoss: faction.Respect(rapid.Int64Range(0, 500).Draw(t, "loss")),
			Chain:       rapid.SampledFrom([]int{0, 1, 9, 10, 25, 26, 100}).Draw(t, "chain"),
			RankedWar:   rapid.Bool().Draw(t, "ranked"),
			Interrupted: rapid.Bool().Draw(t, "interrupted"),
			Modifiers: war.Modifiers{
				FairFight:   rapid.SampledFrom([]float64{0, 1, 1.49, 1.5, 3}).Draw(t, "fair fight"),
				Retaliation: rapid.SampledFrom([]float64{1, 1.5}).Draw(t, "retaliation"),
				Overseas:    rapid.SampledFrom([]float64{1, 1.25}).Draw(t, "overseas"),
				Group:       rapid.SampledFrom([]float64{1, 1.1}).Draw(t, "group"),
				Warlord:     rapid.SampledFrom([]float64{1, 1.2}).Draw(t, "warlord"),
			},
		}
		if rapid.Bool().Draw(t, "has end") {
			a.Ended = began.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "lasted")) * time.Second)
		}
		return a
	})
}
