package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// SaveWebLink stores a link under the hash of its token and gives its id. Links end with
// the right to see the war (endRights), so that none is made without it: a faction.Error
// of kind Denied, when it was lost since the request was let through.
func (s *Store) SaveWebLink(ctx context.Context, l faction.WebLink, tokenHash []byte) (id int64, err error) {
	err = s.Faction(ctx, l.Faction, func(tx pgx.Tx) error {
		if !l.ByOperator {
			r, err := readRights(ctx, tx, l.Faction)
			if err != nil {
				return err
			}
			if !r.snapshot().Rights(l.Creator).Has(rbac.WarView) {
				return faction.Errorf(faction.Denied, "You may not see the war any more: your position in the faction has changed this moment. No link was made.")
			}
		}
		return tx.QueryRow(ctx, `insert into scoreboard_links (faction_id, token_hash, page, created_by, created_at, expires_at)
			values ($1, $2, $3, $4, $5, $6) returning link_id`, l.Faction, tokenHash, l.Page, l.Creator, l.Created, l.Expires).Scan(&id)
	})
	if err != nil {
		return 0, fmt.Errorf("save a scoreboard link of faction %d: %w", l.Faction, err)
	}
	return id, nil
}

// ResolveWebLink finds the link of a token's hash; ok is false when there is none,
// it has expired or was revoked, and while its faction is paused or being removed.
func (s *Store) ResolveWebLink(ctx context.Context, tokenHash []byte, now time.Time) (l faction.WebLink, ok bool, err error) {
	err = s.system(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select link_id, faction_id, page, expires_at from scoreboard_links l
			where token_hash = $1 and expires_at > $2 and revoked_at is null
			  and exists (select from factions f where f.faction_id = l.faction_id and f.state = 'active')`, tokenHash, now).Scan(&l.ID, &l.Faction, &l.Page, &l.Expires)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return faction.WebLink{}, false, nil
	}
	if err != nil {
		return faction.WebLink{}, false, fmt.Errorf("find a scoreboard link: %w", err)
	}
	return l, true, nil
}

// endPages ends the links that a player made in the transaction's faction.
func endPages(ctx context.Context, tx pgx.Tx, player faction.PlayerID, now time.Time) error {
	_, err := tx.Exec(ctx, "update scoreboard_links set revoked_at = $2 where created_by = $1 and revoked_at is null", player, now)
	return err
}

// WebLinks lists a faction's links that still work, newest first.
func (s *Store) WebLinks(ctx context.Context, id faction.ID, now time.Time) ([]faction.WebLink, error) {
	var out []faction.WebLink
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select link_id, faction_id, page, created_by, created_at, expires_at, false, false from scoreboard_links
			where expires_at > $1 and revoked_at is null order by link_id desc`, now)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[faction.WebLink])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list scoreboard links of faction %d: %w", id, err)
	}
	return out, nil
}

// RevokeWebLink ends a link at once; a faction.Error of kind NotFound when there is none.
func (s *Store) RevokeWebLink(ctx context.Context, id faction.ID, link int64, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "update scoreboard_links set revoked_at = $2 where link_id = $1 and revoked_at is null", link, now)
		if err == nil && tag.RowsAffected() == 0 {
			return faction.Errorf(faction.NotFound, "There is no working link with that number. /web links lists them.")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke scoreboard link %d: %w", link, err)
	}
	return nil
}
