package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/alert"
)

// delayLines is how many kinds are told apart; the rest are rare.
const delayLines = 6

// Delays says how long alerts took, from what happened to Discord taking the message.
func Delays(all []alert.Delay) string {
	if len(all) == 0 {
		return "None was sent."
	}
	lines := make([]string, 0, delayLines+1)
	for _, d := range all[:min(len(all), delayLines)] {
		lines = append(lines, fmt.Sprintf("`%s` × %d: p50 **%s**, p95 **%s**, p99 **%s**; of that in the bot p95 %s", d.Kind, d.Alerts,
			tenths(d.FromEvent.P50), tenths(d.FromEvent.P95), tenths(d.FromEvent.P99), tenths(d.FromCommit.P95)))
	}
	if more := len(all) - delayLines; more > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more kinds", more))
	}
	return strings.Join(lines, "\n")
}

// tenths shows a short duration to a tenth of a second, a long one by its units.
func tenths(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return Span(d)
}
