package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// Delays tells how long a faction's alerts took that were raised since a moment and have
// been sent, by kind: the most frequent one first. What has no moment of its own
// (alert.Alert.Happened) does not count.
func (s *Store) Delays(ctx context.Context, id faction.ID, since time.Time) (out []alert.Delay, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `with took as (
				select kind, greatest(extract(epoch from sent_at - happened_at), 0)::float8 as from_event,
					greatest(extract(epoch from sent_at - created_at), 0)::float8 as from_commit
				from alert_deliveries where created_at >= $1 and state = 'sent' and happened_at is not null)
			select kind, count(*), percentile_disc($2::float8[]) within group (order by from_event),
				percentile_disc($2::float8[]) within group (order by from_commit)
			from took group by kind order by count(*) desc, kind`, since, []float64{0.5, 0.95, 0.99})
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d alert.Delay, err error) {
			var event, commit []float64
			err = row.Scan(&d.Kind, &d.Alerts, &event, &commit)
			if err == nil {
				d.FromEvent, d.FromCommit = spread(event), spread(commit)
			}
			return d, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("measure the delays of faction %d: %w", id, err)
	}
	return out, nil
}

// spread reads three durations in seconds.
func spread(s []float64) alert.Spread {
	d := func(i int) time.Duration { return time.Duration(s[i] * float64(time.Second)) }
	return alert.Spread{P50: d(0), P95: d(1), P99: d(2)}
}
