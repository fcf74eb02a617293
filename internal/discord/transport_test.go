package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"consigliere/internal/chat"
)

const testToken = "bot-token-that-must-not-leak"

// scripted answers each request with the next step; the last one repeats.
type scripted struct {
	t     *testing.T
	mu    sync.Mutex
	steps []http.HandlerFunc
	seen  []string // bodies
	paths []string
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.seen = append(s.seen, string(body))
	s.paths = append(s.paths, r.Method+" "+r.URL.RequestURI())
	step := s.steps[0]
	if len(s.steps) > 1 {
		s.steps = s.steps[1:]
	}
	s.mu.Unlock()
	if got := r.Header.Get("Authorization"); got != "Bot "+testToken {
		s.t.Errorf("authorization %q", got)
	}
	step(w, r)
}

func (s *scripted) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func hangsUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func cutsShort(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "500")
	io.WriteString(w, `{"id":`)
}

func restSession(t *testing.T, steps ...http.HandlerFunc) (*Session, *scripted) {
	t.Helper()
	script := &scripted{t: t, steps: steps}
	srv := httptest.NewServer(script)
	s, err := New(Config{Token: testToken, APIBase: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	s.transport.backoff = time.Millisecond
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		srv.Close()
	})
	return s, script
}

var hello = chat.Message{Content: "hello"}

func TestASendIsRepeatedOnlyWhenTheNonceMakesItSafe(t *testing.T) {
	t.Parallel()
	ok := says(200, `{"id":"77"}`)
	for _, tt := range []struct {
		name  string
		nonce string
		steps []http.HandlerFunc
		want  error
		calls int
	}{
		{"lost answer with a nonce", "n1", []http.HandlerFunc{hangsUp, ok}, nil, 2},
		{"answer cut short with a nonce", "n1", []http.HandlerFunc{cutsShort, ok}, nil, 2},
		{"502 with a nonce", "n1", []http.HandlerFunc{says(502, "bad gateway"), ok}, nil, 2},
		{"lost answer without one", "", []http.HandlerFunc{hangsUp, ok}, ErrUnknownOutcome, 1},
		{"answer cut short without one", "", []http.HandlerFunc{cutsShort, ok}, ErrUnknownOutcome, 1},
		{"502 without one", "", []http.HandlerFunc{says(502, "bad gateway"), ok}, ErrUnknownOutcome, 1},
		{"503 without one", "", []http.HandlerFunc{says(503, "not now"), ok}, nil, 2},
		{"answer that is no JSON", "", []http.HandlerFunc{says(200, "<html>")}, ErrUnknownOutcome, 1},
		{"always lost", "n1", []http.HandlerFunc{hangsUp}, ErrUnknownOutcome, maxAttempts},
		{"always 503", "n1", []http.HandlerFunc{says(503, "")}, ErrTransient, maxAttempts},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, script := restSession(t, tt.steps...)
			id, err := s.Send(t.Context(), "1", hello, tt.nonce)
			if !errors.Is(err, tt.want) || (tt.want == nil && id != "77") {
				t.Errorf("id %q, error %v, want %v", id, err, tt.want)
			}
			if n := script.count(); n != tt.calls {
				t.Errorf("%d requests, want %d", n, tt.calls)
			}
		})
	}
}

func TestASendNamesItsNonceAndMentions(t *testing.T) {
	t.Parallel()
	s, script := restSession(t, says(200, `{"id":"77"}`))
	if _, err := s.Send(t.Context(), "1", hello, "n1"); err != nil {
		t.Fatal(err)
	}
	diffJSON(t, script.seen[0], `{"content":"hello","embeds":[],"components":[],"nonce":"n1","enforce_nonce":true,
		"allowed_mentions":{"parse":[],"replied_user":false}}`)
	if _, err := s.Send(t.Context(), "1", hello, text(26)); !errors.Is(err, ErrInvalid) {
		t.Errorf("a nonce of 26 characters: %v", err)
	}
}

