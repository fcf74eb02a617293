package scoreboard_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"consigliere/internal/faction"
	"consigliere/internal/roster"
	"consigliere/internal/scoreboard"
	"consigliere/internal/war"
)

// squadded is a siege in which 1000, 1001, 1002 and an idler are a squad, one more asks
// to be, and another faction has a squad of its own.
func squadded() *fake {
	f := aSiege()
	var people []roster.Person
	for _, p := range []faction.PlayerID{1000, 1001, 1002, 900} {
		people = append(people, roster.Person{Player: p, State: roster.Member})
	}
	people = append(people, roster.Person{Player: 1003, State: roster.Asked})
	f.squads = map[faction.ID][]roster.Squad{
		ours: {{ID: 3, Name: "Night <i>crew"}, {ID: 4, Name: "Medics", People: people}}, theirs: {{ID: 5, Name: "Secret squad"}},
	}
	return f
}

// of is what the squad did, and all of our side.
func of(f *fake) (part, whole war.Tally) {
	b := war.NewBoard(f.wars[ours][0], f.rows[warID], noon)
	return b.Of(f.squads[ours][1].Players()).Total(war.Ours), b.Total(war.Ours)
}

func TestThePageIsNarrowedToASquad(t *testing.T) {
	f := squadded()
	s := board(t, f)
	contains(t, read(t, s, f, "/war/4711"), `<label for="squad">`, `<option value="4">Medics</option>`, "Night <i>crew", "Download both sides", ">Total<")
	page := read(t, s, f, "/war/4711?squad=4&sort=hits")
	part, whole := of(f)
	percent, _ := war.Percent(part.WarHits, whole.WarHits)
	contains(t, page, `<option value="4" selected>Medics</option>`, "Us: squad Medics", "1 of 9 members (11 %)", "Squad Medics", "of the faction",
		"<td>"+faction.Count(part.WarHits)+"</td>", fmt.Sprintf("<td>%d\u00a0%%</td>", percent), "/war/4711?sort=name&squad=4#members", "/war/4711?side=them&sort=hits#members",
		`<input type="hidden" name="sort" value="hits">`, "Download this squad", `/war/4711.csv?squad=4`, `/war/4711.json?squad=4`, "1 without a war hit", "Idler_0", "0 online · 1 idle")
	for _, none := range []string{"Idler_1", `id="member-us-1003"`, `id="member-us-1010"`} {
		if strings.Contains(page, none) {
			t.Errorf("the squad's page shows %s", none)
		}
	}
	if n := strings.Count(page, `id="member-us-`); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
	if strings.Contains(page, "<i>crew") {
		t.Error("a squad's name is markup")
	}
}

func TestASquadThatIsNotTheFactionsShowsNothing(t *testing.T) {
	f := squadded()
	s := board(t, f)
	for _, c := range []struct {
		query, want string
		code        int
	}{
		{"squad=5", "no such squad in this faction", 404}, {"squad=99", "no such squad in this faction", 404}, {"squad=-1", "no such squad", 404},
		{"squad=4x", "no such squad", 404}, {"squad=4&side=them", "Squads are of our own side", 400},
	} {
		for _, path := range []string{"/war/4711", "/war/4711.json", "/war/4711.csv"} {
			w := get(s, f.link(faction.WebLink{Faction: ours}), path+"?"+c.query)
			if body := w.Body.String(); w.Code != c.code || !strings.Contains(body, c.want) || strings.Contains(body, "Idler") || strings.Contains(body, "21,408") || strings.Contains(body, "Secret squad") {
				t.Errorf("%s?%s: %d %.300s", path, c.query, w.Code, body)
			}
		}
	}
	if page := get(s, f.link(faction.WebLink{Faction: theirs}), "/war/4712").Body.String(); strings.Contains(page, "Medics") {
		t.Error("another faction is shown our squads")
	}
}

func TestTheFilesAreNarrowedToASquad(t *testing.T) {
	f := squadded()
	s := board(t, f)
	part, whole := of(f)
	var got struct {
		Us, Them struct {
			Total   map[string]json.Number
			Members []struct {
				ID int64 `json:"player_id"`
			}
		}
		Squad struct {
			ID      int64
			Name    string
			Members int
			Total   map[string]json.Number
			Hits    int64 `json:"share_of_war_hits"`
			Score   int64 `json:"share_of_war_respect"`
		}
	}
	if err := json.Unmarshal([]byte(read(t, s, f, "/war/4711.json?squad=4")), &got); err != nil {
		t.Fatal(err)
	}
	hits, _ := war.Percent(part.WarHits, whole.WarHits)
	score, _ := war.Percent(int64(part.WarRespect), int64(whole.WarRespect))
	q := got.Squad
	if q.ID != 4 || q.Name != "Medics" || q.Members != 4 || q.Total["war_hits"].String() != fmt.Sprint(part.WarHits) || q.Hits != hits || q.Score != score {
		t.Errorf("the squad is %+v", q)
	}
	if len(got.Us.Members) != 3 || len(got.Them.Members) != 0 || got.Us.Total["war_hits"].String() != fmt.Sprint(whole.WarHits) {
		t.Errorf("%d of ours, %d of theirs, our total %s", len(got.Us.Members), len(got.Them.Members), got.Us.Total["war_hits"])
	}
	lines, err := csv.NewReader(strings.NewReader(read(t, s, f, "/war/4711.csv?squad=4"))).ReadAll()
	if err != nil || len(lines) != 4 {
		t.Errorf("%d lines (%v), want a head and 3 members", len(lines), err)
	}
	for _, l := range lines[1:] {
		if l[0] != "us" {
			t.Errorf("a line of %s", l[0])
		}
	}
}

func TestASquadInABrowser(t *testing.T) {
	ctx := browser(t)
	f := squadded()
	f.squads[ours][1].Name = strings.Repeat("W", 40)
	s := board(t, f, func(c *scoreboard.Config) { c.Heartbeat, c.Coalesce = 300*time.Millisecond, 50*time.Millisecond })
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	do(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+"/s/"+f.link(faction.WebLink{Faction: ours, Page: "war"})), chromedp.Click("button"))
	until(t, ctx, `location.pathname === "/war/4711" && !!document.querySelector(".live:not(.off)")`)
	if got := eval[string](t, ctx, `document.getElementById("squad").labels[0].textContent`); got != "Squad of ours" {
		t.Errorf("the list is labelled %q", got)
	}
	eval[bool](t, ctx, `window.kept = true, document.getElementById("squad").focus(), document.getElementById("squad").value = "4",
		document.getElementById("squad").dispatchEvent(new Event("change", {bubbles: true}))`)
	until(t, ctx, `location.search === "?squad=4" && document.querySelectorAll('[id^="member-us-"]').length === 3`)
	hit(f, s)
	until(t, ctx, `document.querySelector(".us .points").textContent === "21,418"`)
	if !eval[bool](t, ctx, `window.kept && document.activeElement.id === "squad" && document.getElementById("squad").value === "4" && document.querySelectorAll('[id^="member-us-"]').length === 3`) {
		t.Error("a change took the squad or the focus away")
	}
	if eval[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
		t.Error("a phone has to scroll sideways")
	}
	// Without the script the button sends the form.
	do(t, ctx, chromedp.Navigate(server.URL+"/war/4711"))
	eval[bool](t, ctx, `document.getElementById("squad").value = "4", document.querySelector("form[data-swap]").submit(), true`)
	until(t, ctx, `location.search.includes("squad=4") && document.querySelectorAll('[id^="member-us-"]').length === 3`)
}
