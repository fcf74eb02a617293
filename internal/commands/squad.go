package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/roles"
	"consigliere/internal/roster"
	"consigliere/internal/say"
)

// Squads keeps named groups of members.
type Squads interface {
	Squads(ctx context.Context, id faction.ID) ([]roster.Squad, error)
	CreateSquad(ctx context.Context, id faction.ID, q roster.Squad, now time.Time) (roster.Squad, error)
	// ChangeSquad changes who is in one, as it is at that moment; what it gives back is
	// told to players with the change.
	ChangeSquad(ctx context.Context, id faction.ID, squad roster.SquadID, now time.Time, change func(*roster.Squad) ([]alert.Personal, error)) (was, is roster.Squad, err error)
	// DeleteSquad tells how many alert rules went with it.
	DeleteSquad(ctx context.Context, id faction.ID, squad roster.SquadID) (was roster.Squad, rules int64, err error)
}

// squads are named groups of members with leads of their own: /squad. Who has
// member.manage manages all of them; a lead manages theirs by the buttons of its roster.
type squads struct{ deps *Deps }

// Custom ids: faction, squad.
const (
	squadJoin   = "squad:join"
	squadLeave  = "squad:leave"
	squadShow   = "squad:show"
	squadLet    = "squad:let"    // a select of those who ask
	squadCall   = "squad:invite" // a select of Discord users
	squadDelete = "squad:delete"
)

func viewMembers() rbac.Guard   { return rbac.Need(rbac.MemberView) }
func manageMembers() rbac.Guard { return rbac.Need(rbac.MemberManage) }

// squadOption declares the option that names a squad.
func squadOption(description string, required bool) chat.Option {
	return chat.Option{Name: optionSquad, Description: description, Required: required, Autocomplete: true, Max: bound(100)}
}

func (h *squads) table() noun {
	private := chat.Plan{Ephemeral: true}
	who := chat.Option{Name: "member", Description: "Torn id or name", Required: true, Autocomplete: true, Max: bound(100)}
	which := squadOption("Which squad", true)
	suggest := map[string]completer{optionSquad: suggestSquads(h.deps)}
	both := map[string]completer{optionSquad: suggestSquads(h.deps), "member": suggestMembers}
	manage := func(name string, fn handler) route {
		return route{name: name, guard: manageMembers(), plan: private, handle: fn}
	}
	press := func(name string, plan chat.Plan, fn func(*squads, context.Context, *Call, roster.SquadID) (chat.Reply, error)) route {
		return route{name: name, guard: viewMembers(), plan: plan, ours: true, handle: h.pressed(fn)}
	}
	kinds := []chat.Choice{{Name: "open: whoever wants to", Value: string(roster.Open)}, {Name: "request: a lead lets them in", Value: string(roster.OnRequest)},
		{Name: "invite: a lead asks them in", Value: string(roster.Invitation)}}
	return noun{
		commands: []command{
			{
				route:       manage("squad create", h.create),
				description: "Make a squad; you lead it",
				options: []chat.Option{
					{Name: "name", Description: "What it is called", Required: true, Max: bound(roster.MaxNameLen)},
					{Name: "kind", Description: "How one gets in; open if not given", Choices: kinds},
					{Name: optionRole, Description: "Discord role of its members, kept in step", Type: chat.Role},
					{Name: "category", Description: "What it is listed under", Max: bound(roster.MaxNameLen)},
				},
			},
			{
				route:       route{name: "squad join", guard: viewMembers(), plan: private, handle: h.named(h.join)},
				description: "Join a squad, ask to, or take an invitation", options: []chat.Option{which}, complete: suggest,
			},
			{
				route:       route{name: "squad leave", guard: viewMembers(), plan: private, handle: h.named(h.leave)},
				description: "Leave a squad, or take a request back", options: []chat.Option{which}, complete: suggest,
			},
			{
				route:       route{name: "squad roster", guard: viewMembers(), reads: true, plan: private, handle: h.roster},
				description: "Squads, or who is in one; its leads manage it here", options: []chat.Option{squadOption("Which squad; all if not given", false)}, complete: suggest,
			},
			{
				route:       manage("squad invite", h.named(h.invite)),
				description: "Ask a member into a squad", options: []chat.Option{which, who}, complete: both,
			},
			{
				route:       manage("squad approve", h.named(h.approve)),
				description: "Let a member in who asked", options: []chat.Option{which, who}, complete: both,
			},
			{
				route:       manage("squad remove", h.named(h.remove)),
				description: "Take a member out of a squad", options: []chat.Option{which, who}, complete: both,
			},
			{
				route:       manage("squad lead", h.named(h.lead)),
				description: "Let a member lead a squad, or no longer",
				options:     []chat.Option{which, who, {Name: "leads", Description: "No: they lead it no longer; yes if not given", Type: chat.Boolean}}, complete: both,
			},
			{
				route:       manage("squad delete", h.named(h.askDelete)),
				description: "Delete a squad and the alert rules that send to it", options: []chat.Option{which}, complete: suggest,
			},
		},
		actions: []route{
			press(squadJoin, private, (*squads).join), press(squadLeave, private, (*squads).leave),
			{name: squadShow, guard: viewMembers(), reads: true, ours: true, plan: private, handle: h.pressed((*squads).show)},
			press(squadLet, private, (*squads).letIn), press(squadCall, private, (*squads).call),
			{name: squadDelete, guard: manageMembers(), ours: true, plan: private, handle: h.pressed((*squads).delete)},
		},
	}
}

