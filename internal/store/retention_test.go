package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/store/storetest"
	"consigliere/internal/war"
)

func TestRetentionTakesOutWhatIsOldAndOverAndNothingThatMayComeAgain(t *testing.T) {
	db := storetest.Open(t)
	ctx, s := t.Context(), db.Store
	registered(t, db, lions, bears)
	owner := ownerOf(t, db.AdminURL)
	day := func(n int) time.Time { return tenancyNow.AddDate(0, 0, -n) }
	for _, id := range []faction.ID{lions, bears} {
		for war, final := range map[int]any{1: day(90), 2: nil} {
			ownerRun(t, owner, `insert into ranked_wars (faction_id, war_id, our_name, enemy_id, enemy_name, starts_at, target, original_target, our_score, enemy_score, our_chain, enemy_chain, seen_at, final_at)
				values ($1, $2, 'Us', 5, 'Them', $3, 1, 1, 1, 1, 1, 1, $3, $4)`, id, war, day(100), final)
			ownerRun(t, owner, "insert into war_samples (faction_id, war_id, at, us, them, target) values ($1, $2, $3, 1, 1, 1)", id, war, day(95))
		}
		attack := func(n, war int, at time.Time) {
			ownerRun(t, owner, insertLike(t, owner, "attacks", int64(id)))
			var of any
			if war != 0 {
				of = war
			}
			ownerRun(t, owner, "update attacks set attack_id = $2, war_id = $3, started_at = $4 where faction_id = $1 and attack_id = 1", id, n, of, at)
		}
		attack(11, 1, day(95)) // over: goes
		attack(12, 2, day(95)) // still read: stays
		attack(13, 0, day(95)) // outside of wars: goes
		attack(14, 1, day(20)) // young: stays
		newestPages(t, owner, id, day(1))
		ownerRun(t, owner, "update poll_state set head_at = $2 where faction_id = $1 and feed = 'attacks'", id, day(0))
		delivery := func(subject, state string, at time.Time) {
			ownerRun(t, owner, `insert into alert_deliveries (faction_id, rule_id, kind, subject, stage, payload, channel_id, state, created_at, expires_at)
				values ($1, 1, 'war.started', $2, $3, '{"note":"Duke"}', 'c', $4, $5, $5)`, id, subject, fmt.Sprint(state, at.Unix()), state, at)
		}
		delivery("war:1", "sent", day(95))    // its war is over: goes
		delivery("war:2", "sent", day(95))    // may come again: only the contents go
		delivery("key:7", "sent", day(95))    // the same
		delivery("war:1", "pending", day(95)) // not sent yet: stays
		delivery("war:1", "sent", day(1))     // young: stays
		for n, at := range map[int]time.Time{1: day(95), 2: day(1)} {
			ownerRun(t, owner, "insert into audit_denials (faction_id, actor_id, action, reason, written_at) values ($1, $2, 'x', 'y', $3)", id, n, at)
		}
	}
	if _, err := s.SetRetention(ctx, lions, faction.Retention{Attacks: 5}); faction.KindOf(err) != faction.Invalid {
		t.Errorf("5 days gave %v, want it refused: they may still be read again", err)
	}
	was, err := s.SetRetention(ctx, lions, faction.Retention{Attacks: 30, Samples: 30, Deliveries: 30, Denials: 30})
	if err != nil || was != (faction.Retention{}) {
		t.Fatalf("before it was %+v (%v), want everything kept", was, err)
	}
	for _, id := range []faction.ID{lions, bears} {
		if _, err := s.Prune(ctx, id, tenancyNow); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		what, sql   string
		lions, kept int64
	}{
		{"attacks", "select count(*) from attacks where faction_id = $1 and attack_id < 1000", 2, 4},
		{"the right attacks", "select count(*) from attacks where faction_id = $1 and attack_id in (12, 14)", 2, 2},
		{"samples", "select count(*) from war_samples where faction_id = $1", 1, 2},
		{"deliveries", "select count(*) from alert_deliveries where faction_id = $1", 4, 5},
		{"contents", "select count(*) from alert_deliveries where faction_id = $1 and payload <> '{}'", 2, 5},
		{"denials", "select count(*) from audit_denials where faction_id = $1", 1, 2},
	} {
		if n := countOf(t, owner, tc.sql, lions); n != tc.lions {
			t.Errorf("%s: %d are left, want %d", tc.what, n, tc.lions)
		}
		if n := countOf(t, owner, tc.sql, bears); n != tc.kept {
			t.Errorf("%s: the faction that keeps everything has %d, want %d", tc.what, n, tc.kept)
		}
	}
}

