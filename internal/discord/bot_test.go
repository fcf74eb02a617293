package discord_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"flag"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"consigliere/internal/chat"
	"consigliere/internal/discord"
	sim "consigliere/internal/sim/discord"
)

// TestMain lets many tests run side by side: they wait far more than they
// compute, and leaving the gateway alone takes discordgo a second.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "64"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

const (
	guildID   = "1001"
	channelID = "2001"
	ownerID   = "3001"
	token     = "bot-token-that-must-not-leak"
)

// router answers with functions; what is not set says "ok".
type router struct {
	plan     func(chat.Request) chat.Plan
	handle   func(context.Context, chat.Request) chat.Reply
	complete func(context.Context, chat.Request) []chat.Choice
}

func (r router) Plan(q chat.Request) chat.Plan {
	if r.plan == nil {
		return chat.Plan{}
	}
	return r.plan(q)
}

func (r router) Handle(ctx context.Context, q chat.Request) chat.Reply {
	if r.handle == nil {
		return says("ok")
	}
	return r.handle(ctx, q)
}

func (r router) Complete(ctx context.Context, q chat.Request) []chat.Choice {
	if r.complete == nil {
		return nil
	}
	return r.complete(ctx, q)
}

func says(text string) chat.Reply { return chat.Reply{Message: chat.Message{Content: text}} }

func privately(text string) chat.Reply {
	r := says(text)
	r.Ephemeral = true
	return r
}

var testCommands = []chat.Command{
	{Name: "ping", Description: "answers"},
	{Name: "war", Description: "wars", Sub: []chat.Command{
		{Name: "member", Description: "one member", Options: []chat.Option{
			{Name: "member", Description: "who", Autocomplete: true},
			{Name: "war", Description: "which", Type: chat.Integer, Autocomplete: true},
		}},
		{Name: "track", Description: "tracking", Sub: []chat.Command{{Name: "start", Description: "begin", Options: []chat.Option{
			{Name: "channel", Description: "where", Type: chat.Channel},
		}}}},
	}},
}

// bot is a session that is connected to a stand-in with one server, one channel
// and one person.
type bot struct {
	*discord.Session
	sim    *sim.Server
	person *sim.Person
	log    *lockedBuffer
	seen   func() []discord.Interaction
}

type setup struct {
	router router
	config func(*discord.Config)
	sim    sim.Config
	// before runs after New and before Start.
	before func(*discord.Session, *sim.Server)
	// unstarted leaves Start to the test.
	unstarted bool
	// secure puts the stand-in behind TLS.
	secure bool
}

func newBot(t *testing.T, with setup) *bot {
	t.Helper()
	with.sim.Token = token
	web := httptest.NewUnstartedServer(nil)
	if with.secure {
		with.sim.PublicURL = "https://" + web.Listener.Addr().String()
	}
	server := sim.New(with.sim)
	server.AddGuild(sim.GuildSpec{
		ID: guildID, Name: "Faction", Channels: []sim.ChannelSpec{{ID: channelID, Name: "war"}},
		Members: []sim.MemberSpec{{ID: ownerID, Name: "Boss"}},
	})
	web.Config.Handler = server.Handler()
	if with.secure {
		web.StartTLS()
	} else {
		web.Start()
	}
	b := &bot{sim: server, person: server.User(ownerID), log: &lockedBuffer{}}
	var mu sync.Mutex
	var seen []discord.Interaction
	b.seen = func() []discord.Interaction {
		mu.Lock()
		defer mu.Unlock()
		return append([]discord.Interaction(nil), seen...)
	}
	cfg := discord.Config{
		Token: token, APIBase: web.URL, Guilds: []string{guildID}, Commands: testCommands, Router: with.router,
		Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		ObserveInteraction: func(i discord.Interaction) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, i)
		},
	}
	if with.config != nil {
		with.config(&cfg)
	}
	session, err := discord.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	session.Hurry()
	if with.secure {
		pool := x509.NewCertPool()
		pool.AddCert(web.Certificate())
		session.Trust(pool)
	}
	b.Session = session
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := session.Stop(ctx); err != nil {
			t.Error(err)
		}
		server.Close()
		web.Close()
		if strings.Contains(b.log.String(), token) {
			t.Error("the token is in the log")
		}
		for _, c := range server.Complaints() {
			t.Error("careless towards Discord:", c)
		}
	})
	if with.before != nil {
		with.before(session, server)
	}
	if !with.unstarted {
		if err := session.Start(soon(t)); err != nil {
			t.Fatalf("start: %v\n%s", err, b.log)
		}
	}
	return b
}

func (b *bot) slash(t *testing.T, path string) *sim.Response {
	t.Helper()
	r, err := b.person.Slash(soon(t), guildID, channelID, path, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.log)
	}
	return r
}

// sendOff sends a command whose answer the test does not look at.
func (b *bot) sendOff(t *testing.T, path string) {
	ctx := soon(t)
	go func() { _, _ = b.person.Slash(ctx, guildID, channelID, path, nil) }()
}

// await waits for a message of the channel that the person can see and that
// contains text.
func (b *bot) await(t *testing.T, text string) sim.Message {
	t.Helper()
	var found sim.Message
	until(t, func() bool {
		for _, m := range b.person.Messages(channelID) {
			if strings.Contains(m.Content, text) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func until(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !done(); {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

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
