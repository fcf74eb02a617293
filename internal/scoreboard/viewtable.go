package scoreboard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// boardView is one side's table.
type boardView struct {
	Caption string
	Team    war.Team
	Tabs    []tab
	Sorts   []tab
	Columns []columnView
	// NameHref orders by name, ByName tells that it is so.
	NameHref string
	ByName   bool
	Rows     []rowView
	// TotalName heads the row of totals; Share is what those are of the faction's, of a
	// squad alone.
	TotalName string
	Total     []cell
	Share     []cell
	Sub       string
	Without   *withoutView
	Files     string // what they hold
	JSON      string
	CSV       string
}

type tab struct {
	ID, Text, Href string
	Current        bool
}

type columnView struct {
	ID, Text, Long, Href string
	Sorted               string // aria-sort, empty when it is not the order
	Wide                 bool   // left out on a phone
}

type rowView struct {
	ID, Rank, Name, URL string
	Level               int
	Cells               []cell
	// Sub holds in words what a phone leaves out.
	Sub string
}

type cell struct {
	Text string
	Wide bool
	Main bool
}

// withoutView lists our members who made no war hit yet.
type withoutView struct {
	Count string
	Names []nameView
}

type nameView struct{ Name, URL string }

// column is a figure of a player. Its order is empty when the table has none by it, its
// sum is nil when it does not add up.
type column struct {
	text, long string
	by         war.SortKey
	wide       bool
	value      func(war.Tally) string
	sum        func(war.Tally) int64
}

func columns() []column {
	count := func(text, long string, by war.SortKey, wide bool, f func(war.Tally) int64) column {
		return column{text, long, by, wide, func(t war.Tally) string { return faction.Count(f(t)) }, f}
	}
	respect := func(text, long string, by war.SortKey, wide bool, f func(war.Tally) faction.Respect) column {
		return column{text, long, by, wide, func(t war.Tally) string { return f(t).String() }, func(t war.Tally) int64 { return int64(f(t)) }}
	}
	return []column{
		count("Hits", "War hits", war.ByHits, false, func(t war.Tally) int64 { return t.WarHits }),
		respect("Score", "Respect of war hits", war.ByScore, false, func(t war.Tally) faction.Respect { return t.WarRespect }),
		{"Avg", "Respect per war hit", war.ByAverage, false, func(t war.Tally) string { return t.PerHit().String() }, nil},
		{"FF", "Average fair-fight modifier", "", true, fairFight, nil},
		count("Assists", "Assists", war.ByAssists, true, func(t war.Tally) int64 { return t.Assists }),
		count("Retals", "Retaliations", "", true, func(t war.Tally) int64 { return t.Retaliations }),
		count("Outside", "Hits outside the war", "", true, func(t war.Tally) int64 { return t.OutsideHits }),
		count("Failed", "Lost, stalemate, escape, timeout, interrupted", "", true, failed),
		count("Attacks", "Attacks made, of any result", war.ByAttacks, true, func(t war.Tally) int64 { return t.Attacks }),
		count("Taken", "Hits taken", war.ByTaken, true, func(t war.Tally) int64 { return t.HitsTaken }),
		count("Held", "Attacks defended", "", true, func(t war.Tally) int64 { return t.Defended }),
		respect("Bled", "Respect lost", war.ByLost, true, func(t war.Tally) faction.Respect { return t.RespectLost }),
	}
}

func failed(t war.Tally) int64 {
	return t.Losses + t.Stalemates + t.Escapes + t.Timeouts + t.Interrupted + t.Other
}

func fairFight(t war.Tally) string {
	if t.Hits() <= 0 {
		return "–"
	}
	return strconv.FormatFloat(t.FairFight(), 'f', 2, 64)
}

// sortName words an order for the list of orders.
func sortName(by war.SortKey) string {
	return map[war.SortKey]string{
		war.ByScore: "Score", war.ByHits: "Hits", war.ByAverage: "Average", war.ByAttacks: "Attacks", war.ByAssists: "Assists",
		war.ByTaken: "Taken", war.ByLost: "Bled", war.ByName: "Name",
	}[by]
}

