package discord

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"go.uber.org/goleak"
)

// TestMain looks for goroutines that were left behind. discordgo sleeps for a
// second when a session ends, so the last ones are given that time.
func TestMain(m *testing.M) {
	code := m.Run()
	for left := 5; code == 0 && left > 0; left-- {
		err := goleak.Find()
		if err == nil {
			break
		}
		if left == 1 {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

const (
	leaderID  = "200000000000000001"
	recruitID = "200000000000000002"
	guildID   = "300000000000000001"
	warID     = "300000000000000011"
	staffID   = "300000000000000012"
)

// world is a stand-in with one guild, listening.
type world struct {
	*Server
	http *httptest.Server
}

func newWorld(t *testing.T, cfg Config) *world {
	t.Helper()
	t.Parallel()
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 5 * time.Second
	}
	s := New(cfg)
	s.AddGuild(GuildSpec{
		ID: guildID, Name: "The Family",
		Channels: []ChannelSpec{{ID: warID, Name: "war-room"}, {ID: staffID, Name: "staff"}},
		Roles:    []RoleSpec{{ID: "300000000000000021", Name: "Officers", Color: 0xFFAA00, Mentionable: true}},
		Members: []MemberSpec{
			{ID: leaderID, Name: "Vito", ManageGuild: true, Roles: []string{"Officers"}, About: "leader"},
			{ID: recruitID, Name: "Fredo", About: "recruit"},
		},
	})
	h := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		s.Close()
		h.CloseClientConnections()
		h.Close()
	})
	return &world{s, h}
}

// toSim sends what is meant for discord.com to the stand-in.
type toSim struct {
	base *url.URL
	next http.RoundTripper
}

func (t toSim) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = t.base.Scheme, t.base.Host
	return t.next.RoundTrip(r)
}

// bot connects a real discordgo session.
func (w *world) bot(t *testing.T) *discordgo.Session {
	t.Helper()
	d := w.session(t)
	if err := d.Open(); err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { closeBot(w, d) })
	if err := w.WaitOnline(soon(t), 1); err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *world) session(t *testing.T) *discordgo.Session {
	t.Helper()
	d, err := discordgo.New("Bot " + w.Token())
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(w.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	rt := &http.Transport{}
	t.Cleanup(rt.CloseIdleConnections)
	d.Client = &http.Client{Transport: toSim{base, rt}, Timeout: 10 * time.Second}
	d.Identify.Intents = discordgo.IntentsGuilds
	d.ShouldRetryOnRateLimit = false
	return d
}

// closeBot ends a session for good. discordgo's own Close sleeps for a second,
// which it may do while other tests run.
func closeBot(w *world, d *discordgo.Session) {
	d.Lock()
	d.ShouldReconnectOnError = false
	d.Unlock()
	w.DropGateway()
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
