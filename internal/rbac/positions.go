package rbac

import (
	"slices"

	"consigliere/internal/faction"
)

// PositionChange is what a position has gained and lost in the game.
type PositionChange struct {
	Position     string
	Lost, Gained []string
}

// PositionChanges is how a faction's positions differ from those known before.
type PositionChanges struct {
	Added, Removed []string
	Changed        []PositionChange
}

// Any tells whether anything differs.
func (p PositionChanges) Any() bool { return len(p.Added)+len(p.Removed)+len(p.Changed) > 0 }

// ComparePositions tells how positions differ, by name: a renamed one is one less and
// one more.
func ComparePositions(before, after []faction.Position) PositionChanges {
	var out PositionChanges
	find := func(list []faction.Position, name string) int {
		return slices.IndexFunc(list, func(p faction.Position) bool { return p.Name == name })
	}
	for _, p := range before {
		i := find(after, p.Name)
		if i < 0 {
			out.Removed = append(out.Removed, p.Name)
			continue
		}
		if lost, gained := Abilities(p.Abilities, after[i].Abilities); len(lost)+len(gained) > 0 {
			out.Changed = append(out.Changed, PositionChange{p.Name, lost, gained})
		}
	}
	for i, p := range after {
		if find(before, p.Name) < 0 && find(after, p.Name) == i {
			out.Added = append(out.Added, p.Name)
		}
	}
	return out
}
