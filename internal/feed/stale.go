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
		patience := max(staleLeast, staleTimes*every.usual(s.Feed))
		failing := s.Failures > 0
		overdue := now.Sub(s.NextDue) > staleLeast
		switch {
		case !failing && !overdue:
			continue
		case s.LastSuccess.IsZero() && s.Failures < staleTimes: // it has hardly begun
			continue
		case !s.LastSuccess.IsZero() && now.Sub(s.LastSuccess) <= patience:
			continue
		}
		f := alert.StaleFeed{Feed: string(s.Feed), Last: s.LastSuccess}
		if failing {
			f.Why = s.LastError
		}
		out = append(out, f)
	}
	return out
}
