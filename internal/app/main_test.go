package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/config"
	"consigliere/internal/localpg/pgtest"
)

// childEnv tells the test binary to be the bot instead, so that tests can kill it.
const childEnv = "CONSIGLIERE_TEST_CHILD"

// child is what the parent tells the bot that it starts.
type child struct {
	Epoch, Wall time.Time // the clock that both share
	Speed       float64
	Config      map[string]string // as environment variables
	Rotate      bool              // rotate the keyset's key instead of running the bot
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := runChild(text); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	pgtest.Main(m)
}

func runChild(text string) error {
	var c child
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	_ = os.Unsetenv(childEnv)
	_ = os.Unsetenv(pgtest.EnvAdminURL)
	cfg, err := config.Load(nil)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	redact := new(config.Redactor)
	redact.Add(cfg.Secrets()...)
	log := config.NewLogger(config.Log{Level: slog.LevelInfo, Format: config.FormatJSON}, os.Stderr, false, redact)
	if c.Rotate {
		return app.RotateKeys(ctx, cfg, log, app.RotatePatience, func(text string) { fmt.Fprintln(os.Stderr, text) })
	}
	a, err := app.New(ctx, app.Options{Config: cfg, Clock: clock.ScaledSince(c.Epoch, c.Wall, c.Speed), Log: log, Redact: redact})
	if err != nil {
		return err
	}
	return a.Run(ctx)
}
