package scoreboard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/scoreboard"
)

// pages are all addresses of one war.
func pages(id any) []string {
	var out []string
	for _, form := range []string{"/war/%v", "/war/%v?fragment=1", "/war/%v.json", "/war/%v.csv", "/war/%v/events", "/war/%v/chart.svg", "/war/%v/lead.svg"} {
		out = append(out, fmt.Sprintf(form, id))
	}
	return out
}

// press sends the button of a link.
func press(s *scoreboard.Server, token string, change ...func(*http.Request)) *http.Response {
	r := httptest.NewRequest(http.MethodPost, "/s/"+token, nil)
	for _, do := range change {
		do(r)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Result()
}

func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address + ":1234" }
}

func TestALinkShowsOneButtonAndAsksNothing(t *testing.T) {
	f := aWar()
	s := board(t, f)
	token := f.link(faction.WebLink{Faction: ours})
	w := get(s, "", "/s/"+token)
	if w.Code != http.StatusOK || strings.Count(w.Body.String(), "<button") != 1 {
		t.Errorf("got %d and %d buttons", w.Code, strings.Count(w.Body.String(), "<button"))
	}
	if len(w.Result().Cookies()) != 0 || f.asked != 0 {
		t.Error("looking at a link already used it")
	}
	if strings.Contains(w.Body.String(), token) {
		t.Error("the page repeats the token")
	}
}

func TestTheButtonRemembersTheLinkAndLeadsToItsPage(t *testing.T) {
	for page, want := range map[string]string{"": "/war", "war": "/war", "/war": "/war", "war/4711": "/war/4711", "/war/4711": "/war/4711", "4711": "/war/4711", "https://evil.example": "/war"} {
		f := aWar()
		token := f.link(faction.WebLink{Faction: ours, Page: page, Expires: noon.Add(time.Hour)})
		answer := press(board(t, f), token)
		if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != want {
			t.Errorf("page %q: %d to %s, want %s", page, answer.StatusCode, answer.Header.Get("Location"), want)
		}
		c := answer.Cookies()[0]
		if c.Name != "consigliere" || c.Value != token || !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 3600 {
			t.Errorf("cookie %v", c)
		}
	}
}

func TestUnderHTTPSTheCookieBelongsToThisHostAlone(t *testing.T) {
	f := aWar()
	s := board(t, f, func(c *scoreboard.Config) { c.PublicURL, c.Speed = "https://war.example", 60 })
	token := f.link(faction.WebLink{Faction: ours, Expires: noon.Add(time.Hour)})
	answer := press(s, token)
	c := answer.Cookies()[0]
	if c.Name != "__Host-consigliere" || !c.Secure || c.Domain != "" || c.Path != "/" {
		t.Errorf("cookie %v", c)
	}
	if c.MaxAge != 60 {
		t.Errorf("an hour of a clock that runs 60 times as fast lasts %d s, want 60", c.MaxAge)
	}
	if answer.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
}

func TestALinkThatDoesNotWorkSaysWhatToDo(t *testing.T) {
	f := aWar()
	expired := f.link(faction.WebLink{Faction: ours, Expires: noon.Add(-time.Second)})
	revoked := f.link(faction.WebLink{Faction: ours, Revoked: true})
	unknown, _ := scoreboard.NewToken()
	for name, token := range map[string]string{"expired": expired, "revoked": revoked, "unknown": unknown, "cut short": expired[:20]} {
		s := board(t, f) // each a server that has seen no wrong link yet
		answer := press(s, token)
		if answer.StatusCode != http.StatusUnauthorized || len(answer.Cookies()) != 0 {
			t.Errorf("%s: %d, cookies %v", name, answer.StatusCode, answer.Cookies())
		}
		for _, page := range append(pages(warID), "/war") {
			w := get(s, token, page)
			if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "/web link") {
				t.Errorf("%s, %s: %d %s", name, page, w.Code, w.Body)
			}
		}
	}
	if w := get(board(t, f), "", "/s/nonsense"); w.Code != http.StatusUnauthorized {
		t.Errorf("a malformed link: %d", w.Code)
	}
}

