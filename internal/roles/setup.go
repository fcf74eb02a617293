package roles

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// Kind says what somebody has to be to get a role.
type Kind string

// The kinds.
const (
	Verified   Kind = "verified" // their account is linked, and they were last seen in the faction
	InFaction  Kind = "member"   // they are on the faction's member list
	AtPosition Kind = "position" // and have a position
	// InSquad: they are on the member list and in a squad, which Position names. Squads are
	// mapped by whoever makes them, so they are no part of what is confirmed.
	InSquad Kind = "squad"
)

// Kinds lists those that a setup consists of.
func Kinds() []Kind { return []Kind{Verified, InFaction, AtPosition} }

// Rule gives a role to whoever is something.
type Rule struct {
	Kind     Kind
	Position string // of AtPosition; of InSquad the squad's name
	RoleID   string
	Broken   Reason // why it could not be followed when last tried
}

// Place is one of a faction's servers.
type Place struct {
	Faction faction.ID
	Guild   string
}

// Setup is what a faction wants on one server.
type Setup struct {
	Place
	Name     string // the faction's
	Rules    []Rule
	Nickname string // template; empty: nicknames are left alone
	// Confirmed is the digest of what somebody saw in a preview and switched on; empty:
	// switched off.
	Confirmed string
	// ListRead is when the faction's member list was last read.
	ListRead time.Time
	// Trouble is why the last look could do nothing at all; LookedAt is when it was.
	Trouble  string
	LookedAt time.Time
}

// Digest stands for what is set: it is another one when that changes.
func (s Setup) Digest() string {
	var lines []string
	for _, r := range s.Rules {
		if r.Kind == InSquad {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %q %s", r.Kind, r.Position, r.RoleID))
	}
	slices.Sort(lines)
	return digest(append(lines, s.Nickname)...)
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8])
}

// State is whether a setup is followed.
type State int

// The states.
const (
	Off     State = iota
	On            // as it is now
	Changed       // switched on, and changed since: not followed until it is confirmed
)

// State tells whether what is set is followed.
func (s Setup) State() State {
	switch s.Confirmed {
	case "":
		return Off
	case s.Digest():
		return On
	default:
		return Changed
	}
}

// oldest is how old a member list may be to go by; as for rights (rbac).
const oldest = 24 * time.Hour

// Stale tells whether too little is known of the faction's members to go by.
func (s Setup) Stale(now time.Time) bool { return now.Sub(s.ListRead) > oldest }

// Person is a Discord account that is linked to one of the faction's players, or was.
type Person struct {
	DiscordID string
	Player    faction.PlayerID // 0: not linked to one of the faction's any more
	Name      string
	Position  string
	Member    bool // on the faction's member list
	Squads    []string
	// Given are the roles that the bot's record says it gave them on this server.
	Given []string
	// Applied is the fingerprint of what was last put into effect, when looked at.
	Applied  string
	LookedAt time.Time
	Trouble  Reason // what could not be done then
}

// Wanted lists the roles that somebody is to have, each once, in a fixed order.
func (s Setup) Wanted(p Person) []string {
	var out []string
	for _, r := range s.Rules {
		var is bool
		switch r.Kind {
		case Verified:
			is = p.Player != 0
		case InFaction:
			is = p.Player != 0 && p.Member
		case AtPosition:
			is = p.Player != 0 && p.Member && p.Position == r.Position
		case InSquad:
			is = p.Player != 0 && p.Member && slices.Contains(p.Squads, r.Position)
		}
		if is {
			out = append(out, r.RoleID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Nick is the nickname that somebody is to have; empty: theirs is left alone.
func (s Setup) Nick(p Person) string {
	if s.Nickname == "" || p.Player == 0 || !p.Member {
		return ""
	}
	return Render(s.Nickname, p, s.Name)
}

// Fingerprint stands for what somebody is to have.
func (s Setup) Fingerprint(p Person) string {
	return digest(append(s.Wanted(p), s.Nick(p))...)
}

// lookEvery is how often everybody is looked at, changed or not: Discord does not tell
// the bot what others change there.
const lookEvery = time.Hour

// Due tells whether somebody has to be looked at.
func (s Setup) Due(p Person, now time.Time) bool {
	return p.Applied != s.Fingerprint(p) || now.Sub(p.LookedAt) >= lookEvery
}

// Change is what is to be done about one person.
type Change struct {
	Person Person
	Give   []string
	Take   []string
	// Rename is the new nickname; empty: it stays.
	Rename string
	// Kept are roles to be given or taken that cannot be, and NickKept why a nickname
	// cannot be changed.
	Kept     map[string]Reason
	NickKept Reason
}

// Nothing tells whether there is nothing to do.
func (c Change) Nothing() bool { return len(c.Give) == 0 && len(c.Take) == 0 && c.Rename == "" }

// Plan compares what somebody has with what they are to have. Roles that somebody else
// gave them are neither taken nor claimed.
func (s Setup) Plan(server Server, p Person, m Member) Change {
	c := Change{Person: p, Kept: map[string]Reason{}}
	wanted := s.Wanted(p)
	for _, id := range wanted {
		if slices.Contains(m.Roles, id) {
			continue
		}
		if why := server.CanGive(id); why != "" {
			c.Kept[id] = why
			continue
		}
		c.Give = append(c.Give, id)
	}
	for _, id := range p.Given {
		if slices.Contains(wanted, id) {
			continue
		}
		if why := server.CanTake(id); why != "" && why != Deleted && slices.Contains(m.Roles, id) {
			c.Kept[id] = why
			continue
		}
		c.Take = append(c.Take, id) // from the record at least, when it is gone there
	}
	if nick := s.Nick(p); nick != "" && nick != m.Nick {
		if c.NickKept = server.CanRename(m); c.NickKept == "" {
			c.Rename = nick
		}
	}
	return c
}

// Trouble is what is remembered of a change that could not be made in full.
func (c Change) Trouble() Reason {
	if c.NickKept != "" {
		return c.NickKept
	}
	for _, id := range slices.Sorted(maps.Keys(c.Kept)) {
		if c.Kept[id] != "" {
			return c.Kept[id]
		}
	}
	return ""
}
