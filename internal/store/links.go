package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// Link joins a Discord account to a player, and stores the key that proves it when
// there is one: both or neither. A player who has changed faction takes the link and
// all keys along. A player or an account that is linked to somebody else is a Conflict,
// except with TakeOver: then the other account loses its link, which is returned (zero
// when there was none) and noted in the log of both factions. Consent was given by one
// account to one faction: after a move or a takeover the player's other keys only
// verify. What waits for an officer's word about the player is withdrawn.
func (s *Store) Link(ctx context.Context, l faction.Linking, now time.Time) (lost faction.Link, err error) {
	err = s.Faction(ctx, l.Faction, func(tx pgx.Tx) error {
		if err := holdRequests(ctx, tx, l.Player); err != nil {
			return err
		}
		lost, err = link(ctx, tx, l, now)
		return err
	})
	if _, clash := isUnique(err); clash { // somebody else linked after lockLinks looked
		err = faction.Errorf(faction.Conflict, "This Torn player or your Discord account was linked elsewhere at this very moment. Nothing was changed. Use /link again.")
	}
	if err != nil {
		return faction.Link{}, fmt.Errorf("link player %d: %w", l.Player, err)
	}
	return lost, nil
}

// LinkWithKey is Link with a key and without a correlation id.
func (s *Store) LinkWithKey(ctx context.Context, l faction.Link, k faction.Key, takeOver bool, now time.Time) (lost faction.Link, err error) {
	return s.Link(ctx, faction.Linking{Link: l, Key: &k, TakeOver: takeOver}, now)
}

// link does it within a transaction of the faction's own that holds the player's
// requests.
func link(ctx context.Context, tx pgx.Tx, l faction.Linking, now time.Time) (lost faction.Link, err error) {
	if err := settle(ctx, tx, now, "withdrawn", 0, "player_id = $4", l.Player); err != nil {
		return lost, err
	}
	if err := leave(ctx, tx); err != nil {
		return lost, err
	}
	if lost, err = lockLinks(ctx, tx, l.Link, l.TakeOver); err != nil {
		return lost, err
	}
	// Moved into the faction, the other account's link can be deleted as the faction's own.
	if _, err := tx.Exec(ctx, "update discord_links set faction_id = $1 where player_id = $2 and faction_id <> $1", l.Faction, l.Player); err != nil {
		return lost, err
	}
	moved, err := tx.Exec(ctx, "update api_keys set faction_id = $1 where player_id = $2 and faction_id <> $1", l.Faction, l.Player)
	if err != nil {
		return lost, err
	}
	if err := enter(ctx, tx, l.Faction); err != nil {
		return lost, err
	}
	if lost.Player != 0 {
		if _, err := tx.Exec(ctx, "delete from discord_links where player_id = $1 and discord_id = $2", lost.Player, lost.DiscordID); err != nil {
			return lost, err
		}
	}
	if lost.Player != 0 || moved.RowsAffected() > 0 {
		if _, err := tx.Exec(ctx, "update api_keys set consent = 'verify' where player_id = $1", l.Player); err != nil {
			return lost, err
		}
	}
	_, err = tx.Exec(ctx, `insert into discord_links (faction_id, discord_id, player_id, player_name, linked_at) values ($1, $2, $3, $4, $5)
		on conflict (faction_id, discord_id) do update set player_name = excluded.player_name`, l.Faction, l.DiscordID, l.Player, l.Name, now)
	if err != nil {
		return lost, err
	}
	if l.Key != nil {
		if err := saveKey(ctx, tx, l.Faction, *l.Key, now); err != nil {
			return lost, err
		}
	}
	if lost.Player == 0 {
		return lost, nil
	}
	return lost, noteTakeover(ctx, tx, l, lost, now)
}

