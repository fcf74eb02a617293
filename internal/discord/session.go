package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"consigliere/internal/chat"
)

// Config is what a Session needs. Token is the only field that REST calls need;
// Start needs a Router too.
type Config struct {
	Token   string // without "Bot "
	APIBase string // "https://discord.com" when empty; the gateway follows it
	// Guilds get the commands at once; with none they are registered globally,
	// which other servers see too.
	Guilds   []string
	Commands []chat.Command
	Router   Router
	Log      *slog.Logger
	// HandlerTimeout bounds a handler: 60 s when 0, at most 14 min (the token of
	// an interaction lives 15).
	HandlerTimeout time.Duration
	// OnGuild, when set, is told one after the other which servers the bot is in
	// (at each new gateway session), joins and leaves.
	OnGuild func(ctx context.Context, guildID, name string, joined bool)
	// ObserveREST and ObserveInteraction, when set, count for metrics. They must
	// not block.
	ObserveREST        func(RESTCall)
	ObserveInteraction func(Interaction)
}

const (
	defaultAPIBase        = "https://discord.com"
	defaultHandlerTimeout = time.Minute
	maxHandlerTimeout     = 14 * time.Minute
)

// timing holds every wait that tests shorten.
type timing struct {
	deferAfter   time.Duration // a handler that has not answered by then is deferred
	answerWithin time.Duration // forms and suggestions cannot be deferred
	firstAnswer  time.Duration // a first answer is not sent after that
	laterAnswer  time.Duration // for sending an edit or a follow-up
	open         time.Duration // connect, identify, READY
	stable       time.Duration // a connection that lived so long was a good one
	minBackoff   time.Duration
	maxBackoff   time.Duration
	invalid      time.Duration // least wait after op 9
	refused      time.Duration // wait when Discord refuses the bot
	identifyGap  time.Duration
	startWithin  time.Duration // Start does not wait longer for an unreachable Discord
	grace        time.Duration // for cancelled handlers to say so
}

func defaultTiming() timing {
	return timing{
		deferAfter: 1500 * time.Millisecond, answerWithin: 2500 * time.Millisecond,
		firstAnswer: 5 * time.Second, laterAnswer: 30 * time.Second,
		open: 20 * time.Second, stable: 30 * time.Second,
		minBackoff: time.Second, maxBackoff: time.Minute,
		invalid: time.Second, refused: 10 * time.Minute, identifyGap: 5 * time.Second,
		startWithin: 20 * time.Second, grace: 3 * time.Second,
	}
}

// Session is the bot at Discord. Its REST methods work from New on, also in a
// process that never starts the gateway; all are safe for concurrent use.
type Session struct {
	cfg       Config
	log       *slog.Logger
	timing    timing
	transport *transport
	health    *health
	inflight  *inflight

	// life ends with Stop's end; handlers ends before it, so that a handler that
	// is interrupted can still be answered for.
	life, handlers         context.Context
	endLife, endHandlers   context.CancelFunc
	gatewayStop            context.CancelFunc
	background             sync.WaitGroup // supervisor, registration, guild events
	guildEvents            chan guildEvent
	mu                     sync.Mutex
	started, stopped       bool
	applicationID, ownID   string
	identified, registered chan struct{}
	refusal                chan error
}

// New checks the configuration and makes a session that is not connected yet.
func New(cfg Config) (*Session, error) {
	if cfg.Token == "" {
		return nil, errors.New("discord needs a bot token")
	}
	if cfg.APIBase == "" {
		cfg.APIBase = defaultAPIBase
	}
	if cfg.HandlerTimeout == 0 {
		cfg.HandlerTimeout = defaultHandlerTimeout
	}
	if cfg.HandlerTimeout < 0 || cfg.HandlerTimeout > maxHandlerTimeout {
		return nil, fmt.Errorf("handler timeout %s is not between 0 and %s", cfg.HandlerTimeout, maxHandlerTimeout)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.ObserveInteraction == nil {
		cfg.ObserveInteraction = func(Interaction) {}
	}
	if err := ValidateCommands(cfg.Commands); err != nil {
		return nil, fmt.Errorf("commands: %w", err)
	}
	t, err := newTransport(cfg.APIBase, cfg.Token, cfg.ObserveREST)
	if err != nil {
		return nil, err
	}
	s := &Session{
		cfg: cfg, log: cfg.Log, timing: defaultTiming(), transport: t,
		health: newHealth(), inflight: newInflight(),
		guildEvents: make(chan guildEvent, maxGuildEvents),
		identified:  make(chan struct{}), registered: make(chan struct{}),
		refusal: make(chan error, 1),
	}
	s.life, s.endLife = context.WithCancel(context.Background())
	s.handlers, s.endHandlers = context.WithCancel(s.life)
	return s, nil
}

// Start connects, registers the commands and begins to answer. It returns an
// error when Discord refuses the bot or its commands, or when ctx ends first;
// then the session is stopped. A Discord that cannot be reached is no error:
// Start returns after 20 s, Healthy tells why, and the session goes on trying.
// What it starts lives until Stop, not until ctx ends.
func (s *Session) Start(ctx context.Context) error {
	if s.cfg.Router == nil {
		return errors.New("discord cannot be started without a router")
	}
	s.mu.Lock()
	if s.started || s.stopped {
		s.mu.Unlock()
		return errors.New("discord session can be started once")
	}
	s.started = true
	gatewayCtx, stop := context.WithCancel(s.life)
	s.gatewayStop = stop
	s.mu.Unlock()

	g := &gateway{
		token: s.cfg.Token, transport: s.transport, timing: s.timing, log: s.log,
		identify: &identifyBudget{session: s, gap: s.timing.identifyGap},
		health:   s.health, onEvent: s.event, refused: s.refuse,
	}
	s.background.Go(func() { g.run(gatewayCtx) })
	s.background.Go(func() { s.register(gatewayCtx) })
	s.background.Go(func() { s.tellGuilds(gatewayCtx) })

	timeout := time.NewTimer(s.timing.startWithin)
	defer timeout.Stop()
	var err error
	for _, step := range []chan struct{}{s.health.first, s.registered} {
		select {
		case <-step:
			continue
		case err = <-s.refusal:
		case <-ctx.Done():
			err = fmt.Errorf("start discord: %w", ctx.Err())
		case <-timeout.C:
			_, _, reason := s.health.get()
			s.log.Warn("discord cannot be reached yet, trying on", "reason", reason)
			return nil
		}
		return errors.Join(err, s.Stop(ctx))
	}
	return nil
}

// refuse notes that Discord will not have the bot or its commands. Only Start
// waits for it; later ones are in the log and in Healthy.
func (s *Session) refuse(err error) {
	s.log.Error("discord refuses the bot", "err", err)
	select {
	case s.refusal <- err:
	default:
	}
}

// Stop takes no more interactions, leaves the gateway, and waits for the
// handlers that are running until ctx ends; then their contexts are cancelled,
// their users are told, and a handler that still does not return is an error.
func (s *Session) Stop(ctx context.Context) error {
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		return nil
	}
	s.stopped = true
	stopGateway := s.gatewayStop
	s.mu.Unlock()

	s.inflight.close()
	if stopGateway != nil {
		stopGateway()
	}
	left := s.inflight.wait(ctx)
	s.endHandlers()
	if left > 0 {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timing.grace)
		left = s.inflight.wait(grace)
		cancel()
	}
	s.endLife()
	s.background.Wait()
	s.health.down("stopped")
	s.transport.close()
	if left > 0 {
		return fmt.Errorf("stop discord: %d handlers do not return", left)
	}
	return nil
}

