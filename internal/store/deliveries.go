package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
		return readCalled(ctx, tx, &d)
	})
	if err != nil {
		return alert.Outgoing{}, fmt.Errorf("read delivery %d of faction %d: %w", delivery, id, err)
	}
	return d, nil
}

const deliveryColumns = `delivery_id, rule_id, player_id, subject, stage, payload, channel_id, state, reason, message_id, created_at,
	coalesce(first_attempt_at, '-infinity'), attempts, edition, shown, group_id, acked_at is not null, settled_at is not null, coalesce(sent_at, '-infinity')`

func scanDelivery(row pgx.CollectableRow) (d alert.Outgoing, err error) {
	var payload []byte
	var first, sent stamp
	err = row.Scan(&d.ID, &d.Delivery.Rule, &d.Player, &d.Subject, &d.Stage, &payload, &d.Channel, &d.State, &d.Reason, &d.MessageID, &d.Created,
		&first, &d.Attempts, &d.Edition, &d.Shown, &d.Group, &d.Acked, &d.Settled, &sent)
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

// readCalled finds whom a delivery reaches: the player of a direct message, or those
// whom a message mentions.
func readCalled(ctx context.Context, tx pgx.Tx, d *alert.Outgoing) (err error) {
	if d.Direct() {
		return readPerson(ctx, tx, d)
	}
	called := slices.Clone(d.Alert.Call)
	for _, g := range d.Grouped {
		called = append(called, g.Alert.Call...)
	}
	if d.CallsRole() { // a squad is called where a role would be
		called = append(called, d.Rule.Members...)
	}
	if len(called) > 0 {
		d.Accounts, err = readAccounts(ctx, tx, called)
	}
	return err
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
		join discord_links l on l.player_id = p.id group by l.discord_id order by min(p.n) limit $2`, players, alert.MaxCalled)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// BeginAttempt takes a delivery to be sent now: it may have been sent from then on. When
// more than crowd of them wait, those of the same rule go along in one message, which
// freezes who stands in it. ok is false when there is nothing to be done any more: it
// is settled, sent, or stands in another one's message.
func (s *Store) BeginAttempt(ctx context.Context, id faction.ID, delivery int64, crowd int, now time.Time) (d alert.Outgoing, ok bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var group int64
		var rule alert.RuleID
		var direct, fresh, sample bool
		err := tx.QueryRow(ctx, `select state = 'pending', group_id, rule_id, player_id <> 0, first_attempt_at is null, starts_with(subject, 'test:')
			from alert_deliveries where delivery_id = $1 for update`, delivery).Scan(&ok, &group, &rule, &direct, &fresh, &sample)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if ok = ok && (group == 0 || group == delivery); !ok {
			return nil
		}
		if fresh && !direct && !sample {
			if err := gather(ctx, tx, delivery, rule, crowd, now); err != nil {
				return err
			}
		}
		if d, err = readDelivery(ctx, tx, id, delivery); err != nil {
			return err
		}
		if err := readCalled(ctx, tx, &d); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update alert_deliveries set attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $2)
			where delivery_id = $1 or group_id = $1`, delivery, now)
		return err
	})
	if err != nil {
		return alert.Outgoing{}, false, fmt.Errorf("begin to send delivery %d of faction %d: %w", delivery, id, err)
	}
	return d, ok, nil
}

// maxGrouped is how many alerts one message tells at most.
const maxGrouped = 20

// gather puts others of a rule that wait into a delivery's message, the most urgent
// first, when they are so many. An earlier try that sent nothing may have left some there.
func gather(ctx context.Context, tx pgx.Tx, delivery int64, rule alert.RuleID, crowd int, now time.Time) error {
	_, err := tx.Exec(ctx, `with waiting as (
			select delivery_id from alert_deliveries
			where rule_id = $2 and player_id = 0 and state = 'pending' and first_attempt_at is null and group_id = 0
			  and expires_at > $3 and delivery_id <> $1 and not starts_with(subject, 'test:')
			order by expires_at, delivery_id
			limit greatest(0, $4 - (select count(*) from alert_deliveries where group_id = $1 and delivery_id <> $1)) for update skip locked)
		update alert_deliveries set group_id = $1
		where (select count(*) from waiting) >= $5 and (delivery_id = $1 or delivery_id in (select delivery_id from waiting))`,
		delivery, rule, now, maxGrouped-1, max(1, crowd))
	if err != nil {
		return fmt.Errorf("gather what waits for the same channel: %w", err)
	}
	return nil
}

