package demo

import "context"

// wishes are what a member wants to be told, and what they have of their own.
func (t *tour) wishes(ctx context.Context) error {
	t.heading("A member says what they want to be told, and looks at their own figures")
	member := t.person(t.people.member, "Member")
	// Silent while all of this happens; a chain watch, which they sign up for, still reaches them.
	r, err := member.slash(ctx, "general", "notify", map[string]any{"quiet": "12-11:59", "without": "squad.news"})
	if err != nil {
		return err
	}
	t.check(r.Ephemeral, "what somebody wants to be told was shown in public")
	t.says("/notify", answerText(r), "Changed", "12:00-11:59 TCT", "**Not told** `squad.news`")
	leader := t.person(t.people.leader, "Leader")
	if r, err = leader.slash(ctx, "general", "squad invite", map[string]any{"squad": "Inner Circle", "member": t.nameOf(t.playerOf(t.people.member))}); err != nil {
		return err
	}
	t.says("/squad invite", answerText(r), "into **Inner Circle**")
	if r, err = member.slash(ctx, "general", "me", nil); err != nil {
		return err
	}
	t.check(r.Ephemeral, "somebody's own figures were shown in public")
	m := t.torn.Figures(t.clock.Now()).Us.Members[t.playerOf(t.people.member)]
	t.says("/me", answerText(r), "**"+decimals(m.WarRespect)+"** score in **"+number(m.WarHits)+"** war hits", number(m.Attacks)+" in all",
		"hits taken "+number(m.HitsTaken), "Link and keys", "**Not told** `squad.news`")
	return nil
}