// pickSquad finds the squad that the option names, by number or by name.
func pickSquad(ctx context.Context, d *Deps, c *Call) (roster.Squad, error) {
	list, err := d.Squads.Squads(ctx, c.Faction)
	if err != nil {
		return roster.Squad{}, err
	}
	typed := roster.CleanName(c.option(optionSquad, ""))
	var part []roster.Squad
	for _, q := range list {
		switch {
		case strings.EqualFold(q.Name, typed), "#"+strconv.FormatInt(int64(q.ID), 10) == typed:
			return q, nil
		case typed != "" && matches(q.Name, typed):
			part = append(part, q)
		}
	}
	if len(part) == 1 {
		return part[0], nil
	}
	return roster.Squad{}, faction.Errorf(faction.NotFound, "There is no one squad “%s”. Nothing was changed. Pick one from the suggestions; `/squad roster` lists all.", say.Text(typed, 40))
}

// suggestSquads offers squads by name. The value is the number, since a name may be cut.
func suggestSquads(d *Deps) completer {
	return func(ctx context.Context, c *Call, typed string) []chat.Choice {
		list, err := d.Squads.Squads(ctx, c.Faction)
		if err != nil {
			return nil
		}
		var out []chat.Choice
		for _, q := range list {
			if matches(q.Name, typed) || matches(q.Category, typed) {
				out = append(out, chat.Choice{Name: fmt.Sprintf("%s (%d)", say.Plain(q.Name), len(q.In(roster.Member))), Value: "#" + strconv.FormatInt(int64(q.ID), 10)})
			}
		}
		return out
	}
}

// named finds the squad first.
func (h *squads) named(fn func(context.Context, *Call, roster.SquadID) (chat.Reply, error)) handler {
	return func(ctx context.Context, c *Call) (chat.Reply, error) {
		q, err := pickSquad(ctx, h.deps, c)
		if err != nil {
			return chat.Reply{}, err
		}
		return fn(ctx, c, q.ID)
	}
}

// pressed reads the custom id of a button below a roster.
func (h *squads) pressed(fn func(*squads, context.Context, *Call, roster.SquadID) (chat.Reply, error)) handler {
	return func(ctx context.Context, c *Call) (chat.Reply, error) {
		a := c.args()
		if err := a.ours(c); err != nil {
			return chat.Reply{}, err
		}
		id := roster.SquadID(a.number())
		if err := a.end(); err != nil {
			return chat.Reply{}, err
		}
		return fn(h, ctx, c, id)
	}
}

