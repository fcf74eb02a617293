package torn

import (
	"math"
	"testing"
	"time"
)

type warsBody struct {
	Wars struct {
		Ranked *struct {
			ID       int64 `json:"war_id"`
			Start    int64
			End      *int64
			Target   int64
			Winner   *int64
			Factions []struct {
				ID, Score int64
				Chain     int
			}
		}
	}
}

// scores reads both sides' score from /faction/wars.
func (c *city) scores() (us, them int64, b warsBody) {
	c.t.Helper()
	c.must(c.LeaderKey(), "/faction/wars", &b)
	if b.Wars.Ranked == nil {
		return 0, 0, b
	}
	for _, f := range b.Wars.Ranked.Factions {
		if f.ID == c.OurFactionID() {
			us = f.Score
		} else {
			them = f.Score
		}
	}
	return us, them, b
}

func TestTheEveningEndsWithALeadOfTheTargetAndBothSidesShowIt(t *testing.T) {
	for seed := range uint64(16) {
		c := start(t, Config{Seed: seed, CacheFor: -1, UserPerMinute: -1})
		p := c.Plan()
		if p.End.IsZero() || p.Winner != p.OurFaction {
			t.Fatalf("seed %d: the war ends %v, won by %d", seed, p.End, p.Winner)
		}
		if length := p.End.Sub(p.Start); length < 150*time.Minute || length > 181*time.Minute {
			t.Errorf("seed %d: the war lasts %v", seed, length)
		}
		c.clock.set(p.EndVisible)
		us, them, b := c.scores()
		if us-them < p.Target || b.Wars.Ranked.End == nil || *b.Wars.Ranked.End != p.End.Unix() || b.Wars.Ranked.Target != p.Target {
			t.Errorf("seed %d: %d to %d with a target of %d, body %+v", seed, us, them, p.Target, b.Wars.Ranked)
		}
		c.clock.set(p.Report)
		lateUs, lateThem, _ := c.scores()
		if lateUs != us || lateThem != them {
			t.Errorf("seed %d: the score moves after the end: %d:%d to %d:%d", seed, us, them, lateUs, lateThem)
		}
		if n := c.Figures(p.Report).Visible; n < 1500 || n > 3500 {
			t.Errorf("seed %d: %d attacks", seed, n)
		}
	}
}

func TestTheWarPassesThroughItsPhases(t *testing.T) {
	c := start(t, Config{Seed: 5, CacheFor: -1, UserPerMinute: -1})
	p := c.Plan()
	report := "/faction/" + formatInt(p.WarID) + "/rankedwarreport"
	for _, x := range []struct {
		name   string
		at     time.Time
		phase  string
		shown  bool
		ended  bool
		report bool
	}{
		{"before the match", p.Matched.Add(-time.Second), "", false, false, false},
		{"matched", p.Matched, "scheduled", true, false, false},
		{"last second before the start", p.Start.Add(-time.Second), "scheduled", true, false, false},
		{"start", p.Start, "active", true, false, false},
		{"over, but not told", p.EndVisible.Add(-time.Second), "active", true, false, false},
		{"told", p.EndVisible, "ended", true, true, false},
		{"report", p.Report, "ended", true, true, true},
		{"gone", p.EndVisible.Add(12 * time.Minute), "ended", false, false, true},
	} {
		c.clock.set(x.at)
		_, _, b := c.scores()
		if shown := b.Wars.Ranked != nil; shown != x.shown {
			t.Errorf("%s: wars.ranked is there: %v", x.name, shown)
		} else if shown && (b.Wars.Ranked.End != nil) != x.ended {
			t.Errorf("%s: end is %v", x.name, b.Wars.Ranked.End)
		}
		if f := c.Figures(x.at); f.Phase != x.phase {
			t.Errorf("%s: phase %q, want %q", x.name, f.Phase, x.phase)
		}
		if out := c.get(c.LeaderKey(), report, nil) == -1; out != x.report {
			t.Errorf("%s: the report is out: %v", x.name, out)
		}
	}
}

