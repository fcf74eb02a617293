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

func TestATurnThatEndsWithTheRightsIsTakenBackWhereItWasTold(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *store.Store, time.Time){
		"the position may no longer": func(t *testing.T, s *store.Store, at time.Time) {
			grant(t, s, "Guard", rbac.SetOf(rbac.MemberView), at)
		},
		"they left": func(t *testing.T, s *store.Store, at time.Time) {
			polled(t, s, feed.Members, at, map[faction.PlayerID]string{1: "Leader", 3: "Guard"}, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, conn, _, id, start := onRota(t)
			must(t, s.MarkSent(t.Context(), lions, loaded(t, s, lions, id), "dm", 0, start.Add(-10*time.Minute)))
			must(t, s.Escalate(t.Context(), lions, id, start.Add(-5*time.Minute)))
			post := count(t, conn, "select delivery_id from alert_deliveries where kind = 'chain.timer'")
			send(t, s, lions, post)
			end(t, s, start.Add(-4*time.Minute))
			for of, want := range map[int64]string{id: "You are not", post: " is not on this slot"} {
				if d := loaded(t, s, lions, of); !d.Settled || d.Alert.Data.Watch == nil || !strings.Contains(d.Alert.Data.Watch.Over, want) {
					t.Errorf("settled %t, says %+v, want %q", d.Settled, d.Alert.Data.Watch, want)
				}
			}
			if got := edits(t, conn); len(got) != 2 {
				t.Errorf("edited are %v, want both messages", got)
			}
		})
	}
}

func TestNobodyIsSaidNotToHaveConfirmedATurnThatIsNoLongerTheirs(t *testing.T) {
	t.Parallel()
	s, conn, _, id, start := onRota(t)
	must(t, s.MarkSent(t.Context(), lions, loaded(t, s, lions, id), "dm", 0, start.Add(-10*time.Minute)))
	grant(t, s, "Guard", rbac.SetOf(rbac.MemberView), start.Add(-6*time.Minute))
	must(t, s.Escalate(t.Context(), lions, id, start.Add(-5*time.Minute)))
	if n := count(t, conn, "select count(*) from alert_deliveries where kind = 'chain.timer'"); n != 0 {
		t.Errorf("the channel is told %d times", n)
	}
}

// reminders lists the reminders of a player by their stage, as they read now.
func reminders(t *testing.T, s *store.Store, of []int64) map[string]alert.WatchData {
	t.Helper()
	out := map[string]alert.WatchData{}
	for _, id := range of {
		d := loaded(t, s, lions, id)
		out[d.Stage] = *d.Alert.Data.Watch
	}
	return out
}

func TestWhoGivesUpSomeSlotsOfARowIsRemindedOfTheOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		leave []int
		// to is where the first reminder ends; zero: it is over.
		to     int
		remind []int // slots reminded of anew
	}{
		{"the first", []int{0}, 0, []int{1}},
		{"the first and the third", []int{0, 2}, 0, []int{1, 3}},
		{"one in the midst", []int{2}, 2, []int{3}},
		{"the last", []int{3}, 3, nil},
		{"all", []int{0, 1, 2, 3}, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := opened(t)
			s, conn, start := db.Store, owner(t, db), noon.Add(2*time.Hour)
			polled(t, s, feed.Members, noon, map[faction.PlayerID]string{1: "Leader", 2: "Leader"}, nil)
			w := rota(t, s, 0)
			must(t, signUp(t, s, w, 1, 0, 1, 2, 3))
			must(t, signUp(t, s, w, 2, 1))
			_, err := s.RemindWatchers(t.Context(), start.Add(-10*time.Minute))
			must(t, err)
			_, _, err = s.ChangeWatch(t.Context(), lions, w.ID, start.Add(-5*time.Minute), func(w *roster.Watch) error {
				w.Leave(1, c.leave, start.Add(-5*time.Minute))
				return nil
			})
			must(t, err)
			if on := onWatch(t, s, lions, w.Begins(1)); c.name == "the first" && !slices.Equal(on, []faction.PlayerID{1}) {
				t.Errorf("the back-up of a slot that nobody was reminded of is called as well: %v", on)
			}
			for at := start.Add(-5 * time.Minute); at.Before(w.To); at = at.Add(5 * time.Minute) {
				_, err := s.RemindWatchers(t.Context(), at)
				must(t, err)
			}
			var ids []int64
			rows, err := conn.Query(t.Context(), "select delivery_id from alert_deliveries where player_id = 1")
			must(t, err)
			for rows.Next() {
				var id int64
				must(t, rows.Scan(&id))
				ids = append(ids, id)
			}
			must(t, rows.Err())
			got := reminders(t, s, ids)
			first := got["slot:0:1:"]
			if over := first.Over != ""; over != (c.to == 0) || !over && !first.To.Equal(w.Begins(c.to)) {
				t.Errorf("the first reminder says %+v", first)
			}
			delete(got, "slot:0:1:")
			for _, slot := range c.remind {
				stage := "slot:" + string(rune('0'+slot)) + ":1:"
				if r, ok := got[stage]; !ok || r.Over != "" || !r.From.Equal(w.Begins(slot)) {
					t.Errorf("slot %d: %+v, told %t", slot, r, ok)
				}
				delete(got, stage)
			}
			if len(got) != 0 {
				t.Errorf("reminded of more: %v", got)
			}
		})
	}
}