func boardOf(b *board, whole war.Board, l look, now time.Time) boardView {
	w, table, team, by := b.war, l.narrow(whole), l.team, l.by
	v := boardView{
		Team: team, NameHref: l.as(team, war.ByName).address(w.ID, ""), ByName: by == war.ByName, TotalName: "Total",
		Files: "both sides", JSON: l.address(w.ID, ".json"), CSV: l.address(w.ID, ".csv"),
	}
	sides := []struct {
		team war.Team
		side war.Side
	}{{war.Ours, w.Us}, {war.Enemy, w.Them}}
	for _, s := range sides {
		name := say.Plain(s.side.Name)
		v.Tabs = append(v.Tabs, tab{"side-" + string(s.team), name, l.as(s.team, by).address(w.ID, ""), s.team == team})
		if s.team == team {
			v.Caption = "Members of " + name + " in this war"
		}
	}
	for _, key := range war.SortKeys() {
		v.Sorts = append(v.Sorts, tab{"by-" + string(key), sortName(key), l.as(team, key).address(w.ID, ""), key == by})
	}
	for _, c := range columns() {
		head := columnView{ID: "sort-" + string(c.by), Text: c.text, Long: c.long, Wide: c.wide}
		if c.by != "" {
			head.Href = l.as(team, c.by).address(w.ID, "")
		}
		if c.by == by {
			head.Sorted = "descending"
		}
		v.Columns = append(v.Columns, head)
	}
	for i, row := range table.Side(team) {
		v.Rows = append(v.Rows, rowOf(row, i+1))
	}
	total := table.Total(team)
	v.Total, v.Sub = cells(total), secondary(total)
	ours := b.roster
	if l.squad.ID != 0 {
		name, members := say.Plain(l.squad.Name), l.squad.Players()
		v.Caption, v.TotalName, v.Files = "Members of squad "+name+" in this war", "Squad "+name, "this squad"
		v.Share = shares(total, whole.Total(team))
		ours.Members = slices.DeleteFunc(slices.Clone(ours.Members), func(m faction.Member) bool { return !members[m.ID] })
	}
	if team == war.Ours && w.Phase(now) == war.Active {
		v.Without = withoutHits(table, ours)
	}
	return v
}

// shares are what figures are of the whole, in percent; of what does not add up nothing.
func shares(part, whole war.Tally) []cell {
	var out []cell
	for _, c := range columns() {
		text := "–"
		if c.sum != nil {
			if percent, ok := war.Percent(c.sum(part), c.sum(whole)); ok {
				text = strconv.FormatInt(percent, 10) + "\u00a0%"
			}
		}
		out = append(out, cell{Text: text, Wide: c.wide, Main: c.by == war.ByScore})
	}
	return out
}

func rowOf(row war.Row, rank int) rowView {
	v := rowView{
		ID:   fmt.Sprintf("member-%s-%d", row.Team, row.Player),
		Rank: strconv.Itoa(rank), Name: say.Plain(row.Name), Level: row.Level,
		Cells: cells(row.Tally), Sub: secondary(row.Tally),
	}
	if row.Player != 0 {
		v.URL = say.PlayerURL(row.Player)
	}
	return v
}

func cells(t war.Tally) []cell {
	var out []cell
	for _, c := range columns() {
		out = append(out, cell{Text: c.value(t), Wide: c.wide, Main: c.by == war.ByScore})
	}
	return out
}

// secondary are the figures that a phone has no columns for, those that are not zero.
func secondary(t war.Tally) string {
	var parts []string
	// A figure and its word stay on one line.
	add := func(n int64, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, "1\u00a0"+one)
		case n > 1:
			parts = append(parts, faction.Count(n)+"\u00a0"+many)
		}
	}
	add(t.Assists, "assist", "assists")
	add(t.Retaliations, "retal", "retals")
	add(t.OutsideHits, "outside", "outside")
	add(failed(t), "failed", "failed")
	add(t.HitsTaken, "taken", "taken")
	if t.RespectLost > 0 {
		parts = append(parts, t.RespectLost.String()+"\u00a0bled")
	}
	add(t.Defended, "held", "held")
	return strings.Join(parts, " · ")
}

func withoutHits(table war.Board, roster faction.Roster) *withoutView {
	members := table.ZeroHits(roster.Members)
	if len(members) == 0 {
		return nil
	}
	v := &withoutView{Count: faction.Count(int64(len(members)))}
	for _, m := range members {
		v.Names = append(v.Names, nameView{say.Plain(m.Name), say.PlayerURL(m.ID)})
	}
	return v
}
