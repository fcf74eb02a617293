package poll_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// evening is a faction that is polled out of the stand-in into a real database, on
// a clock that the test moves.
type evening struct {
	t       *testing.T
	clock   *manual
	world   *simtorn.World
	store   *store.Store
	us      faction.ID
	pollers map[feed.Name]poll.Poller
	keys    *keyring
}

type keyring struct{ records []torn.KeyRecord }

func (k *keyring) Keys(context.Context, faction.ID) ([]torn.KeyRecord, error) { return k.records, nil }
func (k *keyring) Report(context.Context, faction.ID, int64, torn.Verdict) error {
	return nil
}

func newEvening(t *testing.T, cfg simtorn.Config) *evening {
	t.Helper()
	clk := &manual{t: time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)}
	cfg.Clock = clk
	world := simtorn.New(cfg)
	srv := httptest.NewServer(world.Handler())
	t.Cleanup(srv.Close)
	limits, err := budget.NewLocal(budget.Limits{PerPlayer: 100, PerHost: 900}, clk)
	if err != nil {
		t.Fatal(err)
	}
	client, err := torn.New(torn.Config{BaseURL: srv.URL + "/v2", HTTP: srv.Client(), Budget: limits, Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	e := &evening{t: t, clock: clk, world: world, store: storetest.Open(t).Store, us: faction.ID(world.OurFactionID()), keys: &keyring{}}
	for i, k := range []string{world.LeaderKey(), world.OfficerKey()} {
		e.keys.records = append(e.keys.records, torn.KeyRecord{
			ID: int64(i + 1), Owner: faction.PlayerID(1000 + i), Secret: torn.NewSecret(k), Level: torn.Limited, FactionAccess: true, Consent: torn.ConsentLend,
		})
	}
	pool, err := torn.NewPool(e.keys, clk, nil)
	if err != nil {
		t.Fatal(err)
	}
	src := poll.Source{Client: client, Pool: pool}
	log := slog.New(slog.DiscardHandler)
	e.pollers = map[feed.Name]poll.Poller{
		feed.Attacks: &poll.Attacks{Source: src, Store: e.store, Clock: clk, Intervals: intervals, Rules: war.DefaultRules(), Log: log},
		feed.Front:   &poll.Front{Source: src, Store: e.store, Clock: clk, Intervals: intervals, Events: war.DefaultEventOptions(), Log: log},
		feed.Members: &poll.Members{Source: src, Store: e.store, Clock: clk, Intervals: intervals, Log: log},
		feed.Wars:    &poll.Wars{Source: src, Store: e.store, Clock: clk, Intervals: intervals, Events: war.DefaultEventOptions(), Log: log},
	}
	if err := e.store.Register(t.Context(), faction.Faction{ID: e.us, Name: "Ours"}, "1", "Server", clk.Now()); err != nil {
		t.Fatal(err)
	}
	return e
}

// runUntil polls whatever is due, moving the clock, until a moment.
func (e *evening) runUntil(end time.Time) {
	e.t.Helper()
	ctx := e.t.Context()
	for e.clock.Now().Before(end) {
		due, err := e.store.ClaimDue(ctx, "test", e.clock.Now(), 30*time.Second, 10)
		if err != nil {
			e.t.Fatal(err)
		}
		for _, st := range due {
			if err := e.pollers[st.Feed].RunOnce(ctx, &st); err != nil {
				if err := e.store.FailPoll(ctx, st, e.clock.Now(), e.clock.Now().Add(10*time.Second), poll.Reason(err)); err != nil {
					e.t.Fatal(err)
				}
			}
		}
		e.clock.Advance(time.Second)
	}
}

// check compares the stored scoreboard with what the scenario says it should be,
// and with a recount of the stored attacks.
func (e *evening) check(at time.Time) {
	e.t.Helper()
	ctx := e.t.Context()
	want := e.world.Figures(at)
	w, err := e.store.War(ctx, e.us, war.ID(want.WarID))
	if err != nil {
		e.t.Fatal(err)
	}
	if got, want := [3]int64{w.Us.Score, w.Them.Score, w.Target}, [3]int64{want.Us.Score, want.Them.Score, want.Target}; got != want {
		e.t.Errorf("score, theirs and target are %v, want %v", got, want)
	}
	rows, err := e.store.Tallies(ctx, e.us, w.ID)
	if err != nil {
		e.t.Fatal(err)
	}
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
		e.t.Errorf("the scoreboard at %s differs from the scenario (-want +got):\n%.3000s", at.Format("15:04:05"), diff)
	}
	logged, err := e.store.WarAttacks(ctx, e.us, w.ID)
	if err != nil {
		e.t.Fatal(err)
	}
	attacks := make([]war.Attack, len(logged))
	for i, l := range logged {
		attacks[i] = l.Attack
	}
	recount := war.Fold(attacks, e.us, w, war.DefaultRules())
	if diff := cmp.Diff(recount, war.NewBoard(w, rows, w.SeenAt), cmp.Transformer("untagged", func(r war.Row) war.Row {
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

func TestAnEveningIsScoredExactlyAsItWasPlayed(t *testing.T) {
	e := newEvening(t, simtorn.Config{Seed: 7, WarLength: time.Hour, MembersPerSide: 30, Intensity: 1})
	plan := e.world.Plan()
	for _, moment := range []time.Time{plan.Start.Add(10 * time.Minute), plan.Start.Add(35 * time.Minute)} {
		e.runUntil(moment)
		e.world.Hold()
		e.runUntil(moment.Add(feed.SweepEvery + time.Minute)) // late rows wait for a sweep
		e.check(e.clock.Now())
		e.world.Release()
	}
	e.runUntil(plan.End.Add(20 * time.Minute))
	e.check(e.clock.Now())
	w, err := e.store.War(t.Context(), e.us, war.ID(plan.WarID))
	if err != nil {
		t.Fatal(err)
	}
	if w.FinalAt.IsZero() || w.ReportAt.IsZero() || !w.End.Equal(plan.End) || w.Winner != faction.ID(plan.Winner) {
		t.Errorf("after the war: final read %v, report %v, end %v, winner %d; want all set, end %v, winner %d",
			w.FinalAt, w.ReportAt, w.End, w.Winner, plan.End, plan.Winner)
	}
}
