package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

// browser is somebody with a link to the scoreboard.
type browser struct {
	t      *testing.T
	url    string
	cookie *http.Cookie
}

// open opens a faction's link as people do.
func (w *tenancy) open(url string, id faction.ID) *browser {
	w.t.Helper()
	b := &browser{t: w.t, url: url}
	res, _ := b.do(http.MethodPost, "/s/"+w.tokens[id])
	if len(res.Cookies()) != 1 {
		w.t.Fatalf("opening the link of faction %d gave %s and no cookie", id, res.Status)
	}
	b.cookie = res.Cookies()[0]
	return b
}

func (b *browser) request(ctx context.Context, method, path string) *http.Request {
	b.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.cookie != nil {
		req.AddCookie(b.cookie)
	}
	return req
}

func (b *browser) do(method, path string) (*http.Response, string) {
	b.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second) // live updates that are open to us would never end
	defer cancel()
	res, err := client.Do(b.request(ctx, method, path))
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatalf("%s does not end: %v", path, err)
	}
	return res, string(body)
}

// choices are what a page's form may send beside its address.
var choices = regexp.MustCompile(`<option value="(\d+)"`)

var addresses = regexp.MustCompile(`(?:href|src|srcset|action|data-[a-z-]+)="(/[^"]*)"`)

// walk follows every address of every page from the first on.
func (b *browser) walk(look func(path string, res *http.Response, body string)) []string {
	b.t.Helper()
	var seen []string
	for todo := []string{"/", "/war"}; len(todo) > 0; todo = todo[1:] {
		path := todo[0]
		if slices.Contains(seen, path) || strings.HasSuffix(path, "/events") || strings.HasPrefix(path, "/static/") || len(seen) > 300 {
			continue
		}
		seen = append(seen, path)
		res, body := b.do(http.MethodGet, path)
		look(path, res, body)
		if to := res.Header.Get("Location"); strings.HasPrefix(to, "/") {
			todo = append(todo, to)
		}
		if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			for _, m := range addresses.FindAllStringSubmatch(body, -1) {
				todo = append(todo, strings.ReplaceAll(strings.Fields(m[1])[0], "&amp;", "&"))
			}
			for _, m := range choices.FindAllStringSubmatch(body, -1) {
				todo = append(todo, strings.SplitN(path, "?", 2)[0]+"?squad="+m[1])
			}
		}
	}
	return seen
}

// Every page, file and picture that is found from ours by following all addresses
// holds nothing of theirs, and their war is one that does not exist.
func TestNothingCrossesTwoFactionsOnAnyPage(t *testing.T) {
	w := newTenancy(t)
	server := httptest.NewServer(w.app.Board().Handler())
	defer server.Close()
	us, them := w.open(server.URL, ours), w.open(server.URL, theirs)
	before := w.rowsOf(theirs)
	shown := 0
	them.walk(func(_ string, res *http.Response, body string) {
		if res.StatusCode == http.StatusOK && foreign(body) != "" {
			shown++
		}
	})
	if shown < 3 {
		t.Errorf("only %d of their own pages show their marks", shown)
	}
	pages := us.walk(func(path string, res *http.Response, body string) {
		w.clean(path, body+fmt.Sprint(res.Header))
		if strings.Contains(body, title) {
			t.Errorf("%s names the other faction", path)
		}
	})
	kinds := strings.Join(pages, " ")
	for _, want := range []string{fmt.Sprintf("/war/%d", sharedWar), "squad=500", ".csv?squad=500", "csv", "json", ".svg"} {
		if !strings.Contains(kinds, want) {
			t.Errorf("no page leads to %q, only %v", want, pages)
		}
	}
	here := fmt.Sprint(sharedWar)
	for _, path := range append(pages, "/war/"+here+"/events") {
		if !strings.Contains(path, here) {
			continue
		}
		theirRes, theirBody := us.do(http.MethodGet, strings.ReplaceAll(path, here, fmt.Sprint(theirWar)))
		noRes, noBody := us.do(http.MethodGet, strings.ReplaceAll(path, here, fmt.Sprint(noWar)))
		if theirRes.StatusCode != http.StatusNotFound || noRes.StatusCode != theirRes.StatusCode ||
			strings.ReplaceAll(theirBody, fmt.Sprint(theirWar), "N") != strings.ReplaceAll(noBody, fmt.Sprint(noWar), "N") {
			t.Errorf("%s: their war gave %s, one that nobody has %s", path, theirRes.Status, noRes.Status)
		}
	}
	for _, ending := range []string{"", ".json", ".csv"} {
		squad := func(b *browser, id int) (int, string) {
			res, body := b.do(http.MethodGet, fmt.Sprintf("/war/%d%s?squad=%d", sharedWar, ending, id))
			return res.StatusCode, body
		}
		theirStatus, theirBody := squad(us, theirSquad)
		noStatus, noBody := squad(us, noSquad)
		if own, _ := squad(them, theirSquad); own != http.StatusOK || theirStatus != http.StatusNotFound || noStatus != theirStatus || theirBody != noBody {
			t.Errorf("a squad of theirs gave them %d and us %d, one that nobody has %d", own, theirStatus, noStatus)
		}
	}
	w.unchanged(before)
	w.keepsToItself()
}

// stream reads the lines of a page's live updates.
func (b *browser) stream(ctx context.Context, path string) func(want string) string {
	b.t.Helper()
	res, err := http.DefaultClient.Do(b.request(ctx, http.MethodGet, path))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	return func(want string) string {
		b.t.Helper()
		var read strings.Builder
		for lines.Scan() {
			read.WriteString(lines.Text() + "\n")
			if lines.Text() == "event: "+want {
				return read.String()
			}
		}
		b.t.Fatalf("the live updates ended before %q: %s (%v)", want, read.String(), lines.Err())
		return ""
	}
}

func TestLiveUpdatesHearNothingOfAnotherFaction(t *testing.T) {
	w := newTenancy(t)
	server := httptest.NewServer(w.app.Board().Handler())
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	page := fmt.Sprintf("/war/%d/events", sharedWar)
	us, them := w.open(server.URL, ours).stream(ctx, page), w.open(server.URL, theirs).stream(ctx, page)
	us("state")
	them("state")
	// A hit of theirs: they hear of it. Then one of ours. A stream that was woken in
	// between would have said that it is still there.
	for _, hit := range []struct {
		of   faction.ID
		hear func(string) string
	}{{theirs, them}, {ours, us}} {
		_, err := w.owner.Exec(ctx, "update ranked_wars set our_score = our_score + 1 where faction_id = $1", hit.of)
		w.must(err)
		w.app.Board().Changed(feed.Change{Faction: hit.of, Topic: "war"})
		if heard := hit.hear("change"); hit.of == ours && strings.Contains(heard, "still here") {
			t.Errorf("our page was woken by another faction's hit: %s", heard)
		}
	}
}
