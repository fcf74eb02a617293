// Package torn is the client of Torn's API v2: typed calls, one sentinel and one
// reaction per error, pages, and the pool of keys that members lent. It declares
// the budget it needs; nothing here knows where keys or limits are kept.
package torn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// Priority orders calls that wait for the same budget; lower is served first.
type Priority int

// The priorities.
const (
	War         Priority = iota // chain and war: a second matters
	Interactive                 // somebody waits for the answer
	Background                  // the rest: rosters, backfills, daily tests
)

// Budget says when a call may start. rank is a Priority; lower is served first.
type Budget interface {
	// Wait returns when a call of that player may start, or with the reason why it may not.
	Wait(ctx context.Context, rank int, player faction.PlayerID) error
	// Pause keeps that player's calls from starting before until; player 0 means everybody's.
	Pause(ctx context.Context, player faction.PlayerID, until time.Time) error
}

// Key is a key ready for use.
type Key struct {
	ID      int64            // ours, in the database; 0 for a key not stored yet
	Owner   faction.PlayerID // whose budget it spends
	Faction faction.ID       // the faction it was lent to; only for metrics
	Secret  Secret

	// another tells that the pool has a key of somebody else to go on with, so that
	// waiting for this user's minute to pass would be foolish.
	another bool
	// scope names who may see what is read with the key; empty for a key that came
	// from no pool, whose answers are shared with nobody.
	scope string
}

// Options go with every call.
type Options struct {
	Priority Priority
	// Fresh asks Torn not to answer from its cache of about 30 s, nor us from ours. Sparingly.
	Fresh bool
	// Once makes one request of it: after a passing fault the caller tries again by itself.
	Once bool
}

// Call is one request as it went, for metrics.
type Call struct {
	Endpoint string // with placeholders, so that there are few: "faction/{id}/members"
	Key      int64  // Key.ID
	Faction  faction.ID
	Owner    faction.PlayerID
	Outcome  Outcome
	Code     int // Torn's error code; -1 when there was none
	HTTP     int // status; 0 when there was no answer
	Took     time.Duration
}

// Outcome is how a request ended.
type Outcome string

// The outcomes.
const (
	OutcomeOK          Outcome = "ok"
	OutcomeError       Outcome = "error"       // Torn sent an error code
	OutcomeUnreachable Outcome = "unreachable" // no proper answer
	OutcomeShape       Outcome = "shape"       // an answer we cannot read
	OutcomeBlocked     Outcome = "blocked"     // HTTP 429 or Cloudflare
	OutcomeCancelled   Outcome = "cancelled"   // the caller gave up
)

// Config is what a Client is made of. BaseURL, Budget and Clock are required.
type Config struct {
	BaseURL string
	HTTP    *http.Client // nil: one with sane timeouts
	Budget  Budget
	Clock   clock.Clock
	Log     *slog.Logger // nil: silent
	Observe func(Call)   // nil: nobody counts
}

// Client calls Torn. It is safe for use by many goroutines.
type Client struct {
	base    string
	http    *http.Client
	budget  Budget
	clock   clock.Clock
	log     *slog.Logger
	observe func(Call)
	breaker Breaker
	skew    Skew
	answers *answers
}

// New checks the configuration and makes a client.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("torn: base address %q is not an http or https address", cfg.BaseURL)
	}
	if cfg.Budget == nil || cfg.Clock == nil {
		return nil, errors.New("torn: a client needs a budget and a clock")
	}
	c := &Client{
		base: strings.TrimRight(u.String(), "/"), http: httpClient(cfg.HTTP),
		budget: cfg.Budget, clock: cfg.Clock, log: cfg.Log, observe: cfg.Observe, answers: newAnswers(cfg.Clock),
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.observe == nil {
		c.observe = func(Call) {}
	}
	return c, nil
}

// Breaker is the stop that all calls share, for /status and metrics.
func (c *Client) Breaker() *Breaker { return &c.breaker }

// Skew is how far this process's clock is from Torn's, for /status.
func (c *Client) Skew() *Skew { return &c.skew }

const (
	maxTries  = 3           // of one call, for passing faults
	maxPauses = 2           // of one call, when its user is over the limit
	userPause = time.Minute // Torn's window: 100 requests a minute and user
)

// request is one call before it has a key.
type request struct {
	endpoint string // with placeholders
	path     string
	query    url.Values
	byID     bool // it names whom it is about; otherwise that is whoever's key asks
}

// get makes a call, or has its answer from the same call of another caller.
func get[T any](ctx context.Context, c *Client, key Key, o Options, r request, decode func(fields) (T, error)) (T, error) {
	var none, v T
	if key.Secret.IsZero() {
		return none, fmt.Errorf("read %s: %w", r.endpoint, codeError(1, "", r.endpoint))
	}
	top, own, err := c.answers.get(ctx, key, o, r, func(ctx context.Context) (fields, error) {
		return c.ask(ctx, key, o, r, func(top fields) (err error) {
			v, err = decode(top)
			return err
		})
	})
	if err == nil && !own {
		v, err = decode(top)
	}
	if err != nil {
		return none, fmt.Errorf("read %s: %w", r.endpoint, err)
	}
	return v, nil
}

