package torn

import (
	"fmt"

	"consigliere/internal/faction"
)

// Level is a key's access level. Custom is outside the order: such a key holds
// the selections it lists, and all public ones.
type Level int

// The levels (api-v2.md 1.6).
const (
	Custom  Level = 0
	Public  Level = 1
	Minimal Level = 2
	Limited Level = 3
	Full    Level = 4
)

// String is Torn's name of the level.
func (l Level) String() string {
	switch l {
	case Custom:
		return "Custom"
	case Public:
		return "Public"
	case Minimal:
		return "Minimal"
	case Limited:
		return "Limited"
	case Full:
		return "Full"
	}
	return fmt.Sprintf("level %d", int(l))
}

// Need is what a call asks of a key.
type Need struct {
	Section, Selection string // "faction", "attacks"
	Level              Level
	FactionAccess      bool // the owner's position has Faction API Access
	// Owner, when not zero, is the only player whose key will do: the call reads
	// that player's own data.
	Owner faction.PlayerID
	// Verifies, together with Owner, says that the call only tells who that player is:
	// every consent covers that.
	Verifies bool
}

// For narrows a need to one player's own key.
func (n Need) For(owner faction.PlayerID) Need {
	n.Owner = owner
	return n
}

// Least key per call (api-v2.md 6.1).
var (
	NeedPublic   = Need{Level: Public} // rosters, wars, chains, reports, players: any key
	NeedVerify   = Need{Section: "user", Selection: "discord", Level: Public}
	NeedIdentity = Need{Section: "user", Selection: "faction", Level: Public, Verifies: true} // name, faction, position; with For
	NeedBasic    = Need{Section: "user", Selection: "basic", Level: Public}
	NeedProfile  = Need{Section: "user", Selection: "profile", Level: Public}

	// Of a player's own data, so with For.
	NeedOwnCrime     = Need{Section: "user", Selection: "organizedcrime", Level: Minimal}
	NeedOwnChances   = Need{Section: "user", Selection: "organizedcrimes", Level: Minimal}
	NeedOwnTravel    = Need{Section: "user", Selection: "travel", Level: Minimal}
	NeedOwnCooldowns = Need{Section: "user", Selection: "cooldowns", Level: Minimal}
	NeedOwnBars      = Need{Section: "user", Selection: "bars", Level: Minimal}

	NeedFaction   = Need{Section: "faction", Selection: "basic", Level: Public}
	NeedEnlisted  = Need{Section: "faction", Selection: "basic", Level: Limited, FactionAccess: true} // FactionBasic.Enlisted
	NeedMembers   = Need{Section: "faction", Selection: "members", Level: Public}
	NeedWars      = Need{Section: "faction", Selection: "wars", Level: Public}
	NeedChain     = Need{Section: "faction", Selection: "chain", Level: Public}
	NeedFront     = Need{Section: "faction", Selection: "wars", Level: Public}
	NeedOwnFront  = Need{Section: "faction", Selection: "wars", Level: Public, FactionAccess: true} // as NeedFront, with our members' revive settings
	NeedChains    = Need{Section: "faction", Selection: "chains", Level: Public}
	NeedHistory   = Need{Section: "faction", Selection: "rankedwars", Level: Public}
	NeedReport    = Need{Section: "faction", Selection: "rankedwarreport", Level: Public}
	NeedAttacks   = Need{Section: "faction", Selection: "attacks", Level: Limited, FactionAccess: true}
	NeedPositions = Need{Section: "faction", Selection: "positions", Level: Minimal, FactionAccess: true}
	NeedCrimes    = Need{Section: "faction", Selection: "crimes", Level: Minimal, FactionAccess: true}
	NeedNews      = Need{Section: "faction", Selection: "news", Level: Minimal, FactionAccess: true}
	NeedBalance   = Need{Section: "faction", Selection: "balance", Level: Limited, FactionAccess: true}
)
