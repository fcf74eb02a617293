package war

import "strings"

// Marks are the properties a hit has on top of its class, as a bitmask (game.md,
// Attacks). What is no hit has none.
type Marks uint16

// The marks.
const (
	// MarkRetaliation: the hit answered one on us (modifier above 1).
	MarkRetaliation Marks = 1 << iota
	// MarkOverseas: the hit was made abroad (modifier above 1).
	MarkOverseas
	// MarkGroup: several attackers fought together (modifier above 1).
	MarkGroup
	// MarkChainBonus: the respect holds a flat chain bonus.
	MarkChainBonus
	// MarkWastedBonus: our chain bonus went to somebody outside the war, so that
	// it gave respect but no score (game.md, Chains).
	MarkWastedBonus
	// MarkWarlord: a warlord weapon raised the respect or finished the fight.
	MarkWarlord
	// MarkLowFairFight: the fair-fight modifier lies below Rules.LowFairFight.
	MarkLowFairFight
	// MarkFriendly: attacker and defender are both ours.
	MarkFriendly
	// MarkFirstOfChain: the hit opened a chain.
	MarkFirstOfChain
	// MarkFlagDiffers: Torn's is_ranked_war and the factions disagree. The factions
	// decide; the row is a candidate for reconciliation.
	MarkFlagDiffers
)

// AllMarks is every mark once, in the order of the constants.
func AllMarks() []Marks {
	var all []Marks
	for m := MarkRetaliation; m <= MarkFlagDiffers; m <<= 1 {
		all = append(all, m)
	}
	return all
}

// Has tells whether every mark of m is set.
func (ms Marks) Has(m Marks) bool { return ms&m == m }

// Names lists the marks that are set, in the order of the constants.
func (ms Marks) Names() []string {
	var names []string
	for _, m := range AllMarks() {
		if ms.Has(m) {
			names = append(names, m.name())
		}
	}
	return names
}

// String joins the names with commas: "retaliation,overseas".
func (ms Marks) String() string { return strings.Join(ms.Names(), ",") }

// ParseMark finds one mark by its name.
func ParseMark(name string) (Marks, bool) {
	for _, m := range AllMarks() {
		if m.name() == name {
			return m, true
		}
	}
	return 0, false
}

func (ms Marks) name() string {
	switch ms {
	case MarkRetaliation:
		return "retaliation"
	case MarkOverseas:
		return "overseas"
	case MarkGroup:
		return "group"
	case MarkChainBonus:
		return "chain_bonus"
	case MarkWastedBonus:
		return "wasted_bonus"
	case MarkWarlord:
		return "warlord"
	case MarkLowFairFight:
		return "low_fair_fight"
	case MarkFriendly:
		return "friendly"
	case MarkFirstOfChain:
		return "first_of_chain"
	case MarkFlagDiffers:
		return "flag_differs"
	default:
		return ""
	}
}
