package say

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// ScoreboardPage is how many players one page of a scoreboard names.
const ScoreboardPage = 12

// ScoreboardView is one page of one side's table.
type ScoreboardView struct {
	Board war.Board
	Team  war.Team
	Sort  war.SortKey
	Page  int
	// AsOf is when the attack log was last read to its end.
	AsOf, Now time.Time
	Feeds     []feed.State
}

// RenderScoreboard sets one page of a side's table with the side's totals.
func RenderScoreboard(v ScoreboardView) (chat.Message, Page) {
	v.Board = sorted(v.Board, v.Sort)
	w, rows := v.Board.War, v.Board.Side(v.Team)
	page := PageOf(len(rows), ScoreboardPage, v.Page)
	side := w.Us
	if v.Team == war.Enemy {
		side = w.Them
	}
	total := v.Board.Total(v.Team)
	e := chat.Embed{
		Title:  score(w) + " · " + WarTitle(w),
		Color:  Grey,
		Footer: page.Footer("players") + " · sorted by " + string(v.Sort),
	}
	head := fmt.Sprintf("**%s**: %s war hits, %s score by our log", Name(side.Name), faction.Count(total.WarHits), total.WarRespect)
	if v.Team == war.Enemy {
		head = fmt.Sprintf("**%s**: %s hits on us, %s score by our log", Name(side.Name), faction.Count(total.WarHits), total.WarRespect)
	}
	body := "Nobody has done anything yet."
	if len(rows) > 0 {
		body = scoreTable(v.Board, v.Team, v.Sort, rows[page.First:page.Last], page.First)
	}
	e.Description = lines(head, body,
		fmt.Sprintf("Outside hits %s, assists %s, lost %s, taken %s, defended %s",
			faction.Count(total.OutsideHits), faction.Count(total.Assists), faction.Count(total.Losses), faction.Count(total.HitsTaken), faction.Count(total.Defended)),
		Stale(v.Feeds, v.Now, feed.Attacks), Incomplete(v.Feeds, w, v.Now),
		Source("Torn's attack log", v.AsOf))
	return chat.Message{Embeds: []chat.Embed{e}}, page
}

// sorted is the board in an order; the one given stays as it is.
func sorted(b war.Board, by war.SortKey) war.Board {
	b.Us, b.Them = slices.Clone(b.Us), slices.Clone(b.Them)
	b.Sort(by)
	return b
}

// figures are the two columns that an order is read by.
type figures struct {
	head1, head2 string
	of           func(war.Tally) (string, string)
}

const (
	narrow = 5
	wide   = 9
)

func figuresOf(by war.SortKey) figures {
	hits := func(n func(war.Tally) int64, r func(war.Tally) faction.Respect) func(war.Tally) (string, string) {
		return func(t war.Tally) (string, string) { return count(n(t), narrow), respect(r(t), wide) }
	}
	scored := func(t war.Tally) faction.Respect { return t.WarRespect }
	switch by {
	case war.ByAverage:
		return figures{"Hits", "Per hit", hits(func(t war.Tally) int64 { return t.WarHits }, war.Tally.PerHit)}
	case war.ByAttacks:
		return figures{"Att", "Score", hits(func(t war.Tally) int64 { return t.Attacks }, scored)}
	case war.ByAssists:
		return figures{"Ast", "Score", hits(func(t war.Tally) int64 { return t.Assists }, scored)}
	case war.ByTaken, war.ByLost:
		return figures{"Taken", "Lost", hits(func(t war.Tally) int64 { return t.HitsTaken }, func(t war.Tally) faction.Respect { return t.RespectLost })}
	default:
		return figures{"Hits", "Score", hits(func(t war.Tally) int64 { return t.WarHits }, scored)}
	}
}

// scoreTable sets rows, ranked from first+1 on, and the side's total below.
func scoreTable(b war.Board, team war.Team, by war.SortKey, rows []war.Row, first int) string {
	f := figuresOf(by)
	cols := []column{{"#", 3, true}, {"Name", Columns - 3 - narrow - wide - 3, false}, {f.head1, narrow, true}, {f.head2, wide, true}}
	var out [][]string
	for i, r := range rows {
		one, two := f.of(r.Tally)
		out = append(out, []string{strconv.Itoa(first + i + 1), playerName(r), one, two})
	}
	one, two := f.of(b.Total(team))
	out = append(out, []string{"", "Total", one, two})
	return table(cols, out)
}

// playerName is a row's name; a player whose name was never seen shows by id.
func playerName(r war.Row) string {
	switch {
	case r.Player == 0:
		return "(stealthed)"
	case clean(r.Name) == "":
		return strconv.FormatInt(int64(r.Player), 10)
	default:
		return r.Name
	}
}
