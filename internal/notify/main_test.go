package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/localpg/pgtest"
	"consigliere/internal/notify"
	"consigliere/internal/say"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const us faction.ID = 8085

// fixed is a clock that stands where the test puts it.
type fixed struct{ t time.Time }

func (c *fixed) Now() time.Time                                   { return c.t }
func (c *fixed) Sleep(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }
func (c *fixed) Real(d time.Duration) time.Duration               { return d }

// channel is a Discord channel: messages by id, nonces, and what goes wrong.
type channel struct {
	messages map[string]chat.Message
	nonces   map[string]string
	next     int
	sends    int
	edits    int
	at       string   // the channel of the last call
	users    []string // whom direct messages went to
	fail     error    // of the next calls
	lose     bool     // accept, and lose the answer
}

var (
	errGone    = errors.New("gone")
	errRefused = errors.New("refused")
	errLater   = errors.New("later")
	errLost    = errors.New("lost")
	errNever   = errors.New("never")
)

func faultOf(err error) (notify.Fault, time.Duration) {
	switch {
	case errors.Is(err, errGone):
		return notify.Gone, 0
	case errors.Is(err, errRefused):
		return notify.Refused, 0
	case errors.Is(err, errNever):
		return notify.Invalid, 0
	case errors.Is(err, errLost):
		return notify.Unknown, 0
	default:
		return notify.Later, 3 * time.Second
	}
}

func newChannel() *channel {
	return &channel{messages: map[string]chat.Message{}, nonces: map[string]string{}}
}

func (c *channel) Send(_ context.Context, at string, m chat.Message, nonce string) (string, error) {
	c.sends++
	c.at = at
	if c.fail != nil {
		return "", c.fail
	}
	id, known := c.nonces[nonce]
	if !known {
		c.next++
		id = fmt.Sprint(c.next)
		c.messages[id], c.nonces[nonce] = m, id
	}
	if c.lose {
		c.lose = false
		return "", errLost
	}
	return id, nil
}

func (c *channel) Edit(_ context.Context, at, id string, m chat.Message) error {
	c.edits++
	c.at = at
	if c.fail != nil {
		return c.fail
	}
	if _, ok := c.messages[id]; !ok {
		return errGone
	}
	c.messages[id] = m
	return nil
}

func (c *channel) Delete(_ context.Context, _, id string) error {
	delete(c.messages, id)
	return c.fail
}

func (c *channel) FindOwn(_ context.Context, _, marker string, _ time.Time) (string, bool, error) {
	for id, m := range c.messages {
		for _, e := range m.Embeds {
			if len(e.Footer) >= len(marker) && e.Footer[len(e.Footer)-len(marker):] == marker {
				return id, true, nil
			}
		}
	}
	return "", false, nil
}

// desk is a deliverer over a real database and a channel.
type desk struct {
	t       *testing.T
	store   *store.Store
	clock   *fixed
	channel *channel
	direct  *channel // the direct messages
	deliver *notify.Deliverer
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, store: storetest.Open(t).Store, clock: &fixed{time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}, channel: newChannel(), direct: newChannel()}
	d.deliver = &notify.Deliverer{Store: d.store, After: d.store, Sender: d.channel, Direct: d.direct, FaultOf: faultOf, Render: say.RenderAlert, RenderMany: say.RenderAlerts, Clock: d.clock, Log: slog.New(slog.DiscardHandler)}
	if err := d.store.Register(t.Context(), faction.Faction{ID: us, Name: "Ours"}, "1", "S", d.clock.t); err != nil {
		t.Fatal(err)
	}
	d.rule(true)
	return d
}

func (d *desk) rule(enabled bool) {
	d.t.Helper()
	err := d.store.PutRules(d.t.Context(), us, []alert.Rule{{Kind: alert.WarStarted, ChannelID: "77", RoleID: "88", Enabled: enabled}}, d.clock.t)
	if err != nil {
		d.t.Fatal(err)
	}
}

// commit raises an alert as a poll does, and gives its delivery's id.
func (d *desk) commit(stage string) int64 {
	d.t.Helper()
	states, err := d.store.Feeds(d.t.Context(), us)
	if err != nil {
		d.t.Fatal(err)
	}
	st := states[0]
	u := feed.Update{
		Alerts: []alert.Alert{{Kind: alert.WarStarted, Subject: "war:1", Stage: stage, At: d.clock.t, Data: alert.Data{War: &alert.WarData{
			ID: 1, UsName: "Ours", ThemName: "Theirs", Start: d.clock.t, Target: 500}}}},
		Progress: feed.Progress{Now: d.clock.t, NextDue: d.clock.t.Add(time.Minute), Done: true},
	}
	if err := d.store.SaveUpdate(d.t.Context(), &st, u); err != nil {
		d.t.Fatal(err)
	}
	n, err := d.store.Outbox(d.t.Context(), us, time.Time{})
	if err != nil {
		d.t.Fatal(err)
	}
	total := 0
	for _, c := range n {
		total += c
	}
	return int64(total) // deliveries are numbered from 1 in a fresh database
}

func (d *desk) state(delivery int64) alert.Outgoing {
	d.t.Helper()
	out, err := d.store.LoadDelivery(d.t.Context(), us, delivery)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}
