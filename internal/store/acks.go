package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// Acknowledge records that a player pressed "Got it" on a notice of their own. again
// tells that it was done before; a faction.Error of kind NotFound when there is no such
// notice of theirs.
func (s *Store) Acknowledge(ctx context.Context, id faction.ID, delivery int64, player faction.PlayerID, now time.Time) (a alert.Alert, again bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		d, err := readDelivery(ctx, tx, id, delivery)
		if err != nil {
			return err
		}
		if d.Player != player || player == 0 {
			return faction.Errorf(faction.NotFound, "There is no such delivery.")
		}
		a = d.Alert
		tag, err := tx.Exec(ctx, "update alert_deliveries set acked_at = $2 where delivery_id = $1 and acked_at is null", delivery, now)
		again = tag.RowsAffected() == 0
		return err
	})
	if err != nil {
		return alert.Alert{}, false, fmt.Errorf("acknowledge delivery %d of faction %d: %w", delivery, id, err)
	}
	return a, again, nil
}

// Escalate tells the channel of a notice that its player did not acknowledge, once. It
// does nothing when they did, or when the matter is over.
func (s *Store) Escalate(ctx context.Context, id faction.ID, delivery int64, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		d, err := readDelivery(ctx, tx, id, delivery)
		if faction.KindOf(err) == faction.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if d.Acked || d.Settled || d.Paused || !now.Before(d.Alert.Expires()) {
			return nil
		}
		return s.escalate(ctx, tx, id, d, now)
	})
	if err != nil {
		return fmt.Errorf("escalate delivery %d of faction %d: %w", delivery, id, err)
	}
	return nil
}

// escalate is the last step of a transaction.
func (s *Store) escalate(ctx context.Context, tx pgx.Tx, id faction.ID, d alert.Outgoing, now time.Time) error {
	tag, err := tx.Exec(ctx, "update alert_deliveries set escalated_at = $2 where delivery_id = $1 and escalated_at is null and acked_at is null", d.ID, now)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	var name string
	err = tx.QueryRow(ctx, "select name from members where faction_id = $1 and of_faction = $1 and player_id = $2", id, d.Player).Scan(&name)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return s.announce(ctx, tx, id, now, alert.News{Alerts: []alert.Alert{d.Alert.Unconfirmed(d.Player, name)}})
}