func TestNothingNearTheHeadOfTheLogIsTakenOut(t *testing.T) {
	db := storetest.Open(t)
	registered(t, db, lions)
	owner := ownerOf(t, db.AdminURL)
	// The faction was paused for a hundred days: its log goes on from back there.
	head := tenancyNow.AddDate(0, 0, -100)
	ownerRun(t, owner, "update poll_state set head_at = $1 where feed = 'attacks'", head)
	ownerRun(t, owner, insertLike(t, owner, "attacks", int64(lions)))
	ownerRun(t, owner, "update attacks set started_at = $1, war_id = null", head.Add(-5*time.Minute))
	newestPages(t, owner, lions, head)
	if _, err := db.Store.SetRetention(t.Context(), lions, faction.Retention{Attacks: 30}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Store.Prune(t.Context(), lions, tenancyNow); err != nil {
		t.Fatal(err)
	}
	if n := countOf(t, owner, "select count(*) from attacks where attack_id < 1000"); n != 1 {
		t.Errorf("%d rows are left, want the one that the log is read back over", n)
	}
}

// newestPages gives a faction more attacks of one moment than Torn's newest page holds.
func newestPages(t *testing.T, owner *pgx.Conn, id faction.ID, at time.Time) {
	t.Helper()
	ownerRun(t, owner, `insert into attacks select (jsonb_populate_record(a, jsonb_build_object('attack_id', 1000 + n, 'started_at', $2::timestamptz, 'war_id', null))).*
		from (select a from attacks a where faction_id = $1 limit 1) one (a), generate_series(1, 201) n`, id, at)
}

// A quiet faction's newest page reaches back for months, and is read every half minute.
func TestWhatTheNewestPageOfTheLogShowsIsNeverTakenOut(t *testing.T) {
	db := storetest.Open(t)
	registered(t, db, lions)
	owner := ownerOf(t, db.AdminURL)
	ownerRun(t, owner, "update poll_state set head_at = $1 where feed = 'attacks'", tenancyNow)
	ownerRun(t, owner, insertLike(t, owner, "attacks", int64(lions)))
	ownerRun(t, owner, "update attacks set started_at = $1, war_id = null", tenancyNow.AddDate(0, 0, -90))
	if _, err := db.Store.SetRetention(t.Context(), lions, faction.Retention{Attacks: 30}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Store.Prune(t.Context(), lions, tenancyNow); err != nil {
		t.Fatal(err)
	}
	if n := countOf(t, owner, "select count(*) from attacks"); n != 1 {
		t.Errorf("%d rows are left, want the one that Torn still shows on its newest page", n)
	}
}

func TestNothingOfAWarThatIsReadBackIsTakenOut(t *testing.T) {
	db := storetest.Open(t)
	registered(t, db, lions)
	owner := ownerOf(t, db.AdminURL)
	ownerRun(t, owner, "update poll_state set head_at = $1 where feed = 'attacks'", tenancyNow)
	saveWars(t, db.Store, lions, func() war.War { w := aWar(1); w.FinalAt = noon; return w }())
	ownerRun(t, owner, insertLike(t, owner, "attacks", int64(lions)))
	ownerRun(t, owner, "update attacks set started_at = $1, war_id = 1", tenancyNow.AddDate(0, 0, -90))
	newestPages(t, owner, lions, tenancyNow)
	ownerRun(t, owner, "insert into backfill_wars (faction_id, backfill_id, war_id, state) values ($1, 1, 1, 'reading')", lions)
	if _, err := db.Store.SetRetention(t.Context(), lions, faction.Retention{Attacks: 30}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		state string
		left  int64
	}{{"reading", 1}, {"done", 0}} {
		ownerRun(t, owner, "update backfill_wars set state = $1", tc.state)
		if _, err := db.Store.Prune(t.Context(), lions, tenancyNow); err != nil {
			t.Fatal(err)
		}
		if n := countOf(t, owner, "select count(*) from attacks where war_id = 1"); n != tc.left {
			t.Errorf("while the reading is %s, %d rows of the war are left, want %d", tc.state, n, tc.left)
		}
	}
}
