package store_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

// line is the way to a database, which can be cut and mended.
type line struct {
	t      *testing.T
	to     string
	addr   string
	mu     sync.Mutex
	listen net.Listener
	conns  map[net.Conn]bool
	wg     sync.WaitGroup
}

// through is a line to a database and the address that leads through it.
func through(t *testing.T, dsn string) (*line, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	must(t, err)
	l := &line{t: t, to: u.Host, addr: "127.0.0.1:0", conns: map[net.Conn]bool{}}
	l.mend()
	t.Cleanup(l.cut)
	u.Host = l.addr
	return l, u.String()
}

func (l *line) mend() {
	l.t.Helper()
	in, err := net.Listen("tcp", l.addr)
	must(l.t, err)
	l.mu.Lock()
	l.listen, l.addr = in, in.Addr().String()
	l.mu.Unlock()
	l.wg.Go(func() {
		for {
			c, err := in.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", l.to)
			if err != nil {
				_ = c.Close()
				continue
			}
			l.mu.Lock()
			l.conns[c], l.conns[out] = true, true
			l.mu.Unlock()
			for _, pair := range [][2]net.Conn{{c, out}, {out, c}} {
				l.wg.Go(func() {
					_, _ = io.Copy(pair[0], pair[1])
					_ = pair[0].Close()
				})
			}
		}
	})
}

func (l *line) cut() {
	l.mu.Lock()
	_ = l.listen.Close()
	for c := range l.conns {
		_ = c.Close()
	}
	clear(l.conns)
	l.mu.Unlock()
	l.wg.Wait()
}

func TestWhileTheDatabaseIsGoneEverythingSaysSoAndThenGoesOn(t *testing.T) {
	t.Parallel()
	db := opened(t)
	way, dsn := through(t, db.AppURL)
	s, err := store.Open(t.Context(), store.Config{URL: dsn})
	must(t, err)
	defer s.Close()
	ctx := t.Context()
	st := stateOf(t, s, lions, feed.Front)
	w := aWar(1)
	calls := map[string]func() error{
		"Ping":        func() error { return s.Ping(ctx) },
		"CheckSchema": func() error { return s.CheckSchema(ctx) },
		"Open": func() error {
			other, err := store.Open(ctx, store.Config{URL: dsn})
			if err == nil {
				other.Close()
			}
			return err
		},
		"ClaimDue": func() error { _, err := s.ClaimDue(ctx, "me", noon.Add(-time.Hour), lease, 1); return err },
		"FailPoll": func() error {
			st := stateOf(t, db.Store, bears, feed.Wars)
			return s.FailPoll(ctx, st, noon, noon, "x")
		},
		"SaveUpdate": func() error {
			return s.SaveUpdate(ctx, &st, feed.Update{Wars: []war.War{w}, Alerts: []alert.Alert{started(1)}, Progress: progress(st, noon)})
		},
		"SaveAttacks": func() error {
			st := stateOf(t, db.Store, lions, feed.Attacks)
			return s.SaveAttacks(ctx, &st, feed.AttackPage{Progress: progress(st, noon)})
		},
		"KnownAttacks": func() error { _, err := s.KnownAttacks(ctx, lions, []war.AttackID{1}); return err },
		"Tallies":      func() error { _, err := s.Tallies(ctx, lions, 1); return err },
		"Wars":         func() error { _, err := s.Wars(ctx, lions, 1); return err },
		"Standing":     func() error { _, err := s.Standing(ctx, "d", "g", true); return err },
		"LinkWithKey": func() error {
			_, err := s.LinkWithKey(ctx, linkOf(lions, "d1", 11), keyOf(11, "a"), false, noon)
			return err
		},
		"PlayerName":  func() error { _, err := s.PlayerName(ctx, linkOf(lions, "d1", 11)); return err },
		"SaveKey":     func() error { return s.SaveKey(ctx, lions, keyOf(11, "a"), noon) },
		"Rules":       func() error { _, err := s.Rules(ctx, lions); return err },
		"ClaimBoards": func() error { _, err := s.ClaimBoards(ctx, noon, lease, 1); return err },
		"FreeJobs":    func() error { _, err := s.FreeJobs(ctx, "me"); return err },
		"Depth":       func() error { _, err := s.Depth(ctx); return err },
		"Report":      func() error { _, _, err := s.Report(ctx, lions, w); return err },
	}
	for _, warm := range []bool{true, false} { // with connections that die, and with none left
		if warm {
			must(t, s.Ping(ctx))
		}
		way.cut()
		for name, call := range calls {
			err := call()
			if faction.KindOf(err) != faction.Unavailable {
				t.Errorf("%s: got %v, want an error of kind Unavailable", name, err)
			}
			if err != nil && strings.Contains(err.Error(), "only-for-tests") {
				t.Errorf("%s tells the password: %v", name, err)
			}
		}
		way.mend()
	}
	for name, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s, the database being back: %v", name, err)
		}
	}
}

func TestAConnectionThatDiesInMidTransactionLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	db := opened(t)
	w := aWar(1)
	saveWars(t, db.Store, lions, w)
	conn := owner(t, db)
	st := stateOf(t, db.Store, lions, feed.Attacks)
	p := page(t, db.Store, st, []war.War{w}, hit(1, 11, time.Minute, 500))
	// The transaction waits for a row that somebody holds, and is killed there.
	lock, err := conn.Begin(t.Context())
	must(t, err)
	_, err = lock.Exec(t.Context(), "select from poll_state where faction_id = $1 and feed = 'attacks' for update", lions)
	must(t, err)
	done := make(chan error, 1)
	go func() { done <- db.Store.SaveAttacks(context.WithoutCancel(t.Context()), &st, p) }()
	watch := owner(t, db)
	eventually(t, "the transaction waits and is killed", func() bool {
		return count(t, watch, "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
	})
	wantKind(t, <-done, faction.Unavailable)
	must(t, lock.Rollback(t.Context()))
	if n := count(t, conn, "select count(*) from attacks"); n != 0 {
		t.Errorf("%d attacks were stored", n)
	}
	must(t, db.Store.SaveAttacks(t.Context(), &st, p)) // the same run may try again
}

func TestErrorsNeverTellAPassword(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	const secret = "hunter2-secret"
	with := func(dsn, user, password string) string {
		u, err := url.Parse(dsn)
		must(t, err)
		u.User = url.UserPassword(user, password)
		return u.String()
	}
	bad := []string{
		with(db.AppURL, "consigliere_app", secret), // wrong
		with(db.AppURL, "nobody", secret),
		strings.Replace(with(db.AppURL, "consigliere_app", secret), "/test_", "/no_such_", 1),
		"postgres://consigliere_app:" + secret + "@127.0.0.1:1/x",           // nobody listens
		"postgres://consigliere_app:" + secret + "@127.0.0.1:notaport/x",    // no port
		"postgres://consigliere_app:" + secret + "@[::1/x",                  // no address
		"postgres://consigliere_app:" + secret + "%zz@127.0.0.1/x",          // bad escape
		"host=127.0.0.1 port=1 user=x password=" + secret + " sslmode=ohno", // bad setting
		"user=x password='" + secret,                                        // open quote
		"mysql://root:" + secret + "@127.0.0.1/x",
	}
	for _, dsn := range bad {
		var errs []error
		s, err := store.Open(ctx, store.Config{URL: dsn})
		if err == nil {
			s.Close()
		}
		_, status := store.MigrationStatus(ctx, dsn)
		errs = append(errs, err, store.Migrate(ctx, dsn, db.AppURL), status)
		if _, err := url.Parse(dsn); err != nil || !strings.Contains(dsn, "@") { // as login they are no good either
			errs = append(errs, store.Migrate(ctx, db.AdminURL, dsn))
		}
		for i, err := range errs {
			if err == nil {
				t.Errorf("%s: call %d succeeded", strings.ReplaceAll(dsn, secret, "…"), i)
			} else if strings.Contains(err.Error(), secret) {
				t.Errorf("call %d tells the password: %v", i, err)
			}
		}
	}
}
