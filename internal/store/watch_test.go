package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/roster"
	"consigliere/internal/store"
)

// guarded are lions with members who may be on watch and in squads: 1 leads, 2 to 4 have
// a position, 5 is a recruit.
func guarded(t *testing.T) *store.Store {
	t.Helper()
	s := opened(t).Store
	polled(t, s, feed.Members, noon, map[faction.PlayerID]string{1: "Leader", 2: "Guard", 3: "Guard", 4: "Guard", 5: "Recruit"}, map[string][]string{"Guard": {api}})
	grant(t, s, "Guard", rbac.SetOf(rbac.ChainView, rbac.MemberView), noon)
	return s
}

// rota opens four slots of half an hour from two hours after noon on, with one back-up.
func rota(t testing.TB, s *store.Store, squad roster.SquadID) roster.Watch {
	t.Helper()
	from := noon.Add(2 * time.Hour)
	w, err := s.OpenWatch(t.Context(), lions, roster.Watch{From: from, To: from.Add(2 * time.Hour), Slot: 30 * time.Minute, Backups: 1, Reward: 100, Squad: squad, OpenedBy: 1}, noon)
	must(t, err)
	return w
}

func signUp(t testing.TB, s *store.Store, w roster.Watch, p faction.PlayerID, slots ...int) error {
	t.Helper()
	_, _, err := s.ChangeWatch(t.Context(), lions, w.ID, noon, func(w *roster.Watch) error { w.Join(p, "", slots, noon); return nil })
	return err
}

func onWatch(t testing.TB, s *store.Store, id faction.ID, at time.Time) []faction.PlayerID {
	t.Helper()
	duty, err := s.OnWatch(t.Context(), id, at)
	must(t, err)
	return duty.On
}

func TestASquadStandsByWhileNobodyHasTakenASlotOfItsRota(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	q, err := s.CreateSquad(t.Context(), lions, roster.Squad{Name: "Night", Kind: roster.Open, People: []roster.Person{
		{Player: 2, State: roster.Member, Since: noon}, {Player: 3, State: roster.Member, Lead: true, Since: noon}, {Player: 4, State: roster.Asked, Since: noon},
	}}, noon)
	must(t, err)
	must(t, signUp(t, s, rota(t, s, q.ID), 2, 1))
	duty := func(id faction.ID, after time.Duration) roster.Duty {
		t.Helper()
		d, err := s.OnWatch(t.Context(), id, noon.Add(after))
		must(t, err)
		return d
	}
	if d := duty(lions, 2*time.Hour); d.On != nil || d.Squad != "Night" || !slices.Equal(d.Standby, []faction.PlayerID{3, 2}) {
		t.Errorf("in a slot that nobody took: %+v, want the members of the squad, its lead first", d)
	}
	for name, d := range map[string]roster.Duty{"in a slot that is taken": duty(lions, 150*time.Minute), "before the rota": duty(lions, time.Hour), "after it": duty(lions, 5*time.Hour), "of bears": duty(bears, 2*time.Hour)} {
		if d.Squad != "" || len(d.Standby) != 0 {
			t.Errorf("%s: %+v stands by", name, d)
		}
	}
	if times, err := s.WatchTime(t.Context(), lions, noon, noon.Add(24*time.Hour)); err != nil || len(times) != 1 {
		t.Errorf("time on watch: %v (%v), want that of 2 alone", times, err)
	}
	_, _, err = s.DeleteSquad(t.Context(), lions, q.ID)
	must(t, err)
	if d := duty(lions, 2*time.Hour); len(d.Standby) != 0 || d.Squad != "" {
		t.Errorf("of a squad that is gone %+v stands by", d)
	}
}

