package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"consigliere/internal/config"
)

func TestASecretDoesNotPrint(t *testing.T) {
	const value = "hunter2hunter2"
	c := config.Defaults()
	c.Discord.Token = value
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v", "%10.3s"} {
		for _, arg := range []any{c.Discord.Token, c, &c, []config.Secret{value}, map[string]config.Secret{"k": value}} {
			out := fmt.Sprintf(verb, arg, arg)
			if strings.Contains(out, value) || strings.Contains(out, "68756e") {
				t.Errorf("%s of %T prints the secret", verb, arg)
			}
		}
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("started", "token", c.Discord.Token, "config", c)
	for what, out := range map[string]string{"JSON": string(b), "log": log.String()} {
		if strings.Contains(out, value) {
			t.Errorf("%s shows the secret", what)
		}
		if !strings.Contains(out, "[redacted]") {
			t.Errorf("%s does not show that there is one", what)
		}
	}
	if c.Discord.Token.Reveal() != value {
		t.Error("Reveal is not the value")
	}
	if c.Redis.URL.String() != "" {
		t.Error("an unset secret looks set")
	}
}

func TestSecretsListsWhatTheLogMustMask(t *testing.T) {
	c := config.Defaults()
	c.Discord.Token = "the token"
	c.Database.URL = "postgres://u:p%40ss@h/d"
	got := c.Secrets()
	slices.Sort(got)
	if want := []string{"p@ss", "postgres://u:p%40ss@h/d", "the token"}; !slices.Equal(got, want) {
		t.Errorf("got %d secrets, want %d", len(got), len(want))
	}
}

func TestLogsMaskASecretWhereverItStands(t *testing.T) {
	const secret = `AbC"d<e>/f&g 1234`
	places := func(l *slog.Logger) {
		l.Info("message with " + secret)
		l.Info("attribute", "a", secret)
		l.Info("error", "err", fmt.Errorf("get: %w", errors.New(secret)))
		l.Info("group", slog.Group("g", "a", "x"+secret+"y"))
		l.Info("any", "v", map[string]string{secret: "1"})
		l.Info("bytes", "v", []byte(secret))
		l.Info("query", "v", "https://h/?key="+url.QueryEscape(secret))
		l.Info("path", "v", "https://h/"+url.PathEscape(secret))
		l.With("bound", secret).WithGroup("g").Info("bound")
	}
	for name, cfg := range map[string]struct {
		format   config.LogFormat
		terminal bool
	}{
		"json":          {config.FormatJSON, false},
		"text":          {config.FormatText, false},
		"text in color": {config.FormatText, true},
	} {
		var masked, plain bytes.Buffer
		var r config.Redactor
		l := config.NewLogger(config.Log{Format: cfg.format}, &masked, cfg.terminal, &r)
		places(config.NewLogger(config.Log{Format: cfg.format}, &plain, cfg.terminal, &config.Redactor{}))
		r.Add(secret, "short")
		places(l)
		l.Info("a short word stays")
		if !strings.Contains(plain.String(), "AbC") {
			t.Fatalf("%s: nothing to mask, so this test proves nothing", name)
		}
		for line := range strings.Lines(masked.String()) {
			if strings.Contains(line, "AbC") || strings.Contains(line, "1234") {
				t.Errorf("%s: %s", name, line)
			}
		}
		if !strings.Contains(masked.String(), "a short word stays") {
			t.Errorf("%s: a short text was masked", name)
		}
	}
}

func TestOfTwoSecretsTheLongerIsMaskedWhole(t *testing.T) {
	var r config.Redactor
	r.Add("secret-a")
	r.Add("secret-a-and-more")
	if got := r.String("<secret-a-and-more> <secret-a>"); got != "<[redacted]> <[redacted]>" {
		t.Errorf("got %s", got)
	}
}

func TestSecretsMayBeAddedWhileOthersLog(t *testing.T) {
	var r config.Redactor
	w := r.Writer(&bytes.Buffer{})
	l := slog.New(slog.NewJSONHandler(w, nil))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			r.Add(fmt.Sprintf("secret number %d", i))
			l.Info("line", "i", i)
		})
	}
	wg.Wait()
	if got := r.String("secret number 7"); got != "[redacted]" {
		t.Errorf("got %s", got)
	}
}

func TestTheFormatFollowsTheTerminalAndTheLevelHolds(t *testing.T) {
	for _, c := range []struct {
		format   config.LogFormat
		terminal bool
		json     bool
		color    bool
	}{
		{config.FormatAuto, true, false, true},
		{config.FormatAuto, false, true, false},
		{config.FormatText, true, false, true},
		{config.FormatText, false, false, false},
		{config.FormatJSON, true, true, false},
	} {
		var b bytes.Buffer
		l := config.NewLogger(config.Log{Level: slog.LevelWarn, Format: c.format}, &b, c.terminal, &config.Redactor{})
		l.Info("below the level")
		l.Warn("shown", "faction_id", 1)
		out := b.String()
		if strings.Contains(out, "below") {
			t.Errorf("%+v: the level does not hold", c)
		}
		if got := json.Valid([]byte(out)); got != c.json {
			t.Errorf("%+v: JSON is %v: %s", c, got, out)
		}
		if got := strings.Contains(out, "\x1b["); got != c.color {
			t.Errorf("%+v: color is %v: %q", c, got, out)
		}
	}
}
