package alert

import (
	"time"

	"consigliere/internal/faction"
)

// Outgoing is an alert on its way to one place, with the rule as it stands now.
type Outgoing struct {
	Delivery
	ID        int64
	Rule      Rule // zero when the rule is gone; of a personal notice, only UserID
	State     string
	Reason    string // why it ended without being sent
	Channel   string
	MessageID string
	Created   time.Time
	// FirstAttempt is from when it may have been sent; zero: it surely was not.
	FirstAttempt time.Time
	Attempts     int
	// Paused: the bot does nothing for the faction at present.
	Paused bool
	// Notices is what the player of a direct message wants to be told.
	Notices Notices
	// Accounts are the Discord accounts that the message mentions: of the players whom the
	// alert calls, and of the rule's squad. Unmentioned is how many more of the squad there are.
	Accounts    []string
	Unmentioned int
	// Edition counts the wordings of the alert, Shown is the one that the message shows.
	Edition, Shown int
	// Group is the delivery in whose message this one stands; 0: in its own. Grouped are
	// the others that stand in this one's message.
	Group   int64
	Grouped []Outgoing
	// Settled: the matter is over.
	Settled bool
	// Acked: the player pressed "Got it".
	Acked bool
	// Sent is when Discord took the message; zero: not yet.
	Sent time.Time
}

// Decide tells whether it goes out at now. Of a faction that is paused or being
// removed nothing does, not even late. A message about several matters is worth sending
// while one of them is.
func (o Outgoing) Decide(now time.Time) Decision {
	if o.Paused {
		return Decision{Reason: FactionPaused}
	}
	dec := o.decideAlone(o.Rule, o.Notices, now)
	for _, g := range o.Grouped {
		if dec.Reason == Expired || dec.Reason == IsSettled || dec.Reason == InQuiet {
			dec = g.decideAlone(o.Rule, o.Notices, now)
		}
	}
	return dec
}

func (o Outgoing) decideAlone(r Rule, n Notices, now time.Time) Decision {
	if o.Settled && o.FirstAttempt.IsZero() {
		return Decision{Reason: IsSettled}
	}
	return Decide(o.Delivery, r, n, now)
}

// Outdated tells whether the message shows an older wording than is stored.
func (o Outgoing) Outdated() bool {
	for _, g := range o.Grouped {
		if g.Shown < g.Edition {
			return true
		}
	}
	return o.Shown < o.Edition
}

// CallsRole tells whether the rule's role is mentioned, and its squad: one of the alerts in the message
// concerns everybody.
func (o Outgoing) CallsRole() bool {
	for _, g := range o.Grouped {
		if !g.Alert.CallNobodyElse {
			return true
		}
	}
	return !o.Alert.CallNobodyElse
}

// Unheard tells whether a notice that ended unsent for a reason is told to the channel
// instead: its player had to confirm it, and it still matters.
func (o Outgoing) Unheard(r Reason) bool {
	if !o.Personal() || o.Alert.AckWithin <= 0 || o.Alert.Test {
		return false
	}
	return r != Expired && r != IsSettled && r != FactionPaused
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

// Place is where messages go: a channel or a webhook.
type Place struct {
	Channel, Webhook string // ids; one of them is empty
}
