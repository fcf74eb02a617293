// Package storetest gives tests a store on a fresh, migrated database of its own.
package storetest

import (
	"context"
	"io/fs"
	"net/url"
	"testing"

	"consigliere/internal/localpg/pgtest"
	"consigliere/internal/store"
	"consigliere/migrations"
)

const (
	appUser     = "consigliere_app"
	appPassword = "only-for-tests"
)

// DB is a migrated database and the two addresses of it.
type DB struct {
	Store    *store.Store
	AdminURL string // owner, for tests that look behind the door
	AppURL   string
}

// Open makes a database, dropped when the test ends.
func Open(t testing.TB) DB {
	t.Helper()
	admin := pgtest.Database(t, schema(t), func(ctx context.Context, adminURL string) error {
		return store.Migrate(ctx, adminURL, app(t, adminURL))
	})
	return open(t, admin)
}

// OpenAt migrates the database at an owner's address and opens a store on it: for a test
// that has a server of its own, which it may stop.
func OpenAt(t testing.TB, adminURL string) DB {
	t.Helper()
	if err := store.Migrate(t.Context(), adminURL, app(t, adminURL)); err != nil {
		t.Fatalf("migrate the test's own database: %v", err)
	}
	return open(t, adminURL)
}

func open(t testing.TB, adminURL string) DB {
	t.Helper()
	db := DB{AdminURL: adminURL, AppURL: app(t, adminURL)}
	s, err := store.Open(t.Context(), store.Config{URL: db.AppURL})
	if err != nil {
		t.Fatalf("open the test's store: %v", err)
	}
	t.Cleanup(s.Close)
	db.Store = s
	return db
}

// schema is the text of all migrations: another text, another template.
func schema(t testing.TB) string {
	t.Helper()
	var text string
	err := fs.WalkDir(migrations.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(migrations.FS, path)
		text += path + "\n" + string(b)
		return err
	})
	if err != nil {
		t.Fatalf("read the migrations: %v", err)
	}
	return text
}

func app(t testing.TB, adminURL string) string {
	t.Helper()
	u, err := url.Parse(adminURL)
	if err != nil {
		t.Fatalf("read the cluster's address: %v", err)
	}
	u.User = url.UserPassword(appUser, appPassword)
	return u.String()
}
