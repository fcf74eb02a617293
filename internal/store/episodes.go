package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// Episode moves a stretch of trouble on, with what is to be told of it, in one
// transaction: of two processes that look at once the second finds it told.
func (s *Store) Episode(ctx context.Context, id faction.ID, subject string, now time.Time, step func(alert.Episode) (alert.Episode, alert.News)) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var was alert.Episode
		// The row is what two who look at once wait for.
		if _, err := tx.Exec(ctx, "insert into alert_episodes (faction_id, subject, state) values ($1, $2, '{}') on conflict do nothing", id, subject); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, "select state from alert_episodes where subject = $1 for update", subject).Scan(&was)
		if err != nil {
			return err
		}
		is, news := step(was)
		if news.Empty() {
			return nil
		}
		if _, err := tx.Exec(ctx, "update alert_episodes set state = $2 where subject = $1", subject, is); err != nil {
			return err
		}
		return s.announce(ctx, tx, id, now, news)
	})
	if err != nil {
		return fmt.Errorf("follow what is wrong with %s of faction %d: %w", subject, id, err)
	}
	return nil
}

// Active lists the factions that the bot works for.
func (s *Store) Active(ctx context.Context) ([]faction.ID, error) {
	var out []faction.ID
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select faction_id from factions where state = 'active' order by faction_id")
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list active factions: %w", err)
	}
	return out, nil
}
