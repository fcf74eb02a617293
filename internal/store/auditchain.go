package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/audit"
	"consigliere/internal/faction"
)

// chainBatch is how many entries are read at once, so that a check of a long log needs
// little memory.
const chainBatch = 1000

// VerifyAudit makes every hash of a faction's chain again; id 0 is the operator's.
// Entries that are written meanwhile are left for the next time.
func (s *Store) VerifyAudit(ctx context.Context, id faction.ID) (audit.Verdict, error) {
	var v audit.Verdict
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		end, err := chainEnd(ctx, tx, id)
		if err != nil {
			return err
		}
		check := audit.NewChecker(id, audit.Head{})
		err = readChain(ctx, tx, id, end.first-1, end.last, func(l audit.Link, e *audit.Entry) error {
			check.Link(l, e)
			return nil
		})
		if err != nil {
			return err
		}
		var seq int64
		err = tx.QueryRow(ctx, `select coalesce(min(l.seq), 0) from audit_log l where l.faction_id = $1
			and not exists (select from audit_chain c where c.faction_id = $1 and c.seq = l.seq)`, id).Scan(&seq)
		if err != nil {
			return err
		}
		if seq != 0 {
			check.Unlinked(seq)
		}
		v = check.Finish(end.head)
		return nil
	})
	if err != nil {
		return audit.Verdict{}, fmt.Errorf("verify the audit chain of faction %d: %w", id, err)
	}
	return v, nil
}

// ExportAudit gives the entries of a faction's log from a moment on with their hashes,
// in the chain's order, and first the place that they follow. fn's error ends it.
func (s *Store) ExportAudit(ctx context.Context, id faction.ID, since time.Time, begin func(from, head audit.Head) error, fn func(audit.Link, *audit.Entry) error) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		end, err := chainEnd(ctx, tx, id)
		if err != nil {
			return err
		}
		from := audit.Head{}
		if !since.IsZero() {
			// Places follow commits and not the clock: from the first entry of that time on, all.
			err = tx.QueryRow(ctx, `select coalesce(min(c.n) - 1, $3) from audit_chain c join audit_log l using (faction_id, seq)
				where c.faction_id = $1 and l.at >= $2`, id, since, end.head.N).Scan(&from.N)
			if err != nil {
				return err
			}
		}
		if from.N > 0 {
			if from.Hash, err = chainHash(ctx, tx, id, from.N); err != nil {
				return err
			}
		}
		if err := begin(from, end.head); err != nil {
			return err
		}
		return readChain(ctx, tx, id, from.N, end.last, fn)
	})
	if err != nil {
		return fmt.Errorf("export the audit log of faction %d: %w", id, err)
	}
	return nil
}

// AuditedFactions lists every faction that has a chain, the operator's (0) among them,
// registered or not.
func (s *Store) AuditedFactions(ctx context.Context) ([]faction.ID, error) {
	var out []faction.ID
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select faction_id from audit_heads union select faction_id from factions union select 0 order by 1")
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the factions that have an audit log: %w", err)
	}
	return out, nil
}

type extent struct {
	head        audit.Head
	first, last int64 // places that there are, whatever the head says
}

// chainEnd reads the head and the places in one statement, so that both are of one moment.
func chainEnd(ctx context.Context, tx pgx.Tx, id faction.ID) (end extent, err error) {
	var hash []byte
	err = tx.QueryRow(ctx, `select coalesce(h.n, 0), h.hash,
			coalesce((select min(c.n) from audit_chain c where c.faction_id = $1), 1),
			coalesce((select max(c.n) from audit_chain c where c.faction_id = $1), 0)
		from (select) one left join audit_heads h on h.faction_id = $1`, id).Scan(&end.head.N, &hash, &end.first, &end.last)
	end.head.Hash = hashOf(hash)
	return end, err
}

func chainHash(ctx context.Context, tx pgx.Tx, id faction.ID, n int64) (audit.Hash, error) {
	var hash []byte
	err := tx.QueryRow(ctx, "select hash from audit_chain where faction_id = $1 and n = $2", id, n).Scan(&hash)
	return hashOf(hash), err
}

// readChain gives the links after one place and up to another, with their entries.
func readChain(ctx context.Context, tx pgx.Tx, id faction.ID, after, last int64, fn func(audit.Link, *audit.Entry) error) error {
	for after < last {
		rows, err := tx.Query(ctx, `
			select c.n, c.seq, c.hash, l.seq is not null, coalesce(l.at, 'epoch'), coalesce(l.actor_id, 0), coalesce(l.action, ''),
			       coalesce(l.outcome, ''), coalesce(l.body, ''), coalesce(l.correlation_id, '')
			from audit_chain c left join audit_log l on l.faction_id = c.faction_id and l.seq = c.seq
			where c.faction_id = $1 and c.n > $2 and c.n <= $3 order by c.n limit $4`, id, after, last, chainBatch)
		if err != nil {
			return err
		}
		var l audit.Link
		var e audit.Entry
		var hash []byte
		var there bool
		tag, err := pgx.ForEachRow(rows, []any{&l.N, &l.Seq, &hash, &there, &e.At, &e.Actor, &e.Action, &e.Outcome, &e.Body, &e.CorrelationID}, func() error {
			after, l.Hash, e.Seq = l.N, hashOf(hash), l.Seq
			if !there {
				return fn(l, nil)
			}
			entry := e
			return fn(l, &entry)
		})
		if err != nil {
			return err
		}
		if tag.RowsAffected() < chainBatch {
			return nil
		}
	}
	return nil
}

// hashOf reads a stored hash; one of another length is none that we wrote.
func hashOf(b []byte) (h audit.Hash) {
	if len(b) == len(h) {
		copy(h[:], b)
	}
	return h
}
