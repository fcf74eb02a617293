package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

func started(id int64) alert.Alert {
	return alert.Alert{Kind: alert.WarStarted, Subject: alert.Subject("war", id), Stage: "started", At: noon,
		Data: alert.Data{War: &alert.WarData{ID: id, UsName: "Lions", Start: noon}}}
}

// raise stores alerts by way of the front's feed.
func raise(t *testing.T, s *store.Store, id faction.ID, alerts ...alert.Alert) {
	t.Helper()
	st := stateOf(t, s, id, feed.Front)
	must(t, s.SaveUpdate(t.Context(), &st, feed.Update{Alerts: alerts, Progress: progress(st, noon)}))
}

func putRules(t *testing.T, s *store.Store, id faction.ID, rules ...alert.Rule) {
	t.Helper()
	must(t, s.PutRules(t.Context(), id, rules, noon))
}

func rule(kind alert.Kind, channel string) alert.Rule {
	return alert.Rule{Kind: kind, ChannelID: channel, RoleID: "r", Enabled: true}
}

// jobs lists the deliveries that the queue was given, once for each job.
func jobs(t *testing.T, conn *pgx.Conn) []alert.Job {
	t.Helper()
	rows, err := conn.Query(t.Context(), "select args from river_job where kind = 'alert' order by id")
	must(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[alert.Job])
	must(t, err)
	return out
}

func deliveries(t *testing.T, db storetest.DB) int64 {
	t.Helper()
	return count(t, owner(t, db), "select count(*) from alert_deliveries")
}

func TestAnAlertIsToldOncePerRuleHoweverOftenItIsRaised(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.WarStarted, "one"), rule(alert.WarStarted, "two"), rule(alert.WarEnded, "one"))
	putRules(t, db.Store, bears, rule(alert.WarStarted, "three"))
	for range 3 {
		raise(t, db.Store, lions, started(1), started(1))
	}
	raise(t, db.Store, lions, started(2))
	raise(t, db.Store, bears, started(1))
	if n := deliveries(t, db); n != 5 {
		t.Errorf("%d deliveries, want 5: two wars to two channels and one of bears", n)
	}
	seen := map[alert.Job]int{}
	for _, j := range jobs(t, conn) {
		seen[j]++
		d, err := db.Store.LoadDelivery(t.Context(), j.Faction, j.Delivery)
		must(t, err)
		if d.Alert.Kind != alert.WarStarted || d.Rule.ID != d.Delivery.Rule || d.Rule.ChannelID != d.Channel || d.State != "pending" {
			t.Errorf("job %+v leads to %+v", j, d)
		}
	}
	if len(seen) != 5 {
		t.Errorf("jobs are %v, want one for each of the 5 deliveries", seen)
	}
	for j, n := range seen {
		if n != 1 {
			t.Errorf("delivery %d was enqueued %d times", j.Delivery, n)
		}
	}
}

func TestStagesAndSubjectsAreToldApart(t *testing.T) {
	t.Parallel()
	db := opened(t)
	putRules(t, db.Store, lions, rule(alert.WarMilestone, "one"))
	var all []alert.Alert
	for _, subject := range []string{"war:1", "war:2"} {
		for _, stage := range []string{"milestone:lead:25", "milestone:lead:50"} {
			all = append(all, alert.Alert{Kind: alert.WarMilestone, Subject: subject, Stage: stage, At: noon})
		}
	}
	raise(t, db.Store, lions, all...)
	if n := deliveries(t, db); n != 4 {
		t.Errorf("%d deliveries, want 4", n)
	}
}

func TestWhatIsRolledBackLeavesNeitherDeliveryNorJob(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.WarStarted, "one"))
	st := stateOf(t, db.Store, lions, feed.Front)
	st.Generation--
	err := db.Store.SaveUpdate(t.Context(), &st, feed.Update{Alerts: []alert.Alert{started(1)}, Progress: progress(st, noon)})
	if !errors.Is(err, store.ErrOvertaken) {
		t.Fatalf("got %v, want ErrOvertaken", err)
	}
	// The queue refuses when everything else is written already.
	if _, err := conn.Exec(t.Context(), "revoke insert on river_job from consigliere_app"); err != nil {
		t.Fatal(err)
	}
	st = stateOf(t, db.Store, lions, feed.Front)
	err = db.Store.SaveUpdate(t.Context(), &st, feed.Update{Alerts: []alert.Alert{started(1)}, Progress: progress(st, noon)})
	if err == nil {
		t.Fatal("an update whose job cannot be enqueued was stored")
	}
	if d, j := deliveries(t, db), len(jobs(t, conn)); d != 0 || j != 0 {
		t.Errorf("left are %d deliveries and %d jobs, want none", d, j)
	}
	if got := stateOf(t, db.Store, lions, feed.Front); got.Generation != st.Generation {
		t.Error("the poll counts as done")
	}
	// Nothing is lost by it: when the queue works again the alert is told.
	if _, err := conn.Exec(t.Context(), "grant insert on river_job to consigliere_app"); err != nil {
		t.Fatal(err)
	}
	raise(t, db.Store, lions, started(1))
	if d, j := deliveries(t, db), len(jobs(t, conn)); d != 1 || j != 1 {
		t.Errorf("%d deliveries and %d jobs, want one of each", d, j)
	}
}

func TestOnlyEnabledRulesOfTheKindGetADelivery(t *testing.T) {
	t.Parallel()
	db := opened(t)
	off := rule(alert.WarStarted, "off")
	off.Enabled = false
	putRules(t, db.Store, lions, off, rule(alert.WarEnded, "other"))
	raise(t, db.Store, lions, started(1))
	if n := deliveries(t, db); n != 0 {
		t.Errorf("%d deliveries, want none", n)
	}
}

