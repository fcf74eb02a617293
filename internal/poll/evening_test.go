package poll_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
)

func TestAnEveningIsScoredExactlyAsItWasPlayed(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 7, StartsAfter: 5 * time.Minute, WarLength: 35 * time.Minute, MembersPerSide: 20})
	plan := e.world.Plan()
	for _, moment := range []time.Duration{8 * time.Minute, 18 * time.Minute} {
		e.runUntil(plan.Start.Add(moment))
		e.settle()
	}
	e.runUntil(plan.End.Add(afterwards))
	e.checkEnd()
	if len(e.reasons) > 0 {
		t.Errorf("polls failed: %v", e.reasons)
	}
	e.told(map[alert.Kind]int{alert.WarScheduled: 1, alert.WarStarted: 1, alert.WarMilestone: -1, alert.WarEnded: 1, alert.WarReport: 1})
	for _, stage := range []string{"milestone:score:1000", "milestone:lead:90"} {
		if !slices.Contains(e.alerts()[alert.WarMilestone], stage) {
			t.Errorf("nobody was told of %s: %v", stage, e.alerts()[alert.WarMilestone])
		}
	}
}

func TestAFactionAtWarCostsAtMostFifteenRequestsAMinute(t *testing.T) {
	t.Parallel()
	if contract() == nil {
		t.Log("Torn's specification is not here: requests are counted, not checked")
	}
	e := newEvening(t, simtorn.Config{Seed: 3, MatchedAfter: time.Minute, StartsAfter: 5 * time.Minute, WarLength: 40 * time.Minute, MembersPerSide: 30})
	plan := e.world.Plan()
	e.runUntil(plan.End)
	n, sides := 0, map[string]int{}
	for _, r := range e.world.RequestLog() {
		if !r.At.Before(plan.Start) && r.At.Before(plan.End) {
			n++
			if r.Query.Get("selections") == "wars,chain,members" {
				sides[r.Query.Get("id")]++
			}
		}
	}
	minutes := plan.End.Sub(plan.Start).Minutes()
	if a := float64(n) / minutes; a > 15 || a < 10 {
		t.Errorf("%d requests in %.0f minutes of war are %.1f a minute, want 10 to 15", n, minutes, a)
	} else {
		t.Logf("%.2f requests a minute", a)
	}
	// Both sides are looked at each 15 seconds, the enemy's as far as the requests reach,
	// but never less than each 30 (ADR 0012).
	us, them := sides[strconv.Itoa(int(e.us))], sides[strconv.FormatInt(plan.EnemyFaction, 10)]
	if float64(us) < 3.9*minutes || float64(them) < 1.9*minutes {
		t.Errorf("in %.0f minutes our side was read %d times, theirs %d times", minutes, us, them)
	} else {
		t.Logf("our side was read %.1f times a minute, theirs %.1f times", float64(us)/minutes, float64(them)/minutes)
	}
	if len(e.reasons) > 0 {
		t.Errorf("polls failed: %v", e.reasons)
	}
}

