package budget

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

//go:embed record.lua
var recordScript string

//go:embed pause.lua
var pauseScript string

// prefix is before every Redis key of ours; redis_rate puts "rate:" before its own.
const prefix = "consigliere:budget:"

// Shared keeps the budget of several processes in Redis, whose clock counts. Within
// a process calls stand in line as in Local; between processes the headroom that
// lower ranks leave keeps the better ones first.
type Shared struct {
	limits Limits
	clock  clock.Clock
	queue  *queue
	redis  redis.UniversalClient
	rates  *redis_rate.Limiter
	record *redis.Script
	pause  *redis.Script
	host   string
	close  func() error // nil when the client is somebody else's
}

// Dial makes a budget in the Redis at an address such as redis://:password@host:6379/0.
// Nothing is sent yet: Ping tells whether it answers. Close it at the end.
func Dial(address string, limits Limits, clk clock.Clock, host string) (*Shared, error) {
	opts, err := redis.ParseURL(address)
	if err != nil { // whose words may hold the password
		return nil, errors.New("budget: the address of Redis cannot be read: it looks like redis://host:6379/0")
	}
	logging.Disable()                 // what it would print beside our log, callers get as errors
	opts.ContextTimeoutEnabled = true // lest a Redis that hangs holds callers past their deadlines
	rdb := redis.NewClient(opts)
	s, err := NewShared(rdb, limits, clk, host)
	if err != nil {
		return nil, errors.Join(err, rdb.Close())
	}
	s.close = rdb.Close
	return s, nil
}

// Close ends the connections that Dial opened.
func (s *Shared) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// Ping tells whether Redis answers, for /readyz.
func (s *Shared) Ping(ctx context.Context) error {
	return s.failed(ctx, "ping", s.redis.Ping(ctx).Err())
}

// NewShared makes a budget in Redis. host names the address that Torn sees:
// processes behind one address give the same name. The clock has to run at the
// wall's speed, because Redis has a clock of its own.
func NewShared(rdb redis.UniversalClient, limits Limits, clk clock.Clock, host string) (*Shared, error) {
	limits, err := limits.check()
	if err != nil {
		return nil, err
	}
	if host == "" {
		return nil, errors.New("budget: the host's name is empty")
	}
	if clk.Real(time.Minute) != time.Minute {
		return nil, errors.New("budget: a clock that is faster than the wall cannot share a budget in Redis")
	}
	return &Shared{
		limits: limits, clock: clk, queue: newQueue(), redis: rdb,
		rates: redis_rate.NewLimiter(rdb), host: host,
		record: redis.NewScript(recordScript), pause: redis.NewScript(pauseScript),
	}, nil
}

// Wait returns when one call of that player may start, see Local.Wait. While Redis
// does not answer the error is of kind faction.Unavailable.
func (s *Shared) Wait(ctx context.Context, rank int, player faction.PlayerID) error {
	return s.queue.wait(ctx, s.clock, s, rank, player)
}

// Pause keeps that player's calls, or with player 0 this host's, from starting
// before until, in every process. A pause is never shortened.
func (s *Shared) Pause(ctx context.Context, player faction.PlayerID, until time.Time) error {
	d := until.Sub(s.clock.Now())
	if d <= 0 {
		return nil
	}
	// The remaining time is what is shared: clocks of processes may differ.
	err := s.pause.Run(ctx, s.redis, []string{s.pauseKey(player)}, d.Milliseconds(), until.UnixMilli()).Err()
	return s.failed(ctx, "pause a player", err)
}

func (s *Shared) take(ctx context.Context, rank int, player faction.PlayerID) (time.Duration, error) {
	d, err := s.blocked(ctx, rank, player)
	if err != nil || d > 0 {
		return d, s.failed(ctx, "look at the budget", err)
	}
	if player != 0 {
		d, err = s.draw(ctx, s.rateKey(player), s.limits.PerPlayer, rank, 1)
		if err != nil || d > 0 {
			return d, s.failed(ctx, "draw on a player's budget", err)
		}
	}
	// Only a race with another process is lost here; the player's unit is spent
	// then, which errs on the safe side.
	d, err = s.draw(ctx, s.rateKey(0), s.limits.PerHost, rank, 1)
	if err != nil || d > 0 {
		return d, s.failed(ctx, "draw on the host's budget", err)
	}
	s.note(ctx, player)
	return 0, nil
}

// blocked tells how long pauses or an empty host bucket keep a call back.
func (s *Shared) blocked(ctx context.Context, rank int, player faction.PlayerID) (time.Duration, error) {
	pipe := s.redis.Pipeline()
	all := pipe.PTTL(ctx, s.pauseKey(0))
	one := pipe.PTTL(ctx, s.pauseKey(player))
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, err
	}
	if d := max(all.Val(), one.Val()); d > 0 {
		return d, nil
	}
	return s.draw(ctx, s.rateKey(0), s.limits.PerHost, rank, 0)
}

