package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/say"
)

// Work tells how the bot's periodic jobs stand. They are the same for all factions, and
// what they count is of all together.
type Work interface {
	Jobs(ctx context.Context, now time.Time) ([]faction.JobState, error)
}

// idle is how long after it was due a job that nobody has begun is worth a word.
const idle = 5 * time.Minute

// work says how the periodic jobs stand, and whether all is well with them.
func (h *status) work(ctx context.Context, c *Call) (text string, well bool) {
	if h.deps.Work == nil {
		return "", true
	}
	jobs, err := h.deps.Work.Jobs(ctx, c.Now)
	if err != nil {
		c.registry.log.Warn("periodic jobs not read", "err", err)
		return "It cannot be read now.", true
	}
	if len(jobs) == 0 {
		return "None has run yet.", true
	}
	well = true
	lines := make([]string, len(jobs))
	for i, j := range jobs {
		var ok bool
		lines[i], ok = jobLine(c.Now, j)
		well = well && ok
	}
	return say.Within(strings.Join(lines, "\n"), 1024), well
}

// jobLine is when a job last ended, how long it took, what it did, and what is wrong.
func jobLine(now time.Time, j faction.JobState) (line string, well bool) {
	parts := []string{"never ran"}
	if !j.Finished.IsZero() {
		parts = []string{say.Ago(j.Finished), lasted(j.Took)}
	}
	if did := counts("", j.Counts); did != "" {
		parts = append(parts, did)
	}
	if j.Running {
		parts = append(parts, "running since "+say.Clock(j.Started))
	}
	if j.Skipped > 0 {
		parts = append(parts, fmt.Sprintf("skipped %s times, the run before still going", faction.Count(j.Skipped)))
	}
	line = "**" + say.Name(j.Name) + "**: " + strings.Join(parts, ", ")
	switch {
	case j.LastError != "":
		return line + ". ⚠ " + say.Text(j.LastError, 120), false
	case !j.Running && now.Sub(j.NextDue) > idle:
		return line + ". ⚠ Due " + say.Ago(j.NextDue) + ", and nobody runs it", false
	default:
		return line, true
	}
}

// lasted is how long something took, with tenths while they matter.
func lasted(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return say.Span(d)
}