// An outage of the bot in mid-war, a start and an end that nobody saw.
func TestWhateverTheBotSleptThroughIsReadBack(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		cfg          simtorn.Config
		sleep, awake time.Duration // when the bot is off, after the war's start
		told         map[alert.Kind]int
	}{
		{"two hours in mid-war", simtorn.Config{Seed: 11, WarLength: 165 * time.Minute, Intensity: 0.25}, 30 * time.Minute, 150 * time.Minute,
			map[alert.Kind]int{alert.WarScheduled: 1, alert.WarStarted: 1, alert.WarMilestone: -1, alert.WarEnded: 1, alert.WarReport: 1}},
		{"the start", simtorn.Config{Seed: 12, WarLength: 30 * time.Minute}, -5 * time.Minute, 12 * time.Minute,
			map[alert.Kind]int{alert.WarScheduled: 1, alert.WarStarted: 1, alert.WarMilestone: -1, alert.WarEnded: 1, alert.WarReport: 1}},
		{"the end, until Torn does not show the war any more", simtorn.Config{Seed: 13, WarLength: 20 * time.Minute}, 8 * time.Minute, 2 * time.Hour,
			map[alert.Kind]int{alert.WarScheduled: 1, alert.WarStarted: 1, alert.WarEnded: 1, alert.WarReport: 1}},
		{"the whole war", simtorn.Config{Seed: 14, WarLength: 20 * time.Minute}, -5 * time.Minute, 2 * time.Hour,
			map[alert.Kind]int{alert.WarScheduled: 1, alert.WarStarted: 1, alert.WarMilestone: 0, alert.WarEnded: 1, alert.WarReport: 1}},
		{"even that it was matched", simtorn.Config{Seed: 15, WarLength: 20 * time.Minute}, -18 * time.Minute, 2 * time.Hour,
			map[alert.Kind]int{alert.WarScheduled: 0, alert.WarStarted: 0, alert.WarMilestone: 0, alert.WarEnded: 1, alert.WarReport: 1}},
		{"three days, the war's end among them", simtorn.Config{Seed: 16, WarLength: 20 * time.Minute}, 8 * time.Minute, 72 * time.Hour,
			map[alert.Kind]int{alert.WarScheduled: 1, alert.WarStarted: 1, alert.WarEnded: 1, alert.WarReport: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.cfg.MatchedAfter, tc.cfg.StartsAfter = 5*time.Minute, 20*time.Minute
			e := newEvening(t, tc.cfg)
			plan := e.world.Plan()
			e.runUntil(plan.Start.Add(tc.sleep))
			e.clock.Advance(tc.awake - tc.sleep)
			if mid := tc.told[alert.WarMilestone] == -1; mid != e.clock.Now().Before(plan.End) {
				t.Fatalf("the bot wakes at %s, and the war ends at %s", e.clock.Now(), plan.End)
			} else if mid {
				e.runUntil(e.clock.Now().Add(2 * time.Minute))
				e.settle()
				e.runUntil(plan.End)
			}
			e.runUntil(e.clock.Now().Add(afterwards + 10*time.Minute))
			e.checkEnd()
			e.told(tc.told)
			if len(e.reasons) > 0 {
				t.Errorf("polls failed: %v", e.reasons)
			}
		})
	}
}

func TestABotThatIsInstalledInMidWarReadsTheWholeWarBack(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 21, MatchedAfter: -26 * time.Hour, StartsAfter: -50 * time.Minute, WarLength: 65 * time.Minute})
	e.runUntil(e.clock.Now().Add(3 * time.Minute))
	e.settle()
	e.runUntil(e.world.Plan().End.Add(afterwards))
	e.checkEnd()
	// It began too long ago to be news, but its end is.
	e.told(map[alert.Kind]int{alert.WarScheduled: 0, alert.WarStarted: 0, alert.WarEnded: 1, alert.WarReport: 1})
}

func TestWarsOfTheDistantPastAreListedAndNeitherToldNorRead(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 22, MatchedAfter: 10 * time.Hour})
	e.runUntil(e.clock.Now().Add(30 * time.Minute))
	wars, err := e.store.Wars(t.Context(), e.us, 100)
	must(t, err)
	if len(wars) < 2 {
		t.Fatalf("%d past wars are listed, want several", len(wars))
	}
	for _, w := range wars {
		if old := e.clock.Now().Sub(w.End) > 8*24*time.Hour; old && (w.FinalAt.IsZero() || w.Tracked || !w.ReportAt.IsZero()) {
			t.Errorf("an old war is followed: %+v", w)
		}
	}
	var told int
	must(t, e.owner.QueryRow(t.Context(), "select count(*) from alert_deliveries").Scan(&told))
	if told != 0 {
		t.Errorf("%d alerts were told of the past", told)
	}
}

func TestWhoeverWinsTheWarIsScored(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 31, MatchedAfter: time.Minute, StartsAfter: 4 * time.Minute, WarLength: 20 * time.Minute, Intensity: 2, EnemyWins: true})
	plan := e.world.Plan()
	if plan.Winner != plan.EnemyFaction {
		t.Fatal("the scenario's enemy does not win")
	}
	e.runUntil(plan.End.Add(afterwards))
	e.checkEnd()
	e.told(map[alert.Kind]int{alert.WarScheduled: 1, alert.WarStarted: 1, alert.WarEnded: 1, alert.WarReport: 1})
}

