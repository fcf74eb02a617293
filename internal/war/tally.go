package war

import "consigliere/internal/faction"

// Team tells whose member a tally belongs to.
type Team string

// The two teams of a war, seen from our faction.
const (
	Ours  Team = "us"
	Enemy Team = "them"
)

// Tally is what one player did and suffered inside one war. Every field is a sum,
// so tallies add and subtract; the stored tally always equals the sum over the
// stored attacks. Respect is in hundredths, energy in points.
type Tally struct {
	// Attacks made, each in exactly one class.
	Attacks, WarHits, OutsideHits, NoScore, Assists           int64
	Losses, Stalemates, Escapes, Timeouts, Interrupted, Other int64
	// Marks on top of a class.
	Retaliations, Overseas, Group, ChainBonuses, WastedBonuses int64
	Warlord, LowFairFight, Friendly, FirstOfChain, FlagDiffers int64
	// Suffered inside the window, whoever the attacker was.
	HitsTaken, Defended int64
	// WarRespect is the respect of war hits, bonus included; OutsideRespect that
	// of outside hits; BonusRespect the flat chain bonus inside both.
	WarRespect, OutsideRespect, BonusRespect, RespectLost faction.Respect
	// FairFightSum is the sum of fair-fight modifiers of hits, in hundredths;
	// divided by Hits it is the average.
	FairFightSum int64
	// Energy is an estimate: 25 for each attack (game.md, Attacks).
	Energy int64
}

// Add is the sum of two tallies.
func (t Tally) Add(o Tally) Tally { return t.plus(o, 1) }

// Sub takes o away from t.
func (t Tally) Sub(o Tally) Tally { return t.plus(o, -1) }

// plus adds o sign times. A field forgotten here fails the test that walks them all.
func (t Tally) plus(o Tally, sign int64) Tally {
	t.Attacks += sign * o.Attacks
	t.WarHits += sign * o.WarHits
	t.OutsideHits += sign * o.OutsideHits
	t.NoScore += sign * o.NoScore
	t.Assists += sign * o.Assists
	t.Losses += sign * o.Losses
	t.Stalemates += sign * o.Stalemates
	t.Escapes += sign * o.Escapes
	t.Timeouts += sign * o.Timeouts
	t.Interrupted += sign * o.Interrupted
	t.Other += sign * o.Other

	t.Retaliations += sign * o.Retaliations
	t.Overseas += sign * o.Overseas
	t.Group += sign * o.Group
	t.ChainBonuses += sign * o.ChainBonuses
	t.WastedBonuses += sign * o.WastedBonuses
	t.Warlord += sign * o.Warlord
	t.LowFairFight += sign * o.LowFairFight
	t.Friendly += sign * o.Friendly
	t.FirstOfChain += sign * o.FirstOfChain
	t.FlagDiffers += sign * o.FlagDiffers

	t.HitsTaken += sign * o.HitsTaken
	t.Defended += sign * o.Defended

	s := faction.Respect(sign)
	t.WarRespect += s * o.WarRespect
	t.OutsideRespect += s * o.OutsideRespect
	t.BonusRespect += s * o.BonusRespect
	t.RespectLost += s * o.RespectLost

	t.FairFightSum += sign * o.FairFightSum
	t.Energy += sign * o.Energy
	return t
}

// IsZero tells that the tally says nothing.
func (t Tally) IsZero() bool { return t == Tally{} }

// Hits counts all successful attacks, those that scored nothing included.
func (t Tally) Hits() int64 { return t.WarHits + t.OutsideHits + t.NoScore }

// Respect is what all hits earned, chain bonus included.
func (t Tally) Respect() faction.Respect { return t.WarRespect + t.OutsideRespect }

// PerHit is the average respect of a war hit, rounded down; 0 without one.
func (t Tally) PerHit() faction.Respect {
	if t.WarHits <= 0 {
		return 0
	}
	return t.WarRespect / faction.Respect(t.WarHits)
}

// FairFight is the average fair-fight modifier over all hits; 0 without one.
func (t Tally) FairFight() float64 {
	if t.Hits() <= 0 {
		return 0
	}
	return float64(t.FairFightSum) / 100 / float64(t.Hits())
}

// Row is one player's line of a scoreboard.
type Row struct {
	Player faction.PlayerID // 0: stealthed attackers together
	Team   Team
	Name   string
	Level  int
	Tally
}
