package notify_test

import (
	"context"
	"errors"
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
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// save commits what a poll has to tell.
func (d *desk) save(u feed.Update) {
	d.t.Helper()
	states, err := d.store.Feeds(d.t.Context(), us)
	if err != nil {
		d.t.Fatal(err)
	}
	u.Progress = feed.Progress{Now: d.clock.t, NextDue: d.clock.t.Add(time.Minute), Done: true}
	if err := d.store.SaveUpdate(d.t.Context(), &states[0], u); err != nil {
		d.t.Fatal(err)
	}
}

// over settles the war's start with a note.
func (d *desk) over(stage, note string) {
	d.t.Helper()
	d.save(feed.Update{Settled: []alert.Settled{{Ref: alert.Ref{Kind: alert.WarStarted, Subject: "war:1", Stage: stage},
		Alert: alert.Alert{Kind: alert.WarStarted, Subject: "war:1", Stage: stage, At: d.clock.t, Data: alert.Data{Note: note}}}}})
}

func (d *desk) mustDeliver(ids ...int64) {
	d.t.Helper()
	for _, id := range ids {
		if err := d.deliver.Deliver(d.t.Context(), us, id); err != nil {
			d.t.Fatalf("deliver %d: %v", id, err)
		}
	}
}

func TestASettledMatterIsEditedInItsMessageOnce(t *testing.T) {
	d := newDesk(t)
	id := d.commit("started")
	d.mustDeliver(id)
	d.over("started", "It is over.")
	for range 3 {
		if err := d.deliver.Edit(t.Context(), us, id); err != nil {
			t.Fatal(err)
		}
	}
	m := d.channel.messages["1"]
	if d.channel.edits != 1 || d.channel.sends != 1 || !strings.Contains(m.Embeds[0].Description, "It is over.") {
		t.Errorf("%d edits and %d sends, and the message says %+v", d.channel.edits, d.channel.sends, m)
	}
	if !strings.Contains(m.Embeds[0].Footer, notify.Marker(us, id)) || len(m.Mention.Roles) != 0 {
		t.Errorf("the edit lost its mark or calls people again: %+v", m)
	}
}

func TestAnEditIsRepeatedUntilDiscordTakesItAndGivenUpWhenTheMessageIsGone(t *testing.T) {
	d := newDesk(t)
	id := d.commit("started")
	d.mustDeliver(id)
	d.over("started", "It is over.")
	d.channel.fail = errLost
	var retry *notify.RetryError
	if err := d.deliver.Edit(t.Context(), us, id); !errors.As(err, &retry) {
		t.Fatalf("a lost answer gave %v, want a retry", err)
	}
	d.channel.fail = nil
	delete(d.channel.messages, "1")
	for range 2 {
		if err := d.deliver.Edit(t.Context(), us, id); err != nil {
			t.Fatal(err)
		}
	}
	if d.channel.edits != 2 {
		t.Errorf("%d edits, want the lost one and one that found nothing", d.channel.edits)
	}
	if rules, err := d.store.Rules(t.Context(), us); err != nil || rules[0].Broken != "" {
		t.Errorf("an edit broke the rule: %+v (%v)", rules, err)
	}
}

func TestManyThatWaitAreOneMessageThatIsEditedAsTheyEnd(t *testing.T) {
	d := newDesk(t)
	for i := range 5 {
		d.commit(fmt.Sprint("stage ", i))
	}
	d.mustDeliver(1, 2, 3, 4, 5)
	if len(d.channel.messages) != 1 || d.channel.sends != 1 {
		t.Fatalf("%d messages by %d sends, want one for all", len(d.channel.messages), d.channel.sends)
	}
	m := d.channel.messages["1"]
	for id := range int64(5) {
		if !strings.Contains(m.Embeds[0].Footer, notify.Marker(us, id+1)) {
			t.Errorf("the mark of delivery %d is missing in %q", id+1, m.Embeds[0].Footer)
		}
		if out := d.state(id + 1); out.State != "sent" || out.MessageID != "1" {
			t.Errorf("delivery %d is %s with message %q", id+1, out.State, out.MessageID)
		}
	}
	if strings.Count(m.Content, "<@&88>") != 1 {
		t.Errorf("the role is not mentioned once: %q", m.Content)
	}
	d.over("stage 3", "Over.")
	if err := d.deliver.Edit(t.Context(), us, 4); err != nil {
		t.Fatal(err)
	}
	if d.channel.edits != 1 || !strings.Contains(d.channel.messages["1"].Embeds[0].Description, "war.started") {
		t.Errorf("%d edits, and the message says %q", d.channel.edits, d.channel.messages["1"].Embeds[0].Description)
	}
}

// TestManyRetaliationsAreClaimedFromTheirMessage goes from the list of all that are open
// to a message that offers nothing any more.
func TestManyRetaliationsAreClaimedFromTheirMessage(t *testing.T) {
	d := newDesk(t)
	if err := d.store.PutRules(t.Context(), us, []alert.Rule{{Kind: alert.RetalOpen, ChannelID: "77", Enabled: true}}, d.clock.t); err != nil {
		t.Fatal(err)
	}
	retals := make([]war.Retal, 7)
	var u feed.Update
	for i := range retals {
		retals[i] = war.Retal{Attack: war.AttackID(100 + i), At: d.clock.t, State: war.RetalOpen, Target: war.Fighter{ID: 900, Name: fmt.Sprint("Foe", i)}}
		u.Alerts = append(u.Alerts, feed.RetalAlert(retals[i]))
	}
	d.save(u)
	d.mustDeliver(1, 2, 3, 4, 5, 6, 7)
	if d.channel.sends != 1 {
		t.Fatalf("%d sends, want one", d.channel.sends)
	}
	offered := func() string {
		m := d.channel.messages["1"]
		if err := discord.Validate(m); err != nil {
			t.Error(err)
		}
		var out []string
		for _, row := range m.Rows {
			for _, b := range row.Buttons {
				out = append(out, strings.TrimPrefix(b.ID, say.RetalMine+":8085:"))
			}
			if row.Select != nil && row.Select.ID == say.RetalPick+":8085" {
				for _, o := range row.Select.Options {
					out = append(out, o.Value)
				}
			}
		}
		return strings.Join(out, " ")
	}
	change := func(i int, delivery int64, change func(*war.Retal)) {
		change(&retals[i])
		d.save(feed.Update{Settled: []alert.Settled{feed.RetalEdit(retals[i])}})
		if err := d.deliver.Edit(t.Context(), us, delivery); err != nil {
			t.Fatal(err)
		}
	}
	over := func(state war.RetalState) func(*war.Retal) {
		return func(r *war.Retal) {
			r.State, r.SettledAt, r.Answer.By = state, d.clock.t.Add(time.Minute), war.Fighter{ID: 5, Name: "Vera"}
		}
	}
	if got := offered(); got != "100 101 102 103 104 105 106" || d.channel.messages["1"].Rows[0].Select == nil {
		t.Fatalf("offered are %s", got)
	}
	change(2, 3, func(r *war.Retal) { r.Claim = war.RetalClaim{By: 5, Name: "Vera", At: d.clock.t} })
	if got := d.channel.messages["1"]; !strings.Contains(got.Embeds[0].Description, "**Vera** is on it") || !strings.Contains(got.Rows[0].Select.Options[2].Description, "Vera is on it") {
		t.Errorf("a claim shows nowhere: %+v", got)
	}
	change(2, 3, over(war.RetalTaken))
	change(6, 7, over(war.RetalExpired))
	if got := offered(); got != "100 101 103 104 105" || d.channel.messages["1"].Rows[0].Select != nil {
		t.Errorf("after two are over, offered are %s", got)
	}
	if text := d.channel.messages["1"].Embeds[0].Description; !strings.Contains(text, "Vera") || !strings.Contains(text, "nobody answered Foe6") {
		t.Errorf("how they ended shows nowhere: %s", text)
	}
	for _, i := range []int{0, 1, 3, 4, 5} {
		change(i, int64(i+1), over(war.RetalGone))
	}
	if m := d.channel.messages["1"]; len(m.Rows) != 0 || !strings.Contains(m.Content, "none open") {
		t.Errorf("with all over it offers %+v", m.Rows)
	}
}

func TestAGroupWhoseAnswerWasLostIsNotSentTwice(t *testing.T) {
	d := newDesk(t)
	for i := range 4 {
		d.commit(fmt.Sprint("stage ", i))
	}
	d.channel.lose = true
	if err := d.deliver.Deliver(t.Context(), us, 1); err == nil {
		t.Fatal("the answer was lost, and nothing is said")
	}
	d.commit("later") // must not slip into the message that may be there already
	d.mustDeliver(2, 3, 4, 1, 5)
	if len(d.channel.messages) != 2 {
		t.Errorf("%d messages, want the group and the one that came after", len(d.channel.messages))
	}
	for id := range int64(5) {
		if out := d.state(id + 1); out.State != "sent" {
			t.Errorf("delivery %d is %s", id+1, out.State)
		}
	}
}

// Discord takes no message that holds more than so many marks, and none of its alerts
// would ever arrive.
func TestAGroupDoesNotGrowWithEachTry(t *testing.T) {
	const waiting, most = 50, 20
	d := newDesk(t)
	for i := range waiting {
		d.commit(fmt.Sprint("stage ", i))
	}
	d.channel.fail = errLater
	for range 4 {
		if err := d.deliver.Deliver(t.Context(), us, 1); err == nil {
			t.Fatal("Discord took nothing, and nothing is said")
		}
	}
	d.channel.fail = nil
	for id := range int64(waiting) {
		d.mustDeliver(id + 1)
	}
	for id, m := range d.channel.messages {
		if n := strings.Count(m.Embeds[0].Footer, "ref "); n > most {
			t.Errorf("message %s tells %d alerts, want %d at most", id, n, most)
		}
	}
	if n := len(d.channel.messages); n != 3 {
		t.Errorf("%d alerts are told in %d messages, want 3", waiting, n)
	}
}

func TestABusyChannelIsPacedAndHoldsNobodyUp(t *testing.T) {
	d := newDesk(t)
	d.deliver.Pace = notify.NewPace(d.clock)
	for i := range 5 {
		id := d.commit(fmt.Sprint("stage ", i))
		d.mustDeliver(id)
	}
	id := d.commit("too many")
	var retry *notify.RetryError
	if err := d.deliver.Deliver(t.Context(), us, id); !errors.As(err, &retry) || retry.After <= 0 || retry.After > 5*time.Second {
		t.Fatalf("a sixth message at once gave %v, want to wait", err)
	}
	if out := d.state(id); out.Attempts != 0 {
		t.Error("waiting for the pace counts as an attempt")
	}
	d.clock.t = d.clock.t.Add(5 * time.Second)
	d.mustDeliver(id)
	if len(d.channel.messages) != 6 {
		t.Errorf("%d messages, want all six", len(d.channel.messages))
	}
}

func TestABrokenChannelIsToldToThoseWhoCanMendItOnceAndHealsWhenItWorks(t *testing.T) {
	d := newDesk(t)
	d.link() // member is the leader
	d.save(feed.Update{Rosters: map[faction.ID][]faction.Member{us: {{ID: member, Name: "M", Position: "Leader"}}}})
	first, second := d.commit("started"), d.commit("again")
	d.channel.fail = errRefused
	d.mustDeliver(first, second)
	var told []int64
	for id := second + 1; id <= second+3; id++ {
		if out, err := d.store.LoadDelivery(t.Context(), us, id); err == nil {
			told = append(told, id)
			d.mustDeliver(id)
			if out.Alert.Kind != alert.DeliveryBroken || out.Player != member {
				t.Errorf("told was %+v", out)
			}
		}
	}
	if len(told) != 1 || len(d.direct.messages) != 1 {
		t.Fatalf("%d notices and %d direct messages, want one of each", len(told), len(d.direct.messages))
	}
	// Somebody mends it and sends a test, which a broken rule lets through.
	d.channel.fail = nil
	rules, err := d.store.Rules(t.Context(), us)
	if err != nil || rules[0].Broken == "" {
		t.Fatalf("the rule is not broken: %+v (%v)", rules, err)
	}
	sample, err := d.store.Sample(t.Context(), us, rules[0].ID, alert.Sample(alert.WarStarted, us, "Ours", d.clock.t), d.clock.t)
	if err != nil {
		t.Fatal(err)
	}
	d.mustDeliver(sample)
	if rules, err = d.store.Rules(t.Context(), us); err != nil || rules[0].Broken != "" || !rules[0].SentAt.Equal(d.clock.t) {
		t.Errorf("after a message arrived the rule is %+v (%v), want healthy", rules[0], err)
	}
	if strings.Contains(d.channel.messages["1"].Content, "<@&") {
		t.Error("a test called the role")
	}
}

// hook is a webhook that can lose its answer.
type hook struct {
	posts, edits int
	fail         error
}

func (h *hook) PostWebhook(context.Context, faction.ID, alert.Rule, chat.Message) (string, error) {
	h.posts++
	return "w1", h.fail
}

func (h *hook) EditWebhook(context.Context, faction.ID, alert.Rule, string, chat.Message) error {
	h.edits++
	return h.fail
}

// hooked puts a webhook in the channel's place.
func hooked(t *testing.T) (*desk, *hook) {
	t.Helper()
	d, h := newDesk(t), &hook{}
	d.deliver.Webhooks = h
	if err := d.store.DropRules(t.Context(), us, []alert.Kind{alert.WarStarted}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.store.AddRule(t.Context(), us, alert.Rule{Kind: alert.WarStarted, WebhookID: "123456789012345678", Sealed: []byte{9}, Enabled: true}, d.clock.t); err != nil {
		t.Fatal(err)
	}
	return d, h
}

func TestAWebhookWhoseAnswerWasLostIsNotAskedAgain(t *testing.T) {
	d, h := hooked(t)
	id := d.commit("started")
	h.fail = errLost
	d.mustDeliver(id, id)
	if out := d.state(id); h.posts != 1 || out.State != "unknown" {
		t.Errorf("%d posts, and the delivery is %s; want one and unknown", h.posts, out.State)
	}
}

func TestAWebhookPostThatAKillCutOffIsUnknown(t *testing.T) {
	d, h := hooked(t)
	id := d.commit("started")
	if _, ok, err := d.store.BeginAttempt(t.Context(), us, id, 3, d.clock.t); err != nil || !ok {
		t.Fatal(ok, err)
	}
	d.mustDeliver(id)
	if out := d.state(id); h.posts != 0 || out.State != "unknown" {
		t.Errorf("%d posts, and the delivery is %s; want none and unknown", h.posts, out.State)
	}
}

func TestAWebhookIsTriedAgainWhenNothingWasSentAndEditedLikeAChannel(t *testing.T) {
	d, h := hooked(t)
	id := d.commit("started")
	h.fail = errLater
	var retry *notify.RetryError
	if err := d.deliver.Deliver(t.Context(), us, id); !errors.As(err, &retry) {
		t.Fatalf("a passing fault gave %v, want a retry", err)
	}
	h.fail = nil
	d.mustDeliver(id)
	d.over("started", "Over.")
	if err := d.deliver.Edit(t.Context(), us, id); err != nil {
		t.Fatal(err)
	}
	if out := d.state(id); h.posts != 2 || h.edits != 1 || out.State != "sent" {
		t.Errorf("%d posts, %d edits, %s; want two, one and sent", h.posts, h.edits, out.State)
	}
}

func TestAWebhookThatIsGoneStopsItsRule(t *testing.T) {
	d, h := hooked(t)
	h.fail = errGone
	d.mustDeliver(d.commit("started"))
	rules, err := d.store.Rules(t.Context(), us)
	if err != nil || rules[0].Broken != "the webhook is gone" {
		t.Fatalf("the rule is %+v (%v)", rules, err)
	}
	d.mustDeliver(d.commit("again"))
	if h.posts != 1 {
		t.Errorf("%d posts to a webhook that is gone, want one", h.posts)
	}
}

// ask leaves a notice that wants to be confirmed.
func (d *desk) ask(stage string) int64 {
	d.t.Helper()
	err := d.store.Tell(d.t.Context(), us, d.clock.t, alert.Personal{Player: member, Alert: alert.Alert{
		Kind: alert.WarStarted, Subject: "watch:1", Stage: stage, At: d.clock.t, AckWithin: 5 * time.Minute, Data: alert.Data{Note: "Your watch begins."}}})
	if err != nil {
		d.t.Fatal(err)
	}
	return d.newest()
}

func (d *desk) newest() (id int64) {
	d.t.Helper()
	for next := int64(1); ; next++ {
		if _, err := d.store.LoadDelivery(d.t.Context(), us, next); err != nil {
			return next - 1
		}
	}
}

func TestANoticeThatNobodyConfirmedGoesToTheChannelOnce(t *testing.T) {
	d := newDesk(t)
	d.link()
	id := d.ask("slot 1")
	d.mustDeliver(id)
	if rows := d.direct.messages["1"].Rows; len(rows) != 1 || rows[0].Buttons[0].ID != fmt.Sprintf("notice:ack:%d:%d", us, id) {
		t.Fatalf("the notice has the buttons %+v", rows)
	}
	d.clock.t = d.clock.t.Add(5 * time.Minute)
	for range 2 {
		if err := d.store.Escalate(t.Context(), us, id, d.clock.t); err != nil {
			t.Fatal(err)
		}
	}
	told := d.newest()
	d.mustDeliver(told)
	m := d.channel.messages["1"]
	if told != id+1 || len(d.channel.messages) != 1 || !strings.Contains(m.Content, "Not confirmed by") || len(m.Mention.Users) != 1 || m.Mention.Users[0] != account {
		t.Errorf("%d deliveries, and the channel got %+v", told, d.channel.messages)
	}
}

func TestAConfirmedNoticeGoesNowhereElse(t *testing.T) {
	d := newDesk(t)
	d.link()
	id := d.ask("slot 1")
	d.mustDeliver(id)
	if _, _, err := d.store.Acknowledge(t.Context(), us, id, member+1, d.clock.t); faction.KindOf(err) != faction.NotFound {
		t.Errorf("somebody else's press gave %v", err)
	}
	for i := range 2 {
		if _, again, err := d.store.Acknowledge(t.Context(), us, id, member, d.clock.t); err != nil || again != (i == 1) {
			t.Errorf("press %d: again %t, %v", i+1, again, err)
		}
	}
	if err := d.store.Escalate(t.Context(), us, id, d.clock.t.Add(5*time.Minute)); err != nil || d.newest() != id {
		t.Errorf("%v, and %d deliveries", err, d.newest())
	}
}

func TestANoticeThatCannotReachItsPlayerGoesToTheChannelAtOnce(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(*desk)
	}{
		{"no account", func(*desk) {}},
		{"closed messages", func(d *desk) { d.link(); d.direct.fail = errRefused }},
		{"direct messages off", func(d *desk) {
			d.link()
			if _, err := d.store.SetNotices(d.t.Context(), us, member, alert.Notices{Off: true}, d.clock.t); err != nil {
				d.t.Fatal(err)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk(t)
			tc.prepare(d)
			id := d.ask("slot 1")
			d.mustDeliver(id)
			if d.newest() != id+1 || d.state(id+1).Alert.Data.Unconfirmed == nil {
				t.Errorf("%d deliveries, want one for the channel", d.newest())
			}
		})
	}
}

func TestInARulesQuietHoursAWatchThatWasNotConfirmedCallsItsWatcherAndNoRole(t *testing.T) {
	d := newDesk(t)
	d.link()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(d.store.PutRules(t.Context(), us, []alert.Rule{{Kind: alert.ChainTimer, ChannelID: "77", RoleID: "88", Enabled: true,
		Thresholds: alert.Thresholds{Quiet: alert.Quiet{From: 11 * time.Hour, To: 13 * time.Hour}}}}, d.clock.t))
	for i, promised := range []bool{false, true} {
		must(d.store.Tell(t.Context(), us, d.clock.t, alert.Personal{Player: member, Alert: alert.Alert{
			Kind: alert.ChainWatch, Subject: "watch:1", Stage: fmt.Sprintf("slot:%d:2:", i), At: d.clock.t, ExpiresAt: d.clock.t.Add(time.Hour),
			AckWithin: 5 * time.Minute, Promised: promised, Data: alert.Data{Note: "Your watch begins."}}}))
		id := d.newest()
		d.mustDeliver(id)
		must(d.store.Escalate(t.Context(), us, id, d.clock.t))
		d.mustDeliver(d.newest())
	}
	m := d.channel.messages["1"]
	if len(d.channel.messages) != 1 || len(m.Mention.Roles) != 0 || len(m.Mention.Users) != 1 || m.Mention.Users[0] != account || strings.Contains(m.Content, "<@&") {
		t.Errorf("the channel got %+v", d.channel.messages)
	}
}

// Who is near the agreed limit is told alone; who is at it must not go on unheard.
func TestAMemberAtTheHitLimitWhoCannotBeReachedIsNamedInTheChannel(t *testing.T) {
	d := newDesk(t)
	err := d.store.PutRules(t.Context(), us, []alert.Rule{{Kind: alert.WarTerms, ChannelID: "77", Enabled: true}}, d.clock.t)
	if err != nil {
		t.Fatal(err)
	}
	w, terms := war.War{ID: 1, SeenAt: d.clock.t}, war.Terms{HitLimit: 25}
	for i, r := range []war.LimitReached{{Player: member, Hits: 23}, {Player: member, Hits: 25, At: true}} {
		before := d.newest()
		if err := d.store.Tell(t.Context(), us, d.clock.t, feed.LimitNotice(w, terms, r, d.clock.t)); err != nil {
			t.Fatal(err)
		}
		d.mustDeliver(before + 1)
		if n := d.newest() - before; n != int64(1+i) {
			t.Errorf("%d of 25 hits made %d deliveries", r.Hits, n)
		}
	}
	d.mustDeliver(d.newest())
	if m := d.channel.messages["1"]; len(d.channel.messages) != 1 || !strings.Contains(m.Content, "Not confirmed by") || !strings.Contains(m.Content, "25 war hits") {
		t.Errorf("the channel got %+v", d.channel.messages)
	}
}
