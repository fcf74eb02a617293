package faction

import "time"

// Member is one row of a faction's roster as Torn showed it
// (Torn's specification, FactionMember).
type Member struct {
	ID       PlayerID
	Name     string
	Position string // a name; what it may do stands in Position.Abilities
	Level    int
	// DaysInFaction counts whole days since joining. Under 3 the member is a
	// recruit whose hits earn nothing (game.md, Chains).
	DaysInFaction  int
	LastAction     LastAction
	Status         Status
	ReviveSetting  string // "Everyone", "Friends & faction", "No one" or "Unknown"
	Revivable      bool
	OnWall         bool
	InCrime        bool
	EarlyDischarge bool
}

// LastAction tells when somebody last did something, and how the site shows them.
type LastAction struct {
	Status string // "Online", "Idle", "Offline"; an open set
	At     time.Time
}

// Status is where somebody is. State is an open set (game.md, Members).
type Status struct {
	State       string
	Description string
	// Until is the absolute end of hospital or jail; zero when there is none.
	Until      time.Time
	PlaneImage string    // "private_jet", "light_aircraft", "airliner" or empty
	SeenAt     time.Time // when it was read; zero: not on record
	// A flight that is under way began after TookOffAfter, our last look before it
	// (zero: there was none close enough), and by TookOffBy, our first that saw it.
	TookOffAfter, TookOffBy time.Time
	// Landing is when that flight ends, as the flyer's own key told; zero: it did not.
	Landing Landing
}

// Landing is one flight as Torn tells it to whoever is on it.
type Landing struct {
	Destination string // a country; on the way back Home
	Departed    time.Time
	At          time.Time // of the arrival; zero: nothing is known
}

// Home is where a flight back to Torn goes.
const Home = "Torn"

// The member states that rules look at. Others exist and are kept as they come.
const (
	StateOkay      = "Okay"
	StateHospital  = "Hospital"
	StateJail      = "Jail"
	StateTraveling = "Traveling"
	StateAbroad    = "Abroad"
	StateFederal   = "Federal"
	StateFallen    = "Fallen"
)

// Position is a named rank inside a faction and what the game lets it do.
type Position struct {
	Name      string
	Default   bool
	Abilities []string
}

// Positions the game itself gives; a faction cannot rename them.
const (
	PositionLeader   = "Leader"
	PositionCoLeader = "Co-leader"
	PositionRecruit  = "Recruit"
)

// Faction is what anybody may know about a faction.
type Faction struct {
	ID         ID
	Name       string
	Tag        string
	LeaderID   PlayerID
	CoLeaderID PlayerID
	Members    int
	Respect    int64 // whole points of faction respect, as the game shows it
	Rank       string
}

// Roster is a faction's members as last seen. AsOf is zero when none was ever read.
type Roster struct {
	AsOf    time.Time
	Members []Member
}
