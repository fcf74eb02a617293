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
// notice of theirs. Where the channel was told that they had not, that is corrected.
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
		var escalated bool
		err = tx.QueryRow(ctx, "update alert_deliveries set acked_at = $2 where delivery_id = $1 and acked_at is null returning escalated_at is not null", delivery, now).Scan(&escalated)
		if again = errors.Is(err, pgx.ErrNoRows); again {
			return nil
		}
		if err != nil || !escalated || d.Settled {
			return err
		}
		name, err := memberName(ctx, tx, id, player)
		if err != nil {
			return err
		}
		return s.announce(ctx, tx, id, now, alert.News{Settled: []alert.Settled{a.ConfirmedLate(player, name)}})
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
	name, err := memberName(ctx, tx, id, d.Player)
	if err != nil {
		return err
	}
	return s.announce(ctx, tx, id, now, alert.News{Alerts: []alert.Alert{d.Alert.Unconfirmed(d.Player, name)}})
}

// memberName is what a player of ours is called; empty when no list names them.
func memberName(ctx context.Context, tx pgx.Tx, id faction.ID, p faction.PlayerID) (name string, err error) {
	err = tx.QueryRow(ctx, "select name from members where faction_id = $1 and of_faction = $1 and player_id = $2", id, p).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return name, err
}
