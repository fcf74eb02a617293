package say_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

var update = flag.Bool("update", false, "write the golden texts anew")

var now = time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)

func theWar() war.War {
	return war.War{
		ID: 44751, Start: now.Add(-31 * time.Hour), Target: 2760, OriginalTarget: 3000, Tracked: true, SeenAt: now.Add(-9 * time.Second),
		Us: war.Side{Faction: 777, Name: "Wolves", Score: 4210, Chain: 245}, Them: war.Side{Faction: 555, Name: "Ban_dits", Score: 3876, Chain: 31},
	}
}

func view(change func(*say.WarView)) say.WarView {
	w := theWar()
	v := say.WarView{War: w, Now: now, AsOf: w.SeenAt}
	for i := range 7 {
		v.Board.Us = append(v.Board.Us, war.Row{Team: war.Ours, Player: faction.PlayerID(i + 1), Name: fmt.Sprintf("Player%d", i+1),
			Tally: war.Tally{WarHits: int64(10 * (i + 1)), WarRespect: faction.Respect(6123 * (i + 1)), HitsTaken: 3, Attacks: int64(12 * (i + 1))}})
	}
	for h := range 32 {
		v.Samples = append(v.Samples, war.Sample{At: w.Start.Add(time.Duration(h) * time.Hour), Us: int64(h) * 135, Them: int64(h) * 125, Target: 3000})
	}
	v.Forecast = war.Predict(w, v.Samples, 612, now)
	if change != nil {
		change(&v)
	}
	return v
}

func text(m chat.Message) string {
	var b strings.Builder
	if m.Content != "" {
		b.WriteString(m.Content + "\n")
	}
	for _, e := range m.Embeds {
		if e.Title != "" {
			b.WriteString("# " + e.Title + "\n")
		}
		b.WriteString(e.Description + "\n")
		for _, f := range e.Fields {
			b.WriteString("## " + f.Name + "\n" + f.Value + "\n")
		}
		if e.Footer != "" {
			b.WriteString("-- " + e.Footer + "\n")
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, d)
	}
}

func TestALiveBoardInEveryPhase(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct {
		name   string
		change func(*say.WarView)
	}{
		{"on, and ahead", nil},
		{"on, and behind, decided for them", func(v *say.WarView) {
			v.War.Us.Score, v.War.Them.Score = v.War.Them.Score, v.War.Us.Score
			for i := range v.Samples {
				v.Samples[i].Us, v.Samples[i].Them = v.Samples[i].Them, v.Samples[i].Us
			}
			v.Forecast = war.Predict(v.War, v.Samples, 612, now)
		}},
		{"just begun: level, nothing known", func(v *say.WarView) {
			v.War.Start, v.War.Us, v.War.Them, v.War.OriginalTarget = now.Add(-time.Minute), war.Side{Name: "Wolves"}, war.Side{Name: "Bears"}, 2760
			v.Board, v.Samples, v.Forecast = war.Board{}, nil, war.Predict(v.War, nil, 0, now)
		}},
		{"to come", func(v *say.WarView) { v.War.Start, v.Board = now.Add(40*time.Hour), war.Board{} }},
		{"won, without a report", func(v *say.WarView) { v.War.End, v.War.Winner = now.Add(-time.Minute), 777 }},
		{"lost by forfeit, with the report", func(v *say.WarView) {
			v.War.End, v.War.Winner, v.War.Forfeit, v.War.ReportAt = now.Add(-time.Hour), 555, true, now.Add(-50*time.Minute)
		}},
		{"not tracked, and Torn is away", func(v *say.WarView) {
			v.War.Tracked = false
			v.Feeds = []feed.State{{Feed: feed.Front, Failures: 4, LastSuccess: now.Add(-time.Hour), LastError: "Torn did not answer"}, {Feed: feed.Wars, Failures: 9}}
		}},
		{"no war at all", func(v *say.WarView) { *v = say.WarView{Now: now, AsOf: now} }},
	} {
		m := say.RenderWarBoard(view(c.change))
		if err := discord.Validate(m); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		fmt.Fprintf(&b, "=== %s\n%s\n", c.name, text(m))
	}
	golden(t, "board", b.String())
}

