package store_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store/storetest"
)

var tenancyNow = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func registered(t *testing.T, db storetest.DB, ids ...faction.ID) {
	t.Helper()
	for _, id := range ids {
		if err := db.Store.Register(t.Context(), faction.Faction{ID: id, Name: fmt.Sprint("Faction ", id)}, "9", "", tenancyNow); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPausedFactionIsNeitherReadNorShownUntilItGoesOn(t *testing.T) {
	db := storetest.Open(t)
	ctx, s := t.Context(), db.Store
	registered(t, db, lions, bears)
	for _, id := range []faction.ID{lions, bears} {
		if err := s.AddBoard(ctx, id, "war", "c", tenancyNow); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetFactionState(ctx, lions, faction.Paused, "asked for it", tenancyNow); err != nil {
		t.Fatal(err)
	}
	claims, err := s.ClaimDue(ctx, "me", tenancyNow, time.Minute, 100)
	if err != nil || len(claims) != len(feed.All()) {
		t.Fatalf("claimed %d feeds (%v), want the %d of the other faction", len(claims), err, len(feed.All()))
	}
	for _, c := range claims {
		if c.Faction != bears {
			t.Errorf("claimed %s of paused faction %d", c.Feed, c.Faction)
		}
	}
	live, err := s.ClaimBoards(ctx, tenancyNow, time.Minute, 100)
	if err != nil || len(live) != 1 || live[0].Faction != bears {
		t.Fatalf("claimed boards %+v (%v), want the other faction's only", live, err)
	}
	got, ok, err := s.Tenant(ctx, lions, tenancyNow)
	if err != nil || !ok || got.State != faction.Paused || got.Reason != "asked for it" || got.Servers != 1 {
		t.Fatalf("the paused faction is %+v (%v, %v)", got, ok, err)
	}
	// A day later it goes on: its feeds are due at once, whatever they had planned.
	later := tenancyNow.Add(24 * time.Hour)
	owner := ownerOf(t, db.AdminURL)
	ownerRun(t, owner, "update poll_state set next_due_at = $1 where faction_id = 101", later.Add(2*time.Minute))
	if err := s.SetFactionState(ctx, lions, faction.Active, "", later); err != nil {
		t.Fatal(err)
	}
	claims, err = s.ClaimDue(ctx, "me", later, time.Minute, 100)
	if err != nil {
		t.Fatal(err)
	}
	back := 0
	for _, c := range claims {
		if c.Faction == lions {
			back++
		}
	}
	if back != len(feed.All()) {
		t.Errorf("%d feeds are read again, want %d", back, len(feed.All()))
	}
}

func TestAnAlertOfAPausedFactionIsNotSent(t *testing.T) {
	db := storetest.Open(t)
	registered(t, db, lions)
	owner := ownerOf(t, db.AdminURL)
	ownerRun(t, owner, insertLike(t, owner, "alert_deliveries", int64(lions)))
	delivery := countOf(t, owner, "select delivery_id from alert_deliveries")
	for _, tc := range []struct {
		state faction.State
		want  alert.Reason
	}{{faction.Active, alert.Disabled}, {faction.Paused, alert.FactionPaused}, {faction.Removing, alert.FactionPaused}} {
		if err := db.Store.SetFactionState(t.Context(), lions, tc.state, "", tenancyNow); err != nil {
			t.Fatal(err)
		}
		d, err := db.Store.LoadDelivery(t.Context(), lions, delivery)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Decide(tenancyNow); got.Send || got.Reason != tc.want {
			t.Errorf("%s: %+v, want %s", tc.state, got, tc.want)
		}
	}
}

func TestAFactionThatIsBeingRemovedCannotGoOn(t *testing.T) {
	db := storetest.Open(t)
	registered(t, db, lions)
	if err := db.Store.SetFactionState(t.Context(), lions, faction.Removing, "", tenancyNow); err != nil {
		t.Fatal(err)
	}
	if err := db.Store.SetFactionState(t.Context(), lions, faction.Active, "", tenancyNow); faction.KindOf(err) != faction.Conflict {
		t.Errorf("going on gave %v, want a conflict", err)
	}
	if err := db.Store.SetFactionState(t.Context(), bears, faction.Paused, "", tenancyNow); faction.KindOf(err) != faction.NotFound {
		t.Errorf("pausing an unknown faction gave %v, want not found", err)
	}
}

// dump is every row of a faction in every table, in one order.
func dump(t *testing.T, owner *pgx.Conn, adminURL string, id faction.ID) string {
	t.Helper()
	var b strings.Builder
	for _, table := range tables(t, adminURL) {
		if !table.faction {
			continue
		}
		rows, err := owner.Query(t.Context(), "select to_jsonb(t)::text from "+table.name+" t where faction_id = $1 order by 1", id)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n%s\n", table.name, strings.Join(lines, "\n"))
	}
	return b.String()
}

// twins fills every table for two factions with the same ids in every field that may
// be the same.
func twins(t *testing.T, owner *pgx.Conn, adminURL string) {
	t.Helper()
	for _, table := range tables(t, adminURL) {
		if !table.faction || table.name == "audit_chain" || table.name == "audit_heads" { // filled by audit_log
			continue
		}
		for _, id := range []int64{int64(lions), int64(bears)} {
			insert := insertLike(t, owner, table.name, id)
			if _, err := owner.Exec(t.Context(), insert); err == nil {
				continue
			}
			// Some values are unique across tenants: the second one takes another.
			insert = strings.NewReplacer("'x'", "'y'", `'\x01'`, `'\x02'`, "(202, 1", "(202, 2", ", 1,", ", 2,").Replace(insert)
			ownerRun(t, owner, insert)
		}
	}
}

func TestRemovingAFactionLeavesItsTwinAsItWas(t *testing.T) {
	db := storetest.Open(t)
	owner := ownerOf(t, db.AdminURL)
	ctx := t.Context()
	twins(t, owner, db.AdminURL)
	before := dump(t, owner, db.AdminURL, bears)
	if err := db.Store.SetFactionState(ctx, lions, faction.Removing, "", tenancyNow); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	exported, err := db.Store.ExportFaction(ctx, lions, tenancyNow, &file)
	if err != nil {
		t.Fatal(err)
	}
	// The export holds one row of each table, whole but for secrets, and nothing of the twin.
	seen := map[string]int64{}
	lines := bufio.NewScanner(&file)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		var line struct {
			Table   string
			Faction int64
			Row     map[string]any
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("line %d is no JSON: %v", n, err)
		}
		if n == 0 {
			if line.Faction != int64(lions) {
				t.Errorf("the first line names faction %d", line.Faction)
			}
			continue
		}
		seen[line.Table]++
		if line.Row["faction_id"] != float64(lions) {
			t.Errorf("%s: a row of faction %v is in the export", line.Table, line.Row["faction_id"])
		}
		for _, secret := range []string{"sealed", "fingerprint", "token_hash", "hash", "webhook_url"} {
			if _, ok := line.Row[secret]; ok {
				t.Errorf("%s: the export shows %s", line.Table, secret)
			}
		}
	}
	for _, table := range tables(t, db.AdminURL) {
		if n, listed := exported[table.name]; table.faction && (!listed || n == 0 || seen[table.name] != n) {
			t.Errorf("%s: %d rows in the export, %d told (%t)", table.name, seen[table.name], n, listed)
		}
	}
	if _, err := db.Store.EraseFaction(ctx, lions); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables(t, db.AdminURL) {
		if table.faction {
			if n := countOf(t, owner, "select count(*) from "+table.name+" where faction_id = 101"); n != 0 {
				t.Errorf("%s still has %d rows of the removed faction", table.name, n)
			}
		}
	}
	if after := dump(t, owner, db.AdminURL, bears); after != before {
		t.Errorf("the twin changed:\nbefore\n%s\nafter\n%s", before, after)
	}
}

func TestARequestForAccessIsAskedOnceAndAnsweredOnce(t *testing.T) {
	db := storetest.Open(t)
	ctx, s := t.Context(), db.Store
	ask := faction.Access{Faction: lions, Name: "Lions", Members: 40, Leader: 1, Player: 2, DiscordID: "77", GuildID: "9"}
	for i, want := range []bool{true, false, false} {
		got, fresh, err := s.AskAccess(ctx, ask, tenancyNow.Add(time.Duration(i)*time.Hour))
		if err != nil || fresh != want || !got.Asked.Equal(tenancyNow) || got.State != faction.AccessWaiting {
			t.Fatalf("asking time %d: %+v, fresh %t (%v), want fresh %t", i, got, fresh, err, want)
		}
	}
	waiting, err := s.AccessWaiting(ctx, 5)
	if err != nil || len(waiting) != 1 || waiting[0].Name != "Lions" {
		t.Fatalf("waiting: %+v (%v)", waiting, err)
	}
	if _, err := s.DecideAccess(ctx, lions, faction.AccessDeclined, 5, tenancyNow); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DecideAccess(ctx, lions, faction.AccessAccepted, 5, tenancyNow); faction.KindOf(err) != faction.Conflict {
		t.Errorf("answering twice gave %v, want a conflict", err)
	}
	if _, err := s.DecideAccess(ctx, bears, faction.AccessAccepted, 5, tenancyNow); faction.KindOf(err) != faction.NotFound {
		t.Errorf("answering who never asked gave %v, want not found", err)
	}
	if _, fresh, err := s.AskAccess(ctx, ask, tenancyNow.Add(24*time.Hour)); err != nil || fresh {
		t.Errorf("asking a day after being declined is fresh %t (%v), want to wait", fresh, err)
	}
	if got, fresh, err := s.AskAccess(ctx, ask, tenancyNow.Add(faction.AskAgainAfter+time.Minute)); err != nil || !fresh || got.State != faction.AccessWaiting {
		t.Errorf("asking a week later: %+v, fresh %t (%v), want it to wait for an answer", got, fresh, err)
	}
}