func TestEditsAreRepeatedAndNeverInDoubt(t *testing.T) {
	t.Parallel()
	s, _ := restSession(t, hangsUp, says(502, ""), says(200, `{}`))
	if err := s.Edit(t.Context(), "1", "2", hello); err != nil {
		t.Error(err)
	}
	s, _ = restSession(t, hangsUp)
	if err := s.Edit(t.Context(), "1", "2", hello); !errors.Is(err, ErrTransient) {
		t.Errorf("got %v", err)
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
		want   error
	}{
		{404, `{"code":10003,"message":"Unknown Channel"}`, ErrGone},
		{404, `{"code":10008,"message":"Unknown Message"}`, ErrGone},
		{403, `{"code":50001,"message":"Missing Access"}`, ErrForbidden},
		{403, `{"code":50013,"message":"Missing Permissions"}`, ErrForbidden},
		{400, `{"code":50035,"message":"Invalid Form Body","errors":{"content":{}}}`, ErrInvalid},
		{413, `<html>`, ErrInvalid},
		{401, `{"code":0,"message":"401: Unauthorized"}`, ErrUnauthorized},
	} {
		s, script := restSession(t, says(tt.status, tt.body))
		_, err := s.Send(t.Context(), "1", hello, "n")
		if !errors.Is(err, tt.want) {
			t.Errorf("%d %s: got %v, want %v", tt.status, tt.body, err, tt.want)
		}
		for _, other := range []error{ErrGone, ErrForbidden, ErrInvalid, ErrUnauthorized, ErrTransient, ErrUnknownOutcome} {
			if !errors.Is(other, tt.want) && errors.Is(err, other) {
				t.Errorf("%d %s is also %v", tt.status, tt.body, other)
			}
		}
		if script.count() != 1 {
			t.Errorf("%d was repeated", tt.status)
		}
	}
}

func TestWhatBreaksALimitIsNotSent(t *testing.T) {
	t.Parallel()
	s, script := restSession(t, says(200, `{"id":"1"}`))
	_, err := s.Send(t.Context(), "1", chat.Message{Content: text(2001)}, "n")
	if !errors.Is(err, ErrInvalid) || script.count() != 0 {
		t.Errorf("%v after %d requests", err, script.count())
	}
	for _, id := range []string{"", "../users/@me", "-1"} {
		if _, err := s.Send(t.Context(), id, hello, "n"); !errors.Is(err, ErrInvalid) || script.count() != 0 {
			t.Errorf("channel %q: %v after %d requests", id, err, script.count())
		}
	}
}

