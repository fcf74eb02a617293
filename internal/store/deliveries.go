package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// LoadDelivery reads a delivery; a faction.Error of kind NotFound when it is gone.
func (s *Store) LoadDelivery(ctx context.Context, id faction.ID, delivery int64) (d alert.Outgoing, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if d, err = readDelivery(ctx, tx, id, delivery); err != nil {
			return err
		}
		if d.Direct() {
			if err := readPerson(ctx, tx, &d); err != nil {
				return err
			}
		}
		if called := d.Alert.Call; len(called) > 0 {
			if d.Accounts, err = readAccounts(ctx, tx, called); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return alert.Outgoing{}, fmt.Errorf("read delivery %d of faction %d: %w", delivery, id, err)
	}
	return d, nil
}

const deliveryColumns = `delivery_id, rule_id, player_id, subject, stage, payload, channel_id, state, reason, message_id, created_at,
	coalesce(first_attempt_at, '-infinity'), attempts, edition, shown, group_id, acked_at is not null, coalesce(sent_at, '-infinity')`

func scanDelivery(row pgx.CollectableRow) (d alert.Outgoing, err error) {
	var payload []byte
	var first, sent stamp
	err = row.Scan(&d.ID, &d.Delivery.Rule, &d.Player, &d.Subject, &d.Stage, &payload, &d.Channel, &d.State, &d.Reason, &d.MessageID, &d.Created,
		&first, &d.Attempts, &d.Edition, &d.Shown, &d.Group, &d.Acked, &sent)
	if err != nil {
		return d, err
	}
	d.FirstAttempt, d.Sent = first.t, sent.t
	if err := json.Unmarshal(payload, &d.Alert); err != nil {
		return d, fmt.Errorf("read the alert of delivery %d: %w", d.ID, err)
	}
	return d, nil
}

// readDelivery reads a delivery with its rule and those that stand in its message.
func readDelivery(ctx context.Context, tx pgx.Tx, id faction.ID, delivery int64) (d alert.Outgoing, err error) {
	rows, err := tx.Query(ctx, "select "+deliveryColumns+` from alert_deliveries where delivery_id = $1
		or group_id = $1 order by delivery_id <> $1, expires_at, delivery_id`, delivery)
	if err != nil {
		return d, err
	}
	all, err := pgx.CollectRows(rows, scanDelivery)
	if err != nil {
		return d, err
	}
	if len(all) == 0 || all[0].ID != delivery {
		return d, faction.Errorf(faction.NotFound, "There is no such delivery.")
	}
	for i := range all {
		all[i].Alert.Faction = id
	}
	d, d.Grouped = all[0], all[1:]
	if err := tx.QueryRow(ctx, "select exists (select 1 from factions where state <> 'active')").Scan(&d.Paused); err != nil {
		return d, err
	}
	if d.Personal() {
		return d, nil
	}
	rules, err := readRules(ctx, tx)
	for _, r := range rules {
		if r.ID == d.Delivery.Rule {
			d.Rule = r
		}
	}
	return d, err
}

// readPerson finds where a direct message goes now, and what its player wants to be
// told. A player whose link went to another faction has none behind this faction's door.
func readPerson(ctx context.Context, tx pgx.Tx, d *alert.Outgoing) error {
	err := tx.QueryRow(ctx, `select l.discord_id, coalesce(n.settings, '{}') from discord_links l
		left join player_notices n on n.player_id = l.player_id where l.player_id = $1`, d.Player).Scan(&d.Rule.UserID, &d.Notices)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// readAccounts gives the Discord accounts of those players who are linked, in order.
func readAccounts(ctx context.Context, tx pgx.Tx, players []faction.PlayerID) ([]string, error) {
	rows, err := tx.Query(ctx, `select l.discord_id from unnest($1::bigint[]) with ordinality p(id, n)
		join discord_links l on l.player_id = p.id order by p.n limit $2`, players, alert.MaxCalled)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// BeginAttempt records that a delivery is about to be sent, before it is.
func (s *Store) BeginAttempt(ctx context.Context, id faction.ID, delivery int64, now time.Time) error {
	return s.updateDelivery(ctx, id, delivery, "attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $2)", now)
}

// MarkSent records the message that a delivery became, which shows the edition given. A
// wording that came meanwhile is brought into it by a job of its own.
func (s *Store) MarkSent(ctx context.Context, id faction.ID, delivery int64, messageID string, shown int, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `update alert_deliveries set state = 'sent', reason = '', message_id = $2, shown = $3, sent_at = $4
			where delivery_id = $1 returning edition`, delivery, messageID, shown, now)
		if err != nil {
			return err
		}
		edition := shown
		if _, err := pgx.ForEachRow(rows, []any{&edition}, func() error { return nil }); err != nil {
			return err
		}
		if edition == shown {
			return nil
		}
		return s.enqueue(ctx, tx, id, []river.JobArgs{alert.EditJob{Faction: id, Delivery: delivery}})
	})
	if err != nil {
		return fmt.Errorf("record delivery %d of faction %d: %w", delivery, id, err)
	}
	return nil
}

// MarkShown records which edition a message shows after an edit.
func (s *Store) MarkShown(ctx context.Context, id faction.ID, delivery int64, shown int) error {
	return s.updateDelivery(ctx, id, delivery, "shown = greatest(shown, $2)", shown)
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
