package commands

import (
	"context"
	"slices"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// Retals are the chances to answer hits on us, and who has called dibs.
type Retals interface {
	// Retals reads those of a war, or without one those that opened since a moment, and
	// all that are open; the newest first.
	Retals(ctx context.Context, id faction.ID, w war.ID, since time.Time) ([]war.Retal, error)
	// ClaimRetal gives one to a member or takes it back from them, and returns how it
	// stands then: somebody else's claim is left alone while it holds.
	ClaimRetal(ctx context.Context, id faction.ID, attack war.AttackID, by faction.PlayerID, now time.Time) (war.Retal, error)
}

// retals shows retaliations and takes claims: /war retals and the button "Mine".
type retals struct{ deps *Deps }

const retalListAction = "retal:list"

// retalsBoard is the kind of the live message of open retaliations.
const retalsBoard = "retals"

// retalDays is how far back the list reaches while no war is on.
const retalDays = 7

func (h *retals) table() noun {
	return noun{
		commands: []command{{
			route:       route{name: "war retals", guard: viewWar(), reads: true, handle: h.list},
			description: "Open retaliations, what became of the last ones, and who answers",
			options:     []chat.Option{warOption("Of which war; without it the present one, else the last days")},
			complete:    map[string]completer{"war": suggestWars(h.deps.Wars)},
		}},
		actions: []route{
			{name: retalListAction, guard: viewWar(), reads: true, ours: true, handle: h.listAgain},
			{name: say.RetalMine, guard: viewWar(), ours: true, plan: chat.Plan{Ephemeral: true}, handle: h.mine},
			{name: say.RetalPick, guard: viewWar(), ours: true, plan: chat.Plan{Ephemeral: true}, handle: h.pick},
		},
	}
}

func (h *retals) list(ctx context.Context, c *Call) (chat.Reply, error) {
	var w war.War
	var err error
	if c.option("war", "") != "" {
		w, err = pickWar(ctx, h.deps.Wars, c, false)
	} else {
		w, err = h.warNow(ctx, c.Faction, c.Now)
	}
	if err != nil {
		return chat.Reply{}, err
	}
	return h.show(ctx, c, w)
}

func (h *retals) listAgain(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	id := war.ID(a.number())
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	var w war.War
	var err error
	if id != 0 {
		w, err = h.deps.Wars.War(ctx, c.Faction, id)
	}
	if err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.show(ctx, c, w)
	reply.Update = true
	return reply, err
}

// warNow is the war that is being fought; zero when none is.
func (h *retals) warNow(ctx context.Context, id faction.ID, now time.Time) (war.War, error) {
	list, err := h.deps.Wars.Wars(ctx, id, knownWars)
	if i := slices.IndexFunc(list, func(w war.War) bool { return w.Phase(now) == war.Active }); err == nil && i >= 0 {
		return list[i], nil
	}
	return war.War{}, err
}

func (h *retals) view(ctx context.Context, id faction.ID, w war.War, now time.Time) (say.RetalsView, error) {
	v := say.RetalsView{War: w, Since: now.AddDate(0, 0, -retalDays), Now: now}
	var err error
	if v.List, err = h.deps.Retals.Retals(ctx, id, w.ID, v.Since); err != nil {
		return v, err
	}
	v.Feeds, err = h.deps.Feeds.Feeds(ctx, id)
	v.AsOf = readAt(v.Feeds, feed.Attacks)
	return v, err
}

func (h *retals) show(ctx context.Context, c *Call, w war.War) (chat.Reply, error) {
	v, err := h.view(ctx, c.Faction, w, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	m := say.RenderRetals(v)
	m.Rows = append(say.MineRows(c.Faction, say.OpenRetals(v.List, say.RetalsOffered), c.Now), chat.Row{Buttons: []chat.Button{{ID: makeID(retalListAction, c.Faction, w.ID), Label: "Refresh"}}})
	return chat.Reply{Message: m}, nil
}

// live is the list as a live message.
func (h *retals) live(ctx context.Context, id faction.ID) (chat.Live, error) {
	now := h.deps.Clock.Now()
	w, err := h.warNow(ctx, id, now)
	if err != nil {
		return chat.Live{}, err
	}
	v, err := h.view(ctx, id, w, now)
	l := say.LiveRetals(v)
	l.Message.Rows = say.MineRows(id, say.OpenRetals(v.List, say.RetalsOffered), now)
	l.Same.Rows = l.Message.Rows
	return l, err
}

// mine is the button of one retaliation.
func (h *retals) mine(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	attack := war.AttackID(a.number())
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	return h.claim(ctx, c, attack)
}

// pick is the list of many: the value picked is the hit on us.
func (h *retals) pick(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	picked := &reading{left: c.Request.Values}
	attack := war.AttackID(picked.number())
	if err := picked.end(); err != nil {
		return chat.Reply{}, err
	}
	return h.claim(ctx, c, attack)
}

// claim gives a retaliation to whoever asked, or takes theirs back. Everything in the
// custom id and the value may be forged; what counts is what is stored for their faction.
func (h *retals) claim(ctx context.Context, c *Call, attack war.AttackID) (chat.Reply, error) {
	if !c.Linked() || c.Link.Faction != c.Faction {
		return chat.Reply{}, faction.Errorf(faction.Denied, "Only members of the faction can take a retaliation. Nothing was changed.")
	}
	r, err := h.deps.Retals.ClaimRetal(ctx, c.Faction, attack, c.Link.Player, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	body := map[string]any{"attack": int64(attack), "target": int64(r.Target.ID)}
	target := say.Name(r.Target.Name)
	switch r.Claim.By {
	case 0:
		c.Audit(ctx, c.Faction, "retal.release", body)
		return chat.Reply{Message: chat.Message{Content: target + " is free again: you are not on it any more."}}, nil
	case c.Link.Player:
		c.Audit(ctx, c.Faction, "retal.claim", body)
		return chat.Reply{Message: chat.Message{
			Content: "**Yours**: HOSP " + target + ", the bonus ends " + say.Ago(r.Deadline()) + ". Others may take it " + say.Ago(r.Claim.Until()) + "; press Mine again to give it back sooner.",
			// Picking the same line of a list twice does nothing in Discord, so the button is here.
			Rows: []chat.Row{{Buttons: []chat.Button{
				{Label: "Attack", URL: say.AttackURL(r.Target.ID), Style: chat.Link}, {ID: makeID(say.RetalMine, c.Faction, attack), Label: "Mine"},
			}}},
		}}, nil
	default:
		return chat.Reply{}, faction.Errorf(faction.Conflict, "%s is on %s. Nothing was changed; it is free again %s.",
			say.Name(r.Claim.Name), target, say.Ago(r.Claim.Until()))
	}
}
