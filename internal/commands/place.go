package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// factionOption is the option that every command of a faction takes: which one is
// acted on. A command that has an option of that name for itself keeps it.
const factionOption = "faction"

// whichFaction declares it.
func whichFaction() chat.Option {
	return chat.Option{Name: factionOption, Description: "Another faction: one that shares this with yours; for operators any", Autocomplete: true, Max: bound(100)}
}

// lacksFaction tells whether a command gets that option from the registry.
func (c command) lacksFaction() bool {
	return c.scope == inFaction && !slices.ContainsFunc(c.options, func(o chat.Option) bool { return o.Name == factionOption })
}

// place finds the faction acted on: the one that was named, else the caller's own
// where this server serves it. Operators, and what is open to anyone, fall back to
// the server's only one.
func (c *Call) place(rt route) error {
	own, direct := c.Link.Faction, c.Request.GuildID == ""
	named, err := c.named(rt)
	if err != nil {
		return err
	}
	if named != 0 && (named != own || c.Actor.Operator) {
		return c.placeAt(rt, named)
	}
	only := faction.ID(0)
	if len(c.Served) == 1 && (c.Actor.Operator || rt.guard == rbac.Anyone()) {
		only = c.Served[0]
	}
	switch {
	case rt.scope == founding && own != 0, rt.scope == anywhere && own != 0, own != 0 && (direct || c.Serves(own)):
		c.Faction = own
		return nil
	case rt.scope != inFaction, only != 0:
		c.Faction = only
		return nil
	case c.Actor.Operator && (direct || len(c.Served) > 0):
		return faction.Errorf(faction.Invalid, "Which faction? None of yours is served here, so name one with the option `faction`. Nothing was changed.")
	case !c.Linked() && direct:
		return errNotLinked
	case direct:
		return errNoFaction
	case len(c.Served) == 0:
		return errNotSetUp
	case !c.Linked():
		return errNotLinked
	case own == 0:
		return errNoFaction
	default:
		return errElsewhere
	}
}

// named is the faction that the option or the custom id names; 0: none.
func (c *Call) named(rt route) (faction.ID, error) {
	text := ""
	switch {
	case rt.takesFaction:
		text = strings.TrimSpace(c.Request.Options[factionOption])
	case rt.ours && len(c.Args) > 0:
		text = c.Args[0]
	}
	if text == "" {
		return 0, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
		return faction.ID(n), nil
	}
	if rt.ours {
		return 0, nil // the handler finds that the id is stale
	}
	i := slices.IndexFunc(c.standing.Tenants, func(t rbac.Tenant) bool { return strings.EqualFold(t.Name, text) })
	if i < 0 {
		return 0, faction.Errorf(faction.NotFound, "There is no faction “%s” that you could name here. Pick one from the suggestions. Nothing was changed.", say.Text(text, 40))
	}
	return c.standing.Tenants[i].ID, nil
}

// placeAt sets the faction acted on to another than the caller's own. What they may
// do there is rbac's decision; this one is about the server, since answers are read
// by all who are in it.
func (c *Call) placeAt(rt route, id faction.ID) error {
	t, registered := c.standing.Tenant(id)
	here := c.Request.GuildID == "" || t.Served || c.Serves(c.Link.Faction)
	switch {
	case c.Actor.Operator && !registered:
		return faction.Errorf(faction.NotFound, "No faction %d is registered with this bot. Pick one from the suggestions. Nothing was changed.", id)
	case c.Actor.Operator:
	case rt.guard == rbac.Anyone() && !t.Served:
		return errOthers
	case t.Shared != 0 && !here:
		return errElsewhere
	}
	c.Faction = id
	return nil
}

// home is the caller's own faction; zero when it is not registered.
func (c *Call) home() rbac.Tenant {
	t, _ := c.standing.Tenant(c.Link.Faction)
	return t
}

// listRead is when the member list of the caller's own faction was read; zero: never.
func (c *Call) listRead() time.Time { return c.home().ListRead }

// suggestFactions offers what can be named: the factions of this server and those
// that share something with the caller's; to operators all.
func (c *Call) suggestFactions(typed string) []chat.Choice {
	var out []chat.Choice
	for _, t := range c.standing.Tenants {
		id := strconv.FormatInt(int64(t.ID), 10)
		within := c.Actor.Operator || t.Served || t.Shared != 0 || t.ID == c.Link.Faction
		if within && (matches(t.Name, typed) || strings.HasPrefix(id, typed)) {
			out = append(out, chat.Choice{Name: fmt.Sprintf("%s [%d]", say.Plain(t.Name), t.ID), Value: id})
		}
	}
	return out
}

// completeFaction suggests for the option that the registry gave a command.
func (r *Registry) completeFaction(ctx context.Context, req chat.Request) []chat.Choice {
	c, err := r.look(ctx, req)
	if err != nil {
		return nil
	}
	choices := c.suggestFactions(strings.TrimSpace(req.Options[factionOption]))
	return choices[:min(len(choices), maxSuggestions)]
}