// ask asks until there is an answer that read takes, a fault that another try cannot
// mend, or no more patience: few tries with growing, jittered pauses, all bounded by ctx.
func (c *Client) ask(ctx context.Context, key Key, o Options, r request, read func(fields) error) (fields, error) {
	pause := backoff.NewExponentialBackOff()
	tries, pauses := 0, 0
	var last error
	for {
		top, err := c.attempt(ctx, key, o, r, read)
		if err == nil {
			return top, nil
		}
		var e *Error
		if !errors.As(err, &e) {
			// The budget refused or the caller gave up. What Torn said before tells more.
			if last != nil {
				err = fmt.Errorf("%w (then: %w)", last, err)
			}
			return nil, err
		}
		last = err
		switch e.Reaction {
		case Retry:
			if tries++; tries >= maxTries || o.Once {
				return nil, err
			}
			c.log.Debug("torn: trying again", "endpoint", r.endpoint, "faction_id", key.Faction, "err", err)
			if serr := c.clock.Sleep(ctx, pause.NextBackOff()); serr != nil {
				return nil, fmt.Errorf("%w (then: %w)", err, serr)
			}
		case PauseUser:
			if pauses++; pauses > maxPauses || key.another {
				return nil, err
			}
		default:
			return nil, err
		}
	}
}

// attempt is one request with its accounting: breaker, budget, metrics, pauses.
func (c *Client) attempt(ctx context.Context, key Key, o Options, r request, read func(fields) error) (fields, error) {
	if until, reason, yes := c.breaker.blocked(c.clock.Now()); yes {
		return nil, stopped(r.endpoint, until, reason)
	}
	if err := c.budget.Wait(ctx, int(o.Priority), key.Owner); err != nil {
		return nil, fmt.Errorf("wait for the request budget: %w", err)
	}
	// The wait may have been long: somebody else may have hit the wall meanwhile.
	probe, ok := c.breaker.enter(c.clock.Now())
	if !ok {
		until, reason := c.breaker.Stopped()
		return nil, stopped(r.endpoint, until, reason)
	}
	began := time.Now() // metrics count real time, whatever the clock's speed
	status, body, err := c.fetch(ctx, key.Secret, o, r)
	var top fields
	if err == nil {
		if top, err = open(status, body, key.Secret, r.endpoint); err == nil {
			err = read(top)
		}
	}
	err = c.settle(ctx, key, r.endpoint, probe, err)
	call := Call{Endpoint: r.endpoint, Key: key.ID, Faction: key.Faction, Owner: key.Owner, HTTP: status, Took: time.Since(began)}
	call.Outcome, call.Code = outcome(err)
	c.observe(call)
	if err != nil {
		return nil, err
	}
	return top, nil
}

// settle does what an answer asks for beyond its own call: the shared stop and
// the user's pause.
func (c *Client) settle(ctx context.Context, key Key, endpoint string, probe bool, err error) error {
	var e *Error
	if err == nil {
		c.breaker.passed(probe)
		return nil
	}
	if !errors.As(err, &e) {
		c.breaker.failed(probe)
		return err
	}
	now := c.clock.Now()
	switch {
	case e.Reaction == StopAll:
		until := c.breaker.stop(now, probe, e.rule.sentinel.Error(), banStop, banMax, e.wait)
		c.log.Error("torn: all traffic stopped", "until", until, "endpoint", endpoint, "err", err)
		c.pause(ctx, 0, until)
	case e.Reaction == Backoff:
		until := c.breaker.stop(now, probe, e.rule.sentinel.Error(), closedStop, closedMax, 0)
		c.log.Warn("torn: closed, waiting", "until", until, "endpoint", endpoint, "err", err)
		c.pause(ctx, 0, until)
	case errors.Is(err, ErrUnreachable):
		c.breaker.failed(probe)
	case e.Reaction == PauseUser:
		c.breaker.passed(probe)
		c.log.Warn("torn: user over the limit, pausing", "owner_id", key.Owner, "endpoint", endpoint)
		c.pause(ctx, key.Owner, now.Add(userPause))
	default:
		c.breaker.passed(probe)
	}
	return err
}

// pause must reach the budget even when the call that learnt of it is over.
func (c *Client) pause(ctx context.Context, player faction.PlayerID, until time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := c.budget.Pause(ctx, player, until); err != nil {
		c.log.Error("torn: pause not recorded", "owner_id", player, "until", until, "err", err)
	}
}

func outcome(err error) (Outcome, int) {
	var e *Error
	switch {
	case err == nil:
		return OutcomeOK, noCode
	case !errors.As(err, &e):
		return OutcomeCancelled, noCode
	case e.Code != noCode:
		return OutcomeError, e.Code
	case errors.Is(err, ErrShape):
		return OutcomeShape, noCode
	case errors.Is(err, ErrBlocked):
		return OutcomeBlocked, noCode
	default:
		return OutcomeUnreachable, noCode
	}
}

// fields is the top level of an answer, each field still raw.
type fields map[string]json.RawMessage
