package faction

import (
	"slices"
	"strings"
	"time"
)

// The states of a stored key, by what Torn answers to it (api-v2.md 1.1). Only an
// invalid key is over; every other one is tested again each day.
const (
	KeyActive   = "active"
	KeyPaused   = "paused"    // 18: the owner paused it
	KeyInactive = "inactive"  // 13: the owner was away for more than seven days
	KeyJailed   = "jailed"    // 10: the owner is in federal jail
	KeyNoAccess = "no_access" // 7, 16: it reads less than it did, and still what is public
	KeyInvalid  = "invalid"   // 2: Torn does not know it; what was stored of it is wiped
)

// KeyChange is what was learnt of a stored key.
type KeyChange struct {
	Key    int64
	State  string
	Reason string // for people
	// LostFactionAccess: the owner's position has no Faction API Access any more, or
	// they left the faction.
	LostFactionAccess bool
	// Facts, when set, are what Torn says the key may do now.
	Facts *KeyFacts
}

// KeyFacts is what Torn says a key may do (key/info).
type KeyFacts struct {
	Level         int
	Type          string
	FactionAccess bool
	Selections    map[string][]string
}

// KeyUse is how many calls were made with a key in one minute.
type KeyUse struct {
	Key    int64
	Minute time.Time // its beginning
	Last   time.Time // of the last of them
	Calls  int
}

// limited is Torn's access level from which a key reads the attack log.
const limited = 3

// ReadsAttacks tells whether the faction's attack log can be read with the key now.
func (k Key) ReadsAttacks() bool {
	if k.State != KeyActive || k.Consent != "lend" || !k.FactionAccess {
		return false
	}
	if k.Level != 0 {
		return k.Level >= limited
	}
	return slices.ContainsFunc(k.Selections["faction"], func(s string) bool { return strings.EqualFold(s, "attacks") })
}

// AttackReaders counts the players whose keys can read the attack log: one player's
// two keys fail together.
func AttackReaders(keys []Key) int {
	players := map[PlayerID]bool{}
	for _, k := range keys {
		if k.ReadsAttacks() {
			players[k.Player] = true
		}
	}
	return len(players)
}
