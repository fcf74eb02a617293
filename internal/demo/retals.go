package demo

import (
	"context"
	"fmt"

	simdiscord "consigliere/internal/sim/discord"
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

// retaliating is a hit on us in peace, which somebody calls and answers.
func (t *tour) retaliating(ctx context.Context) error {
	t.heading("Somebody hits us in peace")
	victim, answerer := t.playerOf(t.people.leader), t.playerOf(t.people.officer)
	attacker := t.torn.AddPlayer()
	began := t.clock.Now()
	if _, err := t.torn.AddAttack(simtorn.Attack{Attacker: attacker, Defender: victim, Kind: simtorn.OutsideHit, Result: "Hospitalized"}); err != nil {
		return err
	}
	return t.carefully(ctx, func(ctx context.Context) error {
		m, err := t.alert(ctx, "Retaliate: HOSP")
		if err != nil {
			return err
		}
		t.says("the alert", unescaped(messageText(m)), t.nameOf(attacker), "hospitalized "+t.nameOf(victim))
		officer := t.person(t.people.officer, "Officer")
		r, err := officer.press(ctx, m, "Mine")
		if err != nil {
			return err
		}
		t.check(r.Ephemeral, "who is on a retaliation was answered in public")
		t.says("the answer to “Mine”", answerText(r), "**Yours**")
		if m, err = t.edited(ctx, m, t.nameOf(answerer)+" is on it"); err != nil {
			return err
		}
		if r, err = t.person(t.people.leader, "Leader").press(ctx, m, "Mine"); err != nil {
			return err
		}
		t.says("a second “Mine”", unescaped(answerText(r)), t.nameOf(answerer)+" is on "+t.nameOf(attacker), "Nothing was changed")
		hit := simtorn.Attack{Attacker: answerer, Defender: attacker, Kind: simtorn.OutsideHit, Result: "Hospitalized", Marks: simtorn.Marks{Retaliation: true}}
		if _, err := t.torn.AddAttack(hit); err != nil {
			return err
		}
		if m, err = t.edited(ctx, m, "Retaliation taken: "+t.nameOf(answerer)+" HOSP "+t.nameOf(attacker)); err != nil {
			return err
		}
		n := len(t.alerts(began, "Retaliat"))
		t.check(n == 1, "the retaliation was told in %d messages, want one that is edited", n)
		_, open := component(&simdiscord.Response{Message: &m}, "retal:mine")
		t.check(open != nil, "what is taken can still be called")
		return nil
	})
}
