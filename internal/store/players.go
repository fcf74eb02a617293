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

// StalePlayers lists the linked players, of whatever faction, who were not looked at
// since a moment, the longest ago first. A faction that is paused or being removed is
// left alone, its members with it.
func (s *Store) StalePlayers(ctx context.Context, since time.Time) ([]faction.Link, error) {
	var out []faction.Link
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select l.faction_id, l.player_id from discord_links l
			where (l.seen_at is null or l.seen_at < $1)
			  and not exists (select 1 from factions f where f.faction_id = l.faction_id and f.state <> 'active')
			order by l.seen_at nulls first, l.player_id`, since)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l faction.Link, err error) {
			err = row.Scan(&l.Faction, &l.Player)
			return l, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list linked players: %w", err)
	}
	return out, nil
}

// SavePlayer records what Torn says of a linked player who was in was.Faction when
// Torn was asked. Who has changed faction takes link and keys along, with what
// LinkWithKey's rules make of consent: it was given to the former faction, so that the
// keys only verify from now on; and what they may do there is to be tested at once.
// Both factions' logs tell of it, and so is the player told, once, when that ended
// anything. The position is kept with the link only where the
// faction's own roster does not show the player.
func (s *Store) SavePlayer(ctx context.Context, was faction.Link, seen faction.PlayerSeen, now time.Time) (c faction.PlayerChange, err error) {
	err = s.system(ctx, func(tx pgx.Tx) error {
		var have faction.ID
		err := tx.QueryRow(ctx, "select faction_id from discord_links where player_id = $1 for update", was.Player).Scan(&have)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && have != was.Faction {
			return nil // unlinked, or linked anew, while Torn was asked
		}
		if err != nil {
			return err
		}
		ended := false
		if seen.Faction != have {
			if ended, err = movePlayer(ctx, tx, was, seen.Faction, now); err != nil {
				return err
			}
			c.Moved, c.Left = true, seen.Faction == 0
		} else if err := enter(ctx, tx, have); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `update discord_links l set player_name = $2, seen_at = $3, position = case
				when exists (select 1 from members m where m.of_faction = l.faction_id and m.player_id = l.player_id and m.left_at is null)
				then '' else $4 end
			from (select player_name from discord_links where player_id = $1) old
			where l.player_id = $1 returning old.player_name <> $2`, was.Player, seen.Name, now, seen.Position).Scan(&c.Renamed)
		if err != nil || !ended {
			return err
		}
		return s.announce(ctx, tx, seen.Faction, now, alert.News{Personal: []alert.Personal{movedNotice(was.Player, seen, now)}})
	})
	if err != nil {
		return faction.PlayerChange{}, fmt.Errorf("record where player %d is: %w", was.Player, err)
	}
	return c, nil
}

// movedNotice tells a player that what they allowed their keys to be used for has ended.
func movedNotice(player faction.PlayerID, seen faction.PlayerSeen, now time.Time) alert.Personal {
	return alert.Personal{Player: player, Alert: alert.Alert{
		Kind: alert.KeyUnhealthy, Subject: alert.Subject("moved", int64(player)), Stage: fmt.Sprintf("%d:%d", seen.Faction, now.Unix()),
		At: now, ExpiresAt: now.Add(personalLifetime),
		Data: alert.Data{
			Player: &alert.PlayerData{ID: player, Name: seen.Name},
			Key:    &alert.KeyData{Moved: true, Left: seen.Faction == 0, Yours: true},
		},
	}}
}

// movePlayer takes a player's link and keys to another faction, which the transaction
// is in afterwards, and tells whether a key was allowed more than it is now. It begins as
// the system role, with the link locked.
func movePlayer(ctx context.Context, tx pgx.Tx, was faction.Link, to faction.ID, now time.Time) (ended bool, err error) {
	if _, err := tx.Exec(ctx, "update discord_links set faction_id = $1 where player_id = $2", to, was.Player); err != nil {
		return false, err
	}
	keys, err := tx.Exec(ctx, "update api_keys set faction_id = $1 where player_id = $2 and faction_id <> $1", to, was.Player)
	if err != nil {
		return false, err
	}
	e := faction.AuditEntry{At: now, Action: "link.move", Outcome: "done", Body: map[string]any{
		"player": was.Player, "from_faction": was.Faction, "to_faction": to, "keys": keys.RowsAffected(),
	}}
	// Chains are locked in this order at commit: the lower id first, so that two who swap
	// factions cannot wait for each other. Without a faction there is no log.
	for _, id := range []faction.ID{min(was.Faction, to), max(was.Faction, to)} {
		if id == 0 {
			continue
		}
		if err := enter(ctx, tx, id); err != nil {
			return false, err
		}
		if err := appendAudit(ctx, tx, id, e); err != nil {
			return false, err
		}
	}
	if err := enter(ctx, tx, to); err != nil {
		return false, err
	}
	if err := tx.QueryRow(ctx, "select exists (select 1 from api_keys where player_id = $1 and consent <> 'verify')", was.Player).Scan(&ended); err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, "update api_keys set consent = 'verify', faction_access = false, tested_at = '-infinity' where player_id = $1", was.Player)
	return ended, err
}
