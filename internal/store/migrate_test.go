package store_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/localpg/pgtest"
	"consigliere/internal/store"
)

// empty is a database without a schema, and the two addresses of it.
func empty(t *testing.T, user, password string) (admin, app string) {
	t.Helper()
	admin = pgtest.Database(t, "nothing", func(context.Context, string) error { return nil })
	u, err := url.Parse(admin)
	must(t, err)
	u.User = url.UserPassword(user, password)
	return admin, u.String()
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	db := opened(t)
	must(t, store.Migrate(t.Context(), db.AdminURL, db.AppURL))
	must(t, db.Store.CheckSchema(t.Context()))
	if ids, err := db.Store.Registered(t.Context()); err != nil || len(ids) != 2 {
		t.Errorf("after it %d factions are registered (%v), want the 2 as before", len(ids), err)
	}
	status, err := store.MigrationStatus(t.Context(), db.AdminURL)
	must(t, err)
	if status.Have != status.Want || status.Want < 3 {
		t.Errorf("the schema is at %+v", status)
	}
}

func TestManyProcessesMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	admin, app := empty(t, "consigliere_app", "only-for-tests")
	other, otherApp := empty(t, "consigliere_app", "only-for-tests")
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			a, b := admin, app
			if i%3 == 2 { // another database of the same cluster, with the same roles
				a, b = other, otherApp
			}
			if err := store.Migrate(t.Context(), a, b); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	for _, app := range []string{app, otherApp} {
		s, err := store.Open(t.Context(), store.Config{URL: app})
		must(t, err)
		must(t, s.CheckSchema(t.Context()))
		register(t, s, lions)
		s.Close()
	}
}

func TestASchemaOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	db := opened(t)
	conn := owner(t, db)
	for _, stmt := range []string{
		"update goose_db_version set is_applied = false where version_id = (select max(version_id) from goose_db_version)",
		"insert into goose_db_version (version_id, is_applied) values (9999, true)",
		"revoke select on goose_db_version from consigliere_app",
		"drop table goose_db_version",
	} {
		if _, err := conn.Exec(t.Context(), stmt); err != nil {
			t.Fatal(err)
		}
		if err := db.Store.CheckSchema(t.Context()); !errors.Is(err, store.ErrSchema) {
			t.Errorf("after %q: got %v, want ErrSchema", stmt, err)
		}
	}
}

func TestAnEmptyDatabaseIsRefusedWithTheCommandThatHelps(t *testing.T) {
	t.Parallel()
	opened(t) // so that the login exists in the cluster
	_, app := empty(t, "consigliere_app", "only-for-tests")
	s, err := store.Open(t.Context(), store.Config{URL: app})
	must(t, err)
	defer s.Close()
	if err := s.CheckSchema(t.Context()); !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "consigliere migrate up") {
		t.Errorf("got %v, want ErrSchema with the command", err)
	}
}

func TestALoginMadeByHandIsMadeSafe(t *testing.T) {
	t.Parallel()
	admin, app := empty(t, "made_by_hand", "x'y\"z")
	conn, err := pgx.Connect(t.Context(), admin)
	must(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), "drop role if exists made_by_hand; create role made_by_hand login inherit")
	must(t, err)
	must(t, store.Migrate(t.Context(), admin, app))
	t.Cleanup(func() { dropRole(t, admin, "made_by_hand") })
	s, err := store.Open(t.Context(), store.Config{URL: app})
	must(t, err)
	s.Close()
	if _, err := conn.Exec(t.Context(), "alter role made_by_hand inherit"); err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(t.Context(), store.Config{URL: app})
	if !errors.Is(err, store.ErrPrivileged) {
		if err == nil {
			s.Close()
		}
		t.Errorf("a login that has its roles' rights at once gave %v, want ErrPrivileged", err)
	}
}

func TestOwnerAndLoginMustDiffer(t *testing.T) {
	t.Parallel()
	admin, _ := empty(t, "x", "y")
	if err := store.Migrate(t.Context(), admin, admin); err == nil || !strings.Contains(err.Error(), "same user") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func dropRole(t *testing.T, admin, role string) {
	conn, err := pgx.Connect(context.Background(), admin)
	must(t, err)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "drop owned by "+role+"; drop role "+role); err != nil {
		t.Error(err)
	}
}