func TestWithoutALinkNothingIsShown(t *testing.T) {
	f := aWar()
	s := board(t, f)
	for _, page := range append(pages(warID), "/war") {
		w := get(s, "", page)
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "/web link") || strings.Contains(w.Body.String(), "Night Watch") {
			t.Errorf("%s: %d %s", page, w.Code, w.Body)
		}
	}
	if f.reads != 0 {
		t.Error("the data was read for nobody")
	}
}

func TestAnotherFactionsWarIsAsIfItDidNotExist(t *testing.T) {
	f := aWar()
	s := board(t, f)
	ourToken, theirToken := f.link(faction.WebLink{Faction: ours}), f.link(faction.WebLink{Faction: theirs})
	// Ours is read first, so that it is there for whoever might be shown it by mistake.
	for _, page := range pages(warID)[:4] {
		if w := get(s, ourToken, page); w.Code != http.StatusOK {
			t.Fatalf("%s: %d", page, w.Code)
		}
	}
	none := pages(999999)
	for i, page := range pages(warID) {
		foreign, missing := get(s, theirToken, page), get(s, theirToken, none[i])
		if foreign.Code != http.StatusNotFound || missing.Code != http.StatusNotFound {
			t.Errorf("%s: %d, nonexistent %d", page, foreign.Code, missing.Code)
		}
		if foreign.Body.String() != missing.Body.String() {
			t.Errorf("%s tells the two apart", page)
		}
	}
	for _, page := range pages(warID + 1) {
		if w := get(s, ourToken, page); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "Secret") {
			t.Errorf("%s: %d", page, w.Code)
		}
	}
	if w := get(s, theirToken, "/war"); w.Header().Get("Location") != "/war/4712" {
		t.Errorf("their link leads to %s", w.Header().Get("Location"))
	}
}

func TestTheLastLinkOfABrowserCounts(t *testing.T) {
	f := aWar()
	s := board(t, f)
	first, second := press(s, f.link(faction.WebLink{Faction: ours})), press(s, f.link(faction.WebLink{Faction: theirs}))
	if a, b := first.Cookies()[0], second.Cookies()[0]; a.Name != b.Name || a.Path != b.Path {
		t.Errorf("the second link does not replace the first: %v, %v", a, b)
	}
}

