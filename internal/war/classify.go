package war

import "consigliere/internal/faction"

// Rules are the thresholds of classification that a faction may set.
type Rules struct {
	// LowFairFight: a hit with a fair-fight modifier below it is marked. 0 marks none.
	LowFairFight float64
}

// DefaultRules are the rules of a faction that set none.
func DefaultRules() Rules { return Rules{LowFairFight: 1.5} }

// Direction is an attack's direction as seen from one faction.
type Direction string

// The directions. An attack inside the faction is Outgoing.
const (
	Outgoing Direction = "outgoing"
	Incoming Direction = "incoming"
	Neither  Direction = "neither"
)

// Class is what an attack counts as; each has exactly one (game.md, Attacks).
type Class string

// The classes of outgoing attacks, the last of which incoming ones share.
const (
	ClassWarHit      Class = "war_hit"     // a hit on the enemy inside the war's window
	ClassOutsideHit  Class = "outside_hit" // any other hit that earned respect
	ClassNoScore     Class = "no_score"    // a hit that earned nothing: recruits, own members
	ClassAssist      Class = "assist"
	ClassLost        Class = "lost"
	ClassStalemate   Class = "stalemate"
	ClassEscape      Class = "escape"
	ClassTimeout     Class = "timeout"
	ClassInterrupted Class = "interrupted"
	ClassOther       Class = "other" // no result, or one that is not known
)

// The classes of incoming attacks, beside ClassOther.
const (
	ClassTaken    Class = "taken"    // a hit on us
	ClassDefended Class = "defended" // the attacker did not get through: a won defence
)

// Classes lists every class once, outgoing ones first.
func Classes() []Class {
	return []Class{
		ClassWarHit, ClassOutsideHit, ClassNoScore, ClassAssist, ClassLost, ClassStalemate,
		ClassEscape, ClassTimeout, ClassInterrupted, ClassTaken, ClassDefended, ClassOther,
	}
}

// Verdict is what an attack counts as.
type Verdict struct {
	Direction Direction
	Class     Class
	Marks     Marks
	// InWar tells that the attack lies inside the war's window and so moves its tallies.
	InWar bool
}

// Hit tells whether a result is a successful attack. It is an allow-list: a result
// that Torn invents tomorrow is never a hit (game.md, Attacks).
func (r Result) Hit() bool {
	switch r {
	case Attacked, Mugged, Hospitalized, Arrested, Looted, Special, Bounty:
		return true
	default:
		return false
	}
}

// Failed tells whether the attacker did not get through, which the defender has won.
func (r Result) Failed() bool {
	switch r {
	case Lost, Stalemate, Escape, Timeout, Interrupted:
		return true
	default:
		return false
	}
}

// Classify tells what an attack counts as for our faction during w, or outside
// any war when w is nil. The experimental flag Attack.Interrupted is not
// consulted: the result decides.
func Classify(a Attack, ours faction.ID, w *War, r Rules) Verdict {
	v := Verdict{Direction: direction(a, ours)}
	v.InWar = v.Direction != Neither && w != nil && w.Contains(a.Counted())
	if v.Direction == Incoming {
		v.Class = classAgainst(a.Result)
	} else {
		v.Class = classOf(a, v.InWar && hitsEnemy(a, ours, *w))
	}
	v.Marks = marks(a, v, ours, w, r)
	return v
}

func direction(a Attack, ours faction.ID) Direction {
	switch {
	case ours == 0:
		return Neither
	case a.Attacker.Faction == ours:
		return Outgoing
	case a.Defender.Faction == ours:
		return Incoming
	default:
		return Neither
	}
}

// hitsEnemy tells whether an attack goes from one side of the war to the other,
// in either direction. When the attacker was stealthed their faction is unknown
// and Torn's own flag is all there is.
func hitsEnemy(a Attack, ours faction.ID, w War) bool {
	enemy := w.Them.Faction
	switch {
	case enemy == 0:
		return false
	case a.Attacker.Faction == ours:
		return a.Defender.Faction == enemy
	case a.Defender.Faction != ours:
		return false
	case a.anonymous():
		return a.RankedWar
	default:
		return a.Attacker.Faction == enemy
	}
}

// friendly tells that one of ours attacked another.
func (a Attack) friendly(ours faction.ID) bool {
	return ours != 0 && a.Attacker.Faction == ours && a.Defender.Faction == ours
}

// anonymous tells that nobody knows who attacked.
func (a Attack) anonymous() bool { return a.Attacker.ID == 0 }

// classOf is the class of an attack for its attacker.
func classOf(a Attack, onEnemy bool) Class {
	switch {
	case a.Result.Hit() && a.RespectGain <= 0:
		return ClassNoScore
	case a.Result.Hit() && onEnemy:
		return ClassWarHit
	case a.Result.Hit():
		return ClassOutsideHit
	}
	switch a.Result {
	case Assist:
		return ClassAssist
	case Lost:
		return ClassLost
	case Stalemate:
		return ClassStalemate
	case Escape:
		return ClassEscape
	case Timeout:
		return ClassTimeout
	case Interrupted:
		return ClassInterrupted
	default:
		return ClassOther
	}
}

// classAgainst is the class of an attack for its defender.
func classAgainst(r Result) Class {
	switch {
	case r.Hit():
		return ClassTaken
	case r.Failed():
		return ClassDefended
	default:
		return ClassOther
	}
}

func marks(a Attack, v Verdict, ours faction.ID, w *War, r Rules) Marks {
	var m Marks
	set := func(mark Marks, when bool) {
		if when {
			m |= mark
		}
	}
	if !a.Result.Hit() {
		return m
	}
	onEnemy := v.InWar && hitsEnemy(a, ours, *w)
	set(MarkFriendly, a.friendly(ours))
	set(MarkFlagDiffers, v.InWar && !a.anonymous() && a.RankedWar != onEnemy)
	mod := a.Modifiers
	set(MarkRetaliation, mod.Retaliation > 1)
	set(MarkOverseas, mod.Overseas > 1)
	set(MarkGroup, mod.Group > 1)
	set(MarkWarlord, mod.Warlord > 1 || a.WarlordEffect)
	set(MarkLowFairFight, mod.FairFight > 0 && mod.FairFight < r.LowFairFight)
	set(MarkFirstOfChain, a.Chain == 1)
	bonus := a.Bonus() > 0
	set(MarkChainBonus, bonus)
	set(MarkWastedBonus, bonus && v.InWar && v.Direction == Outgoing && !onEnemy)
	return m
}

// Bonus is the flat chain bonus inside RespectGain; 0 for any other hit. It is
// found by the chain counter and never exceeds what the hit earned.
func (a Attack) Bonus() faction.Respect {
	bonus, ok := faction.ChainBonus(a.Chain)
	if !ok || !a.Result.Hit() {
		return 0
	}
	return max(0, min(bonus, a.RespectGain))
}
