package store_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

// retal is an alert about a retaliation, worded by its note.
func retal(kind alert.Kind, id int64, note string) alert.Alert {
	return alert.Alert{Kind: kind, Subject: alert.Subject("retal", id), Stage: "open", At: noon, Data: alert.Data{Note: note}}
}

func settle(t *testing.T, s *store.Store, id faction.ID, also []alert.Alert, all ...alert.Settled) {
	t.Helper()
	st := stateOf(t, s, id, feed.Front)
	must(t, s.SaveUpdate(t.Context(), &st, feed.Update{Alerts: also, Settled: all, Progress: progress(st, noon)}))
}

func settledAs(a alert.Alert) alert.Settled {
	return alert.Settled{Ref: alert.Ref{Kind: a.Kind, Subject: a.Subject, Stage: a.Stage}, Alert: a}
}

// edits lists the deliveries whose messages are to be edited, once for each job.
func edits(t *testing.T, conn *pgx.Conn) []int64 {
	t.Helper()
	rows, err := conn.Query(t.Context(), "select (args->>'delivery_id')::bigint from river_job where kind = 'alert_edit' order by id")
	must(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	must(t, err)
	return out
}

func loaded(t *testing.T, s *store.Store, id faction.ID, delivery int64) alert.Outgoing {
	t.Helper()
	d, err := s.LoadDelivery(t.Context(), id, delivery)
	must(t, err)
	return d
}

// send takes a delivery as the worker does, and records it as sent.
func send(t *testing.T, s *store.Store, id faction.ID, delivery int64) alert.Outgoing {
	t.Helper()
	d, ok, err := s.BeginAttempt(t.Context(), id, delivery, 3, noon)
	must(t, err)
	if !ok {
		t.Fatalf("delivery %d cannot be taken", delivery)
	}
	must(t, s.MarkSent(t.Context(), id, d, "message", 0, noon))
	return d
}

func TestWhatIsSettledIsEditedWhereItWasSentAndNotSentWhereItWaits(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"), rule(alert.RetalOpen, "two"))
	putRules(t, db.Store, bears, rule(alert.RetalOpen, "three"))
	raise(t, db.Store, lions, retal(alert.RetalOpen, 1, "open"), retal(alert.RetalOpen, 2, "other"))
	raise(t, db.Store, bears, retal(alert.RetalOpen, 1, "theirs"))
	all := jobs(t, conn) // 1 and 2: the first matter in both channels
	sent, waiting, other, theirs := all[0].Delivery, all[1].Delivery, all[2].Delivery, all[4]
	send(t, db.Store, lions, sent)
	taken := settledAs(retal(alert.RetalOpen, 1, "taken"))
	settle(t, db.Store, lions, nil, taken)
	settle(t, db.Store, lions, nil, taken) // told again, it changes nothing
	if d := loaded(t, db.Store, lions, sent); d.State != "sent" || d.Alert.Data.Note != "taken" || !d.Outdated() {
		t.Errorf("the message that was sent stands for %+v, want the new words, not yet shown", d)
	}
	if d := loaded(t, db.Store, lions, waiting); d.State != "skipped" || d.Reason != string(alert.IsSettled) {
		t.Errorf("what waited is %s (%s), want skipped because it is settled", d.State, d.Reason)
	}
	if d := loaded(t, db.Store, lions, other); d.State != "pending" || d.Alert.Data.Note != "other" {
		t.Errorf("another matter is %s with %q", d.State, d.Alert.Data.Note)
	}
	if d := loaded(t, db.Store, theirs.Faction, theirs.Delivery); d.State != "pending" || d.Alert.Data.Note != "theirs" {
		t.Errorf("another faction's is %s with %q", d.State, d.Alert.Data.Note)
	}
	if got := edits(t, conn); len(got) != 1 || got[0] != sent {
		t.Errorf("to be edited are %v, want only %d, once", got, sent)
	}
}

func TestAMessageUnderWayWhenItsMatterIsSettledIsEditedRightAfter(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"))
	raise(t, db.Store, lions, retal(alert.RetalOpen, 1, "open"))
	id := jobs(t, conn)[0].Delivery
	d, ok, err := db.Store.BeginAttempt(t.Context(), lions, id, 3, noon)
	if err != nil || !ok {
		t.Fatalf("taken %t (%v)", ok, err)
	}
	settle(t, db.Store, lions, nil, settledAs(retal(alert.RetalOpen, 1, "taken")))
	must(t, db.Store.MarkSent(t.Context(), lions, d, "message", 0, noon))
	if got := edits(t, conn); len(got) != 1 || got[0] != id {
		t.Errorf("to be edited are %v, want %d", got, id)
	}
	now := loaded(t, db.Store, lions, id)
	must(t, db.Store.MarkShown(t.Context(), lions, now))
	if now = loaded(t, db.Store, lions, id); now.Outdated() {
		t.Error("after the edit the message still counts as outdated")
	}
}

func TestARetryThatFindsAnEarlierMessageIsEditedToBeSure(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"))
	raise(t, db.Store, lions, retal(alert.RetalOpen, 1, "open"))
	id := jobs(t, conn)[0].Delivery
	_, _, err := db.Store.BeginAttempt(t.Context(), lions, id, 3, noon) // its answer is lost
	must(t, err)
	settle(t, db.Store, lions, nil, settledAs(retal(alert.RetalOpen, 1, "taken")))
	send(t, db.Store, lions, id)
	if got := edits(t, conn); len(got) != 1 {
		t.Errorf("to be edited are %v, want the one message whose words are uncertain", got)
	}
}

func TestAnAttemptThatSurelySentNothingCanBeSettled(t *testing.T) {
	t.Parallel()
	db := opened(t)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"))
	raise(t, db.Store, lions, retal(alert.RetalOpen, 1, "open"))
	id := jobs(t, owner(t, db))[0].Delivery
	_, _, err := db.Store.BeginAttempt(t.Context(), lions, id, 3, noon)
	must(t, err)
	settle(t, db.Store, lions, nil, settledAs(retal(alert.RetalOpen, 1, "taken")))
	must(t, db.Store.ReleaseAttempt(t.Context(), lions, id, time.Time{}))
	if dec := loaded(t, db.Store, lions, id).Decide(noon); dec.Reason != alert.IsSettled {
		t.Errorf("it would be sent: %+v", dec)
	}
}

func TestAMatterThatGoesOnIsSentWithItsNewWords(t *testing.T) {
	t.Parallel()
	db := opened(t)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"))
	raise(t, db.Store, lions, retal(alert.RetalOpen, 1, "open"))
	claimed := settledAs(retal(alert.RetalOpen, 1, "claimed"))
	claimed.GoesOn = true
	settle(t, db.Store, lions, nil, claimed)
	d := loaded(t, db.Store, lions, jobs(t, owner(t, db))[0].Delivery)
	if d.State != "pending" || d.Alert.Data.Note != "claimed" || !d.Decide(noon).Send {
		t.Errorf("it is %s with %q, %+v", d.State, d.Alert.Data.Note, d.Decide(noon))
	}
}

func TestAnEndIsToldByEditWhereItsBeginningWasAndAnewElsewhere(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"), rule(alert.RetalTaken, "one"), rule(alert.RetalTaken, "two"))
	raise(t, db.Store, lions, retal(alert.RetalOpen, 1, "open"))
	send(t, db.Store, lions, jobs(t, conn)[0].Delivery)
	taken := retal(alert.RetalTaken, 1, "taken")
	taken.Follows = alert.Ref{Kind: alert.RetalOpen, Subject: taken.Subject}
	settle(t, db.Store, lions, []alert.Alert{taken}, settledAs(retal(alert.RetalOpen, 1, "taken")))
	all := jobs(t, conn)
	if len(all) != 2 {
		t.Fatalf("jobs are %v, want the opening and one end in the other channel", all)
	}
	if d := loaded(t, db.Store, lions, all[1].Delivery); d.Channel != "two" {
		t.Errorf("the end is told anew in %q, want only where the opening was not", d.Channel)
	}
	if n := count(t, conn, "select count(*) from alert_deliveries where reason = 'told-by-edit'"); n != 1 {
		t.Errorf("%d ends are told by edit, want one on record", n)
	}
	// Where the opening was never sent, there is no message to say it.
	raise(t, db.Store, lions, retal(alert.RetalOpen, 2, "open"))
	late := retal(alert.RetalTaken, 2, "taken")
	late.Follows = alert.Ref{Kind: alert.RetalOpen, Subject: late.Subject}
	settle(t, db.Store, lions, []alert.Alert{late}, settledAs(retal(alert.RetalOpen, 2, "taken")))
	if n := count(t, conn, "select count(*) from alert_deliveries where kind = 'retal.taken' and subject = 'retal:2' and state = 'pending'"); n != 2 {
		t.Errorf("%d ends are on their way, want both", n)
	}
}

func TestManyThatWaitForOnePlaceGoOutAsOneMessage(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"), rule(alert.RetalOpen, "two"))
	for n := range 5 {
		a := retal(alert.RetalOpen, int64(n+1), "open")
		a.ExpiresAt = noon.Add(time.Duration(60-n) * time.Second) // the last one is the most urgent
		raise(t, db.Store, lions, a)
	}
	all := jobs(t, conn)
	first := all[0].Delivery
	d, ok, err := db.Store.BeginAttempt(ctx, lions, first, 3, noon)
	if err != nil || !ok || len(d.Grouped) != 4 {
		t.Fatalf("taken %t with %d others (%v), want the other four of its channel", ok, len(d.Grouped), err)
	}
	for i, g := range d.Grouped {
		if g.Channel != d.Channel || g.Subject != alert.Subject("retal", int64(5-i)) {
			t.Errorf("beside it stands %s in %s; the most urgent should come first", g.Subject, g.Channel)
		}
	}
	if _, ok, err := db.Store.BeginAttempt(ctx, lions, d.Grouped[0].ID, 3, noon); err != nil || ok {
		t.Errorf("one of the others can be sent by itself as well (%v)", err)
	}
	must(t, db.Store.MarkSent(ctx, lions, d, "message", 0, noon))
	if n := count(t, conn, "select count(*) from alert_deliveries where state = 'sent' and message_id = 'message'"); n != 5 {
		t.Errorf("%d deliveries became the message, want 5", n)
	}
	settle(t, db.Store, lions, nil, settledAs(retal(alert.RetalOpen, 3, "taken")))
	if d = loaded(t, db.Store, lions, first); !d.Outdated() {
		t.Error("one matter of the message is settled, and the message counts as up to date")
	}
	must(t, db.Store.MarkShown(ctx, lions, d))
	if d = loaded(t, db.Store, lions, first); d.Outdated() {
		t.Error("edited, the message counts as outdated")
	}
}

func TestAFewThatWaitGoOutOneByOne(t *testing.T) {
	t.Parallel()
	db := opened(t)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"))
	for n := range 3 {
		raise(t, db.Store, lions, retal(alert.RetalOpen, int64(n+1), "open"))
	}
	id := jobs(t, owner(t, db))[0].Delivery
	d, ok, err := db.Store.BeginAttempt(t.Context(), lions, id, 3, noon)
	if err != nil || !ok || len(d.Grouped) != 0 {
		t.Errorf("taken %t with %d others (%v), want alone", ok, len(d.Grouped), err)
	}
	must(t, db.Store.ReleaseAttempt(t.Context(), lions, id, time.Time{}))
	// Where the channel takes no more at present, two are company enough.
	d, ok, err = db.Store.BeginAttempt(t.Context(), lions, id, 1, noon)
	if err != nil || !ok || len(d.Grouped) != 2 {
		t.Errorf("taken %t with %d others (%v), want both", ok, len(d.Grouped), err)
	}
}

func TestAClaimOfOneAmongManyIsEditedIntoTheMessageThatTheyShare(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	putRules(t, db.Store, lions, rule(alert.RetalOpen, "one"))
	at := noon.Add(65 * time.Second)
	for i := range 6 {
		readRetals(t, db.Store, at, onLions(war.AttackID(1+i), faction.PlayerID(900+i), time.Minute))
	}
	first := jobs(t, conn)[0].Delivery
	d, ok, err := db.Store.BeginAttempt(t.Context(), lions, first, 3, at)
	if err != nil || !ok || len(d.Grouped) != 5 {
		t.Fatalf("%d stand in the message with the first (%v, %t)", len(d.Grouped), err, ok)
	}
	// One is claimed while the message is on its way, one after it.
	_, err = db.Store.ClaimRetal(t.Context(), lions, 3, 11, at)
	must(t, err)
	must(t, db.Store.MarkSent(t.Context(), lions, d, "message", 0, at))
	if got := edits(t, conn); len(got) != 1 || got[0] != first {
		t.Fatalf("the message lacks the claim, and %v are edited", got)
	}
	must(t, db.Store.MarkShown(t.Context(), lions, loaded(t, db.Store, lions, first)))
	_, err = db.Store.ClaimRetal(t.Context(), lions, 5, 12, at)
	must(t, err)
	out := loaded(t, db.Store, lions, first)
	claimed := map[int64]faction.PlayerID{}
	for _, o := range append([]alert.Outgoing{out}, out.Grouped...) {
		if c := o.Alert.Data.Retal.Claimed; c != nil {
			claimed[o.Alert.Data.Retal.Attack] = c.ID
		}
	}
	if len(edits(t, conn)) != 2 || !out.Outdated() || len(claimed) != 2 || claimed[3] != 11 || claimed[5] != 12 {
		t.Errorf("edits of %v, outdated %t, claimed %v", edits(t, conn), out.Outdated(), claimed)
	}
}

func TestAnEndIsToldWhereItsBeginningMayNotHaveArrived(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	for _, k := range []alert.Kind{alert.RetalOpen, alert.RetalTaken} {
		_, err := db.Store.AddRule(t.Context(), lions, alert.Rule{Kind: k, WebhookID: "5", Sealed: []byte{1}, Enabled: true}, noon)
		must(t, err)
	}
	raise(t, db.Store, lions, retal(alert.RetalOpen, 1, "open"))
	must(t, db.Store.EndDelivery(t.Context(), lions, loaded(t, db.Store, lions, jobs(t, conn)[0].Delivery), "unknown", alert.AnswerLost, noon))
	taken := retal(alert.RetalTaken, 1, "taken")
	taken.Follows = alert.Ref{Kind: alert.RetalOpen, Subject: taken.Subject}
	settle(t, db.Store, lions, []alert.Alert{taken}, settledAs(retal(alert.RetalOpen, 1, "taken")))
	if n := count(t, conn, "select count(*) from alert_deliveries where kind = 'retal.taken' and state = 'pending'"); n != 1 {
		t.Errorf("%d ends are on their way, want one: nothing says it in the place of the other", n)
	}
}
