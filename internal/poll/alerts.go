package poll

import (
	"consigliere/internal/alert"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

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
