package say

import (
	"time"

	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// sweepReach is how far back a sweep for late rows may reach: its overlap, and as
// much again for one that waits its turn. Whatever reaches further back fills a gap.
const sweepReach = 2 * feed.Overlap

// Incomplete warns that part of a war's attacks is still to be read; empty when the
// figures counted from the log are whole but for the last minutes.
func Incomplete(feeds []feed.State, w war.War, now time.Time) string {
	for _, s := range feeds {
		f := s.Log.Fill
		if s.Feed != feed.Attacks || f.From.IsZero() || !f.From.Before(now.Add(-sweepReach)) {
			continue
		}
		// What is left to read begins at From and ends at To, or has no end yet.
		if w.ID == 0 || !w.End.IsZero() && !f.From.Before(w.End) || !f.To.IsZero() && !f.To.After(w.Start) || w.Phase(now) == war.Scheduled {
			continue
		}
		return "⚠ The attack log is still being read back; figures are incomplete."
	}
	return ""
}