func TestWhoIsOnWatchChangesWithTheSlots(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	w := rota(t, s, 0)
	must(t, signUp(t, s, w, 2, 0, 1))
	must(t, signUp(t, s, w, 3, 0, 2))
	for after, want := range map[time.Duration][]faction.PlayerID{
		0: nil, 2*time.Hour - time.Second: nil, 2 * time.Hour: {2}, 150*time.Minute - time.Second: {2}, 150 * time.Minute: {2}, 3 * time.Hour: {3}, 200 * time.Minute: {3}, 210 * time.Minute: nil,
	} {
		if got := onWatch(t, s, lions, noon.Add(after)); !slices.Equal(got, want) {
			t.Errorf("%s after noon: %v, want %v", after, got, want)
		}
	}
	if got := onWatch(t, s, bears, noon.Add(2*time.Hour)); got != nil {
		t.Errorf("bears have %v on watch", got)
	}
	times, err := s.WatchTime(t.Context(), lions, noon.Add(130*time.Minute), noon.Add(24*time.Hour))
	must(t, err)
	if times[2] != 50*time.Minute || times[3] != 30*time.Minute || len(times) != 2 {
		t.Errorf("time on watch: %v", times)
	}
}

func TestABackUpMovesUpAndIsPingedWithAWatcherWhoDoesNotConfirm(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	w := rota(t, s, 0)
	must(t, signUp(t, s, w, 2, 0))
	must(t, signUp(t, s, w, 3, 0))
	start := noon.Add(2 * time.Hour)
	for _, at := range []time.Time{start.Add(-11 * time.Minute), start.Add(-10 * time.Minute), start.Add(-9 * time.Minute)} {
		n, err := s.RemindWatchers(t.Context(), at)
		must(t, err)
		if want := at.Equal(start.Add(-10 * time.Minute)); want != (n == 1) {
			t.Errorf("%s: reminded %d", at, n)
		}
	}
	if got := onWatch(t, s, lions, start); !slices.Equal(got, []faction.PlayerID{2, 3}) {
		t.Errorf("with a silent watcher: %v, want the back-up as well", got)
	}
	_, _, err := s.ChangeWatch(t.Context(), lions, w.ID, start, func(w *roster.Watch) error { w.Leave(2, []int{0}, start); return nil })
	must(t, err)
	if got := onWatch(t, s, lions, start); !slices.Equal(got, []faction.PlayerID{3}) {
		t.Errorf("after the watcher left: %v", got)
	}
	if n, err := s.RemindWatchers(t.Context(), start.Add(time.Minute)); err != nil || n != 1 {
		t.Errorf("who moved up was not told (%d, %v)", n, err)
	}
}

func TestAConfirmedTurnPingsTheWatcherAlone(t *testing.T) {
	t.Parallel()
	db := opened(t)
	s := db.Store
	polled(t, s, feed.Members, noon, map[faction.PlayerID]string{1: "Leader", 2: "Leader"}, nil)
	w := rota(t, s, 0)
	must(t, signUp(t, s, w, 1, 0, 1))
	must(t, signUp(t, s, w, 2, 0, 1))
	start := noon.Add(2 * time.Hour)
	_, err := s.RemindWatchers(t.Context(), start.Add(-5*time.Minute))
	must(t, err)
	id := count(t, owner(t, db), "select delivery_id from alert_deliveries where player_id = 1")
	d, err := s.LoadDelivery(t.Context(), lions, id)
	must(t, err)
	if a := d.Alert; a.Kind != alert.ChainWatch || !a.Promised || a.AckWithin != 5*time.Minute || a.Data.Watch == nil || !a.Data.Watch.To.Equal(start.Add(time.Hour)) ||
		a.Data.Watch.Reward != 200 || len(a.Data.Watch.Backups) != 1 {
		t.Errorf("told: %+v %+v", a, a.Data.Watch)
	}
	_, _, err = s.Acknowledge(t.Context(), lions, id, 1, start)
	must(t, err)
	if got := onWatch(t, s, lions, start.Add(40*time.Minute)); !slices.Equal(got, []faction.PlayerID{1}) {
		t.Errorf("on watch: %v", got)
	}
}

