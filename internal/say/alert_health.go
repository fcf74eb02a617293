package say

import (
	"fmt"
	"strings"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/feed"
)

// staleNews words a feed that brings nothing new, or one that does again.
func staleNews(d alert.StaleData) (string, chat.Embed) {
	name := FeedName(feed.Name(d.Feed))
	if !d.FreshAt.IsZero() {
		away := ""
		if !d.Since.IsZero() {
			away = "It stood still for " + Span(d.FreshAt.Sub(d.Since)) + ". Nothing was lost: what was missed is read back."
		}
		return "**Fresh again**: " + name, chat.Embed{Color: Green, Description: away}
	}
	since := "Nothing was read yet"
	if !d.Since.IsZero() {
		since = "Last read " + Ago(d.Since)
	}
	why := ""
	if d.Why != "" {
		why = "Why: " + Text(d.Why, 200)
	}
	return "**No fresh data**: " + name, chat.Embed{Color: Red, Description: lines(since, why,
		"Figures that rest on it are old until then, and say so. Nothing is lost; the bot goes on trying. `/status` shows more.")}
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