// lockLinks holds fast what is linked to the account or the player, and tells whose
// link is taken over. It needs the system role: the rows may be any faction's.
func lockLinks(ctx context.Context, tx pgx.Tx, l faction.Link, takeOver bool) (lost faction.Link, err error) {
	rows, err := tx.Query(ctx, `select faction_id, discord_id, player_id from discord_links
		where discord_id = $1 or player_id = $2 order by player_id for update`, l.DiscordID, l.Player)
	if err != nil {
		return lost, err
	}
	var have faction.Link
	var mine, theirs bool
	_, err = pgx.ForEachRow(rows, []any{&have.Faction, &have.DiscordID, &have.Player}, func() error {
		switch {
		case have.Player != l.Player:
			mine = true
		case have.DiscordID != l.DiscordID:
			theirs, lost = true, have
		}
		return nil
	})
	switch {
	case err != nil:
		return faction.Link{}, err
	case mine:
		return faction.Link{}, faction.Errorf(faction.Conflict, "Your Discord account is linked to another Torn player. Nothing was changed. Use /unlink first, then /link again.")
	case theirs && !takeOver:
		return faction.Link{}, faction.Errorf(faction.Conflict, "This Torn player is already linked to another Discord account. Nothing was changed. "+
			"If the player is you, link this Discord account at Torn, then use /link again: that takes it over. Or use /unlink on the other account.")
	default:
		return lost, nil
	}
}

// noteTakeover writes the takeover into the log of the player's faction and of the
// one where the lost link was held; without a faction there is no log.
func noteTakeover(ctx context.Context, tx pgx.Tx, l faction.Linking, lost faction.Link, now time.Time) error {
	// Chains are locked in this order at commit: the lower id first, so that two who swap
	// factions cannot wait for each other.
	for _, id := range slices.Compact([]faction.ID{min(l.Faction, lost.Faction), max(l.Faction, lost.Faction)}) {
		if id == 0 {
			continue
		}
		if err := enter(ctx, tx, id); err != nil {
			return err
		}
		// What whoever lost the player made in their name opens nothing any more.
		if err := endPages(ctx, tx, l.Player, now); err != nil {
			return err
		}
		err := appendAudit(ctx, tx, id, faction.AuditEntry{
			At: now, Actor: l.Player, Action: "link.takeover", Outcome: "done", CorrelationID: l.CorrelationID,
			Body: map[string]any{"player": l.Player, "from_faction": lost.Faction, "to_faction": l.Faction},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// enter makes the rest of a transaction a faction's own, as Faction does from the start.
func enter(ctx context.Context, tx pgx.Tx, id faction.ID) error {
	if _, err := tx.Exec(ctx, "set local role "+tenantRole); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "select set_config('app.faction_id', $1, true)", strconv.FormatInt(int64(id), 10))
	return err
}

// leave makes the rest of a transaction the system role's, until enter: a link or its
// keys may be another faction's.
func leave(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, "set local role "+systemRole)
	return err
}

// PlayerName is the name that a linked player had when they linked; empty when the
// link is gone. Standing cannot tell it: names are behind the faction's door.
func (s *Store) PlayerName(ctx context.Context, l faction.Link) (string, error) {
	var name string
	err := s.Faction(ctx, l.Faction, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select player_name from discord_links where discord_id = $1 and player_id = $2", l.DiscordID, l.Player).Scan(&name)
	})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("read the name of linked player %d: %w", l.Player, err)
	}
	return name, nil
}

// Unlink removes a Discord account's link and every key of its player; a
// faction.Error of kind NotFound, and nothing changes, when there is no such link.
func (s *Store) Unlink(ctx context.Context, l faction.Link) (keys int64, err error) {
	err = s.Faction(ctx, l.Faction, func(tx pgx.Tx) error {
		// The link first: behind its lock, a key that is being given with it is seen too.
		tag, err := tx.Exec(ctx, "delete from discord_links where discord_id = $1 and player_id = $2", l.DiscordID, l.Player)
		if err == nil && tag.RowsAffected() == 0 {
			return faction.Errorf(faction.NotFound, "This Discord account is not linked to that Torn player any more. Nothing was changed.")
		}
		if err != nil {
			return err
		}
		tag, err = tx.Exec(ctx, "delete from api_keys where player_id = $1", l.Player)
		if keys = tag.RowsAffected(); err == nil {
			err = forgetFlight(ctx, tx, l.Player)
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
