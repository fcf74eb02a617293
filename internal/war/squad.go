package war

import "consigliere/internal/faction"

// Of narrows our side to some players; the enemy's stays as it is.
func (b Board) Of(some map[faction.PlayerID]bool) Board {
	us := make([]Row, 0, len(some))
	for _, row := range b.Us {
		if some[row.Player] {
			us = append(us, row)
		}
	}
	b.Us = us
	return b
}

// Among gives those of some people who are of a set of players, in their order.
func Among(people []Person, some map[faction.PlayerID]bool) []Person {
	var out []Person
	for _, p := range people {
		if some[p.ID] {
			out = append(out, p)
		}
	}
	return out
}

// Hits adds up the war hits of people.
func Hits(people []Person) (n int64) {
	for _, p := range people {
		n += max(0, p.Hits)
	}
	return n
}

// Percent is a part of a whole, rounded; ok is false of a whole that is nothing.
func Percent(part, whole int64) (percent int64, ok bool) {
	if whole <= 0 {
		return 0, false
	}
	return (part*200 + whole) / (2 * whole), true
}