func TestAGlobalRateLimitHoldsEveryRoute(t *testing.T) {
	t.Parallel()
	const hold = 400 * time.Millisecond
	s, _ := restSession(t,
		says(429, `{"message":"x","retry_after":0.4,"global":true}`, "X-RateLimit-Global", "true"),
		says(200, `{"id":"5"}`))
	start := time.Now()
	first := make(chan error, 1)
	go func() { _, err := s.Send(t.Context(), "1", hello, "n"); first <- err }()
	waitUntil(t, func() bool { return s.transport.limits.take("another route", false) > 0 })
	if _, err := s.Channel(t.Context(), "2"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < hold-50*time.Millisecond {
		t.Errorf("another route was used after %v", took)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestInteractionsAreNotHeldByTheBotsGlobalLimit(t *testing.T) {
	t.Parallel()
	l := newLimits()
	l.pause(time.Hour, false)
	if w := l.take("x", true); w != 0 {
		t.Errorf("an answer to an interaction waits %v", w)
	}
	if w := l.take("x", false); w < 59*time.Minute {
		t.Errorf("another call waits %v", w)
	}
	l.pause(time.Hour, true) // banned at the edge: everything waits
	if w := l.take("x", true); w < 59*time.Minute {
		t.Errorf("during a ban an answer waits %v", w)
	}
}

func TestARateLimitThatIsNoJSONHoldsEverything(t *testing.T) {
	t.Parallel()
	s, _ := restSession(t, says(429, "<html>Error 1015</html>", "Retry-After", "30"))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	start := time.Now()
	_, err := s.Send(ctx, "1", hello, "n")
	if !errors.Is(err, ErrTransient) || RetryAfter(err) < 29*time.Second {
		t.Errorf("got %v, retry after %v", err, RetryAfter(err))
	}
	if time.Since(start) > time.Second {
		t.Error("waited for a pause that is longer than the caller's deadline")
	}
	if w := s.transport.limits.take("x", true); w < 25*time.Second {
		t.Errorf("an answer to an interaction waits only %v", w)
	}
}

func TestARoutesWindowIsLearnedAndKept(t *testing.T) {
	t.Parallel()
	s, script := restSession(t, says(200, `{"id":"5"}`, "X-RateLimit-Limit", "1", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset-After", "0.5"))
	start := time.Now()
	for range 2 {
		if _, err := s.Channel(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took < 450*time.Millisecond {
		t.Errorf("the second call went out after %v", took)
	}
	start = time.Now()
	if _, err := s.Channel(t.Context(), "2"); err != nil { // another channel, another bucket
		t.Fatal(err)
	}
	if took := time.Since(start); took > 300*time.Millisecond {
		t.Errorf("another channel waited %v", took)
	}
	if script.count() != 3 {
		t.Errorf("%d requests", script.count())
	}
}

func TestAContextEndsTheWaitForARateLimit(t *testing.T) {
	t.Parallel()
	s, _ := restSession(t, says(200, `{"id":"5"}`))
	s.transport.limits.block(newCall(http.MethodGet, "/channels/{channel}", "1").bucket, 30*time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := s.Channel(ctx, "1"); done <- err }()
	time.AfterFunc(50*time.Millisecond, cancel)
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrTransient) {
			t.Errorf("got %v", err)
		}
	case <-time.After(3 * time.Second):
		t.Fatal("the wait did not end")
	}
}

// Measured where calls are let through, in a time of its own: when they arrive is up to
// the machine.
func TestTheBotStaysBelowFiftyRequestsASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimits()
		var mu sync.Mutex
		var at []time.Time
		var wg sync.WaitGroup
		for i := range 170 {
			wg.Go(func() {
				if _, err := l.admit(t.Context(), newCall(http.MethodGet, "/channels/{channel}", fmt.Sprint(i+1)).bucket, false); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				at = append(at, time.Now())
			})
		}
		wg.Wait()
		for i := range at {
			if i >= 50 && at[i].Sub(at[i-50]) < time.Second {
				t.Fatalf("request %d came %v after the one 50 before", i, at[i].Sub(at[i-50]))
			}
		}
		if all := at[len(at)-1].Sub(at[0]); all > 5*time.Second {
			t.Errorf("170 requests took %v", all)
		}
	})
}

func TestTooManyRefusalsStopTheBotBeforeDiscordBansTheHost(t *testing.T) {
	t.Parallel()
	l := newLimits()
	for range maxInvalid {
		l.countInvalid()
	}
	if w := l.take("x", false); w != 0 {
		t.Fatalf("held for %v already", w)
	}
	l.countInvalid()
	if w := l.take("x", true); w < 9*time.Minute {
		t.Errorf("held for %v only", w)
	}
}

func TestWindowsThatAreOverAreForgotten(t *testing.T) {
	t.Parallel()
	l := newLimits()
	for i := range 1000 {
		l.learn(fmt.Sprint("token ", i), 5, 4, 0)
	}
	l.swept = time.Time{}
	time.Sleep(time.Millisecond) // the windows above are of no length
	l.learn("one more", 5, 4, time.Minute)
	if n := len(l.buckets); n != 1 {
		t.Errorf("%d windows are kept", n)
	}
}

func TestSecretsAreInNoErrorAndNoLog(t *testing.T) {
	t.Parallel()
	const secret = "interaction-token-secret"
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, step := range []http.HandlerFunc{hangsUp, cutsShort, says(500, "x"), says(404, `{"code":10015,"message":"Unknown Webhook"}`), says(200, "<")} {
		s, _ := restSession(t, step)
		var routes []string
		s.transport.observe = func(c RESTCall) { routes = append(routes, c.Route) }
		c := newCall(http.MethodPatch, originalRoute, "9", secret)
		err := s.send(t.Context(), c, struct{}{}, new(struct{}))
		logger.Error("failed", "err", err, "routes", routes)
	}
	unreachable, _ := New(Config{Token: testToken, APIBase: "http://127.0.0.1:1"})
	unreachable.transport.backoff = time.Millisecond
	err := unreachable.send(t.Context(), newCall(http.MethodPost, followUpRoute, "9", secret), struct{}{}, nil)
	if !errors.Is(err, ErrTransient) || errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("nothing was sent, but: %v", err)
	}
	logger.Error("failed", "err", err)
	for _, s := range []string{secret, testToken} {
		if strings.Contains(log.String(), s) {
			t.Errorf("%s is in the log:\n%s", s, log.String())
		}
	}
}

func TestFindOwnLooksForAMarkerInItsOwnMessages(t *testing.T) {
	t.Parallel()
	since := time.Date(2025, 11, 1, 12, 0, 0, 0, time.UTC)
	message := func(id, author, content, footer string, at time.Time) string {
		raw, _ := json.Marshal(map[string]any{"id": id, "author": map[string]string{"id": author}, "content": content,
			"timestamp": at.Format(time.RFC3339Nano), "embeds": []any{map[string]any{"footer": map[string]string{"text": footer}}}})
		return string(raw)
	}
	after, before := since.Add(time.Minute), since.Add(-time.Minute)
	var full []string
	for i := range 100 {
		full = append(full, message(fmt.Sprint(1000-i), "8", "chatter", "", after))
	}
	me := says(200, `{"id":"9"}`)
	for _, tt := range []struct {
		name  string
		pages []string
		want  string
	}{
		{"in a footer", []string{"[" + message("3", "9", "x", "ref d-17", after) + "]"}, "3"},
		{"in the text", []string{"[" + message("3", "9", "see d-17", "", after) + "]"}, "3"},
		{"said by another", []string{"[" + message("3", "8", "d-17", "", after) + "]"}, ""},
		{"too old", []string{"[" + message("3", "9", "d-17", "", before) + "]"}, ""},
		{"on the second page", []string{"[" + strings.Join(full, ",") + "]", "[" + message("3", "9", "d-17", "", after) + "]"}, "3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			steps := []http.HandlerFunc{me}
			for _, p := range tt.pages {
				steps = append(steps, says(200, p))
			}
			s, script := restSession(t, steps...)
			id, found, err := s.FindOwn(t.Context(), "1", "d-17", since)
			if err != nil || id != tt.want || found != (tt.want != "") {
				t.Errorf("got %q, %v, %v", id, found, err)
			}
			if len(tt.pages) > 1 && !strings.HasSuffix(script.paths[2], "&before=901") {
				t.Errorf("second page asked for with %s", script.paths[2])
			}
		})
	}
}

