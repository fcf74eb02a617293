package say

import (
	"fmt"
	"strings"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/feed"
)

// staleNews words feeds that bring nothing new, or that do again.
func staleNews(d alert.StaleData) (string, chat.Embed) {
	if !d.FreshAt.IsZero() {
		return "**All data is fresh again**", chat.Embed{Color: Green,
			Description: "Something was stale for " + Span(d.FreshAt.Sub(d.Since)) + ". Nothing was lost: what was missed is read back."}
	}
	var which, each []string
	for _, f := range d.Feeds {
		name := FeedName(feed.Name(f.Feed))
		which = append(which, name)
		line := name + ": not read yet"
		if !f.Last.IsZero() {
			line = name + ": last read " + Ago(f.Last)
		}
		if f.Why != "" {
			line += ". " + Text(f.Why, 200)
		}
		each = append(each, line)
	}
	each = append(each, "Figures that rest on it are old until then, and say so. Nothing is lost; the bot goes on trying. `/status` shows more.")
	return "**No fresh data**: " + strings.Join(which, ", "), chat.Embed{Color: Red, Description: lines(each...)}
}

// budgetNews words a share of Torn's requests that is nearly used up, for an operator.
func budgetNews(d alert.BudgetData) (string, chat.Embed) {
	whose := "this host's address"
	if d.Player != 0 {
		whose = fmt.Sprintf("player %d", d.Player)
	}
	share := fmt.Sprintf("**%d** of %d requests a minute", d.Calls, d.Limit)
	if !d.Over.IsZero() {
		return "**Requests to Torn are back to normal**: " + whose, chat.Embed{Color: Green, Description: lines(share, "High for "+Span(d.Over.Sub(d.Since)))}
	}
	return "**Requests to Torn run high**: " + whose, chat.Embed{Color: Amber, Description: lines(share, "Since "+On(d.Since),
		"Nothing is lost: what is not urgent waits. Longer intervals in `torn.poll` or fewer factions bring it down.")}
}

// brokenNews words a place that alerts do not reach, for those who can mend it.
func brokenNews(d alert.BrokenData) (string, chat.Embed) {
	place := "a webhook"
	if d.Channel != "" {
		place = "<#" + d.Channel + ">"
	}
	kinds := make([]string, 0, len(d.Kinds))
	for _, k := range d.Kinds {
		kinds = append(kinds, "`"+Text(k, 40)+"`")
	}
	return "**Alerts do not arrive any more** in " + place, chat.Embed{Color: Red, Description: lines(
		"Why: "+Text(d.Reason, 200), "Not sent until it is mended: "+strings.Join(kinds, ", "),
		"Give the bot View Channel, Send Messages and Embed Links there, or choose another place with `/alerts edit`; then `/alerts test` proves it.")}
}