func TestTheSameFiguresAlwaysGiveTheSameBoard(t *testing.T) {
	show := func(at time.Time) string {
		v := view(nil)
		v.Now, v.AsOf = at, time.Time{}
		raw, err := json.Marshal(say.RenderWarBoard(v))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	if a, b := show(now), show(now.Add(7*time.Minute)); a != b {
		t.Errorf("a board changes with the clock alone:\n%s\n%s", a, b)
	}
}

func TestRenderingLeavesTheBoardAsItIs(t *testing.T) {
	v := view(nil)
	before := fmt.Sprint(v.Board.Us)
	say.RenderWarBoard(v)
	say.RenderScoreboard(say.ScoreboardView{Board: v.Board, Team: war.Ours, Sort: war.ByName})
	if got := fmt.Sprint(v.Board.Us); got != before {
		t.Errorf("sorted in place: %s", got)
	}
}

func data(change func(*alert.WarData)) alert.Data {
	d := alert.WarData{
		ID: 44751, Us: 777, UsName: "Wolves", Them: 555, ThemName: "Ban_dits", Start: now.Add(-31 * time.Hour),
		UsScore: 5210, ThemScore: 3876, Target: 2760, SeenAt: now.Add(-5 * time.Second),
	}
	if change != nil {
		change(&d)
	}
	return alert.Data{War: &d}
}

func TestEveryAlertReadsWell(t *testing.T) {
	won := data(func(d *alert.WarData) { d.End, d.Outcome = now.Add(-time.Minute), "won" })
	var b strings.Builder
	for _, a := range []alert.Alert{
		{Kind: alert.WarScheduled, At: now, Data: data(func(d *alert.WarData) { d.Start = now.Add(40 * time.Hour) })},
		{Kind: alert.WarSoon, At: now, Data: data(func(d *alert.WarData) { d.Start = now.Add(30 * time.Minute) })},
		{Kind: alert.WarStarted, At: now, Data: data(func(d *alert.WarData) { d.Start, d.UsScore, d.ThemScore = now, 0, 0 })},
		{Kind: alert.WarMilestone, At: now, Data: data(func(d *alert.WarData) { d.Reached = 5000 })},
		{Kind: alert.WarMilestone, At: now, Data: data(func(d *alert.WarData) { d.Percent = 50 })},
		{Kind: alert.WarMilestone, At: now, Data: data(nil)},
		{Kind: alert.WarLead, At: now, Data: data(nil)},
		{Kind: alert.WarLead, At: now, Data: data(func(d *alert.WarData) { d.UsScore = 3000 })},
		{Kind: alert.WarEnded, At: now.Add(-time.Minute), Data: won},
		{Kind: alert.WarEnded, At: now.Add(-time.Hour), Data: data(func(d *alert.WarData) { d.End, d.Outcome, d.Forfeit = now.Add(-time.Hour), "lost", true })},
		{Kind: alert.WarReport, At: now, Data: won},
		{Kind: alert.KeyUnhealthy, At: now, Data: alert.Data{Note: "A key was paused"}},
	} {
		m := say.RenderAlert(a, now)
		if err := discord.Validate(m); err != nil {
			t.Errorf("%s: %v", a.Kind, err)
		}
		fmt.Fprintf(&b, "=== %s\n%s\n", a.Kind, text(m))
	}
	golden(t, "alerts", b.String())
}

func TestEveryKindOfAlertGivesAMessage(t *testing.T) {
	for _, k := range alert.Kinds() {
		for _, d := range []alert.Data{{}, data(nil)} {
			if err := discord.Validate(say.RenderAlert(alert.Alert{Kind: k, At: now, Data: d}, now)); err != nil {
				t.Errorf("%s: %v", k, err)
			}
		}
	}
}

func TestNamesAreHarmless(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Duke", "Duke"},
		{"*_~`|<>[]()#\\", "\\*\\_\\~\\`\\|\\<\\>\\[\\]\\(\\)\\#\\\\"},
		{"@everyone", "@\u200beveryone"},
		{"https://evil.example", "https\\://evil.example"},
		{"a\u202eb\u200bc\ufeffd", "abcd"},
		{"a\nb\t\x00 c", "a b c"},
		{"\u3164\u2800", "\\(no name\\)"},
		{"", "\\(no name\\)"},
		{"- item", "\\- item"},
		{strings.Repeat("x", 64), strings.Repeat("x", 31) + "…"},
		{strings.Repeat("漢", 64), strings.Repeat("漢", 15) + "…"},
		{"\xff\xfeok", "ok"},
		{"José", "José"},
		{"Z\u0351\u0352\u0353\u0354", "Z\u0351\u0352"},
	} {
		if got := say.Name(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestAnyNameStaysShortVisibleAndOnOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "name")
		got := say.Name(in)
		if got == "" || say.Length(got) > 64 {
			t.Fatalf("%q becomes %q", in, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || r != '\u200b' && unicode.Is(unicode.Cf, r) {
				t.Fatalf("%q keeps %U", in, r)
			}
		}
		if plain := say.Plain(in); plain == "" || say.Length(plain) > 32 {
			t.Fatalf("%q becomes %q", in, plain)
		}
	})
}

