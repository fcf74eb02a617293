package alert

import "time"

// Delay is how long the alerts of a kind took of late, those that were sent.
type Delay struct {
	Kind   Kind
	Alerts int
	// FromEvent is from what happened (a hit's end) to Discord taking the message,
	// FromCommit from the look at Torn that was stored with it.
	FromEvent, FromCommit Spread
}

// Spread tells of many durations how long half, 95 and 99 of a hundred took at most.
type Spread struct{ P50, P95, P99 time.Duration }

// Happened is from when an alert's delay counts; zero for what tells nothing about it:
// samples, and what is told late on purpose, because a player did not confirm it.
func (a Alert) Happened() time.Time {
	if a.Test || a.Data.Unconfirmed != nil {
		return time.Time{}
	}
	return a.At
}
