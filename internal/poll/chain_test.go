package poll_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/poll"
	"consigliere/internal/roster"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
)

// chaining is a faction that chains in peace, with everybody told of everything.
type chaining struct {
	*evening
	chain   int // the counter
	hitters []int64
	prey    int64
}

// newChaining makes a faction without a war, a chain of some hits and a last hit now.
func newChaining(t *testing.T, hits int) *chaining {
	t.Helper()
	c := &chaining{evening: newEvening(t, simtorn.Config{Seed: 5, MatchedAfter: 90 * time.Hour, StartsAfter: 100 * time.Hour})}
	plan := c.world.Plan()
	c.hitters, c.prey = append([]int64{plan.Leader}, plan.Officers...), c.world.AddPlayer()
	var rules []alert.Rule
	for _, k := range []alert.Kind{alert.ChainStarted, alert.ChainMilestone, alert.ChainBonusSoon, alert.ChainTimer, alert.ChainBroken, alert.ChainEnded} {
		rules = append(rules, alert.Rule{Kind: k, ChannelID: "one", RoleID: "9", Enabled: true})
	}
	must(t, c.store.PutRules(t.Context(), c.us, rules, c.clock.Now()))
	start := c.clock.Now().Add(-time.Duration(hits-1) * time.Second * 10)
	for i := range hits {
		c.land(start.Add(time.Duration(i) * 10 * time.Second))
	}
	return c
}

// land puts a hit of ours on somebody outside into the chain.
func (c *chaining) land(at time.Time) {
	c.t.Helper()
	c.chain++
	c.attack(at, c.chain, at)
}

func (c *chaining) attack(at time.Time, counter int, visible time.Time) {
	c.t.Helper()
	by := c.hitters[counter%len(c.hitters)]
	respect := int64(400)
	if bonus, ok := faction.ChainBonus(counter); ok {
		respect += int64(bonus)
	}
	_, err := c.world.AddAttack(simtorn.Attack{
		Attacker: by, Defender: c.prey, Kind: simtorn.OutsideHit, Started: at.Add(-20 * time.Second), Ended: at, Visible: visible,
		Respect: respect, FairFight: 200, Chain: counter,
	})
	must(c.t, err)
}

// told lists what was told of the chain, in order: kinds, stages without the deadline, outcomes.
func (c *chaining) told() []string {
	c.t.Helper()
	var out []string
	rows, err := c.owner.Query(c.t.Context(), `select kind, stage, coalesce(payload -> 'data' -> 'chain' ->> 'outcome', ''),
		coalesce(payload -> 'data' -> 'chain' ->> 'unconfirmed', '') from alert_deliveries where faction_id = $1 and kind like 'chain.%' order by delivery_id`, c.us)
	must(c.t, err)
	defer rows.Close()
	for rows.Next() {
		var kind, stage, outcome, unconfirmed string
		must(c.t, rows.Scan(&kind, &stage, &outcome, &unconfirmed))
		words := []string{strings.TrimPrefix(kind, "chain.")}
		if parts := strings.Split(stage, ":"); kind == "chain.timer" {
			words = append(words, parts[2])
		} else if len(parts) > 1 {
			words = append(words, parts[1])
		}
		if unconfirmed == "true" {
			words = append(words, "unconfirmed")
		}
		if outcome != "" {
			words = append(words, outcome)
		}
		out = append(out, strings.Join(words, " "))
	}
	must(c.t, rows.Err())
	return out
}

func (c *chaining) want(want ...string) {
	c.t.Helper()
	if got := c.told(); !slices.Equal(got, want) {
		c.t.Errorf("told %q, want %q", got, want)
	}
}

// run polls for a while, with everything that is told delivered at once.
func (c *chaining) run(d time.Duration) {
	c.t.Helper()
	for end := c.clock.Now().Add(d); c.clock.Now().Before(end); {
		c.poll(c.t.Context(), c.main, leaseTime)
		_, err := c.owner.Exec(c.t.Context(), "update alert_deliveries set state = 'sent' where state = 'pending'")
		must(c.t, err)
		c.step(end)
	}
}

func (c *chaining) state() chain.State {
	c.t.Helper()
	s, _, _, err := c.store.Chain(c.t.Context(), c.us)
	must(c.t, err)
	return s
}

