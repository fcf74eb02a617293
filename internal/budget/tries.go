package budget

import (
	"context"
	_ "embed"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"consigliere/internal/clock"
)

// rememberTries is how many people's tries one process counts; more than a bot of this
// size ever meets in a minute.
const rememberTries = 10_000

// LocalTries allows everybody so many tries in any minute, counted in this process.
// Unlike a bucket, which refills, it never lets more through, and all may be used at
// once.
type LocalTries struct {
	most   int
	window time.Duration // of the clock's own time
	clock  clock.Clock

	mu    sync.Mutex
	at    map[string][]time.Time // within the last window, never empty
	sweep time.Time              // when those who are done are forgotten next
}

// NewLocalTries allows most tries in a minute of the wall's time.
func NewLocalTries(most int, clk clock.Clock) *LocalTries {
	return &LocalTries{most: most, window: clock.Span(clk, time.Minute), clock: clk, at: map[string][]time.Time{}}
}

// Take uses up one try of somebody's, or tells how long to wait for the next. It never
// fails.
func (t *LocalTries) Take(_ context.Context, who string) (wait time.Duration, ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	t.forget(now)
	at := t.at[who]
	for len(at) > 0 && now.Sub(at[0]) >= t.window {
		at = at[1:]
	}
	if len(at) >= t.most {
		return t.clock.Real(t.window - now.Sub(at[0])), false, nil
	}
	if len(at) == 0 && len(t.at) >= rememberTries {
		return time.Minute, false, nil
	}
	t.at[who] = append(at, now)
	return 0, true, nil
}

// forget drops everybody whose last try is over.
func (t *LocalTries) forget(now time.Time) {
	if now.Before(t.sweep) {
		return
	}
	t.sweep = now.Add(t.window / 4)
	for who, at := range t.at {
		if now.Sub(at[len(at)-1]) >= t.window {
			delete(t.at, who)
		}
	}
}

//go:embed tries.lua
var triesScript string

// SharedTries is LocalTries counted over all processes in Redis, by its clock.
type SharedTries struct {
	most   int
	shared *Shared
	script *redis.Script
}

// Tries allows most tries in a minute, whichever process they come to.
func (s *Shared) Tries(most int) *SharedTries {
	return &SharedTries{most: most, shared: s, script: redis.NewScript(triesScript)}
}

// Take is LocalTries.Take. While Redis does not answer nobody has a try, and the error
// is of kind faction.Unavailable.
func (t *SharedTries) Take(ctx context.Context, who string) (wait time.Duration, ok bool, err error) {
	s := t.shared
	left, err := t.script.Run(ctx, s.redis, []string{s.triesKey(who)}, t.most, s.limits.window.Milliseconds()).Int64()
	if err != nil {
		return 0, false, s.failed(ctx, "count somebody's tries", err)
	}
	return time.Duration(left) * time.Millisecond, left == 0, nil
}

func (s *Shared) triesKey(who string) string {
	return fmt.Sprintf("%s{%s}:tries:%s", prefix, s.host, who)
}
