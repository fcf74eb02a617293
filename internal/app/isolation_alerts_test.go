package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/notify"
)

// outbox takes messages in Discord's place. What it does not expect to be asked for
// ends the test.
type outbox struct {
	notify.Sender
	notify.Direct
	t      *testing.T
	sent   []letter
	nonces map[string]bool
	gone   bool // every channel is
}

type letter struct{ channel, user, text string }

func (o *outbox) put(l letter, m chat.Message, nonce string) (string, error) {
	if o.gone {
		return "", discord.ErrGone
	}
	if o.nonces[nonce] { // Discord would take it for the same message
		o.t.Errorf("the nonce %s was used twice", nonce)
	}
	if o.nonces == nil {
		o.nonces = map[string]bool{}
	}
	o.nonces[nonce] = true
	l.text = textOf(o.t, chat.Reply{Message: m})
	o.sent = append(o.sent, l)
	return fmt.Sprint(len(o.sent)), nil
}

func (o *outbox) Send(_ context.Context, channel string, m chat.Message, nonce string) (string, error) {
	return o.put(letter{channel: channel}, m, nonce)
}

func (o *outbox) DM(_ context.Context, user string, m chat.Message, nonce string) (string, error) {
	return o.put(letter{user: user}, m, nonce)
}

func (o *outbox) FindOwn(context.Context, string, string, time.Time) (string, bool, error) {
	return "", false, nil
}

func (o *outbox) FindOwnDM(context.Context, string, string, time.Time) (string, bool, error) {
	return "", false, nil
}

// pending are the numbers of a faction's deliveries that wait.
func (w *tenancy) pending(id faction.ID) (out []int64) {
	w.t.Helper()
	rows, err := w.owner.Query(w.t.Context(), "select delivery_id from alert_deliveries where faction_id = $1 and state = 'pending' order by 1", id)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var n int64
		w.must(rows.Scan(&n))
		out = append(out, n)
	}
	return out
}

// raise lets a poll of ours find an alert of every kind, for rules and for people: of
// both leaders, and of somebody on both member lists.
func (w *tenancy) raise() {
	w.t.Helper()
	ctx, now := w.t.Context(), w.clock.Now()
	feeds, err := w.db.Store.Feeds(ctx, ours)
	w.must(err)
	var alerts []alert.Alert
	var personal []alert.Personal
	for _, k := range append(alert.Kinds(), alert.LinkAsked, alert.LinkConfirmed) {
		a := alert.Sample(k, ours, "Lions", now)
		a.Test, a.Subject, a.Was, a.Is = false, "war:1", 1, 2
		a.Data.Player, a.Data.Chain, a.Data.Key = &alert.PlayerData{ID: 60, Name: "markaX"}, &alert.ChainData{ID: 7001}, &alert.KeyData{State: "paused"}
		a.Stage = string(k)
		alerts = append(alerts, a)
		for _, id := range []faction.ID{ours, theirs} {
			player, _ := person(id, 0)
			personal = append(personal, alert.Personal{Player: faction.PlayerID(player), Alert: a})
		}
		personal = append(personal, alert.Personal{Player: 60, Alert: a})
	}
	st := feeds[0]
	w.must(w.db.Store.SaveUpdate(ctx, &st, feed.Update{Alerts: alerts, Progress: feed.Progress{Now: now, NextDue: now.Add(time.Minute)}}))
	w.must(w.db.Store.Tell(ctx, ours, now, personal...))
}

// An alert of every kind reaches our channels and our people only, although theirs
// have channels, rules and deliveries of the same numbers.
func TestEveryAlertStaysInItsFaction(t *testing.T) {
	w := newTenancy(t)
	before := w.rowsOf(theirs)
	w.raise()
	w.unchanged(before) // that nothing was left for them to be sent later
	box := &outbox{t: t}
	d := w.app.Deliverer(box, box)
	for _, n := range append(w.pending(ours), 501) { // the last is one that only they have
		w.must(d.Deliver(t.Context(), ours, n))
	}
	_, leader := person(ours, 0)
	channels, people := 0, 0
	for _, l := range box.sent {
		w.clean("a message of ours", l.text)
		switch {
		case l.channel == sharedChannel, l.channel == channelOf(ours):
			channels++
		case l.user == leader:
			people++
		default:
			t.Errorf("a message went to channel %q or user %q: %s", l.channel, l.user, l.text)
		}
	}
	kinds := len(alert.Kinds())
	if channels < kinds || people < kinds {
		t.Errorf("of %d kinds %d messages went to our channel and %d to our leader", kinds, channels, people)
	}
	w.unchanged(before)

	// Their delivery of the same number says something else, as another message.
	ourLast := len(box.sent)
	w.must(d.Deliver(t.Context(), theirs, 500))
	if len(box.sent) != ourLast+1 || foreign(box.sent[ourLast].text) == "" || strings.Contains(strings.ToLower(box.sent[ourLast].text), "marka") {
		t.Errorf("their own delivery sent %v", box.sent[ourLast:])
	}
	w.keepsToItself()
}

func TestAChannelThatIsGoneBreaksOneFactionsRulesOnly(t *testing.T) {
	w := newTenancy(t)
	before := w.rowsOf(theirs)
	box := &outbox{t: t, gone: true}
	w.must(w.app.Deliverer(box, box).Deliver(t.Context(), ours, 500))
	if n := w.text(fmt.Sprintf("select count(*)::text from alert_rules where faction_id = %d and broken_reason <> ''", ours)); n == "0" {
		t.Error("no rule of ours is broken: the test shows nothing")
	}
	w.unchanged(before)
}

func TestALiveMessageShowsItsFactionOnly(t *testing.T) {
	w := newTenancy(t)
	_, err := w.owner.Exec(t.Context(), "update live_boards set next_due_at = $1", isolationEpoch)
	w.must(err)
	box := &outbox{t: t}
	w.must(w.app.Boards(box).RunOnce(t.Context()))
	a, b := 0, 0
	for _, l := range box.sent {
		us, them := strings.Contains(strings.ToLower(l.text), "marka"), foreign(l.text) != ""
		if us == them {
			t.Errorf("a live message is of nobody or of both: %s", l.text)
		}
		if us {
			a++
		} else {
			b++
		}
	}
	if a != 1 || b != 1 {
		t.Errorf("%d live messages of ours and %d of theirs, want one each", a, b)
	}
}