func TestEachStageOfAChainsTimerIsToldOnceAndItsEndSettlesThem(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	c.run(305 * time.Second)
	got := c.told()
	if want := []string{"timer 90 broken", "timer 60 broken", "timer 30 broken", "broken broken"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	for _, stage := range []int{60, 30} { // at the very moment, by the absolute deadline
		var late float64
		must(t, c.owner.QueryRow(t.Context(), `select extract(epoch from created_at - (payload -> 'data' -> 'chain' ->> 'deadline')::timestamptz)
			from alert_deliveries where stage like 'timer:%:' || $1::text`, fmt.Sprint(stage)).Scan(&late))
		if late != float64(-stage) {
			t.Errorf("the warning of %d s came %.0f s before the deadline", stage, -late)
		}
	}
	c.run(30 * time.Minute)
	if want := append(got, "ended broken"); !slices.Equal(c.told(), want) {
		t.Errorf("told %q, want %q", c.told(), want)
	}
	open, err := c.store.OpenChains(t.Context(), c.us)
	must(t, err)
	if len(open) != 0 {
		t.Errorf("still open: %+v", open)
	}
}

func TestTheReportOfAChainIsWhatItsRowsComeTo(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	c.run(40 * time.Minute)
	s := c.state()
	sum, err := c.store.ChainByID(t.Context(), c.us, s.ID)
	must(t, err)
	members, err := c.store.ChainMembers(t.Context(), c.us, s.ID)
	must(t, err)
	hits, respect, bonus := 0, faction.Respect(0), faction.Respect(0)
	for _, m := range members {
		hits += m.Hits
		respect += m.Respect
		bonus += m.Bonus
	}
	wantBonus := faction.Respect(1000 + 2000 + 4000 + 8000)
	if !sum.Counted || sum.Logged != 120 || hits != 120 || sum.Respect != respect || respect != 120*400+wantBonus || sum.Bonus != bonus || bonus != wantBonus {
		t.Errorf("%+v; members have %d hits, %s respect, %s of bonuses", sum, hits, respect, bonus)
	}
}

func TestAChainThatIsSavedIsSaidToBeAndByWhom(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	c.run(245 * time.Second)
	c.want("timer 90", "timer 60")
	c.land(c.clock.Now().Add(15 * time.Second))
	c.run(70 * time.Second)
	c.want("timer 90 saved", "timer 60 saved")
	var by, left string
	must(t, c.owner.QueryRow(t.Context(), `select payload -> 'data' -> 'chain' -> 'by' ->> 'id', payload -> 'data' -> 'chain' ->> 'left_at'
		from alert_deliveries where kind = 'chain.timer' limit 1`).Scan(&by, &left))
	if want := fmt.Sprint(c.hitters[c.chain%len(c.hitters)]); by != want || left != "40" {
		t.Errorf("saved by %s with %s s left, want %s with 40", by, left, want)
	}
	c.run(240 * time.Second) // the next danger is told anew
	if got := c.told(); len(got) < 4 || !slices.Equal(got[:2], []string{"timer 90 saved", "timer 60 saved"}) || !slices.Equal(got[len(got)-2:], []string{"timer 60", "timer 30"}) {
		t.Errorf("told %q", got)
	}
}

func TestAHitASecondBeforeAWarningMakesItNeedless(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	last := c.clock.Now()
	c.run(205 * time.Second)
	c.land(last.Add(209 * time.Second)) // the first stage with somebody to call is at 210
	c.run(60 * time.Second)
	c.want()
}

func TestWhenTornCannotBeReachedTheWarningGoesOutUnconfirmed(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	c.run(225 * time.Second)
	c.world.Down(true)
	c.run(60 * time.Second)
	c.world.Down(false)
	c.want("timer 90", "timer 60 unconfirmed", "timer 30 unconfirmed")
	if len(c.reasons) == 0 || c.feeds()[feed.Chain].Failures == 0 {
		t.Error("nobody was told that Torn does not answer")
	}
	c.run(60 * time.Second)
	c.want("timer 90 broken", "timer 60 broken", "timer 30 broken", "broken broken")
}

func TestAChainThatBreaksWhileTornIsAwayIsOverOnlyWhenTornSaysSo(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	c.run(250 * time.Second)
	c.world.Down(true)
	c.land(c.clock.Now().Add(40 * time.Second)) // with ten seconds left, and nobody sees it
	c.run(120 * time.Second)
	if got := c.told(); slices.Contains(got, "broken broken") {
		t.Fatalf("told %q, and nobody knows", got)
	}
	c.world.Down(false)
	c.run(20 * time.Second)
	for _, line := range c.told() {
		if strings.HasPrefix(line, "timer") && !strings.HasSuffix(line, "saved") {
			t.Errorf("%q of a chain that was saved: %q", line, c.told())
		}
	}
}

func TestABonusIsAnnouncedAndSettledByWhoMadeIt(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 240)
	c.run(20 * time.Second)
	c.want()
	for range 7 {
		c.land(c.clock.Now())
		c.run(20 * time.Second)
	}
	c.want("bonus_soon 250")
	for range 4 {
		c.land(c.clock.Now())
		c.run(20 * time.Second)
	}
	c.run(60 * time.Second)
	c.want("bonus_soon 250 made", "milestone 250 made")
}

