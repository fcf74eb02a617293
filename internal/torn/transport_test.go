package torn_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

func status(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = w.Write([]byte(text))
	}
}

func hijack(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = conn.Write([]byte(answer))
			_ = conn.Close()
		}
	}
}

const goodChain = `{"chain":{"id":4,"current":12,"max":25,"timeout":200,"modifier":1.1,"cooldown":0,"start":100,"end":400}}`

func TestBadAnswersOfEverySortBecomeTheirError(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
		tries  int
	}{
		{"a web page with status 200", status(200, "<!doctype html><h1>Maintenance</h1>"), torn.ErrUnreachable, 3},
		{"an empty answer", status(200, ""), torn.ErrUnreachable, 3},
		{"blanks alone", status(200, " \n "), torn.ErrUnreachable, 3},
		{"JSON that stops half way", status(200, goodChain[:40]), torn.ErrUnreachable, 3},
		{"a connection cut in mid-body", hijack("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + goodChain), torn.ErrUnreachable, 3},
		{"a connection closed without an answer", hijack(""), torn.ErrUnreachable, 3},
		{"an answer that is not HTTP", hijack("SSH-2.0-OpenSSH\r\n"), torn.ErrUnreachable, 3},
		{"HTTP 500", status(500, "oops"), torn.ErrUnreachable, 3},
		{"HTTP 502 with a page", status(502, "<html>"), torn.ErrUnreachable, 3},
		{"HTTP 503 with JSON", status(503, "{}"), torn.ErrUnreachable, 3},
		{"HTTP 403 with a page", status(403, "<html>"), torn.ErrUnreachable, 3},
		{"HTTP 404", status(404, "not found"), torn.ErrShape, 1},
		{"a redirect", status(302, ""), torn.ErrShape, 1},
		{"a JSON list", status(200, "[1,2]"), torn.ErrShape, 1},
		{"a JSON string", status(200, `"chain"`), torn.ErrShape, 1},
		{"null", status(200, "null"), torn.ErrShape, 1},
		{"another object", status(200, `{"chains":{}}`), torn.ErrShape, 1},
		{"a list where an object belongs", status(200, `{"chain":[{"id":1}]}`), torn.ErrShape, 1},
		{"a word where a number belongs", status(200, `{"chain":{"current":"many"}}`), torn.ErrShape, 1},
		{"an error that is none", status(200, `{"error":"nope"}`), torn.ErrShape, 1},
		{"a body of 10 MB", status(200, `{"chain":{"id":1,"pad":"`+strings.Repeat("x", 10<<20)+`"}}`), torn.ErrShape, 1},
		{"HTTP 429", status(429, "slow down"), torn.ErrBlocked, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.answer)
			_, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
			if !errors.Is(err, tc.want) {
				t.Errorf("got %v, not %v", err, tc.want)
			}
			if faction.KindOf(err) != faction.Unavailable {
				t.Errorf("its kind is %d", faction.KindOf(err))
			}
			// net/http repeats a request whose connection was closed before an answer.
			if n := len(r.requests()); n < tc.tries || n > 2*tc.tries {
				t.Errorf("asked %d times, not %d", n, tc.tries)
			}
			if err != nil && (strings.Contains(err.Error(), testKey) || strings.Contains(err.Error(), "127.0.0.1:") && strings.Contains(err.Error(), "/v2/")) {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

func TestAHugeBodyIsNotReadIntoMemory(t *testing.T) {
	const size = 256 << 20
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		pad := []byte(strings.Repeat("x", 1<<20))
		for range size >> 20 {
			if _, err := w.Write(pad); err != nil {
				return
			}
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, torn.ErrShape) {
		t.Errorf("got %v", err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 100<<20 {
		t.Errorf("%d MiB were allocated", got>>20)
	}
}

func TestAPassingFaultIsTriedAgainAfterAPause(t *testing.T) {
	n := 0
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) {
		if n++; n < 3 {
			status(502, "<html>")(w, q)
			return
		}
		body(goodChain)(w, q)
	})
	c, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
	if err != nil || c.Current != 12 {
		t.Errorf("read %+v, %v", c, err)
	}
	if r.clock.slept < 300*time.Millisecond || r.clock.slept > 10*time.Second {
		t.Errorf("paused %s between three tries", r.clock.slept)
	}
}

func TestASlowAnswerIsAPassingFaultAndACallerWhoLeavesIsNot(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		select {
		case <-hang:
		case <-q.Context().Done():
		}
	}))
	t.Cleanup(srv.Close)
	slow := *srv.Client()
	slow.Timeout = 30 * time.Millisecond
	for name, tc := range map[string]struct {
		http *http.Client
		want error
	}{"slow": {&slow, torn.ErrUnreachable}, "left": {srv.Client(), context.DeadlineExceeded}} {
		c, err := torn.New(torn.Config{BaseURL: srv.URL, HTTP: tc.http, Budget: &openBudget{}, Clock: newStepClock()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		_, err = c.Chain(ctx, key(), torn.Options{}, 0)
		cancel()
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), srv.URL) {
			t.Errorf("%s: the address is in %v", name, err)
		}
	}
}

func TestAKeyDoesNotFollowARedirect(t *testing.T) {
	followed := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	t.Cleanup(other.Close)
	r := newRig(t, func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, other.URL, http.StatusFound) })
	_, err := r.Chain(t.Context(), key(), torn.Options{}, 0)
	if followed || !errors.Is(err, torn.ErrShape) {
		t.Errorf("followed: %t, %v", followed, err)
	}
}

func TestARequestCarriesTheKeyInItsHeaderOnly(t *testing.T) {
	r := newRig(t, body(`{"attacks":[],"_metadata":{"links":{"next":null,"prev":null}}}`))
	_, err := r.Attacks(t.Context(), key(), torn.Options{Fresh: true, Priority: torn.Interactive},
		torn.AttacksQuery{Sort: torn.Newest, From: 4, To: 10, Limit: 100, IDs: true})
	if err != nil {
		t.Fatal(err)
	}
	q := r.requests()[0]
	want := url.Values{
		"comment": {"consigliere"}, "filters": {"idFilter"}, "from": {"4"}, "to": {"10"},
		"limit": {"100"}, "sort": {"DESC"}, "timestamp": {"1787227230"},
	}
	if q.Method != http.MethodGet || q.URL.Path != "/v2/faction/attacks" || q.URL.RawQuery != want.Encode() {
		t.Errorf("asked %s %s?%s", q.Method, q.URL.Path, q.URL.RawQuery)
	}
	if a := q.Header.Get("Authorization"); a != "ApiKey "+testKey {
		t.Errorf("authorization %q", a)
	}
	if ua := q.Header.Get("User-Agent"); !strings.HasPrefix(ua, "consigliere") {
		t.Errorf("user agent %q", ua)
	}
	if len(r.budget.ranks) != 1 || r.budget.ranks[0] != int(torn.Interactive) {
		t.Errorf("asked the budget with ranks %v", r.budget.ranks)
	}
}

func TestAClientNeedsAnAddressABudgetAndAClock(t *testing.T) {
	good := torn.Config{BaseURL: "https://api.torn.com/v2/", Budget: &openBudget{}, Clock: newStepClock()}
	if _, err := torn.New(good); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(*torn.Config){
		func(c *torn.Config) { c.BaseURL = "" }, func(c *torn.Config) { c.BaseURL = "ftp://x" }, func(c *torn.Config) { c.BaseURL = "api.torn.com" },
		func(c *torn.Config) { c.Budget = nil }, func(c *torn.Config) { c.Clock = nil },
	} {
		c := good
		spoil(&c)
		if _, err := torn.New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}
