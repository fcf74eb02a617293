package commands

import (
	"context"
	"errors"
	"fmt"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// What several places say.
var (
	errStale         = faction.Errorf(faction.Invalid, "This button or command is from an older version. Nothing was changed; run the command again.")
	errNotLinked     = faction.Errorf(faction.Denied, "I do not know who you are in Torn yet. Use `/link` first; it takes a minute.")
	errNoFaction     = faction.Errorf(faction.Denied, "Torn showed you in no faction when you linked. If you have joined one since, use `/link` again.")
	errNotSetUp      = faction.Errorf(faction.Invalid, "No faction is set up in this server yet. Its leader uses `/link`, then `/setup`.")
	errNotRegistered = faction.Errorf(faction.Denied, "Your faction is not set up with this bot. Its leader uses `/link`, then `/setup` in your server.")
	errElsewhere     = faction.Errorf(faction.Denied, "This server is not one of your faction's. Use the bot where your faction set it up. If you changed factions, use `/link` again. What another faction shares with yours, you name with the option `faction`.")
	errOthers        = faction.Errorf(faction.Denied, "This message belongs to another faction. Run the command yourself to see your own.")
)

// sorry turns any error into what the user sees: what happened, whether anything
// was lost, what to do. Errors end here and are logged here, once.
func (r *Registry) sorry(req chat.Request, err error) chat.Reply {
	var known *faction.Error
	kind := faction.Internal
	if errors.As(err, &known) {
		kind = known.Kind
	}
	attrs := []any{"correlation_id", req.CorrelationID, "command", commandOf(req), "err", err}
	var say string
	switch {
	case kind == faction.Unavailable:
		r.log.Warn("a command could not be answered", attrs...)
		say = fmt.Sprintf("%s (reference `%s`)", known.Say, req.CorrelationID)
	case kind != faction.Internal:
		r.log.Debug("a command was refused", attrs...)
		say = known.Say
	case errors.Is(err, context.DeadlineExceeded):
		r.log.Warn("a command took too long", attrs...)
		say = fmt.Sprintf("This took too long and was given up. Look whether it took effect before you repeat it (reference `%s`).", req.CorrelationID)
	case errors.Is(err, context.Canceled):
		r.log.Info("a command was interrupted", attrs...)
		say = fmt.Sprintf("The bot is being restarted. Look whether it took effect before you repeat it (reference `%s`).", req.CorrelationID)
	default:
		r.log.Error("a command failed", attrs...)
		say = fmt.Sprintf("Something broke on our side. Nothing is changed that you were not shown. Try again; if it stays, give the operator the reference `%s`.", req.CorrelationID)
	}
	return chat.Reply{Ephemeral: true, Message: chat.Message{Content: say}}
}

// commandOf names a request in logs; what somebody typed is never in it.
func commandOf(req chat.Request) string {
	if req.Path != "" {
		return req.Path
	}
	if id, err := parseID(req.ID); err == nil {
		return id
	}
	return "unknown"
}

// denial words why somebody may not do something.
func denial(reason string, g rbac.Guard, c *Call) error {
	switch reason {
	case rbac.ReasonPaused:
		return paused(c)
	case rbac.ReasonNotLinked:
		return errNotLinked
	case rbac.ReasonNotMember:
		switch {
		case c.Link.Faction == 0:
			return errNoFaction
		case c.home().ID == 0:
			return errNotRegistered
		case c.listRead().IsZero():
			return faction.Errorf(faction.Denied, "The member list of your faction has not been read yet, so I cannot see your position. Try again in a minute; `/status` shows how it goes.")
		}
		return faction.Errorf(faction.Denied, "The member list does not show you (read <t:%d:R>). If you have just joined, try again in a few minutes; if you changed factions, use `/link` again.", c.listRead().Unix())
	case rbac.ReasonOtherFaction:
		return errOthers
	case rbac.ReasonStaleList:
		return faction.Errorf(faction.Denied, "The member list is older than a day (read <t:%d:R>), so nobody's position can be trusted. `/status` shows what is wrong; once a member lends a working key with `/link`, it is read again within minutes.", c.listRead().Unix())
	case rbac.ReasonUnknownPosition:
		return faction.Errorf(faction.Denied, "Your position is not among those that Torn lists for your faction, so it grants nothing. It is read anew every few minutes; a lent key with Faction API Access is needed for that.")
	case rbac.ReasonNotLeader:
		return faction.Errorf(faction.Denied, "Only the leader, the co-leader or an operator may do this. Nothing was changed.")
	case rbac.ReasonNotOperator:
		return faction.Errorf(faction.Denied, "Only an operator of this bot may do this. Nothing was changed.")
	default:
		if recruit(c) {
			return faction.Errorf(faction.Denied, "You do not have the permission `%s`: recruits have none until they get a position in the game. Nothing was changed. `/help` shows what you may do.", g)
		}
		return faction.Errorf(faction.Denied, "Your position does not have the permission `%s`. Nothing was changed. Your leader decides who has it; `/help` shows what you may do.", g)
	}
}

// paused words that the bot does nothing for the faction acted on.
func paused(c *Call) error {
	const left = "Only `/help`, `/link`, `/unlink`, `/privacy` and `/status` answer. Nothing was changed."
	if t, _ := c.standing.Tenant(c.Faction); t.State == "removing" {
		return faction.Errorf(faction.Denied, "This faction is being removed from this bot, with all that is kept of it. %s", left)
	}
	return faction.Errorf(faction.Denied, "This faction is paused: nothing is read from Torn and no alert is sent until an operator of this bot resumes it. What was read so far is kept. %s", left)
}

// recruit tells whether the caller has no position yet, to which nobody can grant
// anything (rbac.Resolve). Torn writes "None" for a member without a position.
func recruit(c *Call) bool {
	switch c.Actor.Position {
	case faction.PositionRecruit, "", "None":
		return c.Actor.Member
	default:
		return false
	}
}