// TestScoresAndFiguresAgreeAllEvening compares the two accounts the world keeps,
// running sums and a recount of intentions, at every stage.
func TestScoresAndFiguresAgreeAllEvening(t *testing.T) {
	c := start(t, Config{Seed: 6, CacheFor: -1, UserPerMinute: -1})
	p := c.Plan()
	var before Figures
	for at := p.Matched; at.Before(p.Report.Add(2 * time.Minute)); at = at.Add(97 * time.Second) {
		c.clock.set(at)
		us, them, b := c.scores()
		f := c.Figures(at)
		if f.Us.Score != us || f.Them.Score != them || f.Lead != us-them {
			t.Fatalf("%v: wars say %d:%d, figures %d:%d", at, us, them, f.Us.Score, f.Them.Score)
		}
		for _, side := range b.Wars.Ranked.Factions {
			want := f.Us.Chain
			if side.ID != p.OurFaction {
				want = f.Them.Chain
			}
			if side.Chain != want {
				t.Fatalf("%v: chain %d, figures say %d", at, side.Chain, want)
			}
		}
		for _, s := range []SideFigures{f.Us, f.Them} {
			n := s.Total
			classes := n.WarHits + n.OutsideHits + n.NoScore + n.Assists + n.Losses + n.Stalemates + n.Escapes + n.Timeouts + n.Interrupted + n.Other
			if n.Attacks != classes || n.Energy != 25*n.Attacks || n.BonusRespect > n.WarRespect+n.OutsideRespect {
				t.Fatalf("%v: the classes do not add up: %+v", at, n)
			}
		}
		if f.Phase == "active" && f.Us.Total.Attacks < before.Us.Total.Attacks-5 {
			t.Fatalf("%v: attacks went from %d to %d", at, before.Us.Total.Attacks, f.Us.Total.Attacks)
		}
		before = f
	}
}

func TestEveryClassAndMarkOfTheGameOccurs(t *testing.T) {
	for _, cfg := range []Config{{Seed: 1}, {Seed: 2, Intensity: 0.1, MembersPerSide: 12, Burst: -1}, {Seed: 3, WarLength: 20 * time.Minute}} {
		c := start(t, cfg)
		f := c.Figures(c.Plan().Report)
		us, them := f.Us.Total, f.Them.Total
		for name, n := range map[string]int64{
			"war hits": us.WarHits, "outside hits": us.OutsideHits, "no-score": us.NoScore, "assists": us.Assists, "losses": us.Losses,
			"stalemates": us.Stalemates, "escapes": us.Escapes, "timeouts": us.Timeouts, "interrupted": us.Interrupted, "other": us.Other,
			"retaliations": us.Retaliations, "overseas": us.Overseas, "group": us.Group, "chain bonuses": us.ChainBonuses,
			"wasted bonuses": us.WastedBonuses, "warlord": us.Warlord, "low fair-fight": us.LowFairFight, "friendly": us.Friendly,
			"first of chain": us.FirstOfChain, "flag differs": us.FlagDiffers, "hits taken": us.HitsTaken, "defended": us.Defended,
			"their war hits": them.WarHits, "their losses": them.Losses, "their hits taken": them.HitsTaken, "their wins in defence": them.Defended,
			"stealthed attacks": f.Them.Members[0].Attacks, "stealthed losses": f.Them.Members[0].Losses,
		} {
			if n == 0 {
				t.Errorf("seed %d: no %s", cfg.Seed, name)
			}
		}
	}
}

