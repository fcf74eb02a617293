package poll

import (
	"strconv"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// grown is a war's score having grown, for rules that ask for every so many points.
func grown(before *war.War, seen war.War, now time.Time) []alert.Alert {
	if before == nil || before.Us.Score >= seen.Us.Score || seen.Phase(now) != war.Active {
		return nil
	}
	return []alert.Alert{{
		Kind: alert.WarMilestone, Subject: alert.Subject("war", int64(seen.ID)), Stage: "score:" + strconv.FormatInt(seen.Us.Score, 10), At: now,
		Was: before.Us.Score, Is: seen.Us.Score, Growth: true, Data: alert.Data{War: feed.WarData(seen)},
	}}
}

// alertsOf turns what happened to a war into alerts.
func alertsOf(events []war.Event) []alert.Alert {
	var out []alert.Alert
	for _, e := range events {
		d := feed.WarData(e.War)
		d.Outcome, d.Percent, d.Reached = string(e.Outcome), e.Percent, e.Reached
		a := alert.Alert{
			Kind: alert.Kind(e.Kind), Subject: alert.Subject("war", int64(e.War.ID)), Stage: e.Stage,
			At: e.At, Due: e.Due, Was: e.Was, Is: e.Is, Data: alert.Data{War: d},
		}
		if e.Kind == war.EventSoon { // until then it is worth knowing
			a.ExpiresAt = e.Due
		}
		out = append(out, a)
	}
	return out
}
