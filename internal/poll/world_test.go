package poll_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/budget"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/poll"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

var intervals = feed.Intervals{
	AttacksWar: 10 * time.Second, AttacksIdle: 30 * time.Second, Members: 5 * time.Minute, Wars: time.Minute, Front: 15 * time.Second,
}

// afterwards is how long after a war's end all is read and its report is there.
const afterwards = 13 * time.Minute

// leaseTime is the lease of the tests' claims.
const leaseTime = 30 * time.Second

// evening is a faction that is polled out of the stand-in into a real database, on
// a clock that the test moves.
type evening struct {
	t     *testing.T
	clock *manual
	world *simtorn.World
	db    storetest.DB
	store *store.Store
	us    faction.ID
	war   war.ID
	keys  *keyring
	pool  *torn.Pool
	src   poll.Source
	gate  *gate
	main  *process

	owner   *pgx.Conn
	reasons []string // of polls that failed
}

// pollStore is what the pollers need of the store.
type pollStore interface {
	poll.AttackStore
	poll.UpdateStore
}

// process is one process that polls.
type process struct {
	name    string
	pollers map[feed.Name]poll.Poller
}

// keyring holds the keys that the pool picks from, and what was learnt of them.
type keyring struct {
	mu       sync.Mutex
	last     int64
	records  []torn.KeyRecord
	verdicts map[int64][]torn.Verdict
}

func (k *keyring) Keys(context.Context, faction.ID) ([]torn.KeyRecord, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]torn.KeyRecord(nil), k.records...), nil
}

func (k *keyring) Report(_ context.Context, _ faction.ID, id int64, v torn.Verdict) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.verdicts[id] = append(k.verdicts[id], v)
	return nil
}

func (k *keyring) lend(owner int64, key string) int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last++
	id := k.last
	k.records = append(k.records, torn.KeyRecord{ID: id, Owner: faction.PlayerID(owner), Secret: torn.NewSecret(key),
		Level: torn.Limited, FactionAccess: true, Consent: torn.ConsentLend})
	return id
}

// gate stands between the bot and the world. It may look at each request, and
// change the answers that the world gives.
type gate struct {
	world  http.Handler
	mu     sync.Mutex
	before func(*http.Request)
	change func(path string, query url.Values, body map[string]any)
}

func (g *gate) set(before func(*http.Request), change func(string, url.Values, map[string]any)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.before, g.change = before, change
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	before, change := g.before, g.change
	g.mu.Unlock()
	if before != nil {
		before(r)
	}
	if change == nil {
		g.world.ServeHTTP(w, r)
		return
	}
	rec := httptest.NewRecorder()
	g.world.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	var v map[string]any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&v) == nil {
		change(strings.TrimPrefix(r.URL.Path, "/v2"), r.URL.Query(), v)
		body, _ = json.Marshal(v)
	}
	w.Header().Set("Date", rec.Header().Get("Date"))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body)
}