// ReleaseAttempt records that an attempt has surely sent nothing. before is when an
// earlier one may have; zero: never.
func (s *Store) ReleaseAttempt(ctx context.Context, id faction.ID, delivery int64, before time.Time) error {
	return s.updateDelivery(ctx, id, delivery, "first_attempt_at = $2", null(before))
}

// MarkSent records the message that a delivery became, with all that stand in it. A
// wording that came meanwhile is brought into it by a job of its own; so is the wording
// of a message that may be an earlier attempt's. ackAfter, of a notice that asks for
// it, is the wall's time until somebody looks whether it was acknowledged. What was
// broken in that place works again.
func (s *Store) MarkSent(ctx context.Context, id faction.ID, d alert.Outgoing, messageID string, ackAfter time.Duration, now time.Time) error {
	doubt := !d.FirstAttempt.IsZero()
	ids, shown := []int64{d.ID}, []int{d.Edition}
	for _, g := range d.Grouped {
		ids, shown = append(ids, g.ID), append(shown, g.Edition)
	}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var stale bool
		err := tx.QueryRow(ctx, `with done as (
				update alert_deliveries o set state = 'sent', reason = '', message_id = $3, sent_at = $4,
					shown = case when $5 and edition > 0 then -1 else n.shown end
				from unnest($1::bigint[], $2::int[]) n(id, shown) where o.delivery_id = n.id
				returning o.edition > o.shown as stale)
			select coalesce(bool_or(stale), false) from done`, ids, shown, messageID, now, doubt).Scan(&stale)
		if err != nil {
			return err
		}
		if d.Delivery.Rule != 0 {
			if err := heal(ctx, tx, d, now); err != nil {
				return err
			}
		}
		var jobs []river.JobArgs
		if stale {
			jobs = append(jobs, alert.EditJob{Faction: id, Delivery: d.ID})
		}
		if err := s.enqueue(ctx, tx, id, jobs); err != nil || ackAfter <= 0 {
			return err
		}
		return s.enqueueAt(ctx, tx, alert.AckJob{Faction: id, Delivery: d.ID}, time.Now().Add(ackAfter))
	})
	if err != nil {
		return fmt.Errorf("record delivery %d of faction %d: %w", d.ID, id, err)
	}
	return nil
}

// heal notes that a rule brought an alert, so that nothing is wrong with its place.
func heal(ctx context.Context, tx pgx.Tx, d alert.Outgoing, now time.Time) error {
	_, err := tx.Exec(ctx, `update alert_rules set sent_at = case when rule_id = $1 then $4 else sent_at end, broken_reason = '', broken_at = null
		where rule_id = $1 or broken_reason <> '' and ($2 <> '' and channel_id = $2 or $3 <> '' and webhook_id = $3)`,
		d.Delivery.Rule, d.Channel, d.Rule.WebhookID, now)
	if err != nil {
		return fmt.Errorf("note that rule %d works: %w", d.Delivery.Rule, err)
	}
	return nil
}

// MarkShown records what a message shows after an edit, of all that stand in it.
func (s *Store) MarkShown(ctx context.Context, id faction.ID, d alert.Outgoing) error {
	ids, shown := []int64{d.ID}, []int{d.Edition}
	for _, g := range d.Grouped {
		ids, shown = append(ids, g.ID), append(shown, g.Edition)
	}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update alert_deliveries o set shown = greatest(o.shown, n.shown)
			from unnest($1::bigint[], $2::int[]) n(id, shown) where o.delivery_id = n.id`, ids, shown)
		return err
	})
	if err != nil {
		return fmt.Errorf("record the edit of delivery %d of faction %d: %w", d.ID, id, err)
	}
	return nil
}

// EndDelivery records that a delivery, with all that stand in its message, ended without
// being sent, and why. State is "expired", "skipped", "failed" or "unknown". A notice
// that its player had to confirm is told to the channel instead.
func (s *Store) EndDelivery(ctx context.Context, id faction.ID, d alert.Outgoing, state string, reason alert.Reason, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update alert_deliveries set state = $2, reason = $3
			where state = 'pending' and (delivery_id = $1 or group_id = $1)`, d.ID, state, string(reason))
		if err != nil || tag.RowsAffected() == 0 || !d.Unheard(reason) {
			return err
		}
		return s.escalate(ctx, tx, id, d, now)
	})
	if err != nil {
		return fmt.Errorf("record delivery %d of faction %d: %w", d.ID, id, err)
	}
	return nil
}

func (s *Store) updateDelivery(ctx context.Context, id faction.ID, delivery int64, set string, args ...any) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update alert_deliveries set "+set+" where state = 'pending' and (delivery_id = $1 or group_id = $1)", append([]any{delivery}, args...)...)
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
