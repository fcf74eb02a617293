package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"consigliere/internal/faction"
)

// sealedTable is a table whose column sealed holds what the vault encrypted.
type sealedTable struct {
	name string
	key  string // the column, of a number, that tells a faction's rows apart
	// context is what its secrets are bound to, as SQL: a table, a faction and a row
	// (vault.Context).
	context string
}

// sealedTables lists every table that a rotation re-encrypts. A test compares it with
// the catalogue; a migration that adds one calls keep_sealed for it.
func sealedTables() []sealedTable {
	return []sealedTable{
		{name: "alert_rules", key: "rule_id", context: "'alert_rules', faction_id, coalesce(nullif(webhook_id, '')::bigint, 0)"},
		{name: "api_keys", key: "key_id", context: "'api_keys', 0::bigint, player_id"},
		{name: "link_requests", key: "request_id", context: "'api_keys', 0::bigint, player_id"}, // keys on their way there
	}
}

const (
	sealLock     = 0x7365616c       // "seal": shared by whoever writes a sealed column
	rotationLock = 0x726f74617465   // "rotate"
	retiredKey   = "CK001"          // what refuse_retired_key raises
	retireWithin = 10 * time.Second // how long writers that began before are waited for
	lockWatch    = 2 * time.Second  // how often the rotation's lock is looked after
)

// ErrRotating is returned when another rotation of this database's keys is running.
var ErrRotating = errors.New("another rotation is running")

// Rotating runs fn while no other rotation runs, or returns ErrRotating. fn's context
// ends when the lock is lost with its connection.
func (s *Store) Rotating(ctx context.Context, fn func(context.Context) error) error {
	conn, got, err := s.tryLock(ctx, rotationLock)
	if err != nil {
		return fmt.Errorf("take the lock of key rotations: %w", err)
	}
	if !got {
		return ErrRotating
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // gives the lock back
	held, lost := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		t := time.NewTicker(lockWatch)
		defer t.Stop()
		for {
			select {
			case <-held.Done():
				return
			case <-t.C:
			}
			if err := conn.Ping(held); err != nil && held.Err() == nil {
				lost(fmt.Errorf("the connection that holds the lock of key rotations was lost: %w", translate(err)))
			}
		}
	}()
	err = fn(held)
	cause := context.Cause(held)
	lost(nil)
	<-watched
	if err != nil && cause != nil && ctx.Err() == nil {
		return cause
	}
	return err
}

// Seals counts all sealed secrets by table, faction and key.
func (s *Store) Seals(ctx context.Context) ([]faction.Seals, error) {
	var parts []string
	for _, t := range sealedTables() {
		parts = append(parts, "select '"+t.name+"', faction_id, sealed_by, count(*) from "+t.name+" where sealed_by is not null group by 2, 3")
	}
	var out []faction.Seals
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, strings.Join(parts, " union all ")+" order by 1, 2, 3")
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (faction.Seals, error) {
			var c faction.Seals
			return c, row.Scan(&c.Table, &c.Faction, &c.Key, &c.Rows)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count what each key sealed: %w", err)
	}
	return out, nil
}

// Reseal seals a batch of one faction's secrets anew: those of rows after a given one
// that one of the old keys sealed. A row that somebody else is writing is left out, and
// one that was written since it was read stays as it is. What does not open is left and
// listed in bad. last is where the next batch begins; 0: this was the last one.
func (s *Store) Reseal(ctx context.Context, of faction.Seals, after int64, limit int,
	reseal func(faction.SealedFor, []byte) ([]byte, error),
) (done int, bad []int64, last int64, err error) {
	var t sealedTable
	for _, have := range sealedTables() {
		if have.name == of.Table {
			t = have
		}
	}
	if t.name == "" {
		return 0, nil, 0, fmt.Errorf("table %q has no sealed column", of.Table)
	}
	err = s.Faction(ctx, of.Faction, func(tx pgx.Tx) error {
		done, bad, last = 0, nil, 0
		rows, err := tx.Query(ctx, "select "+t.key+", sealed, "+t.context+" from "+t.name+
			" where sealed_by = $1 and "+t.key+" > $2 order by "+t.key+" limit $3 for no key update skip locked", of.Key, after, limit)
		if err != nil {
			return err
		}
		var ids []int64
		var olds, news [][]byte
		var id int64
		var old []byte
		var place faction.SealedFor
		n := 0
		_, err = pgx.ForEachRow(rows, []any{&id, &old, &place.Table, &place.Faction, &place.Row}, func() error {
			n, last = n+1, id
			fresh, err := reseal(place, old)
			if err != nil {
				bad = append(bad, id)
				return nil //nolint:nilerr // told by the list of those left
			}
			ids, olds, news = append(ids, id), append(olds, old), append(news, fresh)
			return nil
		})
		if err != nil {
			return err
		}
		if n < limit {
			last = 0
		}
		tag, err := tx.Exec(ctx, "update "+t.name+" t set sealed = n.fresh from unnest($1::bigint[], $2::bytea[], $3::bytea[]) n(id, old, fresh) where t."+
			t.key+" = n.id and t.sealed = n.old", ids, olds, news)
		done = int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return 0, nil, 0, fmt.Errorf("re-encrypt %s of faction %d: %w", of.Table, of.Faction, err)
	}
	return done, bad, last, nil
}

// RetireKeys sees to it that nothing is sealed with these keys from now on. When it
// returns, every row that one of them sealed can be seen.
func (s *Store) RetireKeys(ctx context.Context, ids []uint32) error {
	err := s.system(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into retired_keys (key_id) select unnest($1::bigint[]) on conflict do nothing", ids)
		return err
	})
	if err == nil {
		// Whoever writes now reads the list above; whoever began before holds the lock.
		err = s.system(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "select set_config('lock_timeout', $1, true)", fmt.Sprint(retireWithin.Milliseconds())); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(sealLock))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("retire keys %d: %w", ids, err)
	}
	return nil
}

// RetiredKeys lists the keys that may seal nothing any more.
func (s *Store) RetiredKeys(ctx context.Context) ([]uint32, error) {
	var out []uint32
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select key_id from retired_keys order by key_id")
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[uint32])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the retired keys: %w", err)
	}
	return out, nil
}

// sealRefused words what happened to whoever sealed with a key that was retired.
func sealRefused(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != retiredKey {
		return nil
	}
	return &faction.Error{Kind: faction.Unavailable, Err: err,
		Say: "The bot's encryption key was exchanged at this very moment. Nothing was changed; try again in a minute."}
}
