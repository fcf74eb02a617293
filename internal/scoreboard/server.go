// Package scoreboard is the read-only web scoreboard: whoever has a link that an
// officer made sees that faction's wars, live, and nothing else. Pages work without
// JavaScript, load nothing from elsewhere, and say how old their figures are.
package scoreboard

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/roster"
	"consigliere/internal/war"
)

// Wars reads the wars of one faction. What does not exist, or is another faction's,
// is a faction.Error of kind NotFound.
type Wars interface {
	War(ctx context.Context, id faction.ID, w war.ID) (war.War, error)
	// Wars gives the newest wars first, at most limit.
	Wars(ctx context.Context, id faction.ID, limit int) ([]war.War, error)
	Tallies(ctx context.Context, id faction.ID, w war.ID) ([]war.Row, error)
	// Samples gives the score over time, oldest first.
	Samples(ctx context.Context, id faction.ID, w war.ID) ([]war.Sample, error)
	// ListAttacks gives the newest attacks first.
	ListAttacks(ctx context.Context, id faction.ID, f war.AttackFilter) ([]war.Logged, error)
}

// Sources tells who is in a faction and how fresh our picture is.
type Sources interface {
	Feeds(ctx context.Context, id faction.ID) ([]feed.State, error)
	// Terms reads what was agreed about a war; ok is false when nothing was.
	Terms(ctx context.Context, id faction.ID, w war.ID) (t war.Terms, ok bool, err error)
	// Members reads the roster of our own faction, or of another one that we watch.
	Members(ctx context.Context, id, of faction.ID) (faction.Roster, error)
	// Claims lists who of ours has called whom in a war, those that hold at now.
	Claims(ctx context.Context, id faction.ID, w war.ID, now time.Time) ([]war.Claim, error)
	// Squads lists a faction's squads with who is in them.
	Squads(ctx context.Context, id faction.ID) ([]roster.Squad, error)
}

// Links finds the link that a token belongs to; ok is false when there is none, it
// has expired or was revoked.
type Links interface {
	ResolveWebLink(ctx context.Context, tokenHash []byte, now time.Time) (l faction.WebLink, ok bool, err error)
}

// Config is what the scoreboard needs. Wars, Sources, Links and Now are required.
type Config struct {
	Wars    Wars
	Sources Sources
	Links   Links
	Chains  Chains  // nil: there are no pages of chains
	Records Records // nil: there are no reports
	// Now is the bot's time. Speed is how fast it runs against the wall's; 0: as fast.
	Now   func() time.Time
	Speed float64
	// Ready tells what /readyz answers; nil: always ready.
	Ready func(context.Context) []Check
	// PublicURL is where people reach the scoreboard. With https cookies travel
	// encrypted only.
	PublicURL string
	// Intervals tell from when on figures are stale.
	Intervals feed.Intervals
	Log       *slog.Logger // nil: nothing is logged

	// Limits of live updates, in wall time; zero: the defaults below.
	Coalesce  time.Duration // least time between two updates of one page: 1 s
	Heartbeat time.Duration // a sign of life, and whether the link still works: 15 s
	// MaxStreams, MaxStreamsPerFaction and MaxStreamsPerLink bound how many pages are
	// kept up to date: 2000, a quarter of MaxStreams, and 200.
	MaxStreams, MaxStreamsPerFaction, MaxStreamsPerLink int
}

// Server answers the scoreboard's requests. It starts nothing by itself: live
// updates run in the requests that ask for them and end with those.
type Server struct {
	cfg       Config
	boards    *boards
	chains    *chainPages
	hub       *hub
	guesses   *guesses
	readiness *readiness
	views     *views
	assets    assets
	secure    bool // reached by https
	handler   http.Handler
}

// New checks the configuration and prepares pages and files.
func New(cfg Config) (*Server, error) {
	if cfg.Wars == nil || cfg.Sources == nil || cfg.Links == nil || cfg.Now == nil {
		return nil, errors.New("scoreboard: Wars, Sources, Links and Now are required")
	}
	if cfg.Speed <= 0 {
		cfg.Speed = 1
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Coalesce <= 0 {
		cfg.Coalesce = time.Second
	}
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	if cfg.MaxStreams <= 0 {
		cfg.MaxStreams = 2000
	}
	if cfg.MaxStreamsPerFaction <= 0 {
		cfg.MaxStreamsPerFaction = max(cfg.MaxStreams/4, 1)
	}
	if cfg.MaxStreamsPerLink <= 0 {
		cfg.MaxStreamsPerLink = 200
	}
	files, err := loadAssets()
	if err != nil {
		return nil, err
	}
	v, err := parseViews(files)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg:       cfg,
		boards:    newBoards(cfg),
		hub:       newHub(cfg.MaxStreams, cfg.MaxStreamsPerFaction, cfg.MaxStreamsPerLink),
		guesses:   newGuesses(),
		readiness: &readiness{checks: cfg.Ready},
		views:     v,
		assets:    files,
		secure:    strings.HasPrefix(strings.ToLower(cfg.PublicURL), "https://"),
	}
	s.chains = &chainPages{cfg: cfg, boards: s.boards, kept: make(map[whichChain]keptChain)}
	s.handler = bounded(s.headers(s.routes()))
	return s, nil
}

// Handler answers everything but /metrics. Its requests' contexts must end when the
// process stops (http.Server.BaseContext), or open pages hold it up.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /s/{token}", s.door)
	mux.HandleFunc("POST /s/{token}", s.enter)
	mux.HandleFunc("GET /war", s.member(s.current))
	mux.HandleFunc("GET /war/{id}", s.member(s.war))
	mux.HandleFunc("GET /war/{id}/events", s.member(s.events))
	mux.HandleFunc("GET /war/{id}/{picture}", s.member(s.picture))
	if s.cfg.Records != nil {
		for _, format := range []string{"", ".json", ".csv"} {
			mux.HandleFunc("GET /war/{id}/report"+format, s.member(s.report))
		}
	}
	if s.cfg.Chains != nil {
		mux.HandleFunc("GET /chain", s.member(s.chainNow))
		mux.HandleFunc("GET /chain/{id}", s.member(s.chain))
		mux.HandleFunc("GET /chain/{id}/events", s.member(s.chainEvents))
	}
	mux.HandleFunc("GET /static/{name}", s.static)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, faction.Errorf(faction.NotFound, "There is no such page."))
	})
	return mux
}

// Changed tells of a committed change: pages of that faction that are open look
// again, and nobody is shown what was read before it.
func (s *Server) Changed(c feed.Change) {
	s.boards.outdate(c.Faction)
	s.hub.changed(c.Faction)
}

// wall is a duration of wall time in the bot's time.
func (c Config) wall(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.Speed)
}
