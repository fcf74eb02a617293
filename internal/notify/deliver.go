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

// Webhooks posts through a rule's webhook, whose address only the implementation opens.
// A lost answer cannot be asked for again: it is the fault Unknown.
type Webhooks interface {
	PostWebhook(ctx context.Context, id faction.ID, r alert.Rule, m chat.Message) (messageID string, err error)
	EditWebhook(ctx context.Context, id faction.ID, r alert.Rule, messageID string, m chat.Message) error
}

// DeliveryStore is what delivering needs of the store.
type DeliveryStore interface {
	LoadDelivery(ctx context.Context, id faction.ID, delivery int64) (alert.Outgoing, error)
	BeginAttempt(ctx context.Context, id faction.ID, delivery int64, crowd int, now time.Time) (d alert.Outgoing, ok bool, err error)
	ReleaseAttempt(ctx context.Context, id faction.ID, delivery int64, before time.Time) error
	MarkSent(ctx context.Context, id faction.ID, d alert.Outgoing, messageID string, ackAfter time.Duration, now time.Time) error
	EndDelivery(ctx context.Context, id faction.ID, d alert.Outgoing, state string, reason alert.Reason, now time.Time) error
}

// AfterStore is what is needed of the store for what comes after a message was sent, or
// could not be.
type AfterStore interface {
	MarkShown(ctx context.Context, id faction.ID, d alert.Outgoing) error
	Escalate(ctx context.Context, id faction.ID, delivery int64, now time.Time) error
	BreakPlace(ctx context.Context, id faction.ID, at alert.Place, reason string, now time.Time) error
}

// Deliverer brings one alert to its channel, or to its player.
type Deliverer struct {
	Store    DeliveryStore
	After    AfterStore
	Sender   Sender
	Direct   Direct
	Webhooks Webhooks
	Pace     *Pace // of each channel; nil: Discord's own limits alone
	FaultOf  func(error) (f Fault, retryAfter time.Duration)
	Render   func(a alert.Alert, now time.Time) chat.Message
	// RenderMany words several alerts of one rule as one message, the first one first.
	RenderMany func(all []alert.Alert, now time.Time) chat.Message
	Clock      clock.Clock
	Log        *slog.Logger
	// Sent is told how long after it happened, and after it was committed, an alert was
	// delivered; not of samples. May be nil.
	Sent func(kind alert.Kind, fromEvent, fromCommit time.Duration)
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

// crowd is from how many others waiting for the same place alerts go out as one
// message. Where the channel takes no more at present, any others are company enough.
const crowd = 3

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
	if out.State != "pending" || out.Group != 0 && out.Group != delivery {
		return nil
	}
	now := d.Clock.Now()
	if dec := out.Decide(now); !dec.Send {
		state := "skipped"
		if dec.Reason == alert.Expired {
			state = "expired"
		}
		d.Log.Info("alert not sent", "faction_id", id, "kind", out.Alert.Kind, "reason", dec.Reason)
		return d.record(d.Store.EndDelivery(ctx, id, out, state, dec.Reason, now))
	}
	if done, err := d.mayHaveSent(ctx, id, out, now); done || err != nil {
		return err
	}
	company := crowd
	if place := pacedBy(out); place != "" && d.Pace != nil {
		wait, tight := d.Pace.take(place, now)
		if wait > 0 {
			return &RetryError{After: d.Clock.Real(wait), Err: errBusy}
		}
		if tight {
			company = 1
		}
	}
	out, ok, err := d.Store.BeginAttempt(ctx, id, delivery, company, now)
	if err != nil || !ok {
		return d.record(err)
	}
	messageID, err := d.send(ctx, id, out, d.message(out, id, now), nonce(id, delivery))
	if err != nil {
		return d.failed(ctx, id, out, err)
	}
	now = d.Clock.Now()
	d.observe(out, now)
	return d.sent(ctx, id, out, messageID, now)
}

// observe measures every alert that stands in a message.
func (d *Deliverer) observe(out alert.Outgoing, now time.Time) {
	if d.Sent == nil {
		return
	}
	for _, o := range append([]alert.Outgoing{out}, out.Grouped...) {
		if at := o.Alert.Happened(); !at.IsZero() {
			d.Sent(o.Alert.Kind, max(0, now.Sub(at)), max(0, now.Sub(o.Created)))
		}
	}
}

// errBusy is why an alert waits whose channel takes no more at present.
var errBusy = errors.New("the channel takes no more messages at present")

// pacedBy is the channel whose pace a delivery keeps; empty: none.
func pacedBy(out alert.Outgoing) string {
	switch {
	case out.Direct():
		return ""
	case out.Rule.WebhookID != "":
		return "webhook " + out.Rule.WebhookID
	default:
		return out.Channel
	}
}

// mayHaveSent looks after a delivery that an earlier attempt may have sent. done tells
// that nothing is left to do. Within two minutes the nonce gives the same message again.
func (d *Deliverer) mayHaveSent(ctx context.Context, id faction.ID, out alert.Outgoing, now time.Time) (done bool, err error) {
	switch {
	case out.FirstAttempt.IsZero():
		return false, nil
	case out.Rule.WebhookID != "": // webhooks know no nonce, and their channel is not ours to read
		return true, d.record(d.Store.EndDelivery(ctx, id, out, "unknown", alert.AnswerLost, now))
	case now.Sub(out.FirstAttempt) <= lookAfter:
		return false, nil
	}
	messageID, found, err := d.find(ctx, out, Marker(id, out.ID))
	if err != nil {
		// Sending blindly might tell it twice.
		if fault, after := d.FaultOf(err); fault == Later || fault == Unknown {
			return false, again(err, out.Attempts, after)
		}
		return false, nil
	}
	if !found {
		return false, nil
	}
	return true, d.sent(ctx, id, out, messageID, now)
}

