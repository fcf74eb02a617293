// Package demo runs the real bot against stand-ins of Torn and Discord: for people
// in a browser, and as a script that checks every figure (the tour).
package demo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/config"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/vault"
)

// world is everything that the bot meets: a Torn, a Discord with one server, and
// the people on it.
type world struct {
	clock   *clock.Scaled
	torn    *simtorn.World
	discord *simdiscord.Server
	guild   simdiscord.Guild
	people  people
	cfg     *config.Config
	secrets []string // every key and token in use, none of which may be logged

	servers []*http.Server
	tornURL string
	chatURL string
}

// people are Discord ids of who takes part.
type people struct{ leader, officer, member, recruit, stranger, operator string }

// pastHits is how many hits each of the wars before the story had.
const pastHits = 600

// newWorld makes the stand-ins and serves them on loopback. listen is the chat
// page's address.
func newWorld(ctx context.Context, clk *clock.Scaled, speed float64, scene simtorn.Config, listen string) (_ *world, err error) {
	scene.Clock = clk
	w := &world{clock: clk, torn: simtorn.New(scene)}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	token := "demo." + randomHex(16)
	w.discord = simdiscord.New(simdiscord.Config{Token: token, Now: clk.Now, Hints: w.hints(), Limits: scaled(speed)})
	w.addPeople()
	if w.tornURL, err = w.serve(ctx, "127.0.0.1:0", w.torn.Handler()); err != nil {
		return nil, err
	}
	discordURL, err := w.serve(ctx, "127.0.0.1:0", w.discord.Handler())
	if err != nil {
		return nil, err
	}
	w.chatURL, err = w.serve(ctx, listen, w.discord.ChatHandler())
	if errors.Is(err, syscall.EADDRINUSE) { // another demo, perhaps: any free port will do
		w.chatURL, err = w.serve(ctx, "127.0.0.1:0", w.discord.ChatHandler())
	}
	if err != nil {
		return nil, err
	}
	keyset, err := vault.Generate()
	if err != nil {
		return nil, err
	}
	cfg := config.Defaults()
	cfg.Discord = config.Discord{Token: config.Secret(token), APIBase: discordURL, Guilds: []string{w.guild.ID}}
	cfg.Torn.BaseURL = w.tornURL + "/v2"
	cfg.Encryption.Keyset = config.Secret(keyset)
	cfg.Registration, cfg.Operators = config.ByLeaders, []string{w.people.operator}
	cfg.HTTP.Listen, cfg.HTTP.MetricsListen = "127.0.0.1:0", ""
	w.cfg = &cfg
	w.secrets = append(w.torn.AllKeys(), token, keyset)
	return w, nil
}

// scaled are Discord's limits on messages in the story's time: an evening that
// passes fast brings its edits fast.
func scaled(speed float64) simdiscord.Limits {
	n := int(max(1, speed))
	return simdiscord.Limits{
		Global: simdiscord.Rate{N: 50 * n, Per: time.Second}, ChannelMessages: simdiscord.Rate{N: 5 * n, Per: 5 * time.Second},
		ChannelEdits: simdiscord.Rate{N: 5 * n, Per: 5 * time.Second}, OldEdits: simdiscord.Rate{N: 3 * n, Per: 6 * time.Second},
	}
}

// addPeople puts the demo's people on a server: four of the faction, one whom nobody
// knows, and whoever runs the bot.
func (w *world) addPeople() {
	plan := w.torn.Plan()
	member := func(id int64, about string, manage bool) simdiscord.MemberSpec {
		p, _ := w.torn.Player(id)
		return simdiscord.MemberSpec{ID: p.Discord, Name: p.Name, About: about, ManageGuild: manage}
	}
	stranger := simdiscord.MemberSpec{ID: "900000000000000001", Name: "PassingBy", About: "not in the faction"}
	operator := simdiscord.MemberSpec{ID: "900000000000000002", Name: "BotKeeper", About: "runs the bot"}
	specs := []simdiscord.MemberSpec{
		member(plan.Leader, "leader", true), member(plan.Officers[0], "officer", false),
		member(plan.Members[0], "member", false), member(plan.Recruits[0], "recruit", false), stranger, operator,
	}
	w.people = people{leader: specs[0].ID, officer: specs[1].ID, member: specs[2].ID, recruit: specs[3].ID, stranger: stranger.ID, operator: operator.ID}
	w.guild = w.discord.AddGuild(simdiscord.GuildSpec{
		Name:     "The Family",
		Channels: []simdiscord.ChannelSpec{{Name: "war-room", Topic: "alerts and live messages"}, {Name: "general"}, {Name: "officers"}},
		Roles:    []simdiscord.RoleSpec{{Name: "Warriors", Color: 0xC0392B, Mentionable: true}},
		Members:  specs,
	})
}

// hints are the keys that a visitor may paste into /link.
func (w *world) hints() []simdiscord.Hint {
	plan := w.torn.Plan()
	hint := func(who string, id int64) simdiscord.Hint {
		p, _ := w.torn.Player(id)
		return simdiscord.Hint{Title: who + " " + p.Name + "'s API key, for /link", Text: w.torn.KeyOf(id)}
	}
	return []simdiscord.Hint{
		hint("Leader", plan.Leader), hint("Officer", plan.Officers[0]), hint("Member", plan.Members[0]), hint("Recruit", plan.Recruits[0]),
	}
}

func (w *world) serve(ctx context.Context, address string, h http.Handler) (url string, err error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen on %s: %w", address, err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	w.servers = append(w.servers, srv)
	go func() { _ = srv.Serve(l) }() // ends with close
	return "http://" + l.Addr().String(), nil
}

func (w *world) close() {
	if w.discord != nil {
		w.discord.Close()
	}
	for _, s := range w.servers {
		_ = s.Close()
	}
}

// bot runs the real bot in this world until ctx ends; up is told when people can
// use its commands.
func (w *world) bot(ctx context.Context, log *slog.Logger, redact *config.Redactor, up func(context.Context, *app.App) error) error {
	a, err := app.New(ctx, app.Options{Config: w.cfg, Clock: w.clock, Log: log, Redact: redact, TemporaryDatabase: w.cfg.Database.URL == ""})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(running) }()
	waiting, cancel := context.WithTimeout(running, 30*time.Second)
	err = w.discord.WaitCommands(waiting, w.guild.ID, "help")
	cancel()
	if err == nil {
		err = up(running, a)
	}
	stop()
	return errors.Join(err, <-ended)
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
