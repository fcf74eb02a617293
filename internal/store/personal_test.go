package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

const ghost faction.PlayerID = 4242

// A column whose name looks like one of these names a player.
var namesAPlayer = regexp.MustCompile(`(^|_)(player|attacker|defender|actor|leader|member|holder|target|watcher|owner|assignee|requester|creator|approver)_id$|_by$`)

// numericPlayerColumns finds them in the catalogue.
func numericPlayerColumns(t *testing.T, owner *pgx.Conn) map[string]string {
	t.Helper()
	rows, err := owner.Query(t.Context(), `select c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'bigint'::regtype and a.attgenerated = ''
		where n.nspname = 'public' and c.relkind in ('r', 'p') and exists (select 1 from pg_attribute f where f.attrelid = c.oid and f.attname = 'faction_id')`)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var table, column string
	_, err = pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		if namesAPlayer.MatchString(column) {
			out[table+"."+column] = table
		}
		return nil
	})
	if err != nil || len(out) < 10 {
		t.Fatalf("found %d columns that name a player (%v), want all of them", len(out), err)
	}
	return out
}

func ownerOf(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func ownerRun(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func countOf(t *testing.T, conn *pgx.Conn, sql string, args ...any) (n int64) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func TestEveryColumnThatNamesAPlayerHasATreatment(t *testing.T) {
	db := storetest.Open(t)
	have := numericPlayerColumns(t, ownerOf(t, db.AdminURL))
	known := store.PersonalColumns()
	for column := range have {
		if _, ok := known[column]; !ok {
			t.Errorf("%s names a player, but nothing says what becomes of it when they ask to be forgotten, nor is it in their export: add it to personal() in store/personal.go", column)
		}
	}
	for column, why := range known {
		if have[column] == "" {
			t.Errorf("%s has a treatment and is no such column", column)
		}
		if strings.HasPrefix(why, "stay") && len(why) < len("stay: because") {
			t.Errorf("%s stays without a reason", column)
		}
	}
}

// fillFor puts a row that names the player into every table that can.
func fillFor(t *testing.T, owner *pgx.Conn, id int64, player faction.PlayerID) {
	t.Helper()
	filled := map[string]bool{}
	columns := numericPlayerColumns(t, owner)
	for _, table := range columns {
		if filled[table] || table == "erased_players" {
			continue
		}
		filled[table] = true
		sql := insertLike(t, owner, table, id)
		head, values, _ := strings.Cut(sql, ") values (")
		for column, of := range columns {
			name := strings.TrimPrefix(column, table+".")
			if of != table {
				continue
			}
			if at := indexOf(head, name); at >= 0 {
				list := strings.Split(strings.TrimSuffix(values, ")"), ", ")
				list[at] = fmt.Sprint(player)
				values = strings.Join(list, ", ") + ")"
			} else {
				head, values = head+", "+name, strings.TrimSuffix(values, ")")+fmt.Sprintf(", %d)", player)
			}
		}
		ownerRun(t, owner, head+") values ("+values)
	}
}

func indexOf(insert, column string) int {
	_, list, _ := strings.Cut(insert, "(")
	for i, c := range strings.Split(list, ", ") {
		if c == column {
			return i
		}
	}
	return -1
}

func TestAForgottenPlayerIsNamedNowhereButWhereItIsSaid(t *testing.T) {
	db := storetest.Open(t)
	owner := ownerOf(t, db.AdminURL)
	now := time.Now().Add(time.Hour)
	ownerRun(t, owner, "insert into factions (faction_id, name, registered_at, leader_id) values (101, 'Lions', now(), 9)")
	ownerRun(t, owner, "insert into ranked_wars (faction_id, war_id, our_name, enemy_id, enemy_name, starts_at, target, original_target, our_score, enemy_score, our_chain, enemy_chain, seen_at, final_at) values (101, 1, 'Lions', 1, 'Bears', now() - interval '1 day', 1, 1, 1, 1, 1, 1, now(), now())")
	ownerRun(t, owner, "delete from factions") // fillFor makes the row with the player as leader
	fillFor(t, owner, int64(lions), ghost)
	var before int64
	for column, table := range numericPlayerColumns(t, owner) {
		before += countOf(t, owner, fmt.Sprintf("select count(*) from %s where %s = $1", table, strings.TrimPrefix(column, table+".")), ghost)
	}
	if before < 10 {
		t.Fatalf("the player is in %d places before, want every table", before)
	}
	if _, err := db.Store.ErasePlayer(t.Context(), ghost, now); err != nil {
		t.Fatal(err)
	}
	known := store.PersonalColumns()
	for column, table := range numericPlayerColumns(t, owner) {
		n := countOf(t, owner, fmt.Sprintf("select count(*) from %s where %s = $1", table, strings.TrimPrefix(column, table+".")), ghost)
		if stays := strings.HasPrefix(known[column], "stay"); n != 0 && !stays {
			t.Errorf("%s still names the player in %d rows (%s)", column, n, known[column])
		} else if stays && n == 0 && column != "access_requests.leader_id" { // its row went for another column
			t.Errorf("%s is said to stay and is gone", column)
		}
	}
	// Again: nothing is left to do, and nothing fails.
	if changed, err := db.Store.ErasePlayer(t.Context(), ghost, now); err != nil {
		t.Fatalf("%v %v", changed, err)
	}
}

func TestTalliesOfAForgottenPlayerKeepTheirSumsAndARunningWarFollows(t *testing.T) {
	db := storetest.Open(t)
	owner := ownerOf(t, db.AdminURL)
	ctx, now := t.Context(), time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	ownerRun(t, owner, "insert into factions (faction_id, name, registered_at) values (101, 'Lions', $1)", now)
	ownerRun(t, owner, "insert into discord_links (faction_id, discord_id, player_id, player_name, linked_at) values (101, '1', $1, 'Ghost', $2)", ghost, now)
	fought := func(id int, final any) {
		ownerRun(t, owner, `insert into ranked_wars (faction_id, war_id, our_name, enemy_id, enemy_name, starts_at, target, original_target, our_score, enemy_score, our_chain, enemy_chain, seen_at, final_at)
			values (101, $1, 'Lions', 202, 'Bears', $2, 1, 1, 1, 1, 1, 1, $2, $3)`, id, now.Add(-24*time.Hour), final)
	}
	fought(1, now)
	fought(2, nil)
	tally := func(war, player, hits int64) {
		insert := insertLike(t, owner, "war_member_stats", 101)
		for _, v := range []struct {
			column string
			value  any
		}{{"war_id", war}, {"player_id", player}, {"war_hits", hits}, {"team", "'us'"}, {"name", "'Ghost'"}} {
			head, values, _ := strings.Cut(insert, ") values (")
			list := strings.Split(strings.TrimSuffix(values, ")"), ", ")
			list[indexOf(head, v.column)] = fmt.Sprint(v.value)
			insert = head + ") values (" + strings.Join(list, ", ") + ")"
		}
		ownerRun(t, owner, insert)
	}
	tally(1, int64(ghost), 7)
	tally(1, 77, 3)
	tally(2, int64(ghost), 5)
	if _, err := db.Store.ErasePlayer(ctx, ghost, now); err != nil {
		t.Fatal(err)
	}
	hits := func(war, player int64) int64 {
		return countOf(t, owner, "select coalesce(sum(war_hits), 0)::bigint from war_member_stats where war_id = $1 and player_id = $2", war, player)
	}
	pseudonym := countOf(t, owner, "select pseudonym from erased_players where player_id = $1", ghost)
	if pseudonym >= 0 || hits(1, pseudonym) != 7 || hits(1, int64(ghost)) != 0 || hits(1, 77) != 3 {
		t.Errorf("finished war: pseudonym %d has %d hits, the player %d, another %d; want 7, 0 and 3", pseudonym, hits(1, pseudonym), hits(1, int64(ghost)), hits(1, 77))
	}
	if hits(2, int64(ghost)) != 5 {
		t.Errorf("the running war has %d hits of the player, want all 5 until it is over", hits(2, int64(ghost)))
	}
	if n := countOf(t, owner, "select count(*) from discord_links"); n != 0 {
		t.Errorf("%d links are left, want none", n)
	}
	// The war ends, and Torn's log brings two more hits of the first one back.
	ownerRun(t, owner, "update ranked_wars set final_at = $1 where war_id = 2", now.Add(time.Hour))
	tally(1, int64(ghost), 2)
	if _, err := db.Store.AnonymiseErased(ctx, lions, now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if hits(1, pseudonym) != 9 || hits(2, pseudonym) != 5 || hits(1, int64(ghost))+hits(2, int64(ghost)) != 0 {
		t.Errorf("after the end: pseudonym has %d and %d hits, the player %d; want 9, 5 and none", hits(1, pseudonym), hits(2, pseudonym), hits(1, int64(ghost))+hits(2, int64(ghost)))
	}
	if n := countOf(t, owner, "select count(*) from war_member_stats where player_id = $1 and name <> 'Former member'", pseudonym); n != 0 {
		t.Errorf("%d of the pseudonym's rows still show the name", n)
	}
}

func TestAnExportShowsWhatIsStoredAboutAPlayerButNoKeyAndNoEnemysEyes(t *testing.T) {
	db := storetest.Open(t)
	owner := ownerOf(t, db.AdminURL)
	fillFor(t, owner, 0, ghost) // linked without a faction: their own rows are there
	ownerRun(t, owner, "update attacks set attacker_faction = 0, defender_faction = 0")
	ownerRun(t, owner, "update members set of_faction = 0")
	ownerRun(t, owner, "update war_report_members set of_faction = 0")
	ownerRun(t, owner, "update war_member_stats set team = 'us'")
	fillFor2 := func(id int64) {
		ownerRun(t, owner, "insert into factions (faction_id, name, registered_at) values ($1, 'Bears', now())", id)
		ownerRun(t, owner, insertLike(t, owner, "attacks", id))
		ownerRun(t, owner, "update attacks set attacker_id = $1 where faction_id = $2", ghost, id)
	}
	fillFor2(int64(bears))
	got, err := db.Store.ExportPlayer(t.Context(), ghost)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := got[bears]; ok {
		t.Error("the export tells what another faction recorded of an opponent")
	}
	tables := map[string]bool{}
	for _, of := range numericPlayerColumns(t, owner) {
		tables[of] = of != "erased_players"
	}
	for table, want := range tables {
		if _, ok := got[0][table]; want && !ok {
			t.Errorf("the export says nothing of %s", table)
		}
	}
	all, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{`"sealed":`, `"fingerprint":`, `"token_hash":`} {
		if strings.Contains(string(all), secret) {
			t.Errorf("the export shows %s", secret)
		}
	}
}

func TestForgettingAPlayerLeavesTheAuditChainWhole(t *testing.T) {
	db := storetest.Open(t)
	registered(t, db, lions)
	entry := faction.AuditEntry{At: tenancyNow, Actor: ghost, Action: "war.track", Outcome: "done", Body: map[string]any{"player": ghost}}
	for range 3 {
		if err := db.Store.Audit(t.Context(), lions, entry); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Store.ErasePlayer(t.Context(), ghost, tenancyNow); err != nil {
		t.Fatal(err)
	}
	v, err := db.Store.VerifyAudit(t.Context(), lions)
	if err != nil || !v.Whole() {
		t.Errorf("the chain is %+v (%v), want it whole", v, err)
	}
	trail, err := db.Store.AuditTrail(t.Context(), lions, 10)
	if err != nil || len(trail) != 3 || trail[0].Actor != ghost {
		t.Errorf("the trail is %+v (%v), want three entries of the player", trail, err)
	}
}