func (h *squads) create(ctx context.Context, c *Call) (chat.Reply, error) {
	q := roster.Squad{
		Name: roster.CleanName(c.option("name", "")), Kind: roster.Kind(c.option("kind", string(roster.Open))), Category: roster.CleanName(c.option("category", "")),
		RoleID: c.option(optionRole, ""), MadeBy: c.Actor.Player,
	}
	if err := q.Check(); err != nil {
		return chat.Reply{}, err
	}
	note := ""
	if q.RoleID != "" {
		g := &guildRoles{deps: h.deps}
		at, err := g.at(c)
		if err != nil {
			return chat.Reply{}, err
		}
		if err := g.mayMap(ctx, c, at, q.RoleID); err != nil {
			return chat.Reply{}, err
		}
		set, err := h.deps.RoleSetups.RoleSetup(ctx, at)
		if err != nil {
			return chat.Reply{}, err
		}
		q.GuildID = at.Guild
		note = "\nIts members get <@&" + q.RoleID + "> within a minute."
		if set.State() != roles.On {
			note = "\nIts members get <@&" + q.RoleID + "> once roles are switched on here: `/config roles preview` shows what would happen and has the button."
		}
	}
	if c.member() == nil {
		q.People = []roster.Person{{Player: c.Link.Player, Name: c.Link.Name, State: roster.Member, Lead: true, Since: c.Now}}
	}
	q, err := h.deps.Squads.CreateSquad(ctx, c.Faction, q, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "squad.create", map[string]any{"squad": int64(q.ID), "kind": string(q.Kind), "role": q.RoleID != ""})
	return said("Made squad **%s**, %s.%s\n`/squad roster` shows it. Alerts go to it with `/alerts add`, a chain watch with `/chain watch open`.", say.Name(q.Name), say.SquadKind(q.Kind), note)
}

