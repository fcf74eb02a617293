// Package notify brings to Discord what was committed: alerts, each once, and the
// live boards. Deciding, sending and recording are three steps: the decision is
// pure (alert.Decide), the send says what kind of failure it met, the record is
// what a retry finds.
package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// Sender puts messages into channels.
type Sender interface {
	// Send posts a message; a second one with the same nonce within some minutes
	// is the first one again.
	Send(ctx context.Context, channelID string, m chat.Message, nonce string) (messageID string, err error)
	Edit(ctx context.Context, channelID, messageID string, m chat.Message) error
	Delete(ctx context.Context, channelID, messageID string) error
	// FindOwn looks for a recent message of ours that holds a marker.
	FindOwn(ctx context.Context, channelID, marker string, since time.Time) (messageID string, found bool, err error)
}

// Direct sends messages to single users. Nonces and markers work as in Sender.
type Direct interface {
	DM(ctx context.Context, userID string, m chat.Message, nonce string) (messageID string, err error)
	EditDM(ctx context.Context, userID, messageID string, m chat.Message) error
	FindOwnDM(ctx context.Context, userID, marker string, since time.Time) (messageID string, found bool, err error)
}

// Fault is what kind of failure a send met.
type Fault int

// The faults.
const (
	Later   Fault = iota // nothing was sent; try again
	Unknown              // it may have been sent: look before trying again
	Gone                 // the channel or message is no more
	Refused              // we may not write there
	Invalid              // Discord will never take this message
)

// DeliveryStore is what delivering needs of the store.
type DeliveryStore interface {
	LoadDelivery(ctx context.Context, id faction.ID, delivery int64) (alert.Outgoing, error)
	BeginAttempt(ctx context.Context, id faction.ID, delivery int64, now time.Time) error
	MarkSent(ctx context.Context, id faction.ID, delivery int64, messageID string, shown int, now time.Time) error
	MarkDelivery(ctx context.Context, id faction.ID, delivery int64, state, reason string) error
	BreakRules(ctx context.Context, id faction.ID, channelID, reason string, now time.Time) error
}

// EditionStore is what editing needs of the store beside.
type EditionStore interface {
	LoadDelivery(ctx context.Context, id faction.ID, delivery int64) (alert.Outgoing, error)
	MarkShown(ctx context.Context, id faction.ID, delivery int64, shown int) error
}

// Deliverer brings one alert to its channel, or to its player.
type Deliverer struct {
	Store    DeliveryStore
	Editions EditionStore
	Sender   Sender
	Direct   Direct
	FaultOf  func(error) (f Fault, retryAfter time.Duration)
	Render   func(a alert.Alert, now time.Time) chat.Message
	Clock    clock.Clock
	Log      *slog.Logger
	// Sent is told how long after the alert was committed it was delivered; may be nil.
	Sent func(kind alert.Kind, after time.Duration)
}

// lookAfter is from when Discord may have forgotten a nonce, so that a retry looks
// for its own message first.
const lookAfter = 2 * time.Minute

// RetryError asks the queue to try again after a while.
type RetryError struct {
	After time.Duration
	Err   error
}

// soonest and latest bound the wait before another try, which doubles with each.
const (
	soonest = time.Second
	latest  = 30 * time.Second
)

// again asks for another try of a delivery that was tried so many times, after the
// time that Discord asked for when it did.
func again(err error, tries int, asked time.Duration) error {
	return &RetryError{After: max(asked, min(latest, soonest<<min(tries, 10))), Err: err}
}

