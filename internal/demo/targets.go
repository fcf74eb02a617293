package demo

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	simtorn "consigliere/internal/sim/torn"
)

// attackLink is how a list of targets names somebody.
var attackLink = regexp.MustCompile(`sid=attack&user2ID=(\d+)`)

// lookAtTargets asks whom one can hit, calls one of them twice, and compares both sides'
// lists with the rosters and the figures.
func (t *tour) lookAtTargets(ctx context.Context, f simtorn.Figures) error {
	officer, member := t.person(t.people.officer, "Officer"), t.person(t.people.member, "Member")
	r, err := officer.slash(ctx, "war-room", "war targets", nil)
	if err != nil {
		return err
	}
	t.says("/war targets", answerText(r), f.Them.Name, "to hit now")
	named := attackLink.FindAllStringSubmatch(answerText(r), -1)
	t.check(len(named) > 0, "/war targets names nobody: %s", answerText(r))
	for _, m := range named {
		id, _ := strconv.ParseInt(m[1], 10, 64) // digits
		p, _ := t.torn.Player(id)
		t.check(p.Faction == f.Them.Faction, "%s is a target and not of the enemy", p.Name)
	}
	if len(named) > 0 {
		if err := t.claim(ctx, officer, member, named[0][1]); err != nil {
			return err
		}
	}
	if r, err = officer.slash(ctx, "war-room", "war us", nil); err != nil {
		return err
	}
	idle, ours := 0, t.torn.Roster(f.Us.Faction)
	for _, p := range ours {
		if f.Us.Members[p.ID].WarHits == 0 {
			idle++
		}
	}
	t.says("/war us", answerText(r), fmt.Sprintf("of %d of us can fight", len(ours)), fmt.Sprintf("**%d** without a hit", idle))
	if r, err = officer.slash(ctx, "war-room", "war enemy", nil); err != nil {
		return err
	}
	t.says("/war enemy", answerText(r), fmt.Sprintf("of %d of them can be hit", len(t.torn.Roster(f.Them.Faction))))
	return nil
}

// claim calls a target for one, refuses it to another, and lets it go.
func (t *tour) claim(ctx context.Context, one, other *actor, target string) error {
	id, _ := strconv.ParseInt(target, 10, 64) // digits
	r, err := one.slash(ctx, "war-room", "war claim", map[string]any{"target": target, "minutes": 20})
	if err != nil {
		return err
	}
	t.says("/war claim", unescaped(answerText(r)), t.nameOf(id), "is yours until")
	if r, err = other.slash(ctx, "war-room", "war claim", map[string]any{"target": target}); err != nil {
		return err
	}
	t.says("a second /war claim", unescaped(answerText(r)), "is called by **"+t.nameOf(t.playerOf(one.person.ID()))+"**", "Nothing was changed")
	if r, err = one.slash(ctx, "war-room", "war enemy", nil); err != nil {
		return err
	}
	t.says("/war enemy", answerText(r), "**1** called")
	if r, err = one.slash(ctx, "war-room", "war unclaim", map[string]any{"target": target}); err != nil {
		return err
	}
	t.says("/war unclaim", unescaped(answerText(r)), t.nameOf(id)+" is free again")
	return nil
}
