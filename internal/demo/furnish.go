package demo

import (
	"context"
	"errors"
	"fmt"
)

// furnish lets the people of the evening do what a faction at war has done by then: a
// live chain message, a squad that is called when the chain is about to break, a watch.
func (w *world) furnish(ctx context.Context) error {
	leader, officer, member := w.as(w.people.leader), w.as(w.people.officer), w.as(w.people.member)
	if err := member.link(ctx, w.torn.KeyOf(w.torn.Plan().Members[0])); err != nil {
		return fmt.Errorf("link a member: %w", err)
	}
	if err := leader.decideRights(ctx); err != nil {
		return fmt.Errorf("furnish the evening: %w", err)
	}
	room := w.guild.Channel("war-room").ID
	for _, step := range []struct {
		who     *actor
		path    string
		options map[string]any
		want    string
	}{
		{leader, "board post", map[string]any{"kind": "chain", "channel": room}, "live chain message"},
		{leader, "squad create", map[string]any{"name": chainers, "category": "War"}, "Made squad"},
		{leader, "squad lead", map[string]any{"squad": chainers, "member": w.nameOf(w.playerOf(w.people.officer))}, "leads"},
		{officer, "chain watch open", map[string]any{"slots": 30, "hours": 4}, "without a watcher"},
		{member, "chain watch join", nil, "Yours"},
		{officer, "chain watch join", nil, "Yours"},
	} {
		channel := "general"
		if step.path == "chain watch open" {
			channel = "war-room"
		}
		r, err := step.who.slash(ctx, channel, step.path, step.options)
		if err == nil {
			err = expect(r, step.want)
		}
		if err != nil {
			return fmt.Errorf("furnish the evening: %w", err)
		}
	}
	if err := leader.callSquad(ctx, room); err != nil {
		return fmt.Errorf("furnish the evening: %w", err)
	}
	return nil
}

// callSquad lets the usual warnings of a chain's timer call the squad. A rule of its own
// beside the usual one would tell everything twice.
func (a *actor) callSquad(ctx context.Context, room string) error {
	found, err := a.person.Autocomplete(ctx, a.guild.ID, room, "alerts edit", nil, "rule", "chain.timer")
	if err != nil || len(found) == 0 {
		return errors.Join(errors.New("no rule of a chain's timer is offered"), err)
	}
	r, err := a.slash(ctx, "general", "alerts edit", map[string]any{"rule": fmt.Sprint(found[0].Value), "channel": room, "squad": chainers, "at_least": 25})
	if err != nil {
		return err
	}
	return expect(r, "Changed")
}

// decideRights lets positions do here what they may do in the game.
func (a *actor) decideRights(ctx context.Context) error {
	r, err := a.slash(ctx, "general", "setup", nil)
	if err != nil {
		return err
	}
	if r, err = a.click(ctx, r, "Who may do what"); err != nil {
		return err
	}
	if r, err = a.click(ctx, r, "Use this"); err != nil {
		return err
	}
	return expect(r, "every position is decided")
}
