package torn

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault makes requests that match go wrong. The first fault that matches wins.
type Fault struct {
	// Path is the beginning of a path, "/faction/attacks", without /v2; "" is any.
	// It matches with or without the id in the path, and each selection of a
	// generic request.
	Path string
	// Key or Player narrow it to one key or to all keys of one player.
	Key    string
	Player int64
	// Times is how often it strikes; 0 is until it is cleared.
	Times int
	// Until ends it by the world's clock; zero means never.
	Until time.Time
	Kind  FaultKind
}

// FaultKind is how a request goes wrong; make one with the functions below.
type FaultKind struct {
	how  string
	code int
	wait time.Duration
}

// ErrorCode answers with an error of the API, HTTP 200.
func ErrorCode(code int) FaultKind { return FaultKind{how: "code", code: code} }

// HTTPStatus answers with a bare status.
func HTTPStatus(status int) FaultKind { return FaultKind{how: "status", code: status} }

// HTML answers with a page, status 200.
func HTML() FaultKind { return FaultKind{how: "html"} }

// CloudflareChallenge answers 403 with cf-mitigated: challenge.
func CloudflareChallenge() FaultKind { return FaultKind{how: "challenge"} }

// EmptyBody answers with nothing, status 200.
func EmptyBody() FaultKind { return FaultKind{how: "empty"} }

// Huge answers with well-formed JSON of about n bytes; 0 means 10 MB.
func Huge(n int) FaultKind { return FaultKind{how: "huge", code: orDefault(n, 10<<20)} }

// WrongShape turns lists into maps and maps into lists.
func WrongShape() FaultKind { return FaultKind{how: "shape"} }

// CutMidBody promises the whole body and closes the connection half way.
func CutMidBody() FaultKind { return FaultKind{how: "cut"} }

// Hang stalls for d of the world's time, then closes the connection; 0 stalls
// until the client goes away.
func Hang(d time.Duration) FaultKind { return FaultKind{how: "hang", wait: d} }

// StalledPages makes every page's links lead to itself.
func StalledPages() FaultKind { return FaultKind{how: "stalled"} }

// UnknownFields adds fields nobody has heard of everywhere, and values outside
// the enums where that changes no figure.
func UnknownFields() FaultKind { return FaultKind{how: "unknown"} }

// Disconnect closes the connection without an answer.
func Disconnect() FaultKind { return FaultKind{how: "disconnect"} }

// faultList is the faults in force.
type faultList struct {
	mu   sync.Mutex
	list []*Fault
	down bool
}

// Fault puts a fault in force; lift takes it back and may be called at any time.
func (w *World) Fault(f Fault) (lift func()) {
	l := w.faults
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, &f)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.list = slices.DeleteFunc(l.list, func(o *Fault) bool { return o == &f })
	}
}

// ClearFaults takes all faults back and brings the service up.
func (w *World) ClearFaults() {
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	w.faults.list, w.faults.down = nil, false
}

// Down makes the service unreachable: every connection is closed without an answer.
func (w *World) Down(down bool) {
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	w.faults.down = down
}

// strike finds the fault for a request and spends one of its times.
func (l *faultList) strike(paths []string, key string, player int64, now time.Time) (FaultKind, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return Disconnect(), true
	}
	for i, f := range l.list {
		if f.Key != "" && f.Key != key || f.Player != 0 && f.Player != player {
			continue
		}
		if !f.Until.IsZero() && !now.Before(f.Until) {
			continue
		}
		if !slices.ContainsFunc(paths, func(p string) bool { return strings.HasPrefix(p, f.Path) }) {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				l.list = slices.Delete(l.list, i, i+1)
			}
		}
		return f.Kind, true
	}
	return FaultKind{}, false
}

// instead answers for faults that need no real answer; it tells whether it did,
// and the HTTP status for the journal.
func (k FaultKind) instead(w *World, rw http.ResponseWriter, r *http.Request) (status int, done bool) {
	switch k.how {
	case "code":
		writeJSON(rw, http.StatusOK, fail(k.code).body())
		return http.StatusOK, true
	case "status":
		rw.WriteHeader(k.code)
		return k.code, true
	case "html":
		return writePage(rw, http.StatusOK, "<html><body><h1>Torn is taking a nap</h1></body></html>"), true
	case "challenge":
		rw.Header().Set("Cf-Mitigated", "challenge")
		return writePage(rw, http.StatusForbidden, "<html><title>Just a moment...</title></html>"), true
	case "empty":
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusOK)
		return http.StatusOK, true
	case "huge":
		pad := strings.Repeat("x", 1<<16)
		rw.Header().Set("Content-Type", "application/json")
		_, err := rw.Write([]byte(`{"attacks":[],"padding":["`))
		for n := 0; n < k.code && err == nil; n += len(pad) {
			_, err = rw.Write([]byte(pad + `","`))
		}
		if err == nil {
			_, _ = rw.Write([]byte(`"]}`)) // the client may have hung up; nobody else to tell
		}
		return http.StatusOK, true
	case "hang":
		if k.wait > 0 {
			_ = w.clk.Sleep(r.Context(), k.wait) // either way the connection is closed next
		} else {
			<-r.Context().Done()
		}
		return 0, true
	case "disconnect":
		return 0, true
	default:
		return 0, false
	}
}

func writePage(rw http.ResponseWriter, status int, html string) int {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = rw.Write([]byte(html)) // the client may have hung up
	return status
}

// spoil changes an answer that was worked out.
func (k FaultKind) spoil(body []byte, self string) []byte {
	var v map[string]any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return body
	}
	switch k.how {
	case "shape":
		for name, part := range v {
			v[name] = inverted(part)
		}
	case "stalled":
		v["_metadata"] = map[string]any{"links": map[string]any{"next": self, "prev": self}}
	case "unknown":
		v = strange(v).(map[string]any)
	default:
		return body
	}
	out, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return out
}

func inverted(v any) any {
	switch v := v.(type) {
	case []any:
		m := map[string]any{}
		for i, x := range v {
			m[strconv.Itoa(i)] = x
		}
		return m
	case map[string]any:
		return []any{v}
	default:
		return []any{}
	}
}

// strange adds what a later version of the API might.
func strange(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = strange(v[i])
		}
	case map[string]any:
		for name, part := range v {
			v[name] = strange(part)
		}
		v["brand_new_field"] = map[string]any{"since": "7.0.0"}
		if _, ok := v["plane_image_type"]; ok {
			v["plane_image_type"] = "zeppelin"
		}
		if _, ok := v["revive_setting"]; ok {
			v["revive_setting"] = "Only on Sundays"
		}
		if list, ok := v["finishing_hit_effects"].([]any); ok {
			v["finishing_hit_effects"] = append(list, map[string]any{"name": "frostbite", "value": 12})
		}
	}
	return v
}