func TestAForfeitEndsTheWarInItsMiddle(t *testing.T) {
	t.Parallel()
	// A target that nobody reaches: the war goes on until somebody gives up.
	e := newEvening(t, simtorn.Config{Seed: 32, MatchedAfter: time.Minute, StartsAfter: 4 * time.Minute, WarLength: 15 * time.Minute, Target: 1_000_000})
	plan := e.world.Plan()
	e.runUntil(plan.Start.Add(12 * time.Minute))
	at := e.clock.Now()
	for i := range 260 { // stored before the end is known, and more than the newest page holds
		_, err := e.world.AddAttack(simtorn.Attack{Attacker: plan.Officers[0], Defender: e.world.Roster(plan.EnemyFaction)[4].ID,
			Kind: simtorn.WarHit, Ended: at.Add(time.Duration(i+1) * 500 * time.Millisecond)})
		must(t, err)
	}
	e.runUntil(at.Add(150 * time.Second))
	must(t, e.world.ForfeitWar(int64(e.war), at, plan.OurFaction))
	e.runUntil(e.clock.Now().Add(30 * time.Second))
	late, err := e.store.AttacksCountedAfter(t.Context(), e.us, e.war, at)
	must(t, err)
	if len(late) > 0 {
		t.Errorf("half a minute later %d attacks still count that came after the end", len(late))
	}
	e.runUntil(e.clock.Now().Add(afterwards))
	e.check()
	w, err := e.store.War(t.Context(), e.us, e.war)
	must(t, err)
	if !w.Forfeit || !w.End.Equal(at.Truncate(time.Second)) || w.ReportAt.IsZero() || w.FinalAt.IsZero() || int64(w.Winner) != plan.OurFaction {
		t.Errorf("after the forfeit the war is %+v", w)
	}
	e.told(map[alert.Kind]int{alert.WarEnded: 1, alert.WarReport: 1})
}

func TestRowsThatAppearLateChangeOrComeInCrowdsAreCountedOnce(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 45, MatchedAfter: time.Minute, StartsAfter: 4 * time.Minute, WarLength: 30 * time.Minute, Burst: 320})
	plan := e.world.Plan()
	e.runUntil(plan.Start.Add(5 * time.Minute))
	// A hit that shows four minutes late, one that becomes a loss, one that leaves the war's window.
	now := e.clock.Now()
	ours, foe := plan.Officers[0], e.world.Roster(plan.EnemyFaction)[6].ID
	add := func(a simtorn.Attack) int64 {
		t.Helper()
		a.Attacker, a.Defender = ours, foe
		id, err := e.world.AddAttack(a)
		must(t, err)
		return id
	}
	add(simtorn.Attack{Kind: simtorn.WarHit, Started: now.Add(-10 * time.Second), Ended: now, Visible: now.Add(4 * time.Minute)})
	changes := add(simtorn.Attack{Kind: simtorn.WarHit, Ended: now})
	must(t, e.world.ChangeAttack(changes, now.Add(3*time.Minute), func(a *simtorn.Attack) {
		a.Kind, a.Result, a.Respect, a.RespectLoss = simtorn.Lost, "Lost", 0, 0
	}))
	add(simtorn.Attack{Kind: simtorn.Other, Started: now, NoEnd: true})
	e.settle()
	e.runUntil(plan.Burst.Add(25 * time.Second))
	var crowd int
	must(t, e.owner.QueryRow(t.Context(), "select count(*) from attacks where ended_at = $1", plan.Burst).Scan(&crowd))
	if crowd < 320 {
		t.Errorf("25 s after the crowd of 320 there are %d of it", crowd)
	}
	e.settle()
	e.runUntil(plan.End.Add(afterwards))
	e.checkEnd()
	if f := e.feeds()[feed.Attacks]; f.Failures != 0 || len(e.reasons) > 0 {
		t.Errorf("polls failed: %v", e.reasons)
	}
}

func TestALogThatStoodStillIsReadBackWhenItGoesOn(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 34, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 10 * time.Hour, Intensity: 0.02, Burst: -1})
	plan := e.world.Plan()
	e.runUntil(plan.Start.Add(6 * time.Minute))
	held := e.clock.Now()
	hit := func(ended, visible time.Duration) {
		t.Helper()
		_, err := e.world.AddAttack(simtorn.Attack{Attacker: plan.Officers[0], Defender: e.world.Roster(plan.EnemyFaction)[6].ID,
			Kind: simtorn.WarHit, Ended: held.Add(ended), Visible: held.Add(visible)})
		must(t, err)
	}
	for i := range 60 {
		hit(-time.Duration(i)*5*time.Second, -time.Duration(i)*5*time.Second)
	}
	e.runUntil(held.Add(15 * time.Second))
	e.world.Hold()
	hit(-4*time.Minute-45*time.Second, 30*time.Second) // late, when the log goes on it is below the newest page
	for i := range 60 {
		hit(time.Minute+time.Duration(i)*5*time.Second, time.Minute+time.Duration(i)*5*time.Second)
	}
	e.runUntil(held.Add(10 * time.Minute))
	e.world.Release()
	e.runUntil(e.clock.Now().Add(time.Minute))
	e.settle()
}
