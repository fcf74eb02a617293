package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

func readRules(ctx context.Context, tx pgx.Tx) ([]alert.Rule, error) {
	rows, err := tx.Query(ctx, `select rule_id, kind, channel_id, webhook_id, coalesce(sealed, ''), player_id, squad_id, role_id, enabled, broken_reason,
		coalesce(muted_until, '-infinity'), coalesce(sent_at, '-infinity'), settings from alert_rules order by rule_id`)
	if err != nil {
		return nil, fmt.Errorf("read alert rules: %w", err)
	}
	rules, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (alert.Rule, error) {
		var r alert.Rule
		var muted, sent stamp
		err := row.Scan(&r.ID, &r.Kind, &r.ChannelID, &r.WebhookID, &r.Sealed, &r.Player, &r.Squad, &r.RoleID, &r.Enabled, &r.Broken,
			&muted, &sent, &r.Thresholds)
		r.MutedUntil, r.SentAt = muted.t, sent.t
		if len(r.Sealed) == 0 {
			r.Sealed = nil
		}
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read alert rules: %w", err)
	}
	return rules, nil
}

// Rules reads a faction's alert rules.
func (s *Store) Rules(ctx context.Context, id faction.ID) (rules []alert.Rule, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rules, err = readRules(ctx, tx)
		return err
	})
	return rules, err
}

// PutRules creates or renews rules that post in a channel, one for each kind; a kind's other
// rules in other channels stay. A broken rule is healthy again.
func (s *Store) PutRules(ctx context.Context, id faction.ID, rules []alert.Rule, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var b pgx.Batch
		for _, r := range rules {
			b.Queue(`insert into alert_rules (faction_id, kind, channel_id, role_id, enabled, settings, created_at) values ($1, $2, $3, $4, $5, $6, $7)
				on conflict (faction_id, kind, channel_id, webhook_id, player_id, squad_id) do update set role_id = excluded.role_id, enabled = excluded.enabled,
					settings = excluded.settings, broken_reason = '', broken_at = null`,
				id, string(r.Kind), r.ChannelID, r.RoleID, r.Enabled, r.Thresholds, now)
		}
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("save alert rules of faction %d: %w", id, err)
	}
	return nil
}

// DropRules removes a faction's rules of some kinds, in every channel.
func (s *Store) DropRules(ctx context.Context, id faction.ID, kinds []alert.Kind) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "delete from alert_rules where kind = any($1)", names(kinds))
		return err
	})
	if err != nil {
		return fmt.Errorf("remove alert rules of faction %d: %w", id, err)
	}
	return nil
}

// BreakRules marks every rule and live board of a channel broken, because nothing can be posted there.
func (s *Store) BreakRules(ctx context.Context, id faction.ID, channelID, reason string, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update alert_rules set broken_reason = $2, broken_at = $3 where channel_id = $1 and broken_reason = ''",
			channelID, reason, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "update live_boards set broken_reason = $2 where channel_id = $1 and broken_reason = ''", channelID, reason)
		return err
	})
	if err != nil {
		return fmt.Errorf("mark the rules of a channel broken, faction %d: %w", id, err)
	}
	return nil
}
