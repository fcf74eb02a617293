package say

import (
	"fmt"
	"strings"
	"time"

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
	each = append(each, "Figures that rest on it stay old meanwhile, and say so. The bot goes on trying and reads back what it missed. `/status` shows more.")
	head := "**No fresh data**: " + strings.Join(which, ", ")
	if last := oldest(d.Feeds); !last.IsZero() {
		head += ", last read " + Ago(last)
	}
	return head, chat.Embed{Color: Red, Description: lines(each...)}
}

// oldest is the earliest last reading of feeds; zero when one was never read.
func oldest(feeds []alert.StaleFeed) (at time.Time) {
	for _, f := range feeds {
		if f.Last.IsZero() {
			return time.Time{}
		}
		if at.IsZero() || f.Last.Before(at) {
			at = f.Last
		}
	}
	return at
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
	place, until, mend := "a webhook", "Not sent until it is mended: ", "Give a new one with `/alerts webhook`, or another place with `/alerts edit`; then `/alerts test` proves it."
	if d.Channel != "" {
		place = "<#" + d.Channel + ">"
		mend = "Give the bot View Channel, Send Messages and Embed Links there, or choose another place with `/alerts edit`; then `/alerts test` proves it."
	}
	if d.Reason == alert.PlaceClosed {
		until = fmt.Sprintf("Tried again every %s; what falls due in between is not sent there: ", Span(alert.ProbeEvery))
	}
	kinds := make([]string, 0, len(d.Kinds))
	for _, k := range d.Kinds {
		kinds = append(kinds, "`"+Text(k, 40)+"`")
	}
	return "**Alerts do not arrive any more** in " + place, chat.Embed{Color: Red, Description: lines(
		"Why: "+Text(d.Reason, 200), until+strings.Join(kinds, ", "),
		mend)}
}
