package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

func readRules(ctx context.Context, tx pgx.Tx) ([]alert.Rule, error) {
	rows, err := tx.Query(ctx, `select rule_id, kind, channel_id, webhook_id, coalesce(sealed, ''), player_id, squad_id, role_id, enabled, broken_reason,
		coalesce(broken_at, '-infinity'), coalesce(muted_until, '-infinity'), coalesce(sent_at, '-infinity'), settings from alert_rules order by rule_id`)
	if err != nil {
		return nil, fmt.Errorf("read alert rules: %w", err)
	}
	rules, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (alert.Rule, error) {
		var r alert.Rule
		var broken, muted, sent stamp
		err := row.Scan(&r.ID, &r.Kind, &r.ChannelID, &r.WebhookID, &r.Sealed, &r.Player, &r.Squad, &r.RoleID, &r.Enabled, &r.Broken,
			&broken, &muted, &sent, &r.Thresholds)
		r.BrokenAt, r.MutedUntil, r.SentAt = broken.t, muted.t, sent.t
		if len(r.Sealed) == 0 {
			r.Sealed = nil
		}
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read alert rules: %w", err)
	}
	if !slices.ContainsFunc(rules, func(r alert.Rule) bool { return r.Squad != 0 }) {
		return rules, nil
	}
	members, err := squadMembers(ctx, tx)
	for i := range rules {
		rules[i].Members = members[rules[i].Squad]
	}
	return rules, err
}

// Rules reads a faction's alert rules.
func (s *Store) Rules(ctx context.Context, id faction.ID) (rules []alert.Rule, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rules, err = readRules(ctx, tx)
		return err
	})
	return rules, err
}

// PutRules creates or renews rules that post in a channel, one for each kind; a kind's other
// rules in other channels stay. A broken rule is healthy again.
func (s *Store) PutRules(ctx context.Context, id faction.ID, rules []alert.Rule, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var b pgx.Batch
		for _, r := range rules {
			b.Queue(`insert into alert_rules (faction_id, kind, channel_id, role_id, enabled, settings, created_at) values ($1, $2, $3, $4, $5, $6, $7)
				on conflict (faction_id, kind, channel_id, webhook_id, player_id, squad_id) do update set role_id = excluded.role_id, enabled = excluded.enabled,
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

// AddRule creates a rule and gives its number; a faction.Error of kind Conflict when
// there is one of the kind for the same place.
func (s *Store) AddRule(ctx context.Context, id faction.ID, r alert.Rule, now time.Time) (rule alert.RuleID, err error) {
	var sealed []byte
	if len(r.Sealed) > 0 {
		sealed = r.Sealed
	}
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `insert into alert_rules (faction_id, kind, channel_id, webhook_id, sealed, player_id, squad_id, role_id, enabled, settings, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning rule_id`,
			id, string(r.Kind), r.ChannelID, r.WebhookID, sealed, r.Player, r.Squad, r.RoleID, r.Enabled, r.Thresholds, now).Scan(&rule)
	})
	if err != nil {
		return 0, fmt.Errorf("add an alert rule of faction %d: %w", id, sameRule(err))
	}
	return rule, nil
}

func sameRule(err error) error {
	if _, clash := isUnique(err); clash {
		return faction.Errorf(faction.Conflict, "There is a rule of this kind for the same place already. Nothing was changed. Use `/alerts edit` to change it.")
	}
	return err
}

// ChangeRule changes one rule, all but its kind and its number, and gives it as it was
// and as it is. A rule with another place is healthy until that proves otherwise.
func (s *Store) ChangeRule(ctx context.Context, id faction.ID, rule alert.RuleID, change func(*alert.Rule) error) (was, is alert.Rule, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if was, err = lockRule(ctx, tx, rule); err != nil {
			return err
		}
		is = was
		if err := change(&is); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update alert_rules set channel_id = $2, webhook_id = $3, sealed = $4, player_id = $5, squad_id = $6, role_id = $7,
				enabled = $8, settings = $9, muted_until = $10, broken_reason = $11, broken_at = case when $11 = '' then null else broken_at end
			where rule_id = $1`,
			rule, is.ChannelID, is.WebhookID, is.Sealed, is.Player, is.Squad, is.RoleID, is.Enabled, is.Thresholds, null(is.MutedUntil), is.Broken)
		return err
	})
	if err != nil {
		return alert.Rule{}, alert.Rule{}, fmt.Errorf("change alert rule %d of faction %d: %w", rule, id, sameRule(err))
	}
	return was, is, nil
}

// RemoveRule takes a rule away, and gives it as it was.
func (s *Store) RemoveRule(ctx context.Context, id faction.ID, rule alert.RuleID, now time.Time) (was alert.Rule, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if was, err = lockRule(ctx, tx, rule); err != nil {
			return err
		}
		// What was removed does not come back by itself.
		if _, err := tx.Exec(ctx, "insert into alert_defaults (faction_id, kind, given_at) values ($1, $2, $3) on conflict do nothing", id, string(was.Kind), now); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "delete from alert_rules where rule_id = $1", rule)
		return err
	})
	if err != nil {
		return alert.Rule{}, fmt.Errorf("remove alert rule %d of faction %d: %w", rule, id, err)
	}
	return was, nil
}

