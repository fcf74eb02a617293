package commands

import (
	"context"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/roster"
	"consigliere/internal/say"
)

// person is the member that the option names.
func (h *squads) person(ctx context.Context, c *Call) (player, error) {
	r, err := c.roster(ctx)
	if err != nil {
		return player{}, err
	}
	return pickPlayer(players(r.Members, nil), c.option("member", ""))
}

func (h *squads) invite(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	p, err := h.person(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.ask(ctx, c, id, p)
}

// manages refuses whoever neither manages members nor leads the squad.
func (c *Call) manages(q roster.Squad) error {
	if c.Allowed(manageMembers()) || c.member() == nil && q.Leads(c.Link.Player) {
		return nil
	}
	return faction.Errorf(faction.Denied, "Only a lead of this squad, or who has member.manage, may do that. Nothing was changed.")
}

func (h *squads) ask(ctx context.Context, c *Call, id roster.SquadID, p player) (chat.Reply, error) {
	var state roster.State
	var changed bool
	_, q, err := h.deps.Squads.ChangeSquad(ctx, c.Faction, id, c.Now, func(q *roster.Squad) (tell []alert.Personal, err error) {
		if err := c.manages(*q); err != nil {
			return nil, err
		}
		if state, changed, err = q.Invite(p.id, c.Now); err != nil || !changed {
			return nil, err
		}
		if state == roster.Member {
			return []alert.Personal{notice(*q, p.id, became(roster.Member, c.Now), c.Now, "You are in squad "+say.Plain(q.Name)+" now.")}, nil
		}
		return []alert.Personal{notice(*q, p.id, became(roster.Invited, c.Now), c.Now, "You are asked into squad "+say.Plain(q.Name)+". /squad join lets you in.")}, nil
	})
	if err != nil {
		return chat.Reply{}, err
	}
	name := say.Name(p.name)
	if !changed {
		return said("Nothing was changed: **%s** is in **%s**, or was asked, already.", name, say.Name(q.Name))
	}
	c.Audit(ctx, c.Faction, "squad.invite", map[string]any{"squad": int64(id), "player": int64(p.id), "state": string(state)})
	if state == roster.Member {
		return said("**%s** had asked to join, and is in **%s** now.", name, say.Name(q.Name))
	}
	return said("Asked **%s** into **%s**: they get a direct message if they are linked, and join with `/squad join`.", name, say.Name(q.Name))
}

func (h *squads) approve(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	p, err := h.person(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	q, err := h.let(ctx, c, id, []faction.PlayerID{p.id})
	if err != nil {
		return chat.Reply{}, err
	}
	return said("**%s** is in **%s** now.", say.Name(p.name), say.Name(q.Name))
}

// let lets in those who asked.
func (h *squads) let(ctx context.Context, c *Call, id roster.SquadID, who []faction.PlayerID) (roster.Squad, error) {
	_, q, err := h.deps.Squads.ChangeSquad(ctx, c.Faction, id, c.Now, func(q *roster.Squad) (tell []alert.Personal, err error) {
		if err := c.manages(*q); err != nil {
			return nil, err
		}
		for _, p := range who {
			if err := q.Approve(p, c.Now); err != nil {
				return nil, err
			}
			tell = append(tell, notice(*q, p, became(roster.Member, c.Now), c.Now, "You are in squad "+say.Plain(q.Name)+" now."))
		}
		return tell, nil
	})
	if err != nil {
		return roster.Squad{}, err
	}
	c.Audit(ctx, c.Faction, "squad.approve", map[string]any{"squad": int64(id), "players": who})
	return q, nil
}

func (h *squads) remove(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	p, err := h.inSquad(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.takeOut(ctx, c, id, p, "squad.remove")
}

// inSquad is the member of a squad that the option names, who may have left the faction.
func (h *squads) inSquad(ctx context.Context, c *Call, id roster.SquadID) (player, error) {
	list, err := h.deps.Squads.Squads(ctx, c.Faction)
	if err != nil {
		return player{}, err
	}
	var all []player
	for _, q := range list {
		for _, p := range q.People {
			if q.ID == id {
				all = append(all, player{id: p.Player, name: p.Name})
			}
		}
	}
	return pickPlayer(all, c.option("member", ""))
}

func (h *squads) lead(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	p, err := h.person(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	leads := c.option("leads", "true") == "true"
	var changed bool
	_, q, err := h.deps.Squads.ChangeSquad(ctx, c.Faction, id, c.Now, func(q *roster.Squad) (_ []alert.Personal, err error) {
		changed, err = q.SetLead(p.id, leads, c.Now)
		return nil, err
	})
	if err != nil {
		return chat.Reply{}, err
	}
	if !changed {
		return said("Nothing was changed: it is so already.")
	}
	c.Audit(ctx, c.Faction, "squad.lead", map[string]any{"squad": int64(id), "player": int64(p.id), "before": !leads, "after": leads})
	if leads {
		return said("**%s** leads **%s** now: `/squad roster` has their buttons.", say.Name(p.name), say.Name(q.Name))
	}
	return said("**%s** leads **%s** no longer, and stays in it.", say.Name(p.name), say.Name(q.Name))
}

func (h *squads) askDelete(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	q, err := pickSquad(ctx, h.deps, c)
	if err != nil {
		return chat.Reply{}, err
	}
	reply, err := said("Delete squad **%s** with %s? Alert rules that send to it go as well; its rotas stay, for everybody. This cannot be undone.",
		say.Name(q.Name), several(int64(len(q.In(roster.Member))), "member"))
	reply.Rows = []chat.Row{{Buttons: []chat.Button{{ID: makeID(squadDelete, c.Faction, id), Label: "Delete", Style: chat.Danger}}}}
	return reply, err
}

func (h *squads) delete(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	was, rules, err := h.deps.Squads.DeleteSquad(ctx, c.Faction, id)
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "squad.delete", map[string]any{"squad": int64(id), "members": len(was.In(roster.Member)), "rules": rules})
	reply, err := said("Deleted squad **%s**. %s went with it.", say.Name(was.Name), several(rules, "alert rule"))
	reply.Update = true
	return reply, err
}