func newEvening(t *testing.T, cfg simtorn.Config) *evening {
	t.Helper()
	clk := &manual{t: time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)}
	cfg.Clock = clk
	if cfg.MembersPerSide == 0 {
		cfg.MembersPerSide = 12
	}
	world := simtorn.New(cfg)
	e := &evening{
		t: t, clock: clk, world: world, us: faction.ID(world.OurFactionID()), war: war.ID(world.WarID()),
		gate: &gate{world: world.Handler()}, keys: &keyring{verdicts: map[int64][]torn.Verdict{}},
	}
	srv := httptest.NewServer(e.gate)
	t.Cleanup(srv.Close)
	limits, err := budget.NewLocal(budget.Limits{PerPlayer: 100, PerHost: 900}, clk)
	must(t, err)
	client, err := torn.New(torn.Config{BaseURL: srv.URL + "/v2", HTTP: srv.Client(), Budget: limits, Clock: clk})
	must(t, err)
	plan := world.Plan()
	e.keys.lend(plan.Leader, world.LeaderKey())
	e.keys.lend(plan.Officers[0], world.OfficerKey())
	e.pool, err = torn.NewPool(e.keys, clk, nil)
	must(t, err)
	e.src = poll.Source{Client: client, Pool: e.pool, Spent: poll.NewSpent(e.clock)}
	e.db = storetest.Open(t)
	e.store = e.db.Store
	e.main = e.process("main", e.store)
	e.owner, err = pgx.Connect(t.Context(), e.db.AdminURL)
	must(t, err)
	t.Cleanup(func() { _ = e.owner.Close(context.Background()) })
	must(t, e.store.Register(t.Context(), faction.Faction{ID: e.us, Name: "Ours"}, "1", "Server", clk.Now()))
	var rules []alert.Rule
	for _, kind := range []alert.Kind{alert.WarScheduled, alert.WarStarted, alert.WarMilestone, alert.WarEnded, alert.WarReport} {
		for _, channel := range []string{"one", "two"} {
			rules = append(rules, alert.Rule{Kind: kind, ChannelID: channel, Enabled: true})
		}
	}
	must(t, e.store.PutRules(t.Context(), e.us, rules, clk.Now()))
	t.Cleanup(e.checkRequests)
	return e
}

// process makes a set of pollers over a store.
func (e *evening) process(name string, s pollStore) *process {
	log := slog.New(slog.DiscardHandler)
	events := war.DefaultEventOptions()
	return &process{name: name, pollers: map[feed.Name]poll.Poller{
		feed.Attacks: &poll.Attacks{Source: e.src, Store: s, Retals: e.store, Past: poll.NewPast(e.store, 2), Terms: e.store, Clock: e.clock, Intervals: intervals, Settings: e.store, Rules: war.DefaultRules(), Log: log},
		feed.Front:   &poll.Front{Source: e.src, Store: s, Clock: e.clock, Intervals: intervals, Events: events, Terms: e.store, Flights: e.store, Log: log},
		feed.Members: &poll.Members{Source: e.src, Store: s, Clock: e.clock, Intervals: intervals, Log: log},
		feed.Wars:    &poll.Wars{Source: e.src, Store: s, Clock: e.clock, Intervals: intervals, Events: events, Log: log},
		feed.Chain:   &poll.Chain{Source: e.src, Store: e.store, Wars: e.store, Clock: e.clock, Intervals: intervals, Log: log},
		feed.Scout:   &poll.Scout{Source: e.src, Store: e.store, Clock: e.clock, Log: log},
	}}
}

// errKilled ends a process on the spot: it records nothing any more.
var errKilled = errors.New("killed")

// poll runs everything that is due once, as the scheduler does.
func (e *evening) poll(ctx context.Context, p *process, lease time.Duration) {
	due, err := e.store.ClaimDue(e.t.Context(), p.name, e.clock.Now(), lease, 10)
	if err != nil {
		e.t.Error(err)
	}
	for _, st := range due {
		err := p.pollers[st.Feed].RunOnce(ctx, &st)
		if err == nil || errors.Is(err, errKilled) || errors.Is(err, store.ErrOvertaken) {
			continue
		}
		if e.reasons = append(e.reasons, poll.Reason(err)); ctx.Err() != nil {
			e.reasons = e.reasons[:len(e.reasons)-1]
		}
		now := e.clock.Now()
		next := poll.NextTry(err, now, feed.Backoff(intervals.AttacksWar, st.Failures+1))
		if err := e.store.FailPoll(e.t.Context(), st, now, next, poll.Reason(err)); err != nil && !errors.Is(err, store.ErrOvertaken) {
			e.t.Error(err)
		}
	}
}

// runUntil polls whatever is due, moving the clock, until a moment.
func (e *evening) runUntil(end time.Time) {
	e.t.Helper()
	for e.clock.Now().Before(end) {
		e.poll(e.t.Context(), e.main, leaseTime)
		e.step(end)
	}
}

