package discord

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// bucket is one limit that a request counts to.
type bucket struct {
	name string // hashed into X-RateLimit-Bucket by Discord; plain here
	key  string // the channel, webhook or token it is counted for
	rate Rate
}

// window is a fixed window that starts with its first request, like Discord's.
type window struct {
	reset time.Time
	used  int
}

// limiter counts requests. Guarded by Server.mu.
type limiter struct {
	windows map[string]*window
	sweep   time.Time
	bad     window
	badTil  time.Time
}

// take counts a request and tells what is left; over is true when there was
// nothing left to take.
func (l *limiter) take(b bucket, now time.Time) (left int, reset time.Time, over bool) {
	l.clean(now)
	w := l.windows[b.name+":"+b.key]
	if w == nil || !now.Before(w.reset) {
		w = &window{reset: now.Add(b.rate.Per)}
		l.windows[b.name+":"+b.key] = w
	}
	if w.used >= b.rate.N {
		return 0, w.reset, true
	}
	w.used++
	return b.rate.N - w.used, w.reset, false
}

// clean forgets windows that ended, so that a long run does not collect them.
func (l *limiter) clean(now time.Time) {
	if now.Before(l.sweep) {
		return
	}
	l.sweep = now.Add(time.Minute)
	for k, w := range l.windows {
		if !now.Before(w.reset) {
			delete(l.windows, k)
		}
	}
}

// invalid counts an answer 401, 403 or 429; too many ban the host for a minute
// (Discord: much longer).
func (l *limiter) invalid(r Rate, now time.Time) {
	if !now.Before(l.bad.reset) {
		l.bad = window{reset: now.Add(r.Per)}
	}
	l.bad.used++
	if l.bad.used > r.N {
		l.badTil = now.Add(time.Minute)
	}
}

func (s *Server) banned(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.limiter.badTil)
}

// admit counts the request and answers 429 when a limit is reached.
func (s *Server) admit(rt route, r *request, w http.ResponseWriter) bool {
	if s.cfg.Limits.NoRates {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if rt.auth {
		if _, reset, over := s.limiter.take(bucket{"global", "", s.cfg.Limits.Global}, r.now); over {
			write429(w, "global", reset.Sub(r.now))
			return false
		}
	}
	buckets := []bucket{{"other", rt.method + " " + rt.path, s.cfg.Limits.Other}}
	if rt.bucket != nil {
		buckets = rt.bucket(r)
	}
	for i, b := range buckets {
		left, reset, over := s.limiter.take(b, r.now)
		if i == 0 || over {
			bucketHeaders(w.Header(), b, left, reset, r.now)
		}
		if over {
			write429(w, "user", reset.Sub(r.now))
			return false
		}
	}
	return true
}

func bucketHeaders(h http.Header, b bucket, left int, reset, now time.Time) {
	h.Set("X-RateLimit-Bucket", b.name)
	h.Set("X-RateLimit-Limit", strconv.Itoa(b.rate.N))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	h.Set("X-RateLimit-Reset", fmt.Sprintf("%.3f", float64(reset.UnixMilli())/1000))
	h.Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", reset.Sub(now).Seconds()))
}

// write429 answers as the API does; scope is "user", "global" or "shared".
func write429(w http.ResponseWriter, scope string, wait time.Duration) {
	wait = max(wait, time.Millisecond)
	h := w.Header()
	h.Set("X-RateLimit-Scope", scope)
	h.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	if scope == "global" {
		h.Set("X-RateLimit-Global", "true")
		h.Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", wait.Seconds()))
	}
	writeJSON(w, http.StatusTooManyRequests, map[string]any{
		"message": "You are being rate limited.", "retry_after": float64(wait.Milliseconds()) / 1000, "global": scope == "global",
	})
}

// writeHTML429 answers as the proxy before the API does when it has had enough.
func writeHTML429(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = fmt.Fprint(w, "<!doctype html><html><head><title>Access denied</title></head><body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>")
}
