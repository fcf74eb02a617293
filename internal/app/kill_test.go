package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store/storetest"
	"consigliere/internal/torn"
	"consigliere/internal/vault"
	"consigliere/internal/war"
)

// stage is a Torn, a Discord and a database that outlive the bot.
type stage struct {
	t       *testing.T
	clock   *clock.Scaled
	child   child
	torn    *simtorn.World
	discord *simdiscord.Server
	channel string
	guild   string
	db      storetest.DB
	us      faction.ID
	logs    lockedBuffer
}

const stageSpeed = 120

// lockedBuffer is written by the bot and read by the test.
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

func newStage(t *testing.T, scene simtorn.Config) *stage {
	t.Helper()
	return newStageAt(t, storetest.Open(t), scene, stageSpeed)
}

// newStageAt is a stage with a database, on which time runs so fast.
func newStageAt(t *testing.T, db storetest.DB, scene simtorn.Config, speed float64) *stage {
	t.Helper()
	s := &stage{t: t, db: db}
	s.child = child{Epoch: time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC), Wall: time.Now(), Speed: speed}
	s.clock = clock.ScaledSince(s.child.Epoch, s.child.Wall, s.child.Speed)
	scene.Clock = s.clock
	s.torn = simtorn.New(scene)
	s.us = faction.ID(s.torn.OurFactionID())
	s.discord = simdiscord.New(simdiscord.Config{Token: "kill-test-token", Now: s.clock.Now})
	t.Cleanup(s.discord.Close)
	guild := s.discord.AddGuild(simdiscord.GuildSpec{Name: "G", Channels: []simdiscord.ChannelSpec{{Name: "war"}}, Members: []simdiscord.MemberSpec{{Name: "A"}}})
	s.guild, s.channel = guild.ID, guild.Channel("war").ID
	keyset, err := vault.Generate()
	if err != nil {
		t.Fatal(err)
	}
	s.child.Config = map[string]string{
		"CONSIGLIERE_DISCORD_TOKEN": "kill-test-token", "CONSIGLIERE_DISCORD_API_BASE": serve(t, s.discord.Handler()),
		"CONSIGLIERE_TORN_BASE_URL": serve(t, s.torn.Handler()) + "/v2", "CONSIGLIERE_DATABASE_URL": s.db.AppURL,
		"CONSIGLIERE_ENCRYPTION_KEYSET": keyset, "CONSIGLIERE_HTTP_LISTEN": "127.0.0.1:0", "CONSIGLIERE_HTTP_METRICS_LISTEN": "off",
		"CONSIGLIERE_INSTANCE": "killed-often",
	}
	s.register(keyset)
	return s
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// register makes the faction a tenant with two lent keys and all alerts of a war.
func (s *stage) register(keyset string) {
	s.t.Helper()
	ctx := s.t.Context()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	must(s.db.Store.Register(ctx, faction.Faction{ID: s.us, Name: "Ours"}, s.guild, "G", s.clock.Now()))
	v, err := vault.Open(keyset, "")
	must(err)
	for i, key := range []string{s.torn.LeaderKey(), s.torn.OfficerKey()} {
		sealed, fingerprint, err := app.SealKey(v, torn.NewSecret(key), faction.PlayerID(i+1))
		must(err)
		must(s.db.Store.SaveKey(ctx, s.us, faction.Key{
			Player: faction.PlayerID(i + 1), Sealed: sealed, Fingerprint: fingerprint, Level: int(torn.Limited), Type: "Limited Access",
			FactionAccess: true, Consent: "lend",
		}, s.clock.Now()))
	}
	var rules []alert.Rule
	for _, kind := range []alert.Kind{alert.WarScheduled, alert.WarStarted, alert.WarMilestone, alert.WarEnded, alert.WarReport} {
		rules = append(rules, alert.Rule{Kind: kind, ChannelID: s.channel, Enabled: true})
	}
	must(s.db.Store.PutRules(ctx, s.us, rules, s.clock.Now()))
	must(s.db.Store.AddBoard(ctx, s.us, "war", s.channel, s.clock.Now()))
}

// start runs the bot as a process of its own.
func (s *stage) start() *exec.Cmd {
	s.t.Helper()
	cmd, err := s.child.command(&s.logs)
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return cmd
}

