package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/audit"
	"consigliere/internal/faction"
	"consigliere/internal/store/storetest"
	"consigliere/migrations"
)

// dial opens a connection that ends with the test.
func dial(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func perform(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// logged is a database in which lions' log has n entries.
func logged(t *testing.T, n int) storetest.DB {
	t.Helper()
	db := opened(t)
	for i := 1; i <= n; i++ {
		must(t, db.Store.Audit(t.Context(), lions, entry(i)))
	}
	return db
}

func entry(i int) faction.AuditEntry {
	return faction.AuditEntry{
		At: noon.Add(time.Duration(i)*time.Minute + time.Duration(i)*1001*time.Nanosecond), Actor: faction.PlayerID(i), Action: "test",
		Outcome: "done", Body: map[string]any{"i": i, "words": "Zoë \"<&>\" 漢字\n"}, CorrelationID: fmt.Sprintf("ref-%d", i),
	}
}

func verdict(t *testing.T, db storetest.DB, id faction.ID) audit.Verdict {
	t.Helper()
	v, err := db.Store.VerifyAudit(t.Context(), id)
	must(t, err)
	return v
}

func TestAWholeChainIsWhole(t *testing.T) {
	t.Parallel()
	db := logged(t, 12)
	v := verdict(t, db, lions)
	if !v.Whole() || v.Entries != 12 || v.Head.N != 12 || v.Head.Hash == (audit.Hash{}) {
		t.Errorf("got %+v %+v", v, v.Broken)
	}
	for _, id := range []faction.ID{bears, 0} {
		if v := verdict(t, db, id); !v.Whole() || v.Entries != 0 || v.Head.N != 0 {
			t.Errorf("an empty chain gives %+v", v)
		}
	}
}

func TestAChainLongerThanABatchIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	perform(t, conn, `insert into audit_log (faction_id, at, actor_id, action, outcome, body)
		select $1, $2, g, 'test', 'done', '{}' from generate_series(1, 2500) g`, lions, noon)
	if v := verdict(t, db, lions); !v.Whole() || v.Entries != 2500 {
		t.Errorf("got %+v %+v", v, v.Broken)
	}
	perform(t, conn, "set session_replication_role = replica")
	perform(t, conn, "update audit_log set body = '[]' where seq = (select seq from audit_chain where n = 2000)")
	if v := verdict(t, db, lions); v.Whole() || v.Broken.N != 2000 || v.Broken.Fault != audit.Changed {
		t.Errorf("got %+v", v.Broken)
	}
}

func TestTamperingIsNamedAtItsRow(t *testing.T) {
	t.Parallel()
	const lion = " and faction_id = 101"
	for _, tc := range []struct {
		name string
		sql  []string
		want audit.Broken
	}{
		{"a body", []string{`update audit_log set body = replace(body, '5', '6') where seq = 5` + lion}, audit.Broken{Fault: audit.Changed, N: 5, Seq: 5}},
		{"one blank in a body", []string{`update audit_log set body = body || ' ' where seq = 1` + lion}, audit.Broken{Fault: audit.Changed, N: 1, Seq: 1}},
		{"a time by a microsecond", []string{`update audit_log set at = at + interval '1 microsecond' where seq = 4` + lion}, audit.Broken{Fault: audit.Changed, N: 4, Seq: 4}},
		{"an actor", []string{`update audit_log set actor_id = 99 where seq = 10` + lion}, audit.Broken{Fault: audit.Changed, N: 10, Seq: 10}},
		{"an action", []string{`update audit_log set action = 'tes' where seq = 6` + lion}, audit.Broken{Fault: audit.Changed, N: 6, Seq: 6}},
		{"an outcome", []string{`update audit_log set outcome = 'denied' where seq = 6` + lion}, audit.Broken{Fault: audit.Changed, N: 6, Seq: 6}},
		{"a correlation id", []string{`update audit_log set correlation_id = '' where seq = 6` + lion}, audit.Broken{Fault: audit.Changed, N: 6, Seq: 6}},
		{"two rows changed", []string{`update audit_log set body = '{}' where seq in (7, 3)` + lion}, audit.Broken{Fault: audit.Changed, N: 3, Seq: 3}},
		{"a hash", []string{`update audit_chain set hash = sha256('x') where n = 5` + lion}, audit.Broken{Fault: audit.Changed, N: 5, Seq: 5}},
		{"a hash cut short", []string{`update audit_chain set hash = '\x01' where n = 5` + lion}, audit.Broken{Fault: audit.Changed, N: 5, Seq: 5}},
		{"an entry deleted from the middle", []string{`delete from audit_log where seq = 5` + lion}, audit.Broken{Fault: audit.Missing, N: 5, Seq: 5}},
		{"an entry and its link deleted", []string{`delete from audit_log where seq = 5` + lion, `delete from audit_chain where n = 5` + lion}, audit.Broken{Fault: audit.Missing, N: 5}},
		{"the first entry and its link deleted", []string{`delete from audit_log where seq = 1` + lion, `delete from audit_chain where n = 1` + lion}, audit.Broken{Fault: audit.Missing, N: 1}},
		{"the link alone deleted", []string{`delete from audit_chain where n = 5` + lion}, audit.Broken{Fault: audit.Missing, N: 5}},
		{"entries deleted from the end", []string{`delete from audit_log where seq >= 9` + lion}, audit.Broken{Fault: audit.Missing, N: 9, Seq: 9}},
		{"the end deleted with its links", []string{`delete from audit_log where seq >= 9` + lion, `delete from audit_chain where n >= 9` + lion}, audit.Broken{Fault: audit.Truncated, N: 9, Other: 10}},
		{"everything but the head deleted", []string{`delete from audit_log where true` + lion, `delete from audit_chain where true` + lion}, audit.Broken{Fault: audit.Truncated, N: 1, Other: 10}},
		{"the head set back", []string{`update audit_heads set n = 8, hash = (select hash from audit_chain where n = 8` + lion + `) where true` + lion}, audit.Broken{Fault: audit.Inserted, N: 9}},
		{"the head's hash", []string{`update audit_heads set hash = sha256('x') where true` + lion}, audit.Broken{Fault: audit.WrongHead, N: 10}},
		{"the head deleted", []string{`delete from audit_heads where true` + lion}, audit.Broken{Fault: audit.Inserted, N: 1}},
		{"two bodies exchanged", []string{`update audit_log a set body = b.body, at = b.at, actor_id = b.actor_id, correlation_id = b.correlation_id
			from audit_log b where a.faction_id = 101 and b.faction_id = 101 and (a.seq, b.seq) in ((3, 8), (8, 3))`}, audit.Broken{Fault: audit.Reordered, N: 3, Seq: 3, Other: 8}},
		{"two links exchanged", []string{`update audit_chain set seq = 11 - seq where n in (3, 8)` + lion}, audit.Broken{Fault: audit.Reordered, N: 3, Seq: 8, Other: 8}},
		{"two places exchanged", []string{
			`update audit_chain set n = -n where n in (4, 5)` + lion, `update audit_chain set n = 9 + n where n in (-4, -5)` + lion,
		}, audit.Broken{Fault: audit.Reordered, N: 4, Seq: 5, Other: 5}},
		{"an entry inserted beside the chain", []string{`insert into audit_log (faction_id, seq, at, actor_id, action, outcome, body)
			overriding system value values (101, 77, now(), 1, 'test', 'done', '{}')`}, audit.Broken{Fault: audit.Inserted, Seq: 77}},
		{"an entry inserted into the chain", []string{
			`insert into audit_log (faction_id, seq, at, actor_id, action, outcome, body) overriding system value values (101, 77, now(), 1, 'test', 'done', '{}')`,
			`update audit_chain set n = -n - 1 where n >= 5` + lion, `update audit_chain set n = -n where n < 0` + lion,
			`insert into audit_chain values (101, 5, 77, sha256('x'))`,
		}, audit.Broken{Fault: audit.Inserted, N: 5, Seq: 77}},
		{"an entry appended by hand", []string{
			`insert into audit_log (faction_id, seq, at, actor_id, action, outcome, body) overriding system value values (101, 77, now(), 1, 'test', 'done', '{}')`,
			`insert into audit_chain values (101, 11, 77, sha256('x'))`,
		}, audit.Broken{Fault: audit.Changed, N: 11, Seq: 77}},
		{"another faction's entry", []string{`insert into audit_log select 101, 77, at, actor_id, action, outcome, body, correlation_id from audit_log where faction_id = 101 and seq = 5`,
			`delete from audit_log where seq = 5` + lion, `update audit_chain set seq = 77 where n = 5` + lion}, audit.Broken{Fault: audit.Changed, N: 5, Seq: 77}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			db := logged(t, 10)
			conn := owner(t, db)
			perform(t, conn, "set session_replication_role = replica") // no triggers
			for _, stmt := range tc.sql {
				stmt = strings.Replace(stmt, "insert into audit_log select", "insert into audit_log overriding system value select", 1)
				perform(t, conn, stmt)
			}
			v := verdict(t, db, lions)
			if v.Whole() || *v.Broken != tc.want {
				t.Errorf("got %+v, want %+v", v.Broken, tc.want)
			}
		})
	}
}

