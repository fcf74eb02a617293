package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/roles"
	"consigliere/internal/say"
)

// RoleSetups keeps which Discord roles a faction wants its people to have on a server.
type RoleSetups interface {
	RoleSetup(ctx context.Context, at roles.Place) (roles.Setup, error)
	// PutRole maps a role, or with an empty one ends a mapping; before is what was mapped.
	PutRole(ctx context.Context, at roles.Place, kind roles.Kind, position, roleID string) (before string, err error)
	SetNickname(ctx context.Context, at roles.Place, template string) (before string, err error)
	// ConfirmRoles lets a setup be followed, by its digest; empty: none is.
	ConfirmRoles(ctx context.Context, at roles.Place, digest string) (before string, err error)
	RolesDue(ctx context.Context, at roles.Place) error
}

// RoleWork looks at Discord.
type RoleWork interface {
	Preview(ctx context.Context, at roles.Place) (roles.Preview, error)
	Look(ctx context.Context, guildID, userID string) (roles.Server, roles.Member, error)
	People(ctx context.Context, at roles.Place) ([]roles.Person, error)
}

// guildRoles gives Discord roles and nicknames after what people are in Torn: /config
// roles. Nothing is followed that nobody saw in a preview.
type guildRoles struct{ deps *Deps }

const (
	rolesOn  = "roles:on"  // a button below a preview: faction, digest
	rolesOff = "roles:off" // faction

	optionKind     = "who"
	optionRole     = "role"
	optionPosition = "position"
	optionTemplate = "template"
)

func (h *guildRoles) table() noun {
	manage := func(name string, fn handler) route {
		return route{name: name, guard: rbac.Need(rbac.DiscordManage), plan: chat.Plan{Ephemeral: true}, handle: fn}
	}
	long := func(rt route) route { rt.plan.Slow, rt.plan.Long = true, true; return rt }
	alone := func(rt route) route { rt.alone = true; return rt }
	click := func(rt route) route { rt.ours = true; return rt }
	who := chat.Option{Name: optionKind, Description: "Who gets the role", Required: true, Choices: []chat.Choice{
		{Name: "Everybody who is linked", Value: string(roles.Verified)},
		{Name: "Members of the faction who are linked", Value: string(roles.InFaction)},
		{Name: "Those with a position in the faction", Value: string(roles.AtPosition)},
	}}
	position := chat.Option{Name: optionPosition, Description: "The position, where that says who", Autocomplete: true, Max: bound(100)}
	suggest := map[string]completer{optionPosition: (&permissions{deps: h.deps}).suggest}
	return noun{
		commands: []command{
			{
				route:       manage("config roles show", h.show),
				description: "Which Discord roles and nicknames the bot gives here, and what it cannot do",
			},
			{
				route:       manage("config roles set", h.set),
				description: "Let the bot give a Discord role; nothing happens before a preview",
				options:     []chat.Option{who, {Name: optionRole, Description: "The Discord role", Type: chat.Role, Required: true}, position},
				complete:    suggest,
			},
			{
				route:       manage("config roles remove", h.remove),
				description: "Let the bot give a role no more",
				options:     []chat.Option{who, position}, complete: suggest,
			},
			{
				route:       manage("config roles nickname", h.nickname),
				description: "How members are called here; without a template nicknames are left alone",
				options: []chat.Option{{Name: optionTemplate, Max: bound(roles.MaxTemplate),
					Description: "{name}, {id}, {position}, {faction} and text, such as {name} [{id}]"}},
			},
			{
				route:       alone(long(manage("config roles preview", h.preview))),
				description: "Who would get and lose which role, and be renamed; changes nothing",
			},
			{
				route:       manage("config roles apply", h.apply),
				description: "Look at everybody's roles and nicknames now instead of within the hour",
			},
		},
		actions: []route{click(manage(rolesOn, h.switchOn)), click(manage(rolesOff, h.switchOff))},
	}
}

// at is the server where the request was made, which has to be one of the faction's.
func (h *guildRoles) at(c *Call) (roles.Place, error) {
	if c.Request.GuildID == "" || !c.Serves(c.Faction) {
		return roles.Place{}, faction.Errorf(faction.Invalid, "Roles belong to a Discord server: use this on a server of your faction. Nothing was changed.")
	}
	return roles.Place{Faction: c.Faction, Guild: c.Request.GuildID}, nil
}

// asked reads who a rule is about.
func (h *guildRoles) asked(c *Call) (roles.Kind, string, error) {
	kind, position := roles.Kind(c.option(optionKind, "")), strings.TrimSpace(c.option(optionPosition, ""))
	switch {
	case !slices.Contains(roles.Kinds(), kind):
		return "", "", faction.Errorf(faction.Invalid, "Say who gets the role: pick from the list. Nothing was changed.")
	case kind == roles.AtPosition && position == "":
		return "", "", faction.Errorf(faction.Invalid, "Say which position: fill in the option `position`. Nothing was changed.")
	case kind != roles.AtPosition && position != "":
		return "", "", faction.Errorf(faction.Invalid, "The option `position` goes with “Those with a position” only. Nothing was changed.")
	}
	return kind, position, nil
}

