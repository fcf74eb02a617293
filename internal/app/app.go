// Package app builds everything, starts it in order and stops it in reverse. It
// decides nothing.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"consigliere/internal/budget"
	"consigliere/internal/clock"
	"consigliere/internal/commands"
	"consigliere/internal/config"
	"consigliere/internal/discord"
	"consigliere/internal/feed"
	"consigliere/internal/notify"
	"consigliere/internal/poll"
	"consigliere/internal/scoreboard"
	"consigliere/internal/store"
	"consigliere/internal/torn"
	"consigliere/internal/vault"
	"consigliere/internal/war"
)

// Options are what an App is made of.
type Options struct {
	Config *config.Config
	Clock  clock.Clock
	Log    *slog.Logger
	Redact *config.Redactor
	// TemporaryDatabase asks for a private database that is thrown away.
	TemporaryDatabase bool
	// Sent may be nil; it is told every statement that the database is sent.
	Sent func(sql string)
	// Polled may be nil; it is told how each poll went.
	Polled func(poll.Run)
}

// App is one process of the bot.
type App struct {
	cfg     *config.Config
	clock   clock.Clock
	log     *slog.Logger
	metrics *metrics
	polled  func(poll.Run) // may be nil

	db         *Database
	store      *store.Store
	keys       *keyring
	keyset     *keysetWatch
	client     *torn.Client
	pool       *torn.Pool
	uses       *torn.Uses
	limits     usage
	tries      commands.Tries
	hurries    commands.Tries
	closeLimit func() error
	discord    *discord.Session                // for sending
	listening  atomic.Pointer[discord.Session] // the one connected to the gateway; nil while none is
	commands   *commands.Registry
	board      *scoreboard.Server

	web, metricsWeb net.Listener
	state           atomic.Pointer[string] // what this process does: starting, leading, standby
}

// usage is a budget that can tell how far it is spent.
type usage interface {
	torn.Budget
	Usage(context.Context) ([]budget.Usage, error)
}

// What a process is doing.
const (
	starting = "starting"
	leading  = "leading"
	standby  = "standby: another process leads"
)

const (
	leadRetry = 2 * time.Second
	pause     = 2 * time.Second // before a part that stopped is started again
)

// oneAddress is what all processes of one Redis are to Torn: players' limits are theirs
// wherever a request comes from, and processes that do have addresses of their own are
// on the safe side with one address's limit.
const oneAddress = "bot"

// New builds the bot: it opens the database and its addresses, and connects to
// nothing else yet. What it opened is closed by Run, or here when it fails.
func New(ctx context.Context, o Options) (_ *App, err error) {
	a := &App{cfg: o.Config, clock: o.Clock, log: o.Log, metrics: newMetrics(), polled: o.Polled}
	a.say(starting)
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close(context.WithoutCancel(ctx)))
		}
	}()
	if err := a.openStore(ctx, o); err != nil {
		return nil, err
	}
	keys, err := a.openVault(o.Redact)
	if err != nil {
		return nil, err
	}
	if err := a.openTorn(keys); err != nil {
		return nil, err
	}
	if a.web, err = listen(ctx, a.cfg.HTTP.Listen); err != nil {
		return nil, err
	}
	if addr := a.cfg.HTTP.MetricsListen; addr != "" && addr != "off" {
		if a.metricsWeb, err = listen(ctx, addr); err != nil {
			return nil, err
		}
	}
	if err := a.openDiscord(keys); err != nil {
		return nil, err
	}
	if err := a.openScoreboard(); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *App) openStore(ctx context.Context, o Options) (err error) {
	if a.db, err = OpenDatabase(ctx, a.cfg, o.TemporaryDatabase, a.log); err != nil {
		return err
	}
	if err := a.db.Migrate(ctx); err != nil {
		return err
	}
	a.store, err = store.Open(ctx, store.Config{URL: a.db.AppURL, MaxConns: int32(a.cfg.Database.MaxConnections), Sent: o.Sent})
	if err != nil {
		return err
	}
	return a.store.CheckSchema(ctx)
}

func (a *App) openVault(redact *config.Redactor) (*keyring, error) {
	v, err := vault.Open(a.cfg.Encryption.Keyset.Reveal(), a.cfg.Encryption.KeysetFile)
	if err != nil {
		return nil, err
	}
	a.keyset = a.watchKeyset(v)
	return &keyring{store: a.store, vault: v, redact: redact, clock: a.clock, log: a.log}, nil
}

