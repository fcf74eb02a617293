package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// HistoryPage is how many wars one page of the history lists.
const HistoryPage = 10

// HistoryView is one page of the wars on record, newest first.
type HistoryView struct {
	Wars []war.War
	// Summaries are what their reports tell, of those that have one.
	Summaries map[war.ID]war.Summary
	Page      int
	AsOf, Now time.Time
}

// RenderHistory lists wars with how they ended.
func RenderHistory(v HistoryView) (chat.Message, Page) {
	page := PageOf(len(v.Wars), HistoryPage, v.Page)
	var won, lost, draws int
	for _, w := range v.Wars {
		switch w.Outcome() {
		case war.OutcomeWon:
			won++
		case war.OutcomeLost:
			lost++
		case war.OutcomeDraw:
			draws++
		}
	}
	// Lines rather than a table: an enemy's whole name is what one looks for.
	body := []string{fmt.Sprintf("Won **%d**, lost **%d**%s", won, lost, drawn(draws))}
	for _, w := range v.Wars[page.First:page.Last] {
		body = append(body, fmt.Sprintf("`%-4s` **%s** %s · %s", shortOutcome(w, v.Now), score(w), FactionLink(w.Them.Faction, w.Them.Name), w.Start.UTC().Format("2 Jan 2006")),
			historyLine(w, v.Summaries))
	}
	if len(v.Wars) == 0 {
		body = append(body, "No war is on record yet.")
	}
	e := chat.Embed{
		Title: "Ranked wars", Color: Grey, Footer: page.Footer("wars"),
		Description: lines(append(body, Source("Torn's list of wars", v.AsOf))...),
	}
	return chat.Message{Embeds: []chat.Embed{e}}, page
}

// historyLine is, small, how long a war lasted, what it brought and who did best.
func historyLine(w war.War, of map[war.ID]war.Summary) string {
	if w.End.IsZero() {
		return ""
	}
	parts := []string{Span(w.End.Sub(w.Start))}
	s, reported := of[w.ID]
	if r := s.Side.Rewards; reported {
		if n := r.Caches(); n > 0 {
			parts = append(parts, plural(int(n), "cache"))
		}
		if r.Respect > 0 {
			parts = append(parts, faction.Count(r.Respect)+" respect")
		}
		if s.Side.RankAfter != s.Side.RankBefore {
			parts = append(parts, "now "+Name(s.Side.RankAfter))
		}
	} else {
		parts = append(parts, "no report yet")
	}
	if s.HasBest {
		parts = append(parts, fmt.Sprintf("best %s %s in %s", Name(s.Best.Name), s.Best.Score, hitCount(s.Best.Attacks)))
	}
	return "-# " + strings.Join(parts, " · ")
}

func drawn(n int) string {
	if n == 0 {
		return ""
	}
	return ", drawn **" + faction.Count(int64(n)) + "**"
}

func shortOutcome(w war.War, now time.Time) string {
	switch w.Phase(now) {
	case war.Scheduled:
		return "next"
	case war.Active:
		return "now"
	}
	return map[war.Outcome]string{war.OutcomeWon: "won", war.OutcomeLost: "lost", war.OutcomeDraw: "draw"}[w.Outcome()]
}
