package rbac_test

import (
	"slices"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// ally is a banker of ours with whom theirs shares its ledger, its wars, and by a
// broken row even more.
func ally() rbac.Standing {
	return rbac.Standing{
		Link: faction.Link{Faction: ours, Player: 1}, Member: true, Position: "Banker", Known: true,
		Mapped: true, Granted: rbac.SetOf(rbac.FinanceView, rbac.FinanceManage, rbac.OCView),
		Tenants: []rbac.Tenant{
			{ID: ours, State: "active", Served: true, ListRead: now.Add(-time.Hour)},
			{ID: theirs, State: "active", Shared: rbac.SetOf(rbac.FinanceView, rbac.WarView, rbac.FinanceManage)},
		},
	}
}

func TestAShareOpensWhatOneMaySeeAtHomeAndNothingElse(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*rbac.Standing)
		guard  rbac.Guard
		reason string
	}{
		{"shared, and had at home", nil, rbac.Need(rbac.FinanceView), rbac.ReasonShared},
		{"shared, and not had at home", nil, rbac.Need(rbac.WarView), rbac.ReasonNoPermission},
		{"had at home, and not shared", nil, rbac.Need(rbac.OCView), rbac.ReasonOtherFaction},
		{"managing cannot be shared", nil, rbac.Need(rbac.FinanceManage), rbac.ReasonOtherFaction},
		{"own figures there are none", nil, rbac.Own(), rbac.ReasonOtherFaction},
		{"a leader at home is a guest there", func(s *rbac.Standing) { s.Position = faction.PositionLeader }, rbac.Leader(), rbac.ReasonOtherFaction},
		{"admin at home is not admin there", func(s *rbac.Standing) { s.Granted = rbac.All() }, rbac.Need(rbac.Admin), rbac.ReasonOtherFaction},
		{"a leader may see all that is shared", func(s *rbac.Standing) { s.Position = faction.PositionLeader }, rbac.Need(rbac.WarView), rbac.ReasonShared},
		{"a recruit may not", func(s *rbac.Standing) { s.Position = faction.PositionRecruit }, rbac.Need(rbac.FinanceView), rbac.ReasonNoPermission},
		{"nor who left", func(s *rbac.Standing) { s.Member = false }, rbac.Need(rbac.FinanceView), rbac.ReasonNotMember},
		{"nor by a position that the game does not name", func(s *rbac.Standing) { s.Known = false }, rbac.Need(rbac.FinanceView), rbac.ReasonUnknownPosition},
		{"nor by an old list", func(s *rbac.Standing) { s.Tenants[0].ListRead = now.Add(-25 * time.Hour) }, rbac.Need(rbac.FinanceView), rbac.ReasonStaleList},
		{"nor while home is paused", func(s *rbac.Standing) { s.Tenants[0].State = "paused" }, rbac.Need(rbac.FinanceView), rbac.ReasonOtherFaction},
		{"nor while the other is", func(s *rbac.Standing) { s.Tenants[1].State = "removing" }, rbac.Need(rbac.FinanceView), rbac.ReasonPaused},
		{"nor when home is gone", func(s *rbac.Standing) { s.Tenants = s.Tenants[1:] }, rbac.Need(rbac.FinanceView), rbac.ReasonOtherFaction},
		{"nor when the other is", func(s *rbac.Standing) { s.Tenants = s.Tenants[:1] }, rbac.Need(rbac.FinanceView), rbac.ReasonOtherFaction},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ally()
			s.Tenants = slices.Clone(s.Tenants)
			if c.change != nil {
				c.change(&s)
			}
			got := rbac.Allow(s.Actor(false), c.guard, s.Mapping(theirs, now))
			if want := (rbac.Decision{Allowed: c.reason == rbac.ReasonShared, Reason: c.reason}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestAPausedFactionAnswersOperatorsAndWhatIsOpenToAnyone(t *testing.T) {
	s := ally()
	s.Position, s.Tenants = faction.PositionLeader, []rbac.Tenant{{ID: ours, State: "paused", ListRead: now}}
	for _, g := range guards() {
		got := rbac.Allow(s.Actor(false), g, s.Mapping(ours, now))
		if want := g == rbac.Anyone(); got.Allowed != want || !want && g != rbac.Operator() && got.Reason != rbac.ReasonPaused {
			t.Errorf("the leader, %q: %+v", g, got)
		}
		if got := rbac.Allow(s.Actor(true), g, s.Mapping(ours, now)); got.Allowed != (g != rbac.Own()) {
			t.Errorf("an operator, %q: %+v", g, got)
		}
	}
}

func TestAStandingAndAWholeMappingDecideAlike(t *testing.T) {
	whole := mapping()
	for _, position := range []string{"Leader", "Co-leader", "Recruit", "None", "", "Soldier", "Banker", "Ghost"} {
		granted, mapped := whole.Positions[position]
		s := rbac.Standing{
			Link: faction.Link{Faction: ours, Player: 1}, Member: true, Position: position, Mapped: mapped, Granted: granted,
			Known:   slices.ContainsFunc(whole.Known, func(p faction.Position) bool { return p.Name == position }),
			Tenants: []rbac.Tenant{{ID: ours, State: "active", ListRead: now.Add(-whole.ListAge)}},
		}
		for _, g := range guards() {
			if got, want := rbac.Allow(s.Actor(false), g, s.Mapping(ours, now)), rbac.Allow(who(position), g, whole); got != want {
				t.Errorf("%s, %q: %+v, want %+v", position, g, got, want)
			}
		}
	}
}

func TestWhatCanBeSharedIsEveryPermissionToLook(t *testing.T) {
	for _, p := range rbac.Permissions() {
		if want := p.String()[len(p.String())-4:] == "view"; rbac.Viewing().Has(p) != want {
			t.Errorf("%s can be shared: %v", p, !want)
		}
	}
}