func (a *App) openTorn(keys *keyring) (err error) {
	limits := budget.Limits{PerPlayer: a.cfg.Torn.RequestsPerMinute, PerHost: a.cfg.Torn.HostRequestsPerMinute}
	if url := a.cfg.Redis.URL.Reveal(); url != "" {
		shared, err := budget.Dial(url, limits, a.clock, oneAddress)
		if err != nil {
			return err
		}
		a.limits, a.closeLimit, a.tries = shared, shared.Close, shared.Tries(commands.TriesPerMinute)
		a.hurries = shared.Tries(commands.HurriesPerMinute)
	} else {
		if a.limits, err = budget.NewLocal(limits, a.clock); err != nil {
			return err
		}
		a.tries = budget.NewLocalTries(commands.TriesPerMinute, a.clock)
		a.hurries = budget.NewLocalTries(commands.HurriesPerMinute, a.clock)
	}
	a.uses = torn.NewUses(a.clock)
	a.client, err = torn.New(torn.Config{
		BaseURL: a.cfg.Torn.BaseURL, HTTP: &http.Client{Timeout: a.cfg.Torn.Timeout}, Budget: a.limits,
		Clock: a.clock, Log: a.log, Observe: func(c torn.Call) { a.metrics.call(c); a.uses.Count(c) },
	})
	if err != nil {
		return err
	}
	a.keys = keys
	a.pool, err = torn.NewPool(keys, a.clock, a.log)
	return err
}

// Run works until ctx ends, then stops everything and closes what New opened.
// Without Redis only one process may act, since budgets are counted in it: any
// other stands by, and serves nothing but its health and the scoreboard.
func (a *App) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.close(context.WithoutCancel(ctx))) }()
	if err := a.keyset.register(ctx); err != nil {
		return err
	}
	parts := []part{
		{"keyset", a.keyset.Run}, // the first to start and the last to stop
		{"key use", a.storeUses},
		{"http", serve(a.web, a.board.Handler())},
		again(part{"live updates", a.listenForChanges}, a.clock, pause, a.log),
	}
	if a.metricsWeb != nil {
		parts = append(parts, part{"metrics", serve(a.metricsWeb, a.metrics.handler())})
	}
	if a.cfg.Redis.URL != "" {
		a.say(leading)
		parts = append(parts, a.acting()...)
	} else {
		parts = append(parts, part{"lead", a.lead})
	}
	a.log.Info("consigliere runs", "http", a.web.Addr().String(), "roles", a.cfg.Roles)
	return runParts(ctx, a.log, parts)
}

// lead acts whenever this process is the one that may.
func (a *App) lead(ctx context.Context) error {
	for {
		err := a.store.Lead(ctx, leadRetry, func() {
			a.say(standby)
			a.log.Info("another process leads; standing by")
		}, func(ctx context.Context) error {
			a.say(leading)
			return runParts(ctx, a.log, a.acting())
		})
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to stop
		}
		if err != nil && !errors.Is(err, store.ErrLeadLost) {
			return err
		}
		a.say(standby)
		a.log.Warn("this process no longer leads", "err", err)
	}
}

// acting are the parts that only one process runs, or with Redis every process that
// has the role.
func (a *App) acting() []part {
	var parts []part
	if a.cfg.Runs(config.RolePoll) {
		parts = append(parts, part{"poll", a.scheduler().Run})
	}
	if a.cfg.Runs(config.RoleWork) {
		parts = append(parts,
			again(part{"alerts", a.work}, a.clock, pause, a.log),
			part{"boards", a.boards().Run},
			part{"jobs", a.jobRunner().Run})
	}
	if a.cfg.Runs(config.RoleGateway) {
		parts = append(parts, part{"gateway", a.gateway})
	}
	return parts
}

