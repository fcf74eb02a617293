package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// Tenants keeps how registered factions stand.
type Tenants interface {
	Tenant(ctx context.Context, id faction.ID, now time.Time) (t faction.Tenant, ok bool, err error)
	SetFactionState(ctx context.Context, id faction.ID, to faction.State, reason string, now time.Time) error
	EraseFaction(ctx context.Context, id faction.ID) (rows map[string]int64, err error)
}

// tenants are the factions that this bot serves: /admin faction. Removing one is in
// removal, letting one in that asked for it in access.
type tenants struct{ deps *Deps }

const tenantsAction = "tenant:list"

func (h *tenants) table() noun {
	private := chat.Plan{Ephemeral: true}
	which := chat.Option{Name: factionOption, Description: "The faction, by name or Torn id", Required: true, Autocomplete: true, Max: bound(100)}
	operators := func(name, description string, fn handler, options ...chat.Option) command {
		cmd := command{
			route:       route{name: name, guard: rbac.Operator(), scope: anywhere, plan: chat.Plan{Ephemeral: true, Slow: true}, handle: fn},
			description: description, options: options,
		}
		if options[0].Autocomplete {
			cmd.complete = map[string]completer{factionOption: func(_ context.Context, c *Call, typed string) []chat.Choice { return c.suggestFactions(typed) }}
		}
		return cmd
	}
	list := route{name: "admin faction list", guard: rbac.Need(rbac.Admin), scope: anywhere, plan: private, handle: h.list}
	turn := list
	turn.name, turn.handle = tenantsAction, h.turn
	return noun{
		commands: []command{
			{route: list, description: "Registered factions and how they fare; requests that wait"},
			operators("admin faction register", "Register a faction, with or without a server", h.register,
				chat.Option{Name: factionOption, Description: "Its Torn id", Type: chat.Integer, Required: true, Min: bound(1)},
				chat.Option{Name: "server", Description: "Discord id of the server it uses; without, its leader chooses one with /setup", Max: bound(20)}),
			operators("admin faction pause", "Stop reading, alerting and answering for a faction", h.pause, which,
				chat.Option{Name: "reason", Description: "Why; the list shows it", Required: true, Max: bound(200)}),
			operators("admin faction resume", "Go on with a faction that is paused", h.resume, which,
				chat.Option{Name: "reason", Description: "Why", Max: bound(200)}),
		},
		actions: []route{turn},
	}
}

// picked is the registered faction that the option names, for operators.
func (h *tenants) picked(ctx context.Context, c *Call) (faction.Tenant, error) {
	text := strings.TrimSpace(c.Request.Options[factionOption])
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		i := slices.IndexFunc(c.standing.Tenants, func(t rbac.Tenant) bool { return strings.EqualFold(t.Name, text) })
		if i < 0 {
			return faction.Tenant{}, faction.Errorf(faction.NotFound, "No faction “%s” is registered. Pick one from the suggestions. Nothing was changed.", say.Text(text, 40))
		}
		id = int64(c.standing.Tenants[i].ID)
	}
	return h.deps.tenant(ctx, c, faction.ID(id))
}

// tenant reads a registered faction.
func (d *Deps) tenant(ctx context.Context, c *Call, id faction.ID) (faction.Tenant, error) {
	t, ok, err := d.Tenants.Tenant(ctx, id, c.Now)
	if err == nil && !ok {
		err = faction.Errorf(faction.NotFound, "Faction %d is not registered. Nothing was changed. `/admin faction list` shows those that are.", id)
	}
	return t, err
}

func (h *tenants) list(ctx context.Context, c *Call) (chat.Reply, error) {
	m, err := h.page(ctx, c, 0)
	return chat.Reply{Message: m}, err
}

func (h *tenants) turn(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	n := a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	m, err := h.page(ctx, c, int(min(n, 1000)))
	return chat.Reply{Update: true, Message: m}, err
}

// tenantsPerPage keeps a page within what one message holds.
const tenantsPerPage = 8

// page shows some of the factions: to operators of all, to others their own.
func (h *tenants) page(ctx context.Context, c *Call, number int) (chat.Message, error) {
	ids := []faction.ID{c.Link.Faction}
	if c.Actor.Operator {
		ids = ids[:0]
		for _, t := range c.standing.Tenants {
			ids = append(ids, t.ID)
		}
	}
	p := say.PageOf(len(ids), tenantsPerPage, number)
	var lines []string
	for _, id := range ids[p.First:p.Last] {
		t, ok, err := h.deps.Tenants.Tenant(ctx, id, c.Now)
		if err != nil {
			return chat.Message{}, err
		}
		if ok {
			lines = append(lines, tenantLine(t))
		}
	}
	e := chat.Embed{Title: "Factions", Color: say.Grey, Description: say.Within(strings.Join(lines, "\n"), 4000), Footer: p.Footer("factions")}
	if len(lines) == 0 {
		e.Description = "No faction is registered. `/admin faction register`, or a leader's `/setup`, makes the first."
	}
	m := chat.Message{Embeds: []chat.Embed{e}}
	if p.Of > 1 {
		m.Rows = append(m.Rows, chat.Row{Buttons: []chat.Button{
			{ID: makeID(tenantsAction, max(p.Number-1, 0)), Label: "Back", Disabled: p.Number == 0},
			{ID: makeID(tenantsAction, p.Number+1), Label: "Next", Disabled: p.Number+1 >= p.Of},
		}})
	}
	if c.Actor.Operator {
		if err := h.waiting(ctx, &m); err != nil {
			return chat.Message{}, err
		}
	}
	return m, nil
}

