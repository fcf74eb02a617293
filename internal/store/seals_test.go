package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

// sealedWith is what begins like a ciphertext of a key.
func sealedWith(key uint32, text string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{1}, key), text...)
}

func keySealed(player faction.PlayerID, sealed []byte) faction.Key {
	return faction.Key{Player: player, Sealed: sealed, Fingerprint: binary.BigEndian.AppendUint64(nil, uint64(player)),
		Type: "Limited Access", Consent: "lend"}
}

func TestEveryColumnNamedSealedIsPartOfRotations(t *testing.T) {
	db := storetest.Open(t)
	conn := owner(t, db)
	rows, err := conn.Query(t.Context(), `select c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid
		where a.attname = 'sealed' and not a.attisdropped and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`)
	must(t, err)
	want, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	listed := store.SealedTables()
	slices.Sort(listed)
	if !slices.Equal(listed, want) {
		t.Fatalf("store.sealedTables lists %v, the catalogue has a column sealed in %v", listed, want)
	}
	for _, table := range want {
		if n := count(t, conn, "select count(*) from pg_trigger where tgname = 'refuse_retired_key' and tgrelid = $1::regclass", table); n != 1 {
			t.Errorf("%s does not refuse what a retired key sealed: its migration must call keep_sealed('%s')", table, table)
		}
	}
	// Sealing anew works on each: the list's SQL fits the tables.
	for _, table := range want {
		fillRow(t, conn, table, int64(lions))
		must(t, execSQL(t, conn, "update "+table+" set sealed = $1", sealedWith(7, "x")))
		called := 0
		done, bad, last, err := db.Store.Reseal(t.Context(), faction.Seals{Table: table, Faction: lions, Key: 7}, 0, 10, func(at faction.SealedFor, old []byte) ([]byte, error) {
			called++
			return sealedWith(8, "x"), nil
		})
		if err != nil || done != 1 || len(bad) != 0 || last != 0 || called != 1 {
			t.Errorf("%s: sealed anew %d (%d calls), bad %v, last %d: %v", table, done, called, bad, last, err)
		}
	}
}

func execSQL(t *testing.T, conn *pgx.Conn, sql string, args ...any) error {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql, args...)
	return err
}

