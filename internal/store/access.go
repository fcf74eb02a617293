package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

const accessColumns = `faction_id, name, member_count, leader_id, player_id, discord_id, guild_id, state, asked_at, coalesce(decided_at, '-infinity')`

func scanAccess(row pgx.Row) (a faction.Access, err error) {
	var decided stamp
	err = row.Scan(&a.Faction, &a.Name, &a.Members, &a.Leader, &a.Player, &a.DiscordID, &a.GuildID, &a.State, &a.Asked, &decided)
	a.Decided = decided.t
	return a, err
}

// AskAccess records that a leader wants their faction let in. fresh is false when the
// faction has asked before: then nothing changes and what became of it is returned. A
// faction that was declined may ask again after faction.AskAgainAfter.
func (s *Store) AskAccess(ctx context.Context, a faction.Access, now time.Time) (is faction.Access, fresh bool, err error) {
	err = s.Faction(ctx, a.Faction, func(tx pgx.Tx) error {
		is, err = scanAccess(tx.QueryRow(ctx, `insert into access_requests as r
				(faction_id, name, member_count, leader_id, player_id, discord_id, guild_id, asked_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8)
			on conflict (faction_id) do update set name = excluded.name, member_count = excluded.member_count, leader_id = excluded.leader_id,
				player_id = excluded.player_id, discord_id = excluded.discord_id, guild_id = excluded.guild_id,
				state = 'waiting', asked_at = excluded.asked_at, decided_at = null, decided_by = 0
			where r.state = 'declined' and r.decided_at < $9
			returning `+accessColumns, a.Faction, a.Name, a.Members, a.Leader, a.Player, a.DiscordID, a.GuildID, now, now.Add(-faction.AskAgainAfter)))
		if !errors.Is(err, pgx.ErrNoRows) {
			fresh = err == nil
			return err
		}
		is, err = scanAccess(tx.QueryRow(ctx, "select "+accessColumns+" from access_requests"))
		return err
	})
	if err != nil {
		return faction.Access{}, false, fmt.Errorf("ask for access of faction %d: %w", a.Faction, err)
	}
	return is, fresh, nil
}

// Access reads a faction's request; one that never asked gives a zero Access.
func (s *Store) Access(ctx context.Context, id faction.ID) (a faction.Access, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		a, err = scanAccess(tx.QueryRow(ctx, "select "+accessColumns+" from access_requests"))
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return faction.Access{}, nil
	}
	if err != nil {
		return faction.Access{}, fmt.Errorf("read the request of faction %d: %w", id, err)
	}
	return a, nil
}

// DecideAccess answers a waiting request. A faction.Error of kind Conflict when it is
// answered already, of kind NotFound when there is none.
func (s *Store) DecideAccess(ctx context.Context, id faction.ID, to faction.AccessState, by faction.PlayerID, now time.Time) (a faction.Access, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		a, err = scanAccess(tx.QueryRow(ctx, "select "+accessColumns+" from access_requests for update"))
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return faction.Errorf(faction.NotFound, "Faction %d does not ask for access. Nothing was changed.", id)
		case err != nil:
			return err
		case a.State != faction.AccessWaiting:
			return faction.Errorf(faction.Conflict, "The request of faction %d was %s already. Nothing was changed.", id, a.State)
		}
		a.State, a.Decided = to, now
		_, err = tx.Exec(ctx, "update access_requests set state = $1, decided_at = $2, decided_by = $3", string(to), now, by)
		return err
	})
	if err != nil {
		return faction.Access{}, fmt.Errorf("answer the request of faction %d: %w", id, err)
	}
	return a, nil
}

// AccessWaiting lists the requests that wait, oldest first, at most limit of them.
func (s *Store) AccessWaiting(ctx context.Context, limit int) (waiting []faction.Access, err error) {
	var ids []faction.ID
	err = s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select faction_id from access_requests where state = 'waiting' order by asked_at, faction_id limit $1", limit)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list requests for access: %w", err)
	}
	for _, id := range ids {
		a, err := s.Access(ctx, id)
		if err != nil {
			return nil, err
		}
		if a.State == faction.AccessWaiting {
			waiting = append(waiting, a)
		}
	}
	return waiting, nil
}
