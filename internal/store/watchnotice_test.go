package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/roster"
	"consigliere/internal/store"
	"consigliere/migrations"
)

// onRota are lions of whom 2 is on watch from two hours after noon on, with a channel
// that hears of the last minute of a chain's timer; reminded tells the reminder's number.
func onRota(t *testing.T) (s *store.Store, conn *pgx.Conn, w roster.Watch, reminded int64, start time.Time) {
	t.Helper()
	db := opened(t)
	s, conn, start = db.Store, owner(t, db), noon.Add(2*time.Hour)
	polled(t, s, feed.Members, noon, map[faction.PlayerID]string{1: "Leader", 2: "Guard", 3: "Guard"}, map[string][]string{"Guard": {api}})
	grant(t, s, "Guard", rbac.SetOf(rbac.ChainView, rbac.MemberView), noon)
	_, err := s.Link(t.Context(), faction.Linking{Link: linkOf(lions, "watcher", 2)}, noon)
	must(t, err)
	r := rule(alert.ChainTimer, "one")
	r.Ahead, r.AtLeast = time.Minute, 100 // neither is about a watch
	putRules(t, s, lions, r)
	w = rota(t, s, 0)
	must(t, signUp(t, s, w, 2, 0))
	_, err = s.RemindWatchers(t.Context(), start.Add(-10*time.Minute))
	must(t, err)
	return s, conn, w, count(t, conn, "select delivery_id from alert_deliveries where player_id = 2 and kind = 'chain.watch'"), start
}

func TestAWatchReminderOverridesQuietHoursAndDirectMessagesOffButNotAWishAgainstIt(t *testing.T) {
	t.Parallel()
	s, _, _, id, start := onRota(t)
	at := start.Add(-10 * time.Minute)
	for _, c := range []struct {
		name string
		n    alert.Notices
		want alert.Reason
	}{
		{"no wish", alert.Notices{}, alert.Send},
		{"quiet hours", alert.Notices{Quiet: alert.Quiet{From: 0, To: 23*time.Hour + 59*time.Minute}}, alert.Send},
		{"no direct messages", alert.Notices{Off: true}, alert.Send},
		{"no timers", alert.Notices{Without: []alert.Kind{alert.ChainTimer}}, alert.Send},
		{"no reminders", alert.Notices{Without: []alert.Kind{alert.ChainWatch}}, alert.Unwanted},
	} {
		_, err := s.SetNotices(t.Context(), lions, 2, c.n, noon)
		must(t, err)
		if got := loaded(t, s, lions, id).Decide(at); got.Reason != c.want {
			t.Errorf("%s: %s, want %s", c.name, got.Reason, c.want)
		}
	}
}

func TestAnUnconfirmedWatchGoesToTheChannelOnceAndSaysHowItEnded(t *testing.T) {
	t.Parallel()
	s, conn, w, id, start := onRota(t)
	d := loaded(t, s, lions, id)
	must(t, s.MarkSent(t.Context(), lions, d, "dm", d.Alert.AckWithin, start.Add(-10*time.Minute)))
	if n := count(t, conn, "select count(*) from river_job where kind = 'alert_ack'"); n != 1 {
		t.Fatalf("%d looks are planned at whether it was confirmed, want one", n)
	}
	for range 3 {
		must(t, s.Escalate(t.Context(), lions, id, start.Add(-5*time.Minute)))
	}
	told := count(t, conn, "select count(*) from alert_deliveries where kind = 'chain.timer' and channel_id = 'one'")
	if told != 1 {
		t.Fatalf("the channel is told %d times, want once, whatever its seconds and hits", told)
	}
	post := count(t, conn, "select delivery_id from alert_deliveries where kind = 'chain.timer'")
	send(t, s, lions, post)
	for range 2 {
		_, _, err := s.Acknowledge(t.Context(), lions, id, 2, start.Add(-time.Minute))
		must(t, err)
	}
	out := loaded(t, s, lions, post)
	if who := out.Alert.Data.Confirmed; who == nil || who.ID != 2 || out.Alert.Data.Unconfirmed != nil || out.Edition != 1 || len(edits(t, conn)) != 1 {
		t.Errorf("after it was confirmed late the channel reads %+v, edition %d", out.Alert.Data, out.Edition)
	}
	_, _, err := s.ChangeWatch(t.Context(), lions, w.ID, start, func(w *roster.Watch) error { w.Leave(2, []int{0}, start); return nil })
	must(t, err)
	for of, want := range map[int64]string{id: "You are not", post: " is not on this slot"} {
		if a := loaded(t, s, lions, of).Alert; a.Data.Watch == nil || !strings.Contains(a.Data.Watch.Over, want) {
			t.Errorf("after they left: %+v, want %q", a.Data.Watch, want)
		}
	}
}

// migrationOf is one direction of a migration.
func migrationOf(t *testing.T, name string, down bool) string {
	t.Helper()
	raw, err := migrations.FS.ReadFile(name)
	must(t, err)
	_, text, _ := strings.Cut(string(raw), "-- +goose Up")
	up, back, ok := strings.Cut(text, "-- +goose Down")
	if !ok {
		t.Fatalf("%s has no way back", name)
	}
	if down {
		return back
	}
	return up
}

func TestWhoWantedNoTimersGoesOnHearingOfNoWatch(t *testing.T) {
	t.Parallel()
	s, conn, _, id, _ := onRota(t)
	run := func(down bool) {
		if _, err := conn.Exec(t.Context(), migrationOf(t, "0040_chain_watch.sql", down)); err != nil {
			t.Fatal(err)
		}
	}
	read := func(p faction.PlayerID) string {
		n, err := s.Notices(t.Context(), lions, p)
		must(t, err)
		var out []string
		for _, k := range n.Without {
			out = append(out, string(k))
		}
		return strings.Join(out, " ")
	}
	run(true)
	if k := loaded(t, s, lions, id).Alert.Kind; k != alert.ChainTimer {
		t.Errorf("the way back leaves a reminder of the kind %s", k)
	}
	for p, n := range map[faction.PlayerID]alert.Notices{
		1: {Without: []alert.Kind{alert.ChainTimer, alert.WarTerms}, Off: true}, 2: {Without: []alert.Kind{alert.WarTerms}}, 3: {},
	} {
		_, err := s.SetNotices(t.Context(), lions, p, n, noon)
		must(t, err)
	}
	for range 2 { // a second time changes nothing
		run(false)
		if one, two, three := read(1), read(2), read(3); one != "chain.timer war.terms chain.watch" || two != "war.terms" || three != "" {
			t.Errorf("without %q, %q and %q", one, two, three)
		}
	}
	if n, err := s.Notices(t.Context(), lions, 1); err != nil || !n.Off {
		t.Errorf("another wish is lost: %+v, %v", n, err)
	}
	if a := loaded(t, s, lions, id).Alert; a.Kind != alert.ChainWatch || count(t, conn, "select count(*) from alert_deliveries where kind = 'chain.watch'") != 1 {
		t.Errorf("a reminder under way is of the kind %s", a.Kind)
	}
	run(true)
	if one := read(1); one != "chain.timer war.terms" {
		t.Errorf("the way back leaves %q", one)
	}
}
