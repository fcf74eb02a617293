package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// SetConsent says what one key of a linked player may be used for, and tells what it
// might be used for before. A faction.Error of kind NotFound, and nothing changes, when
// the account is not the player's any more or has no such key.
func (s *Store) SetConsent(ctx context.Context, l faction.Link, key int64, consent string) (before string, err error) {
	err = s.Faction(ctx, l.Faction, func(tx pgx.Tx) error {
		if err := holdLink(ctx, tx, l); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, "select consent from api_keys where key_id = $1 and player_id = $2 for update", key, l.Player).Scan(&before)
		if errors.Is(err, pgx.ErrNoRows) {
			return errNoSuchKey()
		}
		if err == nil {
			_, err = tx.Exec(ctx, "update api_keys set consent = $2 where key_id = $1", key, consent)
		}
		if err == nil {
			err = forgetFlight(ctx, tx, l.Player)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("set the consent of key %d: %w", key, err)
	}
	return before, nil
}

// RemoveKey deletes one key of a linked player; errors as SetConsent.
func (s *Store) RemoveKey(ctx context.Context, l faction.Link, key int64) error {
	err := s.Faction(ctx, l.Faction, func(tx pgx.Tx) error {
		if err := holdLink(ctx, tx, l); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "delete from api_keys where key_id = $1 and player_id = $2", key, l.Player)
		if err == nil && tag.RowsAffected() == 0 {
			return errNoSuchKey()
		}
		if err == nil {
			err = forgetFlight(ctx, tx, l.Player)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("remove key %d: %w", key, err)
	}
	return nil
}

// holdLink makes sure that the account is the player's, until the transaction ends:
// somebody who is just losing the link decides nothing for whoever takes it over.
func holdLink(ctx context.Context, tx pgx.Tx, l faction.Link) error {
	var one int
	err := tx.QueryRow(ctx, "select 1 from discord_links where discord_id = $1 and player_id = $2 for share", l.DiscordID, l.Player).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return faction.Errorf(faction.NotFound, "This Discord account is not linked to that Torn player any more. Nothing was changed. Use /link again.")
	}
	return err
}

func errNoSuchKey() error {
	return faction.Errorf(faction.NotFound, "That key is not stored here any more. Nothing was changed. /link shows your keys.")
}
