package faction

// firstChainBonus is the flat respect of the first bonus hit; each later one
// carries twice the one before (game.md, Chains).
const firstChainBonus Respect = 10 * 100

// ChainMilestones are the chain counters whose hit carries a flat bonus, in
// ascending order (game.md, Chains). The caller owns the array.
func ChainMilestones() [13]int {
	return [13]int{10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000}
}

// ChainBonus is the flat respect inside the respect of the hit that brought a
// chain to counter: 10 points at the 10th hit, doubled at each milestone up to
// 40,960 at the 100,000th. ok is false for any other counter.
func ChainBonus(counter int) (bonus Respect, ok bool) {
	at, bonus, ok := NextChainBonus(counter)
	if !ok || at != counter {
		return 0, false
	}
	return bonus, true
}

// NextChainBonus is the first milestone at or after counter and its flat
// respect. ok is false past the last milestone.
func NextChainBonus(counter int) (at int, bonus Respect, ok bool) {
	for i, m := range ChainMilestones() {
		if counter <= m {
			return m, firstChainBonus << i, true
		}
	}
	return 0, 0, false
}
