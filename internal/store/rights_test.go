package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/store"
)

const (
	api   = "Faction API Access"
	war1  = "War Management"
	money = "Money Giving"
)

// ranks are positions by name, each with its abilities.
func ranks(of map[string][]string) []faction.Position {
	out := []faction.Position{{Name: "Leader"}, {Name: "Co-leader"}, {Name: "Recruit", Default: true}}
	for name, abilities := range of {
		out = append(out, faction.Position{Name: name, Abilities: abilities})
	}
	slices.SortFunc(out, func(a, b faction.Position) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// people are members by id, each in a position.
func people(of map[faction.PlayerID]string) []faction.Member {
	var out []faction.Member
	for id, position := range of {
		out = append(out, faction.Member{ID: id, Name: fmt.Sprintf("P%d", id), Position: position})
	}
	return out
}

// polled stores what a poll of lions' members, or of the front, saw.
func polled(t testing.TB, s *store.Store, by feed.Name, now time.Time, members map[faction.PlayerID]string, positions map[string][]string) {
	t.Helper()
	st := stateOf(t, s, lions, by)
	u := feed.Update{Progress: progress(st, now)}
	if members != nil {
		u.Rosters = map[faction.ID][]faction.Member{lions: people(members)}
	}
	if positions != nil {
		u.Positions = ranks(positions)
	}
	must(t, s.SaveUpdate(t.Context(), &st, u))
}

// grant maps one of lions' positions with the abilities it has now.
func grant(t testing.TB, s *store.Store, position string, set rbac.Set, at time.Time) {
	t.Helper()
	list, err := s.Mappings(t.Context(), lions)
	must(t, err)
	var was rbac.Mapped
	if i := slices.IndexFunc(list, func(m rbac.Mapped) bool { return m.Position == position }); i >= 0 {
		was = list[i]
	}
	known, err := s.Positions(t.Context(), lions)
	must(t, err)
	i := slices.IndexFunc(known, func(p faction.Position) bool { return p.Name == position })
	_, err = s.SetGrants(t.Context(), lions, was, rbac.Mapped{Position: position, Granted: set, Abilities: known[i].Abilities, By: 1, At: at})
	must(t, err)
}

// officers are lions with a leader, two officers and a banker, all mapped.
func officers(t testing.TB, s *store.Store) (members map[faction.PlayerID]string, positions map[string][]string) {
	t.Helper()
	members = map[faction.PlayerID]string{1: "Leader", 2: "Officer", 3: "Officer", 4: "Banker", 5: "Soldier"}
	positions = map[string][]string{"Officer": {api, war1}, "Banker": {money}, "Soldier": nil}
	polled(t, s, feed.Members, noon, members, positions)
	grant(t, s, "Officer", rbac.Unmapped()|rbac.SetOf(rbac.WarManage, rbac.ConfigManage), noon)
	grant(t, s, "Banker", rbac.SetOf(rbac.FinanceView, rbac.FinanceManage), noon)
	return members, positions
}

// entries are the log's entries of an action, oldest first, each as its body in words.
func entries(t testing.TB, s *store.Store, action string) []string {
	t.Helper()
	trail, err := s.AuditTrail(t.Context(), lions, 1000)
	must(t, err)
	var out []string
	for _, e := range slices.Backward(trail) {
		if e.Action == action {
			out = append(out, fmt.Sprint(e.Body))
		}
	}
	return out
}

func wantEntries(t testing.TB, s *store.Store, action string, want ...string) {
	t.Helper()
	if got := entries(t, s, action); !slices.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", action, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func grantsOf(t testing.TB, s *store.Store, position string) string {
	t.Helper()
	all, err := s.Grants(t.Context(), lions)
	must(t, err)
	set, ok := all[position]
	if !ok {
		return "not mapped"
	}
	return set.String()
}

func TestTheFirstMemberListChangesNobodysRights(t *testing.T) {
	s := opened(t).Store
	polled(t, s, feed.Front, noon, map[faction.PlayerID]string{1: "Leader", 2: "Officer"}, nil)
	polled(t, s, feed.Members, noon, map[faction.PlayerID]string{1: "Leader", 2: "Officer"}, map[string][]string{"Officer": {api}})
	wantEntries(t, s, "rights.changed")
	wantEntries(t, s, "positions.changed", "map[added:[Co-leader Leader Officer Recruit]]")
}

func TestADemotionTakesEffectAtTheNextPollAndIsLoggedOnce(t *testing.T) {
	for _, by := range []feed.Name{feed.Members, feed.Front} {
		t.Run(string(by), func(t *testing.T) {
			s := opened(t).Store
			members, positions := officers(t, s)
			members[2] = "Soldier"
			if by == feed.Front {
				positions = nil // at war the front brings the roster alone
			}
			polled(t, s, by, noon.Add(time.Minute), members, positions)
			polled(t, s, by, noon.Add(2*time.Minute), members, positions)
			wantEntries(t, s, "rights.changed",
				"map[after:[war.view oc.view chain.view own] before:[war.view war.manage oc.view chain.view config.manage own] from:Officer player:2 to:Soldier]")
		})
	}
}

func TestWhoJoinsAndWhoLeavesIsLogged(t *testing.T) {
	s := opened(t).Store
	members, positions := officers(t, s)
	delete(members, 4)
	members[9] = "Recruit"
	polled(t, s, feed.Members, noon.Add(time.Minute), members, positions)
	wantEntries(t, s, "rights.changed",
		"map[after:[] before:[finance.view finance.manage own] from:Banker left:true player:4]",
		"map[after:[own] before:[] joined:true player:9 to:Recruit]")
}

func TestTwoPositionsThatSwapNamesKeepOnlyWhatTheirAbilitiesSpeakFor(t *testing.T) {
	s := opened(t).Store
	officers(t, s)
	// Torn tells names alone: the bankers are now called Officer and the officers Banker.
	polled(t, s, feed.Members, noon.Add(time.Minute), map[faction.PlayerID]string{1: "Leader", 2: "Banker", 3: "Banker", 4: "Officer", 5: "Soldier"},
		map[string][]string{"Officer": {money}, "Banker": {api, war1}, "Soldier": nil})
	if got := grantsOf(t, s, "Officer"); got != "war.view oc.view chain.view" {
		t.Errorf("those now called Officer have %q", got)
	}
	if got := grantsOf(t, s, "Banker"); got != "" {
		t.Errorf("those now called Banker have %q", got)
	}
	wantEntries(t, s, "positions.changed", "map[added:[Banker Co-leader Leader Officer Recruit Soldier]]",
		"map[changed:[map[gained:[Faction API Access War Management] lost:[Money Giving] position:Banker] map[gained:[Money Giving] lost:[Faction API Access War Management] position:Officer]] "+
			"mappings:[map[effective:[] granted:[finance.view finance.manage] position:Banker] "+
			"map[effective:[war.view oc.view chain.view] granted:[war.view war.manage oc.view chain.view config.manage] position:Officer]]]")
	if got := entries(t, s, "rights.changed"); len(got) != 3 {
		t.Errorf("got %v", got)
	}
	// Somebody confirms: the mapping counts again, for the abilities of now.
	grant(t, s, "Officer", rbac.SetOf(rbac.FinanceView, rbac.ConfigManage), noon.Add(2*time.Minute))
	if got := grantsOf(t, s, "Officer"); got != "finance.view config.manage" {
		t.Errorf("confirmed, Officer has %q", got)
	}
}

func TestAPositionRenamedIntoAMappedNameDoesNotInheritItsRights(t *testing.T) {
	s := opened(t).Store
	members, _ := officers(t, s)
	members[2], members[3], members[5] = "Old guard", "Old guard", "Officer"
	polled(t, s, feed.Members, noon.Add(time.Minute), members, map[string][]string{"Old guard": {api, war1}, "Officer": nil, "Banker": {money}})
	if got := grantsOf(t, s, "Officer"); got != "war.view oc.view chain.view" {
		t.Errorf("the soldiers who are now called Officer have %q", got)
	}
	wantEntries(t, s, "rights.changed",
		"map[after:[war.view oc.view chain.view own] before:[war.view war.manage oc.view chain.view config.manage own] from:Officer player:2 to:Old guard]",
		"map[after:[war.view oc.view chain.view own] before:[war.view war.manage oc.view chain.view config.manage own] from:Officer player:3 to:Old guard]")
}

func TestMoreAbilitiesChangeNothingAndLostOnesThatReturnGiveTheMappingBack(t *testing.T) {
	s := opened(t).Store
	members, positions := officers(t, s)
	full := grantsOf(t, s, "Officer")
	for i, c := range []struct {
		abilities []string
		want      string
	}{
		{[]string{api, war1, money}, full},
		{[]string{api}, "war.view oc.view chain.view"},
		{[]string{war1}, "war.view war.manage oc.view chain.view"},
		{[]string{war1, api}, full},
	} {
		positions["Officer"] = c.abilities
		polled(t, s, feed.Members, noon.Add(time.Duration(i+1)*time.Minute), members, positions)
		if got := grantsOf(t, s, "Officer"); got != c.want {
			t.Errorf("with %v: %q, want %q", c.abilities, got, c.want)
		}
	}
}

// webLink makes a link of somebody's that works for a day, whoever they are.
func webLink(t testing.TB, s *store.Store, by faction.PlayerID, hash string) int64 {
	t.Helper()
	id, err := s.SaveWebLink(t.Context(), faction.WebLink{Faction: lions, Page: "war", Creator: by, Created: noon, Expires: noon.Add(24 * time.Hour), ByOperator: true}, []byte(hash))
	must(t, err)
	return id
}

func TestNobodyGetsALinkWithoutTheRightToSeeTheWar(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	members, positions := officers(t, s)
	members[2] = "Recruit"
	delete(members, 5)
	polled(t, s, feed.Members, noon.Add(time.Minute), members, positions)
	for name, c := range map[string]struct {
		by       faction.PlayerID
		operator bool
		want     bool
	}{
		"who was demoted": {2, false, false}, "who left": {5, false, false}, "whose position may not": {4, false, false}, "a stranger": {99, false, false}, "nobody": {0, false, false},
		"an officer": {3, false, true}, "the leader": {1, false, true}, "an operator": {0, true, true},
	} {
		_, err := s.SaveWebLink(t.Context(), faction.WebLink{Faction: lions, Page: "war", Creator: c.by, Created: noon, Expires: noon.Add(time.Hour), ByOperator: c.operator}, []byte(name))
		if made := err == nil; made != c.want || !made && faction.KindOf(err) != faction.Denied {
			t.Errorf("%s: %v", name, err)
		}
		if opens(t, s, name) != c.want {
			t.Errorf("%s: the link opens: %v", name, !c.want)
		}
	}
}

func TestALinkMadeAtTheMomentOfADemotionDoesNotOutliveIt(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	members, positions := officers(t, s)
	for n := range 20 {
		at := noon.Add(time.Duration(n) * time.Minute)
		members[2] = "Officer"
		polled(t, s, feed.Members, at, members, positions)
		hash := fmt.Sprint("link ", n)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := s.SaveWebLink(t.Context(), faction.WebLink{Faction: lions, Page: "war", Creator: 2, Created: noon, Expires: noon.Add(24 * time.Hour)}, []byte(hash))
			if err != nil && faction.KindOf(err) != faction.Denied {
				t.Error(err)
			}
		})
		members[2] = "Recruit"
		polled(t, s, feed.Members, at.Add(time.Second), members, positions)
		wg.Wait()
		if opens(t, s, hash) {
			t.Fatalf("round %d: a recruit reads the page", n)
		}
	}
}

