package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// denialWindow is how long the same denial is counted instead of being written again.
const denialWindow = time.Hour

// Audit appends one entry to a faction's log; id 0 is the operator's own. The database
// chains it at commit. Of denials of the same action to the same actor for the same
// reason (the body's "reason") one an hour is written; the others are counted, and the
// next one written tells how many there were (the body's "repeated").
func (s *Store) Audit(ctx context.Context, id faction.ID, e faction.AuditEntry) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		if e.Outcome == "denied" {
			write, repeated, err := countDenial(ctx, tx, id, e)
			if err != nil || !write {
				return err
			}
			if repeated > 0 {
				e.Body = with(e.Body, "repeated", repeated)
			}
		}
		return appendAudit(ctx, tx, id, e)
	})
	if err != nil {
		return fmt.Errorf("write audit entry %s of faction %d: %w", e.Action, id, err)
	}
	return nil
}

// appendAudit writes one entry within a faction's transaction: both or neither.
func appendAudit(ctx context.Context, tx pgx.Tx, id faction.ID, e faction.AuditEntry) error {
	var b pgx.Batch
	if err := queueAudit(&b, id, e); err != nil {
		return err
	}
	return tx.SendBatch(ctx, &b).Close()
}

// queueAudit is appendAudit for entries that are written with more.
func queueAudit(b *pgx.Batch, id faction.ID, e faction.AuditEntry) error {
	if e.Body == nil {
		e.Body = map[string]any{}
	}
	body, err := json.Marshal(e.Body)
	if err != nil {
		return fmt.Errorf("write audit entry %s: %w", e.Action, err)
	}
	b.Queue(`insert into audit_log (faction_id, at, actor_id, action, outcome, body, correlation_id)
		values ($1, $2, $3, $4, $5, $6, $7)`, id, e.At, e.Actor, e.Action, e.Outcome, string(body), e.CorrelationID)
	return nil
}

// countDenial tells whether a denial is to be written, and then how many were counted
// since the one before. A row of the future, written by a clock that was wrong, counts
// nothing.
func countDenial(ctx context.Context, tx pgx.Tx, id faction.ID, e faction.AuditEntry) (write bool, repeated int64, err error) {
	reason, _ := e.Body["reason"].(string)
	err = tx.QueryRow(ctx, `
		insert into audit_denials as d (faction_id, actor_id, action, reason, written_at) values ($1, $2, $3, $4, $5)
		on conflict (faction_id, actor_id, action, reason) do update set
			written_at = case when d.written_at between $6 and $7 then d.written_at else $5 end,
			carried    = case when d.written_at between $6 and $7 then d.carried else d.counted end,
			counted    = case when d.written_at between $6 and $7 then d.counted + 1 else 0 end
		returning counted = 0, carried`,
		id, e.Actor, e.Action, reason, e.At, e.At.Add(-denialWindow+time.Microsecond), e.At.Add(denialWindow)).Scan(&write, &repeated)
	return write, repeated, err
}

func with(m map[string]any, key string, value any) map[string]any {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]any{}
	}
	out[key] = value
	return out
}

// AuditTrail reads the newest entries, newest first.
func (s *Store) AuditTrail(ctx context.Context, id faction.ID, limit int) ([]faction.AuditEntry, error) {
	list, err := s.AuditPage(ctx, id, faction.AuditFilter{Limit: limit})
	out := make([]faction.AuditEntry, len(list))
	for i, r := range list {
		out[i] = r.AuditEntry
	}
	return out, err
}

// AuditPage reads the entries that a filter lets through, newest first.
func (s *Store) AuditPage(ctx context.Context, id faction.ID, f faction.AuditFilter) ([]faction.AuditRecord, error) {
	out := []faction.AuditRecord{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			select l.seq, l.at, l.actor_id, l.action, l.outcome, l.body, l.correlation_id,
			       coalesce((select c.n from audit_chain c where c.faction_id = l.faction_id and c.seq = l.seq limit 1), 0)
			from audit_log l
			where ($1::bigint is null or l.actor_id = $1) and ($2 = '' or l.action = $2) and ($3 = '' or l.outcome = $3)
			  and ($4::timestamptz is null or l.at >= $4) and ($5 = 0 or l.seq < $5)
			order by l.seq desc limit $6`, f.Actor, f.Action, f.Outcome, null(f.Since), f.Before, f.Limit)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (faction.AuditRecord, error) {
			var r faction.AuditRecord
			var body string
			if err := row.Scan(&r.Seq, &r.At, &r.Actor, &r.Action, &r.Outcome, &body, &r.CorrelationID, &r.N); err != nil {
				return r, err
			}
			if err := json.Unmarshal([]byte(body), &r.Body); err != nil { // somebody wrote past us: shown, not hidden
				r.Body = map[string]any{"unreadable": body}
			}
			return r, nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read audit log of faction %d: %w", id, err)
	}
	return out, nil
}

// AuditActions lists the actions that a faction's log names, sorted. It looks each up
// in the index, so that a long log costs no more than a short one.
func (s *Store) AuditActions(ctx context.Context, id faction.ID) ([]string, error) {
	var out []string
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			with recursive a(action) as (
				select min(action) from audit_log where faction_id = $1
				union all
				select (select min(l.action) from audit_log l where l.faction_id = $1 and l.action > a.action) from a where a.action is not null)
			select action from a where action is not null order by 1`, id)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the actions in the audit log of faction %d: %w", id, err)
	}
	return out, nil
}
