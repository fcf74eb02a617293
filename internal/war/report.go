package war

import (
	"time"

	"consigliere/internal/faction"
)

// Report is Torn's official report of an ended war (its specification,
// FactionRankedWarReportResponse).
type Report struct {
	War        ID
	Start, End time.Time
	Winner     faction.ID // 0: a draw
	Forfeit    bool
	Sides      []ReportSide
}

// ReportSide is one faction in the report.
type ReportSide struct {
	Faction               faction.ID
	Name                  string
	Score, Attacks        int64 // score in whole points
	RankBefore, RankAfter string
	Rewards               Rewards
	Members               []ReportMember
}

// ReportMember is what the report says of one player, members who left included.
type ReportMember struct {
	Player  faction.PlayerID
	Name    string
	Level   int
	Attacks int64 // war hits as Torn counts them
	Score   faction.Respect
}

// Rewards are what a side got for the war.
type Rewards struct {
	Respect, Points int64
	Items           []RewardItem
}

// RewardItem is a kind of item and how many; caches are 1118 to 1122 (game.md, Ranked wars).
type RewardItem struct {
	ID       int64
	Name     string
	Quantity int64
}

// Side finds one faction's part. ok is false when the report does not name it.
func (r Report) Side(id faction.ID) (side ReportSide, ok bool) {
	for _, s := range r.Sides {
		if s.Faction == id {
			return s, true
		}
	}
	return ReportSide{}, false
}

// Summary is what a war's report tells in a line: what it brought our side, and who did best.
type Summary struct {
	Side ReportSide // without its members
	Best ReportMember
	// HasBest is false when nobody of the side made a hit.
	HasBest bool
}

// Caches counts the items that are caches (game.md, Ranked wars).
func (r Rewards) Caches() (n int64) {
	for _, item := range r.Items {
		if item.ID >= firstCache && item.ID <= lastCache {
			n += item.Quantity
		}
	}
	return n
}

// The items that are caches: Armor, Melee, Small, Medium and Heavy.
const firstCache, lastCache = 1118, 1122
