package commands

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/roster"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// attackLog answers who did what: /war member, /war attacks.
type attackLog struct{ deps *Deps }

const attacksAction = "war:attacks"

// anyClass stands for no narrowing in a custom id.
const anyClass = "all"

func (h *attackLog) table() noun {
	classes := make([]chat.Choice, 0, len(war.Classes()))
	for _, k := range war.Classes() {
		classes = append(classes, chat.Choice{Name: say.ClassName(k), Value: string(k)})
	}
	member := func(description string) chat.Option {
		return chat.Option{Name: "member", Description: description, Autocomplete: true, Max: bound(100)}
	}
	suggest := map[string]completer{"war": suggestWars(h.deps.Wars), "member": suggestMembers}
	return noun{
		commands: []command{
			{
				route:       route{name: "war member", guard: viewWar(), reads: true, handle: h.member},
				description: "What one player did and suffered in a war",
				options:     []chat.Option{member("Name or id; without it yourself"), warOption("Enemy's name or id; without it the present or latest war")},
				complete:    suggest,
			},
			{
				route:       route{name: "war attacks", guard: viewWar(), reads: true, handle: h.attacks},
				description: "The attacks of a war, newest first",
				options: []chat.Option{
					member("Only those by or on this player"),
					{Name: "class", Description: "Only attacks that count as this", Choices: classes},
					warOption("Enemy's name or id; without it the present or latest war"),
					squadOption("Only those by or on members of this squad", false),
				},
				complete: map[string]completer{"war": suggest["war"], "member": suggestMembers, optionSquad: suggestTeams(h.deps)},
			},
		},
		actions: []route{{name: attacksAction, guard: viewWar(), reads: true, ours: true, handle: h.turnAttacks}},
	}
}

// everybody reads all that may be named in a war.
func (h *attackLog) everybody(ctx context.Context, c *Call, w war.War) ([]player, []war.Row, error) {
	ours, err := c.roster(ctx)
	if err != nil {
		return nil, nil, err
	}
	rows, err := h.deps.Wars.Tallies(ctx, c.Faction, w.ID)
	return players(ours.Members, rows), rows, err
}

func (h *attackLog) member(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := pickWar(ctx, h.deps.Wars, c, false)
	if err != nil {
		return chat.Reply{}, err
	}
	all, rows, err := h.everybody(ctx, c, w)
	if err != nil {
		return chat.Reply{}, err
	}
	typed := c.option("member", "")
	if typed == "" {
		if !c.Linked() {
			return chat.Reply{}, faction.Errorf(faction.Invalid, "Name a member: you are not linked, so I cannot show your own figures.")
		}
		typed = strconv.FormatInt(int64(c.Link.Player), 10)
	}
	who, err := pickPlayer(all, typed)
	if err != nil {
		return chat.Reply{}, err
	}
	states, err := h.deps.Feeds.Feeds(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	board := war.NewBoard(w, rows, w.SeenAt)
	v := say.MemberView{
		War: w, Row: war.Row{Player: who.id, Name: who.name, Team: who.team}, AsOf: readAt(states, feed.Attacks), Now: c.Now, Feeds: states,
		Of: len(board.Side(who.team)),
	}
	if i := slices.IndexFunc(board.Side(who.team), func(r war.Row) bool { return r.Player == who.id }); i >= 0 {
		v.Row, v.Rank = board.Side(who.team)[i], i+1
	}
	if v.Row.Retaliations > 0 {
		if v.Retals, err = h.answers(ctx, c.Faction, w.ID, who.id); err != nil {
			return chat.Reply{}, err
		}
	}
	m := say.RenderMember(v)
	m.Rows = []chat.Row{{Buttons: []chat.Button{{ID: attacksID(c.Faction, w.ID, who.id, "", 0, 0), Label: "Attacks"}}}}
	return chat.Reply{Message: m}, nil
}

// answers tells what a player did in a war about hits on us.
func (h *attackLog) answers(ctx context.Context, id faction.ID, w war.ID, who faction.PlayerID) (war.RetalFigures, error) {
	list, err := h.deps.Retals.Retals(ctx, id, w, time.Time{})
	_, members := war.RetalTable(list)
	for _, m := range members {
		if m.Player == who {
			return m, err
		}
	}
	return war.RetalFigures{}, err
}

func attacksID(f faction.ID, w war.ID, p faction.PlayerID, class war.Class, before war.AttackID, squad roster.SquadID) string {
	if class == "" {
		class = anyClass
	}
	return ofSquad(makeID(attacksAction, f, w, p, class, before), squad)
}

func (h *attackLog) attacks(ctx context.Context, c *Call) (chat.Reply, error) {
	class := war.Class(c.option("class", ""))
	if class != "" && !slices.Contains(war.Classes(), class) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "There is no such class of attack. Pick one from the list.")
	}
	w, err := pickWar(ctx, h.deps.Wars, c, false)
	if err != nil {
		return chat.Reply{}, err
	}
	q, err := askedTeam(ctx, h.deps, c)
	if err != nil {
		return chat.Reply{}, err
	}
	var who player
	if typed := c.option("member", ""); typed != "" {
		if q.ID != 0 {
			return chat.Reply{}, faction.Errorf(faction.Invalid, "Name a member or a squad, not both.")
		}
		all, _, err := h.everybody(ctx, c, w)
		if err != nil {
			return chat.Reply{}, err
		}
		if who, err = pickPlayer(all, typed); err != nil {
			return chat.Reply{}, err
		}
	}
	return h.show(ctx, c, w, war.AttackFilter{War: w.ID, Player: who.id, Class: class}, who.name, q)
}

