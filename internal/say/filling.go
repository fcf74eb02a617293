package say

import (
	"time"

	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// BeingReadBack is the warning beside figures that lack attacks.
const BeingReadBack = "The attack log is still being read back; figures are incomplete."

// Incomplete warns that part of a war's attacks is still to be read, or was never read;
// empty when the figures counted from the log are whole but for the last minutes.
func Incomplete(feeds []feed.State, w war.War, now time.Time) string {
	for _, s := range feeds {
		if s.Feed == feed.Attacks && s.Log.Lacks(w, now) {
			return "⚠ " + BeingReadBack
		}
	}
	return Unread(w)
}
