package commands

import (
	"context"
	"slices"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// People tells who somebody is and what their faction lets them do.
type People interface {
	Resolve(ctx context.Context, discordID string) (faction.Link, bool, error)
	GuildFactions(ctx context.Context, guildID string) ([]faction.ID, error)
	Members(ctx context.Context, id, of faction.ID) (faction.Roster, error)
	Positions(ctx context.Context, id faction.ID) ([]faction.Position, error)
	Grants(ctx context.Context, id faction.ID) (map[string]rbac.Set, error)
}

// Auditor keeps a faction's audit log.
type Auditor interface {
	Audit(ctx context.Context, id faction.ID, e faction.AuditEntry) error
}

// call finds out who asks for what, and lets them pass or not. It is the only way
// to a handler.
func (r *Registry) call(ctx context.Context, req chat.Request, rt route) (*Call, error) {
	c, err := r.identify(ctx, req, rt)
	if err != nil {
		return nil, err
	}
	d := rbac.Allow(c.Actor, rt.guard, c.mapping)
	if d.Allowed {
		return c, nil
	}
	r.log.Info("denied", "faction_id", c.Faction, "command", rt.name, "reason", d.Reason, "correlation_id", req.CorrelationID)
	r.audit(ctx, c, c.Faction, faction.AuditEntry{
		Action: rt.name, Outcome: "denied", Body: map[string]any{"reason": d.Reason, "guard": rt.guard.String()},
	})
	return nil, denial(d.Reason, rt.guard, c)
}

// identify finds the caller, the faction acted on, and the caller's place in it.
func (r *Registry) identify(ctx context.Context, req chat.Request, rt route) (*Call, error) {
	c := &Call{Request: req, Now: r.deps.Clock.Now(), registry: r}
	link, linked, err := r.deps.People.Resolve(ctx, req.UserID)
	if err != nil {
		return nil, err
	}
	if linked {
		c.Link = link
	}
	c.Actor = rbac.Actor{
		Player: c.Link.Player, Faction: c.Link.Faction,
		Operator: slices.Contains(r.deps.Operators, req.UserID),
	}
	if req.GuildID != "" {
		if c.Served, err = r.deps.People.GuildFactions(ctx, req.GuildID); err != nil {
			return nil, err
		}
	}
	if err := c.place(rt); err != nil {
		return nil, err
	}
	if c.Faction == 0 || rt.guard == rbac.Anyone() && !rt.standing {
		return c, nil // nothing more is asked
	}
	if err := r.stand(ctx, c); err != nil {
		return nil, err
	}
	if rt.scope == founding && !c.Actor.Operator && (c.mapping.ListAge < 0 || c.mapping.ListAge > rbac.MaxListAge) {
		return c, r.foundingLeader(ctx, c)
	}
	return c, nil
}

// place finds the faction acted on: the caller's own where this server serves it.
// Operators, and what is open to anyone, fall back to the server's only one.
func (c *Call) place(rt route) error {
	own, direct := c.Link.Faction, c.Request.GuildID == ""
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
	case !c.Linked() && direct:
		return errNotLinked
	case direct:
		return errNoFaction
	case len(c.Served) == 0:
		return errNotSetUp
	case c.Actor.Operator:
		return faction.Errorf(faction.Invalid, "This server serves several factions, none of them yours. Link your account with `/link`, or ask a member.")
	case !c.Linked():
		return errNotLinked
	case own == 0:
		return errNoFaction
	default:
		return faction.Errorf(faction.Denied, "This server is not one of your faction's. Use the bot where your faction set it up. If you changed factions, use `/link` again.")
	}
}

// stand reads the caller's place in the faction acted on, and what places mean there.
func (r *Registry) stand(ctx context.Context, c *Call) error {
	roster, err := r.deps.People.Members(ctx, c.Faction, c.Faction)
	if err != nil {
		return err
	}
	c.Roster = roster
	c.mapping = rbac.Mapping{Faction: c.Faction, ListAge: listAge(c.Now, roster.AsOf)}
	i := slices.IndexFunc(roster.Members, func(m faction.Member) bool { return m.ID == c.Link.Player })
	if i < 0 || !c.Linked() {
		return nil // whoever is not on the list needs no mapping
	}
	c.Actor.Faction, c.Actor.Position, c.Actor.Member = c.Faction, roster.Members[i].Position, true
	if c.mapping.Known, err = r.deps.People.Positions(ctx, c.Faction); err != nil {
		return err
	}
	c.mapping.Positions, err = r.deps.People.Grants(ctx, c.Faction)
	return err
}

// sameMoment is how far the clocks of two processes may differ.
const sameMoment = 5 * time.Minute

// listAge is how old a member list is. One that was stored while this request was on
// its way, or by a process whose clock is ahead, is new and not from the future.
func listAge(now, asOf time.Time) time.Duration {
	age := now.Sub(asOf)
	if age < 0 && age > -sameMoment {
		return 0
	}
	return age
}

// foundingLeader asks Torn whether the caller leads their faction, of which we have
// no member list to rely on.
func (r *Registry) foundingLeader(ctx context.Context, c *Call) error {
	f, err := r.deps.lookUp(ctx, c.Link.Faction, c.Link)
	if err != nil {
		return err
	}
	c.mapping.ListAge = 0
	switch c.Link.Player {
	case f.LeaderID:
		c.Actor.Position, c.Actor.Member = faction.PositionLeader, true
	case f.CoLeaderID:
		c.Actor.Position, c.Actor.Member = faction.PositionCoLeader, true
	default:
		return faction.Errorf(faction.Denied, "Only the leader or co-leader of your faction, or an operator, may set it up. Nothing was changed.")
	}
	return nil
}

// auditTimeout bounds a record that is written although the caller has gone.
const auditTimeout = 3 * time.Second

// audit writes to a faction's log. A log that cannot be written is told to the
// operator and does not undo what was done.
func (r *Registry) audit(ctx context.Context, c *Call, id faction.ID, e faction.AuditEntry) {
	if id == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
	defer cancel()
	e.At, e.Actor, e.CorrelationID = c.Now, c.Actor.Player, c.Request.CorrelationID
	if err := r.deps.Audit.Audit(ctx, id, e); err != nil {
		r.log.Error("audit entry not written", "faction_id", id, "action", e.Action, "outcome", e.Outcome, "correlation_id", e.CorrelationID, "err", err)
	}
}
