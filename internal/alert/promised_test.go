package alert_test

import (
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

func TestQuietHoursHoldNothingBackThatSomebodySignedUpFor(t *testing.T) {
	quiet := alert.Quiet{From: now.Sub(now.Truncate(24 * time.Hour)), To: now.Sub(now.Truncate(24*time.Hour)) + time.Hour}
	loud := rule(1, alert.ChainTimer)
	silent, muted, ofTwo, ofThree := loud, loud, loud, loud
	silent.Quiet = quiet
	muted.Quiet, muted.MutedUntil = quiet, now.Add(time.Hour)
	ofTwo.ChannelID, ofTwo.Player, ofTwo.UserID = "", 2, "1002"
	ofThree.ChannelID, ofThree.Player, ofThree.UserID, ofThree.Quiet = "", 3, "1003", quiet
	danger := alert.Alert{Kind: alert.ChainTimer, Subject: "chain:7", Stage: "timer:1:60", At: now, ExpiresAt: now.Add(time.Minute), Call: []faction.PlayerID{2, 3},
		Data: alert.Data{Chain: &alert.ChainData{ID: 7}}}
	watched := danger
	watched.Promised = true
	watched.Data.Chain = &alert.ChainData{ID: 7, Watchers: []alert.PlayerData{{ID: 2}}, Fit: []alert.PlayerData{{ID: 3}}}
	turn := alert.Alert{Kind: alert.ChainWatch, Subject: "watch:1", Stage: "slot:0:2:", At: now, Due: now.Add(10 * time.Minute), ExpiresAt: now.Add(40 * time.Minute),
		AckWithin: 5 * time.Minute, Promised: true}
	asleep := alert.Notices{Quiet: quiet}
	for _, c := range []struct {
		name string
		a    alert.Alert
		r    alert.Rule
		n    alert.Notices
		want alert.Reason
	}{
		{"whoever is on watch is called in the rule's quiet hours", watched, silent, alert.Notices{}, alert.Send},
		{"where nobody is on watch they are kept", danger, silent, alert.Notices{}, alert.InQuiet},
		{"a rule that was muted stays silent", watched, muted, alert.Notices{}, alert.Muted},
		{"who is on watch is told in their own quiet hours", watched, ofTwo, asleep, alert.Send},
		{"and with direct messages off", watched, ofTwo, alert.Notices{Off: true}, alert.Send},
		{"but not of a kind they do not want", watched, ofTwo, alert.Notices{Without: []alert.Kind{alert.ChainTimer}}, alert.Unwanted},
		{"who is not, sleeps on", watched, ofThree, asleep, alert.InQuiet},
		{"by the rule's hours as well", watched, ofThree, alert.Notices{}, alert.InQuiet},
		{"that a watch was not confirmed is told the channel", turn.Unconfirmed(2, "Ann"), silent, alert.Notices{}, alert.Send},
		{"and wakes nobody else", turn.Unconfirmed(2, "Ann"), ofThree, asleep, alert.InQuiet},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := alert.Match([]alert.Rule{c.r}, []alert.Alert{c.a})
			if len(got) != 1 {
				t.Fatalf("%d deliveries", len(got))
			}
			if dec := alert.Decide(got[0], c.r, c.n, now); dec.Reason != c.want {
				t.Errorf("%s, want %s", dec.Reason, c.want)
			}
		})
	}
}

func TestThatAWatchWasNotConfirmedIsToldWhateverTimeTheRulesOfTheTimerAreFor(t *testing.T) {
	turn := alert.Alert{Kind: alert.ChainWatch, Subject: "watch:1", Stage: "slot:0:2:", At: now, Due: now.Add(10 * time.Minute), ExpiresAt: now.Add(40 * time.Minute)}
	all := []alert.Alert{turn.Unconfirmed(2, "Ann"), {Kind: alert.ChainTimer, Subject: "chain:7", Stage: "timer:1:120", At: now, Due: now.Add(2 * time.Minute)}}
	late, war, peace := rule(1, alert.ChainTimer), rule(2, alert.ChainTimer), rule(3, alert.ChainTimer)
	late.Ahead, war.When, peace.When = time.Minute, alert.InWar, alert.InPeace
	for _, c := range []struct {
		name  string
		rules []alert.Rule
		atWar bool
		want  [2]int // of the watch, of the timer
	}{
		{"to those for the present, however late they want warnings", []alert.Rule{late, war, peace}, false, [2]int{2, 1}},
		{"where they are for another time, to these", []alert.Rule{war}, false, [2]int{1, 0}},
		{"at war as well", []alert.Rule{peace}, true, [2]int{1, 0}},
	} {
		got := [2]int{}
		for _, d := range alert.Wanted(c.rules, all, c.atWar) {
			if d.Alert.Data.Unconfirmed != nil {
				got[0]++
			} else {
				got[1]++
			}
		}
		if got != c.want {
			t.Errorf("%s: %v deliveries, want %v", c.name, got, c.want)
		}
	}
}
