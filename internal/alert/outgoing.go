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
}

// Decide tells whether it goes out at now. Of a faction that is paused or being
// removed nothing does, not even late.
func (o Outgoing) Decide(now time.Time) Decision {
	if o.Paused {
		return Decision{Reason: FactionPaused}
	}
	return Decide(o.Delivery, o.Rule, now)
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
