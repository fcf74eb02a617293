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
	// Squad is what our side's rows were narrowed to, Whole what all of our side did,
	// Without how many of the squad stand in no row; empty: nothing was.
	Squad   string
	Whole   war.Tally
	Without int
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
	if v.Squad != "" {
		e.Footer += " · squad " + Plain(v.Squad)
	}
	head := fmt.Sprintf("**%s**: %s war hits, %s score by our log", Name(side.Name), faction.Count(total.WarHits), total.WarRespect)
	if v.Team == war.Enemy {
		head = fmt.Sprintf("**%s**: %s hits on us, %s score by our log", Name(side.Name), faction.Count(total.WarHits), total.WarRespect)
	}
	without := ""
	if v.Squad != "" {
		head = fmt.Sprintf("Squad **%s** of %s: **%s** of %s war hits%s, **%s** of %s score%s", Name(v.Squad), Name(side.Name),
			faction.Count(total.WarHits), faction.Count(v.Whole.WarHits), shareOf(total.WarHits, v.Whole.WarHits),
			total.WarRespect, v.Whole.WarRespect, shareOf(int64(total.WarRespect), int64(v.Whole.WarRespect)))
		if v.Without > 0 {
			without = fmt.Sprintf("**%s** of the squad in no attack of this war", faction.Count(int64(v.Without)))
		}
	}
	body := "Nobody has done anything yet."
	if v.Squad != "" {
		body = "Nobody of the squad has done anything in this war."
	}
	if len(rows) > 0 {
		body = scoreTable(v, rows[page.First:page.Last], page.First)
	}
	e.Description = lines(head, body, without,
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

// figures are the two columns that an order is read by, and what of them adds up, so
// that a part of it has a share.
type figures struct {
	head1, head2 string
	of           func(war.Tally) (string, string)
	sums         func(war.Tally) (int64, int64) // -1 of what does not add up
}

const (
	narrow = 5
	wide   = 9
)

func figuresOf(by war.SortKey) figures {
	sums := func(head1, head2 string, n func(war.Tally) int64, r func(war.Tally) faction.Respect) figures {
		return figures{head1, head2,
			func(t war.Tally) (string, string) { return count(n(t), narrow), respect(r(t), wide) },
			func(t war.Tally) (int64, int64) { return n(t), int64(r(t)) }}
	}
	hits := func(t war.Tally) int64 { return t.WarHits }
	scored := func(t war.Tally) faction.Respect { return t.WarRespect }
	switch by {
	case war.ByAverage:
		f := sums("Hits", "Per hit", hits, war.Tally.PerHit)
		f.sums = func(t war.Tally) (int64, int64) { return t.WarHits, -1 }
		return f
	case war.ByAttacks:
		return sums("Att", "Score", func(t war.Tally) int64 { return t.Attacks }, scored)
	case war.ByAssists:
		return sums("Ast", "Score", func(t war.Tally) int64 { return t.Assists }, scored)
	case war.ByTaken, war.ByLost:
		return sums("Taken", "Lost", func(t war.Tally) int64 { return t.HitsTaken }, func(t war.Tally) faction.Respect { return t.RespectLost })
	default:
		return sums("Hits", "Score", hits, scored)
	}
}

// scoreTable sets rows, ranked from first+1 on, and the side's total below; of a squad
// its own total and its share.
func scoreTable(v ScoreboardView, rows []war.Row, first int) string {
	f := figuresOf(v.Sort)
	cols := []column{{"#", 3, true}, {"Name", Columns - 3 - narrow - wide - 3, false}, {f.head1, narrow, true}, {f.head2, wide, true}}
	var out [][]string
	for i, r := range rows {
		one, two := f.of(r.Tally)
		out = append(out, []string{strconv.Itoa(first + i + 1), playerName(r), one, two})
	}
	total := v.Board.Total(v.Team)
	one, two := f.of(total)
	if v.Squad == "" {
		return table(cols, append(out, []string{"", "Total", one, two}))
	}
	part1, part2 := f.sums(total)
	whole1, whole2 := f.sums(v.Whole)
	return table(cols, append(out, []string{"", "Squad", one, two}, []string{"", "of the faction", percent(part1, whole1), percent(part2, whole2)}))
}

// percent is a share as a table shows it.
func percent(part, whole int64) string {
	if n, ok := war.Percent(part, whole); ok && part >= 0 {
		return fmt.Sprintf("%d %%", n)
	}
	return "-"
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
