package commands

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// People tells who somebody is and what their faction lets them do.
type People interface {
	// Standing is all that an authorisation asks for, in one query; everywhere adds
	// every registered faction, for operators.
	Standing(ctx context.Context, discordID, guildID string, everywhere bool) (rbac.Standing, error)
	Members(ctx context.Context, id, of faction.ID) (faction.Roster, error)
}

// Auditor keeps a faction's audit log.
type Auditor interface {
	Audit(ctx context.Context, id faction.ID, e faction.AuditEntry) error
}

// call finds out who asks for what, and lets them pass or not. It is the only way
// to a handler.
func (r *Registry) call(ctx context.Context, req chat.Request, rt route, args []string) (*Call, error) {
	c, err := r.identify(ctx, req, rt, args)
	if err != nil {
		if c != nil {
			r.refused(ctx, c, rt, err)
		}
		return nil, err
	}
	d := rbac.Allow(c.Actor, rt.guard, c.mapping)
	if d.Allowed {
		return c, nil
	}
	r.log.Info("denied", "faction_id", c.Faction, "command", rt.name, "reason", d.Reason, "correlation_id", req.CorrelationID)
	if id := c.logged(); id != 0 || rt.guard == rbac.Operator() {
		r.audit(ctx, c, id, faction.AuditEntry{
			Action: rt.name, Outcome: "denied", Body: map[string]any{"reason": d.Reason, "guard": rt.guard.String()},
		})
	}
	return nil, denial(d.Reason, rt.guard, c)
}

// logged is whose log a denial belongs in: the faction's that was reached for, but a
// number that somebody made up names none, and then their own faction hears of it.
func (c *Call) logged() faction.ID {
	for _, id := range []faction.ID{c.Faction, c.Link.Faction} {
		if _, ok := c.standing.Tenant(id); ok {
			return id
		}
	}
	return 0
}

// The reasons of refusals in the log that are none of rbac's: few and fixed, so that
// repeated ones are counted (store.Audit).
const (
	reasonForged  = "custom id is forged or from an older version"
	reasonRefused = "refused by the command"
)

// refused records that somebody got no further although no guard stopped them: they
// asked in the wrong place, want to give what they do not have, or sent a custom id that
// was not made for them.
func (r *Registry) refused(ctx context.Context, c *Call, rt route, err error) {
	var known *faction.Error
	reason := reasonRefused
	switch {
	case errors.Is(err, errStale):
		reason = reasonForged
	case !errors.As(err, &known) || known.Kind != faction.Denied || known.Err != nil: // what Torn or Discord refuses is no attempt of theirs
		return
	}
	id := c.logged()
	if c.Faction == 0 && len(c.Served) == 1 {
		id = c.Served[0]
	}
	r.log.Info("refused", "faction_id", c.Faction, "command", rt.name, "reason", reason, "correlation_id", c.Request.CorrelationID)
	if id != 0 {
		r.audit(ctx, c, id, faction.AuditEntry{
			Action: rt.name, Outcome: "denied", Body: map[string]any{"reason": reason, "guard": rt.guard.String()},
		})
	}
}

// identify finds the caller, the faction acted on, and what the caller may do there.
func (r *Registry) identify(ctx context.Context, req chat.Request, rt route, args []string) (*Call, error) {
	c, err := r.look(ctx, req)
	if err != nil {
		return nil, err
	}
	c.Args = args
	if err := c.place(rt); err != nil {
		return c, err
	}
	c.mapping = c.standing.Mapping(c.Faction, c.Now)
	if !rt.reads {
		c.mapping.Shared = 0 // a share lets others look, and this does more
	}
	if rt.scope == founding && !c.Actor.Operator && c.Faction != 0 && c.listRead().IsZero() {
		return c, r.foundingLeader(ctx, c)
	}
	return c, nil
}

// look finds the caller by the one query that an authorisation costs.
func (r *Registry) look(ctx context.Context, req chat.Request) (*Call, error) {
	operator := slices.Contains(r.deps.Operators, req.UserID)
	s, err := r.deps.People.Standing(ctx, req.UserID, req.GuildID, operator)
	if err != nil {
		return nil, err
	}
	return &Call{
		Request: req, Now: r.deps.Clock.Now(), Actor: s.Actor(operator), Link: s.Link, Served: s.Served(),
		standing: s, registry: r,
	}, nil
}

// foundingLeader asks Torn whether the caller leads their faction, of which we never
// had a member list.
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

// audit writes to a faction's log, or with id 0 to the operator's own. A log that
// cannot be written is told to the operator and does not undo what was done.
func (r *Registry) audit(ctx context.Context, c *Call, id faction.ID, e faction.AuditEntry) {
	if c.Actor.Operator && !c.Linked() {
		e.Body = maps.Clone(e.Body)
		if e.Body == nil {
			e.Body = map[string]any{}
		}
		e.Body["operator"] = true // no Torn id says who it was
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
	defer cancel()
	e.At, e.Actor, e.CorrelationID = c.Now, c.Actor.Player, c.Request.CorrelationID
	if err := r.deps.Audit.Audit(ctx, id, e); err != nil {
		r.log.Error("audit entry not written", "faction_id", id, "action", e.Action, "outcome", e.Outcome, "correlation_id", e.CorrelationID, "err", err)
	}
}
