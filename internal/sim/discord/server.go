package discord

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ErrClosed is returned to those who wait while the server closes.
var ErrClosed = errors.New("the stand-in for Discord was closed")

// Server is the stand-in. All methods may be called at once from many goroutines.
type Server struct {
	cfg     Config
	app     User // the bot's account; its id is the application's id too
	mux     *http.ServeMux
	gateway *gateway

	closing context.Context // ends with Close
	stop    context.CancelFunc

	mu           sync.Mutex
	changed      chan struct{} // closed and replaced whenever something below changes
	ids          ids
	users        map[string]*User
	guilds       map[string]*guild
	guildOrder   []string
	channels     map[string]*channel
	messages     map[string]Message // by id; deleted ones are gone
	history      map[string][]Message
	webhooks     map[string]*webhook
	commands     map[string][]Command // by guild id; "" is global
	interactions map[string]*interaction
	noDMs        map[string]bool
	complaints   []string
	calls        []Call
	faults       []*Armed
	limiter      limiter
	feed         feed
}

// channel is the stored form of a channel, with what was said in it.
type channel struct {
	Channel
	peer       string   // direct message: whose
	messages   []string // ids, oldest first, ephemeral ones included
	lastPublic string   // the newest message that everybody sees; it may be deleted
	nonces     map[string]nonceUse
}

type nonceUse struct {
	message string
	at      time.Time
}

// webhook posts to one channel and needs no bot.
type webhook struct {
	ID        string `json:"id"`
	Type      int    `json:"type"`
	GuildID   string `json:"guild_id"`
	ChannelID string `json:"channel_id"`
	Name      string `json:"name"`
	Token     string `json:"token"`
	AppID     string `json:"application_id"`
}

// New builds a stand-in with an empty world; AddGuild fills it. It listens
// nowhere: serve Handler (and ChatHandler), and call Close in the end.
func New(cfg Config) *Server {
	s := &Server{
		cfg:          cfg.withDefaults(),
		changed:      make(chan struct{}),
		users:        map[string]*User{},
		guilds:       map[string]*guild{},
		channels:     map[string]*channel{},
		messages:     map[string]Message{},
		history:      map[string][]Message{},
		webhooks:     map[string]*webhook{},
		commands:     map[string][]Command{},
		interactions: map[string]*interaction{},
		noDMs:        map[string]bool{},
	}
	s.closing, s.stop = context.WithCancel(context.Background())
	s.limiter.windows = map[string]*window{}
	s.gateway = newGateway(s)
	if s.cfg.AppID == "" {
		s.cfg.AppID = s.newID()
	}
	s.app = User{ID: s.cfg.AppID, Username: s.cfg.BotName, Discriminator: "0", Bot: true}
	s.users[s.app.ID] = &s.app
	s.mux = s.routes()
	return s
}

// Handler serves the REST API below /api/, the gateway and attachments.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Addresses of webhooks, as people copy them, name no version.
		if rest, ok := strings.CutPrefix(r.URL.Path, "/api/webhooks/"); ok {
			r = r.Clone(r.Context())
			r.URL.Path = "/api/v10/webhooks/" + rest
			r.URL.RawPath = ""
		}
		s.mux.ServeHTTP(w, r)
	})
}

// AppID is the application's id, which is the bot user's too.
func (s *Server) AppID() string { return s.app.ID }

// Token is the bot's token, without "Bot ".
func (s *Server) Token() string { return s.cfg.Token }

// Close ends every gateway connection and every wait, and returns when they have
// ended. Requests in flight are the HTTP server's to end.
func (s *Server) Close() {
	s.stop()
	s.gateway.close()
	s.mu.Lock()
	s.bump()
	s.mu.Unlock()
}

// newID makes a snowflake from the demo's time.
func (s *Server) newID() string { return s.ids.next(s.cfg.Now()) }

// bump wakes everybody who waits for a change. The caller holds s.mu.
func (s *Server) bump() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// await returns when done, called with s.mu held, is true.
func (s *Server) await(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := done(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closing.Done():
			return ErrClosed
		}
	}
}

// Complaints lists what Discord lets pass and a careful bot does not do, such as
// a message without allowed_mentions.
func (s *Server) Complaints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.complaints...)
}
