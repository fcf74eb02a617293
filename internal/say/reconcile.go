package say

import (
	"fmt"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// ReconcilePage is how many differences one page lists.
const ReconcilePage = 10

// ReconcileView is our log against the official report.
type ReconcileView struct {
	Books war.Reconciled
	Team  war.Team
	Page  int
	AsOf  time.Time
}

// RenderReconcile names every difference of one side, counts first.
func RenderReconcile(v ReconcileView) (chat.Message, Page) {
	side, w := v.Books.Side(v.Team), v.Books.War
	all := side.Differences()
	page := PageOf(len(all), ReconcilePage, v.Page)
	names := map[faction.PlayerID]war.ReconciledPlayer{}
	for _, p := range side.Players {
		names[p.Player] = p
	}
	body := []string{
		fmt.Sprintf("**%s**: report %s, %s score; our log %s, %s", Name(side.Name),
			hitCount(side.Report.Hits), faction.Count(int64(side.Report.Points)/100), hitCount(side.Log.Hits), side.Log.Points),
		fmt.Sprintf("**%d** of %d players agree; differences **%d**%s", side.Agreed(), len(side.Players), len(all), when(len(all) > 0, ": "+reasonCounts(all))),
	}
	for _, d := range all[page.First:page.Last] {
		body = append(body, "▸ "+differenceLine(d, names[d.Player]))
	}
	if len(all) == 0 {
		body = append(body, "Our log and the official report agree.")
	}
	if !v.Books.Detailed {
		body = append(body, "Not all attacks of this war are kept, so differences are known by player only.")
	}
	e := chat.Embed{Title: "Reconciled " + score(w) + " · " + WarTitle(w), Color: Grey, Footer: page.Footer("differences"),
		Description: lines(append(body, Unread(w), Source("Official report and Torn's attack log", v.AsOf))...)}
	if len(all) == 0 {
		e.Color, e.Footer = Green, ""
	}
	return chat.Message{Embeds: []chat.Embed{e}}, page
}

// differenceLine is one difference: what the report has more or less, whose, and why.
func differenceLine(d war.Difference, p war.ReconciledPlayer) string {
	who := "The side's total"
	if d.Reason != war.ReasonTotal && d.Reason != war.ReasonRounding || p.Player != 0 || p.Name != "" {
		who = Name(bookName(p))
	}
	s := fmt.Sprintf("**%s** %s: %s", who, Apart(d), Difference(d))
	if isCode(d.Code) {
		s += " · [log](" + LogURL(d.Code) + ")"
	}
	return s
}

// Apart is what the report has more than our log: "+1 hit, +4.33", "-5.12 score".
func Apart(d war.Difference) string {
	points := d.Points.String()
	if d.Points > 0 {
		points = "+" + points
	}
	switch {
	case d.Hits == 0:
		return points + " score"
	case d.Hits > 0:
		return "+" + hitCount(d.Hits) + ", " + points
	default:
		return hitCount(d.Hits) + ", " + points
	}
}

// Difference says why both books differ, in a few words.
func Difference(d war.Difference) string {
	where := map[war.DifferenceKind]string{
		war.ReportOnly: "in the report only", war.LogOnly: "in our log only", war.Otherwise: "counted otherwise",
	}[d.Kind]
	why := map[war.DifferenceReason]string{
		war.ReasonFlag:        "Torn's war flag and the factions disagree",
		war.ReasonEdge:        "the fight lay across the war's first or last second",
		war.ReasonInterrupted: "Torn marks it as interrupted",
		war.ReasonNoScore:     "a hit that earned nothing",
		war.ReasonRounding:    "rounded hundredths",
		war.ReasonStealth:     "attackers who hid are not named in our log",
		war.ReasonLeft:        "no longer a member, and not named in the report",
		war.ReasonMercenary:   "never on our member list; hits of mercenaries are not in our log",
		war.ReasonTotal:       "the report's total is not the sum of its players",
		war.ReasonUnknown:     "nothing on record explains it",
	}[d.Reason]
	return where + "; " + why
}

// reasonCounts counts differences by reason, in the order in which they appear.
func reasonCounts(all []war.Difference) string {
	words := map[war.DifferenceReason]string{
		war.ReasonFlag: "war flag", war.ReasonEdge: "edge", war.ReasonInterrupted: "interrupted", war.ReasonNoScore: "no score",
		war.ReasonRounding: "rounding", war.ReasonStealth: "stealth", war.ReasonLeft: "left", war.ReasonMercenary: "mercenary",
		war.ReasonTotal: "total", war.ReasonUnknown: "unexplained",
	}
	var parts []counted
	for _, d := range all {
		known := false
		for i := range parts {
			if parts[i].name == words[d.Reason] {
				parts[i].n++
				known = true
			}
		}
		if !known {
			parts = append(parts, counted{words[d.Reason], 1})
		}
	}
	return list(parts...)
}