// sent records the message that a delivery became.
func (d *Deliverer) sent(ctx context.Context, id faction.ID, out alert.Outgoing, messageID string, now time.Time) error {
	var ack time.Duration
	if out.Personal() && !out.Alert.Test {
		ack = d.Clock.Real(out.Alert.AckWithin)
	}
	return d.record(d.Store.MarkSent(ctx, id, out, messageID, ack, now))
}

func (d *Deliverer) send(ctx context.Context, id faction.ID, out alert.Outgoing, m chat.Message, nonce string) (messageID string, err error) {
	switch {
	case out.Direct():
		return d.Direct.DM(ctx, out.Rule.UserID, m, nonce)
	case out.Rule.WebhookID != "":
		return d.Webhooks.PostWebhook(ctx, id, out.Rule, m)
	default:
		return d.Sender.Send(ctx, out.Channel, m, nonce)
	}
}

func (d *Deliverer) find(ctx context.Context, out alert.Outgoing, marker string) (messageID string, found bool, err error) {
	if out.Direct() {
		return d.Direct.FindOwnDM(ctx, out.Rule.UserID, marker, out.FirstAttempt)
	}
	return d.Sender.FindOwn(ctx, out.Channel, marker, out.FirstAttempt)
}

// failed records what a failure means for the delivery and for its rule. Only a place
// that is gone or closed to us breaks a rule: Discord's own trouble passes. One that was
// closed is tried again later (alert.ProbeEvery).
func (d *Deliverer) failed(ctx context.Context, id faction.ID, out alert.Outgoing, err error) error {
	fault, after := d.FaultOf(err)
	now := d.Clock.Now()
	end := func(state string, reason alert.Reason) error {
		return d.record(d.Store.EndDelivery(ctx, id, out, state, reason, now))
	}
	switch {
	case out.Direct() && (fault == Gone || fault == Refused):
		// Theirs to open again; the next notice tries anew.
		d.Log.Info("a player takes no direct messages", "faction_id", id, "kind", out.Alert.Kind, "player_id", out.Player, "err", err)
		return end("failed", alert.NoMessages)
	case fault == Gone, fault == Refused:
		reason := brokenBecause(out, fault)
		d.Log.Warn("alert channel is broken", "faction_id", id, "kind", out.Alert.Kind, "reason", reason, "err", err)
		at := alert.Place{Channel: out.Channel, Webhook: out.Rule.WebhookID}
		if err := d.After.BreakPlace(ctx, id, at, reason, now); err != nil {
			return again(err, out.Attempts, 0)
		}
		return end("failed", alert.Reason(reason))
	case fault == Invalid:
		d.Log.Error("Discord does not take an alert", "faction_id", id, "kind", out.Alert.Kind, "err", err)
		return end("failed", alert.Refused)
	case fault == Unknown && out.Rule.WebhookID != "":
		d.Log.Warn("the answer to a webhook was lost; it is not sent again", "faction_id", id, "kind", out.Alert.Kind, "err", err)
		return end("unknown", alert.AnswerLost)
	case fault == Later: // nothing was sent
		if err := d.Store.ReleaseAttempt(ctx, id, out.ID, out.FirstAttempt); err != nil {
			return again(err, out.Attempts, after)
		}
		return again(err, out.Attempts, after)
	default: // the same nonce makes another try safe, even though the answer was lost
		return again(err, out.Attempts, after)
	}
}

func brokenBecause(out alert.Outgoing, f Fault) string {
	switch {
	case out.Rule.WebhookID != "":
		return alert.WebhookGone
	case f == Refused:
		return alert.PlaceClosed
	default:
		return alert.PlaceGone
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
		call(&m, out, now)
	}
	return m
}

// words is what the alert says, with the marks by which its message is found again.
func (d *Deliverer) words(out alert.Outgoing, id faction.ID, now time.Time) chat.Message {
	mark := Marker(id, out.ID)
	var m chat.Message
	if len(out.Grouped) == 0 {
		m = d.Render(out.Alert, now)
	} else {
		all := []alert.Alert{out.Alert}
		for _, g := range out.Grouped {
			all = append(all, g.Alert)
			mark += " · " + Marker(id, g.ID)
		}
		m = d.RenderMany(all, now)
	}
	if out.Personal() && !out.Alert.Test && !out.Acked && !out.Settled {
		m.Rows = append(m.Rows, chat.Row{Buttons: []chat.Button{gotIt(id, out.ID)}})
	}
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

// GotIt is the action of the button that confirms a personal notice.
const GotIt = "notice:ack"

func gotIt(id faction.ID, delivery int64) chat.Button {
	return chat.Button{ID: fmt.Sprintf("%s:%d:%d", GotIt, id, delivery), Label: "Got it", Style: chat.Success}
}

// call mentions whom an alert calls: its rule's role, unless its quiet hours let the alert
// through only for those who signed up for it, the players it names, and the rule's squad.
func call(m *chat.Message, out alert.Outgoing, now time.Time) {
	var who []string
	if r := out.Rule.RoleID; r != "" && out.CallsRole() && !out.Rule.Quiet.Contains(now) {
		who = append(who, "<@&"+r+">")
		m.Mention.Roles = append(m.Mention.Roles, r)
	}
	for _, u := range out.Accounts {
		who = append(who, "<@"+u+">")
		m.Mention.Users = append(m.Mention.Users, u)
	}
	if out.Unmentioned > 0 {
		who = append(who, fmt.Sprintf("and %d more of the squad:", out.Unmentioned))
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
