package rbac

import (
	"time"

	"consigliere/internal/faction"
)

// MaxListAge is how old a member list may be before it stops granting anything:
// somebody who was kicked must not keep their rights because polling broke.
const MaxListAge = 24 * time.Hour

// Mapping is what factions decided, and what is known about it. The zero Mapping
// grants nothing.
type Mapping struct {
	// Faction is whose things are acted on.
	Faction faction.ID
	// Paused: the bot does nothing for that faction now.
	Paused bool
	// Shared is what that faction lets members of the actor's own see. It says nothing
	// about its own members.
	Shared Set

	// What follows is about the actor's own faction, and may be cut down to the actor's
	// position.

	// Known are the positions as faction/positions last named them.
	Known []faction.Position
	// Positions holds what the faction granted, by position name.
	Positions map[string]Set
	// ListAge is how long ago the member list was read. While there is none, no
	// Actor is a Member.
	ListAge time.Duration
}

// fresh tells whether the member list may be relied on. A list from the future is
// a broken clock, hence not.
func fresh(listAge time.Duration) bool { return listAge >= 0 && listAge <= MaxListAge }

// Resolve gives what a position may do (surface.md, below the table of commands):
//   - a member list older than a day: nothing
//   - leader and co-leader: everything, whatever was mapped
//   - Recruit and no position: their own figures only, whatever was mapped, since
//     spies join factions
//   - a position that known does not name: nothing
//   - a mapped position: what it was mapped to; any other: Unmapped
func Resolve(position string, known []faction.Position, mapping map[string]Set, listAge time.Duration) Set {
	if !fresh(listAge) {
		return 0
	}
	switch {
	case isLeader(position):
		return All() | ownFigures
	case isRecruit(position):
		return ownFigures
	case !names(known, position):
		return 0
	}
	if granted, ok := mapping[position]; ok {
		return granted&All() | ownFigures
	}
	return Unmapped() | ownFigures
}

func isLeader(position string) bool {
	return position == faction.PositionLeader || position == faction.PositionCoLeader
}

// isRecruit: Torn writes "None" for a member without a position.
func isRecruit(position string) bool {
	return position == faction.PositionRecruit || position == "" || position == "None"
}

func names(known []faction.Position, position string) bool {
	for i := range known {
		if known[i].Name == position {
			return true
		}
	}
	return false
}
