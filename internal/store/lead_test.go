package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

// leader is a Lead under way.
type leader struct {
	standby chan struct{} // closed when it is told to wait
	leads   chan struct{} // closed when it leads
	over    chan struct{} // closed when it may no longer act
	stop    context.CancelFunc
	done    chan error
}

// lead runs Lead until stop is called or the lead is lost.
func lead(t *testing.T, s *store.Store, retry time.Duration) *leader {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &leader{standby: make(chan struct{}), leads: make(chan struct{}), over: make(chan struct{}), stop: cancel, done: make(chan error, 1)}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		l.done <- s.Lead(ctx, retry, func() { close(l.standby) }, func(ctx context.Context) error {
			close(l.leads)
			<-ctx.Done()
			close(l.over)
			return ctx.Err()
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-finished
	})
	return l
}

func wait(t *testing.T, what string, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(20 * time.Second):
		t.Fatalf("waited in vain for: %s", what)
	}
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for range 4000 {
		if yes() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("waited in vain for: %s", what)
}

const holder = `select coalesce(max(l.pid), 0) from pg_locks l join pg_database d on d.oid = l.database
	where d.datname = current_database() and l.locktype = 'advisory' and l.objid = 1818583396 and l.granted`

// dethrone ends the connection that holds the leader's lock.
func dethrone(t *testing.T, conn *pgx.Conn) (pid int64) {
	t.Helper()
	pid = count(t, conn, holder)
	if pid == 0 {
		t.Fatal("nobody holds the lock")
	}
	if _, err := conn.Exec(t.Context(), "select pg_terminate_backend($1)", pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

func second(t *testing.T, db storetest.DB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: db.AppURL})
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

func TestASecondProcessStandsByUntilTheFirstIsGone(t *testing.T) {
	t.Parallel()
	db := opened(t)
	a := lead(t, db.Store, 10*time.Millisecond)
	wait(t, "the first leads", a.leads)
	b := lead(t, second(t, db), 10*time.Millisecond)
	wait(t, "the second is told to wait", b.standby)
	select {
	case <-b.leads:
		t.Fatal("two lead at once")
	default:
	}
	a.stop()
	wait(t, "the first stops", a.over)
	wait(t, "the second leads", b.leads)
	if err := <-a.done; !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrLeadLost) {
		t.Errorf("the first ended with %v, want its own cancellation", err)
	}
	select {
	case <-a.standby:
		t.Error("the first was told to wait")
	default:
	}
}

func TestAStandbyTakesOverWhenTheLeadersConnectionDies(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	a := lead(t, db.Store, 300*time.Millisecond)
	wait(t, "the first leads", a.leads)
	// Another process waits in the lock's queue, so that it gets it the moment it is free.
	other := owner(t, db)
	got := make(chan error, 1)
	go func() {
		_, err := other.Exec(t.Context(), "select pg_advisory_lock(1818583396)")
		got <- err
	}()
	eventually(t, "the other one queues", func() bool {
		return count(t, conn, "select count(*) from pg_locks where locktype = 'advisory' and objid = 1818583396 and not granted") > 0
	})
	dethrone(t, conn)
	must(t, <-got)
	wait(t, "the first may no longer act", a.over)
	if err := <-a.done; !errors.Is(err, store.ErrLeadLost) {
		t.Errorf("the first ended with %v, want ErrLeadLost", err)
	}
}

func TestTheLeaderGoesOnWhenTheDatabaseRestartsAndNobodyElseTookTheLead(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	a := lead(t, db.Store, 10*time.Millisecond)
	wait(t, "the first leads", a.leads)
	for range 2 {
		before := dethrone(t, conn)
		eventually(t, "it holds the lock again", func() bool {
			pid := count(t, conn, holder)
			return pid != 0 && pid != before
		})
		select {
		case <-a.over:
			t.Fatalf("it stopped leading: %v", <-a.done)
		default:
		}
	}
	b := lead(t, second(t, db), 10*time.Millisecond)
	wait(t, "a second one is told to wait", b.standby)
}

func TestWhoStopsWaitingNeverLeads(t *testing.T) {
	t.Parallel()
	db := opened(t)
	a := lead(t, db.Store, 10*time.Millisecond)
	wait(t, "the first leads", a.leads)
	b := lead(t, second(t, db), time.Hour)
	wait(t, "the second is told to wait", b.standby)
	b.stop()
	if err := <-b.done; !errors.Is(err, context.Canceled) {
		t.Errorf("the second ended with %v, want its cancellation", err)
	}
}

func TestWhatTheLeaderReturnsIsPassedOnAndTheLeadGivenBack(t *testing.T) {
	t.Parallel()
	db := opened(t)
	boom := errors.New("boom")
	for range 2 { // the second time the lock must be free again
		err := db.Store.Lead(t.Context(), 10*time.Millisecond, func() {}, func(context.Context) error { return boom })
		if !errors.Is(err, boom) {
			t.Errorf("got %v, want what the leader returned", err)
		}
	}
}
