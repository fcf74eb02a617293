package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

// contents is every row of the tables that polls write, as text.
func contents(t *testing.T, conn *pgx.Conn) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{"poll_state", "attacks", "war_member_stats", "ranked_wars", "war_samples", "members", "positions",
		"chains", "war_reports", "war_report_members", "war_rewards", "factions", "alert_deliveries", "river_job"} {
		var text string
		must(t, conn.QueryRow(t.Context(), "select coalesce(string_agg(x::text, chr(10) order by x::text), '') from "+table+" x").Scan(&text))
		out[table] = text
	}
	return out
}

func TestAnOvertakenWriterWritesNothing(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	conn := owner(t, db)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	log(t, db.Store, lions, []war.War{w}, hit(1, 11, time.Minute, 500))
	must(t, db.Store.PutRules(ctx, lions, []alert.Rule{{Kind: alert.WarStarted, ChannelID: "c", Enabled: true}}, noon))

	late := map[feed.Name]feed.State{}
	for _, name := range feed.All() {
		late[name] = stateOf(t, db.Store, lions, name)
		st := late[name] // somebody else finishes first
		must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Progress: progress(st, noon)}))
	}
	before := contents(t, conn)

	st := late[feed.Attacks]
	p := page(t, db.Store, st, []war.War{w}, hit(1, 11, time.Minute, 900), hit(2, 12, time.Minute, 300))
	p.Ask, p.Final = &feed.Fill{From: noon, Due: noon}, []war.ID{1}
	p.Progress.Log.HeadID = 99
	if err := db.Store.SaveAttacks(ctx, &st, p); !errors.Is(err, store.ErrOvertaken) {
		t.Errorf("saving attacks gave %v, want ErrOvertaken", err)
	}
	if st != late[feed.Attacks] {
		t.Errorf("the refused writer's state moved to %+v", st)
	}
	st = late[feed.Front]
	err := db.Store.SaveUpdate(ctx, &st, feed.Update{
		Faction: &faction.Faction{ID: lions, Name: "Renamed"},
		Wars:    []war.War{{ID: 2, Start: noon, Us: w.Us, Them: w.Them, SeenAt: noon}}, Sample: &war.Sample{At: noon, Us: 1}, SampleOf: 1,
		Rosters:   map[faction.ID][]faction.Member{lions: {{ID: 11}}},
		Positions: []faction.Position{{Name: "x"}}, Chain: &chain.State{ID: 3, Start: noon},
		Report: &war.Report{War: 1, Sides: []war.ReportSide{{Faction: lions, Members: []war.ReportMember{{Player: 11}}}}},
		Alerts: []alert.Alert{started(1)}, Fill: &feed.Fill{From: noon, Due: noon},
		Hurry: map[feed.Name]time.Time{feed.Wars: noon.Add(-time.Hour)}, Progress: progress(st, noon.Add(time.Hour)),
	})
	if !errors.Is(err, store.ErrOvertaken) {
		t.Errorf("saving an update gave %v, want ErrOvertaken", err)
	}
	if err := db.Store.FailPoll(ctx, late[feed.Wars], noon, noon, "late"); !errors.Is(err, store.ErrOvertaken) {
		t.Errorf("recording a failure gave %v, want ErrOvertaken", err)
	}
	for table, text := range contents(t, conn) {
		if text != before[table] {
			t.Errorf("%s changed:\nbefore\n%s\nafter\n%s", table, before[table], text)
		}
	}
}

func TestEachTransactionOfARunRaisesTheFence(t *testing.T) {
	t.Parallel()
	db := opened(t)
	st := stateOf(t, db.Store, lions, feed.Attacks)
	for i := range 3 {
		p := feed.AttackPage{Progress: progress(st, noon)}
		p.Progress.Done = i == 2
		must(t, db.Store.SaveAttacks(t.Context(), &st, p))
		if got := stateOf(t, db.Store, lions, feed.Attacks); got.Generation != st.Generation {
			t.Fatalf("the row is at generation %d, the run at %d", got.Generation, st.Generation)
		}
	}
}

func TestARunThatGoesOnKeepsItsLease(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	got, err := db.Store.ClaimDue(ctx, "me", noon, lease, 100)
	must(t, err)
	for _, st := range got {
		if st.Feed != feed.Attacks || st.Faction != lions {
			continue
		}
		p := progress(st, noon)
		p.Done, p.NextDue = false, noon
		must(t, db.Store.SaveAttacks(ctx, &st, feed.AttackPage{Progress: p}))
		if now := stateOf(t, db.Store, lions, feed.Attacks); !now.LeaseUntil.Equal(noon.Add(lease)) || !now.LastSuccess.IsZero() {
			t.Errorf("in mid-run the feed is %+v; want the lease kept and no success yet", now)
		}
	}
}

