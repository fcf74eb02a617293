package poll_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	simtorn "consigliere/internal/sim/torn"
)

// logged lists what our log tells of an action, oldest first.
func (e *evening) logged(action string) []string {
	e.t.Helper()
	trail, err := e.store.AuditTrail(e.t.Context(), e.us, 1000)
	must(e.t, err)
	var out []string
	for _, entry := range slices.Backward(trail) {
		if entry.Action == action {
			out = append(out, fmt.Sprint(entry.Body))
		}
	}
	return out
}

// mapOfficers gives the stand-in's officers a permission that their abilities do not speak for.
func (e *evening) mapOfficers() rbac.Set {
	e.t.Helper()
	known, err := e.store.Positions(e.t.Context(), e.us)
	must(e.t, err)
	position := ""
	if p, ok := e.world.Player(e.world.Plan().Officers[0]); ok {
		position = p.Position
	}
	i := slices.IndexFunc(known, func(p faction.Position) bool { return p.Name == position })
	if i < 0 {
		e.t.Fatalf("officers are %q, known are %+v", position, known)
	}
	set := rbac.Unmapped() | rbac.SetOf(rbac.WarManage, rbac.ConfigManage)
	_, err = e.store.SetGrants(e.t.Context(), e.us, rbac.Mapped{}, rbac.Mapped{Position: position, Granted: set, Abilities: known[i].Abilities, At: e.clock.Now()})
	must(e.t, err)
	return set
}

func (e *evening) webLink(by int64) {
	e.t.Helper()
	_, err := e.store.SaveWebLink(e.t.Context(), faction.WebLink{Faction: e.us, Page: "war", Creator: faction.PlayerID(by), Created: e.clock.Now(), Expires: e.clock.Now().Add(24 * time.Hour)},
		fmt.Append(nil, by, e.clock.Now()))
	must(e.t, err)
}

func (e *evening) webLinks() int {
	e.t.Helper()
	links, err := e.store.WebLinks(e.t.Context(), e.us, e.clock.Now())
	must(e.t, err)
	return len(links)
}

func TestADemotionTakesEffectWithTheNextRosterInPeaceAndInWar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		starts time.Duration
		within time.Duration
	}{{"in peace", 30 * time.Hour, intervals.Members}, {"in war", time.Minute, intervals.Front}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newEvening(t, simtorn.Config{Seed: 61, MatchedAfter: -time.Hour, StartsAfter: c.starts, WarLength: time.Hour})
			e.runUntil(e.clock.Now().Add(3 * time.Minute))
			e.mapOfficers()
			officer := e.world.Plan().Officers[1]
			e.webLink(officer)
			if got := e.logged("rights.changed"); len(got) != 0 {
				t.Fatalf("before anything happened: %v", got)
			}
			must(t, e.world.SetPosition(officer, "Recruit"))
			e.runUntil(e.clock.Now().Add(c.within + 2*time.Second))
			got := e.logged("rights.changed")
			if len(got) != 1 || !strings.Contains(got[0], "after:[own] before:[war.view war.manage oc.view chain.view config.manage own]") || !strings.Contains(got[0], "to:Recruit") {
				t.Errorf("logged %v", got)
			}
			if n := e.webLinks(); n != 0 {
				t.Errorf("%d links of the recruit still work", n)
			}
			e.runUntil(e.clock.Now().Add(2 * intervals.Members))
			if got := e.logged("rights.changed"); len(got) != 1 {
				t.Errorf("logged again: %v", got)
			}
		})
	}
}

func TestAPositionThatLosesAbilitiesInTheGameIsHeldBackAtTheNextPoll(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 62, MatchedAfter: -time.Hour, StartsAfter: 30 * time.Hour, WarLength: time.Hour})
	e.runUntil(e.clock.Now().Add(time.Minute))
	e.mapOfficers()
	officer, _ := e.world.Player(e.world.Plan().Officers[0])
	must(t, e.world.SetAbilities(int64(e.us), officer.Position, simtorn.AbilityFactionAPI))
	e.runUntil(e.clock.Now().Add(intervals.Members + time.Second))
	grants, err := e.store.Grants(t.Context(), e.us)
	must(t, err)
	if got := grants[officer.Position].String(); got != "war.view oc.view chain.view" {
		t.Errorf("%s has %q", officer.Position, got)
	}
	if got := e.logged("positions.changed"); len(got) != 2 || !strings.Contains(got[1], "mappings:[map[effective:[war.view oc.view chain.view]") {
		t.Errorf("logged %v", got)
	}
}

func TestAMemberListWithoutAnybodyTakesNobodysRights(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 63, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: time.Hour})
	e.runUntil(e.clock.Now().Add(3 * time.Minute))
	e.webLink(e.world.Plan().Officers[0])
	e.gate.set(nil, func(_ string, _ url.Values, body map[string]any) {
		if _, ok := body["members"]; ok {
			body["members"] = []any{}
		}
	})
	e.runUntil(e.clock.Now().Add(2 * intervals.Members))
	e.gate.set(nil, nil)
	if got := e.logged("rights.changed"); len(got) != 0 || e.webLinks() != 1 {
		t.Errorf("%d links work; logged %v", e.webLinks(), got)
	}
	roster, err := e.store.Members(t.Context(), e.us, e.us)
	must(t, err)
	if len(roster.Members) != 12 {
		t.Errorf("%d members are known", len(roster.Members))
	}
}

func TestAFactionsOwnThresholdMarksItsHits(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 64, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: time.Hour})
	_, err := e.store.SetSettings(t.Context(), e.us, faction.Settings{LowFairFight: 300})
	must(t, err)
	e.runUntil(e.world.Plan().Start.Add(15 * time.Minute))
	var marked, usually int
	must(t, e.owner.QueryRow(t.Context(), `select coalesce(sum(low_fair_fight), 0)::int, (select count(*) from attacks where fair_fight < 1.5)::int from war_member_stats`).
		Scan(&marked, &usually))
	if marked <= usually {
		t.Errorf("below 3.00, %d hits are marked; below the usual 1.50 it would be %d at most", marked, usually)
	}
}