func TestAnAttemptThatNeverBecameAChainIsNotSpokenOf(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 7)
	c.run(10 * time.Minute)
	c.want()
	if open, err := c.store.OpenChains(t.Context(), c.us); err != nil || len(open) != 0 {
		t.Errorf("open %v, %v", open, err)
	}
}

// A process that is killed at any step of a poll's way leaves nothing untold and
// nothing told twice.
func TestAProcessKilledBetweenTheStagesNeitherLosesNorDoublesAWarning(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	kill := &killing{ChainStore: c.store}
	dying := *c.main.pollers[feed.Chain].(*poll.Chain)
	dying.Store = kill
	c.main.pollers[feed.Chain] = &dying
	n := 0
	for end := c.clock.Now().Add(310 * time.Second); c.clock.Now().Before(end); {
		n++
		kill.before, kill.after = n%4 == 1, n%4 == 2
		c.poll(t.Context(), c.main, time.Second) // the lease of whoever was killed runs out at once
		c.step(end)
	}
	kill.before, kill.after = false, false
	c.run(20 * time.Second)
	c.want("timer 90 broken", "timer 60 broken", "timer 30 broken", "broken broken")
}

// killing ends the process before or after it has written.
type killing struct {
	poll.ChainStore
	before, after bool
}

func (k *killing) SaveUpdate(ctx context.Context, st *feed.State, u feed.Update) error {
	if k.before {
		return errKilled
	}
	err := k.ChainStore.SaveUpdate(ctx, st, u)
	if err == nil && k.after {
		return errKilled
	}
	return err
}

func TestWhileNoChainRunsNothingIsAskedOfTorn(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 0)
	c.run(5 * time.Minute)
	st := c.feeds()[feed.Chain]
	asked := 0
	c.world.Down(true)
	for range 3 {
		if err := c.main.pollers[feed.Chain].RunOnce(t.Context(), &st); err != nil && !errors.Is(err, store.ErrOvertaken) {
			asked++
		}
	}
	if asked > 0 {
		t.Error("Torn was asked about a chain that there is none of")
	}
}

func TestASquadIsCalledWhereNobodyHasTakenTheWatch(t *testing.T) {
	t.Parallel()
	c := newChaining(t, 120)
	c.main.pollers[feed.Chain].(*poll.Chain).Watch = c.store
	c.run(time.Minute) // rights are known from the roster
	plan := c.world.Plan()
	people := []roster.Person{{Player: faction.PlayerID(plan.Leader), State: roster.Member, Since: c.clock.Now()}}
	q, err := c.store.CreateSquad(t.Context(), c.us, roster.Squad{Name: "Night", Kind: roster.Open, People: people}, c.clock.Now())
	must(t, err)
	_, err = c.store.OpenWatch(t.Context(), c.us, roster.Watch{From: c.clock.Now(), To: c.clock.Now().Add(time.Hour), Slot: 30 * time.Minute, Squad: q.ID}, c.clock.Now())
	must(t, err)
	c.run(4 * time.Minute)
	var squad string
	var standby, called int64
	must(t, c.owner.QueryRow(t.Context(), `select payload -> 'data' -> 'chain' ->> 'squad', (payload -> 'data' -> 'chain' -> 'standby' -> 0 ->> 'id')::bigint,
			(payload -> 'call' ->> 0)::bigint
		from alert_deliveries where kind = 'chain.timer' order by delivery_id limit 1`).Scan(&squad, &standby, &called))
	if squad != "Night" || standby != plan.Leader || called != plan.Leader {
		t.Errorf("called is %d, squad %q with %d; want the leader %d of Night", called, squad, standby, plan.Leader)
	}
}
