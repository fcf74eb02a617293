package notify_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/notify"
)

func TestAnAlertIsPostedOnceHoweverOftenItIsDelivered(t *testing.T) {
	d := newDesk(t)
	id := d.commit("started")
	for range 3 {
		if err := d.deliver.Deliver(t.Context(), us, id); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.channel.messages) != 1 || d.channel.sends != 1 {
		t.Fatalf("%d messages by %d sends, want one of each", len(d.channel.messages), d.channel.sends)
	}
	m := d.channel.messages["1"]
	if !strings.HasPrefix(m.Content, "<@&88> ") || len(m.Mention.Roles) != 1 || m.Mention.Roles[0] != "88" {
		t.Errorf("the role is not mentioned: %q %v", m.Content, m.Mention)
	}
	if out := d.state(id); out.State != "sent" || out.MessageID != "1" {
		t.Errorf("the delivery is %s with message %q", out.State, out.MessageID)
	}
}

func TestALostAnswerIsTriedAgainWithoutASecondMessage(t *testing.T) {
	d := newDesk(t)
	id := d.commit("started")
	d.channel.lose = true
	var retry *notify.RetryError
	if err := d.deliver.Deliver(t.Context(), us, id); !errors.As(err, &retry) {
		t.Fatalf("a lost answer gave %v, want a retry", err)
	}
	if err := d.deliver.Deliver(t.Context(), us, id); err != nil {
		t.Fatal(err)
	}
	if len(d.channel.messages) != 1 || d.state(id).State != "sent" {
		t.Fatalf("%d messages, state %s", len(d.channel.messages), d.state(id).State)
	}
}

func TestALateRetryFindsItsOwnMessageInsteadOfPostingAgain(t *testing.T) {
	d := newDesk(t)
	id := d.commit("started")
	d.channel.lose = true
	_ = d.deliver.Deliver(t.Context(), us, id)
	d.channel.nonces = map[string]string{} // Discord has forgotten the nonce
	d.clock.t = d.clock.t.Add(3 * time.Minute)
	if err := d.deliver.Deliver(t.Context(), us, id); err != nil {
		t.Fatal(err)
	}
	if len(d.channel.messages) != 1 || d.channel.sends != 1 || d.state(id).MessageID != "1" {
		t.Fatalf("%d messages by %d sends, recorded %q", len(d.channel.messages), d.channel.sends, d.state(id).MessageID)
	}
}

func TestWhatIsLateOrNoLongerWantedIsRecordedAndNotSent(t *testing.T) {
	for _, tc := range []struct {
		name, state string
		prepare     func(*desk)
	}{
		{"an alert that outlived its worth is expired", "expired", func(d *desk) { d.clock.t = d.clock.t.Add(7 * 24 * time.Hour) }},
		{"a rule that was switched off since skips it", "skipped", func(d *desk) { d.rule(false) }},
		{"a faction that was paused since skips it", "skipped", func(d *desk) {
			if err := d.store.SetFactionState(d.t.Context(), us, faction.Paused, "", d.clock.t); err != nil {
				d.t.Fatal(err)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk(t)
			id := d.commit("started")
			tc.prepare(d)
			if err := d.deliver.Deliver(t.Context(), us, id); err != nil {
				t.Fatal(err)
			}
			if got := d.state(id).State; got != tc.state || d.channel.sends != 0 {
				t.Errorf("state %s after %d sends, want %s and none", got, d.channel.sends, tc.state)
			}
		})
	}
}

func TestAChannelThatIsGoneBreaksItsRulesAndIsNotTriedAgain(t *testing.T) {
	d := newDesk(t)
	first := d.commit("started")
	d.channel.fail = errGone
	if err := d.deliver.Deliver(t.Context(), us, first); err != nil {
		t.Fatalf("a gone channel asks for a retry: %v", err)
	}
	rules, err := d.store.Rules(t.Context(), us)
	if err != nil || len(rules) != 1 || rules[0].Broken == "" {
		t.Fatalf("the rule is not marked broken: %+v (%v)", rules, err)
	}
	second := d.commit("again")
	if err := d.deliver.Deliver(t.Context(), us, second); err != nil {
		t.Fatal(err)
	}
	if d.channel.sends != 1 || d.state(second).State != "skipped" {
		t.Errorf("%d sends, second delivery %s; want one send and a skip", d.channel.sends, d.state(second).State)
	}
}

func TestAPassingFaultIsTriedAgainAfterTheTimeDiscordAskedFor(t *testing.T) {
	d := newDesk(t)
	id := d.commit("started")
	d.channel.fail = errLater
	var retry *notify.RetryError
	if err := d.deliver.Deliver(t.Context(), us, id); !errors.As(err, &retry) || retry.After != 3*time.Second {
		t.Fatalf("a passing fault gave %v, want a retry after 3 s", err)
	}
	if d.state(id).State != "pending" {
		t.Errorf("the delivery is %s, want pending", d.state(id).State)
	}
	d.channel.fail = nil
	if err := d.deliver.Deliver(t.Context(), us, id); err != nil || d.state(id).State != "sent" {
		t.Errorf("after the fault: %v, %s", err, d.state(id).State)
	}
}

func TestAMessageThatDiscordWillNeverTakeIsGivenUp(t *testing.T) {
	d := newDesk(t)
	id := d.commit("started")
	d.channel.fail = errNever
	if err := d.deliver.Deliver(t.Context(), us, id); err != nil || d.state(id).State != "failed" {
		t.Errorf("it gave %v and is %s, want failed for good", err, d.state(id).State)
	}
}

func TestAChannelThatWasClosedForAWhileIsTriedAgainAndToldOfOnce(t *testing.T) {
	d := newDesk(t)
	d.link()
	d.save(feed.Update{Rosters: map[faction.ID][]faction.Member{us: {{ID: member, Name: "M", Position: "Leader"}}}})
	d.channel.fail = errRefused
	first := d.commit("1")
	d.mustDeliver(first)
	told := first + 1 // the notice that it is broken
	if out := d.state(told); out.Alert.Kind != alert.DeliveryBroken {
		t.Fatalf("told was %+v", out)
	}
	step := func(after time.Duration, stage, want string, sends int) {
		t.Helper()
		d.clock.t = d.clock.t.Add(after)
		id := d.commit(stage)
		d.mustDeliver(id)
		if got := d.state(id).State; got != want || d.channel.sends != sends {
			t.Errorf("%s: the delivery is %s after %d sends, want %s after %d", stage, got, d.channel.sends, want, sends)
		}
	}
	step(alert.ProbeEvery-time.Second, "2", "skipped", 1)
	step(time.Second, "3", "failed", 2) // tried, in vain
	step(time.Minute, "4", "skipped", 2)
	d.channel.fail = nil
	step(alert.ProbeEvery, "5", "sent", 3)
	step(time.Second, "6", "sent", 4)
	if rules, err := d.store.Rules(t.Context(), us); err != nil || rules[0].Broken != "" {
		t.Errorf("the rule is %+v (%v), want it healthy", rules[0], err)
	}
	box, err := d.store.Outbox(t.Context(), us, time.Time{})
	if err != nil || box["pending"] != 1 { // the one notice, which nobody delivered here
		t.Errorf("the outbox holds %v (%v), want one notice that it was broken", box, err)
	}
}
