package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/notify"
)

const (
	member  faction.PlayerID = 4711
	account                  = "99"
)

// DM and FindOwnDM make a channel the direct messages with whoever is asked for.
func (c *channel) DM(ctx context.Context, userID string, m chat.Message, nonce string) (string, error) {
	c.users = append(c.users, userID)
	return c.Send(ctx, userID, m, nonce)
}

func (c *channel) EditDM(ctx context.Context, userID, id string, m chat.Message) error {
	return c.Edit(ctx, userID, id, m)
}

func (c *channel) FindOwnDM(ctx context.Context, userID, marker string, since time.Time) (string, bool, error) {
	return c.FindOwn(ctx, userID, marker, since)
}

// tell leaves a notice for the member and gives the number of its delivery.
func (d *desk) tell(stage string) int64 {
	d.t.Helper()
	err := d.store.Tell(d.t.Context(), us, d.clock.t, alert.Personal{Player: member, Alert: alert.Alert{
		Kind: alert.KeyUnhealthy, Subject: "key:1", Stage: stage, At: d.clock.t, Data: alert.Data{Note: "Your key is paused."}}})
	if err != nil {
		d.t.Fatal(err)
	}
	counts, err := d.store.Outbox(d.t.Context(), us, time.Time{})
	if err != nil {
		d.t.Fatal(err)
	}
	var total int64
	for _, n := range counts {
		total += int64(n)
	}
	return total
}

// link makes the member one of the faction with a Discord account.
func (d *desk) link() {
	d.t.Helper()
	d.save(feed.Update{Rosters: map[faction.ID][]faction.Member{us: {{ID: member, Name: "M", Position: "Recruit"}}}})
	_, err := d.store.LinkWithKey(d.t.Context(), faction.Link{Faction: us, DiscordID: account, Player: member, Name: "M"},
		faction.Key{Player: member, Sealed: []byte{1}, Fingerprint: []byte{1}, Consent: "own"}, false, d.clock.t)
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestAPersonalNoticeGoesToItsPlayerAlone(t *testing.T) {
	d := newDesk(t)
	d.link()
	id := d.tell("paused")
	for range 3 {
		if err := d.deliver.Deliver(t.Context(), us, id); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.direct.messages) != 1 || strings.Join(d.direct.users, " ") != account || d.channel.sends != 0 {
		t.Fatalf("%d direct messages to %v, %d posts; want one to %s and none", len(d.direct.messages), d.direct.users, d.channel.sends, account)
	}
	m := d.direct.messages["1"]
	if len(m.Rows) != 1 || m.Rows[0].Buttons[0].Label != "Got it" {
		t.Errorf("the notice has the buttons %+v, want one to confirm it", m.Rows)
	}
	if _, again, err := d.store.Acknowledge(t.Context(), us, id, member, d.clock.t); err != nil || again || !d.state(id).Acked {
		t.Errorf("it cannot be confirmed: %v", err)
	}
	if len(m.Mention.Roles) > 0 || !strings.Contains(m.Embeds[0].Footer, notify.Marker(us, id)) {
		t.Errorf("the message is %+v, want no mention and the mark by which it is found again", m)
	}
	if out := d.state(id); out.State != "sent" {
		t.Errorf("the delivery is %s", out.State)
	}
}

func TestAPersonalNoticeFollowsItsPlayersAccountAndEndsWithTheLink(t *testing.T) {
	d := newDesk(t)
	id := d.tell("before the link")
	if err := d.deliver.Deliver(t.Context(), us, id); err != nil {
		t.Fatal(err)
	}
	if d.direct.sends != 0 || d.state(id).State != "skipped" {
		t.Errorf("without a link: %d sends, %s; want none and skipped", d.direct.sends, d.state(id).State)
	}
	id = d.tell("linked meanwhile")
	d.link()
	if err := d.deliver.Deliver(t.Context(), us, id); err != nil || d.state(id).State != "sent" {
		t.Errorf("linked before the sending: %v, %s; want sent", err, d.state(id).State)
	}
}

func TestClosedDirectMessagesEndOneNoticeAndBreakNoRule(t *testing.T) {
	d := newDesk(t)
	d.link()
	id := d.tell("paused")
	d.direct.fail = errRefused
	for range 2 {
		if err := d.deliver.Deliver(t.Context(), us, id); err != nil {
			t.Fatalf("closed messages ask for a retry: %v", err)
		}
	}
	if d.direct.sends != 1 || d.state(id).State != "failed" {
		t.Errorf("%d sends, %s; want one and failed", d.direct.sends, d.state(id).State)
	}
	rules, err := d.store.Rules(t.Context(), us)
	if err != nil || len(rules) != 1 || rules[0].Broken != "" {
		t.Errorf("the faction's rules are %+v (%v), want them untouched", rules, err)
	}
	d.direct.fail = nil
	next := d.tell("no access")
	if err := d.deliver.Deliver(t.Context(), us, next); err != nil || d.state(next).State != "sent" {
		t.Errorf("the next notice after they opened again: %v, %s", err, d.state(next).State)
	}
}

func TestALostAnswerToADirectMessageIsLookedForLater(t *testing.T) {
	d := newDesk(t)
	d.link()
	id := d.tell("paused")
	d.direct.lose = true
	var retry *notify.RetryError
	if err := d.deliver.Deliver(t.Context(), us, id); !errors.As(err, &retry) {
		t.Fatalf("a lost answer gave %v, want a retry", err)
	}
	d.direct.nonces = map[string]string{} // Discord has forgotten the nonce
	d.clock.t = d.clock.t.Add(3 * time.Minute)
	if err := d.deliver.Deliver(t.Context(), us, id); err != nil {
		t.Fatal(err)
	}
	if len(d.direct.messages) != 1 || d.direct.sends != 1 || d.state(id).State != "sent" {
		t.Errorf("%d messages by %d sends, %s; want one found again", len(d.direct.messages), d.direct.sends, d.state(id).State)
	}
}
