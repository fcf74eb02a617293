package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// Resolve finds the link of a Discord account; ok is false when it has none.
func (s *Store) Resolve(ctx context.Context, discordID string) (l faction.Link, ok bool, err error) {
	l.DiscordID = discordID
	err = s.system(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select faction_id, player_id from discord_links where discord_id = $1", discordID).Scan(&l.Faction, &l.Player)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return faction.Link{}, false, nil
	}
	if err != nil {
		return faction.Link{}, false, fmt.Errorf("find the link of a Discord user: %w", err)
	}
	return l, true, nil
}

// SaveLink links a Discord account to a player, moving both the link and the
// player's keys along when the player has changed faction. A player or an account
// that is linked to somebody else is a Conflict, and nothing changes.
func (s *Store) SaveLink(ctx context.Context, l faction.Link, now time.Time) error {
	err := s.system(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update discord_links set faction_id = $1 where discord_id = $2 and player_id = $3 and faction_id <> $1",
			l.Faction, l.DiscordID, l.Player)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update api_keys set faction_id = $1 where player_id = $2 and faction_id <> $1
			and exists (select 1 from discord_links where discord_id = $3 and player_id = $2)`, l.Faction, l.Player, l.DiscordID)
		return err
	})
	if err != nil {
		return fmt.Errorf("move the link of player %d: %w", l.Player, err)
	}
	err = s.Faction(ctx, l.Faction, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into discord_links (faction_id, discord_id, player_id, player_name, linked_at) values ($1, $2, $3, $4, $5)
			on conflict (faction_id, discord_id) do update set player_name = excluded.player_name
			where discord_links.player_id = excluded.player_id`, l.Faction, l.DiscordID, l.Player, l.Name, now)
		return err
	})
	if _, clash := isUnique(err); clash {
		return faction.Errorf(faction.Conflict, "This Torn player is already linked to another Discord account, or your account to another player. "+
			"Nothing was changed. Use /unlink on the old account first, or ask an officer.")
	}
	if err != nil {
		return fmt.Errorf("link player %d: %w", l.Player, err)
	}
	got, ok, err := s.Resolve(ctx, l.DiscordID)
	if err == nil && (!ok || got.Player != l.Player) {
		return faction.Errorf(faction.Conflict, "Your Discord account is linked to another Torn player. Nothing was changed. Use /unlink first.")
	}
	return err
}

// Unlink removes a Discord account's link and every key of its player; a
// faction.Error of kind NotFound, and nothing changes, when there is no such link.
func (s *Store) Unlink(ctx context.Context, l faction.Link) (keys int64, err error) {
	err = s.Faction(ctx, l.Faction, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "delete from api_keys where player_id = $1", l.Player)
		if err != nil {
			return err
		}
		keys = tag.RowsAffected()
		tag, err = tx.Exec(ctx, "delete from discord_links where discord_id = $1 and player_id = $2", l.DiscordID, l.Player)
		if err == nil && tag.RowsAffected() == 0 {
			return faction.Errorf(faction.NotFound, "This Discord account is not linked to that Torn player any more. Nothing was changed.")
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("unlink player %d: %w", l.Player, err)
	}
	return keys, nil
}

// LinkedPlayers tells which of a faction's players have a Discord account here.
func (s *Store) LinkedPlayers(ctx context.Context, id faction.ID) (map[faction.PlayerID]string, error) {
	out := map[faction.PlayerID]string{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select player_id, discord_id from discord_links")
		if err != nil {
			return err
		}
		var p faction.PlayerID
		var d string
		_, err = pgx.ForEachRow(rows, []any{&p, &d}, func() error { out[p] = d; return nil })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read links of faction %d: %w", id, err)
	}
	return out, nil
}
