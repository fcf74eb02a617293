package store_test

import (
	"testing"

	"consigliere/internal/faction"
)

func TestErasingAFactionTakesAllOfItsRowsAndNothingElse(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx, conn := t.Context(), owner(t, db)
	var mine []tableInfo
	for _, table := range tables(t, db.AdminURL) {
		if !table.faction {
			continue
		}
		mine = append(mine, table)
		if count(t, conn, "select count(*) from "+table.name+" where faction_id = $1", lions) == 0 {
			fillRow(t, conn, table.name, int64(lions))
		}
	}
	for _, id := range []faction.ID{0, bears} {
		must(t, db.Store.Audit(ctx, id, faction.AuditEntry{At: noon, Action: "test", Outcome: "done"}))
	}
	elsewhere := func() (n int64) {
		for _, table := range mine {
			n += count(t, conn, "select count(*) from "+table.name+" where faction_id <> $1 and faction_id <> 0", lions)
		}
		return n
	}
	before := elsewhere()

	_, err := db.Store.EraseFaction(ctx, lions)
	wantKind(t, err, faction.Conflict) // it is still served
	_, err = db.Store.EraseFaction(ctx, 0)
	wantKind(t, err, faction.Conflict)
	_, err = db.Store.EraseFaction(ctx, 424242)
	wantKind(t, err, faction.Conflict)
	if n := count(t, conn, "select count(*) from factions where faction_id = $1", lions); n != 1 {
		t.Fatal("a refusal erased something")
	}

	removing(t, db.AdminURL, lions)
	rows, err := db.Store.EraseFaction(ctx, lions)
	must(t, err)
	for _, table := range mine {
		if n := count(t, conn, "select count(*) from "+table.name+" where faction_id = $1", lions); n != 0 {
			t.Errorf("%s still holds %d rows", table.name, n)
		}
		if rows[table.name] == 0 {
			t.Errorf("%s is not among the counts %v", table.name, rows)
		}
	}
	if after := elsewhere(); after != before {
		t.Errorf("others had %d rows and now have %d", before, after)
	}
	trail, err := db.Store.AuditTrail(ctx, 0, 10)
	must(t, err)
	if len(trail) != 2 || trail[0].Action != "faction.erase" || trail[0].Body["faction"] != float64(lions) || trail[0].Body["rows"] == nil {
		t.Errorf("the operator's chain holds %+v", trail)
	}
	for _, id := range []faction.ID{0, lions, bears} {
		if v, err := db.Store.VerifyAudit(ctx, id); err != nil || !v.Whole() {
			t.Errorf("chain of %d: %+v (%v)", id, v.Broken, err)
		}
	}
}

// removing puts a faction into the state in which it may be erased.
func removing(t *testing.T, adminURL string, id faction.ID) {
	t.Helper()
	perform(t, dial(t, adminURL), "update factions set state = 'removing' where faction_id = $1", id)
}

func TestNobodyButTheErasureTakesAuditRowsOut(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx, conn := t.Context(), owner(t, db)
	must(t, db.Store.Audit(ctx, lions, faction.AuditEntry{At: noon, Action: "test", Outcome: "done"}))
	must(t, db.Store.Audit(ctx, bears, faction.AuditEntry{At: noon, Action: "test", Outcome: "done"}))
	removing(t, db.AdminURL, lions)
	for _, table := range []string{"audit_log", "audit_chain", "audit_heads"} {
		for _, stmt := range []string{
			"delete from " + table, "delete from " + table + " where faction_id = 101", "truncate " + table,
			"update " + table + " set faction_id = faction_id",
			// A word for another faction, and one for a faction that is not being removed.
			"select set_config('app.erasing', '101', false); delete from " + table + " where faction_id = 202",
			"select set_config('app.erasing', '202', false); delete from " + table + " where faction_id = 202",
		} {
			if _, err := conn.Exec(ctx, stmt); err == nil {
				t.Errorf("%q succeeded as the owner", stmt)
			}
		}
		perform(t, conn, "select set_config('app.erasing', '', false)")
	}
	app := dial(t, db.AppURL)
	for _, role := range []string{"consigliere_tenant", "none"} {
		for _, stmt := range []string{"select erase_faction(101)", "select audit_hash('', 1, null)"} {
			perform(t, app, "set role "+role)
			if _, err := app.Exec(ctx, stmt); !denied(err) {
				t.Errorf("%q as %s gave %v, want permission denied", stmt, role, err)
			}
		}
	}
	if n := count(t, conn, "select count(*) from audit_log"); n != 2 {
		t.Errorf("%d entries are left of 2", n)
	}
}
