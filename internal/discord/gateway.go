package discord

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// gateway keeps one websocket to Discord alive. A lost connection is resumed
// once on the same session, which brings back what was missed; whatever goes
// wrong with that leads to a new discordgo session, because an old one can be in
// any state. discordgo never reconnects by itself.
type gateway struct {
	token     string
	transport *transport
	timing    timing
	log       *slog.Logger
	identify  *identifyBudget
	health    *health
	onEvent   func(kind string, data []byte)
	// refused is told when Discord will not have this bot at all.
	refused func(error)
}

// connection is one discordgo session and the wire it runs on at the moment.
type connection struct {
	session *discordgo.Session
	roots   *x509.CertPool
	ctx     context.Context // of the opening that is under way
	mu      sync.Mutex
	wire    *wire
	ready   chan struct{} // READY or RESUMED has arrived on this wire
}

// run connects and reconnects until ctx ends.
func (g *gateway) run(ctx context.Context) {
	var c *connection
	failures := 0
	for ctx.Err() == nil {
		if c == nil {
			if err := g.identify.wait(ctx); err != nil {
				if ctx.Err() != nil {
					return
				}
				g.health.down(err.Error())
				failures++
				g.rest(ctx, g.delay(err, failures))
				continue
			}
			c = g.newConnection()
		}
		start := time.Now()
		wasReady, err := g.connect(ctx, c)
		if ctx.Err() != nil {
			return
		}
		g.health.down(err.Error())
		if time.Since(start) > g.timing.stable {
			failures = 0
		}
		resume := wasReady && resumable(err)
		if !resume {
			c = nil
		}
		wait := g.delay(err, failures)
		failures++
		g.log.Warn("gateway connection ended", "err", err, "resume", resume, "wait", wait.String())
		g.rest(ctx, wait)
	}
}

// connect opens the connection and stays until it is over. The error is why.
func (g *gateway) connect(ctx context.Context, c *connection) (wasReady bool, err error) {
	openCtx, cancel := context.WithTimeout(ctx, g.timing.open)
	defer cancel()
	c.prepare(openCtx)
	// discordgo reads without a deadline; cutting the wire ends that.
	release := context.AfterFunc(openCtx, func() { c.cut(errNotReady) })
	err = c.session.Open()
	if err != nil {
		release()
		if cause := c.reason(); cause != nil && !errors.Is(cause, errStopped) {
			err = cause // discordgo saw only a failed read
		}
		return false, fmt.Errorf("open gateway: %w", err)
	}
	w, ready := c.current()
	select {
	case <-ready:
	case <-w.done:
	}
	if wasReady = release() && isClosed(ready); wasReady {
		g.health.up()
		g.log.Info("gateway connected")
		g.watch(ctx, w)
		if ctx.Err() == nil {
			g.health.down(w.reason().Error()) // at once: what follows takes a second
		}
	}
	// The wire is over, or the bot is stopping and says goodbye with this. Either
	// way it ends discordgo's goroutines; discordgo sleeps a second in it.
	if err := c.session.Close(); err != nil {
		g.log.Debug("close gateway session", "err", err)
	}
	w.cut(errStopped)
	return wasReady, w.reason()
}

// watch returns when the wire is over, and ends it itself when a heartbeat is
// not answered: one is sent every interval, so after one and a half the answer
// is half an interval late.
func (g *gateway) watch(ctx context.Context, w *wire) {
	for {
		interval, acked := w.heartbeat()
		left := time.Until(acked.Add(interval + interval/2))
		if left <= 0 {
			w.cut(errNoAck)
			return
		}
		timer := time.NewTimer(left)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-w.done:
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

func (g *gateway) newConnection() *connection {
	c := &connection{roots: g.transport.roots, ready: make(chan struct{})}
	// New returns an error only in its signature.
	dg, _ := discordgo.New("Bot " + g.token)
	dg.LogLevel = discordgo.LogError - 1 // its log lines hold tokens; the supervisor says what matters
	dg.ShouldReconnectOnError = false    // before Open: a Close right after it would bring it back to life
	dg.ShouldReconnectVoiceOnSessionError = false
	dg.ShouldRetryOnRateLimit = false
	dg.MaxRestRetries = 0
	dg.StateEnabled = false
	dg.SyncEvents = true // handlers run here, not in goroutines nobody waits for
	dg.Compress = false  // the wire reads along
	dg.Identify.Compress = false
	dg.Identify.Intents = discordgo.IntentsGuilds
	dg.Client = &http.Client{Transport: contextTransport{c.context, g.transport}}
	dg.Dialer = &websocket.Dialer{
		HandshakeTimeout: g.timing.open,
		NetDialContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			return c.dial(network, addr, false)
		},
		NetDialTLSContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			return c.dial(network, addr, true)
		},
	}
	dg.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		defer func() {
			if p := recover(); p != nil { // it would end the process
				g.log.Error("panic in the event loop", "event", e.Type, "panic", fmt.Sprint(p))
			}
		}()
		if e.Type == "READY" || e.Type == "RESUMED" {
			c.markReady()
		}
		g.onEvent(e.Type, e.RawData)
	})
	c.session = dg
	return c
}

