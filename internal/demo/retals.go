package demo

import (
	"context"
	"fmt"

	simtorn "consigliere/internal/sim/torn"
)

// lookAtRetals compares how many hits on us were answered with what the scenario meant.
func (t *tour) lookAtRetals(ctx context.Context, who *actor, f simtorn.Figures) error {
	r, err := who.slash(ctx, "war-room", "war retals", nil)
	if err != nil {
		return err
	}
	text := answerText(r)
	if f.Phase != "active" { // the list is of the last days then
		t.says("/war retals", text, "Retaliations")
		return nil
	}
	taken := int64(0)
	for _, m := range f.Us.Members {
		taken += m.Retaliations
	}
	t.says("/war retals", text, fmt.Sprintf("taken %d of ", taken), f.Them.Name)
	return nil
}
