package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// Audit appends one entry to a faction's log.
func (s *Store) Audit(ctx context.Context, id faction.ID, e faction.AuditEntry) error {
	if e.Body == nil {
		e.Body = map[string]any{}
	}
	body, err := json.Marshal(e.Body)
	if err != nil {
		return fmt.Errorf("write audit entry %s: %w", e.Action, err)
	}
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into audit_log (faction_id, at, actor_id, action, outcome, body, correlation_id)
			values ($1, $2, $3, $4, $5, $6, $7)`, id, e.At, e.Actor, e.Action, e.Outcome, string(body), e.CorrelationID)
		return err
	})
	if err != nil {
		return fmt.Errorf("write audit entry %s of faction %d: %w", e.Action, id, err)
	}
	return nil
}

// AuditTrail reads the newest entries, newest first.
func (s *Store) AuditTrail(ctx context.Context, id faction.ID, limit int) ([]faction.AuditEntry, error) {
	var out []faction.AuditEntry
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select at, actor_id, action, outcome, body, correlation_id from audit_log order by seq desc limit $1", limit)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (faction.AuditEntry, error) {
			var e faction.AuditEntry
			var body string
			if err := row.Scan(&e.At, &e.Actor, &e.Action, &e.Outcome, &body, &e.CorrelationID); err != nil {
				return e, err
			}
			return e, json.Unmarshal([]byte(body), &e.Body)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read audit log of faction %d: %w", id, err)
	}
	return out, nil
}
