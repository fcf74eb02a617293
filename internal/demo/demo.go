package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/term"

	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/config"
	simtorn "consigliere/internal/sim/torn"
)

// Options steer the demo.
type Options struct {
	Speed  float64 // how many times faster than the wall the evening passes; 0: the default
	Seed   uint64  // another seed, another evening
	Listen string  // the chat page's address
	Out    io.Writer
	Log    config.Log
}

// DefaultSpeed lets a three-hour war pass in eighteen minutes.
const DefaultSpeed = 10

// startedAgo puts a visitor into the war a few minutes before our chain breaks.
const startedAgo = -68 * time.Minute

// Run plays an evening for people in a browser until ctx ends. The war is already
// on: the leader has linked a key and chosen the channel, as a visitor can see.
func Run(ctx context.Context, o Options) error {
	if o.Speed == 0 {
		o.Speed = DefaultSpeed
	}
	redact := new(config.Redactor)
	log := config.NewLogger(o.Log, os.Stderr, term.IsTerminal(int(os.Stderr.Fd())), redact)
	fmt.Fprintln(o.Out, "Setting up: a private database, a Torn, a Discord, and the bot …")
	clk := clock.NewScaled(time.Now(), o.Speed)
	scene := simtorn.Config{Seed: o.Seed, MatchedAfter: -24 * time.Hour, StartsAfter: startedAgo, PastHits: pastHits}
	w, err := newWorld(ctx, clk, o.Speed, scene, o.Listen)
	if err != nil {
		return err
	}
	defer w.close()
	redact.Add(w.secrets...)
	return w.bot(ctx, log, redact, func(ctx context.Context, a *app.App) error {
		link, err := w.prepare(ctx, log)
		if err == nil {
			err = w.furnish(ctx)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(o.Out, `
  Chat        %s/chat
  Scoreboard  %s

The war runs at %g times the usual speed (--speed). Type / in the chat: /war status, /war scoreboard, /help …
Ctrl-C ends it; nothing is kept.
`, w.chatURL, link, o.Speed)
		<-ctx.Done()
		return nil
	})
}

// prepare does what a new leader would: link, set up, ask for a page. It returns
// the link to the running war's scoreboard.
func (w *world) prepare(ctx context.Context, log *slog.Logger) (link string, err error) {
	leader := w.as(w.people.leader)
	if err := leader.link(ctx, w.torn.LeaderKey()); err != nil {
		return "", fmt.Errorf("link the leader: %w", err)
	}
	if err := leader.setUp(ctx); err != nil {
		return "", fmt.Errorf("set up the faction: %w", err)
	}
	officer := w.as(w.people.officer)
	if err := officer.link(ctx, w.torn.OfficerKey()); err != nil {
		return "", fmt.Errorf("link an officer: %w", err)
	}
	log.Debug("the demo's faction is set up")
	// The first roster, which says who the leader is, is a second or two away.
	for range 40 {
		if link, err = leader.webLink(ctx); err == nil {
			return link, nil
		}
		if err := (clock.Wall{}).Sleep(ctx, 250*time.Millisecond); err != nil {
			return "", err
		}
	}
	return "", err
}
