// Package pgtest gives tests real databases: each call of Database a fresh one,
// cloned from a template that is migrated once.
//
// A test package that uses it has
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// All packages of a run share the cluster that EnvAdminURL names ("make test"
// starts one); without it, Main starts a private one for its own package.
package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"consigliere/internal/localpg"
)

// EnvAdminURL names the environment variable with the superuser's URL of the
// cluster that tests share.
const EnvAdminURL = "CONSIGLIERE_TEST_DATABASE_ADMIN_URL"

// Main runs a package's tests with a cluster and then fails the run when
// goroutines leaked. It does not return.
func Main(m *testing.M, leaks ...goleak.Option) { os.Exit(run(m, leaks)) }

func run(m *testing.M, leaks []goleak.Option) int {
	if os.Getenv(EnvAdminURL) == "" {
		s, err := localpg.Start(context.Background(), localpg.Config{Fast: true})
		if err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			return 1
		}
		defer func() {
			if err := s.Stop(context.Background()); err != nil {
				fmt.Fprintln(os.Stderr, "pgtest:", err)
			}
		}()
		if err := os.Setenv(EnvAdminURL, s.AdminURL()); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			return 1
		}
		leaks = append(leaks, goleak.IgnoreCurrent()) // the server's own goroutine ends after this
	}
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(leaks...); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest: goroutines leaked:", err)
			return 1
		}
	}
	return code
}

// Cluster is the superuser's URL of the tests' cluster, in its database "postgres".
func Cluster(t testing.TB) string {
	t.Helper()
	admin := os.Getenv(EnvAdminURL)
	if admin == "" {
		t.Fatal("no test cluster: the package needs func TestMain(m *testing.M) { pgtest.Main(m) }")
	}
	return withDatabase(t, admin, "postgres")
}

// Database is the superuser's URL of a fresh database, dropped when the test
// ends. It is a clone of the template for schema, which migrate fills when it
// does not exist yet; schema must change whenever migrate would make something
// else (a hash of the migrations). Templates are shared by all processes that
// use the cluster and are made once. What migrate does outside its database
// (roles) it must be able to do again; rights on the database itself are not cloned.
func Database(t testing.TB, schema string, migrate func(ctx context.Context, adminURL string) error) string {
	t.Helper()
	cluster := Cluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		t.Fatalf("connect to the test cluster: %v", err)
	}
	defer closeConn(conn)
	template, err := ensureTemplate(ctx, conn, schema, func(ctx context.Context, name string) error {
		return migrate(ctx, withDatabase(t, cluster, name))
	})
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := exec(ctx, conn, "create database %s template %s", name, template); err != nil {
		t.Fatalf("clone the template: %v", err)
	}
	t.Cleanup(func() {
		if err := drop(cluster, name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return withDatabase(t, cluster, name)
}

// ensureTemplate returns the name of the finished template, which it makes
// under a lock when it is the first. A template gets its name when it is
// finished, so a half made one is never cloned; no connection to it is allowed,
// so nothing can be in a clone's way.
func ensureTemplate(ctx context.Context, conn *pgx.Conn, schema string, migrate func(ctx context.Context, name string) error) (_ string, err error) {
	sum := sha256.Sum256([]byte(schema))
	name := "template_" + hex.EncodeToString(sum[:12])
	key := lockKey(name)
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", key); err != nil {
		return "", fmt.Errorf("wait for the template's lock: %w", err)
	}
	defer func() {
		_, unlockErr := conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", key)
		err = errors.Join(err, unlockErr)
	}()
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists); err != nil {
		return "", fmt.Errorf("look for the template: %w", err)
	}
	if exists {
		return name, nil
	}
	building := name + "_new"
	if err := exec(ctx, conn, "drop database if exists %s with (force)", building); err != nil {
		return "", err
	}
	if err := exec(ctx, conn, "create database %s", building); err != nil {
		return "", err
	}
	if err := migrate(ctx, building); err != nil {
		return "", fmt.Errorf("migrate: %w", err)
	}
	if err := exec(ctx, conn, "alter database %s allow_connections false", building); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1", building); err != nil {
		return "", fmt.Errorf("disconnect from the template: %w", err)
	}
	if err := exec(ctx, conn, "alter database %s rename to %s", building, name); err != nil {
		return "", err
	}
	return name, nil
}

func drop(cluster, name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		return fmt.Errorf("connect to the test cluster: %w", err)
	}
	defer closeConn(conn)
	return exec(ctx, conn, "drop database if exists %s with (force)", name)
}

// exec runs a statement whose %s are the given identifiers.
func exec(ctx context.Context, conn *pgx.Conn, statement string, identifiers ...string) error {
	quoted := make([]any, len(identifiers))
	for i, id := range identifiers {
		quoted[i] = pgx.Identifier{id}.Sanitize()
	}
	sql := fmt.Sprintf(statement, quoted...)
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // the statements told of any trouble before this
}

func withDatabase(t testing.TB, dsn, name string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("the test cluster's address is not a URL") // err would show its password
	}
	u.Path = "/" + name
	return u.String()
}

func lockKey(name string) int64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return int64(h.Sum64())
}
