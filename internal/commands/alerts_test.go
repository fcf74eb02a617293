package commands_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/say"
)

func ask(w *world, who, path string, options ...string) chat.Reply {
	return w.registry().Handle(w.t.Context(), slash(who, wolvesGuild, path, options...))
}

func sendForm(w *world, who, id string, fields map[string]string) chat.Reply {
	return w.registry().Handle(w.t.Context(), submit(who, wolvesGuild, id, fields))
}

// audited is the whole log.
func audited(w *world) string {
	text, err := json.Marshal(w.audited)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// ruled gives the Wolves some rules: one broken, one muted, one by webhook.
func ruled(t *testing.T) *world {
	w := newWorld(t)
	w.rules[wolves] = []alert.Rule{
		{ID: 1, Kind: alert.WarStarted, ChannelID: warChannel, RoleID: "77", Enabled: true, SentAt: now.Add(-time.Hour)},
		{ID: 2, Kind: alert.RetalOpen, ChannelID: "5151", Enabled: true, Broken: "the channel is gone"},
		{ID: 3, Kind: alert.ChainTimer, WebhookID: "123456789012345678", Sealed: []byte("sealed"), Enabled: true, MutedUntil: now.Add(time.Hour),
			Thresholds: alert.Thresholds{AtLeast: 100, Ahead: 90 * time.Second, When: alert.InWar}},
		{ID: 4, Kind: alert.WarEnded, Player: 3, Enabled: false},
	}
	return w
}

func TestTheListOfRulesPutsWhatIsBrokenFirstAndShowsNoAddress(t *testing.T) {
	w := ruled(t)
	text := show(ask(w, leader, "alerts list"))
	broken, healthy := strings.Index(text, "retal.open"), strings.Index(text, "war.started")
	if broken < 0 || healthy < 0 || broken > healthy {
		t.Errorf("what is broken does not come first:\n%s", text)
	}
	for _, want := range []string{"the channel is gone", "<#" + warChannel + ">", "<@&77>", "a webhook", "silent until", "direct message to Mick", "switched off", "only at war", "from 100 hits on", "90 s left or fewer"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "123456789012345678") {
		t.Error("the list shows the webhook's id")
	}
}

func TestARuleIsAddedWithWhatWasAskedFor(t *testing.T) {
	w := newWorld(t)
	ask(w, leader, "alerts add", "kind", "chain.timer", "channel", warChannel, "role", "88", "at_least", "250", "seconds", "60", "quiet", "22:30-7", "when", "war")
	want := alert.Rule{ID: 100, Kind: alert.ChainTimer, ChannelID: warChannel, RoleID: "88", Enabled: true, Thresholds: alert.Thresholds{
		AtLeast: 250, Ahead: time.Minute, Quiet: alert.Quiet{From: 22*time.Hour + 30*time.Minute, To: 7 * time.Hour}, When: alert.InWar,
	}}
	if len(w.rules[wolves]) != 1 {
		t.Fatalf("rules are %+v", w.rules[wolves])
	}
	got := w.rules[wolves][0]
	if got.Thresholds.Quiet != want.Quiet || got.AtLeast != want.AtLeast || got.Ahead != want.Ahead || got.When != want.When || got.RoleID != "88" || got.ChannelID != warChannel || !got.Enabled {
		t.Errorf("added is %+v, want %+v", got, want)
	}
	if len(w.audited) != 1 || w.audited[0].Action != "alerts.add" {
		t.Errorf("the log has %+v", w.audited)
	}
}

func TestWhatCannotBeARuleIsRefusedAndNothingIsChanged(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options []string
	}{
		{"no such kind", []string{"kind", "war.shoes", "channel", warChannel}},
		{"the operator's kind", []string{"kind", "budget.high", "channel", warChannel}},
		{"no place", []string{"kind", "war.started"}},
		{"two places", []string{"kind", "war.started", "channel", warChannel, "member", "Mick"}},
		{"nobody of that name", []string{"kind", "war.started", "member", "Nobody"}},
		{"quiet hours that are none", []string{"kind", "war.started", "channel", warChannel, "quiet", "at night"}},
		{"quiet for no time", []string{"kind", "war.started", "channel", warChannel, "quiet", "22-22"}},
		{"too many seconds", []string{"kind", "chain.timer", "channel", warChannel, "seconds", "301"}},
		{"no number", []string{"kind", "chain.timer", "channel", warChannel, "every", "ten"}},
		{"steps of what counts nothing", []string{"kind", "chain.timer", "channel", warChannel, "every", "50"}},
		{"no channel", []string{"kind", "war.started", "channel", "@everyone"}},
		{"a kind that is not told of yet", []string{"kind", "oc.ready", "channel", warChannel}},
		{"hits of what counts none", []string{"kind", "war.started", "channel", warChannel, "every", "100"}},
		{"every of what is told at each stage", []string{"kind", "chain.timer", "channel", warChannel, "every", "100"}},
		{"a chain's start from 100 hits on", []string{"kind", "chain.started", "channel", warChannel, "at_least", "100"}},
		{"seconds of no timer", []string{"kind", "retal.open", "channel", warChannel, "seconds", "60"}},
		{"crimes of a war", []string{"kind", "war.started", "channel", warChannel, "names", "Break the Bank"}},
		{"a war in peace", []string{"kind", "war.started", "channel", warChannel, "when", "peace"}},
		{"fewer seconds than the last warning has", []string{"kind", "chain.timer", "channel", warChannel, "seconds", "29"}},
		{"after the last warning of a war", []string{"kind", "war.soon", "channel", warChannel, "ahead", "14"}},
		{"a role in a direct message", []string{"kind", "war.started", "member", "Mick", "role", "88"}},
		{"no such time", []string{"kind", "war.started", "channel", warChannel, "when", "never"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			text := show(ask(w, leader, "alerts add", tc.options...))
			if len(w.rules[wolves]) != 0 || len(w.audited) != 0 || !strings.HasPrefix(text, "(only you)") {
				t.Errorf("rules %+v, log %+v, answer %q", w.rules[wolves], w.audited, text)
			}
		})
	}
}

