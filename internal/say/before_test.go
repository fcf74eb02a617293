package say_test

import (
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// reads words an alert, checks it against Discord's limits, and looks for what it says.
func reads(t *testing.T, name string, a alert.Alert, wants ...string) {
	t.Helper()
	a.At = now
	m := say.RenderAlert(a, now)
	if err := discord.Validate(m); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	got := text(m)
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q is missing in\n%s", name, want, got)
		}
	}
}

func TestAlertsAboutTermsSayWhatToDoFirst(t *testing.T) {
	w := theWar()
	terms := war.Terms{ScoreCap: 4300, TheirCap: 3800, StopAt: now.Add(10 * time.Minute), FinishAt: now.Add(5 * time.Hour), HitLimit: 25, Note: "half *each*"}
	event := func(l war.Limit, s war.Step) alert.Alert {
		return feed.TermsAlert(war.TermsEvent{Limit: l, Step: s, Left: 90, Hits: 15, PerMinute: 12.4, Of: w.Target, Terms: terms, War: w}, now)
	}
	reads(t, "near the cap", event(war.LimitScore, war.Slow), "points left to the score cap of 4,300", "**4,210** of 4,300, **90** left, about 15 hits, 12 points a minute now", `half \*each\*`, "4,210 : 3,876")
	reads(t, "at the cap", event(war.LimitScore, war.Stop), "**STOP**: the score cap of 4,300")
	terms.ScoreCap = 4200
	reads(t, "past the cap", event(war.LimitScore, war.Passed), "is passed", "10 too many")
	reads(t, "theirs", event(war.LimitTheirs, war.Passed), "**They passed their score cap**", "**3,876** of 3,800 agreed")
	reads(t, "before the stop", event(war.LimitStop, war.Slow), "**SLOW DOWN**: nobody hits from", "<t:1787343000:R>")
	reads(t, "at the stop", event(war.LimitStop, war.Stop), "**STOP**: nobody hits any more")
	reads(t, "too early", event(war.LimitFinish, war.Slow), "before the planned finish", "The lead is **334** of 2,760")
	reads(t, "we would win", event(war.LimitWin, war.Stop), "**STOP**: we would win, and they are to win", "Our lead is **334** of 2,760")
	fall := war.TermsEvent{Limit: war.LimitFinish, Step: war.Stop, Left: -9, Of: 325, Falls: now.Add(2 * time.Minute), Terms: terms, War: w}
	reads(t, "too early by a fall", feed.TermsAlert(fall, now), "before the planned finish", "The lead is **334**; the target falls to **325** <t:1787342520:R>")
	fall.Limit, fall.Needed, fall.Hits = war.LimitEarly, 120, 20
	reads(t, "they would end it", feed.TermsAlert(fall, now), "**They are about to end the war before the planned finish**: **120** points of ours prevent it, about 20 hits", "Their lead is **-334**")
	terms.ScoreCap = 4210
	reads(t, "at our cap to the point", event(war.LimitScore, war.Passed), "is reached", "**4,210** of 4,210")
	near := feed.LimitNotice(w, terms, war.LimitReached{Player: 3, Hits: 23}, now)
	reads(t, "a member near the limit", near.Alert, "**2 hits left**", "25 war hits, you have made 23")
	at := feed.LimitNotice(w, terms, war.LimitReached{Player: 3, Hits: 26, At: true}, now)
	reads(t, "a member at the limit", at.Alert, "**STOP**: you have made 26 war hits")
	if near.Key() == at.Key() {
		t.Error("the second notice would be taken for the first")
	}
}

func TestHitsAfterTheStopAreNamedTheLatestFirstAndCounted(t *testing.T) {
	w := theWar()
	stop := now.Add(-time.Hour)
	var rows []war.Logged
	for i := range 40 {
		at := stop.Add(time.Duration(i+1) * time.Minute)
		rows = append(rows, war.Logged{War: w.ID, Verdict: war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true}, Attack: war.Attack{
			ID: war.AttackID(i + 1), Code: "abc", Started: at, Ended: at.Add(time.Minute), RespectGain: 612, Result: war.Hospitalized,
			Attacker: war.Fighter{ID: 1, Name: "A`very_long_name_with_*marks*"}, Defender: war.Fighter{ID: 501},
		}})
	}
	n := feed.AfterStop(w, war.Terms{}, stop, stop, rows, now)
	if len(n.Alerts) != 1 || len(n.Settled) != 1 || !n.Settled[0].GoesOn || n.Settled[0].Stage != n.Alerts[0].Stage {
		t.Fatalf("news %+v", n)
	}
	reads(t, "forty hits", n.Alerts[0], "**40 hits after the stop**", "and 30 more", "+6.12", "sid=attackLog&ID=abc")
	if got := feed.AfterStop(w, war.Terms{}, now, now, rows, now); !got.Empty() {
		t.Errorf("without a hit: %+v", got)
	}
	v := say.TermsView{War: w, Terms: war.Terms{StopAt: stop, HitLimit: 3, By: 1, At: stop}, After: rows, Theirs: 2, By: "Duke", AsOf: now, Now: now,
		Rows: []war.Row{{Team: war.Ours, Player: 1, Name: "Over*", Tally: war.Tally{WarHits: 5}}}}
	m := say.RenderTerms(v)
	if err := discord.Validate(m); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"**40 hits** of ours since", "theirs: 2", " more\n", `Over\* **5**, 2 too many`} {
		if !strings.Contains(text(m), want) {
			t.Errorf("%q is missing in\n%s", want, text(m))
		}
	}
}