func (h *squads) join(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	if err := c.member(); err != nil {
		return chat.Reply{}, err
	}
	name, err := c.ownName(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	var state roster.State
	var changed bool
	_, q, err := h.deps.Squads.ChangeSquad(ctx, c.Faction, id, c.Now, func(q *roster.Squad) (tell []alert.Personal, err error) {
		if state, changed, err = q.Join(c.Link.Player, c.Now); err != nil || !changed || state != roster.Asked {
			return nil, err
		}
		for _, p := range q.In(roster.Member) {
			if p.Lead {
				tell = append(tell, notice(*q, p.Player, "asked", c.Now, fmt.Sprintf("%s asks to join squad %s. /squad roster has a button to let them in.", say.Plain(name), say.Plain(q.Name))))
			}
		}
		return tell, nil
	})
	if err != nil {
		return chat.Reply{}, err
	}
	if !changed {
		if state == roster.Asked {
			return said("Nothing was changed: you have asked already. A lead of **%s** lets you in.", say.Name(q.Name))
		}
		return said("Nothing was changed: you are in **%s** already.", say.Name(q.Name))
	}
	c.Audit(ctx, c.Faction, "squad.join", map[string]any{"squad": int64(id), "state": string(state)})
	if state == roster.Asked {
		return said("Asked. A lead of **%s** lets you in.", say.Name(q.Name))
	}
	return said("You are in **%s** now, with %s.", say.Name(q.Name), several(int64(len(q.In(roster.Member))-1), "other"))
}

// notice is a direct message about a squad.
func notice(q roster.Squad, to faction.PlayerID, what string, now time.Time, words string) alert.Personal {
	return alert.Personal{Player: to, Alert: alert.Alert{
		Kind: alert.SquadNews, Subject: alert.Subject("squad", int64(q.ID)), Stage: fmt.Sprintf("%s:%d", what, now.Unix()), At: now, Data: alert.Data{Note: words},
	}}
}

func (h *squads) leave(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	if err := c.member(); err != nil {
		return chat.Reply{}, err
	}
	return h.takeOut(ctx, c, id, player{id: c.Link.Player}, "squad.leave")
}

func (h *squads) takeOut(ctx context.Context, c *Call, id roster.SquadID, p player, action string) (chat.Reply, error) {
	var was roster.Person
	_, q, err := h.deps.Squads.ChangeSquad(ctx, c.Faction, id, c.Now, func(q *roster.Squad) ([]alert.Personal, error) {
		var ok bool
		if was, ok = q.Remove(p.id); !ok {
			return nil, faction.Errorf(faction.Conflict, "Nobody like that is in this squad. Nothing was changed.")
		}
		return nil, nil
	})
	if err != nil {
		return chat.Reply{}, err
	}
	body := map[string]any{"squad": int64(id), "player": int64(p.id), "state": string(was.State), "lead": was.Lead}
	who := "**" + say.Name(p.name) + "** is"
	if action == "squad.leave" {
		who = "You are"
		c.Audit(ctx, c.Faction, "squad.leave", body)
	} else {
		c.Audit(ctx, c.Faction, "squad.remove", body)
	}
	return said("%s not in **%s** any more.", who, say.Name(q.Name))
}

func (h *squads) roster(ctx context.Context, c *Call) (chat.Reply, error) {
	if c.option(optionSquad, "") == "" {
		list, err := h.deps.Squads.Squads(ctx, c.Faction)
		return chat.Reply{Message: say.RenderSquads(list)}, err
	}
	q, err := pickSquad(ctx, h.deps, c)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.message(c, q), nil
}

// message is a squad's roster with the buttons that the caller may use.
func (h *squads) message(c *Call, q roster.Squad) chat.Reply {
	m := say.RenderSquad(q)
	own := []chat.Button{{ID: makeID(squadShow, c.Faction, q.ID), Label: "Refresh"}}
	if c.member() == nil {
		if person, ok := q.Person(c.Link.Player); ok && person.State != roster.Invited {
			own = append(own, chat.Button{ID: makeID(squadLeave, c.Faction, q.ID), Label: "Leave"})
		} else if ok || q.Kind != roster.Invitation {
			own = append(own, chat.Button{ID: makeID(squadJoin, c.Faction, q.ID), Label: "Join", Style: chat.Primary})
		}
	}
	if c.manages(q) == nil {
		var asked []chat.SelectOption
		for _, p := range q.In(roster.Asked) {
			if len(asked) < maxSuggestions {
				asked = append(asked, chat.SelectOption{Label: fmt.Sprintf("%s [%d]", say.Plain(p.Name), p.Player), Value: strconv.FormatInt(int64(p.Player), 10)})
			}
		}
		if len(asked) > 0 {
			m.Rows = append(m.Rows, chat.Row{Select: &chat.Select{ID: makeID(squadLet, c.Faction, q.ID), Placeholder: "Let in who asked", Options: asked, Min: 1, Max: len(asked)}})
		}
		m.Rows = append(m.Rows, chat.Row{Select: &chat.Select{ID: makeID(squadCall, c.Faction, q.ID), Placeholder: "Ask somebody in", Kind: "user"}})
	}
	m.Rows = append(m.Rows, chat.Row{Buttons: own})
	return chat.Reply{Message: m}
}

func (h *squads) show(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	list, err := h.deps.Squads.Squads(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	i := slices.IndexFunc(list, func(q roster.Squad) bool { return q.ID == id })
	if i < 0 {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "There is no such squad any more. `/squad roster` lists those there are.")
	}
	reply := h.message(c, list[i])
	reply.Update = true
	return reply, nil
}

func (h *squads) letIn(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	var who []faction.PlayerID
	for _, v := range c.Request.Values {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n <= 0 || len(who) >= maxSuggestions {
			return chat.Reply{}, errStale
		}
		who = append(who, faction.PlayerID(n))
	}
	if len(who) == 0 {
		return chat.Reply{}, errStale
	}
	q, err := h.let(ctx, c, id, who)
	if err != nil {
		return chat.Reply{}, err
	}
	reply := h.message(c, q)
	reply.Update = true
	return reply, nil
}

// call asks the player in whom a Discord account is linked to.
func (h *squads) call(ctx context.Context, c *Call, id roster.SquadID) (chat.Reply, error) {
	if len(c.Request.Values) != 1 || !isID(c.Request.Values[0]) {
		return chat.Reply{}, errStale
	}
	r, err := c.roster(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	s, err := h.deps.People.Standing(ctx, c.Request.Values[0], c.Request.GuildID, false)
	if err != nil {
		return chat.Reply{}, err
	}
	i := slices.IndexFunc(r.Members, func(m faction.Member) bool { return m.ID == s.Link.Player })
	if s.Link.Player == 0 || s.Link.Faction != c.Faction || i < 0 {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "That account is not linked to a member of the faction. Nothing was changed. They link with `/link`.")
	}
	return h.ask(ctx, c, id, player{id: s.Link.Player, name: r.Members[i].Name})
}
