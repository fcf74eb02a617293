package alert_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

var now = time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)

func TestTheKindsAreThoseOfTheSurface(t *testing.T) {
	const want = `war.enlist war.scheduled war.soon war.started war.milestone war.lead war.terms war.ended war.report
		retal.open retal.taken retal.expired
		chain.started chain.milestone chain.bonus_soon chain.timer chain.broken chain.ended
		oc.spawned oc.unfilled oc.pausing oc.ready_soon oc.ready oc.blocked oc.item_missing oc.low_cpr oc.completed oc.expired oc.unpaid
		member.joined member.left member.position member.inactive member.not_in_oc payout.published payout.paid payout.dispute
		key.unhealthy data.stale budget.high delivery.broken`
	var got []string
	for _, k := range alert.Kinds() {
		got = append(got, string(k))
	}
	if diff := cmp.Diff(strings.Fields(want), got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestEachKindIsKnownByNameAndHasALifetime(t *testing.T) {
	for _, k := range alert.Kinds() {
		if got, ok := alert.ParseKind(string(k)); !ok || got != k {
			t.Errorf("%s is not known", k)
		}
		if k.Lifetime() <= 0 {
			t.Errorf("%s is expired at once", k)
		}
		if k.ForOperator() != (k == alert.BudgetHigh) {
			t.Errorf("%s goes to the wrong people", k)
		}
	}
	if _, ok := alert.ParseKind("war.shoes"); ok {
		t.Error("anything is a kind")
	}
}

func TestWhatTalksAllEveningIsOffUntilSwitchedOn(t *testing.T) {
	var off []string
	for _, k := range alert.Kinds() {
		if !k.OnByDefault() {
			off = append(off, string(k))
		}
	}
	want := strings.Fields("war.milestone war.lead chain.started oc.spawned oc.completed member.inactive")
	if !slices.Equal(off, want) {
		t.Errorf("off are %v, want %v", off, want)
	}
}

func started() alert.Alert {
	return alert.Alert{Kind: alert.WarStarted, Subject: alert.Subject("war", 44751), Stage: "started", At: now}
}

func rule(id alert.RuleID, k alert.Kind) alert.Rule {
	return alert.Rule{ID: id, Kind: k, ChannelID: "1", Enabled: true}
}

func keys(ds []alert.Delivery) []alert.Key {
	out := []alert.Key{}
	for _, d := range ds {
		out = append(out, d.Key)
	}
	return out
}

func TestAnAlertGoesToEveryRuleOfItsKindOnce(t *testing.T) {
	off := rule(3, alert.WarStarted)
	off.Enabled = false
	muted := rule(4, alert.WarStarted)
	muted.MutedUntil, muted.Broken = now.Add(time.Hour), "channel gone"
	rules := []alert.Rule{rule(1, alert.WarStarted), rule(2, alert.WarEnded), off, muted}
	got := keys(alert.Match(rules, []alert.Alert{started(), started()}))
	want := []alert.Key{{Rule: 1, Subject: "war:44751", Stage: "started"}, {Rule: 4, Subject: "war:44751", Stage: "started"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestThresholdsNarrowWhatARuleWants(t *testing.T) {
	score := alert.Alert{Kind: alert.WarMilestone, Subject: "war:1", Stage: "milestone:score:3000", At: now, Was: 900, Is: 3100}
	lead := alert.Alert{Kind: alert.WarMilestone, Subject: "war:1", Stage: "milestone:lead:50", At: now}
	timer := alert.Alert{Kind: alert.ChainTimer, Subject: "chain:1", Stage: "timer:1:60", At: now, Was: 200, Is: 200}
	ended := alert.Alert{Kind: alert.ChainEnded, Subject: "chain:1", Stage: "report", At: now, Was: 200, Is: 200}
	bonus := alert.Alert{Kind: alert.ChainBonusSoon, Subject: "chain:1", Stage: "bonus:250", At: now, Was: 249, Is: 250}
	grew := alert.Alert{Kind: alert.ChainMilestone, Subject: "chain:1", Stage: "count:205", At: now, Was: 195, Is: 205, Growth: true}
	soon := alert.Alert{Kind: alert.OCReadySoon, Subject: "oc:1", Stage: "soon", At: now, Due: now.Add(45 * time.Minute), Name: "Break the Bank"}
	for _, c := range []struct {
		name  string
		alert alert.Alert
		only  alert.Thresholds
		stage string // empty: not wanted
	}{
		{"without any, the alert's own stage is told", score, alert.Thresholds{}, "milestone:score:3000"},
		{"of several steps of its own a rule hears the last", score, alert.Thresholds{Every: 500}, "every:3000"},
		{"a step lies where the rule says", score, alert.Thresholds{Every: 2500}, "every:2500"},
		{"a step that was not crossed is not told", score, alert.Thresholds{Every: 4000}, ""},
		{"what counts nothing has no steps", lead, alert.Thresholds{Every: 500}, "milestone:lead:50"},
		{"mere growth is no news", grew, alert.Thresholds{}, ""},
		{"but for a rule that asks for its step", grew, alert.Thresholds{Every: 100}, "every:200"},
		{"and not for one whose step it has not crossed", grew, alert.Thresholds{Every: 150}, ""},
		{"a timer counts nothing, so that it is told all the same", timer, alert.Thresholds{Every: 50}, "timer:1:60"},
		{"so is an end", ended, alert.Thresholds{Every: 7}, "report"},
		{"and a bonus hit that comes", bonus, alert.Thresholds{Every: 50}, "bonus:250"},
		{"below the least nothing is told", score, alert.Thresholds{AtLeast: 3101}, ""},
		{"at the least it is", score, alert.Thresholds{AtLeast: 3100}, "milestone:score:3000"},
		{"a warning comes no earlier than asked", soon, alert.Thresholds{Ahead: 44 * time.Minute}, ""},
		{"but then it does", soon, alert.Thresholds{Ahead: 45 * time.Minute}, "soon"},
		{"what has happened is not ahead", lead, alert.Thresholds{Ahead: time.Minute}, "milestone:lead:50"},
		{"a name that is asked for is told whatever its case", soon, alert.Thresholds{Names: []string{"Ace in the Hole", " break the bank "}}, "soon"},
		{"another one is not", soon, alert.Thresholds{Names: []string{"Ace in the Hole"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rule(1, c.alert.Kind)
			r.Thresholds = c.only
			got := alert.Match([]alert.Rule{r}, []alert.Alert{c.alert})
			switch {
			case c.stage == "" && len(got) != 0:
				t.Errorf("told as %q", got[0].Stage)
			case c.stage != "" && (len(got) != 1 || got[0].Stage != c.stage):
				t.Errorf("got %+v, want stage %q", got, c.stage)
			}
		})
	}
}

func TestASquadIsToldByDirectMessageOnlyOfWhatConcernsItsMembers(t *testing.T) {
	r := alert.Rule{ID: 1, Kind: alert.ChainTimer, Squad: 5, Members: []faction.PlayerID{2, 3, 4}, Enabled: true}
	stage := func(left string, alone bool) (out []faction.PlayerID) {
		a := alert.Alert{Kind: alert.ChainTimer, Subject: "chain:7", Stage: left, At: now, Call: []faction.PlayerID{9, 3}, CallNobodyElse: alone}
		for _, d := range alert.Match([]alert.Rule{r}, []alert.Alert{a}) {
			out = append(out, d.Player)
		}
		return out
	}
	if got := stage("120", true); !slices.Equal(got, []faction.PlayerID{3}) {
		t.Errorf("of a stage for those on watch %v are told, want the one of them in the squad", got)
	}
	if got := stage("60", false); !slices.Equal(got, r.Members) {
		t.Errorf("of a stage for everybody %v are told, want all", got)
	}
}

func TestEachStepIsToldOnceHoweverOftenTheCountIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rule(1, alert.ChainMilestone)
		r.Every = rapid.Int64Range(1, 500).Draw(t, "every")
		looks := rapid.SliceOfN(rapid.Int64Range(0, 5000), 1, 40).Draw(t, "looks")
		slices.Sort(looks)
		seen := map[alert.Key]bool{}
		was := int64(0)
		for _, is := range looks {
			ds := alert.Match([]alert.Rule{r}, []alert.Alert{{Kind: alert.ChainMilestone, Subject: "chain:1", Was: was, Is: is}})
			crossed := is/r.Every > was/r.Every
			if crossed != (len(ds) == 1) && is > 0 {
				t.Fatalf("from %d to %d every %d: %+v", was, is, r.Every, ds)
			}
			for _, d := range ds {
				if is > 0 && seen[d.Key] {
					t.Fatalf("%+v again", d.Key)
				}
				seen[d.Key] = true
			}
			was = is
		}
	})
}

func TestMatchingTheSameAlertsAgainGivesTheSameKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SampledFrom([]alert.Kind{alert.WarStarted, alert.WarLead, alert.OCReady})
		var alerts []alert.Alert
		for range rapid.IntRange(0, 10).Draw(t, "alerts") {
			alerts = append(alerts, alert.Alert{
				Kind: kinds.Draw(t, "kind"), At: now,
				Subject: alert.Subject("war", rapid.Int64Range(1, 3).Draw(t, "war")),
				Stage:   rapid.SampledFrom([]string{"a", "b"}).Draw(t, "stage"),
			})
		}
		var rules []alert.Rule
		for i := range rapid.IntRange(0, 6).Draw(t, "rules") {
			rules = append(rules, rule(alert.RuleID(i+1), kinds.Draw(t, "kind")))
		}
		once, twice := alert.Match(rules, alerts), alert.Match(rules, slices.Concat(alerts, alerts))
		if !slices.Equal(keys(once), keys(twice)) {
			t.Fatalf("once %v, twice %v", keys(once), keys(twice))
		}
		seen := map[alert.Key]bool{}
		for _, d := range once {
			if seen[d.Key] {
				t.Fatalf("%+v twice", d.Key)
			}
			seen[d.Key] = true
		}
	})
}