// command is the bot as a process that writes its log to w.
func (c child) command(w io.Writer) (*exec.Cmd, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	for k, v := range c.Config {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stderr, cmd.Stdout = w, w
	return cmd, nil
}

func TestABotKilledAgainAndAgainLosesNothingAndDoublesNothing(t *testing.T) {
	const kills = 24
	s := newStage(t, simtorn.Config{Seed: 11, MatchedAfter: time.Minute, StartsAfter: 15 * time.Minute, WarLength: 40 * time.Minute, MembersPerSide: 40, Intensity: 2})
	plan := s.torn.Plan()
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range kills {
		before := s.begun()
		bot := s.start()
		switch n % 5 { // how long the bot takes is the machine's affair: some lives wait for it
		case 0: // this one dies while it starts
		case 1, 3: // these get something done
			s.waitFor(s.progress())
		default:
			s.waitFor(func() error {
				if s.begun() == before {
					return errors.New("the bot does not begin")
				}
				return nil
			})
		}
		time.Sleep(time.Duration(rng.IntN(1100)) * time.Millisecond)
		if err := bot.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = bot.Wait()
	}
	bot := s.start()
	defer func() {
		_ = bot.Process.Kill()
		_ = bot.Wait()
	}()
	s.waitFor(func() error { return s.settled(plan) })
	s.checkFigures(plan)
	s.checkMessages(plan)
	if t.Failed() {
		t.Logf("the bot's last words:\n%s", tail(s.logs.String(), 4000))
	}
}

// begun counts the processes that got as far as to run.
func (s *stage) begun() int { return strings.Count(s.logs.String(), runsLine) }

// progress gives a check that passes once the war's score was read anew and nothing waits
// to be sent.
func (s *stage) progress() func() error {
	began := s.clock.Now()
	return func() error {
		feeds, err := s.db.Store.Feeds(s.t.Context(), s.us)
		if err != nil {
			return err
		}
		for _, f := range feeds {
			if f.Feed == feed.Front && !f.LastSuccess.After(began) {
				return errors.New("the front was not read since")
			}
		}
		outbox, err := s.db.Store.Outbox(s.t.Context(), s.us, time.Time{})
		if err == nil && outbox["pending"] > 0 {
			err = fmt.Errorf("outbox %v", outbox)
		}
		return err
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// waitFor tries until check passes, for a minute at most.
func (s *stage) waitFor(check func() error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("still not settled: %v\n%s", err, tail(s.logs.String(), 6000))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// settled tells whether the war is over, read for the last time, reported, and
// every alert on its way has arrived.
func (s *stage) settled(plan simtorn.Plan) error {
	ctx := s.t.Context()
	w, err := s.db.Store.War(ctx, s.us, war.ID(plan.WarID))
	if err != nil {
		return err
	}
	if w.End.IsZero() || w.FinalAt.IsZero() || w.ReportAt.IsZero() {
		return fmt.Errorf("end %v, final read %v, report %v", w.End, w.FinalAt, w.ReportAt)
	}
	outbox, err := s.db.Store.Outbox(ctx, s.us, time.Time{})
	if err != nil {
		return err
	}
	if outbox["pending"] > 0 || outbox["sent"] == 0 {
		return fmt.Errorf("outbox %v", outbox)
	}
	return nil
}

func (s *stage) checkFigures(plan simtorn.Plan) {
	s.t.Helper()
	ctx := s.t.Context()
	want := s.torn.Figures(s.clock.Now())
	rows, err := s.db.Store.Tallies(ctx, s.us, war.ID(plan.WarID))
	if err != nil {
		s.t.Fatal(err)
	}
	type key struct {
		team   war.Team
		player int64
	}
	type figures struct{ attacks, hits, respect, taken, lost int64 }
	got, truth := map[key]figures{}, map[key]figures{}
	for _, r := range rows {
		got[key{r.Team, int64(r.Player)}] = figures{r.Attacks, r.WarHits, int64(r.WarRespect), r.HitsTaken, int64(r.RespectLost)}
	}
	for team, side := range map[war.Team]simtorn.SideFigures{war.Ours: want.Us, war.Enemy: want.Them} {
		for id, m := range side.Members {
			if m != (simtorn.Tally{}) {
				truth[key{team, id}] = figures{m.Attacks, m.WarHits, m.WarRespect, m.HitsTaken, m.RespectLost}
			}
		}
	}
	if diff := cmp.Diff(truth, got, cmp.AllowUnexported(key{}, figures{})); diff != "" {
		s.t.Errorf("after all the kills the scoreboard differs from what was played (-want +got):\n%.3000s", diff)
	}
	var stored int64
	err = s.db.Store.Faction(ctx, s.us, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select count(*) from attacks where started_at >= $1", plan.Start.Add(-10*time.Minute)).Scan(&stored)
	})
	if err != nil || stored == 0 {
		s.t.Errorf("counted %d stored attacks (%v)", stored, err)
	}
}

// checkMessages wants every alert that was decided on in the channel exactly once.
func (s *stage) checkMessages(plan simtorn.Plan) {
	s.t.Helper()
	ctx := s.t.Context()
	deliveries := map[string]string{} // marker -> kind
	err := s.db.Store.Faction(ctx, s.us, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select delivery_id, kind, state, reason from alert_deliveries")
		if err != nil {
			return err
		}
		var id int64
		var kind, state, reason string
		_, err = pgx.ForEachRow(rows, []any{&id, &kind, &state, &reason}, func() error {
			over := reason == string(alert.IsSettled) || reason == string(alert.ToldByEdit)
			switch {
			case state == "sent":
				deliveries[app.Marker(s.us, id)] = kind
			case state != "expired" && (state != "skipped" || !over):
				s.t.Errorf("delivery %d (%s) is %s: %s", id, kind, state, reason)
			}
			return nil
		})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	seen, kinds := map[string]int{}, map[string]int{}
	for _, m := range s.discord.Messages(s.channel) {
		for marker := range deliveries {
			if strings.Contains(s.discord.RenderText(m), marker) {
				seen[marker]++
			}
		}
	}
	for marker, kind := range deliveries {
		kinds[kind]++
		if seen[marker] != 1 {
			s.t.Errorf("alert %s (%s) is in the channel %d times, want once", kind, marker, seen[marker])
		}
	}
	for _, kind := range []alert.Kind{alert.WarScheduled, alert.WarStarted, alert.WarEnded, alert.WarReport} {
		if kinds[string(kind)] != 1 {
			s.t.Errorf("%s was sent %d times, want once; war %d", kind, kinds[string(kind)], plan.WarID)
		}
	}
}
