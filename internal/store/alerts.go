package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// insertAlerts records which rules want which alerts and enqueues those that were
// not recorded before. It must be the last step of a transaction (see enqueue).
func (s *Store) insertAlerts(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, alerts []alert.Alert) error {
	return s.insertNotices(ctx, tx, id, now, alerts, nil)
}

// insertNotices is insertAlerts with what is told to single players beside it. Like
// that, it must be the last step of a transaction.
func (s *Store) insertNotices(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, alerts []alert.Alert, personal []alert.Personal) error {
	var all []alert.Delivery
	channels := map[alert.RuleID]string{}
	if len(alerts) > 0 {
		rules, err := readRules(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range rules {
			channels[r.ID] = r.ChannelID
		}
		all = alert.Match(rules, alerts)
	}
	for _, p := range personal {
		all = append(all, alert.Delivery{Key: p.Key(), Alert: p.Alert})
	}
	var fresh []int64
	for _, d := range all {
		delivery, err := insertDelivery(ctx, tx, id, now, d, channels[d.Rule])
		if err != nil {
			return fmt.Errorf("record alert %s: %w", d.Alert.Kind, err)
		}
		if delivery != 0 {
			fresh = append(fresh, delivery)
		}
	}
	return s.enqueue(ctx, tx, id, fresh)
}

// insertDelivery records one delivery; 0 when it is known already.
func insertDelivery(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, d alert.Delivery, channel string) (delivery int64, err error) {
	payload, err := json.Marshal(d.Alert)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `insert into alert_deliveries
			(faction_id, rule_id, player_id, kind, subject, stage, payload, channel_id, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (faction_id, rule_id, player_id, subject, stage) do nothing returning delivery_id`,
		id, d.Rule, d.Player, string(d.Alert.Kind), d.Subject, d.Stage, payload, channel, now, d.Alert.Expires()).Scan(&delivery)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return delivery, err
}

// Tell leaves notices for single players of a faction, each of which becomes one
// direct message. A notice whose player, subject and stage were told before is left
// out. Whether the player can be reached is found out when it is sent.
func (s *Store) Tell(ctx context.Context, id faction.ID, now time.Time, notices ...alert.Personal) error {
	for _, n := range notices {
		if n.Player == 0 {
			return fmt.Errorf("tell %s of faction %d: no player", n.Alert.Kind, id)
		}
	}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error { return s.insertNotices(ctx, tx, id, now, nil, notices) })
	if err != nil {
		return fmt.Errorf("tell players of faction %d: %w", id, err)
	}
	return nil
}

func readRules(ctx context.Context, tx pgx.Tx) ([]alert.Rule, error) {
	rows, err := tx.Query(ctx, "select rule_id, kind, channel_id, role_id, enabled, broken_reason, settings from alert_rules order by rule_id")
	if err != nil {
		return nil, fmt.Errorf("read alert rules: %w", err)
	}
	rules, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (alert.Rule, error) {
		var r alert.Rule
		err := row.Scan(&r.ID, &r.Kind, &r.ChannelID, &r.RoleID, &r.Enabled, &r.Broken, &r.Thresholds)
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

// PutRules creates or renews rules, one for each kind, in a channel; a kind's other
// rules in other channels stay. A broken rule is healthy again.
func (s *Store) PutRules(ctx context.Context, id faction.ID, rules []alert.Rule, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var b pgx.Batch
		for _, r := range rules {
			b.Queue(`insert into alert_rules (faction_id, kind, channel_id, role_id, enabled, settings, created_at) values ($1, $2, $3, $4, $5, $6, $7)
				on conflict (faction_id, kind, channel_id) do update set role_id = excluded.role_id, enabled = excluded.enabled,
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

// LoadDelivery reads a delivery; a faction.Error of kind NotFound when it is gone.
func (s *Store) LoadDelivery(ctx context.Context, id faction.ID, delivery int64) (d alert.Outgoing, err error) {
	d.ID = delivery
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var payload []byte
		var first stamp
		err := tx.QueryRow(ctx, `select rule_id, player_id, subject, stage, payload, channel_id, state, reason, message_id, created_at, coalesce(first_attempt_at, '-infinity'), attempts,
				exists (select 1 from factions where state <> 'active')
			from alert_deliveries where delivery_id = $1`, delivery).
			Scan(&d.Delivery.Rule, &d.Player, &d.Subject, &d.Stage, &payload, &d.Channel, &d.State, &d.Reason, &d.MessageID, &d.Created, &first, &d.Attempts, &d.Paused)
		if errors.Is(err, pgx.ErrNoRows) {
			return faction.Errorf(faction.NotFound, "There is no such delivery.")
		}
		if err != nil {
			return err
		}
		d.FirstAttempt = first.t
		if err := json.Unmarshal(payload, &d.Alert); err != nil {
			return fmt.Errorf("read the alert of delivery %d: %w", delivery, err)
		}
		if d.Personal() {
			return readAccount(ctx, tx, &d)
		}
		rules, err := readRules(ctx, tx)
		for _, r := range rules {
			if r.ID == d.Delivery.Rule {
				d.Rule = r
			}
		}
		return err
	})
	if err != nil {
		return alert.Outgoing{}, fmt.Errorf("read delivery %d of faction %d: %w", delivery, id, err)
	}
	return d, nil
}

// readAccount finds where a personal notice goes now. A player whose link went to
// another faction has none behind this faction's door.
func readAccount(ctx context.Context, tx pgx.Tx, d *alert.Outgoing) error {
	err := tx.QueryRow(ctx, "select discord_id from discord_links where player_id = $1", d.Player).Scan(&d.Rule.UserID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// BeginAttempt records that a delivery is about to be sent, before it is.
func (s *Store) BeginAttempt(ctx context.Context, id faction.ID, delivery int64, now time.Time) error {
	return s.updateDelivery(ctx, id, delivery, "attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $2)", now)
}

// MarkSent records the message that a delivery became.
func (s *Store) MarkSent(ctx context.Context, id faction.ID, delivery int64, messageID string, now time.Time) error {
	return s.updateDelivery(ctx, id, delivery, "state = 'sent', reason = '', message_id = $2, sent_at = $3", messageID, now)
}

// MarkDelivery records that a delivery ended without being sent, and why. State is
// "expired", "skipped", "failed" or "unknown".
func (s *Store) MarkDelivery(ctx context.Context, id faction.ID, delivery int64, state, reason string) error {
	return s.updateDelivery(ctx, id, delivery, "state = $2, reason = $3", state, reason)
}

func (s *Store) updateDelivery(ctx context.Context, id faction.ID, delivery int64, set string, args ...any) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update alert_deliveries set "+set+" where delivery_id = $1", append([]any{delivery}, args...)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("record delivery %d of faction %d: %w", delivery, id, err)
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

// Outbox counts a faction's deliveries by state, those created since a moment.
func (s *Store) Outbox(ctx context.Context, id faction.ID, since time.Time) (map[string]int, error) {
	out := map[string]int{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select state, count(*) from alert_deliveries where created_at >= $1 group by state", since)
		if err != nil {
			return err
		}
		var state string
		var n int
		_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error { out[state] = n; return nil })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count deliveries of faction %d: %w", id, err)
	}
	return out, nil
}