func (h *guildRoles) set(ctx context.Context, c *Call) (chat.Reply, error) {
	at, err := h.at(c)
	if err != nil {
		return chat.Reply{}, err
	}
	kind, position, err := h.asked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	if kind == roles.AtPosition {
		if position, err = h.position(ctx, c, position); err != nil {
			return chat.Reply{}, err
		}
	}
	roleID := c.option(optionRole, "")
	if err := h.mayMap(ctx, c, at, roleID); err != nil {
		return chat.Reply{}, err
	}
	before, err := h.deps.RoleSetups.PutRole(ctx, at, kind, position, roleID)
	if err != nil {
		return chat.Reply{}, err
	}
	if before == roleID {
		return said("Nothing was changed: %s get <@&%s> already.", wordRule(kind, position), roleID)
	}
	c.Audit(ctx, c.Faction, "roles.set", mapped(kind, position, before != "", true))
	return said("%s are to get <@&%s>%s.\n%s", wordRule(kind, position), roleID, insteadOf(before), nextStep)
}

// mapped is what is audited of a mapping: never the role's Discord id.
func mapped(kind roles.Kind, position string, before, after bool) map[string]any {
	body := map[string]any{"kind": string(kind), "before": before, "after": after}
	if position != "" {
		body["position"] = position
	}
	return body
}

// position finds a position by its name as the game has it.
func (h *guildRoles) position(ctx context.Context, c *Call, typed string) (string, error) {
	all, err := h.deps.Rights.Positions(ctx, c.Faction)
	if err != nil {
		return "", err
	}
	names := []string{faction.PositionLeader, faction.PositionCoLeader}
	for _, p := range all {
		names = append(names, p.Name)
	}
	for _, name := range names {
		if strings.EqualFold(name, typed) {
			return name, nil
		}
	}
	return "", faction.Errorf(faction.NotFound, "Your faction has no position “%s” in the game. Pick one from the suggestions. Nothing was changed.", say.Text(typed, 40))
}

// mayMap refuses a role that the bot must or can not give, or that the caller could not.
func (h *guildRoles) mayMap(ctx context.Context, c *Call, at roles.Place, roleID string) error {
	server, me, err := h.deps.RoleWork.Look(ctx, at.Guild, c.Request.UserID)
	if err != nil {
		return unreachable(err)
	}
	if why := server.CanGive(roleID); why != "" {
		return faction.Errorf(faction.Invalid, "The bot cannot give that role: %s. Nothing was changed.", why)
	}
	// Otherwise the bot would hand out what another faction of this server keeps for itself.
	if why := server.CanHand(me, roleID); why != "" {
		return faction.Errorf(faction.Denied, "You could not give that role yourself: %s. Nothing was changed. Ask somebody who can to map it.", why)
	}
	return nil
}

// unreachable words why Discord could not be looked at.
func unreachable(err error) error {
	if errors.Is(err, roles.ErrNoServer) || errors.Is(err, roles.ErrNotThere) {
		return &faction.Error{Kind: faction.Denied, Err: err, Say: "The bot is not a member of this server with the scope `bot`. Nothing was changed. Invite it again."}
	}
	return &faction.Error{Kind: faction.Unavailable, Err: err, Say: "Discord did not answer. Nothing was changed; try again in a minute."}
}

func (h *guildRoles) remove(ctx context.Context, c *Call) (chat.Reply, error) {
	at, err := h.at(c)
	if err != nil {
		return chat.Reply{}, err
	}
	kind, position, err := h.asked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	before, err := h.deps.RoleSetups.PutRole(ctx, at, kind, position, "")
	if err != nil {
		return chat.Reply{}, err
	}
	if before == "" {
		return said("Nothing was changed: %s get no role from the bot. `/config roles show` shows who does.", wordRule(kind, position))
	}
	c.Audit(ctx, c.Faction, "roles.remove", mapped(kind, position, true, false))
	return said("%s are to get <@&%s> no more. Who has it from the bot loses it once you confirm; nobody else does.\n%s", wordRule(kind, position), before, nextStep)
}