// Error is for logs.
func (e *RetryError) Error() string { return "not delivered yet: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *RetryError) Unwrap() error { return e.Err }

// Deliver sends a delivery unless it was sent already or is no longer wanted. It
// may be called any number of times: only the first success posts a message.
func (d *Deliverer) Deliver(ctx context.Context, id faction.ID, delivery int64) error {
	out, err := d.Store.LoadDelivery(ctx, id, delivery)
	if faction.KindOf(err) == faction.NotFound {
		return nil
	}
	if err != nil {
		return again(err, 2, 0)
	}
	if out.State != "pending" {
		return nil
	}
	now := d.Clock.Now()
	if dec := out.Decide(now); !dec.Send {
		state := "skipped"
		if dec.Reason == alert.Expired {
			state = "expired"
		}
		d.Log.Info("alert not sent", "faction_id", id, "kind", out.Alert.Kind, "reason", dec.Reason)
		return d.record(d.Store.MarkDelivery(ctx, id, delivery, state, string(dec.Reason)))
	}
	if out.Attempts > 0 && now.Sub(out.FirstAttempt) > lookAfter {
		if messageID, found, err := d.find(ctx, out, Marker(id, delivery)); err == nil && found {
			return d.record(d.Store.MarkSent(ctx, id, delivery, messageID, shown(out), now))
		}
	}
	if err := d.Store.BeginAttempt(ctx, id, delivery, now); err != nil {
		return again(err, out.Attempts, 0)
	}
	messageID, err := d.send(ctx, out, d.message(out, id, now), nonce(id, delivery))
	if err != nil {
		return d.failed(ctx, id, out, err)
	}
	if d.Sent != nil {
		d.Sent(out.Alert.Kind, d.Clock.Now().Sub(out.Created))
	}
	return d.record(d.Store.MarkSent(ctx, id, delivery, messageID, shown(out), d.Clock.Now()))
}

// shown is the edition that a message shows which was just sent. Tried before, it may
// be the message of that time, with the wording of then: it is edited to be sure.
func shown(out alert.Outgoing) int {
	if out.Attempts > 0 && out.Edition > 0 {
		return -1
	}
	return out.Edition
}

func (d *Deliverer) send(ctx context.Context, out alert.Outgoing, m chat.Message, nonce string) (messageID string, err error) {
	if out.Direct() {
		return d.Direct.DM(ctx, out.Rule.UserID, m, nonce)
	}
	return d.Sender.Send(ctx, out.Channel, m, nonce)
}

func (d *Deliverer) find(ctx context.Context, out alert.Outgoing, marker string) (messageID string, found bool, err error) {
	if out.Direct() {
		return d.Direct.FindOwnDM(ctx, out.Rule.UserID, marker, out.FirstAttempt)
	}
	return d.Sender.FindOwn(ctx, out.Channel, marker, out.FirstAttempt)
}

// failed records what a failure means for the delivery and for its rule.
func (d *Deliverer) failed(ctx context.Context, id faction.ID, out alert.Outgoing, err error) error {
	fault, after := d.FaultOf(err)
	switch {
	case out.Direct() && (fault == Gone || fault == Refused):
		// Theirs to open again; the next notice tries anew.
		d.Log.Info("a player takes no direct messages", "faction_id", id, "kind", out.Alert.Kind, "player_id", out.Player, "err", err)
		return d.record(d.Store.MarkDelivery(ctx, id, out.ID, "failed", "the player takes no direct messages"))
	case fault == Gone, fault == Refused:
		reason := "the channel is gone"
		if fault == Refused {
			reason = "the bot may not write in the channel"
		}
		d.Log.Warn("alert channel is broken", "faction_id", id, "kind", out.Alert.Kind, "reason", reason, "err", err)
		return d.record(errors.Join(
			d.Store.BreakRules(ctx, id, out.Channel, reason, d.Clock.Now()),
			d.Store.MarkDelivery(ctx, id, out.ID, "failed", reason)))
	case fault == Invalid:
		d.Log.Error("Discord does not take an alert", "faction_id", id, "kind", out.Alert.Kind, "err", err)
		return d.record(d.Store.MarkDelivery(ctx, id, out.ID, "failed", "Discord did not take the message"))
	default: // the same nonce makes another try safe, even when the answer was lost
		return again(err, out.Attempts, after)
	}
}

// record turns a failure to write into a retry: what was sent is found again by
// its nonce, or by its marker.
func (d *Deliverer) record(err error) error {
	if err != nil {
		return again(err, 0, 0)
	}
	return nil
}

// message is what the alert says, with the mention its rule asks for.
func (d *Deliverer) message(out alert.Outgoing, id faction.ID, now time.Time) chat.Message {
	m := d.words(out, id, now)
	if !out.Alert.Test && !out.Direct() {
		call(&m, out)
	}
	return m
}

// words is what the alert says, with the mark by which its message is found again.
func (d *Deliverer) words(out alert.Outgoing, id faction.ID, now time.Time) chat.Message {
	m := d.Render(out.Alert, now)
	mark := Marker(id, out.ID)
	if n := len(m.Embeds); n > 0 {
		if m.Embeds[n-1].Footer != "" {
			mark = " · " + mark
		}
		m.Embeds[n-1].Footer += mark
	} else {
		m.Content += "\n-# " + mark
	}
	return m
}

// call mentions whom an alert calls: its rule's role, and the players it names.
func call(m *chat.Message, out alert.Outgoing) {
	var who []string
	if r := out.Rule.RoleID; r != "" && !out.Alert.CallNobodyElse {
		who = append(who, "<@&"+r+">")
		m.Mention.Roles = append(m.Mention.Roles, r)
	}
	for _, u := range out.Accounts {
		who = append(who, "<@"+u+">")
		m.Mention.Users = append(m.Mention.Users, u)
	}
	if len(who) > 0 {
		m.Content = strings.Join(who, " ") + " " + m.Content
	}
}

// Marker is the short reference that a delivered message shows.
func Marker(id faction.ID, delivery int64) string {
	return "ref " + digest(id, delivery)[:8]
}

// nonce is at most 25 characters, Discord's limit.
func nonce(id faction.ID, delivery int64) string { return digest(id, delivery)[:25] }

func digest(id faction.ID, delivery int64) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("alert %d ", id) + strconv.FormatInt(delivery, 10)))
	return hex.EncodeToString(sum[:])
}
