package war

import "consigliere/internal/faction"

// Team tells whose member a tally belongs to.
type Team string

// The two teams of a war, seen from our faction.
const (
	Ours  Team = "us"
	Enemy Team = "them"
)

// Tally is what one player did and suffered inside one war. Every field is a sum,
// so tallies add and subtract; the stored tally always equals the sum over the
// stored attacks. Respect is in hundredths, energy in points.
type Tally struct {
	// Attacks made, each in exactly one class.
	Attacks, WarHits, OutsideHits, NoScore, Assists           int64
	Losses, Stalemates, Escapes, Timeouts, Interrupted, Other int64
	// Marks on top of a class.
	Retaliations, Overseas, Group, ChainBonuses, WastedBonuses int64
	Warlord, LowFairFight, Friendly, FirstOfChain, FlagDiffers int64
	// Suffered.
	HitsTaken, Defended int64
	// WarRespect is the respect of war hits, bonus included; OutsideRespect that
	// of outside hits; BonusRespect the flat chain bonus inside both.
	WarRespect, OutsideRespect, BonusRespect, RespectLost faction.Respect
	// FairFightSum is the sum of fair-fight modifiers of hits, in hundredths;
	// divided by the hits it is the average.
	FairFightSum int64
	// Energy is an estimate: 25 for each attack (game.md, Attacks).
	Energy int64
}

// Row is one player's line of a scoreboard.
type Row struct {
	Player faction.PlayerID // 0: stealthed attackers together
	Team   Team
	Name   string
	Level  int
	Tally
}