// step moves the clock to the next moment at which something is due, at least a
// second and not past end.
func (e *evening) step(end time.Time) {
	now := e.clock.Now()
	next := end
	for _, st := range e.feeds() {
		due := st.NextDue
		if st.LeaseUntil.After(due) {
			due = st.LeaseUntil
		}
		if due.Before(next) {
			next = due
		}
	}
	e.clock.Advance(max(next.Sub(now), time.Second))
}

func (e *evening) feeds() map[feed.Name]feed.State {
	e.t.Helper()
	all, err := e.store.Feeds(e.t.Context(), e.us)
	must(e.t, err)
	out := map[feed.Name]feed.State{}
	for _, st := range all {
		out[st.Feed] = st
	}
	return out
}

// settle lets nothing new happen until all that did has been read, and checks that
// the scoreboard is what it should be.
func (e *evening) settle() {
	e.t.Helper()
	held := e.clock.Now()
	e.world.Hold()
	e.runUntil(held.Add(feed.SweepEvery + 2*time.Minute)) // late rows wait for a sweep
	e.check()
	e.world.Release() // what was held back appears later than any row of Torn's; that is to be noticed
}

// check compares the stored scoreboard with what the scenario says it should be
// now, and with a recount of the stored attacks.
func (e *evening) check() {
	e.t.Helper()
	ctx := e.t.Context()
	want := e.world.Figures(e.clock.Now())
	w, err := e.store.War(ctx, e.us, e.war)
	must(e.t, err)
	if got, want := [3]int64{w.Us.Score, w.Them.Score, w.Target}, [3]int64{want.Us.Score, want.Them.Score, want.Target}; got != want {
		e.t.Errorf("score, theirs and target are %v, want %v", got, want)
	}
	rows, err := e.store.Tallies(ctx, e.us, w.ID)
	must(e.t, err)
	got, truth := map[string]simtorn.Tally{}, map[string]simtorn.Tally{}
	for _, r := range rows {
		got[fmt.Sprintf("%s %d", r.Team, r.Player)] = tallyOf(r.Tally)
	}
	for team, side := range map[war.Team]simtorn.SideFigures{war.Ours: want.Us, war.Enemy: want.Them} {
		for id, tally := range side.Members {
			if tally != (simtorn.Tally{}) {
				truth[fmt.Sprintf("%s %d", team, id)] = tally
			}
		}
	}
	if diff := cmp.Diff(truth, got); diff != "" {
		e.t.Errorf("the scoreboard at %s differs from the scenario (-want +got):\n%.3000s", e.clock.Now().Format("15:04:05"), diff)
	}
	e.recount(w)
}

// recount checks that the stored tallies are what the stored attacks come to.
func (e *evening) recount(w war.War) {
	e.t.Helper()
	rows, err := e.store.Tallies(e.t.Context(), e.us, w.ID)
	must(e.t, err)
	logged, err := e.store.WarAttacks(e.t.Context(), e.us, w.ID)
	must(e.t, err)
	attacks := make([]war.Attack, len(logged))
	for i, l := range logged {
		attacks[i] = l.Attack
	}
	if diff := cmp.Diff(war.Fold(attacks, e.us, w, war.DefaultRules()), war.NewBoard(w, rows, w.SeenAt), cmp.Transformer("untagged", func(r war.Row) war.Row {
		r.Name, r.Level = "", 0 // the newest name stands; a recount may end with another
		return r
	})); diff != "" {
		e.t.Errorf("stored tallies differ from a recount (-recount +stored):\n%.3000s", diff)
	}
}

func tallyOf(t war.Tally) simtorn.Tally {
	return simtorn.Tally{
		Attacks: t.Attacks, WarHits: t.WarHits, OutsideHits: t.OutsideHits, NoScore: t.NoScore, Assists: t.Assists,
		Losses: t.Losses, Stalemates: t.Stalemates, Escapes: t.Escapes, Timeouts: t.Timeouts, Interrupted: t.Interrupted, Other: t.Other,
		Retaliations: t.Retaliations, Overseas: t.Overseas, Group: t.Group, ChainBonuses: t.ChainBonuses, WastedBonuses: t.WastedBonuses,
		Warlord: t.Warlord, LowFairFight: t.LowFairFight, Friendly: t.Friendly, FirstOfChain: t.FirstOfChain, FlagDiffers: t.FlagDiffers,
		HitsTaken: t.HitsTaken, Defended: t.Defended,
		WarRespect: int64(t.WarRespect), OutsideRespect: int64(t.OutsideRespect), BonusRespect: int64(t.BonusRespect), RespectLost: int64(t.RespectLost),
		FairFightSum: t.FairFightSum, Energy: t.Energy,
	}
}

