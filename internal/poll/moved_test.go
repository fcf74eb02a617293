package poll_test

import (
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
)

// move takes a member of ours to another faction, with a position that may read its data.
func (e *evening) move(player, to int64, position string) {
	e.t.Helper()
	must(e.t, e.world.Leave(player))
	must(e.t, e.world.Join(player, to, position))
}

// nothingForeign checks that only our own log and our own positions are stored.
func (e *evening) nothingForeign() {
	e.t.Helper()
	var n int
	must(e.t, e.owner.QueryRow(e.t.Context(), "select count(*) from attacks where attacker_faction <> $1 and defender_faction <> $1", e.us).Scan(&n))
	if n > 0 {
		e.t.Errorf("%d attacks of others are stored", n)
	}
	must(e.t, e.owner.QueryRow(e.t.Context(), "select count(*) from attacks where (flags & 2) <> 0 and attacker_id <> 0 and attacker_faction <> $1", e.us).Scan(&n))
	if n > 0 {
		e.t.Errorf("%d hidden attackers are known", n)
	}
	positions, err := e.store.Positions(e.t.Context(), e.us)
	must(e.t, err)
	for _, p := range positions {
		if p.Name == "Enforcer" || p.Name == "Spy" {
			e.t.Errorf("%s is a position of another faction", p.Name)
		}
	}
	if len(positions) == 0 {
		e.t.Error("our positions are gone")
	}
	info, ok, err := e.store.FactionInfo(e.t.Context(), e.us)
	must(e.t, err)
	if want := e.world.Plan().Leader; !ok || int64(info.LeaderID) != want {
		e.t.Errorf("our leader is %d, want %d", info.LeaderID, want)
	}
}

// lostAccess tells whether it was learnt that a key no longer reads our data.
func (e *evening) lostAccess(key int64) bool {
	e.keys.mu.Lock()
	defer e.keys.mu.Unlock()
	for _, v := range e.keys.verdicts[key] {
		if v.LostFactionAccess {
			return true
		}
	}
	return false
}

func TestAKeyWhoseOwnerMovedBringsNothingOfAnotherFaction(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		to   func(*evening) (int64, string)
	}{
		{"to strangers", func(e *evening) (int64, string) {
			id := e.world.AddFaction("Strangers", 12)
			must(e.t, e.world.SetAbilities(id, "Spy", simtorn.AbilityFactionAPI))
			roster := e.world.Roster(id)
			for range 120 {
				_, err := e.world.AddAttack(simtorn.Attack{Attacker: roster[0].ID, Defender: e.world.Roster(e.world.EnemyFactionID())[3].ID,
					Kind: simtorn.OutsideHit, Ended: e.clock.Now()})
				must(e.t, err)
			}
			return id, "Spy"
		}},
		// The enemy's log has many of the same rows, and names whom ours hides.
		{"to the enemy", func(e *evening) (int64, string) { return e.world.EnemyFactionID(), "Enforcer" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := newEvening(t, simtorn.Config{Seed: 51, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: time.Hour})
			plan := e.world.Plan()
			e.runUntil(plan.Start.Add(12 * time.Minute))
			to, position := tc.to(e)
			e.move(plan.Officers[0], to, position)
			e.runUntil(e.clock.Now().Add(6 * time.Minute))
			e.settle()
			e.nothingForeign()
			if len(e.reasons) > 0 {
				t.Errorf("polls failed although another key serves: %v", e.reasons)
			}
			if !e.lostAccess(2) || e.lostAccess(1) {
				t.Errorf("learnt of the keys is %+v, want that the second one lost faction access", e.keys.verdicts)
			}
		})
	}
}

// A small faction's log may hold nothing but fights with us: no row of it is strange.
func TestTheRosterTellsThatAKeysOwnerHasLeft(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 54, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: time.Hour})
	plan := e.world.Plan()
	e.runUntil(plan.Start.Add(2 * time.Minute))
	id := e.world.AddFaction("Pests", 12)
	must(t, e.world.SetAbilities(id, "Spy", simtorn.AbilityFactionAPI))
	for i := range 110 {
		_, err := e.world.AddAttack(simtorn.Attack{Attacker: e.world.Roster(id)[0].ID, Defender: plan.Leader, Kind: simtorn.OutsideHit,
			Ended: e.clock.Now().Add(-time.Duration(i) * time.Second)})
		must(t, err)
	}
	e.runUntil(e.feeds()[feed.Members].NextDue.Add(time.Second)) // its guard is not the one to be tested
	e.move(plan.Officers[0], id, "Spy")
	e.runUntil(e.clock.Now().Add(90 * time.Second))
	if !e.lostAccess(2) {
		t.Error("the log of another faction was taken for ours")
	}
	e.settle()
	e.nothingForeign()
}

func TestWithNoKeyLeftNothingForeignIsStoredAndANewKeyCatchesUp(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 52, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: time.Hour})
	plan := e.world.Plan()
	e.keys.records = e.keys.records[1:] // the officer's alone
	e.pool.Invalidate(e.us)
	e.runUntil(plan.Start.Add(6 * time.Minute))
	before := e.stored()
	e.move(plan.Officers[0], plan.EnemyFaction, "Enforcer")
	e.runUntil(e.clock.Now().Add(10 * time.Minute))
	feeds := e.feeds()
	if st := feeds[feed.Attacks]; st.Failures == 0 || forPeople(st.LastError) != "" {
		t.Errorf("the log has no key, and its feed is %+v", st)
	}
	if st := feeds[feed.Front]; st.Failures != 0 {
		t.Errorf("the front needs no more than a public key, and fails: %s", st.LastError)
	}
	if st := feeds[feed.Members]; st.Failures != 0 {
		t.Errorf("the members' feed fails for want of a key to the positions: %s", st.LastError)
	}
	if n := e.stored(); n > before+5 {
		t.Errorf("%d attacks were stored without a key", n-before)
	}
	e.nothingForeign()
	e.keys.lend(plan.Leader, e.world.LeaderKey())
	e.pool.Invalidate(e.us)
	e.recover()
	e.settle()
	e.nothingForeign()
}

func TestAnOwnerWhoLeavesAndComesBackServesAgain(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 53, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: time.Hour})
	plan := e.world.Plan()
	e.runUntil(plan.Start.Add(2 * time.Minute))
	officer, _ := e.world.Player(plan.Officers[0])
	must(t, e.world.Leave(officer.ID))
	e.runUntil(e.clock.Now().Add(3 * time.Minute))
	roster, err := e.store.Members(t.Context(), e.us, e.us)
	must(t, err)
	for _, m := range roster.Members {
		if int64(m.ID) == officer.ID {
			t.Error("who left is still on the roster")
		}
	}
	must(t, e.world.Join(officer.ID, int64(e.us), officer.Position))
	e.pool.Invalidate(e.us)
	e.runUntil(e.clock.Now().Add(3 * time.Minute))
	roster, err = e.store.Members(t.Context(), e.us, e.us)
	must(t, err)
	back := false
	for _, m := range roster.Members {
		back = back || m.ID == faction.PlayerID(officer.ID)
	}
	if !back {
		t.Error("who came back is not on the roster")
	}
	if len(e.reasons) > 0 {
		t.Errorf("polls failed: %v", e.reasons)
	}
	e.settle()
}