func TestWhatWasLoggedBeforeThereWasAChainIsChained(t *testing.T) {
	t.Parallel()
	db := logged(t, 5)
	conn := owner(t, db)
	must(t, db.Store.Audit(t.Context(), bears, entry(1)))
	before := verdict(t, db, lions)
	up, down := migration(t, "0009_audit.sql")
	perform(t, conn, down)
	perform(t, conn, up)
	if v := verdict(t, db, lions); !v.Whole() || v != before {
		t.Errorf("chained again it is %+v %+v, was %+v", v, v.Broken, before)
	}
	must(t, db.Store.Audit(t.Context(), lions, entry(6)))
	for id, want := range map[faction.ID]int64{lions: 6, bears: 1} {
		if v := verdict(t, db, id); !v.Whole() || v.Entries != want {
			t.Errorf("faction %d: %+v %+v, want %d entries", id, v, v.Broken, want)
		}
	}
}

func TestFiftyWritersAtOnceMakeOneChain(t *testing.T) {
	t.Parallel()
	db := opened(t)
	const writers, each = 50, 4
	var wg sync.WaitGroup
	errs := make(chan error, writers*each)
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				e := entry(i)
				e.Actor = faction.PlayerID(w)
				errs <- db.Store.Audit(t.Context(), lions, e)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		must(t, err)
	}
	if v := verdict(t, db, lions); !v.Whole() || v.Entries != writers*each {
		t.Errorf("got %+v %+v", v, v.Broken)
	}
}

