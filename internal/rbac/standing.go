package rbac

import (
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Standing is who somebody is and what our records say of the factions they can act
// on from where they are, as one look showed it. The zero Standing is a stranger in
// a server without a faction.
type Standing struct {
	// Link is zero for who is not linked; it holds no name.
	Link faction.Link
	// Member: the member list of the link's faction shows the player, and that faction
	// is registered.
	Member bool
	// Position is the name that the list gives; what follows is zero for who is not on it.
	Position string
	// Known tells that faction/positions names the position.
	Known bool
	// Mapped tells that the faction decided what the position may do: Granted.
	Mapped  bool
	Granted Set
	// Tenants are the registered factions that this server serves, the caller's own,
	// those that share something with it, and for operators all; by id.
	Tenants []Tenant
}

// Tenant is a registered faction as somebody meets it.
type Tenant struct {
	ID    faction.ID
	Name  string
	State string // "active"; in any other it is paused
	// Served: the server that was asked in is one of the faction's.
	Served bool
	// ListRead is when the faction's member list was read; zero: never, or not asked.
	ListRead time.Time
	// Shared is what it lets members of the caller's faction see.
	Shared Set
}

// Active tells that the bot works for the faction. A state of a later version is not.
func (t Tenant) Active() bool { return t.State == "active" }

// Tenant finds a faction; ok is false when it is not registered, or out of reach.
func (s Standing) Tenant(id faction.ID) (t Tenant, ok bool) {
	i := slices.IndexFunc(s.Tenants, func(t Tenant) bool { return t.ID == id })
	if i < 0 {
		return Tenant{}, false
	}
	return s.Tenants[i], true
}

// Served lists the factions of the server that was asked in.
func (s Standing) Served() []faction.ID {
	var out []faction.ID
	for _, t := range s.Tenants {
		if t.Served {
			out = append(out, t.ID)
		}
	}
	return out
}

// Actor is the somebody, for Allow. Who is an operator stands in the configuration.
func (s Standing) Actor(operator bool) Actor {
	return Actor{Player: s.Link.Player, Faction: s.Link.Faction, Position: s.Position, Member: s.Member, Operator: operator}
}

// Mapping is what counts for this somebody where they act on a faction. What is
// shared with their own faction opens nothing while either is paused or removed.
func (s Standing) Mapping(on faction.ID, now time.Time) Mapping {
	own, _ := s.Tenant(s.Link.Faction)
	m := Mapping{Faction: on, ListAge: listAge(now, own.ListRead)}
	if s.Known {
		m.Known = []faction.Position{{Name: s.Position}}
	}
	if s.Mapped {
		m.Positions = map[string]Set{s.Position: s.Granted}
	}
	if t, ok := s.Tenant(on); ok {
		m.Paused = !t.Active()
		if own.Active() && t.Active() {
			m.Shared = t.Shared & Viewing()
		}
	}
	return m
}

// sameMoment is how far the clocks of two processes may differ.
const sameMoment = 5 * time.Minute

// listAge is how old a member list is. One that was stored while this request was on
// its way, or by a process whose clock is ahead, is new and not from the future.
func listAge(now, read time.Time) time.Duration {
	age := now.Sub(read)
	if age < 0 && age > -sameMoment {
		return 0
	}
	return age
}

// Share is what a faction lets members of another see.
type Share struct {
	To          faction.ID
	Permissions Set
	By          faction.PlayerID // who granted last; 0: an operator without a link
	At          time.Time
}
