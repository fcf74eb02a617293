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

// announce records all that a transaction has to tell and enqueues what has to be sent
// or edited. It must be the transaction's last step (see enqueue).
func (s *Store) announce(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, n alert.News) error {
	if n.Empty() {
		return nil
	}
	jobs, err := settled(ctx, tx, id, now, n.Settled)
	if err != nil {
		return err
	}
	fresh, err := record(ctx, tx, id, now, n)
	if err != nil {
		return err
	}
	for _, d := range fresh {
		jobs = append(jobs, alert.Job{Faction: id, Delivery: d})
	}
	return s.enqueue(ctx, tx, id, jobs)
}

// record writes which rules want which alerts, and what is told to single players, and
// gives the deliveries that were not there before and are to be sent.
func record(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, n alert.News) (fresh []int64, err error) {
	var all []alert.Delivery
	channels := map[alert.RuleID]string{}
	if len(n.Alerts) > 0 {
		rules, err := readRules(ctx, tx)
		if err != nil {
			return nil, err
		}
		atWar, err := warIsOn(ctx, tx, now)
		if err != nil {
			return nil, err
		}
		for _, r := range rules {
			channels[r.ID] = r.ChannelID
		}
		all = alert.Wanted(rules, n.Alerts, atWar)
	}
	for _, p := range n.Personal {
		all = append(all, alert.Delivery{Key: p.Key(), Alert: p.Alert})
	}
	for _, d := range all {
		delivery, err := insertDelivery(ctx, tx, id, now, d, channels[d.Rule])
		if err != nil {
			return nil, fmt.Errorf("record alert %s: %w", d.Alert.Kind, err)
		}
		if delivery == 0 {
			continue
		}
		told, err := toldByEdit(ctx, tx, delivery, d)
		if err != nil {
			return nil, err
		}
		if !told {
			fresh = append(fresh, delivery)
		}
	}
	return fresh, nil
}

// warIsOn tells whether a ranked war of ours is being fought.
func warIsOn(ctx context.Context, tx pgx.Tx, now time.Time) (on bool, err error) {
	err = tx.QueryRow(ctx, "select exists (select 1 from ranked_wars where starts_at <= $1 and coalesce(ends_at, 'infinity') > $1)", now).Scan(&on)
	if err != nil {
		return false, fmt.Errorf("look whether a war is on: %w", err)
	}
	return on, nil
}

// toldByEdit tells whether an earlier message in the same place says what a new delivery
// would, and records that. One that may not have arrived is known to nobody and cannot be edited.
func toldByEdit(ctx context.Context, tx pgx.Tx, delivery int64, d alert.Delivery) (bool, error) {
	f := d.Alert.Follows
	if f == (alert.Ref{}) {
		return false, nil
	}
	// The place of a rule, so that of two rules in one channel the first one's message counts.
	tag, err := tx.Exec(ctx, `update alert_deliveries n set state = 'skipped', reason = $5
		where n.delivery_id = $1 and exists (
			select 1 from alert_deliveries o left join alert_rules r on r.rule_id = o.rule_id left join alert_rules mine on mine.rule_id = n.rule_id
			where o.kind = $2 and o.subject = $3 and starts_with(o.stage, $4) and o.delivery_id <> n.delivery_id
			  and o.state in ('sent', 'pending') and o.channel_id = n.channel_id and o.player_id = n.player_id
			  and coalesce(r.webhook_id, '') = coalesce(mine.webhook_id, ''))`,
		delivery, string(f.Kind), f.Subject, f.Stage, string(alert.ToldByEdit))
	if err != nil {
		return false, fmt.Errorf("look for an earlier message: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// settled finds earlier alerts by the stage they were raised with: a rule that asks for
// every so many keeps them under another one. It gives them their new wording, and the jobs that bring it into the
// messages which were sent. What waits is not sent any more, unless its matter goes on;
// what is being sent at this very moment is edited right after (see MarkSent).
func settled(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, all []alert.Settled) (jobs []river.JobArgs, err error) {
	for _, st := range all {
		payload, err := json.Marshal(st.Alert)
		if err != nil {
			return nil, fmt.Errorf("settle %s of %s: %w", st.Kind, st.Subject, err)
		}
		rows, err := tx.Query(ctx, `update alert_deliveries set payload = $4, edition = edition + 1,
				settled_at = case when $6 then settled_at else $5::timestamptz end,
				reason = case when state = 'pending' and first_attempt_at is null and group_id = 0 and not $6 then $7 else reason end,
				state = case when state = 'pending' and first_attempt_at is null and group_id = 0 and not $6 then 'skipped' else state end
			where kind = $1 and subject = $2 and (starts_with(stage, $3) or starts_with(payload ->> 'stage', $3)) and state in ('pending', 'sent') and payload <> $4
			returning delivery_id, state = 'sent'`,
			string(st.Kind), st.Subject, st.Stage, payload, now, st.GoesOn, string(alert.IsSettled))
		if err != nil {
			return nil, fmt.Errorf("settle %s of %s: %w", st.Kind, st.Subject, err)
		}
		var delivery int64
		var sent bool
		_, err = pgx.ForEachRow(rows, []any{&delivery, &sent}, func() error {
			if sent {
				jobs = append(jobs, alert.EditJob{Faction: id, Delivery: delivery})
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("settle %s of %s: %w", st.Kind, st.Subject, err)
		}
	}
	return jobs, nil
}

// insertDelivery records one delivery; 0 when it is known already.
func insertDelivery(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, d alert.Delivery, channel string) (delivery int64, err error) {
	payload, err := json.Marshal(d.Alert)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `insert into alert_deliveries
			(faction_id, rule_id, player_id, kind, subject, stage, payload, channel_id, created_at, expires_at, happened_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		on conflict (faction_id, rule_id, player_id, subject, stage) do nothing returning delivery_id`,
		id, d.Rule, d.Player, string(d.Alert.Kind), d.Subject, d.Stage, payload, channel, now, d.Alert.Expires(), null(d.Alert.Happened())).Scan(&delivery)
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
	err := s.Faction(ctx, id, func(tx pgx.Tx) error { return s.announce(ctx, tx, id, now, alert.News{Personal: notices}) })
	if err != nil {
		return fmt.Errorf("tell players of faction %d: %w", id, err)
	}
	return nil
}