func TestWritersDoNotWaitForEachOtherBeforeTheyCommit(t *testing.T) {
	t.Parallel()
	db := logged(t, 1)
	ctx := t.Context()
	// The first writer's transaction stays open; the other one's begins later and ends first.
	err := db.Store.Faction(ctx, lions, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into audit_log (faction_id, at, actor_id, action, outcome, body) values ($1, $2, 1, 'slow', 'done', '{}')`, lions, noon)
		if err != nil {
			return err
		}
		soon, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		return db.Store.Audit(soon, lions, faction.AuditEntry{At: noon, Action: "quick", Outcome: "done"})
	})
	must(t, err)
	page, err := db.Store.AuditPage(ctx, lions, faction.AuditFilter{Limit: 10})
	must(t, err)
	places := map[string]int64{}
	for _, r := range page {
		places[r.Action] = r.N
	}
	if places["quick"] != 2 || places["slow"] != 3 {
		t.Errorf("places in the chain: %v", places)
	}
	if v := verdict(t, db, lions); !v.Whole() || v.Entries != 3 {
		t.Errorf("got %+v %+v", v, v.Broken)
	}
}

func TestATransactionThatFailsLeavesNoLink(t *testing.T) {
	t.Parallel()
	db := logged(t, 2)
	ctx := t.Context()
	boom := errors.New("boom")
	err := db.Store.Faction(ctx, lions, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into audit_log (faction_id, at, actor_id, action, outcome, body) values ($1, $2, 1, 'lost', 'done', '{}')`, lions, noon)
		return errors.Join(err, boom)
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	must(t, db.Store.Audit(ctx, lions, entry(3)))
	if v := verdict(t, db, lions); !v.Whole() || v.Entries != 3 {
		t.Errorf("got %+v %+v", v, v.Broken)
	}
}

