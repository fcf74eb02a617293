package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"consigliere/internal/faction"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

const (
	lions faction.ID = 101
	bears faction.ID = 202
)

// Every table of ours must name the faction its rows belong to, or be listed here
// with the reason why it need not.
var notTenants = map[string]string{
	"goose_db_version": "the schema's version",
	"processes":        "the bot's own processes",
	"retired_keys":     "keys of the operator's keyset",
	"periodic_jobs":    "when the bot's own work is due, for all factions together; only the system role reaches it",
}

func TestEveryTableOfATenantIsProtected(t *testing.T) {
	db := storetest.Open(t)
	for _, table := range tables(t, db.AdminURL) {
		t.Run(table.name, func(t *testing.T) {
			if _, ok := notTenants[table.name]; ok || strings.HasPrefix(table.name, "river_") {
				if table.faction {
					t.Fatalf("%s has a faction_id and is exempt all the same", table.name)
				}
				return
			}
			if !table.faction {
				t.Fatalf("%s has no faction_id and no reason to go without", table.name)
			}
			if !table.enabled || !table.forced {
				t.Errorf("%s: row security enabled=%t forced=%t, want both", table.name, table.enabled, table.forced)
			}
			if table.firstKey != "faction_id" {
				t.Errorf("%s: its primary key begins with %q, want faction_id", table.name, table.firstKey)
			}
		})
	}
}

func TestNothingCrossesTwoTenantsOnAnyTable(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	owner, err := pgx.Connect(ctx, db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(ctx)
	for _, table := range tables(t, db.AdminURL) {
		if !table.faction {
			continue
		}
		t.Run(table.name, func(t *testing.T) {
			fillRow(t, owner, table.name, int64(lions))
			for _, tc := range []struct {
				name  string
				as    faction.ID
				count int
			}{{"the owner of the row sees it", lions, 1}, {"another faction does not", bears, 0}} {
				var n int
				err := db.Store.Faction(ctx, tc.as, func(tx pgx.Tx) error {
					return tx.QueryRow(ctx, "select count(*) from "+table.name).Scan(&n)
				})
				if err != nil || n != tc.count {
					t.Errorf("%s: counted %d (%v), want %d", tc.name, n, err, tc.count)
				}
			}
			// Writing: another faction's update and delete touch nothing, its insert
			// under a foreign id is refused.
			for _, stmt := range []string{
				"update " + table.name + " set faction_id = faction_id where faction_id = 101",
				"delete from " + table.name + " where faction_id = 101",
			} {
				var touched int64
				err := db.Store.Faction(ctx, bears, func(tx pgx.Tx) error {
					tag, err := tx.Exec(ctx, stmt)
					touched = tag.RowsAffected()
					return err
				})
				if err == nil && touched != 0 {
					t.Errorf("%q touched %d rows of another faction", stmt, touched)
				}
				if err != nil && !denied(err) {
					t.Errorf("%q failed with %v, want no rows or permission denied", stmt, err)
				}
			}
			err := db.Store.Faction(ctx, bears, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, insertLike(t, owner, table.name, 303))
				return err
			})
			if !denied(err) {
				t.Errorf("inserting a row of another faction gave %v, want permission denied", err)
			}
		})
	}
}

func TestOutsideTheDoorEverythingIsDenied(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, db.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, table := range tables(t, db.AdminURL) {
		if !table.faction {
			continue
		}
		if _, err := conn.Exec(ctx, "select * from "+table.name); !denied(err) {
			t.Errorf("reading %s outside the door gave %v, want permission denied", table.name, err)
		}
	}
	// Stepping out of the role inside the door leads to the login, which may nothing.
	err = db.Store.Faction(ctx, lions, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "reset role"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "select * from attacks")
		return err
	})
	if !denied(err) {
		t.Errorf("reading after RESET ROLE gave %v, want permission denied", err)
	}
}