func TestAnAlertSurvivesStorage(t *testing.T) {
	want := alert.Alert{
		Kind: alert.WarEnded, Subject: "war:1", Stage: "ended", At: now, ExpiresAt: now.Add(time.Hour), Due: now.Add(time.Minute),
		Was: 1, Is: 1 << 60, Name: "x",
		Data: alert.Data{
			War:   &alert.WarData{ID: 1, Us: 2, Them: 3, Start: now, End: now, UsScore: 1 << 60, Outcome: "won", Forfeit: true, SeenAt: now},
			Chain: &alert.ChainData{ID: 4, Current: 99, Next: 100, Deadline: now}, Player: &alert.PlayerData{ID: 5, Name: "P"},
			Items: []string{"a"}, Note: "n", Counts: map[string]int{"hits": 3},
		},
	}
	body, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got alert.Alert
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestAnAlertWithoutADeadlineLivesAsLongAsItsKind(t *testing.T) {
	a := started()
	if got, want := a.Expires(), now.Add(15*time.Minute); !got.Equal(want) {
		t.Errorf("expires at %s, want %s", got, want)
	}
	a.ExpiresAt = now.Add(time.Second)
	if got := a.Expires(); !got.Equal(a.ExpiresAt) {
		t.Errorf("its own deadline is overlooked: %s", got)
	}
}