// Healthy tells whether the gateway is connected, since when that is so (or not
// so), and why not.
func (s *Session) Healthy() (ok bool, since time.Time, reason string) { return s.health.get() }

// event takes one dispatch from the gateway. It must not wait: the next event
// comes after it.
func (s *Session) event(kind string, data []byte) {
	switch kind {
	case "READY":
		var ready struct {
			User        user `json:"user"`
			Application struct {
				ID string `json:"id"`
			} `json:"application"`
		}
		if err := json.Unmarshal(data, &ready); err != nil {
			s.log.Error("READY cannot be read", "err", err)
			return
		}
		s.know(ready.User.ID, firstOf(ready.Application.ID, ready.User.ID))
	case "INTERACTION_CREATE":
		s.receive(data)
	case "GUILD_CREATE", "GUILD_DELETE":
		s.guild(kind, data)
	}
}

// know remembers who the bot is.
func (s *Session) know(ownID, applicationID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ownID = firstOf(s.ownID, ownID)
	if s.applicationID == "" && applicationID != "" {
		s.applicationID = applicationID
		close(s.identified)
	}
}

// self is the bot's own user id.
func (s *Session) self(ctx context.Context) (string, error) {
	s.mu.Lock()
	id := s.ownID
	s.mu.Unlock()
	if id != "" {
		return id, nil
	}
	var u user
	if err := s.send(ctx, newCall(http.MethodGet, "/users/@me"), nil, &u); err != nil {
		return "", fmt.Errorf("ask for the bot's own id: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ownID = firstOf(s.ownID, u.ID)
	return u.ID, nil
}

// register puts the commands in place once the bot knows who it is, and tries
// until Discord has taken or refused them.
func (s *Session) register(ctx context.Context) {
	select {
	case <-s.identified:
	case <-ctx.Done():
		return
	}
	s.mu.Lock()
	application := s.applicationID
	s.mu.Unlock()
	bodies := commandBodies(s.cfg.Commands)
	calls := []call{newCall(http.MethodPut, "/applications/{application}/commands", application)}
	if len(s.cfg.Guilds) > 0 {
		calls = calls[:0]
		for _, g := range s.cfg.Guilds {
			calls = append(calls, newCall(http.MethodPut, "/applications/{application}/guilds/{guild}/commands", application, g))
		}
	}
	for i, c := range calls {
		where := "everywhere"
		if len(s.cfg.Guilds) > 0 {
			where = "guild " + s.cfg.Guilds[i]
		}
		for wait := s.timing.minBackoff; ; wait = min(2*wait, s.timing.maxBackoff) {
			err := s.send(ctx, c, bodies, nil)
			if err == nil {
				s.log.Info("commands registered", "where", where, "count", len(bodies))
				break
			}
			if ctx.Err() != nil {
				return
			}
			if errors.Is(err, ErrForbidden) || errors.Is(err, ErrGone) {
				// One server that has not invited the bot must not stop the others.
				s.log.Error("commands not registered", "where", where, "err", err)
				break
			}
			if !errors.Is(err, ErrTransient) {
				s.refuse(fmt.Errorf("register commands %s: %w", where, err))
				return
			}
			s.log.Warn("commands not registered yet", "where", where, "err", err)
			if sleep(ctx, max(wait, RetryAfter(err))) != nil {
				return
			}
		}
	}
	close(s.registered)
}