func TestLinksEndWithTheRightToSeeTheWarAndNoSooner(t *testing.T) {
	s := opened(t).Store
	members, positions := officers(t, s)
	kept, demoted, left := webLink(t, s, 3, "a"), webLink(t, s, 2, "b"), webLink(t, s, 5, "c")
	other := webLink(t, s, 2, "d")
	members[2], members[3] = "Recruit", "Soldier"
	delete(members, 5)
	polled(t, s, feed.Front, noon.Add(time.Minute), members, nil)
	_ = positions
	links, err := s.WebLinks(t.Context(), lions, noon.Add(2*time.Minute))
	must(t, err)
	if len(links) != 1 || links[0].ID != kept {
		t.Errorf("these links still work: %+v", links)
	}
	if _, ok, err := s.ResolveWebLink(t.Context(), []byte("b"), noon.Add(2*time.Minute)); ok || err != nil {
		t.Errorf("a recruit's link opens the page: %v", err)
	}
	wantEntries(t, s, "web.revoke", fmt.Sprintf("map[because:rights.changed links:[%d %d] player:2]", demoted, other),
		fmt.Sprintf("map[because:rights.changed links:[%d] player:5]", left))
}

func TestAMappingThatTakesTheWarAwayEndsLinksToo(t *testing.T) {
	s := opened(t).Store
	officers(t, s)
	webLink(t, s, 2, "a")
	webLink(t, s, 5, "b")
	list, err := s.Mappings(t.Context(), lions)
	must(t, err)
	officer := list[1]
	ended, err := s.SetGrants(t.Context(), lions, officer, rbac.Mapped{Position: "Officer", Granted: rbac.SetOf(rbac.OCView), Abilities: []string{war1, api}, By: 1, At: noon.Add(time.Minute)})
	must(t, err)
	if ended != 1 {
		t.Errorf("ended %d links, want the officer's", ended)
	}
}

