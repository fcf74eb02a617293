package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/config"
	"consigliere/internal/demo"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/poll"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
	"consigliere/internal/torn"
	"consigliere/internal/vault"
)

const (
	manyWars = 50
	// factionSpeed is how much faster than the wall the wars pass. What the machine does
	// takes that many times as long in them, so that it carries as much as by itself and
	// the figures are worse, never better.
	factionSpeed = 2
	// warmUp is how long after the last first look of all is measured, warmUpMost how long
	// that may take: the host's requests are short while the logs are read back to each
	// war's start. The start has a figure of its own.
	warmUp      = 15 * time.Second
	warmUpMost  = 5 * time.Minute
	measuredFor = 45 * time.Second
	startLimit  = 30 * time.Second
	lateLimit   = 2 * time.Second
	askLimit    = 15 // requests a faction may make in a minute
)

// measureFactions lets one process poll many factions at war and bring their alerts to
// Discord. All of them begin at the same second, with nothing read, so that their first polls
// fall due together: the worst there is. Torn takes its time over each answer, in
// a process of its own, while the database and the stand-in for Discord share the cores.
func measureFactions(ctx context.Context) (_ []figure, err error) {
	log := slog.New(slog.DiscardHandler)
	child, err := startTorn(ctx, manyWars)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, child.close()) }()
	clk := clock.ScaledSince(child.Began, child.Began, factionSpeed)                                                  // the stand-in's
	stage, err := demo.NewStage(ctx, clk, factionSpeed, simtorn.Config{Seed: 1, MembersPerSide: 12, Intensity: 0.01}) // for its Discord
	if err != nil {
		return nil, err
	}
	defer stage.Close()
	db, err := newDatabase(ctx, stage.Config, log)
	if err != nil {
		return nil, err
	}
	defer db.close()
	cfg := *stage.Config
	cfg.Roles, cfg.Torn.BaseURL = []config.Role{config.RolePoll, config.RoleWork}, child.URL+"/v2"
	if err := enrol(ctx, db.store, stage.Discord, &cfg, child.Factions, clk.Now()); err != nil {
		return nil, err
	}
	seen := runs{clock: clk}
	bot, err := app.New(ctx, app.Options{Config: &cfg, Clock: clk, Log: log, Redact: new(config.Redactor), Polled: seen.add})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	began := clk.Now()
	go func() { ended <- bot.Run(running) }()
	u, err := watchFactions(ctx, clk, child, &seen)
	stop()
	if err := errors.Join(err, <-ended); err != nil {
		return nil, err
	}
	told, err := delaysOf(ctx, db.store, child.Factions, clk.Now().Add(-measuredFor))
	if err != nil {
		return nil, err
	}
	return append(u.figures(told), startFigure(&seen, began)), nil
}

// startFigure tells how soon after the start each faction's score is known, while the
// logs are still read back.
func startFigure(seen *runs, began time.Time) figure {
	scores, all := seen.knownAfter(feed.Front, began)
	logs, read := seen.knownAfter(feed.Attacks, began)
	rest := []string{fmt.Sprintf("every log read back to the war's start %s", s1(logs))}
	for _, name := range feed.Calm() {
		d, ok := seen.knownAfter(name, began)
		read = read && ok
		rest = append(rest, fmt.Sprintf("%s %s", name, s1(d)))
	}
	return figure{
		fmt.Sprintf("until the score of each of %d factions is known that start together with nothing read", manyWars), s1(scores), s1(startLimit),
		fmt.Sprintf("%s; the host's address is allowed 900 requests a minute", strings.Join(rest, ", ")), all && read && scores <= startLimit,
	}
}

// enrol registers factions with a channel, alert rules and a lent key each.
func enrol(ctx context.Context, s *store.Store, server *simdiscord.Server, cfg *config.Config, all []atWarNow, now time.Time) error {
	v, err := vault.Open(cfg.Encryption.Keyset.Reveal(), "")
	if err != nil {
		return err
	}
	specs := make([]simdiscord.ChannelSpec, len(all))
	for i, f := range all {
		specs[i].Name = fmt.Sprint("war-", f.Faction)
	}
	guild := server.AddGuild(simdiscord.GuildSpec{Name: "Many", Channels: specs, Members: []simdiscord.MemberSpec{{Name: "B"}}})
	for _, f := range all {
		id, player := faction.ID(f.Faction), faction.PlayerID(f.Player)
		if err := s.Register(ctx, faction.Faction{ID: id, Name: f.Name}, guild.ID, "Many", now); err != nil {
			return err
		}
		sealed, err := v.Seal([]byte(f.Key), vault.Context("api_keys", 0, f.Player))
		if err != nil {
			return err
		}
		err = s.SaveKey(ctx, id, faction.Key{
			Player: player, Sealed: sealed, Fingerprint: []byte(f.Key), Level: 4, Type: "Full Access", FactionAccess: true, Consent: string(torn.ConsentLend),
		}, now)
		if err != nil {
			return err
		}
		channel := guild.Channel(fmt.Sprint("war-", f.Faction)).ID
		var rules []alert.Rule
		for _, k := range []alert.Kind{alert.RetalOpen, alert.RetalTaken, alert.ChainTimer, alert.ChainBonusSoon, alert.WarMilestone, alert.WarLead} {
			rules = append(rules, alert.Rule{Kind: k, ChannelID: channel, Enabled: true})
		}
		if err := s.PutRules(ctx, id, rules, now); err != nil {
			return err
		}
	}
	return nil
}

// runs are the polls of a while.
type runs struct {
	clock clock.Clock
	mu    sync.Mutex
	list  []poll.Run
	first map[feed.Name]map[faction.ID]time.Time // that brought something
}

