package torn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// group is a faction.
type group struct {
	id         int64
	name, tag  string
	leader     int64
	coLeader   int64
	respect    int64
	founded    int64
	rank       string
	bestChain  int
	enlisted   bool
	members    []int64 // in the order of joining
	positions  []Position
	log        attackIndex
	chains     chainIndex
	money      int64
	formerWith []int64 // who left with a balance
}

// Position is a rank inside a faction. Names and abilities are those of
// /faction/positions.
type Position struct {
	Name      string
	Default   bool
	Abilities []string
}

// player is anybody in the city.
type player struct {
	id       int64
	name     string
	level    int
	gender   string
	faction  int64 // 0: in none
	position string
	joined   int64 // the faction, unix
	signedUp int64
	discord  string // snowflake; "" when not linked
	revive   string
	inCrime  bool
	activity float64 // share of ten-minute blocks in which the player does something
	traveler bool
	hospital []stay // sorted by from
	override *Status
	balance  int64
	strength int // 0..99, steers the fair-fight modifier
}

// AbilityFactionAPI lets a member's keys read their faction's private data.
const AbilityFactionAPI = "Faction API Access"

// Positions the game itself gives.
const (
	positionLeader   = "Leader"
	positionCoLeader = "Co-leader"
	positionRecruit  = "Recruit"
	positionMember   = "Member"
)

func allAbilities() []string {
	return []string{"Medical Usage", "Booster Usage", "Drug Usage", "Energy Refill Usage", "Nerve Refill Usage",
		"Temporary Loaning", "Weapon & Armor Loaning", "Item Retrieving", "Organised Crimes", AbilityFactionAPI,
		"Item Giving", "Money Giving", "Points Giving", "Forum Management", "Application Management", "Kick Members",
		"Balance Adjustment", "War Management", "Upgrade Management", "Newsletter Sending", "Announcement Changes",
		"Description Changes"}
}

func ourPositions() []Position {
	return []Position{
		{positionLeader, true, allAbilities()},
		{positionCoLeader, true, allAbilities()},
		{"Underboss", false, []string{AbilityFactionAPI, "War Management", "Organised Crimes", "Kick Members", "Newsletter Sending"}},
		{"Banker", false, []string{"Money Giving", "Balance Adjustment", "Points Giving", "Item Giving"}},
		{"Quartermaster", false, []string{AbilityFactionAPI, "Weapon & Armor Loaning", "Temporary Loaning", "Item Retrieving"}},
		{"Soldier", false, []string{"Medical Usage", "Booster Usage", "Drug Usage", "Energy Refill Usage"}},
		{positionMember, true, []string{"Medical Usage"}},
		{positionRecruit, true, []string{}},
	}
}

func enemyPositions() []Position {
	return []Position{
		{positionLeader, true, allAbilities()},
		{positionCoLeader, true, allAbilities()},
		{"Enforcer", false, []string{AbilityFactionAPI, "War Management"}},
		{"Street Team", false, []string{"Medical Usage", "Drug Usage"}},
		{positionMember, true, []string{}},
		{positionRecruit, true, []string{}},
	}
}

// newPlayer draws somebody without a faction.
func (w *World) newPlayer(rng *rand.Rand) *player {
	id := int64(0)
	for id == 0 || w.players[id] != nil {
		id = 1_200_000 + rng.Int64N(2_600_000)
	}
	p := &player{
		id:       id,
		name:     w.playerName(rng),
		level:    8 + rng.IntN(93),
		gender:   []string{"Male", "Female", "Enby"}[rng.IntN(3)],
		signedUp: w.epoch - int64(100+rng.IntN(3500))*86400,
		revive:   []string{"Everyone", "Friends & faction", "No one", "No one", "No one"}[rng.IntN(5)],
		inCrime:  rng.IntN(5) > 0,
		activity: 0.25 + 0.65*rng.Float64(),
		traveler: rng.IntN(4) == 0,
		balance:  rng.Int64N(400_000_000),
		strength: rng.IntN(100),
	}
	w.players[id] = p
	return p
}

// newGroup draws a faction of n members; spread says which positions they hold in
// what numbers, from the leader down, the last one filling up.
func (w *World) newGroup(rng *rand.Rand, id int64, name string, n int, positions []Position) *group {
	g := &group{
		id: id, name: name, tag: tagOf(name), respect: 1_500_000 + rng.Int64N(6_000_000),
		founded: w.epoch - int64(400+rng.IntN(3000))*86400, rank: "Gold II", bestChain: 2500 + rng.IntN(7500),
		enlisted: true, positions: positions, money: 2_000_000_000 + rng.Int64N(9_000_000_000),
	}
	w.groups[id] = g
	for i := range n {
		p := w.newPlayer(rng)
		p.joined = w.epoch - int64(5+rng.IntN(1500))*86400
		w.join(p, g, positionFor(i, n, positions))
		if p.position == positionRecruit {
			p.joined = w.epoch - 3600*int64(4+rng.IntN(40))
		}
	}
	return g
}

// positionFor spreads positions over a roster of n: one leader, one co-leader,
// two of each custom position with abilities, three recruits, the rest in the two
// largest ones.
func positionFor(i, n int, positions []Position) string {
	switch {
	case i < 2:
		return positions[i].Name
	case i >= n-3 && n >= minMembers:
		return positionRecruit
	}
	special := positions[2 : len(positions)-3]
	if k := (i - 2) / 2; k < len(special) {
		return special[k].Name
	}
	if i%5 == 0 {
		return positionMember
	}
	return positions[len(positions)-3].Name
}

func (w *World) join(p *player, g *group, position string) {
	p.faction, p.position = g.id, position
	g.members = append(g.members, p.id)
	switch position {
	case positionLeader:
		g.leader = p.id
	case positionCoLeader:
		g.coLeader = p.id
	}
}

func tagOf(name string) string {
	tag := ""
	for i, r := range name {
		if (i == 0 || name[i-1] == ' ') && len(tag) < 4 {
			tag += string(r)
		}
	}
	return tag
}

func (g *group) position(name string) (Position, bool) {
	i := slices.IndexFunc(g.positions, func(p Position) bool { return p.Name == name })
	if i < 0 {
		return Position{}, false
	}
	return g.positions[i], true
}

// linkDiscord gives a player a snowflake drawn from rng.
func (w *World) linkDiscord(rng *rand.Rand, p *player) {
	p.discord = fmt.Sprintf("%d", 200_000_000_000_000_000+rng.Int64N(700_000_000_000_000_000))
	w.discord[p.discord] = p.id
}

// Player is what tests may know about somebody.
type Player struct {
	ID       int64
	Name     string
	Level    int
	Faction  int64
	Position string
	Discord  string
	Joined   time.Time
}

// Player looks somebody up; ok is false when there is no such id.
func (w *World) Player(id int64) (found Player, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.players[id]
	if p == nil {
		return Player{}, false
	}
	return Player{p.id, p.name, p.level, p.faction, p.position, p.discord, moment(p.joined)}, true
}

// Roster lists a faction's members in the order of joining, the leader first.
func (w *World) Roster(faction int64) []Player {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.groups[faction]
	if g == nil {
		return nil
	}
	out := make([]Player, 0, len(g.members))
	for _, id := range g.members {
		p := w.players[id]
		out = append(out, Player{p.id, p.name, p.level, p.faction, p.position, p.discord, moment(p.joined)})
	}
	return out
}
