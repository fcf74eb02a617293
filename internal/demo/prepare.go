package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	simtorn "consigliere/internal/sim/torn"
)

// highCap is a score cap that the evening's war does not come near.
const highCap = 1_000_000

// prepared looks at the enemy and at ourselves before the start, and notes what was agreed.
func (t *tour) prepared(ctx context.Context) error {
	t.heading("Before the start")
	f := t.torn.Figures(t.clock.Now())
	leader := t.person(t.people.leader, "Leader")
	// The enemy is looked at within a minute of the match.
	looked := func() (bool, error) {
		r, err := t.as(t.people.leader).slash(ctx, "war-room", "war scout", nil)
		return err == nil && !strings.Contains(answerText(r), "not looked at yet"), err
	}
	for range 30 {
		if ok, err := looked(); ok || err != nil {
			break
		}
		if err := t.clock.Sleep(ctx, 10*time.Second); err != nil {
			return err
		}
	}
	r, err := leader.slash(ctx, "war-room", "war scout", nil)
	if err != nil {
		return err
	}
	t.says("/war scout", answerText(r), f.Them.Name, "members", "Levels")
	if r, err = leader.slash(ctx, "war-room", "war ready", nil); err != nil {
		return err
	}
	t.says("/war ready", answerText(r), f.Them.Name, "could hit now", "Energy of ", "Not linked here")
	if r, err = leader.slash(ctx, "war-room", "war terms set", map[string]any{"score_cap": highCap, "note": "caches split in half"}); err != nil {
		return err
	}
	t.says("/war terms set", answerText(r), number(highCap), "caches split in half")
	return nil
}

// lookAhead compares what is said of the end and of the terms with the score.
func (t *tour) lookAhead(ctx context.Context, who *actor, f simtorn.Figures) error {
	r, err := who.slash(ctx, "war-room", "war forecast", nil)
	if err != nil {
		return err
	}
	text := answerText(r)
	t.says("/war forecast", text, f.Them.Name)
	t.check(strings.Contains(text, "Forecast: ") || f.Phase != "active", "/war forecast says nothing of the end: %s", text)
	if r, err = who.slash(ctx, "war-room", "war terms show", nil); err != nil {
		return err
	}
	t.says("/war terms show", answerText(r), number(highCap), fmt.Sprintf("**%s**", number(f.Us.Score)))
	return nil
}
