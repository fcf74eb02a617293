package rbac_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

const (
	ours   faction.ID = 11559
	theirs faction.ID = 37498
)

var known = []faction.Position{{Name: "Leader"}, {Name: "Co-leader"}, {Name: "Recruit"}, {Name: "Soldier"}, {Name: "Banker"}, {Name: "None"}}

func mapping() rbac.Mapping {
	return rbac.Mapping{
		Faction: ours, Known: known, ListAge: 5 * time.Minute,
		Positions: map[string]rbac.Set{
			"Banker":  rbac.SetOf(rbac.FinanceView, rbac.FinanceManage),
			"Recruit": rbac.All(),
			"Leader":  0,
			"Ghost":   rbac.All(),
		},
	}
}

func who(position string) rbac.Actor {
	return rbac.Actor{Player: 1, Faction: ours, Position: position, Member: true}
}

func guards() []rbac.Guard {
	all := []rbac.Guard{rbac.Anyone(), rbac.Own(), rbac.Leader(), rbac.Operator()}
	for _, p := range rbac.Permissions() {
		all = append(all, rbac.Need(p))
	}
	return all
}

func TestThereAreTheSeventeenPermissions(t *testing.T) {
	const want = `war.view war.manage war.payout oc.view oc.manage chain.view chain.manage member.view member.manage
		finance.view finance.manage discord.view discord.manage config.view config.manage audit.view admin`
	var got []string
	for _, p := range rbac.Permissions() {
		got = append(got, p.String())
		if back, ok := rbac.ParsePermission(p.String()); !ok || back != p {
			t.Errorf("%s leads back to %s", p, back)
		}
	}
	if !slices.Equal(got, strings.Fields(want)) {
		t.Errorf("got %v", got)
	}
	for _, no := range []string{"", "unknown", "own", "WAR.VIEW"} {
		if _, ok := rbac.ParsePermission(no); ok {
			t.Errorf("%q is a permission", no)
		}
	}
}

func TestAPositionGivesWhatTheRulesSay(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name     string
		position string
		age      time.Duration
		want     string
		own      bool
	}{
		{"the leader has everything, though the mapping takes it", "Leader", 0, rbac.All().String(), true},
		{"the co-leader has everything", "Co-leader", 0, rbac.All().String(), true},
		{"a position nobody mapped may look at the war, crimes and chains", "Soldier", 0, "war.view oc.view chain.view", true},
		{"a mapped one has what it was given and no more", "Banker", 0, "finance.view finance.manage", true},
		{"a recruit has their own figures, though the mapping gives more", "Recruit", 0, "", true},
		{"no position is like a recruit", "", 0, "", true},
		{"so is Torn's word for it", "None", 0, "", true},
		{"a position the faction does not have gives nothing, though it was mapped", "Ghost", 0, "", false},
		{"names are exact", "soldier", 0, "", false},
		{"a list of a day still counts", "Soldier", day, "war.view oc.view chain.view", true},
		{"a list older than a day gives nothing", "Soldier", day + 1, "", false},
		{"not even to the leader", "Leader", day + 1, "", false},
		{"a list from the future gives nothing", "Leader", -1, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := rbac.Resolve(c.position, known, mapping().Positions, c.age)
			if got.String() != c.want || got.Own() != c.own {
				t.Errorf("got %q, own %v; want %q, own %v", got, got.Own(), c.want, c.own)
			}
		})
	}
}

func TestWhileThePositionsAreUnknownOnlyTheGamesOwnCount(t *testing.T) {
	if got := rbac.Resolve("Soldier", nil, nil, 0); got != 0 {
		t.Errorf("a soldier has %q", got)
	}
	if got := rbac.Resolve("Leader", nil, nil, 0); !got.Has(rbac.Admin) {
		t.Error("the leader cannot begin")
	}
}

