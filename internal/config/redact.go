package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// minRedacted is the shortest text worth masking; shorter ones would mask words.
const minRedacted = 6

// Redactor masks secrets in what is written through it. It is the second net:
// secrets are not to be logged in the first place, but a library's error can
// carry one. The zero value is ready; it is safe for concurrent use.
type Redactor struct {
	mu       sync.Mutex
	forms    map[string]struct{}
	replacer atomic.Pointer[strings.Replacer]
}

// Add masks these secrets from now on, in each form in which a log line may hold
// them: as they are, quoted, in JSON, in a URL. Those shorter than six bytes are
// left alone.
func (r *Redactor) Add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.forms)
	for _, s := range secrets {
		if len(s) < minRedacted {
			continue
		}
		if r.forms == nil {
			r.forms = map[string]struct{}{}
		}
		for _, form := range []string{s, unquoted(strconv.Quote(s)), jsonForm(s, true), jsonForm(s, false), url.QueryEscape(s), url.PathEscape(s)} {
			r.forms[form] = struct{}{}
		}
	}
	if len(r.forms) == before {
		return
	}
	forms := make([]string, 0, len(r.forms))
	for form := range r.forms {
		forms = append(forms, form)
	}
	// The longest first: of two secrets of which one contains the other, all of
	// the longer one is to go.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, redacted)
	}
	r.replacer.Store(strings.NewReplacer(pairs...))
}

// String is text with the known secrets masked.
func (r *Redactor) String(text string) string {
	if p := r.replacer.Load(); p != nil {
		return p.Replace(text)
	}
	return text
}

// Writer masks what is written to w. Each Write is taken by itself, so a secret
// must not be split over two; slog's handlers write whole lines.
func (r *Redactor) Writer(w io.Writer) io.Writer { return redactingWriter{r, w} }

type redactingWriter struct {
	r *Redactor
	w io.Writer
}

func (rw redactingWriter) Write(p []byte) (int, error) {
	if _, err := io.WriteString(rw.w, rw.r.String(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil // the caller's bytes are dealt with, however long what was written is
}

func unquoted(s string) string { return s[1 : len(s)-1] }

func jsonForm(s string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	if err := e.Encode(s); err != nil {
		return s // a string always encodes
	}
	return unquoted(strings.TrimSuffix(b.String(), "\n"))
}
