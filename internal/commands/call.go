package commands

import (
	"context"
	"slices"
	"strconv"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// Call is one request with who makes it and for which faction, as our own records
// know them.
type Call struct {
	Request chat.Request
	Now     time.Time
	Actor   rbac.Actor
	Link    faction.Link // zero: not linked
	// Faction is the one acted on; 0 when the request works without.
	Faction faction.ID
	// Served are the factions of this server.
	Served []faction.ID
	// Args are the custom id's parts after noun and action. Anybody can forge them.
	Args []string

	standing rbac.Standing
	mapping  rbac.Mapping
	members  *faction.Roster // once it was read; see roster
	registry *Registry
}

// Linked tells whether we know who the caller is in Torn.
func (c *Call) Linked() bool { return c.Link.Player != 0 }

// Allowed tells whether the caller may do more than what brought them here.
func (c *Call) Allowed(g rbac.Guard) bool { return rbac.Allow(c.Actor, g, c.mapping).Allowed }

// Serves tells whether this server is one of a faction's.
func (c *Call) Serves(id faction.ID) bool { return slices.Contains(c.Served, id) }

// Audit records a change that was made. body holds Torn ids and figures only.
func (c *Call) Audit(ctx context.Context, id faction.ID, action string, body map[string]any) {
	c.registry.audit(ctx, c, id, faction.AuditEntry{Action: action, Outcome: "done", Body: body})
}

// option is what was filled in, or fallback.
func (c *Call) option(name, fallback string) string {
	if v := c.Request.Options[name]; v != "" {
		return v
	}
	return fallback
}

// roster gives the faction's own member list, read at most once in a call.
func (c *Call) roster(ctx context.Context) (faction.Roster, error) {
	if c.members == nil {
		r, err := c.registry.deps.People.Members(ctx, c.Faction, c.Faction)
		if err != nil {
			return faction.Roster{}, err
		}
		c.members = &r
	}
	return *c.members, nil
}

// ownName is what the caller is called in the faction acted on, or their number: a link
// itself holds a name only when Torn was asked for it just now.
func (c *Call) ownName(ctx context.Context) (string, error) {
	r, err := c.roster(ctx)
	if err != nil {
		return "", err
	}
	for _, m := range r.Members {
		if m.ID == c.Link.Player && m.Name != "" {
			return m.Name, nil
		}
	}
	return strconv.FormatInt(int64(c.Link.Player), 10), nil
}