func TestWhatNarrowsAKindIsTaken(t *testing.T) {
	for _, tc := range []struct {
		options []string
		want    string
	}{
		{[]string{"kind", "war.milestone", "every", "2000", "at_least", "5000"}, "every 2,000 points · from 5,000 points on"},
		{[]string{"kind", "chain.milestone", "every", "250", "when", "war"}, "every 250 hits · from 100 hits on · only at war"},
		{[]string{"kind", "chain.timer", "seconds", "30"}, "30 s left or fewer"},
		{[]string{"kind", "war.soon", "ahead", "60"}, "from 1 h before on"},
		{[]string{"kind", "war.started", "when", "always", "quiet", "22-7"}, "quiet 22:00-07:00 TCT (<t:1787349600:t> to <t:1787295600:t> on your clock)\n-# `/alerts test rule:100` proves that it arrives. What falls into its quiet hours is not sent later."},
	} {
		w := newWorld(t)
		if text := show(ask(w, leader, "alerts add", append(tc.options, "channel", warChannel)...)); !strings.Contains(text, tc.want) || len(w.rules[wolves]) != 1 {
			t.Errorf("%v: %s", tc.options, text)
		}
	}
}

func TestARuleThatMovesToDirectMessagesMentionsNobodyAnyMore(t *testing.T) {
	w := ruled(t)
	ask(w, leader, "alerts edit", "rule", "1", "member", "Mick")
	if got := w.rules[wolves][0]; got.Player != 3 || got.RoleID != "" {
		t.Errorf("the rule is %+v", got)
	}
}

func TestARuleThatCannotBePostedIsRefused(t *testing.T) {
	w := newWorld(t)
	w.postErr = faction.Errorf(faction.Denied, "The bot may not write in that channel. Nothing was changed.")
	ask(w, leader, "alerts add", "kind", "war.started", "channel", warChannel)
	if len(w.rules[wolves]) != 0 {
		t.Errorf("rules are %+v", w.rules[wolves])
	}
}

func TestAnEditChangesWhatWasNamedAndNothingElse(t *testing.T) {
	w := ruled(t)
	ask(w, leader, "alerts edit", "rule", "3", "quiet", "1-6")
	got := w.rules[wolves][2]
	if got.Quiet != (alert.Quiet{From: time.Hour, To: 6 * time.Hour}) || got.AtLeast != 100 || got.WebhookID == "" || got.MutedUntil.IsZero() {
		t.Errorf("the rule is %+v", got)
	}
	ask(w, leader, "alerts edit", "rule", "3", "clear", "thresholds", "at_least", "500")
	if got = w.rules[wolves][2]; got.AtLeast != 500 || got.Ahead != 0 {
		t.Errorf("cleared and set, the rule is %+v", got)
	}
	ask(w, leader, "alerts edit", "rule", "1", "enabled", "false", "clear", "role")
	if got = w.rules[wolves][0]; got.Enabled || got.RoleID != "" || got.ChannelID != warChannel {
		t.Errorf("switched off, the rule is %+v", got)
	}
}