// draw takes n requests out of a bucket. A lower rank sees a smaller bucket: what
// it may not empty is the headroom of the better ones.
func (s *Shared) draw(ctx context.Context, key string, limit, rank, n int) (time.Duration, error) {
	burst, refill := split(limit)
	lim := redis_rate.Limit{Rate: refill, Burst: burst - headroom(rank, burst), Period: s.limits.window}
	res, err := s.rates.AllowN(ctx, key, lim, n)
	if err != nil {
		return 0, err
	}
	switch {
	case n == 0 && res.Remaining < 1:
		return max(s.limits.window/time.Duration(refill), time.Millisecond), nil
	case n > 0 && res.Allowed == 0:
		return max(res.RetryAfter, time.Millisecond), nil
	}
	return 0, nil
}

// note keeps the figures for Usage. The call is paid for already, so that losing a
// figure must not lose the call.
func (s *Shared) note(ctx context.Context, player faction.PlayerID) {
	now := s.clock.Now()
	ids := []faction.PlayerID{0}
	if player != 0 {
		ids = append(ids, player)
	}
	for _, id := range ids {
		limit := s.limits.PerPlayer
		if id == 0 {
			limit = s.limits.PerHost
		}
		_ = s.record.Run(ctx, s.redis, []string{s.callsKey(id), s.sinceKey(id), s.playersKey(), s.serialKey()},
			now.UnixMilli(), s.limits.window.Milliseconds(), limit, int64(id)).Err()
	}
}

// Usage is what all processes of this host spent in the last minute, see Local.Usage.
func (s *Shared) Usage(ctx context.Context) ([]Usage, error) {
	now := s.clock.Now()
	names, err := s.redis.ZRangeByScore(ctx, s.playersKey(), &redis.ZRangeBy{
		Min: strconv.FormatInt(now.Add(-10*s.limits.window).UnixMilli(), 10), Max: "+inf",
	}).Result()
	if err != nil {
		return nil, s.failed(ctx, "list the players", err)
	}
	ids := []faction.PlayerID{0}
	for _, n := range names {
		if id, err := strconv.ParseInt(n, 10, 64); err == nil && id != 0 {
			ids = append(ids, faction.PlayerID(id))
		}
	}
	slices.Sort(ids)
	out := make([]Usage, 0, len(ids))
	for _, id := range ids {
		u, err := s.usage(ctx, id, now)
		if err != nil {
			return nil, s.failed(ctx, "read a player's usage", err)
		}
		out = append(out, u)
	}
	return out, nil
}

func (s *Shared) usage(ctx context.Context, id faction.PlayerID, now time.Time) (Usage, error) {
	pipe := s.redis.Pipeline()
	calls := pipe.ZCount(ctx, s.callsKey(id), "("+strconv.FormatInt(now.Add(-s.limits.window).UnixMilli(), 10), "+inf")
	since := pipe.Get(ctx, s.sinceKey(id))
	pause := pipe.PTTL(ctx, s.pauseKey(id))
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return Usage{}, err
	}
	u := Usage{Player: id, Calls: int(calls.Val()), Limit: s.limits.PerPlayer}
	if id == 0 {
		u.Limit = s.limits.PerHost
	}
	if ms, err := since.Int64(); err == nil && high(u.Calls, u.Limit) {
		u.Since = time.UnixMilli(ms).UTC()
	}
	if d := pause.Val(); d > 0 {
		u.PausedUntil = now.Add(d)
	}
	return u, nil
}

// failed makes the error of a Redis call, unless it is the caller who gave up.
func (s *Shared) failed(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &faction.Error{
		Kind: faction.Unavailable,
		Say:  "Redis, where requests to Torn are counted, does not answer. Polls wait until it does; nothing is lost.",
		Err:  fmt.Errorf("budget: %s: %w", what, err),
	}
}

// The names of our Redis keys. The braces keep a player's keys on one node of a cluster.
func (s *Shared) name(what string, id faction.PlayerID) string {
	who := "host:" + s.host
	if id != 0 {
		who = "player:" + strconv.FormatInt(int64(id), 10)
	}
	return prefix + "{" + s.host + "}:" + what + ":" + who
}

func (s *Shared) pauseKey(id faction.PlayerID) string { return s.name("pause", id) }
func (s *Shared) callsKey(id faction.PlayerID) string { return s.name("calls", id) }
func (s *Shared) sinceKey(id faction.PlayerID) string { return s.name("since", id) }
func (s *Shared) rateKey(id faction.PlayerID) string  { return s.name("rate", id) }
func (s *Shared) playersKey() string                  { return s.name("players", 0) }
func (s *Shared) serialKey() string                   { return s.name("serial", 0) }
