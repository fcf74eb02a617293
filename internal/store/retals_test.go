package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
	"consigliere/internal/war"
)

// onLions is a hit on us, so long after noon.
func onLions(id war.AttackID, by faction.PlayerID, after time.Duration) war.Attack {
	a := hit(id, 11, after, 300)
	a.Attacker, a.Defender = a.Defender, a.Attacker
	a.Attacker.ID = by
	return a
}

// readRetals stores attacks and what they make of retaliations, as the poll does it.
func readRetals(t *testing.T, s *store.Store, now time.Time, attacks ...war.Attack) {
	t.Helper()
	st := stateOf(t, s, lions, feed.Attacks)
	p := page(t, s, st, nil, attacks...)
	p.Progress.Now = now
	var scope war.RetalScope
	for _, a := range attacks {
		scope.Touch(a, lions)
	}
	rows, known, err := s.InRetalScope(t.Context(), lions, scope)
	must(t, err)
	p.Retals = scope.Changes(append(rows, attacks...), known, lions, nil, now)
	for i, c := range p.Retals {
		if c.Was == "" {
			seen, err := s.RetalTargets(t.Context(), lions, []faction.PlayerID{c.Target.ID}, now.Add(-5*time.Minute))
			must(t, err)
			p.Retals[i].Seen = seen[c.Target.ID]
		}
	}
	news := feed.RetalNews(p.Retals, now)
	p.Alerts, p.Settled = news.Alerts, news.Settled
	must(t, s.SaveAttacks(t.Context(), &st, p))
}

// deliver has Discord take an alert.
func deliver(t *testing.T, s *store.Store, j alert.Job) {
	t.Helper()
	d, err := s.LoadDelivery(t.Context(), j.Faction, j.Delivery)
	must(t, err)
	must(t, s.MarkSent(t.Context(), j.Faction, d, "m1", 0, noon))
}

func oneRetal(t *testing.T, db storetest.DB) war.Retal {
	t.Helper()
	list, err := db.Store.Retals(t.Context(), lions, 0, noon.Add(-time.Hour))
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d retaliations, want one: %+v", len(list), list)
	}
	return list[0]
}

func TestARetaliationComesBackAsItWasFolded(t *testing.T) {
	t.Parallel()
	db := opened(t)
	st := stateOf(t, db.Store, lions, feed.Front)
	must(t, db.Store.SaveUpdate(t.Context(), &st, feed.Update{Progress: progress(st, noon), Rosters: map[faction.ID][]faction.Member{
		lions: {{ID: 11, Name: "Ours", Level: 50}},
		bears: {{ID: 900, Name: "Theirs", Level: 60, Status: faction.Status{State: faction.StateHospital, Description: "In hospital", Until: noon.Add(time.Hour)}}},
	}}))
	var past []war.Attack
	for i, ff := range []float64{3, 1, 2.5} {
		a := hit(war.AttackID(100+i), 11, -time.Duration(i+1)*time.Hour, 100)
		a.Modifiers.FairFight = ff
		past = append(past, a)
	}
	lost := hit(110, 11, -time.Hour, 0)
	lost.Result, lost.Modifiers.FairFight = war.Lost, 1
	log(t, db.Store, lions, nil, append(past, lost)...)
	readRetals(t, db.Store, noon.Add(65*time.Second), onLions(1, 900, time.Minute))
	want := war.Retals([]war.Attack{onLions(1, 900, time.Minute)}, lions, nil, noon.Add(65*time.Second))[0]
	want.Seen = war.RetalSeen{Status: faction.Status{State: faction.StateHospital, Description: "In hospital", Until: noon.Add(time.Hour)}, FairFight: 2.5, Hits: 3}
	got := oneRetal(t, db)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(war.RetalSeen{}, "StatusAt")); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if got.Seen.StatusAt.IsZero() {
		t.Error("nobody knows how old the target's state is")
	}
	// What a roster showed in a war of weeks ago tells nothing of now.
	old, err := db.Store.RetalTargets(t.Context(), lions, []faction.PlayerID{900}, got.Seen.StatusAt.Add(time.Second))
	must(t, err)
	if s := old[900]; s.Status != (faction.Status{}) || !s.StatusAt.IsZero() || s.Hits != 3 {
		t.Errorf("an old roster gives %+v, want only how fair our hits were", s)
	}
	answer := hit(2, 11, 108*time.Second, 200)
	answer.Modifiers.Retaliation = 1.5
	readRetals(t, db.Store, noon.Add(2*time.Minute), answer)
	got = oneRetal(t, db)
	if got.State != war.RetalTaken || got.Answer.By.ID != 11 || got.Took() != 48*time.Second || got.Seen.Hits != 3 {
		t.Errorf("when it is taken it is %+v", got)
	}
	if list, err := db.Store.Retals(t.Context(), bears, 0, noon.Add(-time.Hour)); err != nil || len(list) != 0 {
		t.Errorf("another faction sees %+v (%v)", list, err)
	}
}