func (h *guildRoles) nickname(ctx context.Context, c *Call) (chat.Reply, error) {
	at, err := h.at(c)
	if err != nil {
		return chat.Reply{}, err
	}
	template := strings.TrimSpace(c.option(optionTemplate, ""))
	if template != "" {
		if wrong := roles.CheckTemplate(template); wrong != "" {
			return chat.Reply{}, faction.Errorf(faction.Invalid, "That template does not work. %s Nothing was changed. An example: `{name} [{id}]`.", wrong)
		}
	}
	before, err := h.deps.RoleSetups.SetNickname(ctx, at, template)
	if err != nil {
		return chat.Reply{}, err
	}
	if before == template {
		return said("Nothing was changed: %s.", wordTemplate(template))
	}
	c.Audit(ctx, c.Faction, "roles.nickname", map[string]any{"before": before, "after": template})
	if template == "" {
		return said("Nicknames are to be left alone. Those that the bot gave stay until somebody changes them.\n%s", nextStep)
	}
	example := roles.Render(template, roles.Person{Name: "Duke", Player: 1234567, Position: "Lieutenant"}, "Your faction")
	return said("Members are to be called like this: **%s**. At most 32 characters; longer ones are cut.\n%s", say.Text(example, 40), nextStep)
}

func (h *guildRoles) preview(ctx context.Context, c *Call) (chat.Reply, error) {
	at, err := h.at(c)
	if err != nil {
		return chat.Reply{}, err
	}
	p, err := h.deps.RoleWork.Preview(ctx, at)
	var known *faction.Error
	if errors.As(err, &known) {
		return chat.Reply{}, err
	}
	if err != nil {
		return chat.Reply{}, unreachable(err)
	}
	m := previewed(p)
	if p.Trouble == "" && p.Setup.State() != roles.On && (len(p.Setup.Rules) > 0 || p.Setup.Nickname != "") {
		m.Rows = []chat.Row{{Buttons: []chat.Button{{ID: makeID(rolesOn, c.Faction, p.Setup.Digest()), Label: "Switch on as shown", Style: chat.Success}}}}
	}
	return chat.Reply{Message: m}, nil
}

// switchOn follows what a preview showed, if that is still what is set.
func (h *guildRoles) switchOn(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	digest := a.next()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	at, err := h.at(c)
	if err != nil {
		return chat.Reply{}, err
	}
	set, err := h.deps.RoleSetups.RoleSetup(ctx, at)
	if err != nil {
		return chat.Reply{}, err
	}
	if digest != set.Digest() {
		return chat.Reply{}, faction.Errorf(faction.Conflict, "What is set was changed after this preview. Nothing was switched on. Use `/config roles preview` again.")
	}
	before, err := h.deps.RoleSetups.ConfirmRoles(ctx, at, digest)
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "roles.on", map[string]any{"before": before != "", "after": true, "rules": len(set.Rules)})
	m := chat.Message{Content: "Switched on. The bot begins within a minute and changes about one person a second; after that it follows every change within a minute. " +
		"`/config roles show` tells how it fares."}
	return chat.Reply{Message: m, Update: true}, nil
}

func (h *guildRoles) switchOff(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := errors.Join(a.ours(c), a.end()); err != nil {
		return chat.Reply{}, err
	}
	at, err := h.at(c)
	if err != nil {
		return chat.Reply{}, err
	}
	before, err := h.deps.RoleSetups.ConfirmRoles(ctx, at, "")
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "roles.on", map[string]any{"before": before != "", "after": false})
	return said("Switched off. Everybody keeps the roles and nicknames they have. The bot remembers which roles it gave: once it is switched on again, it takes those back that are no longer due.")
}

func (h *guildRoles) apply(ctx context.Context, c *Call) (chat.Reply, error) {
	at, err := h.at(c)
	if err != nil {
		return chat.Reply{}, err
	}
	set, err := h.deps.RoleSetups.RoleSetup(ctx, at)
	if err != nil {
		return chat.Reply{}, err
	}
	if set.State() != roles.On {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Nothing was changed: %s `/config roles preview` shows what would happen and has the button to switch it on.", wordState(set))
	}
	if err := h.deps.RoleSetups.RolesDue(ctx, at); err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "roles.apply", nil)
	return said("Everybody is looked at anew, from within a minute on. `/config roles show` tells how it fares.")
}

func (h *guildRoles) show(ctx context.Context, c *Call) (chat.Reply, error) {
	at, err := h.at(c)
	if err != nil {
		return chat.Reply{}, err
	}
	set, err := h.deps.RoleSetups.RoleSetup(ctx, at)
	if err != nil {
		return chat.Reply{}, err
	}
	people, err := h.deps.RoleWork.People(ctx, at)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("show roles: %w", err)
	}
	m := shownRoles(set, people, c.Now)
	if set.Confirmed != "" {
		m.Rows = []chat.Row{{Buttons: []chat.Button{{ID: makeID(rolesOff, c.Faction), Label: "Switch off", Style: chat.Danger}}}}
	}
	return chat.Reply{Message: m}, nil
}