func TestTheSameDenialIsWrittenOnceAnHourAndCounted(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	deny := func(after time.Duration, actor faction.PlayerID, action, reason string) {
		t.Helper()
		must(t, db.Store.Audit(ctx, lions, faction.AuditEntry{
			At: noon.Add(after), Actor: actor, Action: action, Outcome: "denied", Body: map[string]any{"reason": reason, "guard": "war.manage"},
		}))
	}
	for i := range 5 {
		deny(time.Duration(i)*time.Minute, 4, "war track stop", "no permission")
	}
	deny(time.Minute, 5, "war track stop", "no permission")
	deny(time.Minute, 4, "war track start", "no permission")
	deny(time.Minute, 4, "war track stop", "not a member")
	deny(59*time.Minute, 4, "war track stop", "no permission")
	deny(60*time.Minute, 4, "war track stop", "no permission")  // an hour later
	deny(120*time.Minute, 4, "war track stop", "no permission") // and again, none in between
	trail, err := db.Store.AuditTrail(ctx, lions, 20)
	must(t, err)
	var got []string
	for i := len(trail) - 1; i >= 0; i-- {
		got = append(got, fmt.Sprint(trail[i].At.Sub(noon).Minutes(), " ", trail[i].Actor, " ", trail[i].Action, " ", trail[i].Body["reason"], " ", trail[i].Body["repeated"]))
	}
	want := []string{
		"0 4 war track stop no permission <nil>", "1 5 war track stop no permission <nil>", "1 4 war track start no permission <nil>",
		"1 4 war track stop not a member <nil>", "60 4 war track stop no permission 5", "120 4 war track stop no permission <nil>",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if v := verdict(t, db, lions); !v.Whole() {
		t.Errorf("%+v", v.Broken)
	}
}

func TestAClockThatWasWrongDoesNotSilenceDenialsForEver(t *testing.T) {
	t.Parallel()
	db := opened(t)
	for _, at := range []time.Time{noon.AddDate(10, 0, 0), noon, noon.Add(time.Minute)} {
		must(t, db.Store.Audit(t.Context(), lions, faction.AuditEntry{At: at, Actor: 1, Action: "x", Outcome: "denied"}))
	}
	trail, err := db.Store.AuditTrail(t.Context(), lions, 9)
	must(t, err)
	if len(trail) != 2 || !trail[0].At.Equal(noon) {
		t.Errorf("got %+v", trail)
	}
}

func TestALogIsNarrowedAndTurned(t *testing.T) {
	t.Parallel()
	db := logged(t, 5)
	ctx := t.Context()
	must(t, db.Store.Audit(ctx, lions, faction.AuditEntry{At: noon, Actor: 0, Action: "alpha", Outcome: "failed"}))
	must(t, db.Store.Audit(ctx, bears, faction.AuditEntry{At: noon, Actor: 2, Action: "beta", Outcome: "done"}))
	who, bot := faction.PlayerID(2), faction.PlayerID(0)
	for name, tc := range map[string]struct {
		filter faction.AuditFilter
		want   []int64
	}{
		"all":           {faction.AuditFilter{}, []int64{6, 5, 4, 3, 2, 1}},
		"by somebody":   {faction.AuditFilter{Actor: &who}, []int64{2}},
		"by the bot":    {faction.AuditFilter{Actor: &bot}, []int64{6}},
		"an action":     {faction.AuditFilter{Action: "test"}, []int64{5, 4, 3, 2, 1}},
		"an outcome":    {faction.AuditFilter{Outcome: "failed"}, []int64{6}},
		"since":         {faction.AuditFilter{Since: noon.Add(3 * time.Minute)}, []int64{5, 4, 3}},
		"another page":  {faction.AuditFilter{Before: 3}, []int64{2, 1}},
		"nothing of it": {faction.AuditFilter{Actor: &who, Outcome: "failed"}, nil},
	} {
		tc.filter.Limit = 10
		page, err := db.Store.AuditPage(ctx, lions, tc.filter)
		must(t, err)
		var got []int64
		for _, r := range page {
			got = append(got, r.N)
			if r.N != r.Seq {
				t.Errorf("%s: entry %d is at place %d", name, r.Seq, r.N)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
	actions, err := db.Store.AuditActions(ctx, lions)
	must(t, err)
	if fmt.Sprint(actions) != "[alpha test]" {
		t.Errorf("actions %v", actions)
	}
	for _, id := range []faction.ID{0, 999} {
		if actions, err := db.Store.AuditActions(ctx, id); err != nil || len(actions) != 0 {
			t.Errorf("faction %d has actions %v (%v)", id, actions, err)
		}
	}
}

func TestAnExtractCanBeCheckedByItself(t *testing.T) {
	t.Parallel()
	db := logged(t, 10)
	for name, tc := range map[string]struct {
		since time.Time
		from  int64
		n     int
	}{"all": {time.Time{}, 0, 10}, "since": {noon.Add(7 * time.Minute), 6, 4}, "none": {noon.Add(time.Hour), 10, 0}, "before all": {noon.Add(-time.Hour), 0, 10}} {
		var check *audit.Checker
		var head audit.Head
		n := 0
		err := db.Store.ExportAudit(t.Context(), lions, tc.since, func(from, end audit.Head) error {
			if from.N != tc.from {
				t.Errorf("%s: begins after %d, want %d", name, from.N, tc.from)
			}
			check, head = audit.NewChecker(lions, from), end
			return nil
		}, func(l audit.Link, e *audit.Entry) error {
			n++
			check.Link(l, e)
			return nil
		})
		must(t, err)
		if v := check.Finish(head); !v.Whole() || n != tc.n {
			t.Errorf("%s: %d entries, %+v", name, n, v.Broken)
		}
	}
	boom := errors.New("boom")
	err := db.Store.ExportAudit(t.Context(), lions, time.Time{}, func(audit.Head, audit.Head) error { return boom }, nil)
	if !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
}

func TestEveryFactionWithALogIsListed(t *testing.T) {
	t.Parallel()
	db := opened(t)
	must(t, db.Store.Audit(t.Context(), 303, entry(1))) // not registered: somebody linked
	ids, err := db.Store.AuditedFactions(t.Context())
	must(t, err)
	if fmt.Sprint(ids) != "[0 101 202 303]" {
		t.Errorf("got %v", ids)
	}
}

// migration gives the two halves of a migration's text.
func migration(t *testing.T, name string) (up, down string) {
	t.Helper()
	text, err := migrations.FS.ReadFile(name)
	must(t, err)
	up, down, ok := strings.Cut(string(text), "-- +goose Down")
	if !ok {
		t.Fatalf("%s has no way down", name)
	}
	return up, down
}
