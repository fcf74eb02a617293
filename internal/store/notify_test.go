package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store/storetest"
	"consigliere/internal/war"
)

// listen starts a listener and gives what it hears, once it listens.
func listen(t *testing.T, db storetest.DB) (heard <-chan feed.Change, ended <-chan error, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	changes, ready, done := make(chan feed.Change, 100), make(chan struct{}), make(chan error, 1)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		done <- db.Store.Listen(ctx, func() { close(ready) }, func(c feed.Change) { changes <- c })
	}()
	t.Cleanup(func() {
		cancel()
		<-finished
	})
	wait(t, "listening", ready)
	return changes, done, cancel
}

func next(t *testing.T, heard <-chan feed.Change) feed.Change {
	t.Helper()
	select {
	case c := <-heard:
		return c
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was heard")
		return feed.Change{}
	}
}

func TestListenersHearOfAChangeWhenItIsCommittedAndNotBefore(t *testing.T) {
	t.Parallel()
	db := opened(t)
	heard, _, _ := listen(t, db)
	must(t, db.Store.Faction(t.Context(), lions, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "select pg_notify('consigliere', '101:slow')"); err != nil {
			return err
		}
		// What is committed meanwhile is heard first.
		saveWars(t, db.Store, bears, aWar(1))
		if got := next(t, heard); got != (feed.Change{Faction: bears, Topic: "war"}) {
			t.Errorf("heard %+v first, want the war of bears", got)
		}
		return nil
	}))
	if got := next(t, heard); got != (feed.Change{Faction: lions, Topic: "slow"}) {
		t.Errorf("heard %+v, want the change that is now committed", got)
	}
}

func TestListenersHearOfAttacksWarsAndReportsAndOfNothingElse(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	heard, _, _ := listen(t, db)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	log(t, db.Store, lions, []war.War{w}, hit(1, 11, time.Minute, 500))
	log(t, db.Store, lions, []war.War{w}, hit(1, 11, time.Minute, 500)) // nothing new
	st := stateOf(t, db.Store, lions, feed.Members)
	must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Rosters: map[faction.ID][]faction.Member{lions: {{ID: 11}}}, Progress: progress(st, noon)}))
	st = stateOf(t, db.Store, lions, feed.Wars)
	must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Report: &war.Report{War: 1}, Progress: progress(st, noon)}))
	saveWars(t, db.Store, bears, aWar(2)) // the end of the list
	for _, want := range []faction.ID{lions, lions, lions, bears} {
		if got := next(t, heard); got != (feed.Change{Faction: want, Topic: "war"}) {
			t.Fatalf("heard %+v, want the war of %d", got, want)
		}
	}
}

func TestAListenerWhoseConnectionBreaksIsTold(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	_, ended, _ := listen(t, db)
	n := count(t, conn, `select count(pg_terminate_backend(pid)) from pg_stat_activity
		where datname = current_database() and query like 'listen%'`)
	if n != 1 {
		t.Fatalf("%d connections listen, want 1", n)
	}
	select {
	case err := <-ended:
		wantKind(t, err, faction.Unavailable)
	case <-time.After(20 * time.Second):
		t.Fatal("the listener goes on as if nothing had happened")
	}
}
