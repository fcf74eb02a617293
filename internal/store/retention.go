package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// Retention reads how long a faction keeps things; what nobody set is kept for ever.
func (s *Store) Retention(ctx context.Context, id faction.ID) (r faction.Retention, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		r, err = readRetention(ctx, tx)
		return err
	})
	if err != nil {
		return faction.Retention{}, fmt.Errorf("read the retention of faction %d: %w", id, err)
	}
	return r, nil
}

func readRetention(ctx context.Context, tx pgx.Tx) (r faction.Retention, err error) {
	err = tx.QueryRow(ctx, "select attacks_days, samples_days, deliveries_days, denials_days from retention").
		Scan(&r.Attacks, &r.Samples, &r.Deliveries, &r.Denials)
	if errors.Is(err, pgx.ErrNoRows) {
		return faction.Retention{}, nil
	}
	return r, err
}

// SetRetention changes how long a faction keeps things, and gives what it was.
func (s *Store) SetRetention(ctx context.Context, id faction.ID, r faction.Retention) (was faction.Retention, err error) {
	if err := r.Check(); err != nil {
		return was, err
	}
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if was, err = readRetention(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into retention (faction_id, attacks_days, samples_days, deliveries_days, denials_days) values ($1, $2, $3, $4, $5)
			on conflict (faction_id) do update set attacks_days = $2, samples_days = $3, deliveries_days = $4, denials_days = $5`,
			id, r.Attacks, r.Samples, r.Deliveries, r.Denials)
		return err
	})
	if err != nil {
		return faction.Retention{}, fmt.Errorf("set the retention of faction %d: %w", id, err)
	}
	return was, nil
}

// pruneBatch is how many rows one transaction of Prune takes out.
const pruneBatch = 2000

// pruning is one thing that Prune takes out, a batch at a time: $1 is the moment
// before which it goes, $2 how many rows at most.
type pruning struct {
	name string
	days func(faction.Retention) int
	sql  string
}

// finished lists the wars whose log is not read any more.
const finished = "select war_id from ranked_wars where final_at is not null"

func prunings() []pruning {
	return []pruning{
		// A row that the log may still be read over is known by being there: taken out, it
		// would count a second time. Hence nothing near the log's head goes, nothing that
		// the newest page of the log may show, and nothing of a war that is read back.
		{"attacks", func(r faction.Retention) int { return r.Attacks }, `
			delete from attacks where (faction_id, attack_id) in (select faction_id, attack_id from attacks
				where started_at < least($1::timestamptz, (select coalesce(least(fill_from, head_at), '-infinity') - interval '1 day'
						from poll_state where feed = 'attacks'))
				  and started_at < (select started_at from attacks order by started_at desc offset 200 limit 1)
				  and (war_id is null or war_id in (` + finished + `) and war_id not in (select war_id from backfill_wars where state = 'reading'))
				order by started_at limit $2)`},
		// What a retaliation is about stands in its attacks; without them it says nothing.
		{"retals", func(r faction.Retention) int { return r.Attacks }, `
			delete from retals where (faction_id, attack_id) in (select faction_id, attack_id from retals r
				where opened_at < $1 and not exists (select 1 from attacks a where a.faction_id = r.faction_id and a.attack_id = r.attack_id) limit $2)`},
		{"war_samples", func(r faction.Retention) int { return r.Samples }, `
			delete from war_samples where (faction_id, war_id, at) in (select faction_id, war_id, at from war_samples
				where at < $1 and war_id in (` + finished + `) limit $2)`},
		{"enemy_activity", func(r faction.Retention) int { return r.Samples }, `
			delete from enemy_activity where (faction_id, war_id, hour) in (select faction_id, war_id, hour from enemy_activity
				where hour < $1 and war_id in (` + finished + `) limit $2)`},
		// The row of a delivery keeps it from being sent twice. It goes when its war or its
		// chain is over for good; of anything else only the contents do.
		{"alert_deliveries", func(r faction.Retention) int { return r.Deliveries }, `
			delete from alert_deliveries where (faction_id, delivery_id) in (select faction_id, delivery_id from alert_deliveries
				where created_at < $1 and state <> 'pending'
				  and (subject like 'test:%' or subject in (select 'war:' || war_id from (` + finished + `) w)
					or subject in (select 'chain:' || chain_id from chains where closed)) limit $2)`},
		{"alert_contents", func(r faction.Retention) int { return r.Deliveries }, `
			update alert_deliveries set payload = '{}' where (faction_id, delivery_id) in (select faction_id, delivery_id from alert_deliveries
				where created_at < $1 and state <> 'pending' and payload <> '{}' limit $2)`},
		{"audit_denials", func(r faction.Retention) int { return r.Denials }, `
			delete from audit_denials where (faction_id, actor_id, action, reason) in
				(select faction_id, actor_id, action, reason from audit_denials where written_at < $1 limit $2)`},
	}
}

// Prune takes out what a faction does not want to keep any longer, in small
// transactions, and counts the rows of each kind. Cut off, it goes on next time.
func (s *Store) Prune(ctx context.Context, id faction.ID, now time.Time) (map[string]int64, error) {
	keep, err := s.Retention(ctx, id)
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	for _, p := range prunings() {
		days := p.days(keep)
		if days <= 0 {
			continue
		}
		for more := true; more; {
			var n int64
			err := s.Faction(ctx, id, func(tx pgx.Tx) error {
				tag, err := tx.Exec(ctx, p.sql, now.AddDate(0, 0, -days), pruneBatch)
				n = tag.RowsAffected()
				return err
			})
			if err != nil {
				return counts, fmt.Errorf("prune %s of faction %d: %w", p.name, id, err)
			}
			counts[p.name] += n
			more = n == pruneBatch
		}
	}
	return counts, nil
}
