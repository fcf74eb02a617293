package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	simdiscord "consigliere/internal/sim/discord"
)

// trusted is the part about who may see and do what: rights from the game, the log of
// it, keys, and what a person can have back.
func (t *tour) trusted(ctx context.Context) error {
	for _, act := range []func(context.Context) error{t.rights, t.promotion, t.logged, t.operated, t.ownData} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// rights are decided by the leader, as the game suggests them.
func (t *tour) rights(ctx context.Context) error {
	t.heading("Who may do what")
	leader := t.person(t.people.leader, "Leader")
	r, err := leader.slash(ctx, "general", "setup", nil)
	if err != nil {
		return err
	}
	if r, err = leader.click(ctx, r, "Who may do what"); err != nil {
		return err
	}
	t.says("the suggestion", answerText(r), "Underboss", "war.manage", "Banker", "finance.manage")
	if r, err = leader.click(ctx, r, "Use this"); err != nil {
		return err
	}
	t.says("the set-up", answerText(r), "every position is decided")
	if r, err = leader.click(ctx, r, "Send a test alert"); err != nil {
		return err
	}
	t.says("the test alert", answerText(r), "Test alert", "arrived in")
	if _, err := t.alert(ctx, "Test, nothing happened"); err != nil {
		return err
	}
	if r, err = leader.slash(ctx, "general", "config permissions show", nil); err != nil {
		return err
	}
	t.check(r.Ephemeral, "permissions were shown in public")
	t.says("/config permissions show", answerText(r), "Underbo", "Soldier")
	return nil
}

// promotion gives a member rights in the game, and takes them away again.
func (t *tour) promotion(ctx context.Context) error {
	t.heading("A member is promoted in the game, and demoted")
	id := t.torn.Plan().Members[0]
	member := t.person(t.people.member, "Member")
	if err := member.link(ctx, t.torn.KeyOf(id)); err != nil {
		return err
	}
	p, _ := t.torn.Player(id)
	refused := "member.manage"
	if err := t.waitRights(ctx, "before the promotion", refused, true); err != nil {
		return err
	}
	if err := t.torn.SetPosition(id, "Underboss"); err != nil {
		return err
	}
	if err := t.waitRights(ctx, "after the promotion", refused, false); err != nil {
		return err
	}
	if err := t.torn.SetPosition(id, p.Position); err != nil {
		return err
	}
	return t.waitRights(ctx, "after the demotion", refused, true)
}

// waitRights waits until the member is refused what takes a permission, or is not.
func (t *tour) waitRights(ctx context.Context, when, permission string, refused bool) error {
	quiet := t.as(t.people.member)
	var r *simdiscord.Response
	var err error
	is := func() bool { return strings.Contains(answerText(r), permission) }
	for range 60 {
		if r, err = quiet.slash(ctx, "general", "config links", nil); err != nil {
			return err
		}
		if is() == refused && !strings.Contains(answerText(r), "has not been read yet") {
			break
		}
		if err := t.clock.Sleep(ctx, 10*time.Second); err != nil {
			return err
		}
	}
	t.check(is() == refused, "%s the answer to what takes %s was:\n%s", when, permission, answerText(r))
	fmt.Fprintln(t.out, indent("> Member /config links, "+when+"\n"+r.Text()))
	return nil
}

// logged looks at the log of all that.
func (t *tour) logged(ctx context.Context) error {
	t.heading("The log of it")
	leader := t.person(t.people.leader, "Leader")
	r, err := leader.slash(ctx, "general", "audit log", nil)
	if err != nil {
		return err
	}
	t.check(r.Ephemeral, "the audit log was shown in public")
	if r, err = leader.slash(ctx, "general", "audit verify", nil); err != nil {
		return err
	}
	t.says("/audit verify", answerText(r), "whole")
	if r, err = leader.slash(ctx, "general", "config keys", nil); err != nil {
		return err
	}
	t.check(r.Ephemeral, "the health of keys was shown in public")
	for _, secret := range t.secrets {
		t.check(!strings.Contains(r.Text(), secret), "/config keys shows a key")
	}
	t.says("/config keys", answerText(r), "3")
	return nil
}

// operated is what whoever runs the bot can look at.
func (t *tour) operated(ctx context.Context) error {
	t.heading("The operator looks after the bot")
	operator := t.person(t.people.operator, "Operator")
	r, err := operator.slash(ctx, "general", "admin faction list", nil)
	if err != nil {
		return err
	}
	t.says("/admin faction list", answerText(r), t.torn.Figures(t.clock.Now()).Us.Name)
	if r, err = operator.slash(ctx, "general", "admin health", nil); err != nil {
		return err
	}
	t.check(r.Ephemeral, "the bot's health was shown in public")
	if r, err = t.person(t.people.officer, "Officer").slash(ctx, "general", "admin faction remove", map[string]any{"faction": "1"}); err != nil {
		return err
	}
	t.says("an officer's /admin faction remove", answerText(r), "operator")
	return nil
}

// ownData is what a person can have back.
func (t *tour) ownData(ctx context.Context) error {
	t.heading("A recruit asks what is stored about them")
	recruit := t.person(t.people.recruit, "Recruit")
	r, err := recruit.slash(ctx, "general", "privacy export", nil)
	if err != nil {
		return err
	}
	t.check(r.Ephemeral, "somebody's data was shown in public")
	t.says("/privacy export", r.Text(), ".json")
	for _, secret := range t.secrets {
		t.check(!strings.Contains(r.Text(), secret), "/privacy export shows a key")
	}
	return nil
}