func TestAMappingOnlyChangesWhatSomebodySaw(t *testing.T) {
	s := opened(t).Store
	officers(t, s)
	list, err := s.Mappings(t.Context(), lions)
	must(t, err)
	officer := list[1]
	if officer.Position != "Officer" || officer.By != 1 || !officer.At.Equal(noon) || officer.Reduced() || !slices.Equal(officer.Abilities, []string{api, war1}) {
		t.Fatalf("read back %+v", officer)
	}
	next := rbac.Mapped{Position: "Officer", Granted: rbac.All(), Abilities: officer.Abilities, By: 1, At: noon.Add(time.Minute)}
	for _, c := range []struct {
		name string
		was  rbac.Mapped
		next func(*rbac.Mapped)
		kind faction.Kind
	}{
		{"mapped anew since", rbac.Mapped{Position: "Officer", Granted: officer.Granted, At: noon.Add(-time.Second)}, nil, faction.Conflict},
		{"seen as not mapped", rbac.Mapped{}, nil, faction.Conflict},
		{"other abilities by now", officer, func(m *rbac.Mapped) { m.Abilities = []string{api} }, faction.Conflict},
		{"a position that the game does not have", rbac.Mapped{}, func(m *rbac.Mapped) { m.Position = "Ghost" }, faction.Conflict},
		{"the leader's", rbac.Mapped{}, func(m *rbac.Mapped) { m.Position = "Leader" }, faction.Invalid},
		{"recruits'", rbac.Mapped{}, func(m *rbac.Mapped) { m.Position = "Recruit" }, faction.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := next
			if c.next != nil {
				c.next(&m)
			}
			_, err := s.SetGrants(t.Context(), lions, c.was, m)
			wantKind(t, err, c.kind)
			if got := grantsOf(t, s, "Officer"); got != officer.Granted.String() {
				t.Errorf("Officer has %q", got)
			}
		})
	}
	if _, err := s.ClearGrants(t.Context(), lions, rbac.Mapped{Position: "Officer"}, noon); faction.KindOf(err) != faction.Conflict {
		t.Errorf("cleared a mapping nobody saw: %v", err)
	}
	_, err = s.ClearGrants(t.Context(), lions, officer, noon)
	must(t, err)
	if got := grantsOf(t, s, "Officer"); got != "not mapped" {
		t.Errorf("cleared, Officer has %q", got)
	}
}

