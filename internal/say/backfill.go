package say

import (
	"fmt"
	"math"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

// BackfillView is the reading of past wars as it stands.
type BackfillView struct {
	Backfill feed.Backfill
	// KeptDays is how long the faction keeps attacks of wars that are over; 0: for ever.
	KeptDays int
	Now      time.Time
}

// RenderBackfill shows how reading past wars comes along.
func RenderBackfill(v BackfillView) chat.Message {
	b := v.Backfill
	e := chat.Embed{Color: Amber, Title: "Past wars: " + Percent(b.Share())}
	switch b.State {
	case feed.BackfillDone:
		e.Title, e.Color = "Past wars: done", Green
	case feed.BackfillCancelled:
		e.Title, e.Color = "Past wars: cancelled", Grey
	}
	read, attacks := b.Count(feed.WarRead)
	_, more := b.Count(feed.WarReading)
	span := "Wars that began " + b.From.UTC().Format("2 Jan 2006") + " to " + b.To.UTC().Format("2 Jan 2006")
	if b.Latest {
		span = "The latest war that is over"
	}
	body := []string{span, "The list of wars is being read."}
	if !b.Listed.IsZero() {
		body = []string{span, fmt.Sprintf("**%d** of %d wars read, **%s** attacks new", read, len(b.Wars), faction.Count(attacks+more))}
	}
	if next, report, ok := b.Next(); ok && b.State == feed.BackfillRunning && !b.Listed.IsZero() {
		what := Percent(next.Share()) + " of its attacks"
		if report {
			what = "its report"
		}
		body = append(body, fmt.Sprintf("Now: **%s** · %s, %s", Name(next.Enemy), next.Start.UTC().Format("2 Jan 2006"), what))
	}
	body = append(body, leftOut(b)...)
	missing := 0
	for _, w := range b.Wars {
		if !w.Reported && w.ReportTries >= feed.ReportTries {
			missing++
		}
	}
	if missing > 0 {
		body = append(body, fmt.Sprintf("**%d** without an official report: Torn gives none", missing))
	}
	if v.KeptDays > 0 {
		body = append(body, fmt.Sprintf("You keep single attacks for %d days (`/config retention`): older ones go again by night, the sums stay.", v.KeptDays))
	}
	switch b.State {
	case feed.BackfillRunning:
		if b.Trouble != "" {
			body = append(body, "⚠ It does not get on, "+Ago(b.TroubleAt)+": "+Text(b.Trouble, 200))
		}
		body = append(body, "The live log comes first, so it takes longer while a war is on. It goes on by itself, after a restart too; `/war backfill` shows how far it is.")
	case feed.BackfillDone:
		body = append(body, "Took "+Span(b.Ended.Sub(b.At))+". `/war history` lists them, `/war report` shows each.")
	case feed.BackfillCancelled:
		body = append(body, "Cancelled "+Ago(b.Ended)+". What was read stays.")
	}
	e.Description = lines(body...)
	return chat.Message{Embeds: []chat.Embed{e}}
}

// leftOut says which wars were not read, and why.
func leftOut(b feed.Backfill) []string {
	var out []string
	add := func(s feed.BackfillWarState, words string) {
		if n, _ := b.Count(s); n > 0 {
			out = append(out, fmt.Sprintf("**%d** %s", n, words))
		}
	}
	add(feed.WarKnown, "read before, so not read again: each hit counts once")
	add(feed.WarTooOld, "began over 355 days ago: Torn's attack log does not reach back to them, their reports do")
	add(feed.WarEmpty, "of which Torn's attack log shows nothing any more")
	add(feed.WarPartly, "of which Torn's attack log shows only the later part: our figures of them lack what was before")
	return out
}

// Percent is a share in whole percents, 100 only when all is done.
func Percent(share float64) string {
	n := int(math.Floor(share * 100))
	return fmt.Sprintf("%d %%", min(max(n, 0), 100))
}