func TestAFormOnAnotherSiteOpensNothing(t *testing.T) {
	f := aWar()
	s := board(t, f)
	token := f.link(faction.WebLink{Faction: ours})
	answer := press(s, token, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if answer.StatusCode != http.StatusForbidden || len(answer.Cookies()) != 0 {
		t.Errorf("%d, %v", answer.StatusCode, answer.Cookies())
	}
}

func TestGuessingStopsAtTheDoor(t *testing.T) {
	f := aWar()
	s := board(t, f)
	guess := func(change ...func(*http.Request)) int {
		token, _ := scoreboard.NewToken()
		return press(s, token, change...).StatusCode
	}
	for range 20 {
		if code := guess(from("203.0.113.7")); code != http.StatusUnauthorized {
			t.Fatalf("a first guess: %d", code)
		}
	}
	if code := guess(from("203.0.113.7")); code != http.StatusTooManyRequests {
		t.Errorf("one guess more: %d", code)
	}
	forged := func(r *http.Request) { r.Header.Set("X-Forwarded-For", "198.51.100.1") }
	if code := guess(from("203.0.113.7"), forged); code != http.StatusTooManyRequests {
		t.Errorf("a forged header lets a guesser in again: %d", code)
	}
	for range 20 {
		guess(from("10.0.0.7"), forged)
	}
	if code := guess(from("10.0.0.7")); code != http.StatusTooManyRequests {
		t.Errorf("a header is believed of anybody in a private network: %d", code)
	}
	working := f.link(faction.WebLink{Faction: ours})
	if code := press(s, working, from("203.0.113.8")).StatusCode; code != http.StatusSeeOther {
		t.Errorf("somebody else is locked out: %d", code)
	}
	f.change(func() { f.now = f.now.Add(7 * time.Second) })
	if code := guess(from("203.0.113.7")); code != http.StatusUnauthorized {
		t.Errorf("after a while: %d", code)
	}
}

func TestAGuesserLocksNobodyOutBehindTheSameAddress(t *testing.T) {
	f := aWar()
	s := board(t, f)
	old, revoked := f.link(faction.WebLink{Faction: ours}), f.link(faction.WebLink{Faction: ours})
	for _, token := range []string{old, revoked} {
		if code := press(s, token).StatusCode; code != http.StatusSeeOther {
			t.Fatalf("a link that works: %d", code)
		}
	}
	for range 40 {
		token, _ := scoreboard.NewToken()
		press(s, token)
	}
	for i := range 30 {
		if w := get(s, old, "/war/4711"); w.Code != http.StatusOK {
			t.Fatalf("page %d of a link that worked before: %d", i, w.Code)
		}
	}
	if code := press(s, f.link(faction.WebLink{Faction: ours})).StatusCode; code != http.StatusSeeOther {
		t.Errorf("a link that was not used before: %d", code)
	}
	f.revoke(2)
	if code := press(s, revoked).StatusCode; code != http.StatusTooManyRequests {
		t.Errorf("a link that was revoked: %d", code)
	}
}

// slowLinks is a database that takes a second to look a token up.
type slowLinks struct {
	*fake
	now, most atomic.Int32 // look-ups at a time
}

func (l *slowLinks) ResolveWebLink(ctx context.Context, hash []byte, now time.Time) (faction.WebLink, bool, error) {
	n := l.now.Add(1)
	defer l.now.Add(-1)
	for most := l.most.Load(); n > most && !l.most.CompareAndSwap(most, n); most = l.most.Load() {
	}
	time.Sleep(time.Second)
	return l.fake.ResolveWebLink(ctx, hash, now)
}

func TestAFloodOfGuessesCostsFewLookUpsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		links := &slowLinks{fake: f}
		s := board(t, f, func(c *scoreboard.Config) { c.Links = links })
		known := f.link(faction.WebLink{Faction: ours})
		press(s, known)
		guess := func() int {
			token, _ := scoreboard.NewToken()
			return press(s, token).StatusCode
		}
		for range 20 {
			guess()
		}
		links.most.Store(0)
		var codes [200]int
		var all sync.WaitGroup
		for i := range codes {
			all.Go(func() { codes[i] = guess() })
		}
		synctest.Wait()
		began := time.Now()
		if code := press(s, known).StatusCode; code != http.StatusSeeOther || time.Since(began) != time.Second {
			t.Errorf("a link that worked lately: %d after %s", code, time.Since(began))
		}
		all.Wait()
		if took := time.Since(began); took > 12*time.Second {
			t.Errorf("guesses waited %s", took)
		}
		for _, code := range codes {
			if code != http.StatusTooManyRequests {
				t.Errorf("a guess of the flood: %d", code)
			}
		}
		if most := links.most.Load(); most > 3 { // two guesses and the link that works
			t.Errorf("%d look-ups at a time", most)
		}
	})
}

func TestBehindAProxyEveryClientCountsAlone(t *testing.T) {
	s := board(t, aWar())
	via := func(client string) func(*http.Request) {
		return func(r *http.Request) {
			r.RemoteAddr = "127.0.0.1:9999"
			r.Header.Set("X-Forwarded-For", "10.9.8.7, "+client)
		}
	}
	token, _ := scoreboard.NewToken()
	for range 25 {
		press(s, token, via("203.0.113.7"))
	}
	if code := press(s, token, via("203.0.113.7")).StatusCode; code != http.StatusTooManyRequests {
		t.Errorf("the guesser: %d", code)
	}
	if code := press(s, token, via("203.0.113.8")).StatusCode; code != http.StatusUnauthorized {
		t.Errorf("another client: %d", code)
	}
	// One IPv6 network is one guesser.
	for i := range 25 {
		press(s, token, via(fmt.Sprintf("2001:db8::%x", i+1)))
	}
	if code := press(s, token, via("2001:db8::ffff")).StatusCode; code != http.StatusTooManyRequests {
		t.Errorf("another address of the guesser's network: %d", code)
	}
}

