package war

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// Board is the scoreboard of a war: everybody who did or suffered something.
type Board struct {
	War      War
	Us, Them []Row
	// AsOf is when Torn told us what stands here.
	AsOf time.Time
}

// NewBoard sorts rows into the two sides, merging what belongs to one player.
func NewBoard(w War, rows []Row, asOf time.Time) Board {
	b := Board{War: w, AsOf: asOf}
	for _, row := range Merge(rows) {
		if row.Team == Ours {
			b.Us = append(b.Us, row)
		} else {
			b.Them = append(b.Them, row)
		}
	}
	b.Sort(ByScore)
	return b
}

// Fold counts a war from its attacks alone, each given once. It is what stored
// tallies must equal at any time.
func Fold(attacks []Attack, ours faction.ID, w War, r Rules) Board {
	s := newSums()
	for _, a := range attacks {
		for _, row := range Shares(a, ours, w, r) {
			s.add(row)
		}
	}
	return NewBoard(w, s.rows, w.SeenAt)
}

// Side gives one team's rows.
func (b Board) Side(t Team) []Row {
	if t == Ours {
		return b.Us
	}
	return b.Them
}

// Total adds up one team's rows.
func (b Board) Total(t Team) Tally {
	var sum Tally
	for _, row := range b.Side(t) {
		sum = sum.Add(row.Tally)
	}
	return sum
}

// Find gives one player's row of a team. ok is false when they did nothing.
func (b Board) Find(t Team, id faction.PlayerID) (row Row, ok bool) {
	rows := b.Side(t)
	i := slices.IndexFunc(rows, func(r Row) bool { return r.Player == id })
	if i < 0 {
		return Row{}, false
	}
	return rows[i], true
}

// ZeroHits gives the members of our roster who made no war hit yet, in roster order.
func (b Board) ZeroHits(roster []faction.Member) []faction.Member {
	hitters := make(map[faction.PlayerID]bool, len(b.Us))
	for _, row := range b.Us {
		hitters[row.Player] = row.WarHits > 0
	}
	var without []faction.Member
	for _, m := range roster {
		if !hitters[m.ID] {
			without = append(without, m)
		}
	}
	return without
}

// SortKey names an order of the scoreboard.
type SortKey string

// The orders. All but ByName put the highest first.
const (
	ByScore   SortKey = "score"   // respect of war hits
	ByHits    SortKey = "hits"    // war hits
	ByAverage SortKey = "average" // respect per war hit
	ByAttacks SortKey = "attacks" // attacks made
	ByAssists SortKey = "assists"
	ByTaken   SortKey = "taken" // hits taken
	ByLost    SortKey = "lost"  // respect lost
	ByName    SortKey = "name"
)

// SortKeys lists every order once, the default first.
func SortKeys() []SortKey {
	return []SortKey{ByScore, ByHits, ByAverage, ByAttacks, ByAssists, ByTaken, ByLost, ByName}
}

// ParseSort finds an order by its name; an empty name means ByScore.
func ParseSort(name string) (SortKey, bool) {
	if name == "" {
		return ByScore, true
	}
	k := SortKey(strings.ToLower(name))
	return k, slices.Contains(SortKeys(), k)
}

// Sort puts both sides in an order. Equal rows stand by player id, so that the
// same figures always give the same table. An unknown key sorts by id alone.
func (b *Board) Sort(by SortKey) {
	for _, rows := range [][]Row{b.Us, b.Them} {
		slices.SortFunc(rows, func(x, y Row) int {
			return cmp.Or(compare(by, x, y), cmp.Compare(x.Player, y.Player))
		})
	}
}

func compare(by SortKey, x, y Row) int {
	switch by {
	case ByScore:
		return cmp.Compare(y.WarRespect, x.WarRespect)
	case ByHits:
		return cmp.Compare(y.WarHits, x.WarHits)
	case ByAverage:
		return compareRatio(y, x)
	case ByAttacks:
		return cmp.Compare(y.Attacks, x.Attacks)
	case ByAssists:
		return cmp.Compare(y.Assists, x.Assists)
	case ByTaken:
		return cmp.Compare(y.HitsTaken, x.HitsTaken)
	case ByLost:
		return cmp.Compare(y.RespectLost, x.RespectLost)
	case ByName:
		return cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name))
	default:
		return 0
	}
}

// compareRatio compares respect per hit without dividing, so that no rounding
// makes an order. Whoever has no hit comes after everybody who has one.
func compareRatio(x, y Row) int {
	if x.WarHits <= 0 || y.WarHits <= 0 {
		return cmp.Compare(max(x.WarHits, 0), max(y.WarHits, 0))
	}
	return cmp.Compare(int64(x.WarRespect)*y.WarHits, int64(y.WarRespect)*x.WarHits)
}
