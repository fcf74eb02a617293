package poll_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/alert"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/war"
)

func TestTheRetaliationsOfAnEveningAreThoseOfItsLog(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 5, StartsAfter: 5 * time.Minute, WarLength: 35 * time.Minute, MembersPerSide: 20})
	rules := []alert.Rule{{Kind: alert.RetalOpen, ChannelID: "retals", Enabled: true}, {Kind: alert.RetalTaken, ChannelID: "retals", Enabled: true},
		{Kind: alert.RetalTaken, ChannelID: "praise", Enabled: true}, {Kind: alert.RetalExpired, ChannelID: "retals", Enabled: true}}
	must(t, e.store.PutRules(t.Context(), e.us, rules, e.clock.Now()))
	// Whatever is to be sent is sent at once.
	_, err := e.owner.Exec(t.Context(), `create function sent() returns trigger language plpgsql as $$ begin new.state := 'sent'; return new; end $$;
		create trigger sent before insert on alert_deliveries for each row execute function sent()`)
	must(t, err)
	e.runUntil(e.world.Plan().End.Add(afterwards))
	if len(e.reasons) > 0 {
		t.Errorf("polls failed: %v", e.reasons)
	}
	stored := e.checkRetals()
	w, err := e.store.War(t.Context(), e.us, e.war)
	must(t, err)
	_, members := war.RetalTable(slices.DeleteFunc(slices.Clone(stored), func(r war.Retal) bool { return r.SettledAt.After(w.End) }))
	rows, err := e.store.Tallies(t.Context(), e.us, e.war)
	must(t, err)
	for _, r := range rows {
		i := slices.IndexFunc(members, func(m war.RetalFigures) bool { return m.Player == r.Player })
		switch {
		case r.Team != war.Ours || r.Retaliations == 0 && i < 0:
		case i < 0 || int64(members[i].Taken) != r.Retaliations:
			t.Errorf("%s took %d retaliations by the tally, and in the list stands %+v", r.Name, r.Retaliations, members)
		}
	}
	e.checkRetalAlerts(stored)
}