func TestHostileNamesOfPositionsAreKeptAsTheyAre(t *testing.T) {
	s := opened(t).Store
	for i, name := range []string{"**@everyone** `x`", "\u202eredael", "👨‍👩‍👧‍👦", strings.Repeat("ß", 100), `"; drop table positions; --`, `{"player":1}`} {
		members := map[faction.PlayerID]string{1: "Leader", 2: name}
		polled(t, s, feed.Members, noon.Add(time.Duration(2*i)*time.Minute), members, map[string][]string{name: {api}})
		grant(t, s, name, rbac.All(), noon)
		members[2] = "Recruit"
		polled(t, s, feed.Members, noon.Add(time.Duration(2*i+1)*time.Minute), members, nil)
		got := entries(t, s, "rights.changed")
		if len(got) == 0 || !strings.Contains(got[len(got)-1], "from:"+name+" player:2 to:Recruit]") {
			t.Errorf("%q: logged %v", name, got)
		}
	}
}

func TestOneFactionsPollLeavesAnothersRightsAlone(t *testing.T) {
	s := opened(t).Store
	officers(t, s)
	link := webLink(t, s, 2, "a")
	st := stateOf(t, s, bears, feed.Front)
	// Bears watch lions as their enemy, and have the same players and positions on record.
	must(t, s.SaveUpdate(t.Context(), &st, feed.Update{
		Rosters:   map[faction.ID][]faction.Member{lions: people(map[faction.PlayerID]string{2: "Recruit"}), bears: people(map[faction.PlayerID]string{2: "Officer"})},
		Positions: ranks(map[string][]string{"Officer": nil}), Progress: progress(st, noon.Add(time.Minute)),
	}))
	if got := grantsOf(t, s, "Officer"); got != "war.view war.manage oc.view chain.view config.manage" {
		t.Errorf("lions' officers have %q", got)
	}
	links, err := s.WebLinks(t.Context(), lions, noon.Add(time.Minute))
	must(t, err)
	if len(links) != 1 || links[0].ID != link {
		t.Errorf("lions' links: %+v", links)
	}
	wantEntries(t, s, "rights.changed")
}