func TestTextIsCutAtALine(t *testing.T) {
	for _, c := range []struct {
		in    string
		units int
		want  string
	}{
		{"one\ntwo\nthree", 13, "one\ntwo\nthree"},
		{"one\ntwo\nthree", 12, "one\ntwo\n…"},
		{"one\ntwo\nthree", 8, "one\n…"},
	} {
		if got := say.Within(c.in, c.units); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.in, c.units, got, c.want)
		}
	}
}

func TestPagesHoldEveryItemOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total, size := rapid.IntRange(0, 300).Draw(t, "total"), rapid.IntRange(1, 40).Draw(t, "size")
		next := 0
		for n := range say.PageOf(total, size, 0).Of {
			p := say.PageOf(total, size, n)
			if p.First != next || p.Last < p.First || p.Last-p.First > size {
				t.Fatalf("page %d: %+v", n, p)
			}
			next = p.Last
		}
		if next != total {
			t.Fatalf("%d of %d shown", next, total)
		}
		if p := say.PageOf(total, size, rapid.Int().Draw(t, "wild")); p.Number < 0 || p.Number >= p.Of {
			t.Fatalf("a page beyond: %+v", p)
		}
	})
}

func TestSpansAreWordedByTheirTwoLargestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 59 * time.Second: "59 s", 90 * time.Second: "1 min", 2 * time.Hour: "2 h", 31*time.Hour + 12*time.Minute: "31 h 12 min",
		48 * time.Hour: "2 d", 93*time.Hour + 10*time.Minute: "3 d 21 h",
	} {
		if got := say.Span(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}

func TestHitsTakenFromTheEnemyAreToldApartFromOthers(t *testing.T) {
	for _, c := range []struct {
		taken, scored, unscored int64
		want                    string
	}{
		{174, 157, 0, "hits taken **157** from them, 17 from others"},
		{174, 157, 2, "hits taken **157** from them and 2 without score, 15 from others"},
		{157, 157, 0, "hits taken **157**\n"},
		{159, 157, 2, "hits taken **157** from them and 2 without score\n"},
		{5, 0, 0, "hits taken **0** from them, 5 from others"},
	} {
		m := say.RenderWarStatus(view(func(v *say.WarView) {
			v.Board.Us = []war.Row{{Team: war.Ours, Player: 1, Name: "Duke", Tally: war.Tally{WarHits: 3, HitsTaken: c.taken}}}
			v.Board.Them = []war.Row{{Team: war.Enemy, Player: 9, Name: "Jack", Tally: war.Tally{WarHits: c.scored, NoScore: c.unscored}}}
		}))
		if got := text(m); !strings.Contains(got, c.want) {
			t.Errorf("want %q in:\n%s", c.want, got)
		}
	}
}

func TestAMemberWhoDidNothingHasNoAverages(t *testing.T) {
	for _, c := range []struct {
		name string
		did  war.Tally
		want []string
		not  []string
	}{
		{"nothing", war.Tally{HitsTaken: 2}, []string{"**0.00** score in **0** war hits\n", "0 in all\n", "hits taken 2"}, []string{"a hit", "fair fight", "energy"}},
		{"only losses", war.Tally{Attacks: 2, Losses: 2, Energy: 50}, []string{"2 in all\n", "energy about 50"}, []string{"a hit", "fair fight"}},
		{"hits", war.Tally{Attacks: 2, WarHits: 2, WarRespect: 900, Energy: 50, FairFightSum: 500}, []string{"war hits, 4.50 a hit", "2 in all, fair fight 2.50", "energy about 50"}, nil},
	} {
		got := text(say.RenderMember(say.MemberView{War: theWar(), Row: war.Row{Team: war.Ours, Player: 8, Name: "Mickey", Tally: c.did}, Now: now}))
		for _, s := range c.want {
			if !strings.Contains(got, s) {
				t.Errorf("%s: want %q in:\n%s", c.name, s, got)
			}
		}
		for _, s := range c.not {
			if strings.Contains(got, s) {
				t.Errorf("%s: %q is in:\n%s", c.name, s, got)
			}
		}
	}
}