func TestOfTwoWhoClaimAtOnceOneHoldsIt(t *testing.T) {
	t.Parallel()
	db := opened(t)
	readRetals(t, db.Store, noon.Add(65*time.Second), onLions(1, 900, time.Minute))
	var wg sync.WaitGroup
	holds := make([]faction.PlayerID, 8)
	for i := range holds {
		wg.Go(func() {
			r, err := db.Store.ClaimRetal(t.Context(), lions, 1, faction.PlayerID(20+i), noon.Add(70*time.Second))
			if err != nil {
				t.Error(err)
			}
			holds[i] = r.Claim.By
		})
	}
	wg.Wait()
	for _, by := range holds {
		if by == 0 || by != holds[0] {
			t.Fatalf("they were told that it is held by %v", holds)
		}
	}
	claim := func(by faction.PlayerID, after time.Duration) (faction.PlayerID, error) {
		r, err := db.Store.ClaimRetal(t.Context(), lions, 1, by, noon.Add(after))
		return r.Claim.By, err
	}
	for _, step := range []struct {
		name  string
		by    faction.PlayerID
		after time.Duration
		want  faction.PlayerID
	}{
		{"its holder gives it back", holds[0], 80 * time.Second, 0},
		{"then another takes it", 40, 81 * time.Second, 40},
		{"nobody takes it from them", 41, 82 * time.Second, 40},
		{"but when two minutes are over", 41, 81*time.Second + war.RetalClaimFor, 41},
	} {
		if got, err := claim(step.by, step.after); err != nil || got != step.want {
			t.Errorf("%s: held by %d (%v), want %d", step.name, got, err, step.want)
		}
	}
	if _, err := claim(41, time.Minute+war.RetalWindow); faction.KindOf(err) != faction.Conflict {
		t.Errorf("after its time: %v", err)
	}
	for id, attack := range map[faction.ID]war.AttackID{bears: 1, lions: 7} {
		if _, err := db.Store.ClaimRetal(t.Context(), id, attack, 40, noon.Add(80*time.Second)); faction.KindOf(err) != faction.NotFound {
			t.Errorf("attack %d of faction %d: %v, want it not found", attack, id, err)
		}
	}
}

