package alert

import (
	"time"

	"consigliere/internal/faction"
)

// Outgoing is an alert on its way to one place, with the rule as it stands now.
type Outgoing struct {
	Delivery
	ID           int64
	Rule         Rule // zero when the rule is gone; of a personal notice, only UserID
	State        string
	Reason       string // why it ended without being sent
	Channel      string
	MessageID    string
	Created      time.Time
	FirstAttempt time.Time // zero: none yet
	Attempts     int
	// Paused: the bot does nothing for the faction at present.
	Paused bool
	// Notices is what the player of a direct message wants to be told.
	Notices Notices
	// Accounts are the Discord accounts of the players whom the alert calls.
	Accounts []string
	// Edition counts the wordings of the alert, Shown is the one that the message shows.
	Edition, Shown int
	// Group is the delivery in whose message this one stands; 0: in its own. Grouped are
	// the others that stand in this one's message.
	Group   int64
	Grouped []Outgoing
	// Acked: the player pressed "Got it".
	Acked bool
	// Sent is when Discord took the message; zero: not yet.
	Sent time.Time
}

// Decide tells whether it goes out at now. Of a faction that is paused or being
// removed nothing does, not even late.
func (o Outgoing) Decide(now time.Time) Decision {
	if o.Paused {
		return Decision{Reason: FactionPaused}
	}
	dec := Decide(o.Delivery, o.Rule, o.Notices, now)
	if dec.Reason != Expired {
		return dec
	}
	// A message about several matters is worth sending while one of them is.
	for _, g := range o.Grouped {
		if now.Before(g.Alert.Expires()) {
			return Decide(g.Delivery, o.Rule, o.Notices, now)
		}
	}
	return dec
}

// LiveBoard is a message in a channel that the bot keeps up to date.
type LiveBoard struct {
	Faction   faction.ID
	ID        int64
	Kind      string
	ChannelID string
	MessageID string // empty until first posted
	Digest    string // of what the message shows
	PostedAt  time.Time
	Broken    string // why it cannot be kept; empty: healthy
}
