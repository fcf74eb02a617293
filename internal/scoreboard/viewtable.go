package scoreboard

import (
	"fmt"
	"net/url"
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
	Total    []cell
	Sub      string
	Without  *withoutView
	JSON     string
	CSV      string
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

// column is a figure of a player. Its order is empty when the table has none by it.
type column struct {
	text, long string
	by         war.SortKey
	wide       bool
	value      func(war.Tally) string
}

func columns() []column {
	count := func(f func(war.Tally) int64) func(war.Tally) string {
		return func(t war.Tally) string { return faction.Count(f(t)) }
	}
	return []column{
		{"Hits", "War hits", war.ByHits, false, count(func(t war.Tally) int64 { return t.WarHits })},
		{"Score", "Respect of war hits", war.ByScore, false, func(t war.Tally) string { return t.WarRespect.String() }},
		{"Avg", "Respect per war hit", war.ByAverage, false, func(t war.Tally) string { return t.PerHit().String() }},
		{"FF", "Average fair-fight modifier", "", true, fairFight},
		{"Assists", "Assists", war.ByAssists, true, count(func(t war.Tally) int64 { return t.Assists })},
		{"Retals", "Retaliations", "", true, count(func(t war.Tally) int64 { return t.Retaliations })},
		{"Outside", "Hits outside the war", "", true, count(func(t war.Tally) int64 { return t.OutsideHits })},
		{"Failed", "Lost, stalemate, escape, timeout, interrupted", "", true, count(failed)},
		{"Attacks", "Attacks made, of any result", war.ByAttacks, true, count(func(t war.Tally) int64 { return t.Attacks })},
		{"Taken", "Hits taken", war.ByTaken, true, count(func(t war.Tally) int64 { return t.HitsTaken })},
		{"Held", "Attacks defended", "", true, count(func(t war.Tally) int64 { return t.Defended })},
		{"Bled", "Respect lost", war.ByLost, true, func(t war.Tally) string { return t.RespectLost.String() }},
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

// tableAddress is the address of one side's table in one order.
func tableAddress(id war.ID, team war.Team, by war.SortKey) string {
	q := url.Values{}
	if team != war.Ours {
		q.Set("side", string(team))
	}
	if by != war.ByScore {
		q.Set("sort", string(by))
	}
	if len(q) == 0 {
		return warPath(id)
	}
	return warPath(id) + "?" + q.Encode()
}

func boardOf(b *board, table war.Board, team war.Team, by war.SortKey, now time.Time) boardView {
	w := b.war
	v := boardView{Team: team, NameHref: tableAddress(w.ID, team, war.ByName), ByName: by == war.ByName, JSON: warPath(w.ID) + ".json", CSV: warPath(w.ID) + ".csv"}
	sides := []struct {
		team war.Team
		side war.Side
	}{{war.Ours, w.Us}, {war.Enemy, w.Them}}
	for _, s := range sides {
		name := say.Plain(s.side.Name)
		v.Tabs = append(v.Tabs, tab{"side-" + string(s.team), name, tableAddress(w.ID, s.team, by), s.team == team})
		if s.team == team {
			v.Caption = "Members of " + name + " in this war"
		}
	}
	for _, key := range war.SortKeys() {
		v.Sorts = append(v.Sorts, tab{"by-" + string(key), sortName(key), tableAddress(w.ID, team, key), key == by})
	}
	for _, c := range columns() {
		head := columnView{ID: "sort-" + string(c.by), Text: c.text, Long: c.long, Wide: c.wide}
		if c.by != "" {
			head.Href = tableAddress(w.ID, team, c.by)
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
	if team == war.Ours && w.Phase(now) == war.Active {
		v.Without = withoutHits(table, b.roster)
	}
	return v
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
