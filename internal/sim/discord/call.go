package discord

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Call is one REST request that was answered.
type Call struct {
	Method string
	Path   string // below /api/v10/, with tokens of interactions and webhooks left out
	Status int
	Code   int // Discord's error code, 0 without one
	At     time.Time
	Took   time.Duration
}

const keptCalls = 10_000

// request is a REST request within a handler.
type request struct {
	*http.Request
	now  time.Time // wall clock
	base string    // how the caller reaches this server
}

// reply is a handler's answer: a status and what becomes the JSON body.
type reply struct {
	status int
	body   any
}

func ok200(body any) (reply, error) { return reply{http.StatusOK, body}, nil }

func noContent() (reply, error) { return reply{http.StatusNoContent, nil}, nil }

type handler func(*request) (reply, error)

// route is one endpoint.
type route struct {
	method, path string // path below /api/{version}/, with {wildcards}
	auth         bool   // needs the bot's token and counts to the global limit
	bucket       func(*request) []bucket
	serve        handler
}

// serve runs one REST request: faults, authority, rate limits, handler.
func (s *Server) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		where := apiPath(r.URL.Path)
		out := httptest.NewRecorder()
		defer func() {
			s.note(Call{Method: r.Method, Path: redact(where), Status: out.Code, Code: errorCode(out), At: began, Took: time.Since(began)})
		}()
		version, _ := strconv.Atoi(strings.TrimPrefix(r.PathValue("version"), "v"))
		if version < 9 || version > 10 {
			writeError(out, badRequest(50041, "Invalid API version"))
			copyAnswer(w, out)
			return
		}
		fault := s.takeFault(r.Method, where)
		if fault != nil && !fault.before(w, r, out) {
			return
		}
		s.answer(rt, out, r, began)
		if fault != nil && fault.swallows() {
			fault.swallow(s.closing, w, r)
			return
		}
		copyAnswer(w, out)
	}
}

func (s *Server) answer(rt route, w http.ResponseWriter, r *http.Request, now time.Time) {
	req := &request{Request: r, now: now, base: s.base(r)}
	if s.banned(now) {
		writeHTML429(w, time.Minute)
		return
	}
	if rt.auth && r.Header.Get("Authorization") != "Bot "+s.cfg.Token {
		writeError(w, unauthorized())
		return
	}
	if !s.admit(rt, req, w) {
		return
	}
	rep, err := rt.serve(req)
	if err != nil {
		var api *apiError
		if !errors.As(err, &api) {
			api = &apiError{status: http.StatusInternalServerError, msg: "500: Internal Server Error"}
		}
		s.cfg.Logger.Debug("refused", "method", r.Method, "endpoint", redact(apiPath(r.URL.Path)), "err", err)
		writeError(w, api)
		return
	}
	if rep.body == nil {
		w.WriteHeader(rep.status)
		return
	}
	writeJSON(w, rep.status, rep.body)
}

// base is the address under which the caller reaches this server. The Host header
// does not tell: a client that was pointed here may still send discord.com.
func (s *Server) base(r *http.Request) string {
	if s.cfg.PublicURL != "" {
		return strings.TrimSuffix(s.cfg.PublicURL, "/")
	}
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return "http://" + a.String()
	}
	return "http://" + r.Host
}

func (s *Server) note(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) >= keptCalls {
		s.calls = append(s.calls[:0], s.calls[keptCalls/2:]...)
	}
	s.calls = append(s.calls, c)
	switch c.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		s.limiter.invalid(s.cfg.Limits.Invalid, time.Now())
	}
}

// Calls lists the newest REST requests (up to 10 000), oldest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// Count tells how many of Calls match: method "" means any, and pattern is as in
// path.Match ("channels/*/messages").
func (s *Server) Count(method, pattern string) int {
	n := 0
	for _, c := range s.Calls() {
		if matches(method, pattern, c.Method, c.Path) {
			n++
		}
	}
	return n
}

func matches(method, pattern, gotMethod, gotPath string) bool {
	if method != "" && method != gotMethod {
		return false
	}
	if pattern == "" {
		return true
	}
	hit, err := path.Match(pattern, gotPath)
	return err == nil && hit
}

// apiPath is the path below /api/v10/.
func apiPath(p string) string {
	parts := strings.SplitN(strings.TrimPrefix(p, "/"), "/", 3)
	if len(parts) < 3 {
		return p
	}
	return parts[2]
}

var secretPart = regexp.MustCompile(`^(webhooks|interactions)/([^/]+)/[^/]+`)

// redact leaves the secret part of an address out.
func redact(p string) string {
	return secretPart.ReplaceAllString(p, "$1/$2/-")
}

func errorCode(rec *httptest.ResponseRecorder) int {
	if rec.Code < 400 {
		return 0
	}
	var e struct {
		Code int `json:"code"`
	}
	_ = json.Unmarshal(rec.Body.Bytes(), &e) // an HTML answer has no code
	return e.Code
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"message":"500: Internal Server Error","code":0}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the caller has gone; nothing to do about it
}

func writeError(w http.ResponseWriter, e *apiError) { writeJSON(w, e.status, e.body()) }

func copyAnswer(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes()) // the caller has gone; nothing to do about it
}
