package discord

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// limited notes what a 429 holds up, for this route or for all, and returns for
// how long. A 429 whose body is no JSON comes from the proxy in front of Discord
// and means that this host's address is shut out.
func (t *transport) limited(c call, a answer) time.Duration {
	var said struct {
		RetryAfter float64 `json:"retry_after"` // seconds
		Global     bool    `json:"global"`
	}
	isJSON := json.Unmarshal(a.body, &said) == nil
	wait := time.Duration(said.RetryAfter * float64(time.Second))
	if wait <= 0 {
		wait = headerSeconds(a.header, "Retry-After")
	}
	switch {
	case !isJSON:
		if wait <= 0 {
			wait = cloudflarePause
		}
		t.limits.pause(wait, true)
	case said.Global || a.header.Get("X-RateLimit-Global") == "true" || a.header.Get("X-RateLimit-Scope") == "global":
		wait = max(wait, 100*time.Millisecond)
		t.limits.pause(wait, c.urgent)
	default:
		wait = max(wait, 100*time.Millisecond)
		t.limits.block(c.bucket, wait)
	}
	return wait
}

func headerInt(h http.Header, name string) int {
	n, err := strconv.Atoi(h.Get(name))
	if err != nil {
		return 0
	}
	return n
}

// headerSeconds reads a header of (decimal) seconds; 0 when it is absent or odd.
func headerSeconds(h http.Header, name string) time.Duration {
	s, err := strconv.ParseFloat(h.Get(name), 64)
	if err != nil || s < 0 || s > 86400 {
		return 0
	}
	return time.Duration(s * float64(time.Second))
}