func (r *runs) add(p poll.Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, p)
	if p.Err != nil {
		return
	}
	if r.first == nil {
		r.first = map[feed.Name]map[faction.ID]time.Time{}
	}
	if r.first[p.Feed] == nil {
		r.first[p.Feed] = map[faction.ID]time.Time{}
	}
	if _, known := r.first[p.Feed][p.Faction]; !known {
		r.first[p.Feed][p.Faction] = r.clock.Now()
	}
}

// knownAfter is how long after a moment the last faction's feed brought something for the
// first time; ok is false while some are missing.
func (r *runs) knownAfter(name feed.Name, since time.Time) (d time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, at := range r.first[name] {
		d = max(d, at.Sub(since))
	}
	return d, len(r.first[name]) == manyWars
}

// complete tells whether every faction's feeds have all brought something.
func (r *runs) complete(since time.Time) bool {
	for _, name := range feed.All() {
		if _, ok := r.knownAfter(name, since); !ok {
			return false
		}
	}
	return true
}

// take gives those since the last call.
func (r *runs) take() []poll.Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}

// factionUsage is what the watched while cost.
type factionUsage struct {
	polls  []poll.Run
	asked  []float64 // a minute, by faction
	cpu    time.Duration
	memory string
}

func watchFactions(ctx context.Context, clk clock.Clock, child *tornChild, seen *runs) (u factionUsage, err error) {
	for began := clk.Now(); !seen.complete(began) && clk.Now().Sub(began) < warmUpMost; {
		if err := clk.Sleep(ctx, time.Second); err != nil {
			return u, err
		}
	}
	if err := clk.Sleep(ctx, warmUp); err != nil {
		return u, err
	}
	before, err := child.requests(ctx)
	if err != nil {
		return u, err
	}
	seen.take()
	spent := cpuTime()
	if err := clk.Sleep(ctx, measuredFor); err != nil {
		return u, err
	}
	u.cpu, u.polls, u.memory = cpuTime()-spent, seen.take(), memory()
	after, err := child.requests(ctx)
	for id, n := range after {
		u.asked = append(u.asked, float64(n-before[id])/measuredFor.Minutes())
	}
	slices.Sort(u.asked)
	return u, err
}

func (u factionUsage) figures(told []alert.Delay) []figure {
	late := make([]time.Duration, 0, len(u.polls))
	byFeed := map[string]int{}
	failed, took := 0, make([]time.Duration, 0, len(u.polls))
	for _, p := range u.polls {
		late, took = append(late, max(0, p.Late)), append(took, p.Took)
		byFeed[string(p.Feed)]++
		if p.Err != nil {
			failed++
		}
	}
	var kinds, alerts []string
	for _, name := range slices.Sorted(maps.Keys(byFeed)) {
		kinds = append(kinds, fmt.Sprintf("%s %d", name, byFeed[name]))
	}
	for _, d := range told {
		alerts = append(alerts, fmt.Sprintf("%s × %d p95 %s", d.Kind, d.Alerts, s1(d.FromCommit.P95)))
	}
	p99 := percentile(late, 99)
	sum := 0.0
	for _, n := range u.asked {
		sum += n
	}
	mean := sum / float64(max(1, len(u.asked)))
	return []figure{
		{fmt.Sprintf("p99 of how late a poll begins, %d factions at war", manyWars), s1(p99), s1(lateLimit),
			fmt.Sprintf("p50 %s, max %s of %d polls in %s (%s), %d failed; %d members a side, one process that polls and alerts, once all that the start asks for was read, all started at the same second, Torn answers after %s, a clock %d times as fast; a poll took p50 %s, p95 %s",
				s1(percentile(late, 50)), s1(percentile(late, 100)), len(u.polls), measuredFor, strings.Join(kinds, ", "), failed, members, tornAnswers, factionSpeed, s1(percentile(took, 50)), s1(percentile(took, 95))),
			p99 <= lateLimit && failed == 0 && len(u.polls) >= manyWars*6},
		{"requests to Torn a minute for each of them", fmt.Sprintf("%.1f", mean), fmt.Sprint(askLimit),
			fmt.Sprintf("mean; the most for one faction %.1f (%s, with sweeps); %.0f for the host's address", u.asked[len(u.asked)-1], measuredFor, sum), mean <= askLimit},
		{"processor time of the bot for them", fmt.Sprintf("%.0f %% of a core", 100*u.cpu.Seconds()/measuredFor.Seconds()), "",
			fmt.Sprintf("of the story's time, with the stand-in for Discord, without PostgreSQL and the stand-in for Torn; memory %s; alerts from commit to Discord: %s", u.memory, strings.Join(alerts, ", ")), true},
	}
}

// delaysOf puts together how long the factions' alerts took: the worst of each kind.
func delaysOf(ctx context.Context, s *store.Store, all []atWarNow, since time.Time) ([]alert.Delay, error) {
	worst := map[alert.Kind]alert.Delay{}
	for _, f := range all {
		list, err := s.Delays(ctx, faction.ID(f.Faction), since)
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			w := worst[d.Kind]
			w.Kind, w.Alerts, w.FromCommit.P95 = d.Kind, w.Alerts+d.Alerts, max(w.FromCommit.P95, d.FromCommit.P95)
			worst[d.Kind] = w
		}
	}
	return slices.SortedFunc(maps.Values(worst), func(a, b alert.Delay) int { return strings.Compare(string(a.Kind), string(b.Kind)) }), nil
}

// cpuTime is what this process has used of the processor.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memory is what this process holds of it now.
func memory() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kb int
			if _, err := fmt.Sscan(v, &kb); err == nil {
				return fmt.Sprintf("%d MB", kb/1024)
			}
		}
	}
	return "unknown"
}
