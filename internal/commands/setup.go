package commands

import (
	"context"
	"slices"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
)

// Factions keeps the factions that this bot serves, and where.
type Factions interface {
	FactionInfo(ctx context.Context, id faction.ID) (f faction.Faction, ok bool, err error)
	Register(ctx context.Context, f faction.Faction, guildID, guildName string, now time.Time) error
}

// setup is the guided first run: /setup. Each choice is stored as it is made, so
// that it can be left and resumed; what is set is what the message shows.
type setup struct{ deps *Deps }

const (
	channelAction    = "setup:channel"
	roleAction       = "setup:role"
	milestonesAction = "setup:milestones"
	liveAction       = "setup:live"
	rightsAction     = "setup:rights"
	suggestedAction  = "setup:suggested"
	backAction       = "setup:back"
	testAction       = "setup:test"
)

// warKinds are the alerts that set-up switches on.
func warKinds() []alert.Kind {
	return []alert.Kind{alert.WarScheduled, alert.WarStarted, alert.WarEnded, alert.WarReport}
}

func (h *setup) table() noun {
	founder := func(name string, fn handler) route {
		return route{name: name, guard: rbac.Leader(), scope: founding, plan: chat.Plan{Ephemeral: true, Slow: true}, handle: fn}
	}
	long := func(r route) route { r.plan.Long = true; return r }
	return noun{
		commands: []command{{
			route:       founder("setup", h.show),
			description: "Set your faction up in this server: war channel, alerts, live message",
			options:     []chat.Option{{Name: "faction", Description: "For operators: the Torn id of another faction", Type: chat.Integer, Min: bound(1)}},
		}},
		actions: []route{
			long(founder(channelAction, h.channel)),
			founder(roleAction, h.role),
			founder(milestonesAction, h.milestones),
			founder(liveAction, h.live),
			founder(rightsAction, h.rights),
			founder(suggestedAction, h.useSuggested),
			founder(backAction, h.back),
			founder(testAction, h.test),
			long(founder(lastAction, h.showLast)),
		},
	}
}

// target is the faction to set up: the caller's own, or for operators the one named.
func (h *setup) target(c *Call, named faction.ID) (faction.ID, error) {
	if c.Request.GuildID == "" {
		return 0, faction.Errorf(faction.Invalid, "Run `/setup` in your faction's server: it is about its channels. Nothing was changed.")
	}
	switch {
	case named == 0 && c.Faction == 0:
		return 0, faction.Errorf(faction.Invalid, "Name the faction by its Torn id: `/setup faction:` and the number. Nothing was changed.")
	case named == 0:
		return c.Faction, nil
	case named != c.Faction && !c.Actor.Operator:
		return 0, faction.Errorf(faction.Denied, "You can set up your own faction only. Nothing was changed.")
	default:
		return named, nil
	}
}

func (h *setup) show(ctx context.Context, c *Call) (chat.Reply, error) {
	n, given, err := c.Request.Int("faction")
	if err != nil || given && n < 1 {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "A faction's id is a number above 0; its page at Torn shows it. Nothing was changed.")
	}
	id, err := h.target(c, faction.ID(n))
	if err != nil {
		return chat.Reply{}, err
	}
	s, err := h.read(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Message: s.message()}, nil
}

// step begins every later choice: whose set-up, and how it stands now.
func (h *setup) step(ctx context.Context, c *Call, a *reading) (setupState, error) {
	n := a.number()
	if err := a.end(); err != nil {
		return setupState{}, err
	}
	id, err := h.target(c, faction.ID(n))
	if err != nil {
		return setupState{}, err
	}
	return h.read(ctx, c, id)
}

// picked is the one id that a select of Discord's own gave.
func picked(c *Call) (string, error) {
	if len(c.Request.Values) != 1 || !isID(c.Request.Values[0]) {
		return "", errStale
	}
	return c.Request.Values[0], nil
}

// channel is the choice that makes the faction a tenant.
func (h *setup) channel(ctx context.Context, c *Call) (chat.Reply, error) {
	channel, err := picked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	s, err := h.step(ctx, c, c.args())
	if err != nil {
		return chat.Reply{}, err
	}
	if err := s.mayRegister(c); err != nil {
		return chat.Reply{}, err
	}
	if err := h.deps.Channels.CanPost(ctx, c.Request.GuildID, channel); err != nil {
		return chat.Reply{}, err
	}
	first := s.channel == ""
	if !first && s.channel != channel {
		if err := h.deps.AlertRules.MoveRules(ctx, s.info.ID, s.channel, channel); err != nil {
			return chat.Reply{}, err
		}
	}
	if first || s.live && s.channel != channel {
		if !first {
			if _, err := removeBoards(ctx, h.deps, s.info.ID, warBoard, ""); err != nil {
				return chat.Reply{}, err
			}
		}
		if err := h.deps.Boards.AddBoard(ctx, s.info.ID, warBoard, channel, c.Now); err != nil {
			return chat.Reply{}, err
		}
	}
	s.channel = channel
	if err := h.putRules(ctx, c, s); err != nil {
		return chat.Reply{}, err
	}
	if _, err := h.deps.AlertRules.GiveDefaults(ctx, s.info.ID, c.Now); err != nil {
		return chat.Reply{}, err
	}
	// Last, because it begins the polling: what that finds must meet the rules.
	if !s.registered || !s.served {
		if err := h.deps.Factions.Register(ctx, s.info, c.Request.GuildID, "", c.Now); err != nil {
			return chat.Reply{}, err
		}
		c.Audit(ctx, s.info.ID, "faction.register", nil)
	}
	if !s.registered {
		if err := h.beginLast(ctx, c, s.info.ID); err != nil {
			return chat.Reply{}, err
		}
	}
	c.hurry(ctx, s.info.ID, feed.All()...)
	reply, err := h.again(ctx, c, s.info.ID, "setup.channel", nil)
	if err != nil || s.registered {
		return reply, err
	}
	return h.watchLast(ctx, c, s.info.ID)
}