func TestTheReminderToEnlistSaysWhatIsKnown(t *testing.T) {
	tuesday := time.Date(2026, 8, 25, 11, 30, 0, 0, time.UTC)
	known := feed.EnlistNews(war.NotEnlisted, nil, tuesday)
	reads(t, "not enlisted", known.Alerts[0], "**Not enlisted**", "War Management")
	unknown := feed.EnlistNews(war.EnlistUnknown, nil, tuesday)
	reads(t, "nobody knows", unknown.Alerts[0], "**Enlist for the next ranked war?**", "I cannot see")
	done := feed.EnlistNews(war.Enlisted, nil, tuesday)
	reads(t, "enlisted", done.Settled[0].Alert, "**Enlisted** for the next ranked war")
	if !feed.EnlistNews(war.NotEnlisted, nil, tuesday.Add(-30*time.Hour)).Empty() {
		t.Error("reminded on Sunday")
	}
}

func TestALeadThatShrinksNamesWhoCouldFight(t *testing.T) {
	w := theWar()
	s := war.Slack{Idle: []faction.Member{{Name: "Mick_"}}, Flying: make([]faction.Member, 14), Hospital: []faction.Member{{Name: "Vera"}}}
	ebb := war.Ebb{War: w.ID, Began: now, Lead: 334}
	n := feed.EbbNews(ebb, war.EbbBegins, 210, w, s, now)
	reads(t, "it shrinks", n.Alerts[0], "**Our lead shrinks**: -210 in 30 min · +334 now", `Idle **1**: Mick\_`, "Flying **14**", "and 4 more", "In hospital **1**: Vera")
	ebb.Over = now.Add(time.Hour)
	over := feed.EbbNews(ebb, war.EbbEnds, -5, w, s, now)
	if len(over.Alerts) != 0 || over.Settled[0].Stage != n.Alerts[0].Stage {
		t.Errorf("the end is told as %+v", over)
	}
	reads(t, "it holds", over.Settled[0].Alert, "**The lead holds again**")
}

func TestAPlanSaysWhatBothSidesMustDo(t *testing.T) {
	w := theWar()
	for _, c := range []struct {
		name   string
		winner war.Team
		loser  int64
		finish time.Time
		wants  []string
	}{
		{"we win", war.Ours, 0, now.Add(20 * time.Hour), []string{"**Wolves** ends at **6,036**", `**Ban\_dits** at 3,876`, "below **2,190**", "Wolves lacks **1,826** points", "falls from 2,190 to **2,160**"}},
		{"they win", war.Enemy, 5000, now.Add(20 * time.Hour), []string{`**Ban\_dits** ends at **7,160**`, "lacks **3,284** points"}},
		{"too far ahead", war.Ours, 0, now.Add(70 * time.Hour), []string{"falls from", "The lead is too high", "**1,311** points more"}},
	} {
		w := w
		if c.name == "too far ahead" {
			w.Us.Score = w.Them.Score + 2000
		}
		p, err := war.PlanFinish(w, c.winner, c.loser, c.finish, now, 612)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		m := say.RenderPlan(say.PlanView{War: w, Plan: p, Asked: c.finish, Now: now})
		if err := discord.Validate(m); err != nil {
			t.Error(err)
		}
		for _, want := range c.wants {
			if !strings.Contains(text(m), want) {
				t.Errorf("%s: %q is missing in\n%s", c.name, want, text(m))
			}
		}
	}
}

func TestAWarWithoutATargetHasNoLeadThatWins(t *testing.T) {
	for name, hour := range map[string]time.Duration{"before it": -time.Hour, "on its first day": time.Hour} {
		v := view(func(v *say.WarView) {
			v.War.Start, v.War.Target, v.War.OriginalTarget = v.Now.Add(-hour), 0, 0
		})
		shown := text(say.RenderWarStatus(v)) + text(say.RenderForecast(v))
		for kind := range map[alert.Kind]bool{alert.WarScheduled: true, alert.WarSoon: true, alert.WarStarted: true, alert.WarLead: true} {
			shown += text(say.RenderAlert(alert.Alert{Kind: kind, At: now, Data: alert.Data{War: feed.WarData(v.War)}}, now))
		}
		if strings.Contains(shown, "lead of **0**") || !strings.Contains(shown, "Which lead wins, Torn does not tell yet") {
			t.Errorf("%s:\n%s", name, shown)
		}
	}
}

func TestATargetThatTheRuleDoesNotGiveIsSaid(t *testing.T) {
	v := view(func(v *say.WarView) { v.War.Target = 3000 })
	const want = "Torn shows a target of **3,000**; by the rule it would be **2,790**"
	if got := text(say.RenderWarStatus(v)); !strings.Contains(got, want) {
		t.Error(got)
	}
	v = view(func(*say.WarView) {})
	if got := text(say.RenderWarStatus(v)); strings.Contains(got, "by the rule") {
		t.Error(got)
	}
}