// tenantLine is a faction in two lines, numbers first.
func tenantLine(t faction.Tenant) string {
	state := ""
	if t.State != faction.Active {
		state = " · **" + say.Name(string(t.State)) + "**"
		if !t.StateAt.IsZero() {
			state += " " + say.Ago(t.StateAt)
		}
		if t.Reason != "" {
			state += ": " + say.Text(t.Reason, 100)
		}
	}
	poll, act := "never read", "no activity"
	if !t.LastPoll.IsZero() {
		poll = "read " + say.Ago(t.LastPoll)
	}
	if t.LateFeeds > 0 && t.State == faction.Active {
		poll += fmt.Sprintf(", ⚠ %d late", t.LateFeeds)
	}
	if !t.LastAct.IsZero() {
		act = "used " + say.Ago(t.LastAct)
	}
	return fmt.Sprintf("**%s** [%d]%s\n%s, %d of %s linked, %s · %s · %s", say.Name(t.Name), t.ID, state,
		several(int64(t.Servers), "server"), t.Linked, several(int64(t.Members), "member"), several(int64(t.Keys), "key"), poll, act)
}

func (h *tenants) register(ctx context.Context, c *Call) (chat.Reply, error) {
	n, _, err := c.Request.Int(factionOption)
	if err != nil || n < 1 {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "A faction's id is a number above 0; its page at Torn shows it. Nothing was changed.")
	}
	id, server := faction.ID(n), strings.TrimSpace(c.option("server", ""))
	if server != "" && !isID(server) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "A server's id is a long number: Discord shows it with developer mode on. Nothing was changed.")
	}
	f, registered, err := h.deps.Factions.FactionInfo(ctx, id)
	if err != nil {
		return chat.Reply{}, err
	}
	note := ""
	if registered && server == "" {
		return chat.Reply{Message: chat.Message{Content: fmt.Sprintf("%s [%d] is registered already. Nothing was changed.", say.Name(f.Name), id)}}, nil
	}
	if !registered {
		f, err = h.deps.lookUp(ctx, id, c.Link)
		if errors.Is(err, torn.ErrNoKey) {
			f, err = faction.Faction{ID: id, Name: fmt.Sprintf("Faction %d", id)}, nil
			note = " No key could ask Torn whether it exists; its name is read as soon as a member lends one."
		}
		if err != nil {
			return chat.Reply{}, err
		}
	}
	if err := h.deps.Factions.Register(ctx, f, server, "", c.Now); err != nil {
		return chat.Reply{}, err
	}
	c.both(ctx, id, "faction.register", map[string]any{"faction": id, "server": server != ""})
	// Whoever asked for it has the answer with that.
	if a, err := h.deps.Requests.Access(ctx, id); err == nil && a.State == faction.AccessWaiting {
		if _, err := (&access{deps: h.deps}).settle(ctx, c, id, faction.AccessAccepted); err != nil {
			return chat.Reply{}, err
		}
	}
	if server == "" {
		note = " Its leader runs `/setup` in their server." + note
	}
	return chat.Reply{Message: chat.Message{Content: fmt.Sprintf("**%s** [%d] is registered.%s", say.Name(f.Name), id, note)}}, nil
}

func (h *tenants) pause(ctx context.Context, c *Call) (chat.Reply, error) {
	return h.become(ctx, c, faction.Paused, "faction.pause",
		"**%s** [%d] is paused: nothing is read, sent or answered, and nothing is lost. `/admin faction resume` goes on and fills the gap.")
}

func (h *tenants) resume(ctx context.Context, c *Call) (chat.Reply, error) {
	return h.become(ctx, c, faction.Active, "faction.resume",
		"**%s** [%d] goes on. What happened meanwhile is being read now.")
}

func (h *tenants) become(ctx context.Context, c *Call, to faction.State, action, done string) (chat.Reply, error) {
	t, err := h.picked(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	if t.State == to {
		return chat.Reply{Message: chat.Message{Content: fmt.Sprintf("%s [%d] is %s already. Nothing was changed.", say.Name(t.Name), t.ID, to)}}, nil
	}
	if err := h.deps.Tenants.SetFactionState(ctx, t.ID, to, c.option("reason", ""), c.Now); err != nil {
		return chat.Reply{}, err
	}
	c.both(ctx, t.ID, action, map[string]any{"faction": t.ID, "before": string(t.State), "after": string(to)})
	return chat.Reply{Message: chat.Message{Content: fmt.Sprintf(done, say.Name(t.Name), t.ID)}}, nil
}

// both records an operator's act on a faction, in its log and on the operator's own.
func (c *Call) both(ctx context.Context, id faction.ID, action string, body map[string]any) {
	c.Audit(ctx, id, action, body)
	c.Audit(ctx, 0, action, body)
}