func TestABusyFactionIsNeverTakenForAGuesser(t *testing.T) {
	f := aWar()
	s := board(t, f)
	token := f.link(faction.WebLink{Faction: ours})
	for i := range 300 {
		if w := get(s, token, "/war/4711"); w.Code != http.StatusOK {
			t.Fatalf("request %d: %d", i, w.Code)
		}
	}
}

func TestADatabaseThatIsAwayIsSaidPlainly(t *testing.T) {
	f := aWar()
	s := board(t, f)
	token := f.link(faction.WebLink{Faction: ours})
	f.change(func() {
		f.err = &faction.Error{Kind: faction.Unavailable, Say: "The database does not answer.", Err: errors.New("dial tcp secret-host: refused")}
	})
	for _, page := range append(pages(warID), "/war") {
		w := get(s, token, page)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "does not answer") {
			t.Errorf("%s: %d %s", page, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "secret-host") {
			t.Errorf("%s shows the cause", page)
		}
	}
	f.change(func() { f.err = errors.New("pq: secret") })
	if w := get(s, token, "/war/4711"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("an unknown failure: %d %s", w.Code, w.Body)
	}
}

func TestHealthAndReadinessAreForEverybody(t *testing.T) {
	synctest.Test(t, healthAndReadiness)
}

func healthAndReadiness(t *testing.T) {
	checks := []scoreboard.Check{{Name: "database", OK: true}, {Name: "feed attacks", OK: true, Detail: "4 s ago"}}
	s := board(t, aWar(), func(c *scoreboard.Config) { c.Ready = func(context.Context) []scoreboard.Check { return checks } })
	if w := get(s, "", "/healthz"); w.Code != http.StatusOK {
		t.Errorf("/healthz: %d", w.Code)
	}
	if w := get(s, "", "/readyz"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"ready": true`) || !strings.Contains(w.Body.String(), "4 s ago") {
		t.Errorf("/readyz: %d %s", w.Code, w.Body)
	}
	time.Sleep(time.Second) // so long an answer lasts
	checks[0] = scoreboard.Check{Name: "database", Detail: "no answer"}
	if w := get(s, "", "/readyz"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"ready": false`) || !strings.Contains(w.Body.String(), "no answer") {
		t.Errorf("/readyz: %d %s", w.Code, w.Body)
	}
}

func TestAFloodOfQuestionsCostsOneLookASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int32
		s := board(t, aWar(), func(c *scoreboard.Config) {
			c.Ready = func(ctx context.Context) []scoreboard.Check {
				looks.Add(1)
				time.Sleep(100 * time.Millisecond)
				return []scoreboard.Check{{Name: "database", OK: ctx.Err() == nil}}
			}
		})
		flood := func() {
			// The first to ask leaves before the answer: that harms nobody else.
			ctx, leave := context.WithCancel(t.Context())
			var all sync.WaitGroup
			all.Go(func() {
				s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/readyz", nil))
			})
			synctest.Wait()
			leave()
			for range 50 {
				all.Go(func() {
					if w := get(s, "", "/readyz"); w.Code != http.StatusOK {
						t.Errorf("%d %s", w.Code, w.Body)
					}
				})
			}
			all.Wait()
		}
		flood()
		flood()
		if n := looks.Load(); n != 1 {
			t.Errorf("%d looks in one second", n)
		}
		time.Sleep(time.Second)
		flood()
		if n := looks.Load(); n != 2 {
			t.Errorf("%d looks in two seconds", n)
		}
	})
}

func TestTokensAreDifferentAndLong(t *testing.T) {
	a, hashA := scoreboard.NewToken()
	b, hashB := scoreboard.NewToken()
	if a == b || len(a) != 43 || len(hashA) != 32 || string(hashA) == string(hashB) {
		t.Errorf("%s %s", a, b)
	}
	if got := scoreboard.LinkURL("https://war.example/", a); got != "https://war.example/s/"+a {
		t.Error(got)
	}
}
