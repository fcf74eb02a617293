package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/config"
	simtorn "consigliere/internal/sim/torn"
)

// tourSpeed is fast enough for an evening in half a minute, and slow enough for two
// cores to poll it every ten seconds of its time.
const tourSpeed = 150

// carefulSpeed is the story's speed where people have seconds to act.
const carefulSpeed = 15

// settling is how long the world is held still before figures are compared: late
// rows wait for the next sweep, five minutes at most.
const settling = 6 * time.Minute

// Tour plays a whole evening as a script, prints what everybody said, and compares
// every figure with what the scenario meant to happen. It returns an error that
// lists the differences.
func Tour(ctx context.Context, o Options) error {
	if o.Speed == 0 {
		o.Speed = tourSpeed
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	began := time.Now()
	var logs lockedBuffer
	redact := new(config.Redactor)
	log := config.NewLogger(config.Log{Level: slog.LevelDebug, Format: config.FormatJSON}, &logs, false, redact)
	clk := clock.NewScaled(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC), 1) // the story waits until the bot is up
	w, err := newWorld(ctx, clk, o.Speed, simtorn.Config{
		Seed: o.Seed, MembersPerSide: 100, MatchedAfter: 2 * time.Minute, StartsAfter: 30 * time.Minute, WarLength: 45 * time.Minute, Intensity: 3, PastHits: pastHits,
	}, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer w.close()
	t := &tour{world: w, out: o.Out, speed: o.Speed}
	err = w.bot(ctx, log, redact, t.play)
	t.checkLogs(logs.String())
	if err != nil {
		return fmt.Errorf("the tour could not go on: %w\nthe bot's last words:\n%s", err, tail(logs.String(), 3000))
	}
	fmt.Fprintf(o.Out, "\n%d checks, %d differences, %.0f s\n", t.checks, len(t.differences), time.Since(began).Seconds())
	if len(t.differences) > 0 {
		return fmt.Errorf("the evening was not told as it was played:\n- %s", strings.Join(t.differences, "\n- "))
	}
	return nil
}

// tour is the script: people who act, and checks of what they are shown.
type tour struct {
	*world
	app         *app.App
	out         io.Writer
	speed       float64   // of the story
	watchFrom   time.Time // when the chain watch begins
	checks      int
	differences []string
}

// person is one of the people, whose steps go into the transcript.
func (t *tour) person(userID, name string) *actor {
	a := t.as(userID)
	a.name, a.note = name, func(line string) { fmt.Fprintln(t.out, indent(line)) }
	return a
}

func (t *tour) heading(format string, args ...any) {
	fmt.Fprintf(t.out, "\n== %s  %s\n", t.clock.Now().UTC().Format("15:04"), fmt.Sprintf(format, args...))
}

// check counts a comparison and notes a difference.
func (t *tour) check(ok bool, format string, args ...any) {
	t.checks++
	if !ok {
		t.differences = append(t.differences, fmt.Sprintf(format, args...))
	}
}

// says checks that a text holds everything it should.
func (t *tour) says(what, text string, wanted ...string) {
	for _, want := range wanted {
		t.check(strings.Contains(text, want), "%s lacks %q:\n%s", what, want, text)
	}
}

// carefully lets the story run slowly as long as something is done.
func (t *tour) carefully(ctx context.Context, act func(context.Context) error) error {
	t.clock.SetSpeed(min(carefulSpeed, t.speed))
	defer t.clock.SetSpeed(t.speed)
	return act(ctx)
}

// until waits for a moment of the scenario.
func (t *tour) until(ctx context.Context, moment time.Time) error {
	return t.clock.Sleep(ctx, moment.Sub(t.clock.Now()))
}

// play is the evening.
func (t *tour) play(ctx context.Context, a *app.App) error {
	t.app = a
	t.clock.SetSpeed(t.speed)
	for _, act := range []func(context.Context) error{
		t.strangers, t.joining, t.matched, t.prepared, t.started, t.trusted, t.squads, t.fought, t.ended,
		t.alerting, t.wishes, t.watching, t.retaliating, t.onWatch, t.chaining, t.leaving,
	} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// checkLogs looks for every key and token in what the bot logged.
func (t *tour) checkLogs(logs string) {
	t.check(len(logs) > 0, "the bot logged nothing")
	for _, secret := range t.secrets {
		t.check(!strings.Contains(logs, secret), "a secret stands in the logs (%d characters, begins with %q)", len(secret), secret[:2])
	}
	t.check(!strings.Contains(logs, `"level":"ERROR"`), "the bot logged an error:\n%s", linesWith(logs, `"level":"ERROR"`))
	for _, complaint := range t.discord.Complaints() {
		t.check(false, "Discord complains: %s", complaint)
	}
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ")
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func linesWith(text, part string) string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) && len(out) < 5 {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return strings.Join(out, "\n")
}

// lockedBuffer collects the bot's log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var errNoMessage = errors.New("the message did not arrive")
