package scoreboard

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// What browsers may do with our pages: nothing but show them, with our own script,
// style sheet and pictures.
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// A picture is styled by attributes and runs nothing.
	picturePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
)

// answerWithin is how long, in wall time, an answer may take until it is read to its
// end. Live updates give each of their writes a new deadline.
const answerWithin = 30 * time.Second

// bounded hangs up on those who ask and do not read.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// It fails only where there is no connection to bound, or none any more.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerWithin))
		next.ServeHTTP(w, r)
	})
}

func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer") // addresses hold tokens
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// send writes a whole answer, compressed where that pays.
func (s *Server) send(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept-Encoding")
	if len(body) > 1400 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = compressed(body)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(body); err != nil {
		s.cfg.Log.Debug("an answer was not read to its end", "err", err)
	}
}

func compressed(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// notice is a page that says what happened and what to do.
type notice struct{ Title, Text, Hint string }

// fail answers with what went wrong, in the form that was asked for. Of a war that
// does not exist and of one that is another faction's it says the same.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // whoever asked has left
	}
	status, n := explain(err)
	if status == http.StatusInternalServerError {
		s.cfg.Log.Error("a scoreboard page failed", "err", err)
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "15")
	}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, ".json"):
		body, _ := json.Marshal(map[string]string{"error": n.Text, "hint": n.Hint}) // strings always encode
		s.send(w, r, status, typeJSON, append(body, '\n'))
	case strings.HasSuffix(path, ".csv"), strings.HasSuffix(path, ".svg"), strings.HasSuffix(path, "/events"):
		s.send(w, r, status, typeText, []byte(n.Text+" "+n.Hint+"\n"))
	default:
		s.show(w, r, status, "notice", n)
	}
}

const askForLink = "Ask the bot for a new one in Discord with /web link, or ask an officer who may."

func explain(err error) (int, notice) {
	switch {
	case errors.Is(err, errNoLink):
		return http.StatusUnauthorized, notice{"No link yet", "This browser has not opened a scoreboard link.", "Get one in Discord with /web link, then press its button here."}
	case errors.Is(err, errDeadLink):
		return http.StatusUnauthorized, notice{"This link no longer works", "It has expired, was revoked, or was not copied completely.", askForLink}
	case errors.Is(err, errGuessing):
		return http.StatusTooManyRequests, notice{"Too many wrong links", "Too many links that do not work came from your address.", "Wait a few minutes, then open the link again."}
	}
	switch say := words(err); faction.KindOf(err) {
	case faction.NotFound:
		return http.StatusNotFound, notice{"Not found", say, "The address may be wrong, or belong to another faction than your link."}
	case faction.Invalid:
		return http.StatusBadRequest, notice{"That does not go together", say, "Go back, or change the address."}
	case faction.Denied:
		return http.StatusForbidden, notice{"Not like this", say, ""}
	case faction.Unavailable:
		return http.StatusServiceUnavailable, notice{"Not now", say, "Nothing is lost. Reload in a moment."}
	default:
		return http.StatusInternalServerError, notice{"Something went wrong", "That is our fault, and it has been recorded.", "Reload in a moment; if it stays, tell whoever runs this bot."}
	}
}

func words(err error) string {
	var known *faction.Error
	if errors.As(err, &known) {
		return known.Say
	}
	return ""
}

func noSuchWar() error {
	return faction.Errorf(faction.NotFound, "Your faction has no such war on record.")
}
