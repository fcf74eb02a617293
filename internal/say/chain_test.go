package say_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/chat"
	"consigliere/internal/say"
)

func TestAlertsAboutAChainSayWhatToDoAndHowItCameOut(t *testing.T) {
	at := time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)
	ann := &alert.PlayerData{ID: 1, Name: "An*n"}
	data := func(change func(*alert.ChainData)) alert.ChainData {
		d := alert.ChainData{
			ID: 7, Current: 734, Next: 1000, Start: at.Add(-time.Hour), Deadline: at.Add(time.Minute), SeenAt: at, LastHit: at.Add(-4 * time.Minute), Hit: 1000, Bonus: 64_000, Pace: 3.25,
		}
		change(&d)
		return d
	}
	for _, c := range []struct {
		name string
		kind alert.Kind
		data alert.ChainData
		want []string
		not  []string
	}{
		{"a danger", alert.ChainTimer, data(func(d *alert.ChainData) {
			d.Watchers, d.Fit, d.FitAsOf = []alert.PlayerData{*ann}, []alert.PlayerData{{ID: 2, Name: "Bob"}}, at.Add(-time.Minute)
		}),
			[]string{"Hit now: the chain breaks <t:1787342460:R>", "734 hits", "On watch: An\\*n", "Online and fit <t:1787342340:R>: Bob", "266 to go"}, []string{"UNCONFIRMED"}},
		{"a danger that Torn could not confirm", alert.ChainTimer, data(func(d *alert.ChainData) { d.Unconfirmed = true }),
			[]string{"UNCONFIRMED", "Last hit that we know of: <t:1787342160:R>", "may have landed"}, []string{"Hit now"}},
		{"saved", alert.ChainTimer, data(func(d *alert.ChainData) { d.Outcome, d.By, d.LeftAt = alert.WasSaved, ann, 12 }),
			[]string{"Chain saved by An\\*n", "with 0:12 left"}, []string{"Hit now"}},
		{"saved by nobody knows whom", alert.ChainTimer, data(func(d *alert.ChainData) { d.Outcome, d.LeftAt = alert.WasSaved, 75 }), []string{"**Chain saved** with 1:15 left"}, nil},
		{"not saved", alert.ChainTimer, data(func(d *alert.ChainData) { d.Outcome = alert.WasBroken }), []string{"Chain broke at 734"}, []string{"to go"}},
		{"a bonus ahead at war", alert.ChainBonusSoon, data(func(d *alert.ChainData) { d.Current, d.Enemy = 995, "The [Horde]" }),
			[]string{"Bonus in 5", "+640 respect", "Nobody has taken it yet", "Hit The \\[Horde\\] with it; on an outsider it brings no war score"}, nil},
		{"a bonus taken, and a halt", alert.ChainBonusSoon, data(func(d *alert.ChainData) { d.Current, d.Claim = 999, &alert.ChainClaim{Player: ann, HeldBy: ann} }),
			[]string{"HOLD", "Bonus next", "**An\\*n** takes it", "Said by An\\*n"}, []string{"Online and fit"}},
		{"a bonus wasted", alert.ChainBonusSoon, data(func(d *alert.ChainData) { d.Current, d.Outcome, d.By, d.Wasted = 1000, alert.WasMade, ann, true }),
			[]string{"Bonus hit 1,000 done", "By **An\\*n**", "wasted"}, nil},
		{"a bonus never reached", alert.ChainBonusSoon, data(func(d *alert.ChainData) { d.Outcome = alert.WasBroken }), []string{"missed", "broke at 734"}, nil},
		{"the report", alert.ChainEnded, data(func(d *alert.ChainData) {
			d.Outcome = alert.WasBroken
			d.Report = &alert.ChainReport{Logged: 730, Respect: 512_345, Bonus: 15_000, Members: 31,
				Best:   []alert.ChainMember{{PlayerData: *ann, Hits: 120, Respect: 90_050, Best: 1_234}},
				Wasted: []alert.ChainBonus{{PlayerData: *ann, Hit: 250, Bonus: 16_000}}, Watch: []alert.ChainMember{{PlayerData: *ann, Watch: 90}}}
		}), []string{"over at 734", "5,123 respect by 31 members", "Missing in our log, so that the figures lack them: 4 hits", "1. An\\*n: **120 hits**, 901 respect, best hit 12",
			"Bonus wasted outside the war: An\\*n (hit 250)", "On watch: An\\*n 1 h 30 min"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := say.RenderAlert(alert.Alert{Kind: c.kind, Subject: "chain:7", At: at, Faction: 777, Data: alert.Data{Chain: &c.data}}, at)
			text := m.Content
			for _, e := range m.Embeds {
				text += "\n" + e.Description
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("it does not say %q:\n%s", want, text)
				}
			}
			for _, not := range c.not {
				if strings.Contains(text, not) {
					t.Errorf("it says %q:\n%s", not, text)
				}
			}
			if open := c.kind == alert.ChainBonusSoon && c.data.Outcome == ""; open != (len(m.Rows) == 1) {
				t.Errorf("it has %d rows of buttons", len(m.Rows))
			}
		})
	}
}