func TestTheLogHasLateRowsChangedRowsABurstAndEdges(t *testing.T) {
	c := start(t, Config{Seed: 9, CacheFor: -1, UserPerMinute: -1})
	p := c.Plan()
	late, changed, unfinished, burst, afterEnd, atEnd, beforeStart, atStart, showsAfterEnd := 0, 0, 0, 0, 0, 0, 0, 0, 0
	unknown, hiddenAttacker := 0, 0
	for _, rec := range c.attacks {
		first, row := rec.versions[0], rec.versions[len(rec.versions)-1].row
		if first.visible-rec.started > 120 {
			late++
		}
		if len(rec.versions) > 1 {
			changed++
		}
		if first.row.Ended.IsZero() {
			unfinished++
		}
		if rec.started == p.Burst.Unix()-12 {
			burst++
		}
		ended, between := row.counted(), row.attackerFaction != 0 && row.defenderFaction == p.EnemyFaction
		switch {
		case between && ended > p.End.Unix() && ended < p.End.Unix()+60:
			afterEnd++
		case ended == p.End.Unix():
			atEnd++
		case ended == p.Start.Unix()-1:
			beforeStart++
		case ended == p.Start.Unix():
			atStart++
		}
		if ended <= p.End.Unix() && first.visible > p.EndVisible.Unix()+60 {
			showsAfterEnd++
		}
		if row.Result == "Ambushed" {
			unknown++
		}
		if row.Stealthed {
			hiddenAttacker++
		}
	}
	for name, n := range map[string]int{"late rows": late, "changed rows": changed, "rows without an end": unfinished,
		"attacks after the end": afterEnd, "attacks in the last second": atEnd, "attacks before the start": beforeStart,
		"attacks in the first second": atStart, "rows that show long after the end": showsAfterEnd, "unknown results": unknown,
		"stealthed attackers": hiddenAttacker} {
		if n < 2 {
			t.Errorf("%d %s", n, name)
		}
	}
	if burst < 150 {
		t.Errorf("%d attacks in the burst", burst)
	}
}

func TestTheChainIsSavedOnceInItsLastMoment(t *testing.T) {
	for seed := range uint64(8) {
		c := start(t, Config{Seed: seed, CacheFor: -1, UserPerMinute: -1})
		p := c.Plan()
		var before, after struct {
			Chain struct{ ID, Timeout, Current int64 }
		}
		c.clock.set(p.Saved.Add(-time.Second))
		c.must(c.LeaderKey(), "/faction/chain", &before)
		c.clock.set(p.Saved.Add(time.Second))
		c.must(c.LeaderKey(), "/faction/chain", &after)
		if before.Chain.Current < 100 || before.Chain.Timeout < 9 || before.Chain.Timeout > 11 || // a row may have told its end two seconds early
			after.Chain.ID != before.Chain.ID || after.Chain.Current <= before.Chain.Current || after.Chain.Timeout < 299 {
			t.Errorf("seed %d: %+v before, %+v after", seed, before.Chain, after.Chain)
		}
		if by, ok := c.Player(p.SavedBy); !ok || by.Faction != p.OurFaction {
			t.Errorf("seed %d: saved by %+v", seed, by)
		}
	}
}

func TestTheChainBreaksOnceInTheWarAndCountsUp(t *testing.T) {
	c := start(t, Config{Seed: 5, CacheFor: -1, UserPerMinute: -1})
	p := c.Plan()
	var b struct {
		Chain struct {
			ID, Timeout, Cooldown, Start, End int64
			Current, Max                      int
		}
	}
	c.clock.set(p.Start.Add(time.Hour))
	c.must(c.LeaderKey(), "/faction/chain", &b)
	if b.Chain.Current < 100 || b.Chain.End-b.Chain.Timeout > c.clock.Now().Unix() || b.Chain.Max <= b.Chain.Current || b.Chain.End <= b.Chain.Start {
		t.Errorf("an hour in: %+v", b.Chain)
	}
	first := b.Chain.ID
	lull := p.Start.Add(3 * time.Hour * 42 / 100)
	c.clock.set(lull.Add(310 * time.Second))
	c.must(c.LeaderKey(), "/faction/chain", &b)
	if b.Chain.Current != 0 || b.Chain.Cooldown <= c.clock.Now().Unix() {
		t.Errorf("after the lull: %+v", b.Chain)
	}
	c.clock.set(p.Start.Add(2 * time.Hour))
	c.must(c.LeaderKey(), "/faction/chain", &b)
	if b.Chain.Current < 50 || b.Chain.ID == first {
		t.Errorf("two hours in: %+v", b.Chain)
	}
}

