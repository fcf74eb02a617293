package scoreboard_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/scoreboard"
	"consigliere/internal/war"
)

// read gets a page of ours that must be there.
func read(t *testing.T, s *scoreboard.Server, f *fake, path string) string {
	t.Helper()
	w := get(s, f.link(faction.WebLink{Faction: ours}), path)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func contains(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) && !strings.Contains(html.UnescapeString(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestThePageSaysHowTheWarStands(t *testing.T) {
	f := aWar()
	contains(t, read(t, board(t, f), f, "/war/4711"),
		"Night Watch", "The Golden Horde", "21,408", "16,233", ">+5,175<", "ahead",
		"8,730", "9,000 at the start", "We are 59 % of the way", ">Active<", "26 h 17 min ago",
		"12 s ago", "4 s ago", "We win in", "Still needed", "3,555 points",
		"9 without a war hit", "Idler_3", "chain 742",
		`aria-live="polite"`, `<caption`, `scope="col"`, `scope="row"`, `Skip to the content`)
}

func TestThePageWorksWithoutJavaScript(t *testing.T) {
	f := aWar()
	page := read(t, board(t, f), f, "/war/4711")
	contains(t, page, `<noscript><meta http-equiv="refresh" content="30"></noscript>`, `id="refresh"`,
		`href="/war/4711?side=them#members"`, `href="/war/4711?sort=hits#members"`, `href="/war/4711.csv"`, `href="/war/4711.json"`)
}

var memberName = regexp.MustCompile(`<a id="member-[a-z]+-\d+"[^>]*><bdi>([^<]*)</bdi>|<th scope="row" class="who"><bdi>([^<]*)</bdi>`)

func TestEveryOrderAndSideIsThatOfTheBoard(t *testing.T) {
	f := aWar()
	s := board(t, f)
	for _, team := range []war.Team{war.Ours, war.Enemy} {
		for _, by := range war.SortKeys() {
			want := war.NewBoard(f.wars[ours][0], f.rows[warID], noon)
			want.Sort(by)
			var names, got []string
			for _, row := range want.Side(team) {
				names = append(names, row.Name)
			}
			for _, m := range memberName.FindAllStringSubmatch(read(t, s, f, "/war/4711?side="+string(team)+"&sort="+string(by)), -1) {
				got = append(got, m[1]+m[2])
			}
			if strings.Join(got, " ") != strings.Join(names, " ") {
				t.Errorf("%s by %s:\n got %v\nwant %v", team, by, got, names)
			}
		}
	}
}

func TestTheTotalsAreTheBoards(t *testing.T) {
	f := aWar()
	page := read(t, board(t, f), f, "/war/4711?side=them")
	total := war.NewBoard(f.wars[ours][0], f.rows[warID], noon).Total(war.Enemy)
	foot := page[strings.Index(page, "<tfoot>"):strings.Index(page, "</tfoot>")]
	contains(t, foot, ">"+faction.Count(total.WarHits)+"<", ">"+total.WarRespect.String()+"<", ">"+total.RespectLost.String()+"<", ">"+faction.Count(total.HitsTaken)+"<")
}

func TestNonsenseInTheAddressShowsTheUsualTable(t *testing.T) {
	f := aWar()
	s := board(t, f)
	contains(t, read(t, s, f, "/war/4711?sort=%3Cscript%3E&side=nobody"), "21,408")
	token := f.link(faction.WebLink{Faction: ours})
	for _, path := range []string{"/war/0", "/war/-1", "/war/abc", "/war/4711.xml", "/war/99999999999999999999", "/war/4711/nothing.svg", "/nothing"} {
		if w := get(s, token, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestHostileNamesAreOnlyNames(t *testing.T) {
	f := aWar()
	evil := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `**bold** [x](http://e.example)`, "\u202Egnp.exe", "ع" + strings.Repeat("\u0301", 40), strings.Repeat("W", 64), "🦊🔥", "{{.Digest}}", "javascript:alert(1)", "\x00\xff"}
	for i, name := range evil {
		f.rows[warID][i].Name = name
		f.attacks[warID][i].Attack.Attacker.Name, f.attacks[warID][i].Attack.Code = name, name
		f.attacks[warID][i].Attack.Result = war.Result(name)
		f.attacks[warID][i].Verdict.Class = war.ClassOther
	}
	f.wars[ours][0].Us.Name, f.wars[ours][0].Them.Name = evil[0], evil[1]
	f.feeds[0].Failures, f.feeds[0].LastError, f.feeds[0].LastSuccess = 9, evil[0], noon.Add(-time.Hour)
	f.roster.Members[0].Name = evil[1]
	page := read(t, board(t, f), f, "/war/4711")
	for _, bad := range []string{"<script>alert", "<img src=x", "\u202E", "javascript:alert(1)\"", strings.Repeat("\u0301", 5), "\x00"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	contains(t, page, "&lt;script&gt;alert(1)&lt;/script&gt;", "🦊🔥", strings.Repeat("W", 20), "**bold**")
}

var (
	inline  = regexp.MustCompile(`(?i)\sstyle\s*=|\son[a-z]+\s*=|<style|<script[^>]*>[^<]|javascript:`)
	outside = regexp.MustCompile(`(?i)<(?:link|script|img|source|iframe|form)[^>]*(?:src|href|srcset|action)="(?:https?:)?//`)
)

func TestPagesObeyTheirOwnStrictPolicy(t *testing.T) {
	f := aWar()
	s := board(t, f)
	token := f.link(faction.WebLink{Faction: ours})
	for _, path := range []string{"/", "/s/" + token, "/war/4711", "/war/4711?fragment=1", "/nothing"} {
		w := get(s, token, path)
		h := w.Header()
		csp := h.Get("Content-Security-Policy")
		for _, rule := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, rule) {
				t.Errorf("%s: %s is missing in %q", path, rule, csp)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
		if found := inline.FindString(w.Body.String()); found != "" {
			t.Errorf("%s: inline %q", path, found)
		}
		if found := outside.FindString(w.Body.String()); found != "" {
			t.Errorf("%s: from elsewhere: %q", path, found)
		}
	}
}

func TestOldFiguresAreSaidToBeOld(t *testing.T) {
	const warning = "may be out of date"
	f := aWar()
	s := board(t, f)
	f.change(func() {
		f.wars[ours][0].SeenAt, f.feeds[0].LastSuccess = noon.Add(-45*time.Second), noon.Add(-30*time.Second)
	})
	if strings.Contains(read(t, s, f, "/war/4711"), warning) {
		t.Error("three polls are no delay yet")
	}
	f.change(func() { f.now = noon.Add(3 * time.Second) }) // over for both, and past what is kept
	page := read(t, s, f, "/war/4711")
	contains(t, page, "Score and attacks "+warning, "48 s ago", "33 s ago")
	f.change(func() {
		f.now = noon.Add(10 * time.Second)
		f.wars[ours][0].SeenAt = f.now
		f.feeds[0].Failures, f.feeds[0].LastError = 4, "Torn answers with an error page."
	})
	contains(t, read(t, s, f, "/war/4711"), "The attacks "+warning, "Torn answers with an error page.")
	f.change(func() {
		f.now = noon.Add(20 * time.Second)
		f.wars[ours][0].End, f.wars[ours][0].FinalAt, f.wars[ours][0].WholeAt = noon, noon, noon
	})
	if page := read(t, s, f, "/war/4711"); strings.Contains(page, warning) || !strings.Contains(page, "Final") {
		t.Error("a war that was read to its end is not said to be final")
	}
}

func TestFiguresThatAreStillBeingReadBackAreSaidToBeIncomplete(t *testing.T) {
	const warning = "The attack log is still being read back; figures are incomplete."
	long := noon.Add(-2*feed.LateBy - time.Second)
	for name, c := range map[string]struct {
		fill feed.Fill
		war  func(*war.War)
		want bool
	}{
		"nothing to read back":       {},
		"a sweep":                    {fill: feed.Fill{From: noon.Add(-2 * feed.LateBy), Due: noon}},
		"a backfill":                 {fill: feed.Fill{From: long, Due: noon}, want: true},
		"half of a backfill":         {fill: feed.Fill{From: started, To: long, Due: noon}, want: true},
		"a backfill to be retried":   {fill: feed.Fill{From: started, To: long, Due: noon.Add(time.Minute)}, want: true},
		"a war that is not tracked":  {fill: feed.Fill{From: long, Due: noon}, war: func(w *war.War) { w.Tracked = false }, want: true},
		"a war that ended since":     {fill: feed.Fill{From: started, Due: noon}, war: func(w *war.War) { w.End = long }, want: true},
		"a war that ended before":    {fill: feed.Fill{From: long, Due: noon}, war: func(w *war.War) { w.End = long }},
		"a war read to its very end": {fill: feed.Fill{From: started, Due: noon}, war: func(w *war.War) { w.End, w.FinalAt, w.WholeAt = long, noon, noon }},
	} {
		t.Run(name, func(t *testing.T) {
			f := aWar()
			f.feeds[0].Log.Fill = c.fill
			if c.war != nil {
				c.war(&f.wars[ours][0])
			}
			s := board(t, f)
			if got := strings.Contains(read(t, s, f, "/war/4711"), warning); got != c.want {
				t.Errorf("the page warns: %v", got)
			}
			var data struct{ Incomplete *bool }
			if err := json.Unmarshal([]byte(read(t, s, f, "/war/4711.json")), &data); err != nil || data.Incomplete == nil || *data.Incomplete != c.want {
				t.Errorf("the JSON says %v, %v", data.Incomplete, err)
			}
		})
	}
}

func TestEveryPhaseHasItsPage(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*war.War)
		want   []string
	}{
		"scheduled":                {func(w *war.War) { w.Start, w.Us.Score, w.Them.Score = noon.Add(90*time.Minute), 0, 0 }, []string{"Scheduled", "in 1 h 30 min", "Starts"}},
		"won":                      {func(w *war.War) { w.End, w.Winner = noon.Add(-time.Hour), ours }, []string{"Ended", "Won", "1 h ago", "Lasted"}},
		"lost":                     {func(w *war.War) { w.End, w.Winner, w.Forfeit = noon.Add(-time.Hour), theirs, true }, []string{"Lost by forfeit"}},
		"draw":                     {func(w *war.War) { w.End = noon.Add(-time.Hour) }, []string{"Draw"}},
		"behind":                   {func(w *war.War) { w.Them.Score = 25000 }, []string{">-3,592<", "behind", "They are 41 % of the way"}},
		"level":                    {func(w *war.War) { w.Them.Score = w.Us.Score }, []string{">0<", "level"}},
		"untracked":                {func(w *war.War) { w.Tracked = false }, []string{"not tracked"}},
		"no target":                {func(w *war.War) { w.Target, w.OriginalTarget = 0, 0 }, []string{"Torn has not told it yet"}},
		"only the original target": {func(w *war.War) { w.Target = 0 }, []string{"8,730"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := aWar()
			c.change(&f.wars[ours][0])
			contains(t, read(t, board(t, f), f, "/war/4711"), c.want...)
		})
	}
}

func TestAWarOfWhichNothingIsKnownHasAPage(t *testing.T) {
	f := aWar()
	clear(f.rows)
	clear(f.samples)
	clear(f.attacks)
	f.feeds, f.roster, f.wars[ours][0].SeenAt = nil, faction.Roster{}, time.Time{}
	s := board(t, f)
	contains(t, read(t, s, f, "/war/4711"), "Score not read yet", "Attacks not read yet", "Nobody has done", "No attack of this war")
	contains(t, read(t, s, f, "/war/4711/chart.svg"), "No score yet")
	clear(f.wars)
	contains(t, read(t, s, f, "/war"), "No war yet")
}

func TestTheWarThatIsOnIsTheOneShown(t *testing.T) {
	f := aWar()
	past := war.War{ID: 1, Start: noon.Add(-1000 * time.Hour), End: noon.Add(-900 * time.Hour)}
	on := f.wars[ours][0]
	next := war.War{ID: 9, Start: noon.Add(time.Hour)}
	for want, wars := range map[string][]war.War{"/war/4711": {next, on, past}, "/war/9": {next, past}, "/war/1": {past}} {
		f.change(func() { f.wars[ours] = wars })
		w := get(board(t, f), f.link(faction.WebLink{Faction: ours}), "/war")
		if w.Code != http.StatusFound || w.Header().Get("Location") != want {
			t.Errorf("%d %s, want %s", w.Code, w.Header().Get("Location"), want)
		}
	}
}

func TestChartsAreDrawnForEveryScreen(t *testing.T) {
	f := aWar()
	s := board(t, f)
	page := read(t, s, f, "/war/4711")
	addresses := regexp.MustCompile(`(?:srcset|src)="(/war/[^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(addresses) != 8 {
		t.Fatalf("%d pictures, want 8", len(addresses))
	}
	seen := map[string]bool{}
	for _, a := range addresses {
		w := get(s, f.link(faction.WebLink{Faction: ours}), strings.ReplaceAll(a[1], "&amp;", "&"))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", a[1], w.Code, w.Header())
		}
		if strings.Contains(w.Header().Get("Cache-Control"), "public") {
			t.Errorf("%s may be kept for others", a[1])
		}
		if err := xml.Unmarshal(w.Body.Bytes(), new(struct{})); err != nil {
			t.Errorf("%s: %v", a[1], err)
		}
		seen[w.Body.String()] = true
	}
	if len(seen) != 8 {
		t.Errorf("%d different pictures, want 8", len(seen))
	}
}

func TestFilesAreKeptUntilTheyChange(t *testing.T) {
	s := board(t, aWar())
	page := get(s, "", "/").Body.String()
	for _, m := range regexp.MustCompile(`"(/static/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		w := get(s, "", m[1])
		etag := w.Header().Get("ETag")
		if w.Code != http.StatusOK || etag == "" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", m[1], w.Code, w.Header())
		}
		r := httptest.NewRequest(http.MethodGet, m[1], nil)
		r.Header.Set("If-None-Match", etag)
		again := httptest.NewRecorder()
		s.Handler().ServeHTTP(again, r)
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s again: %d", m[1], again.Code)
		}
	}
	if w := get(s, "", "/static/style.css?v=old"); w.Code != http.StatusOK || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("an old address: %d %v", w.Code, w.Header())
	}
	if w := get(s, "", "/static/..%2fserver.go"); w.Code == http.StatusOK {
		t.Error("a file that is no page's came out")
	}
}

func TestPagesTravelCompressed(t *testing.T) {
	f := aWar()
	s := board(t, f)
	plain := read(t, s, f, "/war/4711.json")
	r := httptest.NewRequest(http.MethodGet, "/war/4711.json", nil)
	r.Header.Set("Accept-Encoding", "gzip, br")
	r.AddCookie(&http.Cookie{Name: "consigliere", Value: f.link(faction.WebLink{Faction: ours})})
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() > len(plain)/2 {
		t.Fatalf("%v, %d bytes of %d", w.Header(), w.Body.Len(), len(plain))
	}
	z, err := gzip.NewReader(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != plain {
		t.Errorf("other content: %v", err)
	}
}

func TestManyReadersAreOneReading(t *testing.T) {
	f := aWar()
	s := board(t, f)
	for range 50 {
		read(t, s, f, "/war/4711")
	}
	if f.reads != 1 {
		t.Errorf("50 pages of one moment read the war %d times", f.reads)
	}
}
