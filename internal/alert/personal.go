package alert

import (
	"slices"
	"strconv"
	"time"

	"consigliere/internal/faction"
)

// Personal is an alert for one player alone. No rule asks for it, and only the player
// can silence it (Notices); it goes as a direct message to the Discord account that the player has
// when it is sent. Each subject and stage is told to a player once.
type Personal struct {
	Player faction.PlayerID
	Alert  Alert
}

// Key is what makes the notice unique within a faction.
func (p Personal) Key() Key {
	return Key{Player: p.Player, Subject: p.Alert.Subject, Stage: p.Alert.Stage}
}

// Personal tells that the delivery is one player's, not a rule's.
func (k Key) Personal() bool { return k.Rule == 0 && k.Player != 0 }

// Direct tells that the delivery goes as a direct message.
func (k Key) Direct() bool { return k.Player != 0 }

// ForWhoLeft tells that notices of the kind are about a player's own account and keys:
// they reach the player in whatever faction, and in none. Everything else is for members.
func (k Kind) ForWhoLeft() bool {
	switch k {
	case KeyUnhealthy, LinkAsked, LinkConfirmed:
		return true
	default:
		return false
	}
}

// Notices is what a player wants to be told in direct messages. The zero value wants
// everything, at any hour.
type Notices struct {
	// Off: no direct messages from the bot, but for what the player signed up for.
	Off bool `json:"off,omitempty"`
	// Without lists kinds that the player does not want.
	Without []Kind `json:"without,omitempty"`
	Quiet   Quiet  `json:"quiet,omitzero"`
}

// holds gives the reason why a notice is not sent at now; Send when nothing is against it.
func (n Notices) holds(a Alert, now time.Time) Reason {
	switch {
	case a.Test:
		return Send
	case slices.Contains(n.Without, a.Kind):
		return Unwanted
	case a.Promised: // they asked for it after they said when they sleep
		return Send
	case n.Off:
		return Unwanted
	case n.Quiet.Contains(now):
		return InQuiet
	default:
		return Send
	}
}

// promised tells whether it goes to somebody who signed up for what it tells of: in a
// channel to whoever the alert is about, in a direct message to that player.
func (d Delivery) promised() bool {
	switch a := d.Alert; {
	case !a.Promised || !d.Direct() || d.Personal():
		return a.Promised
	case a.Data.Chain != nil:
		return slices.ContainsFunc(a.Data.Chain.Watchers, func(p PlayerData) bool { return p.ID == d.Player })
	default:
		return slices.Contains(a.Call, d.Player)
	}
}

// Unconfirmed is a personal notice as it is told to the channel, because its player did
// not confirm it in time or could not be reached. It is no warning ahead of its moment any
// more, so that no rule finds it too early.
func (a Alert) Unconfirmed(p faction.PlayerID, name string) Alert {
	a.ExpiresAt = a.Expires()
	a.Kind = a.Kind.Channel()
	a.Stage += ":unconfirmed:" + strconv.FormatInt(int64(p), 10)
	a.AckWithin, a.Due = 0, time.Time{}
	a.Call, a.CallNobodyElse = []faction.PlayerID{p}, false
	a.Data.Unconfirmed = &PlayerData{ID: p, Name: name}
	return a
}

// ConfirmedLate gives what the channel was told of a notice the wording that its player
// has confirmed it after all.
func (a Alert) ConfirmedLate(p faction.PlayerID, name string) Settled {
	a = a.Unconfirmed(p, name)
	a.Data.Confirmed, a.Data.Unconfirmed = a.Data.Unconfirmed, nil
	return Settled{Ref: Ref{Kind: a.Kind, Subject: a.Subject, Stage: a.Stage}, Alert: a}
}
