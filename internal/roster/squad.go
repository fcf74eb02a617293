package roster

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"consigliere/internal/faction"
)

// SquadID is our id of a squad.
type SquadID int64

// Kind is how one gets into a squad.
type Kind string

// The kinds.
const (
	Open       Kind = "open"    // whoever wants to
	OnRequest  Kind = "request" // a lead says yes
	Invitation Kind = "invite"  // a lead asks
)

// Kinds lists them all.
func Kinds() []Kind { return []Kind{Open, OnRequest, Invitation} }

// State is how somebody stands to a squad.
type State string

// The states. Who is none of these is not in the squad.
const (
	Member  State = "member"
	Asked   State = "asked"   // waits for a lead
	Invited State = "invited" // was asked by a lead
)

// The limits of squads.
const (
	MaxSquads  = 50
	MaxMembers = 100
	MaxNameLen = 40 // characters, of a name and of a category
)

// Squad is a named group of members.
type Squad struct {
	ID       SquadID
	Name     string
	Kind     Kind
	Category string
	// GuildID and RoleID are the Discord role of its members; empty: none.
	GuildID, RoleID string
	MadeBy          faction.PlayerID
	Made            time.Time
	People          []Person
}

// Person is somebody who is in a squad or on the way into it.
type Person struct {
	Player faction.PlayerID
	Name   string
	State  State
	Lead   bool
	Since  time.Time
}

// CleanName gives a name as it is kept: without what nobody sees, spaces as one.
func CleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' || r == 0x7f || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// Check tells what is wrong with a squad that somebody wants to make.
func (s Squad) Check() error {
	switch {
	case utf8.RuneCountInString(s.Name) == 0 || utf8.RuneCountInString(s.Name) > MaxNameLen:
		return faction.Errorf(faction.Invalid, "A squad's name has from 1 to %d characters. Nothing was changed.", MaxNameLen)
	case utf8.RuneCountInString(s.Category) > MaxNameLen:
		return faction.Errorf(faction.Invalid, "A category has at most %d characters. Nothing was changed.", MaxNameLen)
	case !slices.Contains(Kinds(), s.Kind):
		return faction.Errorf(faction.Invalid, "Say how one gets in: open, on request, or by invitation. Nothing was changed.")
	default:
		return nil
	}
}

// Person finds how somebody stands to the squad; ok is false when they do not.
func (s Squad) Person(p faction.PlayerID) (person Person, ok bool) {
	i := s.index(p)
	if i < 0 {
		return Person{}, false
	}
	return s.People[i], true
}

func (s Squad) index(p faction.PlayerID) int {
	return slices.IndexFunc(s.People, func(q Person) bool { return q.Player == p })
}

// In lists those of a state.
func (s Squad) In(state State) (list []Person) {
	for _, p := range s.People {
		if p.State == state {
			list = append(list, p)
		}
	}
	return list
}

// Players are its members.
func (s Squad) Players() map[faction.PlayerID]bool {
	out := map[faction.PlayerID]bool{}
	for _, p := range s.In(Member) {
		out[p.Player] = true
	}
	return out
}

// Has tells whether somebody is a member.
func (s Squad) Has(p faction.PlayerID) bool {
	person, ok := s.Person(p)
	return ok && person.State == Member
}

// Leads tells whether somebody leads it.
func (s Squad) Leads(p faction.PlayerID) bool {
	person, ok := s.Person(p)
	return ok && person.Lead
}

// Join lets somebody in, or notes that they ask, and gives how they stand then. Who was
// invited gets in whatever the kind. changed is false when they stood so before.
func (s *Squad) Join(p faction.PlayerID, now time.Time) (state State, changed bool, err error) {
	person, ok := s.Person(p)
	switch {
	case ok && person.State != Invited:
		return person.State, false, nil
	case ok || s.Kind == Open:
		state = Member
	case s.Kind == OnRequest:
		state = Asked
	default:
		return "", false, faction.Errorf(faction.Denied, "This squad is by invitation: ask one of its leads. Nothing was changed.")
	}
	return state, true, s.put(p, state, now)
}

// Invite asks somebody in. Who asked themselves is let in.
func (s *Squad) Invite(p faction.PlayerID, now time.Time) (state State, changed bool, err error) {
	person, ok := s.Person(p)
	switch {
	case ok && person.State == Asked:
		return Member, true, s.put(p, Member, now)
	case ok:
		return person.State, false, nil
	default:
		return Invited, true, s.put(p, Invited, now)
	}
}

// Approve lets somebody in who asked.
func (s *Squad) Approve(p faction.PlayerID, now time.Time) error {
	if person, ok := s.Person(p); !ok || person.State != Asked {
		return faction.Errorf(faction.Conflict, "They do not ask to join this squad any more. Nothing was changed. `/squad roster` shows who does.")
	}
	return s.put(p, Member, now)
}

// Remove takes somebody out; ok is false when they were not in it.
func (s *Squad) Remove(p faction.PlayerID) (was Person, ok bool) {
	i := s.index(p)
	if i < 0 {
		return Person{}, false
	}
	was = s.People[i]
	s.People = slices.Delete(slices.Clone(s.People), i, i+1)
	return was, true
}

// SetLead makes a member a lead, or no longer one; changed is false when they were so.
func (s *Squad) SetLead(p faction.PlayerID, lead bool, now time.Time) (changed bool, err error) {
	person, ok := s.Person(p)
	if lead && (!ok || person.State != Member) {
		if err := s.put(p, Member, now); err != nil {
			return false, err
		}
		person = Person{}
	}
	i := s.index(p)
	if i < 0 || person.Lead == lead {
		return false, nil
	}
	s.People = slices.Clone(s.People)
	s.People[i].Lead = lead
	return true, nil
}

// put sets how somebody stands. Those who only ask or are asked count as well, so that
// nobody is turned away at the door.
func (s *Squad) put(p faction.PlayerID, state State, now time.Time) error {
	s.People = slices.Clone(s.People)
	if i := s.index(p); i >= 0 {
		s.People[i].State, s.People[i].Since = state, now
		return nil
	}
	if len(s.People) >= MaxMembers {
		return faction.Errorf(faction.Conflict, "The squad is full: %d members, requests and invitations. Nothing was changed.", MaxMembers)
	}
	s.People = append(s.People, Person{Player: p, State: state, Since: now})
	return nil
}