func TestAnEditTakesABrokenRuleUpAgainWhenItsPlaceWorks(t *testing.T) {
	w := ruled(t)
	w.postErr = faction.Errorf(faction.NotFound, "That channel does not exist any more. Nothing was changed.")
	ask(w, leader, "alerts edit", "rule", "2", "role", "88")
	if w.rules[wolves][1].Broken == "" {
		t.Error("the rule counts as healthy although its channel is gone")
	}
	w.postErr = nil
	ask(w, leader, "alerts edit", "rule", "2", "role", "88")
	if got := w.rules[wolves][1].Broken; got != "" {
		t.Errorf("the rule is still broken: %s", got)
	}
}

func TestAWebhooksAddressIsAskedForAndAppearsNowhere(t *testing.T) {
	w := newWorld(t)
	form := ask(w, leader, "alerts webhook", "kind", "war.started").Modal
	if form == nil || form.ID != "alerts:hook:777:war.started" {
		t.Fatalf("the form is %+v", form)
	}
	bad := show(sendForm(w, leader, form.ID, map[string]string{"webhook_url": "https://evil.example/api/webhooks/1/very-secret-token"}))
	if len(w.rules[wolves]) != 0 || strings.Contains(bad, "very-secret") {
		t.Errorf("taken was %+v, answered %q", w.rules[wolves], bad)
	}
	good := show(sendForm(w, leader, form.ID, map[string]string{"webhook_url": hookURL}))
	if len(w.rules[wolves]) != 1 || string(w.rules[wolves][0].Sealed) != "sealed" {
		t.Fatalf("rules are %+v", w.rules[wolves])
	}
	list := show(ask(w, leader, "alerts list"))
	for _, place := range []string{good, list, w.log.String(), audited(w), strings.Join(w.writes, " ")} {
		if strings.Contains(place, "very-secret") {
			t.Errorf("the address is in %q", place)
		}
	}
}

func TestAFormForAWebhookOfAnotherFactionOrKindIsStale(t *testing.T) {
	for _, id := range []string{"alerts:hook:888:war.started", "alerts:hook:777:war.shoes", "alerts:hook:777:budget.high", "alerts:hook:777", "alerts:hook:777:war.started:x"} {
		w := newWorld(t)
		sendForm(w, leader, id, map[string]string{"webhook_url": hookURL})
		if len(w.rules[wolves])+len(w.rules[bears]) != 0 {
			t.Errorf("%s made a rule", id)
		}
	}
}

func TestRulesAreSilencedForAWhileAndToldAgain(t *testing.T) {
	w := ruled(t)
	ask(w, leader, "alerts mute", "rule", "1")
	if got := w.rules[wolves][0].MutedUntil; !got.Equal(now.Add(time.Hour)) {
		t.Errorf("silent until %s, want an hour", got)
	}
	ask(w, leader, "alerts mute", "minutes", "30")
	for _, r := range w.rules[wolves] {
		if !r.MutedUntil.Equal(now.Add(30 * time.Minute)) {
			t.Errorf("rule %d is silent until %s, want half an hour for all", r.ID, r.MutedUntil)
		}
	}
	ask(w, leader, "alerts mute", "minutes", "0")
	for _, r := range w.rules[wolves] {
		if !r.MutedUntil.IsZero() {
			t.Errorf("rule %d is still silent", r.ID)
		}
	}
}

func TestARemovedRuleIsGone(t *testing.T) {
	w := ruled(t)
	ask(w, leader, "alerts remove", "rule", "2")
	text := show(ask(w, leader, "alerts remove", "rule", "2"))
	if len(w.rules[wolves]) != 3 || !strings.Contains(text, "Nothing was changed") {
		t.Errorf("%d rules, and the second answer is %q", len(w.rules[wolves]), text)
	}
}