func TestARulesLife(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	wanted := rule(alert.WarMilestone, "one")
	wanted.Thresholds = alert.Thresholds{Every: 500, Names: []string{"x"}, Quiet: alert.Quiet{From: time.Hour, To: 2 * time.Hour}}
	putRules(t, db.Store, lions, wanted, rule(alert.WarMilestone, "two"))
	get := func() []alert.Rule {
		t.Helper()
		rules, err := db.Store.Rules(ctx, lions)
		must(t, err)
		return rules
	}
	got := get()
	if len(got) != 2 {
		t.Fatalf("rules are %+v, want two", got)
	}
	wanted.ID = got[0].ID
	if diff := cmp.Diff(wanted, got[0]); diff != "" {
		t.Errorf("the rule came back as (-want +got):\n%s", diff)
	}
	must(t, db.Store.BreakPlace(ctx, lions, alert.Place{Channel: "one"}, "channel gone", noon))
	if got := get(); got[0].Broken != "channel gone" || got[1].Broken != "" {
		t.Errorf("after a channel is gone the rules are %+v, want the first one broken", got)
	}
	wanted.RoleID = "other"
	putRules(t, db.Store, lions, wanted)
	if got := get(); got[0].ID != wanted.ID || got[0].RoleID != "other" || got[0].Broken != "" {
		t.Errorf("renewed the rule is %+v, want the same one, healthy, with the new role", got[0])
	}
	must(t, db.Store.DropRules(ctx, bears, []alert.Kind{alert.WarMilestone}))
	if got := get(); len(got) != 2 {
		t.Error("another faction dropped our rules")
	}
	must(t, db.Store.DropRules(ctx, lions, []alert.Kind{alert.WarMilestone}))
	if got := get(); len(got) != 0 {
		t.Errorf("dropped, there are still %+v", got)
	}
}

func TestAChannelThatIsGoneBreaksItsBoardsToo(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.AddBoard(ctx, lions, "war", "one", noon))
	must(t, db.Store.AddBoard(ctx, lions, "war", "two", noon))
	must(t, db.Store.BreakPlace(ctx, lions, alert.Place{Channel: "one"}, "channel gone", noon))
	boards, err := db.Store.Boards(ctx, lions)
	must(t, err)
	if len(boards) != 2 || boards[0].Broken != "channel gone" || boards[1].Broken != "" {
		t.Errorf("boards are %+v, want the first one broken", boards)
	}
}

func TestADeliverysLife(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	putRules(t, db.Store, lions, rule(alert.WarStarted, "one"))
	raise(t, db.Store, lions, started(1))
	id := jobs(t, owner(t, db))[0].Delivery
	load := func() alert.Outgoing {
		t.Helper()
		d, err := db.Store.LoadDelivery(ctx, lions, id)
		must(t, err)
		return d
	}
	want := started(1)
	want.Faction = lions
	if diff := cmp.Diff(want, load().Alert); diff != "" {
		t.Errorf("the alert came back as (-want +got):\n%s", diff)
	}
	for i := 1; i <= 2; i++ {
		d, ok, err := db.Store.BeginAttempt(ctx, lions, id, 3, noon.Add(time.Duration(i)*time.Minute))
		must(t, err)
		if !ok || d.Attempts != i-1 || load().Attempts != i || !load().FirstAttempt.Equal(noon.Add(time.Minute)) {
			t.Errorf("attempt %d: taken %t after %d attempts, then %+v", i, ok, d.Attempts, load())
		}
	}
	must(t, db.Store.EndDelivery(ctx, bears, alert.Outgoing{ID: id}, "skipped", alert.Muted, noon))
	must(t, db.Store.MarkSent(ctx, bears, alert.Outgoing{ID: id}, "stolen", 0, noon))
	if d := load(); d.State != "pending" || d.MessageID != "" {
		t.Error("another faction marked our delivery")
	}
	must(t, db.Store.MarkSent(ctx, lions, load(), "message", 0, noon))
	if d := load(); d.State != "sent" || d.MessageID != "message" {
		t.Errorf("sent, the delivery is %+v", d)
	}
	must(t, db.Store.EndDelivery(ctx, lions, load(), "expired", alert.Expired, noon))
	if d := load(); d.State != "sent" {
		t.Errorf("what was sent became %s", d.State)
	}
	box, err := db.Store.Outbox(ctx, lions, noon)
	must(t, err)
	if fmt.Sprint(box) != "map[sent:1]" {
		t.Errorf("the outbox holds %v, want one sent", box)
	}
	_, err = db.Store.LoadDelivery(ctx, bears, id)
	wantKind(t, err, faction.NotFound)
	must(t, db.Store.DropRules(ctx, lions, []alert.Kind{alert.WarStarted}))
	if d := load(); d.Rule.ID != 0 {
		t.Errorf("the rule is gone, and the delivery still has %+v", d.Rule)
	}
}

func TestARestartFreesTheJobsItsPredecessorWasKilledIn(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.WarStarted, "one"))
	raise(t, db.Store, lions, started(1), started(2), started(3))
	for i, by := range []string{"me", "you"} {
		_, err := conn.Exec(t.Context(), `update river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = array['x', $1]
			where id = (select id from river_job order by id offset $2 limit 1)`, by, i)
		must(t, err)
	}
	n, err := db.Store.FreeJobs(t.Context(), "me")
	must(t, err)
	if n != 1 || count(t, conn, "select count(*) from river_job where state = 'available'") != 2 || count(t, conn, "select count(*) from river_job where state = 'running'") != 1 {
		t.Errorf("freed %d jobs, want the one of that name", n)
	}
	depth, err := db.Store.Depth(t.Context())
	must(t, err)
	if depth != 3 {
		t.Errorf("%d jobs wait or run, want 3", depth)
	}
}