// contextTransport gives discordgo's requests, which have none, a context.
type contextTransport struct {
	ctx  func() context.Context
	next http.RoundTripper
}

func (t contextTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return t.next.RoundTrip(r.WithContext(t.ctx()))
}

func (c *connection) prepare(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx, c.wire, c.ready = ctx, nil, make(chan struct{})
}

func (c *connection) context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx
}

func (c *connection) markReady() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !isClosed(c.ready) {
		close(c.ready)
	}
}

// dial connects to the gateway. TLS is done here, below the wire, which has to
// see plain frames.
func (c *connection) dial(network, addr string, secure bool) (net.Conn, error) {
	ctx := c.context()
	var conn net.Conn
	var err error
	if secure {
		d := &tls.Dialer{Config: &tls.Config{RootCAs: c.roots, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}}
		conn, err = d.DialContext(ctx, network, addr)
	} else {
		d := &net.Dialer{}
		conn, err = d.DialContext(ctx, network, addr)
	}
	if err != nil {
		return nil, err
	}
	w := newWire(conn)
	c.mu.Lock()
	c.wire = w
	c.mu.Unlock()
	if ctx.Err() != nil { // the cut came before there was anything to cut
		w.cut(errNotReady)
	}
	return w, nil
}

func (c *connection) current() (*wire, chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wire, c.ready
}

func (c *connection) cut(cause error) {
	if w, _ := c.current(); w != nil {
		w.cut(cause)
	}
}

func (c *connection) reason() error {
	if w, _ := c.current(); w != nil {
		return w.reason()
	}
	return nil
}

func isClosed(ch chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// resumable tells whether Discord would take the session up again after this end.
func resumable(err error) bool {
	if errors.Is(err, errSessionInvalid) {
		return false
	}
	var closed closedError
	if errors.As(err, &closed) {
		// 4003 not authenticated, 4007 bad sequence, 4009 timed out; the rest from
		// 4010 on, and 4004, refuse the bot.
		switch closed.code {
		case websocket.CloseNormalClosure, websocket.CloseGoingAway, 4003, 4007, 4009:
			return false
		}
		return !refusesBot(closed.code)
	}
	return true
}

// refusesBot: bad token, shard, version or intents. Trying again does not help
// and spends the day's identifies.
func refusesBot(code int) bool { return code == 4004 || (code >= 4010 && code <= 4014) }

// delay is how long to wait before the next attempt; failures counts those
// since the connection was last stable.
func (g *gateway) delay(err error, failures int) time.Duration {
	var closed closedError
	refused := errors.Is(err, ErrUnauthorized) || errors.As(err, &closed) && refusesBot(closed.code)
	switch {
	case refused:
		g.refused(err)
		return g.timing.refused
	case errors.Is(err, errSessionInvalid):
		// Discord asks for one to five seconds, at random.
		return max(g.timing.invalid+rand.N(4*g.timing.invalid+1), g.exponential(failures))
	default:
		return g.exponential(failures)
	}
}

func (g *gateway) exponential(failures int) time.Duration {
	if failures == 0 {
		return 0
	}
	d := g.timing.maxBackoff
	if failures < 16 {
		d = min(d, g.timing.minBackoff<<(failures-1))
	}
	return d + rand.N(d/2+1)
}

func (g *gateway) rest(ctx context.Context, d time.Duration) {
	_ = sleep(ctx, d) // run looks at ctx itself
}