// checkRetals compares the stored retaliations with a fold over all that is stored of
// the log, and gives them.
func (e *evening) checkRetals() []war.Retal {
	e.t.Helper()
	ctx := e.t.Context()
	seen, err := e.store.AttacksSeen(ctx, e.us, time.Time{})
	must(e.t, err)
	logged, err := e.store.KnownAttacks(ctx, e.us, slices.Collect(maps.Keys(seen)))
	must(e.t, err)
	wars, err := e.store.Wars(ctx, e.us, 60)
	must(e.t, err)
	var attacks []war.Attack
	for _, l := range logged {
		attacks = append(attacks, l.Attack)
	}
	want := war.Retals(attacks, e.us, wars, e.clock.Now())
	want = slices.DeleteFunc(want, func(r war.Retal) bool { return r.War != e.war })
	got, err := e.store.Retals(ctx, e.us, e.war, time.Time{})
	must(e.t, err)
	slices.Reverse(got)
	states := map[war.RetalState]int{}
	void := func(r war.Retal) bool { return r.State == war.RetalVoid }
	for _, r := range got {
		states[r.State]++
	}
	got = slices.DeleteFunc(got, void)
	for i := range got {
		got[i].Seen = war.RetalSeen{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		e.t.Errorf("retaliations differ from a fold of the log (-fold +stored):\n%.3000s", diff)
	}
	for _, s := range []war.RetalState{war.RetalTaken, war.RetalExpired, war.RetalGone} {
		if states[s] == 0 {
			e.t.Errorf("none is %s: %v", s, states)
		}
	}
	return got
}

// checkRetalAlerts makes sure that each was told once, in time, and in its channel by
// one message.
func (e *evening) checkRetalAlerts(stored []war.Retal) {
	e.t.Helper()
	rows, err := e.owner.Query(e.t.Context(), `select kind, channel_id, payload ->> 'at', state, reason, created_at, payload #>> '{data,retal,outcome}', subject
		from alert_deliveries where kind like 'retal.%'`)
	must(e.t, err)
	states := map[string]war.RetalState{}
	for _, r := range stored {
		states[alert.Subject("retal", int64(r.Attack))] = r.State
	}
	opened := map[string]bool{}
	var delays []time.Duration
	var kind, channel, at, state, reason, outcome, subject string
	var created time.Time
	var said *string
	n := 0
	for rows.Next() {
		must(e.t, rows.Scan(&kind, &channel, &at, &state, &reason, &created, &said, &subject))
		if outcome = ""; said != nil {
			outcome = *said
		}
		n++
		if alert.Kind(kind) != alert.RetalOpen {
			if channel == "retals" && state != "skipped" && opened[subject] {
				e.t.Errorf("%s is told twice in one channel: %s %s", subject, state, reason)
			}
			continue
		}
		if opened[subject] {
			e.t.Errorf("%s was announced twice", subject)
		}
		opened[subject] = true
		moment, err := time.Parse(time.RFC3339, at)
		must(e.t, err)
		delays = append(delays, created.Sub(moment))
		if want := states[subject]; war.RetalState(outcome) != want && want != "" {
			e.t.Errorf("the message of %s says %q, and it is %s", subject, outcome, want)
		}
	}
	must(e.t, rows.Err())
	if n == 0 || len(opened) < len(stored)/2 {
		e.t.Fatalf("%d of %d retaliations were announced", len(opened), len(stored))
	}
	slices.Sort(delays)
	// Torn shows most rows within three seconds, some after minutes.
	if m := delays[len(delays)*3/4]; m > intervals.AttacksWar+5*time.Second {
		e.t.Errorf("from a hit to its alert a quarter takes longer than %s", m)
	}
	e.t.Logf("%d retaliations, %d announced, from the hit to the alert: median %s, worst %s", len(stored), len(opened), delays[len(delays)/2], delays[len(delays)-1])
}

func TestWhileARetaliationIsOpenTheLogIsReadAsInAWar(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 22, MatchedAfter: 10 * time.Hour})
	must(t, e.store.PutRules(t.Context(), e.us, []alert.Rule{{Kind: alert.RetalOpen, ChannelID: "retals", Enabled: true}}, e.clock.Now()))
	e.runUntil(e.clock.Now().Add(2 * time.Minute))
	plan := e.world.Plan()
	stranger := e.world.AddPlayer()
	hit := func(by, on int64, kind simtorn.Kind, m simtorn.Marks) {
		now := e.clock.Now()
		_, err := e.world.AddAttack(simtorn.Attack{Attacker: by, Defender: on, Kind: kind, Result: "Hospitalized", Marks: m, Respect: 300,
			FairFight: 200, Started: now.Add(-20 * time.Second), Ended: now, Visible: now})
		must(t, err)
	}
	hit(stranger, plan.Leader, simtorn.OutsideHit, simtorn.Marks{})
	opened := e.clock.Now()
	e.runUntil(opened.Add(intervals.AttacksIdle + time.Second))
	state := func() war.RetalState {
		t.Helper()
		list, err := e.store.Retals(t.Context(), e.us, 0, opened.Add(-time.Hour))
		must(t, err)
		if len(list) != 1 {
			t.Fatalf("%d retaliations, want one: %+v", len(list), list)
		}
		return list[0].State
	}
	if s := state(); s != war.RetalOpen {
		t.Fatalf("it is %s", s)
	}
	if next := e.feeds()[feed.Attacks].NextDue; next.Sub(e.clock.Now()) > intervals.AttacksWar {
		t.Errorf("the next look is in %s", next.Sub(e.clock.Now()))
	}
	e.runUntil(opened.Add(war.RetalWindow + intervals.AttacksWar + time.Second))
	if s := state(); s != war.RetalExpired {
		t.Errorf("when its time was up it was %s", s)
	}
	late := e.clock.Now()
	_, err := e.world.AddAttack(simtorn.Attack{Attacker: plan.Leader, Defender: stranger, Kind: simtorn.OutsideHit, Result: "Mugged",
		Marks: simtorn.Marks{Retaliation: true}, Respect: 200, FairFight: 200, Started: opened.Add(100 * time.Second), Ended: opened.Add(110 * time.Second), Visible: late})
	must(t, err)
	e.runUntil(late.Add(intervals.AttacksIdle + time.Second))
	if s := state(); s != war.RetalTaken {
		t.Errorf("a row that Torn shows late leaves it %s", s)
	}
}