func TestSealsAreCountedByFactionAndKeyWithoutBeingSeen(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	must(t, db.Store.SaveKey(ctx, lions, keySealed(1, sealedWith(7, "a")), noon))
	must(t, db.Store.SaveKey(ctx, lions, keySealed(2, sealedWith(1<<31+5, "b")), noon))
	must(t, db.Store.SaveKey(ctx, bears, keySealed(3, sealedWith(7, "c")), noon))
	must(t, db.Store.SaveKey(ctx, 0, keySealed(4, []byte("no ciphertext")), noon))
	must(t, db.Store.SaveKey(ctx, 0, keySealed(5, []byte{}), noon)) // nothing is kept of it
	got, err := db.Store.Seals(ctx)
	must(t, err)
	want := []faction.Seals{{Table: "api_keys", Faction: 0, Key: 0, Rows: 1}, {Table: "api_keys", Faction: lions, Key: 7, Rows: 1},
		{Table: "api_keys", Faction: lions, Key: 1<<31 + 5, Rows: 1}, {Table: "api_keys", Faction: bears, Key: 7, Rows: 1}}
	if !slices.Equal(got, want) {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}

func TestRowsAreSealedAnewInBatchesAndOnlyThoseOfTheOldKey(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	for i := range 5 {
		must(t, db.Store.SaveKey(ctx, lions, keySealed(faction.PlayerID(i+1), sealedWith(7, "old")), noon))
	}
	must(t, db.Store.SaveKey(ctx, lions, keySealed(6, sealedWith(8, "new already")), noon))
	must(t, db.Store.SaveKey(ctx, bears, keySealed(7, sealedWith(7, "theirs")), noon))
	of := faction.Seals{Table: "api_keys", Faction: lions, Key: 7}
	var batches []int
	for after, first := int64(0), true; first || after != 0; first = false {
		done, bad, last, err := db.Store.Reseal(ctx, of, after, 2, func(at faction.SealedFor, old []byte) ([]byte, error) {
			if at.Table != "api_keys" || at.Faction != 0 || string(old[5:]) != "old" {
				t.Errorf("asked to seal %q for %+v", old, at)
			}
			if at.Row == 2 {
				return nil, errors.New("does not open")
			}
			return sealedWith(8, "fresh"), nil
		})
		must(t, err)
		batches = append(batches, done, len(bad))
		after = last
	}
	if want := []int{1, 1, 2, 0, 1, 0}; !slices.Equal(batches, want) {
		t.Errorf("batches (done, left) %v, want %v", batches, want)
	}
	left, err := db.Store.Seals(ctx)
	must(t, err)
	want := []faction.Seals{{Table: "api_keys", Faction: lions, Key: 7, Rows: 1}, {Table: "api_keys", Faction: lions, Key: 8, Rows: 5},
		{Table: "api_keys", Faction: bears, Key: 7, Rows: 1}}
	if !slices.Equal(left, want) {
		t.Errorf("left %+v, want %+v", left, want)
	}
}

func TestAKeyReplacedWhileRowsAreSealedAnewIsNotOverwritten(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	k := keySealed(1, sealedWith(7, "old"))
	must(t, db.Store.SaveKey(ctx, lions, k, noon))
	saved := make(chan error, 1)
	_, _, _, err := db.Store.Reseal(ctx, faction.Seals{Table: "api_keys", Faction: lions, Key: 7}, 0, 10, func(faction.SealedFor, []byte) ([]byte, error) {
		k.Sealed = sealedWith(8, "replaced by its owner")
		go func() { saved <- db.Store.SaveKey(ctx, lions, k, noon) }()
		return sealedWith(8, "sealed anew"), nil
	})
	must(t, err)
	must(t, <-saved)
	keys, err := db.Store.Keys(ctx, lions, 1)
	must(t, err)
	if got := string(keys[0].Sealed[5:]); got != "replaced by its owner" {
		t.Errorf("stored is %q, want what the owner gave", got)
	}
}

func TestWhatARetiredKeySealsIsRefused(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	must(t, db.Store.SaveKey(ctx, lions, keySealed(1, sealedWith(7, "old")), noon))
	must(t, db.Store.RetireKeys(ctx, []uint32{7}))
	must(t, db.Store.RetireKeys(ctx, []uint32{7, 1<<31 + 5}))
	wantKind(t, db.Store.SaveKey(ctx, lions, keySealed(2, sealedWith(7, "late")), noon), faction.Unavailable)
	wantKind(t, db.Store.SaveKey(ctx, lions, keySealed(1, sealedWith(1<<31+5, "late")), noon), faction.Unavailable)
	must(t, db.Store.SaveKey(ctx, lions, keySealed(2, sealedWith(8, "in time")), noon))
	// What is there already may be read, used and changed in all but its secret.
	consented(t, db.Store, 1, "verify")
	got, err := db.Store.RetiredKeys(ctx)
	must(t, err)
	if !slices.Equal(got, []uint32{7, 1<<31 + 5}) {
		t.Errorf("retired are %v", got)
	}
}

func TestRetiringAKeyWaitsForWhoeverBeganToSealBefore(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	retired := make(chan error, 1)
	err := db.Store.Faction(ctx, lions, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into api_keys (faction_id, player_id, sealed, fingerprint, access_level, access_type, faction_access, consent, state_at, created_at)
			values (101, 1, $1, $2, 3, 'Limited Access', true, 'lend', now(), now())`, sealedWith(7, "at the last moment"), []byte("f"))
		if err != nil {
			return err
		}
		go func() { retired <- db.Store.RetireKeys(ctx, []uint32{7}) }()
		conn := owner(t, db)
		for count(t, conn, "select count(*) from pg_locks where locktype = 'advisory' and not granted") == 0 {
			select {
			case err := <-retired:
				t.Errorf("retired while a row was being written (%v)", err)
				retired <- err
				return nil
			case <-time.After(5 * time.Millisecond):
			}
		}
		return nil
	})
	must(t, err)
	must(t, <-retired)
	seals, err := db.Store.Seals(ctx)
	must(t, err)
	if len(seals) != 1 || seals[0].Key != 7 {
		t.Errorf("the row that was written meanwhile is not seen: %+v", seals)
	}
}

func TestProcessesAreListedWhileTheyAreSeen(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	a := faction.Process{Instance: "a", Run: "1", Keys: []uint32{7, 1<<31 + 5}, Primary: 7}
	b := faction.Process{Instance: "b", Run: "1", Keys: []uint32{7}, Primary: 7}
	must(t, db.Store.SeenProcess(ctx, a))
	must(t, db.Store.SeenProcess(ctx, b))
	must(t, db.Store.SeenProcess(ctx, faction.Process{Instance: "b", Run: "2", Keys: []uint32{7}, Primary: 7}))
	a.Primary = 1<<31 + 5
	must(t, db.Store.SeenProcess(ctx, a))
	must(t, db.Store.EndProcess(ctx, b))
	conn := owner(t, db)
	must(t, execSQL(t, conn, "update processes set seen_at = clock_timestamp() - interval '31 seconds' where instance = 'b'"))
	got, err := db.Store.Processes(ctx, 30*time.Second)
	must(t, err)
	if len(got) != 1 || got[0].Instance != "a" || got[0].Primary != 1<<31+5 || !slices.Equal(got[0].Keys, a.Keys) || got[0].Silent > time.Minute {
		t.Errorf("running are %+v", got)
	}
	must(t, execSQL(t, conn, "update processes set seen_at = clock_timestamp() - interval '2 days' where instance = 'b'"))
	must(t, db.Store.SeenProcess(ctx, a))
	if n := count(t, conn, "select count(*) from processes"); n != 1 {
		t.Errorf("%d processes are remembered, want what ended long ago forgotten", n)
	}
}

func TestOneRotationRunsAtATime(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	err := db.Store.Rotating(ctx, func(ctx context.Context) error {
		if err := db.Store.Rotating(ctx, func(context.Context) error { return nil }); !errors.Is(err, store.ErrRotating) {
			t.Errorf("a second rotation began: %v", err)
		}
		return nil
	})
	must(t, err)
	must(t, db.Store.Rotating(ctx, func(context.Context) error { return nil }))
	// A rotation whose lock is gone must not go on.
	conn := owner(t, db)
	err = db.Store.Rotating(ctx, func(ctx context.Context) error {
		must(t, execSQL(t, conn, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid()"))
		<-ctx.Done()
		return ctx.Err()
	})
	wantKind(t, err, faction.Unavailable)
}
