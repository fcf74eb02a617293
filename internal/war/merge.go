package war

import (
	"cmp"
	"slices"

	"consigliere/internal/faction"
)

// Merge adds up rows of the same player and team and drops those that come to
// nothing. The last name and level seen of a player stand. The result is ordered
// by team and player, so that writers lock rows in one order.
func Merge(rows []Row) []Row {
	s := newSums()
	for _, row := range rows {
		s.add(row)
	}
	return s.ordered()
}

// sums adds up rows as they come.
type sums struct {
	at   map[whose]int
	rows []Row
}

type whose struct {
	team   Team
	player faction.PlayerID
}

func newSums() *sums { return &sums{at: make(map[whose]int)} }

func (s *sums) add(row Row) {
	k := whose{row.Team, row.Player}
	i, seen := s.at[k]
	if !seen {
		s.at[k] = len(s.rows)
		s.rows = append(s.rows, row)
		return
	}
	row.Tally = s.rows[i].Add(row.Tally)
	s.rows[i] = row
}

// ordered gives what came to something. Nothing may be added afterwards.
func (s *sums) ordered() []Row {
	rows := slices.DeleteFunc(s.rows, func(row Row) bool { return row.IsZero() })
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Team, a.Team), cmp.Compare(a.Player, b.Player))
	})
	return rows
}
