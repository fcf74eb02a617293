package pgtest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/localpg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// withConn runs f on one connection to dsn.
func withConn(ctx context.Context, dsn string, f func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.Close(context.WithoutCancel(ctx)))
}

func run(ctx context.Context, dsn, sql string) error {
	return withConn(ctx, dsn, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, sql)
		return err
	})
}

func value[T any](t *testing.T, dsn, sql string) (v T) {
	t.Helper()
	err := withConn(t.Context(), dsn, func(c *pgx.Conn) error { return c.QueryRow(t.Context(), sql).Scan(&v) })
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func TestDatabasesAreClonesOfOneTemplateAndApart(t *testing.T) {
	var migrations atomic.Int32
	migrate := func(ctx context.Context, adminURL string) error {
		migrations.Add(1)
		return run(ctx, adminURL, "create table things as select 1 as n")
	}
	schema := t.Name() + rand.Text() // new each time, so that this test makes it
	urls := make([]string, 6)
	var wg sync.WaitGroup
	for i := range urls {
		wg.Go(func() { urls[i] = pgtest.Database(t, schema, migrate) })
	}
	wg.Wait()
	if n := migrations.Load(); n > 1 {
		t.Errorf("migrated %d times, want once", n)
	}
	if err := run(t.Context(), urls[0], "delete from things"); err != nil {
		t.Fatal(err)
	}
	for i, u := range urls[1:] {
		if n := value[int](t, u, "select count(*) from things"); n != 1 {
			t.Errorf("database %d has %d rows, want 1", i+1, n)
		}
	}
}

func TestADatabaseIsDroppedWhenItsTestEndsEvenWithAnOpenConnection(t *testing.T) {
	var name string
	t.Run("a test", func(t *testing.T) {
		u := pgtest.Database(t, "dropped", func(context.Context, string) error { return nil })
		name = value[string](t, u, "select current_database()")
		c, err := pgx.Connect(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) })
	})
	if n := value[int](t, pgtest.Cluster(t), "select count(*) from pg_database where datname = '"+name+"'"); n != 0 {
		t.Errorf("database %s is still there", name)
	}
}

func TestAFailedMigrationIsTriedAgainFromAnEmptyDatabase(t *testing.T) {
	schema := t.Name() + rand.Text() // new each time, so that this test makes it
	failed := &recorder{TB: t}
	func() {
		defer func() { _ = recover() }()
		pgtest.Database(failed, schema, func(ctx context.Context, adminURL string) error {
			return errors.Join(run(ctx, adminURL, "create table half ()"), errors.New("broken"))
		})
	}()
	if !failed.fatal {
		t.Fatal("a failed migration did not fail the test")
	}
	u := pgtest.Database(t, schema, func(ctx context.Context, adminURL string) error {
		return run(ctx, adminURL, "create table half ()")
	})
	if n := value[int](t, u, "select count(*) from half"); n != 0 {
		t.Errorf("half has %d rows", n)
	}
}

// recorder is a test that notes that it was ended instead of ending.
type recorder struct {
	testing.TB
	fatal bool
}

func (r *recorder) Fatalf(string, ...any) {
	r.fatal = true
	panic("the test would have ended here")
}
