package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// FindPeople looks for players who are linked, or on a faction's own member list. A
// player shows up once for each faction that knows them.
func (s *Store) FindPeople(ctx context.Context, q faction.PersonQuery) (out []faction.Person, err error) {
	ids := []faction.ID{q.Faction}
	if q.Faction == 0 {
		if ids, err = s.everyFaction(ctx); err != nil {
			return nil, fmt.Errorf("find a player: %w", err)
		}
	}
	for _, id := range ids {
		if len(out) >= q.Limit {
			break
		}
		found, err := s.peopleOf(ctx, id, q, q.Limit-len(out))
		if err != nil {
			return nil, fmt.Errorf("find a player in faction %d: %w", id, err)
		}
		out = append(out, found...)
	}
	return out, nil
}

// everyFaction lists those registered and those that only somebody who is linked is in.
func (s *Store) everyFaction(ctx context.Context) (ids []faction.ID, err error) {
	err = s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select faction_id from factions union select faction_id from discord_links order by 1 desc")
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	return ids, err
}

func (s *Store) peopleOf(ctx context.Context, id faction.ID, q faction.PersonQuery, limit int) (out []faction.Person, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			select p.player_id, coalesce(m.name, l.player_name), coalesce(l.discord_id, ''), coalesce(m.position, ''),
			       (select count(*) from api_keys k where k.player_id = p.player_id), coalesce(l.linked_at, '-infinity')
			from (select player_id from discord_links
			      union select player_id from members where of_faction = faction_id and left_at is null) p
			left join discord_links l on l.player_id = p.player_id
			left join members m on m.of_faction = m.faction_id and m.player_id = p.player_id and m.left_at is null
			where ($1::bigint = 0 or p.player_id = $1) and ($2::text = '' or l.discord_id = $2)
			  and ($3::text = '' or position(lower($3) in lower(coalesce(m.name, l.player_name))) > 0)
			order by 2, 1 limit $4`, q.Player, q.DiscordID, q.Name, limit)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (faction.Person, error) {
			p := faction.Person{Link: faction.Link{Faction: id}}
			var linked stamp
			err := row.Scan(&p.Player, &p.Name, &p.DiscordID, &p.Position, &p.Keys, &linked)
			p.Linked = linked.t
			return p, err
		})
		return err
	})
	return out, err
}

// MoveLink gives a player's link to another Discord account. What the old account
// consented to ends: the player's keys only verify; reset tells how many could do
// more. So do links to the scoreboard that it made. from is the link as it was. A faction.Error of kind NotFound or Conflict, and
// nothing changes, when the player is not linked or the account is not free.
func (s *Store) MoveLink(ctx context.Context, player faction.PlayerID, discordID string, now time.Time) (from faction.Link, reset int64, err error) {
	err = s.system(ctx, func(tx pgx.Tx) error {
		if from, err = lockMove(ctx, tx, player, discordID); err != nil {
			return err
		}
		if err := enter(ctx, tx, from.Faction); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "update discord_links set discord_id = $2, linked_at = $3 where player_id = $1", player, discordID, now); err != nil {
			return err
		}
		if err := endPages(ctx, tx, player, now); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "update api_keys set consent = 'verify' where player_id = $1 and consent <> 'verify'", player)
		reset = tag.RowsAffected()
		return err
	})
	if _, clash := isUnique(err); clash {
		err = errAccountTaken()
	}
	if err != nil {
		return faction.Link{}, 0, fmt.Errorf("move the link of player %d: %w", player, err)
	}
	return from, reset, nil
}

// lockMove holds fast both links that a move may touch, in the order that lockLinks
// does.
func lockMove(ctx context.Context, tx pgx.Tx, player faction.PlayerID, discordID string) (from faction.Link, err error) {
	rows, err := tx.Query(ctx, `select faction_id, discord_id, player_id from discord_links
		where discord_id = $1 or player_id = $2 order by player_id for update`, discordID, player)
	if err != nil {
		return from, err
	}
	var have faction.Link
	taken := false
	_, err = pgx.ForEachRow(rows, []any{&have.Faction, &have.DiscordID, &have.Player}, func() error {
		if have.Player == player {
			from = have
		} else {
			taken = true
		}
		return nil
	})
	switch {
	case err != nil:
		return from, err
	case from.Player == 0:
		return from, faction.Errorf(faction.NotFound, "Player %d is linked to no Discord account. Nothing was changed.", player)
	case from.DiscordID == discordID:
		return from, faction.Errorf(faction.Conflict, "Player %d is linked to that Discord account already. Nothing was changed.", player)
	case taken:
		return from, errAccountTaken()
	}
	return from, nil
}

func errAccountTaken() error {
	return faction.Errorf(faction.Conflict, "That Discord account is linked to another Torn player. Nothing was changed. They use /unlink there first, or you move that link away.")
}
