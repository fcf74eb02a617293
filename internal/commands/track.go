package commands

import (
	"context"
	"fmt"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// Tracker switches the tracking of a war.
type Tracker interface {
	Track(ctx context.Context, id faction.ID, w war.ID, on bool) error
}

// tracking says which wars are followed closely. The attack log is kept whatever is
// chosen, so that figures are whole even for a war that was not.
type tracking struct{ deps *Deps }

func (h *tracking) table() noun {
	guard := rbac.Need(rbac.WarManage)
	suggest := map[string]completer{"war": suggestWars(h.deps.Wars)}
	options := []chat.Option{warOption("Enemy's name or id; without it the war that is on or next")}
	return noun{commands: []command{
		{
			route:       route{name: "war track start", guard: guard, handle: h.start},
			description: "Follow a war closely: fast reading, alerts, live message",
			options:     options, complete: suggest,
		},
		{
			route:       route{name: "war track stop", guard: guard, handle: h.stop},
			description: "Follow a war at leisure: no alerts, but its attacks are still kept",
			options:     options, complete: suggest,
		},
	}}
}

func (h *tracking) start(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := h.set(ctx, c, true)
	if err != nil {
		return chat.Reply{}, err
	}
	text := fmt.Sprintf("Tracking **%s** [%d]: its score is read every few seconds, alerts and the live message follow it.", say.WarTitle(w), w.ID)
	if !w.End.IsZero() {
		text = fmt.Sprintf("**%s** [%d] is marked as tracked, but it is over: nothing more will happen in it.", say.WarTitle(w), w.ID)
	}
	return chat.Reply{Message: chat.Message{Content: text}}, nil
}

func (h *tracking) stop(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := h.set(ctx, c, false)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Message: chat.Message{Content: fmt.Sprintf(
		"No longer tracking **%s** [%d]: no fast reading, no alerts, no live message. Its attacks are still kept, so nothing is lost; `/war track start` switches it on again.",
		say.WarTitle(w), w.ID)}}, nil
}

func (h *tracking) set(ctx context.Context, c *Call, on bool) (war.War, error) {
	w, err := pickWar(ctx, h.deps.Wars, c, true)
	if err != nil {
		return war.War{}, err
	}
	if err := h.deps.Tracker.Track(ctx, c.Faction, w.ID, on); err != nil {
		return war.War{}, err
	}
	c.Audit(ctx, c.Faction, "war.track", map[string]any{"war": w.ID, "on": on})
	if on {
		c.hurry(ctx, c.Faction, feed.Front, feed.Attacks)
	}
	return w, nil
}
