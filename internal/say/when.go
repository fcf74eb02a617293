package say

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

// Ago shows a moment as a distance that the reader's client keeps up to date.
func Ago(t time.Time) string { return stamp(t, "R") }

// On shows a moment's date and time of day where the reader is.
func On(t time.Time) string { return stamp(t, "f") }

// Clock shows a moment's time of day where the reader is.
func Clock(t time.Time) string { return stamp(t, "t") }

func stamp(t time.Time, style string) string {
	return "<t:" + strconv.FormatInt(t.Unix(), 10) + ":" + style + ">"
}

// Span shows a duration by its two largest units: "31 h 12 min".
func Span(d time.Duration) string {
	d = d.Round(time.Second)
	days, hours := d/(24*time.Hour), d%(24*time.Hour)/time.Hour
	switch {
	case days >= 2 && hours == 0:
		return fmt.Sprintf("%d d", days)
	case days >= 2:
		return fmt.Sprintf("%d d %d h", days, hours)
	case d >= time.Hour && d%time.Hour < time.Minute:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	default:
		return fmt.Sprintf("%d s", d/time.Second)
	}
}

// Source says where figures come from and how old they are. It goes last, small.
func Source(what string, asOf time.Time) string {
	if asOf.IsZero() {
		return "-# " + what + " · not read yet"
	}
	return "-# " + what + " · read " + Ago(asOf)
}

// slowFeeds is how long a feed may bring nothing that looks every few minutes even
// while all is well, before that is said. Of the others three minutes are enough.
const slowFeeds = 15 * time.Minute

// Stale warns of feeds that should have brought something and did not for a while, one
// line each; empty when all is well. It goes with every figure that they feed.
func Stale(feeds []feed.State, now time.Time, names ...feed.Name) string {
	var lines []string
	for _, s := range feeds {
		patience := time.Duration(0)
		if s.Feed == feed.Members || s.Feed == feed.Wars {
			patience = slowFeeds
		}
		if !slices.Contains(names, s.Feed) || !s.StaleAfter(patience, now) {
			continue
		}
		since := "never read"
		if !s.LastSuccess.IsZero() {
			since = "last read " + Ago(s.LastSuccess)
		}
		why := "It waits for its turn longer than it should."
		if s.Failures > 0 {
			why = Text(s.LastError, 120)
		}
		lines = append(lines, "⚠ "+FeedName(s.Feed)+": "+since+". "+why)
	}
	return strings.Join(lines, "\n")
}

// FeedName words a feed.
func FeedName(n feed.Name) string {
	switch n {
	case feed.Attacks:
		return "Attack log"
	case feed.Front:
		return "Score and chain"
	case feed.Members:
		return "Members"
	case feed.Wars:
		return "Past wars"
	case feed.Chain:
		return "Chain timer"
	case feed.Scout:
		return "Enemy's activity"
	default:
		return Name(string(n))
	}
}

// FactionLink leads to a faction's page.
func FactionLink(id faction.ID, name string) string {
	return "[" + Name(name) + "](" + FactionURL(id) + ")"
}

// FactionURL is a faction's page (game.md, Links).
func FactionURL(id faction.ID) string {
	return "https://www.torn.com/factions.php?step=profile&ID=" + strconv.FormatInt(int64(id), 10)
}

// PlayerURL is a player's page (game.md, Links).
func PlayerURL(id faction.PlayerID) string {
	return "https://www.torn.com/profiles.php?XID=" + strconv.FormatInt(int64(id), 10)
}
