package torn_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"consigliere/internal/budget"
	"consigliere/internal/faction"
	sim "consigliere/internal/sim/torn"
	"consigliere/internal/torn"
)

// town is the client, with a real budget, against the stand-in in mid-war.
type town struct {
	*torn.Client
	world *sim.World
	clock *stepClock
	plan  sim.Plan
}

func newTown(t *testing.T, cfg sim.Config, limits budget.Limits) *town {
	t.Helper()
	clk := newStepClock()
	cfg.Clock = clk
	if cfg.StartsAfter == 0 {
		cfg.MatchedAfter, cfg.StartsAfter = -3*time.Hour, -2*time.Hour
	}
	w := sim.New(cfg)
	srv := httptest.NewServer(w.Handler())
	t.Cleanup(srv.Close)
	b, err := budget.NewLocal(limits, clk)
	if err != nil {
		t.Fatal(err)
	}
	c, err := torn.New(torn.Config{BaseURL: srv.URL + "/v2", HTTP: srv.Client(), Budget: b, Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	return &town{Client: c, world: w, clock: clk, plan: w.Plan()}
}

var usual = budget.Limits{PerPlayer: 60, PerHost: 900}

func (c *town) key(value string, owner int64) torn.Key {
	return torn.Key{ID: owner, Owner: faction.PlayerID(owner), Faction: faction.ID(c.plan.OurFaction), Secret: torn.NewSecret(value)}
}

func (c *town) leader() torn.Key { return c.key(c.world.LeaderKey(), c.plan.Leader) }

// record is a player's best key as the pool knows it, lent to the faction.
func (c *town) record(t *testing.T, owner int64) torn.KeyRecord {
	t.Helper()
	secret := torn.NewSecret(c.world.KeyOf(owner))
	r, err := c.CheckKey(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return torn.KeyRecord{
		ID: owner, Owner: r.Owner, Secret: secret, Level: r.Level, Selections: r.Selections,
		FactionAccess: r.FactionAccess, Consent: torn.ConsentLend, State: torn.KeyOK,
	}
}

func TestEveryCallReadsTheStandIn(t *testing.T) {
	for name, kind := range map[string]*sim.FaultKind{"as it is": nil, "with fields and values of tomorrow": ptr(sim.UnknownFields())} {
		t.Run(name, func(t *testing.T) {
			c := newTown(t, sim.Config{Seed: 5}, usual)
			if kind != nil {
				c.world.Fault(sim.Fault{Kind: *kind})
			}
			k, ctx, o := c.leader(), t.Context(), torn.Options{}
			ours, enemy := faction.ID(c.plan.OurFaction), faction.ID(c.plan.EnemyFaction)

			info, err := c.KeyInfo(ctx, k, o)
			check(t, "key info", err, info.User.ID == c.plan.Leader && info.Access.Level == torn.Full && info.Access.Faction && *info.User.FactionID == int64(ours))
			fit, err := c.Readiness(ctx, k, o, false)
			check(t, "readiness", err, fit.Bars.Energy.Maximum == 150 && fit.Bars.Energy.Current <= 150 && fit.Cooldowns.Drug >= 0 && (fit.Travel.TimeLeft == 0 || fit.Travel.Arrival != nil))
			busy, err := c.Readiness(ctx, k, o, true)
			check(t, "readiness and crime", err, busy.Bars.Energy.Maximum == 150 && fit.Crime.ID == 0 && (busy.Crime.ID == 0) == (busy.Crime.Ready == nil))
			inAir := sim.Status{State: "Traveling", Description: "Traveling to Japan", Plane: "light_aircraft", Departed: c.clock.Now(), Lands: c.clock.Now().Add(149 * time.Minute)}
			check(t, "take-off", c.world.SetStatus(c.plan.Leader, inAir), true)
			trip, err := c.Travel(ctx, k, o)
			check(t, "travel", err, trip.Destination == "Japan" && trip.TimeLeft == 149*60 && torn.AtPtr(trip.Arrival).Unix() == inAir.Lands.Unix() && torn.AtPtr(trip.Departed).Unix() == inAir.Departed.Unix())
			check(t, "landing", c.world.SetStatus(c.plan.Leader, sim.Status{}), true)
			for _, id := range []faction.PlayerID{0, k.Owner} {
				who, err := c.UserBasic(ctx, k, o, id)
				check(t, "user basic", err, who.ID == c.plan.Leader && who.Name != "" && who.Status.State != "")
				in, err := c.UserFaction(ctx, k, o, id)
				check(t, "user faction", err, in != nil && in.ID == int64(ours) && in.Position == "Leader")
				linked, err := c.UserDiscord(ctx, k, o, id)
				check(t, "user discord", err, linked.UserID == c.plan.Leader && linked.DiscordID != "")
				found, err := c.Verify(ctx, k, o, string(linked.DiscordID))
				check(t, "verify", err, found.Profile.ID == c.plan.Leader && found.Faction != nil && found.Discord.DiscordID == linked.DiscordID)
			}
			basic, err := c.FactionBasic(ctx, k, o, enemy)
			check(t, "faction basic", err, basic.ID == int64(enemy) && basic.Members == 100 && basic.Name != "")
			for _, id := range []faction.ID{0, ours, enemy} {
				l, err := c.Members(ctx, k, o, id)
				check(t, "members", err, len(l.Rows) == 100 && len(l.Skipped) == 0)
				w, err := c.Wars(ctx, k, o, id)
				check(t, "wars", err, w.Ranked != nil && w.Ranked.ID == c.plan.WarID && w.Ranked.End == nil && w.Ranked.Start == c.plan.Start.Unix())
				ch, err := c.Chain(ctx, k, o, id)
				check(t, "chain", err, ch.Current >= 0)
				f, err := c.Front(ctx, k, torn.Options{Fresh: true}, id)
				check(t, "front", err, f.Wars.Ranked != nil && f.Wars.Ranked.ID == w.Ranked.ID && len(f.Members.Rows) == 100 && f.Chain.ID == ch.ID)
				r, err := c.RankedWars(ctx, k, o, id, 100, 0)
				check(t, "ranked wars", err, len(r.Rows) > 0 && r.Rows[0].ID == c.plan.WarID && r.Rows[0].End == nil && len(r.Skipped) == 0)
			}
			pos, err := c.Positions(ctx, k, o)
			check(t, "positions", err, len(pos.Rows) > 2 && len(pos.Skipped) == 0)
			a, err := c.Attacks(ctx, k, torn.Options{Fresh: true}, torn.AttacksQuery{Sort: torn.Newest})
			check(t, "attacks", err, len(a.Rows) == 100 && len(a.Skipped) == 0 && a.Prev != "")
			n, err := c.News(ctx, k, o, "main", 0, 0)
			check(t, "news", err, len(n.Skipped) == 0)

			c.clock.advance(c.plan.Report.Sub(c.clock.Now()) + time.Minute)
			rep, err := c.RankedWarReport(ctx, k, o, c.plan.WarID)
			check(t, "report", err, rep.ID == c.plan.WarID && len(rep.Factions) == 2 && rep.Winner != nil && len(rep.Factions[0].Members) > 0)
			over, err := c.RankedWars(ctx, k, o, ours, 1, 0)
			check(t, "the war in the list", err, len(over.Rows) == 1 && torn.AtPtr(over.Rows[0].End).Equal(c.plan.End))
		})
	}
}

func ptr[T any](v T) *T { return &v }

func check(t *testing.T, what string, err error, ok bool) {
	t.Helper()
	if err != nil || !ok {
		t.Errorf("%s: read as expected: %t, %v", what, ok, err)
	}
}

func TestAWalkReadsTheWholeWarOnceItsBurstIncluded(t *testing.T) {
	c := newTown(t, sim.Config{Seed: 9, Burst: 350}, usual)
	c.clock.advance(c.plan.EndVisible.Sub(c.clock.Now()) + time.Hour)
	pool, err := torn.NewPool(&shelf{keys: []torn.KeyRecord{c.record(t, c.plan.Leader), c.record(t, c.plan.Officers[0])}}, c.clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int64]int{}
	page := func(ctx context.Context, q torn.AttacksQuery) (l torn.List[torn.Attack], err error) {
		err = pool.Do(ctx, faction.ID(c.plan.OurFaction), torn.NeedAttacks, func(ctx context.Context, k torn.Key) error {
			l, err = c.Attacks(ctx, k, torn.Options{Priority: torn.Background}, q)
			return err
		})
		return l, err
	}
	err = torn.WalkAttacks(t.Context(), 1, c.clock.Now().Unix(), 200, page, func(_ context.Context, l torn.List[torn.Attack]) error {
		for _, a := range l.Rows {
			seen[a.ID]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := c.world.Figures(c.clock.Now()).Visible; int64(len(seen)) != want || want < 1000 {
		t.Errorf("read %d attacks of %d", len(seen), want)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("attack %d came %d times", id, n)
		}
	}
}

func TestACheckedKeyTellsWhoseItIsAndWhatItLacks(t *testing.T) {
	c := newTown(t, sim.Config{Seed: 5}, usual)
	for _, tc := range []struct {
		who     int64
		level   torn.Level
		access  bool
		attacks bool
		missing int
	}{
		{c.plan.Leader, torn.Full, true, true, 0},
		{c.plan.Officers[0], torn.Limited, true, true, 0},
		{c.plan.Members[0], torn.Limited, false, false, 5},
		{c.plan.Recruits[0], torn.Public, false, false, 5},
	} {
		p, _ := c.world.Player(tc.who)
		r, err := c.CheckKey(t.Context(), torn.NewSecret(c.world.KeyOf(tc.who)))
		if err != nil {
			t.Fatal(err)
		}
		if r.Owner != faction.PlayerID(tc.who) || r.Name != p.Name || r.FactionID != faction.ID(c.plan.OurFaction) || r.FactionName == "" || r.Position != p.Position {
			t.Errorf("%+v is not %+v", r, p)
		}
		if r.Level != tc.level || r.Type == "" || r.FactionAccess != tc.access || r.Can(torn.NeedAttacks) != tc.attacks || len(r.Missing()) != tc.missing {
			t.Errorf("%s key: %s, access %t, attacks %t, missing %d", r.Position, r.Level, r.FactionAccess, r.Can(torn.NeedAttacks), len(r.Missing()))
		}
		if !r.Can(torn.NeedFront) {
			t.Error("a key cannot read what is public")
		}
	}
	loner := c.world.AddPlayer()
	value, err := c.world.AddKey(sim.Key{Player: loner, Level: sim.Custom, Selections: map[string][]string{"faction": {"attacks"}}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.CheckKey(t.Context(), torn.NewSecret(value))
	if err != nil || r.FactionID != 0 || r.Position != "" || r.DiscordID != "" || r.Level != torn.Custom || !r.Selections.Has("faction", "attacks") {
		t.Errorf("a player without faction and Discord: %+v, %v", r, err)
	}
	if _, err := c.CheckKey(t.Context(), torn.NewSecret("0000000000000000")); !errors.Is(err, torn.ErrKeyIncorrect) || faction.KindOf(err) != faction.Invalid {
		t.Errorf("a wrong key: %v", err)
	}
}

func TestAnUnlinkedDiscordUserIsNotFound(t *testing.T) {
	c := newTown(t, sim.Config{Seed: 5}, usual)
	_, err := c.Verify(t.Context(), c.leader(), torn.Options{}, "999999999999999999")
	if !errors.Is(err, torn.ErrNotFound) || faction.KindOf(err) != faction.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestAfterEveryFaultOfTheServiceTheNextReadCatchesUp(t *testing.T) {
	for name, tc := range map[string]struct {
		kind sim.FaultKind
		want error
	}{
		"wrong shape": {sim.WrongShape(), torn.ErrShape}, "a page": {sim.HTML(), torn.ErrUnreachable},
		"empty": {sim.EmptyBody(), torn.ErrUnreachable}, "10 MB": {sim.Huge(0), torn.ErrShape},
		"cut": {sim.CutMidBody(), torn.ErrUnreachable}, "disconnect": {sim.Disconnect(), torn.ErrUnreachable},
		"500": {sim.HTTPStatus(500), torn.ErrUnreachable}, "429": {sim.HTTPStatus(429), torn.ErrBlocked},
		"Cloudflare": {sim.CloudflareChallenge(), torn.ErrBlocked}, "banned": {sim.ErrorCode(8), torn.ErrBanned},
		"off": {sim.ErrorCode(9), torn.ErrAPIDisabled}, "backend": {sim.ErrorCode(17), torn.ErrBackend},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTown(t, sim.Config{Seed: 5}, usual)
			q := torn.AttacksQuery{Sort: torn.Newest}
			clearFault := c.world.Fault(sim.Fault{Path: "/faction/attacks", Kind: tc.kind})
			if _, err := c.Attacks(t.Context(), c.leader(), torn.Options{}, q); !errors.Is(err, tc.want) {
				t.Errorf("got %v", err)
			}
			clearFault()
			if until, _ := c.Breaker().Stopped(); !until.IsZero() {
				c.clock.advance(until.Sub(c.clock.Now()))
			}
			if l, err := c.Attacks(t.Context(), c.leader(), torn.Options{}, q); err != nil || len(l.Rows) != 100 {
				t.Errorf("afterwards: %d rows, %v", len(l.Rows), err)
			}
		})
	}
}

func TestTheBudgetKeepsUsBelowTornsLimits(t *testing.T) {
	c := newTown(t, sim.Config{Seed: 5, UserPerMinute: 60, HostPerMinute: 80}, budget.Limits{PerPlayer: 60, PerHost: 80})
	ids := []int64{c.plan.Leader, c.plan.Officers[0], c.plan.Members[0]}
	for i := range 400 {
		k := c.key(c.world.KeyOf(ids[i%3]), ids[i%3])
		if _, err := c.Chain(t.Context(), k, torn.Options{Fresh: true, Priority: torn.Priority(i % 3)}, 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range c.world.RequestLog() {
		if r.Code != -1 || r.Status != 200 {
			t.Fatalf("Torn had to refuse: %+v", r)
		}
	}
}

func TestALeakyBudgetIsHealedByTornsRefusals(t *testing.T) {
	c := newTown(t, sim.Config{Seed: 5, UserPerMinute: 20}, usual) // the owner's other tools use the rest
	for range 70 {
		if _, err := c.Chain(t.Context(), c.leader(), torn.Options{Fresh: true}, 0); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	for _, r := range c.world.RequestLog() {
		if r.Code == 5 {
			refused++
		}
	}
	if refused == 0 || refused > 5 {
		t.Errorf("refused %d times", refused)
	}
}

func TestKeysThatGoBadAreReplacedWithinTheCall(t *testing.T) {
	c := newTown(t, sim.Config{Seed: 5}, usual)
	officer, member := c.plan.Officers[0], c.plan.Members[0]
	s := &shelf{keys: []torn.KeyRecord{c.record(t, officer), c.record(t, c.plan.Officers[1]), c.record(t, member), c.record(t, c.plan.Leader)}}
	pool, err := torn.NewPool(s, c.clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.world.SetKeyState(c.world.KeyOf(officer), sim.KeyRevoked)
	p, _ := c.world.Player(c.plan.Officers[1])
	if err := c.world.SetPosition(p.ID, "Recruit"); err != nil { // faction access goes without a word
		t.Fatal(err)
	}
	var used int64
	err = pool.Do(t.Context(), faction.ID(c.plan.OurFaction), torn.NeedAttacks, func(ctx context.Context, k torn.Key) error {
		used = k.ID
		_, err := c.Attacks(ctx, k, torn.Options{}, torn.AttacksQuery{Sort: torn.Newest})
		return err
	})
	if err != nil || used != c.plan.Leader {
		t.Errorf("the key of %d answered in the end, %v", used, err)
	}
	if v := s.said(officer); len(v) != 1 || v[0].State != torn.KeyDropped {
		t.Errorf("the revoked key's verdicts: %+v", v)
	}
	if v := s.said(p.ID); len(v) != 1 || !v[0].LostFactionAccess {
		t.Errorf("the demoted officer's verdicts: %+v", v)
	}
}

func TestACallThatIsMadeOnceIsNotRepeatedAfterAPassingFault(t *testing.T) {
	for once, want := range map[bool]int{true: 1, false: 3} {
		c := newTown(t, sim.Config{Seed: 5}, usual)
		c.world.Fault(sim.Fault{Path: "/user/travel", Kind: sim.ErrorCode(17)})
		if _, err := c.Travel(t.Context(), c.leader(), torn.Options{Once: once}); !errors.Is(err, torn.ErrBackend) {
			t.Errorf("once %t: %v, want Torn's own fault", once, err)
		}
		if got := len(c.world.RequestLog()); got != want {
			t.Errorf("once %t: %d requests, want %d", once, got, want)
		}
	}
}
