package war

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// Place is where somebody is, as far as fighting goes.
type Place string

// The places.
const (
	Okay       Place = "okay" // can be hit, and can hit
	InHospital Place = "hospital"
	InJail     Place = "jail"
	Flying     Place = "flying"
	Abroad     Place = "abroad"
	Away       Place = "away" // federal jail, fallen, dormant, or something new
)

// PlaceOf tells where somebody is at a moment after their status was read.
func PlaceOf(s faction.Status, now time.Time) Place {
	switch s.At(now) {
	case faction.StateOkay, "Awoken":
		return Okay
	case faction.StateHospital:
		return InHospital
	case faction.StateJail:
		return InJail
	case faction.StateTraveling:
		return Flying
	case faction.StateAbroad:
		return Abroad
	default:
		return Away
	}
}

// Person is a member of either side as the war room shows them.
type Person struct {
	faction.Member
	Place  Place
	Flight Flight // while flying
	// Hits are their war hits so far.
	Hits int64
	// Revives: they can be revived by others than their own, or it cannot be told.
	Revives bool
	// Claim is who of ours has called them; zero: nobody. Past tells how our own hits
	// on them went. Both are of the enemy only.
	Claim Claim
	Past  Past
}

// Past is what our own hits on a player tell of the next one.
type Past struct {
	FairFight float64 // the median of their modifiers; 0: none is known
	Hits      int
}

// Claim is a call by one of ours: this target is mine until it expires. It ends with
// a hit of ours on them, and with the war.
type Claim struct {
	War            ID
	Target, Player faction.PlayerID
	Made, Expires  time.Time
}

// Live tells whether a claim holds at a moment.
func (c Claim) Live(now time.Time) bool { return c.Player != 0 && now.Before(c.Expires) }

// Crew is our side of the room: who can fight first, the readiest on top, among equals
// those without a hit.
func Crew(roster []faction.Member, b Board, now time.Time) []Person {
	out := make([]Person, 0, len(roster))
	for _, m := range roster {
		row, _ := b.Find(Ours, m.ID)
		out = append(out, person(m, row.WarHits, now))
	}
	slices.SortFunc(out, func(x, y Person) int {
		return cmp.Or(cmp.Compare(x.order(), y.order()), cmp.Compare(x.presence(), y.presence()),
			x.free().Compare(y.free()), cmp.Compare(x.Hits, y.Hits), cmp.Compare(y.Level, x.Level), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// Foes are the other side: who can be hit first, then by when they can be, the highest
// level on top.
func Foes(roster []faction.Member, b Board, claims []Claim, past map[faction.PlayerID]Past, now time.Time) []Person {
	held := map[faction.PlayerID]Claim{}
	for _, c := range claims {
		if c.Live(now) {
			held[c.Target] = c
		}
	}
	out := make([]Person, 0, len(roster))
	for _, m := range roster {
		row, _ := b.Find(Enemy, m.ID)
		p := person(m, row.WarHits, now)
		p.Claim, p.Past = held[m.ID], past[m.ID]
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y Person) int {
		return cmp.Or(cmp.Compare(x.order(), y.order()), x.free().Compare(y.free()), cmp.Compare(y.Level, x.Level), cmp.Compare(x.ID, y.ID))
	})
	return out
}

func person(m faction.Member, hits int64, now time.Time) Person {
	p := Person{Member: m, Place: PlaceOf(m.Status, now), Hits: hits, Revives: m.Revivable}
	p.Flight, _ = FlightOf(m.Status, now)
	switch m.ReviveSetting { // of our own side, where the key may see it
	case faction.RevivableByEveryone:
		p.Revives = true
	case faction.RevivableByFriends, faction.RevivableByNobody:
		p.Revives = false
	}
	return p
}

// order sorts places by how soon one can fight from there.
func (p Person) order() int {
	return slices.Index([]Place{Okay, InHospital, Flying, Abroad, InJail, Away}, p.Place)
}

func (p Person) presence() int {
	if i := slices.Index([]string{faction.Online, faction.Idle}, p.LastAction.Status); i >= 0 {
		return i
	}
	return 2
}

// free is when somebody can fight again, at the latest; the far future when it is not
// known, zero when they can.
func (p Person) free() time.Time {
	unknown := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	var at time.Time
	switch p.Place {
	case Okay:
		return time.Time{}
	case InHospital, InJail:
		at = p.Status.Until
	case Flying:
		at = p.Flight.Latest
	}
	if at.IsZero() {
		return unknown
	}
	return at
}

// Filter narrows a side to those of one kind; the empty one shows all.
type Filter string

// The filters.
const (
	OnlyZero      Filter = "zero" // no war hit yet
	OnlyOnline    Filter = "online"
	OnlyIdle      Filter = "idle"
	OnlyOffline   Filter = "offline"
	OnlyOkay      Filter = "okay"
	OnlyHospital  Filter = "hospital"
	OnlyFlying    Filter = "flying"
	OnlyAbroad    Filter = "abroad"
	OnlyJail      Filter = "jail"
	OnlyRevivable Filter = "revivable"
	OnlyEarly     Filter = "early"   // may leave hospital early
	OnlyClaimed   Filter = "claimed" // of the enemy
)

// Filters lists those of one side, in the order in which they are offered.
func Filters(t Team) []Filter {
	list := []Filter{OnlyOkay, OnlyOnline, OnlyIdle, OnlyOffline, OnlyHospital, OnlyFlying, OnlyAbroad, OnlyJail, OnlyRevivable, OnlyEarly}
	if t == Ours {
		return append([]Filter{OnlyZero}, list...)
	}
	return append(list, OnlyClaimed)
}

// Matches tells whether a filter lets somebody through.
func (f Filter) Matches(p Person) bool {
	switch f {
	case "":
		return true
	case OnlyZero:
		return p.Hits <= 0
	case OnlyOnline, OnlyIdle, OnlyOffline:
		return strings.EqualFold(p.LastAction.Status, string(f))
	case OnlyOkay, OnlyHospital, OnlyFlying, OnlyAbroad, OnlyJail:
		return string(p.Place) == string(f)
	case OnlyRevivable:
		return p.Revives
	case OnlyEarly:
		return p.EarlyDischarge
	case OnlyClaimed:
		return p.Claim.Player != 0
	default:
		return false
	}
}

// Pick gives those that a filter lets through, in their order.
func Pick(people []Person, f Filter) []Person {
	var out []Person
	for _, p := range people {
		if f.Matches(p) {
			out = append(out, p)
		}
	}
	return out
}

// Slack is our members who could win points and do not at the moment. Whoever is
// offline is asleep or at work, and is not among them.
type Slack struct {
	Idle, Flying, Hospital []faction.Member
}

// SlackOf looks for them at a moment after the roster was read.
func SlackOf(roster []faction.Member, now time.Time) Slack {
	var s Slack
	for _, m := range roster {
		switch place := PlaceOf(m.Status, now); {
		case place == InHospital:
			s.Hospital = append(s.Hospital, m)
		case place == Flying:
			s.Flying = append(s.Flying, m)
		case place == Okay && m.LastAction.Status == faction.Idle:
			s.Idle = append(s.Idle, m)
		}
	}
	return s
}

// Len counts them.
func (s Slack) Len() int { return len(s.Idle) + len(s.Flying) + len(s.Hospital) }
