package feed

import (
	"time"

	"consigliere/internal/war"
)

// sweepReach is how far back a sweep for late rows may reach, one that waits its turn
// included. Whatever reaches further back fills a gap.
const sweepReach = 2 * LateBy

// Lacks tells whether attacks of a war are still to be read back, so that figures
// counted from the log are not whole. A page that could not be read and waits for
// another try lacks them as well.
func (l Log) Lacks(w war.War, now time.Time) bool {
	f := l.Fill
	switch {
	case f.From.IsZero() || !f.From.Before(now.Add(-sweepReach)): // nothing, or an ordinary sweep
		return false
	case w.ID == 0 || w.Phase(now) == war.Scheduled || !w.FinalAt.IsZero(): // nothing to lack, or read to its end
		return false
	case !w.End.IsZero() && !f.From.Before(w.End), !f.To.IsZero() && !f.To.After(w.Start): // what is left lies beside the war
		return false
	default:
		return true
	}
}
