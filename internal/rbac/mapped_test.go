package rbac_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

func TestAPositionThatLostAbilitiesKeepsOnlyWhatItsAbilitiesSpeakFor(t *testing.T) {
	granted := rbac.SetOf(rbac.WarView, rbac.WarManage, rbac.OCManage, rbac.FinanceManage, rbac.ConfigManage)
	for _, c := range []struct {
		name      string
		then, now []string
		want      string
	}{
		{"the same abilities, all of it", []string{"War Management", "Organised Crimes"}, []string{"Organised Crimes", "War Management"}, granted.String()},
		{"in another spelling, all of it", []string{"Organised Crimes"}, []string{"Organized Crimes"}, granted.String()},
		{"more abilities, all of it and no more", nil, gameAbilities, granted.String()},
		{"one lost, what is left speaks for the war alone", []string{"War Management", "Money Giving"}, []string{"War Management"}, "war.view war.manage"},
		{"one for another, what the other speaks for", []string{"War Management"}, []string{"Money Giving"}, "war.view finance.manage"},
		{"all lost, what any position has", []string{"War Management"}, nil, "war.view"},
		{"one that says nothing is lost like any other", []string{"Drug Usage", "War Management"}, []string{"War Management"}, "war.view war.manage"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := rbac.Effective(granted, c.then, c.now).String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := rbac.Effective(^rbac.Set(0), nil, nil); got != rbac.All() {
		t.Errorf("more than permissions: %q", got)
	}
}

func abilities() *rapid.Generator[[]string] {
	return rapid.SliceOf(rapid.SampledFrom(append([]string{"Organized Crimes", "Moon Landing"}, gameAbilities...)))
}

func TestWhatIsLeftNeverExceedsWhatWasGrantedNorGrowsWithALoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		granted := rbac.SetOf(rapid.SliceOf(rapid.SampledFrom(rbac.Permissions())).Draw(t, "granted")...)
		then, now := abilities().Draw(t, "then"), abilities().Draw(t, "now")
		left := rbac.Effective(granted, then, now)
		if left&^granted != 0 {
			t.Fatalf("%q was never granted", left&^granted)
		}
		lost, _ := rbac.Abilities(then, now)
		if len(lost) == 0 && left != granted {
			t.Fatalf("nothing was lost, and yet %q is", granted&^left)
		}
		if len(lost) > 0 && (left.Has(rbac.ConfigManage) || left.Has(rbac.Admin)) {
			t.Fatalf("after losing %v it still has %q", lost, left)
		}
	})
}

func TestADifferenceNamesWhatIsGainedAndLost(t *testing.T) {
	gained, lost := rbac.Diff(rbac.SetOf(rbac.WarView, rbac.OCView), rbac.SetOf(rbac.OCView, rbac.Admin))
	if gained.String() != "admin" || lost.String() != "war.view" {
		t.Errorf("gained %q, lost %q", gained, lost)
	}
}

// snapshot is a faction with an officer who may change permissions, a soldier and a recruit.
func snapshot() rbac.Snapshot {
	return rbac.Snapshot{
		Members: map[faction.PlayerID]string{1: "Leader", 2: "Officer", 3: "Soldier", 4: "Recruit"},
		Known:   []faction.Position{{Name: "Leader"}, {Name: "Officer"}, {Name: "Soldier"}, {Name: "Recruit"}},
		Granted: map[string]rbac.Set{"Officer": rbac.SetOf(rbac.WarView, rbac.ConfigManage)},
	}
}

