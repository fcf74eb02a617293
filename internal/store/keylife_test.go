package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/store/storetest"
)

// told is one delivery, as the owner of the database sees it.
type told struct {
	Rule    alert.RuleID
	Player  faction.PlayerID
	Subject string
	Jobs    int
}

func toldTo(t *testing.T, db storetest.DB, id faction.ID) []told {
	t.Helper()
	rows, err := owner(t, db).Query(t.Context(), `select rule_id, player_id, subject,
			(select count(*) from river_job j where (j.args->>'delivery_id')::bigint = d.delivery_id)
		from alert_deliveries d where faction_id = $1 order by delivery_id`, id)
	must(t, err)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (x told, err error) {
		return x, row.Scan(&x.Rule, &x.Player, &x.Subject, &x.Jobs)
	})
	must(t, err)
	return out
}

// states are the changes of key states that a faction's log holds, oldest first.
func states(t *testing.T, db storetest.DB, id faction.ID) (out []string) {
	t.Helper()
	rows, err := owner(t, db).Query(t.Context(), `select (body::jsonb->>'before') || ' ' || (body::jsonb->>'after')
		from audit_log where faction_id = $1 and action = 'key.state' order by seq`, id)
	must(t, err)
	out, err = pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return out
}

// aLentKey is a store with a rule for unhealthy keys and one lent key of player 11.
func aLentKey(t *testing.T) (storetest.DB, int64) {
	t.Helper()
	db := opened(t)
	must(t, db.Store.PutRules(t.Context(), lions, []alert.Rule{{Kind: alert.KeyUnhealthy, ChannelID: "7", Enabled: true}}, noon))
	must(t, db.Store.SaveKey(t.Context(), lions, keyOf(11, "a"), noon))
	return db, keysOf(t, db.Store, lions)[0].ID
}

func TestAKeysOwnerAndItsFactionAreToldOncePerChangeForTheWorse(t *testing.T) {
	t.Parallel()
	for _, state := range []string{faction.KeyPaused, faction.KeyInactive, faction.KeyJailed, faction.KeyNoAccess, faction.KeyInvalid} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			db, key := aLentKey(t)
			c := faction.KeyChange{Key: key, State: state, Reason: "Torn says so"}
			var wg sync.WaitGroup
			var mu sync.Mutex
			changes := 0
			for i := range 4 { // several processes learn it at about the same time
				wg.Go(func() {
					changed, err := db.Store.ChangeKey(t.Context(), lions, c, noon.Add(time.Duration(i)*time.Second))
					mu.Lock()
					defer mu.Unlock()
					if changed {
						changes++
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			got := toldTo(t, db, lions)
			if changes != 1 || len(got) != 2 || got[0].Rule == 0 || got[0].Player != 0 || got[1].Rule != 0 || got[1].Player != 11 || got[0].Jobs != 1 || got[1].Jobs != 1 {
				t.Fatalf("%d changes told %+v; want one, told to the rule and to player 11, each with a job", changes, got)
			}
			if want := fmt.Sprintf("key:%d", key); got[1].Subject != want {
				t.Errorf("it is about %s, want %s", got[1].Subject, want)
			}
			if log := states(t, db, lions); len(log) != 1 || log[0] != "active "+state {
				t.Errorf("the log holds %v", log)
			}
		})
	}
}

func TestARecoveryIsNotedAndToldToNobody(t *testing.T) {
	t.Parallel()
	db, key := aLentKey(t)
	change(t, db.Store, lions, faction.KeyChange{Key: key, State: faction.KeyPaused}, noon)
	facts := &faction.KeyFacts{Level: 4, Type: "Full Access", FactionAccess: true, Selections: nil}
	if !change(t, db.Store, lions, faction.KeyChange{Key: key, State: faction.KeyActive, Facts: facts}, noon.Add(time.Hour)) {
		t.Error("the recovery is no change")
	}
	if got := toldTo(t, db, lions); len(got) != 2 {
		t.Errorf("after a recovery there are %d deliveries, want the 2 of before", len(got))
	}
	if k := keysOf(t, db.Store, lions)[0]; k.State != faction.KeyActive || k.Level != 4 || k.Reason != "" || !k.StateAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("the key is %+v, want it active with what Torn says now", k)
	}
	// Paused once more is news once more.
	change(t, db.Store, lions, faction.KeyChange{Key: key, State: faction.KeyPaused}, noon.Add(2*time.Hour))
	if got := toldTo(t, db, lions); len(got) != 4 {
		t.Errorf("paused a second time there are %d deliveries, want 4", len(got))
	}
	if log := states(t, db, lions); len(log) != 3 || log[1] != "paused active" {
		t.Errorf("the log holds %v", log)
	}
}