func lockRule(ctx context.Context, tx pgx.Tx, rule alert.RuleID) (alert.Rule, error) {
	if _, err := tx.Exec(ctx, "select from alert_rules where rule_id = $1 for update", rule); err != nil {
		return alert.Rule{}, err
	}
	rules, err := readRules(ctx, tx)
	if err != nil {
		return alert.Rule{}, err
	}
	for _, r := range rules {
		if r.ID == rule {
			return r, nil
		}
	}
	return alert.Rule{}, faction.Errorf(faction.NotFound, "There is no such alert rule any more. Nothing was changed. `/alerts list` shows those there are.")
}

// MoveRules lets every rule of one channel post in another. One that has its like there
// is dropped.
func (s *Store) MoveRules(ctx context.Context, id faction.ID, from, to string) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `delete from alert_rules r where channel_id = $1 and exists (
			select 1 from alert_rules o where o.kind = r.kind and o.channel_id = $2 and o.squad_id = r.squad_id and o.player_id = r.player_id)`, from, to)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "update alert_rules set channel_id = $2, broken_reason = '', broken_at = null where channel_id = $1", from, to)
		return err
	})
	if err != nil {
		return fmt.Errorf("move alert rules of faction %d to another channel: %w", id, err)
	}
	return nil
}

// GiveDefaults gives a faction that has a war channel the rules of every kind that it was
// never given one of, and that it has none of. It tells which kinds those were; a
// faction without a war channel gets none, later.
func (s *Store) GiveDefaults(ctx context.Context, id faction.ID, now time.Time) (given []alert.Kind, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		given = nil
		var channel, role string
		err := tx.QueryRow(ctx, `select channel_id, max(role_id) over () from alert_rules where kind = any($1) and channel_id <> '' and squad_id = 0
			order by enabled desc, kind = $2 desc, rule_id limit 1`,
			[]string{string(alert.WarScheduled), string(alert.WarStarted), string(alert.WarEnded)}, string(alert.WarStarted)).Scan(&channel, &role)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, r := range alert.Defaults(channel, role) {
			tag, err := tx.Exec(ctx, "insert into alert_defaults (faction_id, kind, given_at) values ($1, $2, $3) on conflict do nothing", id, string(r.Kind), now)
			if err != nil {
				return err
			}
			if tag.RowsAffected() == 0 {
				continue
			}
			tag, err = tx.Exec(ctx, `insert into alert_rules (faction_id, kind, channel_id, role_id, enabled, settings, created_at)
				select $1, $2, $3, $4, true, $5, $6 where not exists (select 1 from alert_rules where kind = $2)`,
				id, string(r.Kind), r.ChannelID, r.RoleID, r.Thresholds, now)
			if err != nil {
				return err
			}
			if tag.RowsAffected() > 0 {
				given = append(given, r.Kind)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("give faction %d its default alert rules: %w", id, err)
	}
	return given, nil
}

// BreakPlace marks every rule and live board of a place broken, because nothing can be
// posted there, and tells those who can mend it, once until it works again. One that is
// broken already was tried anew, in vain.
func (s *Store) BreakPlace(ctx context.Context, id faction.ID, at alert.Place, reason string, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `with was as (
				select rule_id, kind, broken_reason = '' as new from alert_rules
				where $1 <> '' and channel_id = $1 or $2 <> '' and webhook_id = $2 order by rule_id for update),
			broken as (update alert_rules r set broken_reason = $3, broken_at = $4 from was where r.rule_id = was.rule_id)
			select kind from was where new`,
			at.Channel, at.Webhook, reason, now)
		if err != nil {
			return err
		}
		kinds, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "update live_boards set broken_reason = $2 where $1 <> '' and channel_id = $1 and broken_reason = ''", at.Channel, reason)
		if err != nil || len(kinds) == 0 {
			return err
		}
		return s.tellBroken(ctx, tx, id, at, reason, kinds, now)
	})
	if err != nil {
		return fmt.Errorf("mark the rules of a place broken, faction %d: %w", id, err)
	}
	return nil
}

// tellBroken tells those who may change alert rules, and the rules that ask for it in
// places that still work.
func (s *Store) tellBroken(ctx context.Context, tx pgx.Tx, id faction.ID, at alert.Place, reason string, kinds []string, now time.Time) error {
	slices.Sort(kinds)
	a := alert.Alert{
		Kind: alert.DeliveryBroken, Subject: "place:" + at.Channel + at.Webhook, Stage: strconv.FormatInt(now.UnixNano(), 10), At: now,
		Data: alert.Data{Broken: &alert.BrokenData{Channel: at.Channel, Reason: reason, Kinds: slices.Compact(kinds)}},
	}
	r, err := readRights(ctx, tx, id)
	if err != nil {
		return err
	}
	n := alert.News{Alerts: []alert.Alert{a}}
	who := r.snapshot()
	for _, p := range slices.Sorted(maps.Keys(r.members)) {
		if who.Rights(p).Has(rbac.DiscordManage) {
			n.Personal = append(n.Personal, alert.Personal{Player: p, Alert: a})
		}
	}
	return s.announce(ctx, tx, id, now, n)
}