func (a *App) scheduler() *poll.Scheduler {
	src := poll.Source{Client: a.client, Pool: a.pool, Spent: poll.NewSpent(a.clock)}
	every := a.intervals()
	return &poll.Scheduler{
		Owner: a.instance(), Claims: a.store, Clock: a.clock, Intervals: every, Log: a.log, Observe: a.observe,
		Lanes: []poll.Lane{{Feeds: feed.Urgent(), Workers: urgentPolls}, {Feeds: feed.Calm(), Workers: calmPolls}},
		Pollers: map[feed.Name]poll.Poller{
			feed.Attacks: &poll.Attacks{Source: src, Store: a.store, Past: poll.NewPast(a.store, pastAtOnce), Retals: a.store, Terms: a.store, Clock: a.clock, Intervals: every, Settings: a.store, Rules: war.DefaultRules(), Log: a.log},
			feed.Front:   &poll.Front{Source: src, Store: a.store, Clock: a.clock, Intervals: every, Events: war.DefaultEventOptions(), Terms: a.store, Flights: a.store, Log: a.log},
			feed.Members: &poll.Members{Source: src, Store: a.store, Clock: a.clock, Intervals: every, Log: a.log},
			feed.Wars:    &poll.Wars{Source: src, Store: a.store, Clock: a.clock, Intervals: every, Events: war.DefaultEventOptions(), Log: a.log},
			feed.Chain:   &poll.Chain{Source: src, Store: a.store, Wars: a.store, Watch: a.store, Clock: a.clock, Intervals: every, Log: a.log},
			feed.Scout:   &poll.Scout{Source: src, Store: a.store, Clock: a.clock, Log: a.log},
		},
	}
}

// observe counts a poll.
func (a *App) observe(r poll.Run) {
	a.metrics.poll(r)
	if a.polled != nil {
		a.polled(r)
	}
}

func (a *App) intervals() feed.Intervals {
	p := a.cfg.Torn.Poll
	return feed.Intervals{AttacksWar: p.AttacksWar, AttacksIdle: p.AttacksIdle, Members: p.Members, Wars: p.Wars, Front: p.Front}
}

// pastAtOnce is for how many factions one process reads wars of the past at once, out
// of urgentPolls.
const pastAtOnce = 2

// How many polls one process runs at once. They wait for Torn most of the time: fifty
// factions at war are due ten times a second, and when all of them start together, the
// logs that are read back wait for the host's allowance while the scores must not.
const (
	urgentPolls = 64
	calmPolls   = 8
)

// work brings alerts to Discord.
func (a *App) work(ctx context.Context) error {
	workers, err := notify.Workers(a.deliverer())
	if err != nil {
		return err
	}
	q, err := a.store.NewQueue(a.instance(), workers, a.log)
	if err != nil {
		return err
	}
	return q.Run(ctx)
}

func (a *App) openScoreboard() (err error) {
	a.board, err = scoreboard.New(scoreboard.Config{
		Wars: a.store, Sources: a.store, Links: a.store, Chains: a.store, Records: a.store, Now: a.clock.Now, Speed: time.Minute.Seconds() / a.clock.Real(time.Minute).Seconds(),
		Ready: a.ready, PublicURL: a.publicURL(), Intervals: a.intervals(), Log: a.log,
	})
	return err
}

// gateway listens to Discord. A session can be started once, and this process may
// come to lead again, so each time has a session of its own; what sends messages
// uses a.discord, which is never started.
func (a *App) gateway(ctx context.Context) error {
	s, err := a.newSession()
	if err != nil {
		return err
	}
	a.listening.Store(s)
	defer a.listening.Store(nil)
	if err := s.Start(ctx); err != nil {
		return fmt.Errorf("connect to Discord: %w", err)
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.ShutdownTimeout)
	defer cancel()
	return s.Stop(stop)
}

func (a *App) listenForChanges(ctx context.Context) error {
	return a.store.Listen(ctx, func() {}, a.board.Changed)
}

// WebAddr is where the scoreboard listens.
func (a *App) WebAddr() string { return a.web.Addr().String() }

func (a *App) say(state string) { a.state.Store(&state) }

func (a *App) close(ctx context.Context) error {
	var errs []error
	for _, l := range []net.Listener{a.web, a.metricsWeb} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if a.closeLimit != nil {
		errs = append(errs, a.closeLimit())
	}
	if a.store != nil {
		a.store.Close()
	}
	if a.db != nil {
		errs = append(errs, a.db.Close(ctx))
	}
	return errors.Join(errs...)
}

// instance is this process's name in the database.
func (a *App) instance() string {
	if a.cfg.Instance != "" {
		return a.cfg.Instance
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		return "consigliere"
	}
	return host
}
