package torn

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Handler answers the API under /v2.
func (w *World) Handler() http.Handler { return http.HandlerFunc(w.serve) }

// call is one request on its way through the world.
type call struct {
	w     *World
	key   *Key
	owner *player
	q     url.Values
	parts []string // path segments after /v2
	base  string   // scheme, host and /v2, for links
	self  string   // the request's own address without the key
	now   int64    // this second
	seen  int64    // the moment of the timeline that can be seen
	id    string   // the id asked for, "" for one's own
}

// question is a request taken apart: which selections of which section.
type question struct {
	section    string
	id         string
	selections []string
}

// paths are the names a fault may know the request by.
func (q question) paths(raw string) []string {
	out := []string{raw}
	for _, s := range q.selections {
		out = append(out, "/"+q.section+"/"+s)
	}
	return out
}

func (w *World) serve(rw http.ResponseWriter, r *http.Request) {
	now := w.clk.Now()
	rw.Header().Set("Date", now.UTC().Format(http.TimeFormat)) // Torn's clock, not this machine's
	path, inAPI := strings.CutPrefix(r.URL.Path, "/v2")
	if !inAPI || r.Method != http.MethodGet {
		http.NotFound(rw, r)
		return
	}
	query := r.URL.Query()
	key := keyFrom(r, query)
	query.Del("key")
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	player := w.ownerOf(key)
	entry := Request{At: now, Method: r.Method, Path: path, Query: query, Player: player, Host: host, Code: -1}
	q := parse(path, query)

	kind, faulty := w.faults.strike(q.paths(path), key, player, now)
	entry.Fault = faulty
	if faulty {
		if status, done := kind.instead(w, rw, r); done {
			entry.Status = status
			if kind.how == "code" {
				entry.Code = kind.code
			}
			w.journal.add(entry)
			if status == 0 {
				panic(http.ErrAbortHandler) // closes the connection without an answer
			}
			return
		}
	}
	if !w.limits.host(host, now) {
		entry.Status, entry.Code = http.StatusTooManyRequests, codeIPBlocked
		w.journal.add(entry)
		writeJSON(rw, http.StatusTooManyRequests, fail(codeIPBlocked).body())
		return
	}
	body, cached, fault := w.answer(r, q, query, key, player, now)
	if fault != nil {
		body, entry.Code = fault.body(), fault.Code
	}
	entry.Status, entry.Cached = http.StatusOK, cached
	if faulty {
		body = kind.spoil(body, selfURL(r, query))
	}
	w.journal.add(entry)
	if faulty && kind.how == "cut" {
		rw.Header().Set("Content-Length", strconv.Itoa(len(body)))
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write(body[:len(body)/2])
		_ = http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler) // closes the connection in mid-body
	}
	writeJSON(rw, http.StatusOK, body)
}

func writeJSON(rw http.ResponseWriter, status int, body []byte) {
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Access-Control-Allow-Origin", "*")
	rw.WriteHeader(status)
	_, _ = rw.Write(body) // the client may have hung up
}

// keyFrom reads the key from the header, or from ?key=. Any scheme but ApiKey
// makes it a wrong key.
func keyFrom(r *http.Request, q url.Values) string {
	if h := r.Header.Get("Authorization"); h != "" {
		if k, ok := strings.CutPrefix(h, "ApiKey "); ok {
			return strings.TrimSpace(k)
		}
		return h
	}
	return q.Get("key")
}

func (w *World) ownerOf(key string) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k := w.keys[key]; k != nil {
		return k.Player
	}
	return 0
}

func parse(path string, query url.Values) question {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	q := question{section: parts[0], id: query.Get("id")}
	rest := parts[1:]
	if len(rest) > 0 && (isID(rest[0]) || len(rest) > 1) {
		q.id, rest = rest[0], rest[1:]
	}
	list := query.Get("selections")
	if len(rest) > 0 {
		list = strings.Join(rest, "/")
	}
	if list != "" {
		q.selections = strings.Split(list, ",")
	}
	return q
}

func isID(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && r != ',' {
			return false
		}
	}
	return s != ""
}

// answer works a request out: rights first, then the cache, then the world.
func (w *World) answer(r *http.Request, q question, query url.Values, value string, player int64, now time.Time) (body []byte, cached bool, fault *apiError) {
	if value == "" {
		return nil, false, fail(codeKeyEmpty)
	}
	if player == 0 {
		return nil, false, fail(codeIncorrectKey)
	}
	if !w.limits.user(player, now) {
		return nil, false, fail(codeTooMany)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	key := w.keys[value]
	if key.State != KeyOK {
		return nil, false, fail(int(key.State))
	}
	ends, fault := w.endpoints(q, key)
	if fault != nil {
		return nil, false, fault
	}
	// Two keys of one player share the cache as far as they may read the same.
	asked := fmt.Sprintf("%d %d %t %s?%s", player, key.Level, w.hasFactionAccess(key), r.URL.Path, stable(query))
	stamp := query.Get("timestamp")
	if body, ok := w.cache.get(asked, stamp, now); ok {
		return body, true, nil
	}
	c := &call{w: w, key: key, owner: w.players[player], q: query, id: q.id, now: now.Unix(), seen: w.view(now.Unix())}
	c.base = scheme(r) + "://" + r.Host + "/v2"
	c.parts = strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/v2"), "/"), "/")
	c.self = selfURL(r, query)
	merged := map[string]any{}
	for _, e := range ends {
		part, fault := e.answer(c)
		if fault != nil {
			return nil, false, fault
		}
		for name, v := range part {
			merged[name] = v
		}
	}
	body, err := json.Marshal(merged)
	if err != nil {
		return nil, false, fail(codeUnknown)
	}
	w.cache.put(asked, stamp, now, body)
	return body, false, nil
}

// endpoints finds the selections of a question and checks the key's right to each.
func (w *World) endpoints(q question, key *Key) ([]*endpoint, *apiError) {
	if len(q.selections) == 0 {
		return nil, fail(codeWrongFields)
	}
	var out []*endpoint
	for _, s := range q.selections {
		e := w.table[q.section+"/"+s]
		if e == nil {
			if slices.Contains([]string{"armorynews", "attacknews", "crimenews", "currency", "donations", "fundsnews", "mainnews", "membershipnews"}, s) {
				return nil, fail(codeOnlyV1)
			}
			return nil, fail(codeWrongFields)
		}
		if !key.mayRead(e) {
			return nil, fail(codeAccessLevel)
		}
		if e.access && !w.hasFactionAccess(key) {
			return nil, fail(codeRelation)
		}
		out = append(out, e)
	}
	return out, nil
}

// stable is the query without what does not change the answer.
func stable(q url.Values) string {
	kept := url.Values{}
	for name, v := range q {
		if name != "timestamp" && name != "comment" {
			kept[name] = v
		}
	}
	return kept.Encode()
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

func selfURL(r *http.Request, q url.Values) string {
	return scheme(r) + "://" + r.Host + r.URL.Path + "?" + stable(q)
}
