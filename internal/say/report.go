package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// ReportPage is how many players one page of a report names.
const ReportPage = 12

// ReportView is what a war came to, both books side by side.
type ReportView struct {
	War war.War
	// Report is Torn's; Official is false while there is none, and then only our own
	// count is shown.
	Report   war.Report
	Official bool
	Books    war.Reconciled
	Team     war.Team
	Page     int
	// AsOf is when our log of the war was read to its end, or was last read.
	AsOf time.Time
}

// RenderReport shows a war's final report: how it ended, what it brought, and each
// player's hits and score as Torn counts them beside ours.
func RenderReport(v ReportView) (chat.Message, Page) {
	w, side := v.War, v.Books.Side(v.Team)
	page := PageOf(len(side.Players), ReportPage, v.Page)
	e := chat.Embed{
		Title: strings.TrimSpace(outcome(w.Outcome(), w.Forfeit)+" "+score(w)) + " · " + WarTitle(w), Color: outcomeColor(w.Outcome()),
		Footer: page.Footer("players"),
	}
	head := []string{
		fmt.Sprintf("**%s** lead, target %s at the end", signed(w.Lead()), faction.Count(w.Target)),
		"Ended " + On(w.End) + " after " + Span(w.End.Sub(w.Start)),
	}
	if v.Official {
		official, _ := v.Report.Side(side.Faction)
		head = append(head, rewardLine(official.Rewards), rankLine(official), bestLine(official), agreement(side))
	} else {
		head = append(head, "Torn's official report is not in; these are our own figures.")
	}
	head = append(head, Unread(w))
	body := "Nobody made a war hit."
	if len(side.Players) > 0 {
		body = booksTable(side.Players[page.First:page.Last], side, v.Official)
	}
	e.Description = lines(append(head, "**"+Name(side.Name)+"**", body, Source("Official report and Torn's attack log", v.AsOf))...)
	return chat.Message{Embeds: []chat.Embed{e}}, page
}

// Result is how a war ended: "won 6,100 : 4,100".
func Result(w war.War) string {
	return strings.ToLower(outcome(w.Outcome(), w.Forfeit)) + " " + score(w)
}

// Unread says that a war's attacks were never read; empty when they were, or are.
func Unread(w war.War) string {
	if w.End.IsZero() || !w.WholeAt.IsZero() || w.FinalAt.IsZero() {
		return ""
	}
	if !w.CutAt.IsZero() {
		return "⚠ Torn's attack log shows this war only from " + On(w.CutAt) + " on, so our own figures lack what was before."
	}
	return "⚠ This war's attacks were never read from start to end, so our own figures lack some. `/war backfill` reads them."
}

// rewardLine lists what a side got: "Rewards: 9 Armor Cache, 2,400 respect".
func rewardLine(r war.Rewards) string {
	if s := rewards(r); s != "" {
		return "Rewards: " + s
	}
	return "Rewards: none"
}

func rewards(r war.Rewards) string {
	var parts []string
	for _, item := range r.Items {
		parts = append(parts, "**"+faction.Count(item.Quantity)+"** "+Name(item.Name))
	}
	if r.Respect != 0 {
		parts = append(parts, "**"+faction.Count(r.Respect)+"** respect")
	}
	if r.Points != 0 {
		parts = append(parts, "**"+faction.Count(r.Points)+"** points")
	}
	return strings.Join(parts, ", ")
}

func rankLine(s war.ReportSide) string {
	switch {
	case s.RankBefore == "" && s.RankAfter == "":
		return ""
	case s.RankBefore == s.RankAfter:
		return "Rank: **" + Name(s.RankAfter) + "** as before"
	default:
		return "Rank: " + Name(s.RankBefore) + " → **" + Name(s.RankAfter) + "**"
	}
}

func bestLine(s war.ReportSide) string {
	m, ok := s.Best()
	if !ok {
		return ""
	}
	return "Best: " + best(m)
}

func best(m war.ReportMember) string {
	return fmt.Sprintf("**%s** %s in %s", Name(m.Name), m.Score, hitCount(m.Attacks))
}

// hitCount counts hits: "1 hit", "60 hits".
func hitCount(n int64) string {
	if n == 1 || n == -1 {
		return faction.Count(n) + " hit"
	}
	return faction.Count(n) + " hits"
}

// agreement says in a line how well both books of a side agree.
func agreement(s war.ReconciledSide) string {
	if n := len(s.Differences()); n > 0 {
		return fmt.Sprintf("Our log agrees on **%d** of %d players; %s, `/war reconcile` says why", s.Agreed(), len(s.Players), plural(n, "difference"))
	}
	return fmt.Sprintf("Our log agrees with the report on all **%d** players", len(s.Players))
}

const narrowHits = 5

// booksTable sets both counts of players side by side, the side's totals below.
func booksTable(players []war.ReconciledPlayer, side war.ReconciledSide, official bool) string {
	cols := []column{{"Name", Columns - 2*narrowHits - wide - 3, false}, {"Hits", narrowHits, true}, {"Log", narrowHits, true}, {"Score", wide, true}}
	row := func(name string, report, log war.Score) []string {
		points, counted := report.Points, count(report.Hits, narrowHits)
		if !official {
			points, counted = log.Points, "–"
		}
		return []string{name, counted, count(log.Hits, narrowHits), respect(points, wide)}
	}
	var rows [][]string
	for _, p := range players {
		rows = append(rows, row(bookName(p), p.Report, p.Log))
	}
	return table(cols, append(rows, row("Total", side.Report, side.Log)))
}

func bookName(p war.ReconciledPlayer) string {
	return playerName(war.Row{Player: p.Player, Name: p.Name})
}
