package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// SaveKey stores a player's key, or what is newly known of one that is there
// already. A key that is stored for another faction or player is a Conflict, and
// nothing changes.
func (s *Store) SaveKey(ctx context.Context, id faction.ID, k faction.Key, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error { return saveKey(ctx, tx, id, k, now) })
	if err != nil {
		return fmt.Errorf("save a key of player %d: %w", k.Player, err)
	}
	return nil
}

// saveKey stores a key. It takes the place of what is left of the player's invalid ones.
func saveKey(ctx context.Context, tx pgx.Tx, id faction.ID, k faction.Key, now time.Time) error {
	if k.Selections == nil {
		k.Selections = map[string][]string{}
	}
	args := []any{id, k.Player, k.Sealed, k.Fingerprint, k.Level, k.Type, k.FactionAccess, k.Selections, k.Consent, now}
	tag, err := tx.Exec(ctx, `update api_keys set sealed = $3, access_level = $5, access_type = $6, faction_access = $7,
			selections = $8, consent = $9, state = 'active', state_reason = '', state_at = $10
		where faction_id = $1 and player_id = $2 and fingerprint = $4`, args...)
	if err != nil {
		return err
	}
	known := tag.RowsAffected() > 0
	if _, err := tx.Exec(ctx, "delete from api_keys where player_id = $1 and state = 'invalid'", k.Player); err != nil || known {
		return err
	}
	// What stands in the way of an insert may be a row that this faction cannot see.
	tag, err = tx.Exec(ctx, `insert into api_keys (faction_id, player_id, sealed, fingerprint, access_level, access_type,
			faction_access, selections, consent, state_at, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) on conflict (fingerprint) do nothing`, args...)
	if err == nil && tag.RowsAffected() == 0 {
		return faction.Errorf(faction.Conflict, "This key is already stored here for another player or faction. Nothing was changed. "+
			"Use /unlink where it is in use, or make a new key in Torn's settings and use /link with that.")
	}
	return err
}

// Keys reads a faction's keys, those of one player when player is not 0.
func (s *Store) Keys(ctx context.Context, id faction.ID, player faction.PlayerID) ([]faction.Key, error) {
	var out []faction.Key
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var err error
		out, err = readKeys(ctx, tx, player)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read keys of faction %d: %w", id, err)
	}
	return out, nil
}

func readKeys(ctx context.Context, tx pgx.Tx, player faction.PlayerID) ([]faction.Key, error) {
	rows, err := tx.Query(ctx, `select key_id, player_id, sealed, fingerprint, access_level, access_type, faction_access,
		selections, consent, state, state_reason, state_at, coalesce(last_used_at, '-infinity')
		from api_keys where $1::bigint = 0 or player_id = $1 order by key_id`, player)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (faction.Key, error) {
		var k faction.Key
		var used stamp
		err := row.Scan(&k.ID, &k.Player, &k.Sealed, &k.Fingerprint, &k.Level, &k.Type, &k.FactionAccess,
			&k.Selections, &k.Consent, &k.State, &k.Reason, &k.StateAt, &used)
		k.LastUsed = used.t
		return k, err
	})
}