func TestEachGuardLetsInWhomItNames(t *testing.T) {
	operator := rbac.Actor{Operator: true}
	stranger := rbac.Actor{}
	foreign := who("Leader")
	foreign.Faction = theirs
	left := who("Leader")
	left.Member = false
	for _, c := range []struct {
		name   string
		actor  rbac.Actor
		guard  rbac.Guard
		reason string
		allow  bool
	}{
		{"anyone may use what is open", stranger, rbac.Anyone(), rbac.ReasonAnyone, true},
		{"the zero guard lets nobody in", who("Leader"), rbac.Guard{}, rbac.ReasonNoGuard, false},
		{"nor does it an operator", operator, rbac.Guard{}, rbac.ReasonNoGuard, false},
		{"a permission that does not exist lets nobody in", who("Leader"), rbac.Need(200), rbac.ReasonNoGuard, false},
		{"somebody unlinked is asked to link", stranger, rbac.Need(rbac.WarView), rbac.ReasonNotLinked, false},
		{"somebody who left has nothing", left, rbac.Need(rbac.WarView), rbac.ReasonNotMember, false},
		{"another faction's leader has nothing here", foreign, rbac.Need(rbac.WarView), rbac.ReasonOtherFaction, false},
		{"admin ends at the own faction", foreign, rbac.Need(rbac.Admin), rbac.ReasonOtherFaction, false},
		{"a leader is no operator", who("Leader"), rbac.Operator(), rbac.ReasonNotOperator, false},
		{"an operator reaches across", operator, rbac.Need(rbac.Admin), rbac.ReasonOperator, true},
		{"an operator stands in for a leader", operator, rbac.Leader(), rbac.ReasonOperator, true},
		{"an operator is let in by their own guard", operator, rbac.Operator(), rbac.ReasonOperator, true},
		{"an operator without a player has no own figures", operator, rbac.Own(), rbac.ReasonNotLinked, false},
		{"a recruit sees their own figures", who("Recruit"), rbac.Own(), rbac.ReasonOwn, true},
		{"but not the war", who("Recruit"), rbac.Need(rbac.WarView), rbac.ReasonNoPermission, false},
		{"a soldier sees the war", who("Soldier"), rbac.Need(rbac.WarView), rbac.ReasonPermission, true},
		{"but does not manage it", who("Soldier"), rbac.Need(rbac.WarManage), rbac.ReasonNoPermission, false},
		{"a soldier is no leader", who("Soldier"), rbac.Leader(), rbac.ReasonNotLeader, false},
		{"the co-leader is one", who("Co-leader"), rbac.Leader(), rbac.ReasonLeader, true},
		{"an unknown position has no own figures either", who("Ghost"), rbac.Own(), rbac.ReasonUnknownPosition, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := rbac.Allow(c.actor, c.guard, mapping())
			if want := (rbac.Decision{Allowed: c.allow, Reason: c.reason}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	stale := mapping()
	stale.ListAge = 25 * time.Hour
	if got := rbac.Allow(who("Leader"), rbac.Own(), stale); got.Allowed || got.Reason != rbac.ReasonStaleList {
		t.Errorf("an old list: %+v", got)
	}
}

func actors() *rapid.Generator[rbac.Actor] {
	return rapid.Custom(func(t *rapid.T) rbac.Actor {
		return rbac.Actor{
			Player:   faction.PlayerID(rapid.IntRange(0, 1).Draw(t, "player")),
			Faction:  rapid.SampledFrom([]faction.ID{0, ours, theirs}).Draw(t, "faction"),
			Position: rapid.SampledFrom([]string{"", "None", "Leader", "Co-leader", "Recruit", "Soldier", "Banker", "Ghost"}).Draw(t, "position"),
			Member:   rapid.Bool().Draw(t, "member"),
			Operator: rapid.Bool().Draw(t, "operator"),
		}
	})
}

func TestNobodyGetsInWithoutAWayToExplainIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, g, m := actors().Draw(t, "actor"), rapid.SampledFrom(guards()).Draw(t, "guard"), mapping()
		m.Faction = rapid.SampledFrom([]faction.ID{0, ours, theirs}).Draw(t, "acted on")
		m.ListAge = rapid.SampledFrom([]time.Duration{0, time.Hour, 25 * time.Hour}).Draw(t, "age")
		m.Paused = rapid.Bool().Draw(t, "paused")
		m.Shared = rapid.SampledFrom([]rbac.Set{0, rbac.SetOf(rbac.WarView, rbac.FinanceView), rbac.All()}).Draw(t, "shared")
		d := rbac.Allow(a, g, m)
		if d.Reason == "" {
			t.Fatal("no reason")
		}
		if !d.Allowed || g == rbac.Anyone() {
			return
		}
		if a.Operator && g != rbac.Own() {
			return
		}
		member := a.Member && a.Player != 0 && a.Faction != 0 && m.ListAge <= rbac.MaxListAge
		if a.Faction != m.Faction {
			p, is := rbac.ParsePermission(g.String())
			member = member && is && strings.HasSuffix(p.String(), ".view") && m.Shared.Has(p) && d.Reason == rbac.ReasonShared
		}
		if !member || m.Paused || a.Position == "Ghost" || g == rbac.Operator() {
			t.Fatalf("%+v got through %s: %s", a, g, d.Reason)
		}
		leader := a.Position == "Leader" || a.Position == "Co-leader"
		recruit := a.Position == "Recruit" || a.Position == "" || a.Position == "None"
		if !leader && g == rbac.Leader() || recruit && g != rbac.Own() {
			t.Fatalf("%+v got through %s: %s", a, g, d.Reason)
		}
	})
}

func TestASetHoldsWhatWasPutIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfDistinct(rapid.SampledFrom(rbac.Permissions()), rapid.ID).Draw(t, "permissions")
		slices.Sort(want)
		s := rbac.SetOf(want...)
		if got := s.List(); !slices.Equal(got, want) {
			t.Fatalf("put in %v, holds %v", want, got)
		}
		if s.Own() {
			t.Fatal("permissions alone show own figures")
		}
		for _, p := range rbac.Permissions() {
			if s.With(p).Without(p).Has(p) || !s.With(p).Has(p) {
				t.Fatalf("%s does not go in and out", p)
			}
		}
	})
	if got := len(rbac.All().List()); got != 17 {
		t.Errorf("all are %d", got)
	}
	if s := rbac.All().With(17).With(31); s != rbac.All() || s.Has(17) {
		t.Error("a permission that does not exist went in")
	}
}

func TestAMappingCannotGrantMoreThanPermissions(t *testing.T) {
	if got := rbac.Resolve("Soldier", known, map[string]rbac.Set{"Soldier": ^rbac.Set(0)}, 0); got.String() != rbac.All().String() || !got.Own() {
		t.Errorf("got %q", got)
	}
}

func TestGuardsAreWrittenAsTheTableOfCommandsShowsThem(t *testing.T) {
	for _, g := range guards() {
		back, err := rbac.ParseGuard(g.String())
		if err != nil || back != g || !g.Valid() {
			t.Errorf("%q leads back to %q, %v", g, back, err)
		}
	}
	if got := rbac.Need(rbac.WarView).String(); got != "war.view" {
		t.Errorf("got %q", got)
	}
	if g, err := rbac.ParseGuard("nobody"); err == nil || g.Valid() {
		t.Error("nobody is a guard")
	}
}

func TestAllowingDoesNotAllocate(t *testing.T) {
	m, a := mapping(), who("Banker")
	across := m
	across.Faction, across.Shared = theirs, rbac.Viewing()
	if n := testing.AllocsPerRun(100, func() {
		rbac.Allow(a, rbac.Need(rbac.FinanceManage), m)
		rbac.Allow(a, rbac.Need(rbac.WarManage), m)
		rbac.Allow(a, rbac.Need(rbac.FinanceView), across)
		rbac.Allow(a, rbac.Need(rbac.WarManage), across)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAllow(b *testing.B) {
	m := mapping()
	across := m
	across.Faction, across.Shared = theirs, rbac.Viewing()
	for _, c := range []struct {
		name  string
		guard rbac.Guard
		m     rbac.Mapping
	}{{"at home", rbac.Need(rbac.FinanceManage), m}, {"across a share", rbac.Need(rbac.FinanceView), across}} {
		b.Run(c.name, func(b *testing.B) {
			a := who("Banker")
			b.ReportAllocs()
			for b.Loop() {
				rbac.Allow(a, c.guard, c.m)
			}
		})
	}
}