func TestNobodyTakesASlotWhoMayNot(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	w := rota(t, s, 0)
	for _, p := range []faction.PlayerID{5, 99} {
		wantKind(t, signUp(t, s, w, p, 0), faction.Denied)
	}
	_, err := s.OpenWatch(t.Context(), lions, roster.Watch{From: w.To.Add(-time.Minute), To: w.To.Add(time.Hour), Slot: 30 * time.Minute}, noon)
	wantKind(t, err, faction.Conflict)
	_, _, err = s.ChangeWatch(t.Context(), bears, w.ID, noon, func(*roster.Watch) error { return nil })
	wantKind(t, err, faction.Conflict)
	_, _, err = s.ChangeWatch(t.Context(), lions, w.ID, w.To, func(*roster.Watch) error { return nil })
	wantKind(t, err, faction.Conflict)
}

func TestSquadsSlotsAndCallsEndWithTheRights(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	q, err := s.CreateSquad(t.Context(), lions, roster.Squad{Name: "Nightcrew", Kind: roster.Open, People: []roster.Person{
		{Player: 2, State: roster.Member, Lead: true, Since: noon}, {Player: 3, State: roster.Member, Since: noon}, {Player: 4, State: roster.Asked, Since: noon}}}, noon)
	must(t, err)
	w := rota(t, s, q.ID)
	must(t, signUp(t, s, w, 2, 0, 1))
	must(t, signUp(t, s, w, 3, 0, 1))
	wantKind(t, signUp(t, s, w, 4, 2), faction.Denied) // only asks to be in the squad
	polled(t, s, feed.Members, noon.Add(150*time.Minute), map[faction.PlayerID]string{1: "Leader", 3: "Guard", 4: "Recruit", 5: "Recruit"}, nil)
	list, err := s.Squads(t.Context(), lions)
	must(t, err)
	if len(list) != 1 || len(list[0].People) != 1 || list[0].People[0].Player != 3 {
		t.Errorf("in the squad: %+v", list)
	}
	if got := onWatch(t, s, lions, noon.Add(151*time.Minute)); !slices.Equal(got, []faction.PlayerID{3}) {
		t.Errorf("on watch: %v", got)
	}
	if got := onWatch(t, s, lions, noon.Add(2*time.Hour)); !slices.Equal(got, []faction.PlayerID{2}) {
		t.Errorf("what was watched before is forgotten: %v", got)
	}
	wantEntries(t, s, "watch.end", "map[because:rights.changed player:2 slots:[1]]")
	if got := strings.Join(entries(t, s, "squad.end"), " "); strings.Count(got, "player:") != 2 {
		t.Errorf("audited: %s", got)
	}
}

func TestASquadIsATargetUntilItIsDeleted(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	q, err := s.CreateSquad(t.Context(), lions, roster.Squad{Name: "Ä*_", Kind: roster.OnRequest, People: []roster.Person{{Player: 2, State: roster.Member, Since: noon}}}, noon)
	must(t, err)
	_, err = s.CreateSquad(t.Context(), lions, roster.Squad{Name: "ä*_", Kind: roster.Open}, noon)
	wantKind(t, err, faction.Conflict)
	_, err = s.AddRule(t.Context(), lions, alert.Rule{Kind: alert.WarStarted, Squad: int64(q.ID), Enabled: true}, noon)
	must(t, err)
	_, _, err = s.ChangeSquad(t.Context(), lions, q.ID, noon, func(q *roster.Squad) ([]alert.Personal, error) {
		_, _, err := q.Join(3, noon)
		return nil, err
	})
	must(t, err)
	rules, err := s.Rules(t.Context(), lions)
	must(t, err)
	if len(rules) != 1 || !slices.Equal(rules[0].Members, []faction.PlayerID{2}) {
		t.Errorf("who only asks is told as well: %+v", rules)
	}
	_, _, err = s.ChangeSquad(t.Context(), lions, q.ID, noon, func(q *roster.Squad) ([]alert.Personal, error) {
		_, _, err := q.Invite(5, noon)
		return nil, err
	})
	wantKind(t, err, faction.Conflict) // a recruit
	if _, _, err = s.DeleteSquad(t.Context(), bears, q.ID); faction.KindOf(err) != faction.NotFound {
		t.Errorf("bears delete it: %v", err)
	}
	if _, n, err := s.DeleteSquad(t.Context(), lions, q.ID); err != nil || n != 1 {
		t.Errorf("deleted with %d rules (%v)", n, err)
	}
}