func TestPeopleSayWhatTheyWantToBeTold(t *testing.T) {
	w := newWorld(t)
	ask(w, member, "notify", "messages", "off", "quiet", "23-7", "without", "war.terms")
	n := w.wishes.of[3]
	if !n.Off || n.Quiet != (alert.Quiet{From: 23 * time.Hour, To: 7 * time.Hour}) || len(n.Without) != 1 {
		t.Fatalf("wishes are %+v", n)
	}
	ask(w, member, "notify", "messages", "on", "with", "war.terms", "quiet", "off")
	if n = w.wishes.of[3]; n.Off || len(n.Without) != 0 || n.Quiet != (alert.Quiet{}) {
		t.Errorf("taken back, wishes are %+v", n)
	}
	writes := len(w.writes)
	text := show(ask(w, member, "notify"))
	if len(w.writes) != writes || !strings.Contains(text, "Direct messages** on") {
		t.Errorf("looking changed something, or shows nothing: %q", text)
	}
	for k, want := range map[string]string{"chain.watch": "the channel is told instead", "war.started": "Not told** `war.started`", "chain.timer": "`chain.watch`"} {
		if text := show(ask(w, member, "notify", "without", k, "quiet", "1-2")); !strings.Contains(text, want) || !strings.Contains(text, "on your clock") || !strings.Contains(text, "UTC") || len(w.wishes.of[3].Without) != 1 {
			t.Errorf("without %s: %s", k, text)
		}
		ask(w, member, "notify", "with", k, "quiet", "off")
	}
	ask(w, member, "notify", "without", "war.shoes")
	ask(w, member, "notify", "quiet", "always")
	if n = w.wishes.of[3]; len(n.Without) != 0 || n.Quiet != (alert.Quiet{}) {
		t.Errorf("nonsense was taken: %+v", n)
	}
}

func TestANoticeIsConfirmedByItsPlayerAlone(t *testing.T) {
	w := newWorld(t)
	press := func(who, id string) chat.Reply { return w.registry().Handle(t.Context(), click(who, direct, id)) }
	if r := press(officer, "notice:ack:777:4242"); r.Update {
		t.Error("somebody else confirmed it")
	}
	for _, forged := range []string{"notice:ack:888:4242", "notice:ack:777:4243", "notice:ack:777:x", "notice:ack:777"} {
		if r := press(member, forged); r.Update {
			t.Errorf("%s was taken", forged)
		}
	}
	r := press(member, "notice:ack:777:4242")
	if !r.Update || len(r.Rows) != 0 || !strings.Contains(show(r), "Got it") {
		t.Errorf("confirmed, the message is %+v", r.Message)
	}
	acks := 0
	press(member, "notice:ack:777:4242")
	for _, a := range w.audited {
		if a.Action == "notify.ack" {
			acks++
		}
	}
	if acks != 1 {
		t.Errorf("the log has it %d times, want once", acks)
	}
}

func TestMeShowsOnesOwnFiguresAndSettingsOnly(t *testing.T) {
	w := newWorld(t)
	text := show(ask(w, member, "me"))
	for _, want := range []string{"Mick", "Direct messages"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Vera") {
		t.Errorf("it shows somebody else:\n%s", text)
	}
	if text = show(ask(w, stranger, "me")); !strings.Contains(text, "not linked") {
		t.Errorf("a stranger is told %q", text)
	}
	if text = show(ask(w, recruit, "me", "view", "notices")); strings.Contains(text, "hits") {
		t.Errorf("one view shows another: %q", text)
	}
}

func TestAnEditDoesNotUndoThatARuleWasFoundBrokenMeanwhile(t *testing.T) {
	w := ruled(t)
	w.meanwhile = func(r *alert.Rule) { r.Broken, r.BrokenAt = alert.PlaceClosed, now }
	ask(w, leader, "alerts edit", "rule", "1", "quiet", "1-6")
	if got := w.rules[wolves][0]; got.Broken != alert.PlaceClosed || !got.BrokenAt.Equal(now) || got.Quiet.From != time.Hour {
		t.Errorf("the rule is %+v, want it changed and broken", got)
	}
	ask(w, leader, "alerts edit", "rule", "1", "channel", "5252")
	if got := w.rules[wolves][0]; got.Broken != "" || got.ChannelID != "5252" {
		t.Errorf("moved, the rule is %+v, want it healthy", got)
	}
}

func TestASquadThatARuleIsForIsNamed(t *testing.T) {
	w := newWorld(t)
	w.mustered()
	q := w.duty.squads[wolves][0]
	w.rules[wolves] = []alert.Rule{{ID: 1, Kind: alert.ChainTimer, Squad: int64(q.ID), Enabled: true}, {ID: 2, Kind: alert.RetalOpen, Squad: int64(q.ID), ChannelID: warChannel, Enabled: true}}
	for _, text := range []string{show(ask(w, leader, "alerts list")), show(ask(w, leader, "alerts edit", "rule", "1", "quiet", "1-6"))} {
		if !strings.Contains(text, "squad **"+say.Name(q.Name)+"**") || strings.Contains(text, "squad 1") {
			t.Errorf("the squad is not named:\n%s", text)
		}
	}
}