func TestChangesNameWhoseRightsDiffer(t *testing.T) {
	soldier := "war.view oc.view chain.view"
	for _, c := range []struct {
		name   string
		change func(*rbac.Snapshot)
		want   []string // player, from, to, before, after
	}{
		{"nothing", func(*rbac.Snapshot) {}, nil},
		{"a demotion", func(s *rbac.Snapshot) { s.Members[2] = "Soldier" }, []string{"2 Officer>Soldier: war.view config.manage > " + soldier}},
		{"a leader who steps down", func(s *rbac.Snapshot) { s.Members[1] = "Soldier" }, []string{"1 Leader>Soldier: " + rbac.All().String() + " > " + soldier}},
		{"somebody leaves", func(s *rbac.Snapshot) { delete(s.Members, 3) }, []string{"3 Soldier>: " + soldier + " > , left"}},
		{"a recruit joins", func(s *rbac.Snapshot) { s.Members[9] = "Recruit" }, []string{"9 >Recruit:  > , joined"}},
		{"a position vanishes", func(s *rbac.Snapshot) { s.Known = s.Known[:2] }, []string{"3 Soldier>Soldier: " + soldier + " > "}},
		{"a mapping changes", func(s *rbac.Snapshot) { s.Granted = map[string]rbac.Set{"Officer": 0} }, []string{"2 Officer>Officer: war.view config.manage > "}},
		{"a move between positions with the same rights", func(s *rbac.Snapshot) {
			s.Known = append(s.Known, faction.Position{Name: "Gunner"})
			s.Members[3] = "Gunner"
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			after := snapshot()
			c.change(&after)
			var got []string
			for _, ch := range rbac.Changes(snapshot(), after) {
				line := strings.TrimSpace(strings.Join([]string{fmtID(ch.Player), " ", ch.From, ">", ch.To, ": ", ch.Before.String(), " > ", ch.After.String()}, ""))
				if ch.Left {
					line += " , left"
				}
				if ch.Joined {
					line += " , joined"
				}
				got = append(got, line)
			}
			for i := range c.want {
				c.want[i] = strings.Join(strings.Fields(c.want[i]), " ")
			}
			for i := range got {
				got[i] = strings.Join(strings.Fields(got[i]), " ")
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func fmtID(id faction.PlayerID) string { return string(rune('0' + id)) }

func TestWhereNothingWasKnownNothingHasChanged(t *testing.T) {
	if got := rbac.Changes(rbac.Snapshot{}, snapshot()); got != nil {
		t.Errorf("the first member list changed %+v", got)
	}
	before := snapshot()
	before.Known = nil
	after := snapshot()
	after.Members[2] = "Recruit"
	got := rbac.Changes(before, after)
	if len(got) != 1 || got[0].Player != 2 {
		t.Errorf("with the first positions only the demoted officer has other rights: %+v", got)
	}
}

func TestSomebodyIsWarnedBeforeTheyLockPeopleOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		caller faction.PlayerID
		change func(*rbac.Snapshot)
		want   []rbac.Warning
	}{
		{"a leader takes it from the last ones", 1, func(s *rbac.Snapshot) { s.Granted = nil }, []rbac.Warning{rbac.WarnLeadersOnly}},
		{"an officer takes it from themselves", 2, func(s *rbac.Snapshot) { s.Granted = nil }, []rbac.Warning{rbac.WarnLeadersOnly, rbac.WarnOwn}},
		{"an officer takes it from themselves, others have it", 2, func(s *rbac.Snapshot) {
			s.Granted = map[string]rbac.Set{"Soldier": rbac.SetOf(rbac.ConfigManage)}
		}, []rbac.Warning{rbac.WarnOwn}},
		{"a position that nobody holds helps nobody", 1, func(s *rbac.Snapshot) {
			s.Granted = map[string]rbac.Set{"General": rbac.SetOf(rbac.ConfigManage)}
			s.Known = append(s.Known, faction.Position{Name: "General"})
		}, []rbac.Warning{rbac.WarnLeadersOnly}},
		{"nothing of the kind", 2, func(s *rbac.Snapshot) {
			s.Granted = map[string]rbac.Set{"Officer": rbac.SetOf(rbac.ConfigManage)}
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			after := snapshot()
			c.change(&after)
			if got := rbac.LockOut(c.caller, snapshot(), after); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	bare := snapshot()
	bare.Granted = nil
	if got := rbac.LockOut(1, bare, bare); got != nil {
		t.Errorf("it was so before: %q", got)
	}
}

func TestPositionsAreComparedByName(t *testing.T) {
	p := func(name string, abilities ...string) faction.Position {
		return faction.Position{Name: name, Abilities: abilities}
	}
	got := rbac.ComparePositions(
		[]faction.Position{p("Same", "a", "b"), p("Old"), p("Changed", "Organised Crimes", "x")},
		[]faction.Position{p("Changed", "Organized Crimes", "y"), p("Same", "b", "a"), p("New"), p("New", "twice")})
	if !slices.Equal(got.Added, []string{"New"}) || !slices.Equal(got.Removed, []string{"Old"}) || len(got.Changed) != 1 ||
		got.Changed[0].Position != "Changed" || !slices.Equal(got.Changed[0].Lost, []string{"x"}) || !slices.Equal(got.Changed[0].Gained, []string{"y"}) {
		t.Errorf("got %+v", got)
	}
	if rbac.ComparePositions(nil, nil).Any() {
		t.Error("nothing and nothing differ")
	}
}