// putRules writes the alerts as the state has them.
func (h *setup) putRules(ctx context.Context, c *Call, s setupState) error {
	var rules []alert.Rule
	for _, k := range warKinds() {
		rule := alert.Rule{Kind: k, ChannelID: s.channel, RoleID: s.role, Enabled: true}
		if k == alert.WarReport {
			rule.RoleID = "" // news for whoever looks, not a reason to wake people
		}
		rules = append(rules, rule)
	}
	// A rule that is off is kept, so that switching on and off never tells twice.
	rules = append(rules, alert.Rule{Kind: alert.WarMilestone, ChannelID: s.channel, Enabled: s.milestones})
	return h.deps.Alerts.PutRules(ctx, s.info.ID, rules, c.Now)
}

// again shows how the set-up stands after a change, read back from where it is kept.
func (h *setup) again(ctx context.Context, c *Call, id faction.ID, action string, body map[string]any) (chat.Reply, error) {
	c.Audit(ctx, id, action, body)
	if !c.Serves(id) {
		c.Served = append(c.Served, id)
	}
	s, err := h.read(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Update: true, Message: s.message()}, nil
}

// later begins a choice that needs a war channel.
func (h *setup) later(ctx context.Context, c *Call, a *reading) (setupState, error) {
	s, err := h.step(ctx, c, a)
	if err == nil && (s.channel == "" || !s.served) {
		err = faction.Errorf(faction.Invalid, "Choose the war channel first: run `/setup` again. Nothing was changed.")
	}
	return s, err
}

func (h *setup) role(ctx context.Context, c *Call) (chat.Reply, error) {
	role := "" // taking the choice back is a choice, too
	if len(c.Request.Values) > 0 {
		var err error
		if role, err = picked(c); err != nil {
			return chat.Reply{}, err
		}
		if role == c.Request.GuildID { // Discord gives @everyone the server's own id
			return chat.Reply{}, faction.Errorf(faction.Invalid, "@everyone cannot be chosen: each alert would call the whole server. Choose a role for those who fight, or none. Nothing was changed.")
		}
	}
	s, err := h.later(ctx, c, c.args())
	if err != nil {
		return chat.Reply{}, err
	}
	s.role = role
	if err := h.putRules(ctx, c, s); err != nil {
		return chat.Reply{}, err
	}
	return h.again(ctx, c, s.info.ID, "setup.role", map[string]any{"set": role != ""})
}

func (h *setup) milestones(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	on := a.oneOf("on", "off") == "on"
	s, err := h.later(ctx, c, a)
	if err != nil {
		return chat.Reply{}, err
	}
	s.milestones = on
	if err := h.putRules(ctx, c, s); err != nil {
		return chat.Reply{}, err
	}
	return h.again(ctx, c, s.info.ID, "setup.milestones", map[string]any{"on": on})
}

func (h *setup) live(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	on := a.oneOf("on", "off") == "on"
	s, err := h.later(ctx, c, a)
	if err != nil {
		return chat.Reply{}, err
	}
	if on {
		err = h.deps.Boards.AddBoard(ctx, s.info.ID, warBoard, s.channel, c.Now)
	} else {
		_, err = removeBoards(ctx, h.deps, s.info.ID, warBoard, "")
	}
	if err != nil {
		return chat.Reply{}, err
	}
	return h.again(ctx, c, s.info.ID, "setup.live", map[string]any{"on": on})
}

// read finds out how a set-up stands. Only a faction that is not registered yet
// costs a request to Torn.
func (h *setup) read(ctx context.Context, c *Call, id faction.ID) (setupState, error) {
	s := setupState{served: c.Serves(id), operator: c.Actor.Operator, leadersRegister: h.deps.LeadersRegister}
	var err error
	if s.info, s.registered, err = h.deps.Factions.FactionInfo(ctx, id); err != nil {
		return s, err
	}
	if !s.registered {
		if s.access, err = h.deps.Requests.Access(ctx, id); err != nil {
			return s, err
		}
		s.info, err = h.deps.lookUp(ctx, id, c.Link)
		return s, err
	}
	rules, err := h.deps.Alerts.Rules(ctx, id)
	if err != nil {
		return s, err
	}
	for _, r := range rules {
		switch {
		case r.Kind == alert.WarMilestone:
			s.milestones = s.milestones || r.Enabled
		case slices.Contains(warKinds(), r.Kind) && r.Enabled && s.channel == "":
			s.channel, s.broken = r.ChannelID, r.Broken
		}
		if slices.Contains(warKinds(), r.Kind) && r.RoleID != "" {
			s.role = r.RoleID
		}
	}
	live, err := h.deps.Boards.Boards(ctx, id)
	if err != nil {
		return s, err
	}
	s.live = slices.ContainsFunc(live, func(b alert.LiveBoard) bool { return b.Kind == warBoard })
	if s.keys, err = h.deps.Links.Keys(ctx, id, 0); err != nil {
		return s, err
	}
	s.broken = strings.TrimSpace(s.broken)
	if s.last, err = h.readLast(ctx, id); err != nil {
		return s, err
	}
	return s, h.readRights(ctx, &s)
}
