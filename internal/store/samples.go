package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// Sample records and enqueues an alert for one rule, whatever the rule wants, so that
// it goes the way that real ones go. A faction.Error of kind NotFound when there is no
// such rule.
func (s *Store) Sample(ctx context.Context, id faction.ID, rule alert.RuleID, a alert.Alert, now time.Time) (delivery int64, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rules, err := readRules(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range rules {
			if r.ID != rule {
				continue
			}
			keys := r.Keys(a.Subject, a.Stage)
			if len(keys) == 0 {
				return faction.Errorf(faction.Conflict, "Nobody is in that squad. Nothing was sent.")
			}
			d := alert.Delivery{Key: keys[0], Alert: a} // of a squad's direct messages, one shows it
			if delivery, err = insertDelivery(ctx, tx, id, now, d, r.ChannelID); err != nil {
				return err
			}
			return s.enqueue(ctx, tx, id, []river.JobArgs{alert.Job{Faction: id, Delivery: delivery}})
		}
		return faction.Errorf(faction.NotFound, "There is no such alert rule any more. Nothing was sent.")
	})
	if err != nil {
		return 0, fmt.Errorf("send a sample by rule %d of faction %d: %w", rule, id, err)
	}
	return delivery, nil
}
