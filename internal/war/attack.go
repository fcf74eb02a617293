// Package war holds the rules of ranked wars: what an attack counts as, how
// attacks add up, what changed between two looks at a war, when it ends.
// Everything here takes values and returns values (game.md).
package war

import (
	"time"

	"consigliere/internal/faction"
)

// ID is a ranked war's id.
type ID int64

// AttackID is Torn's id of an attack, its only key.
type AttackID int64

// Result is how an attack ended; an open set (game.md, Attacks).
type Result string

// The results known today.
const (
	None         Result = "None"
	Attacked     Result = "Attacked"
	Mugged       Result = "Mugged"
	Hospitalized Result = "Hospitalized"
	Arrested     Result = "Arrested"
	Looted       Result = "Looted"
	Lost         Result = "Lost"
	Stalemate    Result = "Stalemate"
	Assist       Result = "Assist"
	Escape       Result = "Escape"
	Timeout      Result = "Timeout"
	Special      Result = "Special"
	Bounty       Result = "Bounty"
	Interrupted  Result = "Interrupted"
)

// Fighter is one side of an attack as Torn wrote it down at that moment.
type Fighter struct {
	ID          faction.PlayerID
	Name        string
	Level       int
	Faction     faction.ID // 0: in no faction
	FactionName string
}

// Modifiers are the factors of an attack's respect; 1 is neutral. They are read
// from the row, never recomputed (game.md, Modifiers).
type Modifiers struct {
	FairFight, War, Retaliation, Group, Overseas, Chain, Warlord float64
}

// Attack is one row of the attack log.
type Attack struct {
	ID      AttackID
	Code    string
	Started time.Time
	// Ended is zero when Torn left it out.
	Ended time.Time
	// Attacker.ID is 0 when the attacker was stealthed.
	Attacker    Fighter
	Defender    Fighter
	Result      Result
	RespectGain faction.Respect // what the attacker's faction gained, bonus included
	RespectLoss faction.Respect // what the defender's faction lost
	Chain       int             // the attacker's chain counter after this hit; 0 outside a chain
	Interrupted bool
	Stealthed   bool
	Raid        bool
	RankedWar   bool
	Territory   bool
	Modifiers   Modifiers
	// WarlordEffect tells that a warlord weapon finished the fight.
	WarlordEffect bool
}

// Counted is the moment the attack counts: its end, or its start when the end is unknown.
func (a Attack) Counted() time.Time {
	if a.Ended.IsZero() {
		return a.Started
	}
	return a.Ended
}
