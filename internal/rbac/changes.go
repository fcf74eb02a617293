package rbac

import (
	"cmp"
	"slices"

	"consigliere/internal/faction"
)

// Snapshot is all that decides who has which rights in a faction at one moment.
type Snapshot struct {
	// Members holds each member's position; nil: no member list was ever read.
	Members map[faction.PlayerID]string
	// Known are the faction's positions; empty: they were never read.
	Known []faction.Position
	// Granted holds what mapped positions effectively have, by name.
	Granted map[string]Set
}

// Rights are what a member may do; whoever is no member may do nothing. The age of
// the list is not looked at: it says what we know, not what somebody is.
func (s Snapshot) Rights(player faction.PlayerID) Set {
	position, ok := s.Members[player]
	if !ok {
		return 0
	}
	return Resolve(position, s.Known, s.Granted, 0)
}

// Change is how one player's rights differ between two snapshots.
type Change struct {
	Player faction.PlayerID
	// Joined and Left: From or To is empty then.
	Joined, Left  bool
	From, To      string
	Before, After Set
}

// Lost tells whether a permission is gone.
func (c Change) Lost(p Permission) bool { return c.Before.Has(p) && !c.After.Has(p) }

// Changes lists whose rights differ, by player id: who joined, left, got another
// position, or whose position has other abilities, another mapping, or is gone.
// Where nothing was known before, nothing has changed: the first member list gives
// no changes, nor do the first positions for whoever keeps theirs.
func Changes(before, after Snapshot) []Change {
	if len(before.Members) == 0 {
		return nil
	}
	first := len(before.Known) == 0 && len(after.Known) > 0
	var out []Change
	add := func(player faction.PlayerID) {
		from, was := before.Members[player]
		to, is := after.Members[player]
		c := Change{
			Player: player, Joined: !was, Left: !is, From: from, To: to,
			Before: before.Rights(player), After: after.Rights(player),
		}
		if c.Before == c.After || first && was && is && from == to {
			return
		}
		out = append(out, c)
	}
	for player := range before.Members {
		add(player)
	}
	for player := range after.Members {
		if _, both := before.Members[player]; !both {
			add(player)
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Compare(a.Player, b.Player) })
	return out
}
