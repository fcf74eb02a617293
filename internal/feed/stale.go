package feed

import (
	"time"

	"consigliere/internal/alert"
)

// usual is how far apart the looks of a feed lie at most while all is well; 0 where
// that depends on what is going on.
func (i Intervals) usual(n Name) time.Duration {
	switch n {
	case Attacks:
		return i.AttacksIdle
	case Front:
		return i.Wars
	case Members:
		return i.Members
	default:
		return 0
	}
}

const (
	staleLeast = 3 * time.Minute // sooner than that nothing is stale
	staleTimes = 3               // looks that brought nothing
)

// Stale lists the feeds that should have brought something and did not for a while: no
// success for three looks and three minutes at least, and either failing or overdue.
// What waits for its turn as planned is fresh, however long that takes.
func Stale(states []State, every Intervals, now time.Time) []alert.StaleFeed {
	var out []alert.StaleFeed
	for _, s := range states {
		if !s.StaleAfter(staleTimes*every.usual(s.Feed), now) {
			continue
		}
		f := alert.StaleFeed{Feed: string(s.Feed), Last: s.LastSuccess}
		if s.Failures > 0 {
			f.Why = s.LastError
		}
		out = append(out, f)
	}
	return out
}

// StaleAfter tells whether a feed should have brought something and did not for a time,
// three minutes at least.
func (s State) StaleAfter(patience time.Duration, now time.Time) bool {
	overdue := !s.NextDue.IsZero() && now.Sub(s.NextDue) > staleLeast
	switch {
	case s.Failures == 0 && !overdue:
		return false
	case s.LastSuccess.IsZero(): // it may have hardly begun
		return s.Failures >= staleTimes
	default:
		return now.Sub(s.LastSuccess) > max(staleLeast, patience)
	}
}
