package alert

import "time"

// Reason tells why a delivery is sent or not; logs, tests and people see it.
type Reason string

// The reasons.
const (
	Send          Reason = "send"
	Disabled      Reason = "disabled"    // the rule was switched off or removed since
	RuleBroken    Reason = "rule-broken" // the place cannot be reached
	Expired       Reason = "expired"     // too late to be worth sending
	Muted         Reason = "muted"       // the rule is silenced for a while
	InQuiet       Reason = "quiet"       // the rule's quiet hours
	NoAccount     Reason = "no-account"  // the player has no Discord account linked, or has left
	FactionPaused Reason = "paused"      // the bot does nothing for the faction
	Unwanted      Reason = "unwanted"    // the player does not want this kind, or no direct messages
	IsSettled     Reason = "settled"     // the matter ended before it was sent
	NoMessages    Reason = "the player takes no direct messages"
	Refused       Reason = "Discord did not take the message"
	AnswerLost    Reason = "the answer was lost; it may have arrived"
	ToldByEdit    Reason = "told-by-edit" // an earlier message in the same place says it now
	Forgotten     Reason = "forgotten"    // it names a player who asked to be forgotten
)

// Decision is whether to send, and why.
type Decision struct {
	Send   bool
	Reason Reason
}

// Decide tells whether a delivery goes out at now under the rule as it is now.
// What may not go out is recorded with the reason, never sent later. A personal
// notice has no rule: of r only UserID counts, the player's account, empty for none.
// n is what the player wants to be told, for direct messages.
func Decide(d Delivery, r Rule, n Notices, now time.Time) Decision {
	reason := decide(d, r, now)
	if reason == Send && d.Direct() {
		a := d.Alert
		a.Promised = d.promised()
		reason = n.holds(a, now)
	}
	return Decision{Send: reason == Send, Reason: reason}
}

func decide(d Delivery, r Rule, now time.Time) Reason {
	reason := Send
	switch {
	case d.Direct() && r.UserID == "":
		reason = NoAccount
	case d.Personal():
		if !now.Before(d.Alert.Expires()) {
			reason = Expired
		}
	case !r.Enabled || r.ID != d.Rule:
		reason = Disabled
	case !now.Before(d.Alert.Expires()):
		reason = Expired
	case d.Alert.Test: // somebody asked for it just now, perhaps to see whether it works again
	case r.shut(now):
		reason = RuleBroken
	case now.Before(r.MutedUntil):
		reason = Muted
	case r.Quiet.Contains(now) && !d.promised():
		reason = InQuiet
	}
	return reason
}

// Quiet is a stretch of every day, in Torn's time (UTC), in which a rule is
// silent. From and To are counted from midnight; when To is not after From the
// stretch runs over midnight. From equal to To means no quiet hours.
type Quiet struct {
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`
}

// Contains tells whether a moment lies in the quiet hours: From is inside, To is not.
func (q Quiet) Contains(t time.Time) bool {
	t = t.UTC()
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	at := t.Sub(day)
	switch {
	case q.From == q.To:
		return false
	case q.From < q.To:
		return q.From <= at && at < q.To
	default:
		return at >= q.From || at < q.To
	}
}
