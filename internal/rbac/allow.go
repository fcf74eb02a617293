package rbac

import "consigliere/internal/faction"

// Actor is who wants something, as our own records know them, never as the client
// says.
type Actor struct {
	Player faction.PlayerID // 0: not linked
	// Faction is where the member list last showed the player.
	Faction faction.ID
	// Position is a name out of that list.
	Position string
	// Member tells that the list names the player. False also means "not known".
	Member bool
	// Operator: the configuration names their Discord id.
	Operator bool
}

// Decision is an answer with the reason that logs, tests and users see.
type Decision struct {
	Allowed bool
	Reason  string
}

// The reasons to allow.
const (
	ReasonAnyone     = "open to anyone"
	ReasonOwn        = "own figures"
	ReasonPermission = "position has the permission"
	ReasonLeader     = "leader or co-leader"
	ReasonOperator   = "operator"
	ReasonShared     = "shared by that faction, and position has the permission at home"
)

// The reasons to deny.
const (
	ReasonPaused          = "faction is paused"
	ReasonNotLinked       = "not linked to a Torn player"
	ReasonNotMember       = "membership unknown"
	ReasonOtherFaction    = "member of another faction"
	ReasonStaleList       = "member list is older than a day"
	ReasonUnknownPosition = "position is not among the faction's positions"
	ReasonNoPermission    = "position lacks the permission"
	ReasonNotLeader       = "not leader or co-leader"
	ReasonNotOperator     = "not an operator"
	ReasonNoGuard         = "nothing is allowed here"
)

// Allow decides. A member's rights end at their own faction, admin included; beyond
// it they see what another faction shares with theirs, if they may see the like at
// home. Only operators reach across. What is not known is denied. It does not allocate.
func Allow(actor Actor, guard Guard, m Mapping) Decision {
	switch {
	case !guard.Valid():
		return deny(ReasonNoGuard)
	case guard.kind == guardAnyone:
		return allow(ReasonAnyone)
	case guard.kind == guardOperator && !actor.Operator:
		return deny(ReasonNotOperator)
	case actor.Operator && guard.kind != guardOwn:
		return allow(ReasonOperator)
	case m.Paused:
		return deny(ReasonPaused)
	case actor.Player == 0:
		return deny(ReasonNotLinked)
	case !actor.Member || actor.Faction == 0:
		return deny(ReasonNotMember)
	case actor.Faction != m.Faction && !shared(guard, m):
		return deny(ReasonOtherFaction)
	case !fresh(m.ListAge):
		return deny(ReasonStaleList)
	}
	d := within(actor, guard, m)
	if d.Allowed && actor.Faction != m.Faction {
		return allow(ReasonShared)
	}
	return d
}

// shared tells whether the faction acted on opens what the guard asks for to members
// of the actor's.
func shared(guard Guard, m Mapping) bool {
	return guard.kind == guardPermission && (m.Shared & Viewing()).Has(guard.permission)
}

// within decides by the actor's place in their own faction.
func within(actor Actor, guard Guard, m Mapping) Decision {
	set := Resolve(actor.Position, m.Known, m.Positions, m.ListAge)
	if !set.Own() {
		return deny(ReasonUnknownPosition)
	}
	switch guard.kind {
	case guardOwn:
		return allow(ReasonOwn)
	case guardLeader:
		if isLeader(actor.Position) {
			return allow(ReasonLeader)
		}
		return deny(ReasonNotLeader)
	case guardPermission:
		if set.Has(guard.permission) {
			return allow(ReasonPermission)
		}
		return deny(ReasonNoPermission)
	default:
		return deny(ReasonNoGuard)
	}
}

func allow(reason string) Decision { return Decision{Allowed: true, Reason: reason} }
func deny(reason string) Decision  { return Decision{Reason: reason} }
