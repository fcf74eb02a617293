package demo

import (
	"context"
	"fmt"
	"slices"
)

// chainers is the squad that is called when a chain is about to break.
const chainers = "Chainers"

// squads are made, joined in each of the three ways, and shown.
func (t *tour) squads(ctx context.Context) error {
	t.heading("Squads")
	leader := t.person(t.people.leader, "Leader")
	for name, kind := range map[string]string{chainers: "open", "Vanguard": "request", "Inner Circle": "invite"} {
		r, err := leader.slash(ctx, "general", "squad create", map[string]any{"name": name, "kind": kind, "category": "War"})
		if err != nil {
			return err
		}
		t.says("/squad create", answerText(r), "Made squad", name)
		t.check(r.Ephemeral, "a squad was made in public")
	}
	member := t.person(t.people.member, "Member")
	r, err := member.slash(ctx, "general", "squad join", map[string]any{"squad": chainers})
	if err != nil {
		return err
	}
	t.says("/squad join of who may not", answerText(r), "member.view")
	p, _ := t.torn.Player(t.playerOf(t.people.member))
	if err := t.grant(ctx, leader, p.Position, "member.view"); err != nil {
		return err
	}
	for _, act := range []func(context.Context) error{t.joinOpen, t.joinOnRequest, t.joinByInvitation} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	if r, err = leader.slash(ctx, "general", "squad roster", nil); err != nil {
		return err
	}
	t.says("/squad roster", answerText(r), "**"+chainers+"** · 3 · open to everybody", "**Vanguard** · 2 · on request", "**Inner Circle** · 2 · by invitation")
	return nil
}

// grant gives a position one more permission, as /config permissions guides.
func (t *tour) grant(ctx context.Context, leader *actor, position, permission string) error {
	r, err := leader.slash(ctx, "general", "config permissions set", map[string]any{"position": position})
	if err != nil {
		return err
	}
	list, err := component(r, "permissions:choose")
	if err != nil {
		return err
	}
	has := []string{permission}
	for _, o := range list.Options {
		if o.Default && o.Value != permission {
			has = append(has, o.Value)
		}
	}
	slices.Sort(has)
	if r, err = leader.choose(ctx, r, list.CustomID, fmt.Sprint(has), has...); err != nil {
		return err
	}
	t.says("the preview", unescaped(answerText(r)), permission, t.nameOf(t.playerOf(t.people.member)))
	r, err = leader.click(ctx, r, "Confirm")
	if err != nil {
		return err
	}
	t.says("the answer to the change", answerText(r), position)
	return nil
}

func (t *tour) joinOpen(ctx context.Context) error {
	for user, name := range map[string]string{t.people.member: "Member", t.people.officer: "Officer"} {
		r, err := t.person(user, name).slash(ctx, "general", "squad join", map[string]any{"squad": chainers})
		if err != nil {
			return err
		}
		t.says("/squad join", answerText(r), "You are in **"+chainers+"** now")
	}
	return t.compareSquad(ctx, chainers, 3, t.people.leader, t.people.member, t.people.officer)
}

func (t *tour) joinOnRequest(ctx context.Context) error {
	leader, member := t.person(t.people.leader, "Leader"), t.person(t.people.member, "Member")
	r, err := member.slash(ctx, "general", "squad join", map[string]any{"squad": "Vanguard"})
	if err != nil {
		return err
	}
	t.says("/squad join on request", answerText(r), "Asked. A lead of **Vanguard** lets you in")
	name := t.nameOf(t.playerOf(t.people.member))
	if _, err := t.direct(ctx, leader, name+" asks to join squad Vanguard"); err != nil {
		return err
	}
	if r, err = leader.slash(ctx, "general", "squad approve", map[string]any{"squad": "Vanguard", "member": name}); err != nil {
		return err
	}
	t.says("/squad approve", unescaped(answerText(r)), "**"+name+"** is in **Vanguard** now")
	if _, err := t.direct(ctx, member, "You are in squad Vanguard now"); err != nil {
		return err
	}
	return t.compareSquad(ctx, "Vanguard", 2, t.people.leader, t.people.member)
}

func (t *tour) joinByInvitation(ctx context.Context) error {
	leader, officer := t.person(t.people.leader, "Leader"), t.person(t.people.officer, "Officer")
	r, err := officer.slash(ctx, "general", "squad join", map[string]any{"squad": "Inner Circle"})
	if err != nil {
		return err
	}
	t.says("/squad join without an invitation", answerText(r), "by invitation", "Nothing was changed")
	if r, err = leader.slash(ctx, "general", "squad invite", map[string]any{"squad": "Inner Circle", "member": t.nameOf(t.playerOf(t.people.officer))}); err != nil {
		return err
	}
	t.says("/squad invite", answerText(r), "into **Inner Circle**")
	if _, err := t.direct(ctx, officer, "You are asked into squad Inner Circle"); err != nil {
		return err
	}
	if r, err = officer.slash(ctx, "general", "squad join", map[string]any{"squad": "Inner Circle"}); err != nil {
		return err
	}
	t.says("/squad join with an invitation", answerText(r), "You are in **Inner Circle** now")
	return t.compareSquad(ctx, "Inner Circle", 2, t.people.leader, t.people.officer)
}

// compareSquad looks who is in a squad; the first one leads it.
func (t *tour) compareSquad(ctx context.Context, squad string, n int, users ...string) error {
	r, err := t.person(t.people.officer, "Officer").slash(ctx, "general", "squad roster", map[string]any{"squad": squad})
	if err != nil {
		return err
	}
	text := unescaped(answerText(r))
	t.says("the roster of "+squad, text, fmt.Sprintf("**%d members**", n), "**"+t.nameOf(t.playerOf(users[0]))+"** (lead)")
	for _, u := range users {
		t.says("the roster of "+squad, text, t.nameOf(t.playerOf(u)))
	}
	return nil
}
