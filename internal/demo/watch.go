package demo

import (
	"context"
	"strings"
	"time"
)

// watchAhead is how long before its first slot the rota is opened.
const watchAhead = 13 * time.Minute

// watching opens a rota of two slots, which two people take.
func (t *tour) watching(ctx context.Context) error {
	t.heading("A chain watch")
	officer, member := t.person(t.people.officer, "Officer"), t.person(t.people.member, "Member")
	t.watchFrom = t.clock.Now().Add(watchAhead).Truncate(time.Minute)
	r, err := officer.slash(ctx, "war-room", "chain watch open", map[string]any{
		"slots": 30, "hours": 1, "reward": 500000, "from": t.watchFrom.Format("15:04"), "squad": chainers,
	})
	if err != nil {
		return err
	}
	t.check(!r.Ephemeral, "the rota is not in the channel")
	t.says("/chain watch open", answerText(r), "**2 of 2 slots without a watcher**", "30-minute slots", "$500,000 per slot", "for squad "+chainers)
	if r, err = member.slash(ctx, "war-room", "chain watch join", nil); err != nil {
		return err
	}
	first, second := t.nameOf(t.playerOf(t.people.member)), t.nameOf(t.playerOf(t.people.officer))
	t.says("/chain watch join", unescaped(answerText(r)), "**Yours**: 1 slot on watch", "**"+first+"**", "1 of 2 slots without a watcher")
	if r, err = officer.click(ctx, r, "Take the next gap"); err != nil {
		return err
	}
	t.says("the rota", unescaped(answerText(r)), "Every slot is taken")
	if r, err = t.person(t.people.leader, "Leader").slash(ctx, "general", "chain watch roster", nil); err != nil {
		return err
	}
	text := unescaped(answerText(r))
	t.says("/chain watch roster", text, "Every slot is taken", "**"+first+"**", "**"+second+"**")
	t.check(strings.Index(text, "**"+first+"**") < strings.Index(text, "**"+second+"**"), "the slots are in another order than they were taken")
	return nil
}

// onWatch is the watcher's reminder, and their answer.
func (t *tour) onWatch(ctx context.Context) error {
	t.heading("The watcher is reminded")
	member := t.person(t.people.member, "Member")
	if err := t.until(ctx, t.watchFrom.Add(-10*time.Minute)); err != nil {
		return err
	}
	return t.carefully(ctx, func(ctx context.Context) error { return t.reminded(ctx, member) })
}

func (t *tour) reminded(ctx context.Context, member *actor) error {
	m, err := t.direct(ctx, member, "Your chain watch")
	if err != nil {
		return err
	}
	t.check(!m.Timestamp.Before(t.watchFrom.Add(-10*time.Minute)) && m.Timestamp.Before(t.watchFrom.Add(-5*time.Minute)), "reminded %s before the turn, want ten minutes", t.watchFrom.Sub(m.Timestamp))
	t.says("the reminder", messageText(m), "Reward: $500,000", stamp(t.watchFrom))
	r, err := member.press(ctx, m, "Got it")
	if err != nil {
		return err
	}
	t.says("the confirmed reminder", answerText(r), "Got it")
	t.check(!hasButton(r, "Got it"), "what is confirmed can be confirmed again")
	for _, m := range member.person.Messages(member.person.DM().ID) {
		t.check(!strings.Contains(messageText(m), "Inner Circle"), "the member was told what they do not want: %s", messageText(m))
	}
	return nil
}