func (h *attackLog) turnAttacks(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	f := war.AttackFilter{War: war.ID(a.number()), Player: faction.PlayerID(a.number())}
	if class := a.oneOf(append(words(war.Classes()), anyClass)...); class != anyClass {
		f.Class = war.Class(class)
	}
	f.Before = war.AttackID(a.number())
	squad := a.squad()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	w, err := h.deps.Wars.War(ctx, c.Faction, f.War)
	if err != nil {
		return chat.Reply{}, err
	}
	q, err := teamOf(ctx, h.deps, c, squad)
	if err != nil {
		return chat.Reply{}, err
	}
	name := ""
	if f.Player != 0 {
		all, _, err := h.everybody(ctx, c, w)
		if err != nil {
			return chat.Reply{}, err
		}
		who, err := pickPlayer(all, strconv.FormatInt(int64(f.Player), 10))
		if err != nil {
			return chat.Reply{}, err
		}
		name = who.name
	}
	reply, err := h.show(ctx, c, w, f, name, q)
	reply.Update = true
	return reply, err
}

// show lists one page and asks for one attack more, to know whether others follow.
func (h *attackLog) show(ctx context.Context, c *Call, w war.War, f war.AttackFilter, name string, q roster.Squad) (chat.Reply, error) {
	if q.ID != 0 {
		f.Some = slices.AppendSeq([]faction.PlayerID{}, maps.Keys(q.Players()))
	}
	f.Limit = say.AttacksPage + 1
	list, err := h.deps.Wars.ListAttacks(ctx, c.Faction, f)
	if err != nil {
		return chat.Reply{}, err
	}
	states, err := h.deps.Feeds.Feeds(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	more := len(list) > say.AttacksPage
	list = list[:min(len(list), say.AttacksPage)]
	m := say.RenderAttacks(say.AttacksView{
		War: w, Attacks: list, Player: name, Squad: q.Name, Class: f.Class, More: more,
		AsOf: readAt(states, feed.Attacks), Now: c.Now, Feeds: states,
	})
	buttons := []chat.Button{{ID: attacksID(c.Faction, w.ID, f.Player, f.Class, 0, q.ID), Label: "Newest"}}
	if more {
		buttons = append(buttons, chat.Button{ID: attacksID(c.Faction, w.ID, f.Player, f.Class, list[len(list)-1].Attack.ID, q.ID), Label: "Next"})
	}
	m.Rows = []chat.Row{{Buttons: buttons}}
	return chat.Reply{Message: m}, nil
}