func TestAnInvalidKeyIsWipedNeverUsedAgainAndReplacedByTheNextLink(t *testing.T) {
	t.Parallel()
	db, key := aLentKey(t)
	change(t, db.Store, lions, faction.KeyChange{Key: key, State: faction.KeyInvalid}, noon)
	k := keysOf(t, db.Store, lions)[0]
	if len(k.Sealed) != 0 || k.State != faction.KeyInvalid || k.Player != 11 {
		t.Fatalf("the key is %+v, want a row without the key itself", k)
	}
	if change(t, db.Store, lions, faction.KeyChange{Key: key, State: faction.KeyActive}, noon) {
		t.Error("an invalid key came to life again")
	}
	must(t, db.Store.SaveKey(t.Context(), lions, keyOf(12, "of somebody else"), noon))
	if n := len(keysOf(t, db.Store, lions)); n != 2 {
		t.Fatalf("%d keys, want the invalid one and somebody else's", n)
	}
	must(t, db.Store.SaveKey(t.Context(), lions, keyOf(11, "new"), noon))
	for _, k := range keysOf(t, db.Store, lions) {
		if k.State != faction.KeyActive {
			t.Errorf("after a new link there is still %+v", k)
		}
	}
}

func TestLostFactionAccessIsKeptApartFromPublicReading(t *testing.T) {
	t.Parallel()
	db, key := aLentKey(t)
	change(t, db.Store, lions, faction.KeyChange{Key: key, State: faction.KeyNoAccess, LostFactionAccess: true}, noon)
	if k := keysOf(t, db.Store, lions)[0]; k.FactionAccess || k.State != faction.KeyNoAccess || len(k.Sealed) == 0 {
		t.Errorf("the key is %+v, want it kept without faction access", k)
	}
}

func TestAKeyThatWasNotLentIsItsOwnersAffairAlone(t *testing.T) {
	t.Parallel()
	db, key := aLentKey(t)
	consented(t, db.Store, 11, "own")
	change(t, db.Store, lions, faction.KeyChange{Key: key, State: faction.KeyPaused}, noon)
	if got := toldTo(t, db, lions); len(got) != 1 || got[0].Player != 11 {
		t.Errorf("told %+v, want the owner alone", got)
	}
}

func TestANoticeForOnePlayerIsRecordedOnceAndNeedsAPlayer(t *testing.T) {
	t.Parallel()
	db := opened(t)
	n := alert.Personal{Player: 11, Alert: alert.Alert{Kind: alert.MemberPosition, Subject: "player:11", Stage: "a", At: noon}}
	other := n
	other.Player = 12
	for range 2 {
		must(t, db.Store.Tell(t.Context(), lions, noon, n, n, other))
	}
	if got := toldTo(t, db, lions); len(got) != 2 || got[0].Player != 11 || got[1].Player != 12 {
		t.Errorf("told %+v, want each player once", got)
	}
	n.Player = 0
	if err := db.Store.Tell(t.Context(), lions, noon, n); err == nil {
		t.Error("a notice for nobody was taken")
	}
}