func TestTheMessageOfARetaliationSaysHowItStands(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"), rule(alert.RetalTaken, "one"), rule(alert.RetalTaken, "two"), rule(alert.RetalExpired, "one"))
	now := noon.Add(65 * time.Second)
	readRetals(t, db.Store, now, onLions(1, 900, time.Minute))
	sent := jobs(t, conn)
	if len(sent) != 1 {
		t.Fatalf("jobs are %+v, want one", sent)
	}
	deliver(t, db.Store, sent[0])
	data := func() alert.RetalData {
		t.Helper()
		d, err := db.Store.LoadDelivery(t.Context(), lions, sent[0].Delivery)
		must(t, err)
		return *d.Alert.Data.Retal
	}
	edits := func() int64 { return count(t, conn, "select count(*) from river_job where kind = 'alert_edit'") }
	if _, err := db.Store.ClaimRetal(t.Context(), lions, 1, 11, now); err != nil || data().Claimed == nil || edits() != 1 {
		t.Fatalf("claimed (%v), it says %+v after %d edits", err, data(), edits())
	}
	readRetals(t, db.Store, noon.Add(time.Minute+war.RetalWindow))
	if d := data(); d.Outcome != "expired" || d.Claimed != nil || edits() != 2 {
		t.Errorf("expired, it says %+v after %d edits", d, edits())
	}
	late := hit(2, 11, 108*time.Second, 200)
	late.Modifiers.Retaliation = 1.5
	readRetals(t, db.Store, noon.Add(8*time.Minute), late)
	if d := data(); d.Outcome != "taken" || d.After != 48 || edits() != 3 {
		t.Errorf("taken after all, it says %+v after %d edits", d, edits())
	}
	readRetals(t, db.Store, noon.Add(8*time.Minute), late)
	if edits() != 3 {
		t.Error("what did not change is edited again")
	}
	var told []string
	rows, err := conn.Query(t.Context(), "select kind || ' ' || channel_id || ' ' || state from alert_deliveries order by delivery_id")
	must(t, err)
	for rows.Next() {
		var s string
		must(t, rows.Scan(&s))
		told = append(told, s)
	}
	if got := strings.Join(told, ", "); got != "retal.open one sent, retal.expired one skipped" {
		t.Errorf("told: %s; what is minutes old is no news, and a channel is told once", got)
	}
}

func TestATakenRetaliationIsToldWhereItWasNotAnnounced(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"), rule(alert.RetalTaken, "one"), rule(alert.RetalTaken, "two"))
	readRetals(t, db.Store, noon.Add(65*time.Second), onLions(1, 900, time.Minute))
	deliver(t, db.Store, jobs(t, conn)[0])
	answer := hit(2, 11, 108*time.Second, 200)
	answer.Modifiers.Retaliation = 1.5
	readRetals(t, db.Store, noon.Add(110*time.Second), answer)
	if n := count(t, conn, "select count(*) from alert_deliveries where kind = 'retal.taken' and channel_id = 'two' and state = 'pending'"); n != 1 {
		t.Errorf("%d messages to the channel that was not told of it, want one", n)
	}
	if n := count(t, conn, "select count(*) from alert_deliveries where kind = 'retal.taken' and channel_id = 'one' and state = 'skipped'"); n != 1 {
		t.Errorf("the channel whose message is edited gets %d messages withheld, want one", n)
	}
}

func TestARetaliationGoesWithTheAttackItIsAbout(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	readRetals(t, db.Store, noon.Add(65*time.Second), onLions(1, 900, time.Minute))
	if _, err := db.Store.SetRetention(t.Context(), lions, faction.Retention{Attacks: 30}); err != nil {
		t.Fatal(err)
	}
	left := func() int64 { return count(t, conn, "select count(*) from retals") }
	_, err := db.Store.Prune(t.Context(), lions, noon.AddDate(0, 0, 40))
	must(t, err)
	if left() != 1 {
		t.Fatal("it is gone while its attack is kept")
	}
	if _, err := conn.Exec(t.Context(), "delete from attacks"); err != nil {
		t.Fatal(err)
	}
	_, err = db.Store.Prune(t.Context(), lions, noon.AddDate(0, 0, 40))
	must(t, err)
	if left() != 0 {
		t.Error("it outlives its attack")
	}
}

func TestAForgottenPlayerIsInNoMessageAboutARetaliation(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"))
	readRetals(t, db.Store, noon.Add(65*time.Second), onLions(1, 900, time.Minute))
	deliver(t, db.Store, jobs(t, conn)[0])
	if _, err := db.Store.ClaimRetal(t.Context(), lions, 1, 11, noon.Add(70*time.Second)); err != nil {
		t.Fatal(err)
	}
	named := func() int64 {
		return count(t, conn, "select count(*) from alert_deliveries where payload::text like '%Ours%'")
	}
	if named() != 1 {
		t.Fatal("the message does not name who was hit")
	}
	_, err := db.Store.ErasePlayer(t.Context(), 11, noon.Add(time.Hour))
	must(t, err)
	if named() != 0 {
		t.Error("a message still names them")
	}
	if n := count(t, conn, "select count(*) from retals where claimed_by = 11"); n != 0 {
		t.Error("a claim still bears their number")
	}
}