func TestHoldFreezesWhatIsSeenWhileTheClockGoesOn(t *testing.T) {
	c := start(t, Config{Seed: 5, CacheFor: -1, UserPerMinute: -1})
	held := c.Plan().Start.Add(70 * time.Minute)
	c.clock.set(held)
	c.Hold()
	want := c.Figures(held)
	us, them, _ := c.scores()
	_, log, _ := c.raw(c.OfficerKey(), "/faction/attacks")
	c.clock.add(2 * time.Minute)
	c.Hold() // twice is once
	if f := c.Figures(c.clock.Now()); f.Us.Total != want.Us.Total || f.Lead != want.Lead {
		t.Error("figures move while held")
	}
	if a, b, _ := c.scores(); a != us || b != them {
		t.Error("scores move while held")
	}
	if _, again, _ := c.raw(c.OfficerKey(), "/faction/attacks"); string(again) != string(log) {
		t.Error("the log moves while held")
	}
	c.Release()
	now := c.clock.Now()
	if f := c.Figures(now); f.Us.Total == want.Us.Total {
		t.Error("after the release nothing appears")
	}
	if f := c.Figures(now.Add(-time.Minute)); f.Us.Total != want.Us.Total {
		t.Error("looking back, the hold has vanished")
	}
	free := start(t, Config{Seed: 5})
	if c.Figures(now).Us.Total != free.Figures(now).Us.Total {
		t.Error("after the release the world is not where it would be")
	}
}

func TestTheReportAgreesWithTheScore(t *testing.T) {
	c := start(t, Config{Seed: 5, CacheFor: -1})
	p := c.Plan()
	c.clock.set(p.Report)
	var b struct {
		Report struct {
			Winner   int64
			Factions []struct {
				ID, Score, Attacks int64
				Members            []struct {
					ID, Attacks int64
					Score       float64
				}
			}
		} `json:"rankedwarreport"`
	}
	c.must(c.PublicKey(), "/faction/"+formatInt(p.WarID)+"/rankedwarreport", &b)
	f := c.Figures(p.Report)
	if b.Report.Winner != p.Winner || len(b.Report.Factions) != 2 {
		t.Fatalf("report %+v", b.Report)
	}
	for _, side := range b.Report.Factions {
		want := f.Us
		if side.ID == f.Them.Faction {
			want = f.Them
		}
		sum := 0.0
		for _, m := range side.Members {
			sum += m.Score
		}
		if side.Score != want.Score || side.Attacks != want.Total.WarHits || math.Abs(sum-points(want.Total.WarRespect)) > 0.001 {
			t.Errorf("report gives %d:  score %d, %d attacks; figures say %d, %d", side.ID, side.Score, side.Attacks, want.Score, want.Total.WarHits)
		}
	}
}

func TestMembersMoveAboutAndRecruitsAreNew(t *testing.T) {
	c := start(t, Config{Seed: 5, CacheFor: -1, UserPerMinute: -1})
	c.clock.set(c.Plan().Start.Add(time.Hour))
	states, presence := map[string]int{}, map[string]int{}
	for _, id := range []int64{c.OurFactionID(), c.EnemyFactionID()} {
		var b struct {
			Members []struct {
				Position   string
				Days       int64          `json:"days_in_faction"`
				Revive     string         `json:"revive_setting"`
				InOC       bool           `json:"is_in_oc"`
				Status     statusBody     `json:"status"`
				LastAction lastActionBody `json:"last_action"`
			}
		}
		c.must(c.LeaderKey(), "/faction/"+formatInt(id)+"/members", &b)
		if len(b.Members) != 100 {
			t.Errorf("faction %d has %d members", id, len(b.Members))
		}
		for _, m := range b.Members {
			states[m.Status.State]++
			presence[m.LastAction.Status]++
			if m.Status.State == "Hospital" && (m.Status.Until == nil || *m.Status.Until <= c.clock.Now().Unix()) {
				t.Errorf("in hospital until %v", m.Status.Until)
			}
			if (m.Position == positionRecruit) != (m.Days < 3) {
				t.Errorf("%s for %d days", m.Position, m.Days)
			}
			if own := id == c.OurFactionID(); own != (m.Revive != "Unknown") || !own && m.InOC {
				t.Errorf("faction %d shows revive setting %q, in crime %v", id, m.Revive, m.InOC)
			}
		}
	}
	for _, s := range []string{"Okay", "Hospital", "Traveling"} {
		if states[s] == 0 {
			t.Errorf("nobody is %s: %v", s, states)
		}
	}
	for _, s := range []string{"Online", "Idle", "Offline"} {
		if presence[s] == 0 {
			t.Errorf("nobody is %s: %v", s, presence)
		}
	}
}
