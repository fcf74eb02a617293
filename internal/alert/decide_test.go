package alert_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/alert"
)

func TestADeliveryIsSentOrWithheldForANamedReason(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*alert.Rule)
		late   time.Duration
		want   alert.Reason
	}{
		{"in time and undisturbed it is sent", nil, 0, alert.Send},
		{"until its last moment", nil, 15*time.Minute - 1, alert.Send},
		{"then it is expired", nil, 15 * time.Minute, alert.Expired},
		{"a rule switched off since gets nothing", func(r *alert.Rule) { r.Enabled = false }, 0, alert.Disabled},
		{"a rule that is gone gets nothing", func(r *alert.Rule) { *r = alert.Rule{} }, 0, alert.Disabled},
		{"a place that cannot be reached is not tried", func(r *alert.Rule) { r.Broken = "channel gone" }, 0, alert.RuleBroken},
		{"a place that was closed is left alone for a while", func(r *alert.Rule) { r.Broken, r.BrokenAt = alert.PlaceClosed, now.Add(-9*time.Minute) }, 0, alert.RuleBroken},
		{"then it is tried again", func(r *alert.Rule) { r.Broken, r.BrokenAt = alert.PlaceClosed, now.Add(-alert.ProbeEvery) }, 0, alert.Send},
		{"one that is gone never is", func(r *alert.Rule) { r.Broken, r.BrokenAt = alert.PlaceGone, now.Add(-time.Hour) }, 0, alert.RuleBroken},
		{"a muted rule is silent", func(r *alert.Rule) { r.MutedUntil = now.Add(time.Second) }, 0, alert.Muted},
		{"until the mute is over", func(r *alert.Rule) { r.MutedUntil = now }, 0, alert.Send},
		{"quiet hours are quiet", func(r *alert.Rule) { r.Quiet = alert.Quiet{From: 19 * time.Hour, To: 21 * time.Hour} }, 0, alert.InQuiet},
		{
			"too late is too late, muted or not",
			func(r *alert.Rule) { r.MutedUntil = now.Add(time.Hour) }, 20 * time.Minute, alert.Expired,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rule(1, alert.WarStarted)
			d := alert.Match([]alert.Rule{r}, []alert.Alert{started()})[0]
			if c.change != nil {
				c.change(&r)
			}
			got := alert.Decide(d, r, alert.Notices{}, now.Add(c.late))
			if want := (alert.Decision{Send: c.want == alert.Send, Reason: c.want}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestQuietHoursMayRunOverMidnight(t *testing.T) {
	at := func(h, m int) time.Time { return time.Date(2026, 8, 21, h, m, 0, 0, time.UTC) }
	night := alert.Quiet{From: 22 * time.Hour, To: 7*time.Hour + 30*time.Minute}
	day := alert.Quiet{From: 9 * time.Hour, To: 17 * time.Hour}
	for _, c := range []struct {
		name  string
		quiet alert.Quiet
		at    time.Time
		want  bool
	}{
		{"before the night", night, at(21, 59), false},
		{"when it begins", night, at(22, 0), true},
		{"at midnight", night, at(0, 0), true},
		{"just before it ends", night, at(7, 29), true},
		{"when it ends", night, at(7, 30), false},
		{"before the day", day, at(8, 59), false},
		{"within the day", day, at(12, 0), true},
		{"when the day ends", day, at(17, 0), false},
		{"none are set", alert.Quiet{}, at(0, 0), false},
		{"from and to are equal", alert.Quiet{From: time.Hour, To: time.Hour}, at(1, 0), false},
		{"the time comes in another zone", night, at(23, 0).In(time.FixedZone("there", -5*3600)), true},
		{"until the end of the day", alert.Quiet{From: 20 * time.Hour, To: 24 * time.Hour}, at(23, 59), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.quiet.Contains(c.at); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestQuietHoursAndTheirReverseShareTheDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(0, 24*60-1)
		from, to := minutes.Draw(t, "from"), minutes.Draw(t, "to")
		if from == to {
			return
		}
		q := alert.Quiet{From: time.Duration(from) * time.Minute, To: time.Duration(to) * time.Minute}
		at := now.Add(time.Duration(rapid.IntRange(0, 3*24*3600).Draw(t, "at")) * time.Second)
		if q.Contains(at) == (alert.Quiet{From: q.To, To: q.From}).Contains(at) {
			t.Fatalf("%s is in both or neither of %+v and its reverse", at, q)
		}
	})
}

func TestAPersonalNoticeNeedsAnAccountAndNoRule(t *testing.T) {
	p := alert.Personal{Player: 7, Alert: started()}
	d := alert.Delivery{Key: p.Key(), Alert: p.Alert}
	for _, c := range []struct {
		name    string
		account string
		late    time.Duration
		want    alert.Reason
	}{
		{"with an account it is sent", "99", 0, alert.Send},
		{"without one it is not", "", 0, alert.NoAccount},
		{"too late is too late", "99", 15 * time.Minute, alert.Expired},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := alert.Decide(d, alert.Rule{UserID: c.account}, alert.Notices{}, now.Add(c.late))
			if want := (alert.Decision{Send: c.want == alert.Send, Reason: c.want}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestWhatAPlayerSignedUpForComesInTheirQuietHours(t *testing.T) {
	night := alert.Quiet{From: 19 * time.Hour, To: 21 * time.Hour}
	turn := alert.Alert{Kind: alert.ChainTimer, Subject: "watch:1", Stage: "slot:0:7:", At: now}
	for _, c := range []struct {
		name     string
		promised bool
		wishes   alert.Notices
		want     alert.Reason
	}{
		{"any other notice waits", false, alert.Notices{Quiet: night}, alert.InQuiet},
		{"their turn does not", true, alert.Notices{Quiet: night}, alert.Send},
		{"nor with direct messages off", true, alert.Notices{Off: true}, alert.Send},
		{"but a kind that they refused is theirs to refuse", true, alert.Notices{Without: []alert.Kind{alert.ChainTimer}}, alert.Unwanted},
	} {
		a := turn
		a.Promised = c.promised
		p := alert.Personal{Player: 7, Alert: a}
		if got := alert.Decide(alert.Delivery{Key: p.Key(), Alert: a}, alert.Rule{UserID: "99"}, c.wishes, now).Reason; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestASampleIsSentInQuietHoursAndToAMutedRule(t *testing.T) {
	r := alert.Rule{ID: 7, Enabled: true, MutedUntil: now.Add(time.Hour), Thresholds: alert.Thresholds{Quiet: alert.Quiet{To: 24*time.Hour - 1}}}
	d := alert.Delivery{Key: alert.Key{Rule: 7}, Alert: alert.Sample(alert.WarStarted, 1, "Wolves", now)}
	if dec := alert.Decide(d, r, alert.Notices{}, now); !dec.Send {
		t.Errorf("a sample is held back: %s", dec.Reason)
	}
	d.Alert.Test = false
	if dec := alert.Decide(d, r, alert.Notices{}, now); dec.Send {
		t.Error("a real alert is sent by a muted rule in its quiet hours")
	}
}

func TestWhatNobodyConfirmedIsToldWhateverWarningsARuleWants(t *testing.T) {
	turn := alert.Alert{Kind: alert.ChainTimer, Subject: "watch:1", Stage: "slot:0:2:", At: now, Due: now.Add(10 * time.Minute), ExpiresAt: now.Add(40 * time.Minute)}
	silent := turn.Unconfirmed(2, "Ann")
	ruled := func(id alert.RuleID, only alert.Thresholds) alert.Rule {
		r := rule(id, alert.ChainTimer)
		r.Thresholds = only
		return r
	}
	seconds, atWar, always := ruled(1, alert.Thresholds{Ahead: time.Minute}), ruled(2, alert.Thresholds{When: alert.InWar}), ruled(3, alert.Thresholds{})
	for _, c := range []struct {
		name  string
		rules []alert.Rule
		want  []alert.RuleID
	}{
		{"a rule for the last minute", []alert.Rule{seconds}, []alert.RuleID{1}},
		{"a rule for wars, in peace", []alert.Rule{atWar}, []alert.RuleID{2}},
		{"one for now comes first", []alert.Rule{atWar, always}, []alert.RuleID{3}},
	} {
		var got []alert.RuleID
		for _, d := range alert.Wanted(c.rules, []alert.Alert{silent}, false) {
			got = append(got, d.Rule)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: told by %v, want %v", c.name, got, c.want)
		}
	}
	if got := alert.Wanted([]alert.Rule{seconds, atWar}, []alert.Alert{turn}, false); len(got) != 0 {
		t.Errorf("a warning that was not asked for is told: %+v", got)
	}
}