func TestDirectMessages(t *testing.T) {
	t.Parallel()
	s, script := restSession(t, says(200, `{"id":"55"}`), says(200, `{"id":"77"}`))
	id, err := s.DM(t.Context(), "4", hello, "n")
	if err != nil || id != "77" || !strings.HasSuffix(script.paths[1], "/channels/55/messages") {
		t.Errorf("%q, %v, %v", id, err, script.paths)
	}
	s, _ = restSession(t, says(200, `{"id":"55"}`), says(403, `{"code":50007,"message":"Cannot send messages to this user"}`))
	if _, err = s.DM(t.Context(), "4", hello, "n"); !errors.Is(err, ErrForbidden) {
		t.Errorf("closed messages: %v", err)
	}
	s, _ = restSession(t, hangsUp)
	if _, err = s.DM(t.Context(), "4", hello, "n"); !errors.Is(err, ErrTransient) || errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("no channel: %v", err)
	}
}

func TestAttemptsAreObservedByTemplate(t *testing.T) {
	t.Parallel()
	s, _ := restSession(t, says(503, ""), says(200, `{"id":"5"}`))
	var n atomic.Int32
	s.transport.observe = func(c RESTCall) {
		n.Add(1)
		if c.Route != messagesRoute || c.Method != "POST" || (c.Status != 503 && c.Status != 200) {
			t.Errorf("observed %+v", c)
		}
	}
	if _, err := s.Send(t.Context(), "123", hello, "n"); err != nil || n.Load() != 2 {
		t.Errorf("%v, %d attempts observed", err, n.Load())
	}
}

func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !done(); {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