func TestTheSystemRoleSeesNoMoreThanWhatResolvesAndClaims(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, db.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	may := map[string]bool{"factions": true, "guild_factions": true, "discord_links": true, "link_requests": true, "api_keys": true,
		"audit_heads": true, "poll_state": true, "live_boards": true, "guild_roles": true, "scoreboard_links": true, "access_requests": true, "alert_rules": true}
	for _, table := range tables(t, db.AdminURL) {
		if !table.faction {
			continue
		}
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "set local role consigliere_system"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "select faction_id from "+table.name)
			return err
		})
		if may[table.name] != (err == nil) {
			t.Errorf("the system role reading %s: %v, allowed should be %t", table.name, err, may[table.name])
		}
	}
	for _, secret := range []string{"select sealed from api_keys", "select * from api_keys", "select player_name from discord_links", "select sealed from link_requests", "select player_name from link_requests"} {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "set local role consigliere_system"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, secret)
			return err
		})
		if !denied(err) {
			t.Errorf("%q as the system role gave %v, want permission denied", secret, err)
		}
	}
}

func TestASuperuserLoginIsRefused(t *testing.T) {
	db := storetest.Open(t)
	s, err := store.Open(t.Context(), store.Config{URL: db.AdminURL})
	if !errors.Is(err, store.ErrPrivileged) {
		if err == nil {
			s.Close()
		}
		t.Fatalf("opening as superuser gave %v, want ErrPrivileged", err)
	}
}

func TestTheAuditLogCanOnlyGrow(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	if err := db.Store.Audit(ctx, lions, faction.AuditEntry{Action: "test", Outcome: "done"}); err != nil {
		t.Fatal(err)
	}
	owner, err := pgx.Connect(ctx, db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(ctx)
	for _, stmt := range []string{"update audit_log set action = 'x'", "delete from audit_log", "truncate audit_log"} {
		if _, err := owner.Exec(ctx, stmt); err == nil {
			t.Errorf("%q succeeded, even as owner it must not", stmt)
		}
	}
	trail, err := db.Store.AuditTrail(ctx, lions, 10)
	if err != nil || len(trail) != 1 || trail[0].Action != "test" {
		t.Fatalf("audit trail is %+v (%v), want the one entry", trail, err)
	}
}

func denied(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42501" // insufficient privilege, row security included
}

type tableInfo struct {
	name                     string
	faction, enabled, forced bool
	firstKey                 string
}

func tables(t *testing.T, adminURL string) []tableInfo {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), adminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `
		select c.relname, exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'faction_id' and not a.attisdropped),
		       c.relrowsecurity, c.relforcerowsecurity,
		       coalesce((select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
		                 where i.indrelid = c.oid and i.indisprimary), '')
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (tableInfo, error) {
		var i tableInfo
		return i, row.Scan(&i.name, &i.faction, &i.enabled, &i.forced, &i.firstKey)
	})
	if err != nil || len(out) < 20 {
		t.Fatalf("found %d tables (%v), want the whole schema", len(out), err)
	}
	return out
}

// fillRow puts one row into a table as the owner.
func fillRow(t *testing.T, owner *pgx.Conn, table string, id int64) {
	t.Helper()
	if _, err := owner.Exec(t.Context(), insertLike(t, owner, table, id)); err != nil {
		t.Fatalf("put a row into %s: %v", table, err)
	}
}

// insertLike writes an insert with some value for each column that needs one.
func insertLike(t *testing.T, owner *pgx.Conn, table string, id int64) string {
	t.Helper()
	rows, err := owner.Query(t.Context(), `select column_name, data_type from information_schema.columns
		where table_name = $1 and is_nullable = 'NO' and column_default is null and is_identity = 'NO' and column_name <> 'faction_id'`, table)
	if err != nil {
		t.Fatal(err)
	}
	columns, values := []string{"faction_id"}, []string{fmt.Sprint(id)}
	var column, kind string
	_, err = pgx.ForEachRow(rows, []any{&column, &kind}, func() error {
		value, ok := map[string]string{"text": "'x'", "bigint": "1", "integer": "1", "boolean": "true", "jsonb": "'{}'",
			"timestamp with time zone": "now()", "double precision": "1", "bytea": "'\\x01'", "ARRAY": "'{}'"}[kind]
		if !ok {
			return fmt.Errorf("no value for a column of type %s", kind)
		}
		switch column {
		case "consent":
			value = "'lend'"
		case "outcome":
			value = "'done'"
		case "kind":
			if table == "discord_roles" {
				value = "'member'"
			}
		}
		columns, values = append(columns, column), append(values, value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("insert into %s (%s) values (%s)", table, strings.Join(columns, ", "), strings.Join(values, ", "))
}