func TestALiveChainIsTheSameUntilSomethingHappens(t *testing.T) {
	at := time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)
	v := say.ChainView{Chain: chain.State{ID: 7, Current: 245, Start: at.Add(-time.Hour), End: at.Add(200 * time.Second)}, SeenAt: at, Pace: 2, Now: at}
	first := say.LiveChain(v)
	later := v
	later.Now, later.SeenAt, later.Pace = at.Add(15*time.Second), at.Add(15*time.Second), 1.8
	if !same(first.Same, say.LiveChain(later).Same) || !first.Hot {
		t.Error("it changes while it only counts down")
	}
	low := later
	low.Now = at.Add(90 * time.Second)
	if same(first.Same, say.LiveChain(low).Same) {
		t.Error("nobody sees that the timer runs low")
	}
	hit := later
	hit.Chain.Current, hit.Chain.End = 246, at.Add(310*time.Second)
	if same(first.Same, say.LiveChain(hit).Same) {
		t.Error("nobody sees a hit")
	}
}

func same(a, b chat.Message) bool { return cmp.Equal(a, b) }

func TestAChainsReportGivesEachMemberHitsRespectWithAndWithoutBonusesAndTheBestHit(t *testing.T) {
	at := time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)
	m, _ := say.RenderChainReport(say.ChainReportView{Final: true, AsOf: at, Now: at, Report: chain.Report{
		Chain: 7, Hits: 345, Logged: 345, Start: at.Add(-3 * time.Hour), End: at.Add(-time.Hour), Respect: 1_234_567_89, Bonus: 23_000,
		Members: []chain.MemberReport{
			{Player: 1, Name: "AnnWithALongName", Hits: 300, Respect: 123_456_789 - 21_400, Bonus: 23_000, Best: 1_180, Bonuses: 3, Watch: 90 * time.Minute},
			{Player: 2, Name: "Bob", Hits: 45, Respect: 21_400, Best: 98_765},
			{Player: 3, Name: "Cid", Watch: 30 * time.Minute},
		},
	}})
	text := m.Embeds[0].Description
	_, table, _ := strings.Cut(text, "```\n")
	table, _, _ = strings.Cut(table, "```")
	want := `  # Name            Hits   Respect
    best hit       Bonus   with it
  1 AnnWithALongN…   300 1,234,124
    11.80           +230 1,234,354
  2 Bob               45    214.00
    987.65
  3 Cid                0      0.00
    Total            345 1,234,338
                    +230 1,234,568
`
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, line := range strings.Split(table, "\n") {
		if len([]rune(line)) > say.Columns {
			t.Errorf("a phone wraps %q", line)
		}
	}
	if !strings.Contains(text, "On watch: AnnWithALongName 1 h 30 min, Cid 30 min") {
		t.Errorf("who was on watch is not said: %s", text)
	}
}
