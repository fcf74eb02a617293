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

// personalLifetime is how long a notice about somebody's own key is worth sending: it
// tells of something that lasts until they act.
const personalLifetime = 7 * 24 * time.Hour

// ChangeKey records what was learnt of a key, and tells whether that put it into
// another state. A change of state is noted in the faction's log; one for the worse is
// told to the owner, and for a lent key to the faction's rules, all in the same
// transaction and so exactly once. A key that is gone, or invalid, stays as it is.
func (s *Store) ChangeKey(ctx context.Context, id faction.ID, c faction.KeyChange, now time.Time) (changed bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		was, owner, err := lockKey(ctx, tx, c.Key)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && was.State == faction.KeyInvalid {
			return nil
		}
		if err != nil {
			return err
		}
		if err := learnFacts(ctx, tx, c); err != nil || c.State == was.State {
			return err
		}
		changed = true
		var b pgx.Batch
		b.Queue("update api_keys set state = $2, state_reason = $3, state_at = $4 where key_id = $1", c.Key, c.State, c.Reason, now)
		if c.State == faction.KeyInvalid {
			b.Queue(`update api_keys set sealed = '' where key_id = $1`, c.Key)
		}
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		err = appendAudit(ctx, tx, id, faction.AuditEntry{At: now, Action: "key.state", Outcome: "done", Body: map[string]any{
			"key": c.Key, "player": was.Player, "before": was.State, "after": c.State, "lost_faction_access": c.LostFactionAccess,
		}})
		if err != nil {
			return err
		}
		if c.State == faction.KeyActive {
			return nil
		}
		return s.tellOfKey(ctx, tx, id, was, owner, c, now)
	})
	if err != nil {
		return false, fmt.Errorf("record the state of key %d of faction %d: %w", c.Key, id, err)
	}
	return changed, nil
}

// lockKey reads a key and its owner's name and holds it fast: of two processes that
// learn the same, the second finds nothing new.
func lockKey(ctx context.Context, tx pgx.Tx, key int64) (k faction.Key, owner string, err error) {
	err = tx.QueryRow(ctx, `select k.player_id, k.state, k.consent,
			coalesce((select l.player_name from discord_links l where l.player_id = k.player_id), '')
		from api_keys k where k.key_id = $1 for update of k`, key).Scan(&k.Player, &k.State, &k.Consent, &owner)
	return k, owner, err
}

func learnFacts(ctx context.Context, tx pgx.Tx, c faction.KeyChange) (err error) {
	if f := c.Facts; f != nil {
		selections := f.Selections
		if selections == nil {
			selections = map[string][]string{}
		}
		_, err = tx.Exec(ctx, "update api_keys set access_level = $2, access_type = $3, faction_access = $4, selections = $5 where key_id = $1",
			c.Key, f.Level, f.Type, f.FactionAccess, selections)
	}
	if err == nil && c.LostFactionAccess {
		_, err = tx.Exec(ctx, "update api_keys set faction_access = false where key_id = $1 and faction_access", c.Key)
	}
	return err
}

// tellOfKey tells the owner, and for a key that was lent the faction. It is the last
// step of the transaction.
func (s *Store) tellOfKey(ctx context.Context, tx pgx.Tx, id faction.ID, was faction.Key, owner string, c faction.KeyChange, now time.Time) error {
	keys, err := readKeys(ctx, tx, 0)
	if err != nil {
		return err
	}
	a := alert.Alert{
		Kind: alert.KeyUnhealthy, Subject: alert.Subject("key", c.Key), Stage: fmt.Sprintf("%s:%d", c.State, now.Unix()), At: now,
		Data: alert.Data{
			Player: &alert.PlayerData{ID: was.Player, Name: owner},
			Key:    &alert.KeyData{State: c.State, LostFactionAccess: c.LostFactionAccess, AttackReaders: faction.AttackReaders(keys)},
		},
	}
	own := a
	own.ExpiresAt = now.Add(personalLifetime)
	yours := *a.Data.Key
	yours.Yours = true
	own.Data.Key = &yours
	var lent []alert.Alert
	if was.Consent == "lend" {
		lent = append(lent, a)
	}
	return s.announce(ctx, tx, id, now, alert.News{Alerts: lent, Personal: []alert.Personal{{Player: was.Player, Alert: own}}})
}
