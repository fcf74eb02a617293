package rbac

import (
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Mapped is what a faction decided for one position. The zero Mapped says that
// nobody decided anything.
type Mapped struct {
	Position string
	Granted  Set
	// Abilities are what the game let the position do when it was mapped.
	Abilities []string
	By        faction.PlayerID // 0: not known
	At        time.Time
	// Effective is what is left of Granted; see the function of that name.
	Effective Set
}

// Reduced tells that the position lost abilities since, and permissions with them.
func (m Mapped) Reduced() bool { return m.Effective != m.Granted }

// Effective is what is left of what was granted. A position is known by its name
// alone, and names wander: two can be swapped, one can be renamed into another's. A
// position that has lost abilities since it was mapped may be another one by now, so
// it keeps only what its abilities speak for and what any position has, until
// somebody confirms the mapping. More abilities change nothing.
func Effective(granted Set, whenMapped, now []string) Set {
	granted &= All()
	if lost, _ := Abilities(whenMapped, now); len(lost) == 0 {
		return granted
	}
	return granted & (Suggest(now) | Unmapped())
}

// Abilities compares what a position could do in the game with what it can do now.
// Two spellings of one ability are the same.
func Abilities(before, now []string) (lost, gained []string) {
	missing := func(from, in []string) []string {
		var out []string
		for _, a := range from {
			if !slices.ContainsFunc(in, func(b string) bool { return plainAbility(a) == plainAbility(b) }) {
				out = append(out, a)
			}
		}
		return out
	}
	return missing(before, now), missing(now, before)
}

// Diff tells what a set has gained and lost; "own figures" is no permission and
// not part of it.
func Diff(before, after Set) (gained, lost Set) {
	return after &^ before & All(), before &^ after & All()
}

// Mappable tells whether a faction can decide what a position may do: the leaders
// have everything and recruits nothing, whatever is decided (see Resolve).
func Mappable(position string) bool { return !isLeader(position) && !isRecruit(position) }