// checkEnd checks everything that stands when the war is over.
func (e *evening) checkEnd() war.War {
	e.t.Helper()
	e.check()
	ctx := e.t.Context()
	plan := e.world.Plan()
	w, err := e.store.War(ctx, e.us, e.war)
	must(e.t, err)
	if w.FinalAt.IsZero() || w.ReportAt.IsZero() || !w.End.Equal(plan.End) || w.Winner != faction.ID(plan.Winner) {
		e.t.Errorf("after the war: final read %v, report %v, end %v, winner %d; want all set, end %v, winner %d",
			w.FinalAt, w.ReportAt, w.End, w.Winner, plan.End, plan.Winner)
	}
	report, ok, err := e.store.Report(ctx, e.us, w)
	must(e.t, err)
	want := e.world.Figures(e.clock.Now())
	for _, side := range []simtorn.SideFigures{want.Us, want.Them} {
		got, named := report.Side(faction.ID(side.Faction))
		if !ok || !named || got.Score != side.Score || len(got.Members) == 0 {
			e.t.Errorf("the report says of faction %d: %+v, want a score of %d and members", side.Faction, got, side.Score)
		}
	}
	return w
}

// alerts lists what was told of the war in one channel, by kind; each delivery must
// have exactly one job, and both channels the same.
func (e *evening) alerts() map[alert.Kind][]string {
	e.t.Helper()
	rows, err := e.owner.Query(e.t.Context(), `select d.channel_id, d.kind, d.stage,
			(select count(*) from river_job j where (j.args->>'delivery_id')::bigint = d.delivery_id)
		from alert_deliveries d where d.subject = $1 order by d.kind, d.delivery_id`, alert.Subject("war", int64(e.war)))
	must(e.t, err)
	out := map[string]map[alert.Kind][]string{"one": {}, "two": {}}
	var channel, stage string
	var kind alert.Kind
	var jobs int
	_, err = pgx.ForEachRow(rows, []any{&channel, &kind, &stage, &jobs}, func() error {
		if jobs != 1 {
			e.t.Errorf("%s %s has %d jobs, want one", kind, stage, jobs)
		}
		out[channel][kind] = append(out[channel][kind], stage)
		return nil
	})
	must(e.t, err)
	if diff := cmp.Diff(out["one"], out["two"]); diff != "" {
		e.t.Errorf("two rules of the same kinds were told different things:\n%s", diff)
	}
	return out["one"]
}

// told checks how often each kind of alert was told; -1 is at least once.
func (e *evening) told(want map[alert.Kind]int) {
	e.t.Helper()
	got := e.alerts()
	for kind, n := range want {
		if have := len(got[kind]); have != n && (n >= 0 || have == 0) {
			e.t.Errorf("%s was told %d times (%v), want %d", kind, have, got[kind], n)
		}
	}
}

const specification = "../../../shared/torn/openapi-subset.json"

// contract is Torn's own document; nil when this machine does not have it.
var contract = sync.OnceValue(func() *simtorn.Contract {
	c, err := simtorn.LoadContract(specification)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		panic(err)
	}
	return c
})

// checkRequests holds every request of the evening against Torn's specification.
func (e *evening) checkRequests() {
	c := contract()
	if c == nil {
		return
	}
	seen := map[string]bool{}
	for _, r := range e.world.RequestLog() {
		if err := c.ValidateRequest(r.Method, r.Path, r.Query); err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			e.t.Errorf("a request breaks Torn's specification: %v", err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