func TestARequestToReadBackWhileAPageIsSavedIsNotLost(t *testing.T) {
	t.Parallel()
	from := noon.Add(-time.Hour)
	db := opened(t)
	ours := faction.ID(1000)
	for _, tc := range []struct {
		name          string
		was           feed.Fill // what is being read when the request comes
		progress, ask feed.Fill
	}{
		{"nothing was being read", feed.Fill{}, feed.Fill{}, feed.Fill{From: from, Due: noon}},
		{"the reading has just been finished", feed.Fill{From: from, Due: noon}, feed.Fill{}, feed.Fill{From: from.Add(-time.Hour), Due: noon}},
		{"the same stretch is asked for again", feed.Fill{From: from, Due: noon}, feed.Fill{}, feed.Fill{From: from, Due: noon}},
		{"a shorter stretch is asked for", feed.Fill{From: from, Due: noon}, feed.Fill{}, feed.Fill{From: from.Add(time.Minute), Due: noon}},
		{"the reading is under way", feed.Fill{From: from, To: noon, Due: noon}, feed.Fill{From: from, To: noon.Add(-time.Minute), Due: noon}, feed.Fill{From: from, Due: noon}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := t.Context()
			ours++
			register(t, db.Store, ours)
			st := stateOf(t, db.Store, ours, feed.Attacks)
			p := progress(st, noon)
			p.Log.Fill = tc.was
			must(t, db.Store.SaveAttacks(ctx, &st, feed.AttackPage{Progress: p}))

			must(t, db.Store.RequestFill(ctx, ours, tc.ask))
			p = progress(st, noon)
			p.Log.Fill = tc.progress
			must(t, db.Store.SaveAttacks(ctx, &st, feed.AttackPage{Progress: p}))

			got := stateOf(t, db.Store, ours, feed.Attacks).Log.Fill
			if got.From.IsZero() || got.From.After(tc.ask.From) || !got.To.IsZero() || got.Due.After(tc.ask.Due) {
				t.Errorf("to be read is %+v, want all since %s from the newest row on", got, tc.ask.From)
			}
		})
	}
}

func TestWhatARunItselfAsksForIsReadByTheNext(t *testing.T) {
	t.Parallel()
	db := opened(t)
	st := stateOf(t, db.Store, lions, feed.Attacks)
	ask := feed.Fill{From: noon.Add(-time.Hour), Due: noon}
	must(t, db.Store.SaveAttacks(t.Context(), &st, feed.AttackPage{Ask: &ask, Progress: progress(st, noon)}))
	st = stateOf(t, db.Store, lions, feed.Attacks)
	if st.Log.Fill != ask {
		t.Fatalf("to be read is %+v, want %+v", st.Log.Fill, ask)
	}
	p := progress(st, noon)
	p.Log.Fill.To = noon.Add(-time.Minute)
	must(t, db.Store.SaveAttacks(t.Context(), &st, feed.AttackPage{Progress: p}))
	if got := stateOf(t, db.Store, lions, feed.Attacks).Log; got != p.Log {
		t.Errorf("the log is at %+v, want %+v", got, p.Log)
	}
	p.Log.Fill = feed.Fill{}
	must(t, db.Store.SaveAttacks(t.Context(), &st, feed.AttackPage{Progress: p}))
	if got := stateOf(t, db.Store, lions, feed.Attacks).Log.Fill; got != (feed.Fill{}) {
		t.Errorf("to be read is %+v after all was read", got)
	}
}

func TestRequestsOfAnyKindAddUpAsTheRuleSays(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	want := feed.Fill{}
	for _, minutes := range []int{30, 10, 50} {
		ask := feed.Fill{From: noon.Add(-time.Duration(minutes) * time.Minute), Due: noon.Add(time.Duration(minutes) * time.Second)}
		want = want.Ask(ask.From, ask.Due)
		must(t, db.Store.RequestFill(ctx, lions, ask))
		if got := stateOf(t, db.Store, lions, feed.Attacks).Log.Fill; got != want {
			t.Fatalf("to be read is %+v, want %+v", got, want)
		}
	}
	st := stateOf(t, db.Store, lions, feed.Front)
	ask := feed.Fill{From: noon.Add(-time.Hour), Due: noon}
	want = want.Ask(ask.From, ask.Due)
	must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Fill: &ask, Progress: progress(st, noon)}))
	if got := stateOf(t, db.Store, lions, feed.Attacks).Log.Fill; got != want {
		t.Errorf("to be read is %+v, want %+v", got, want)
	}
}
