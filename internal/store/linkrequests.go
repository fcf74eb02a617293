package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

const (
	// requestsPerPlayer bounds how many accounts may ask for one player at a time:
	// whoever has a leaked key must not flood the officers.
	requestsPerPlayer = 3
	// requestsKept is how long a decided request is remembered, for the officer who
	// clicks late.
	requestsKept = 7 * 24 * time.Hour
)

// AskLink records a link that an officer has to confirm. Asked again by the same
// account for the same player, the newer key takes the older one's place and fresh is
// false. A Conflict, and nothing changes, when the account or the player is linked to
// somebody else already: no confirmation may take that over.
func (s *Store) AskLink(ctx context.Context, r faction.LinkRequest, now time.Time) (id int64, fresh bool, err error) {
	err = s.Faction(ctx, r.Faction, func(tx pgx.Tx) error {
		if err := holdRequests(ctx, tx, r.Player); err != nil {
			return err
		}
		if err := leave(ctx, tx); err != nil {
			return err
		}
		if _, err := lockLinks(ctx, tx, r.Link, false); err != nil {
			return err
		}
		if err := enter(ctx, tx, r.Faction); err != nil {
			return err
		}
		if _, err := expireRequests(ctx, tx, r.Faction, now); err != nil {
			return err
		}
		var others int
		err := tx.QueryRow(ctx, "select count(*) from link_requests where player_id = $1 and discord_id <> $2 and decided_at is null",
			r.Player, r.DiscordID).Scan(&others)
		if err == nil && others >= requestsPerPlayer {
			return faction.Errorf(faction.Conflict, "%d other Discord accounts wait to be linked to this player already. Nothing was stored. Ask an officer of the faction to look at /config links.", others)
		}
		if err != nil {
			return err
		}
		if r.Key.Selections == nil {
			r.Key.Selections = map[string][]string{}
		}
		return tx.QueryRow(ctx, `insert into link_requests (faction_id, discord_id, torn_discord_id, player_id, player_name, sealed, fingerprint,
				access_level, access_type, faction_access, selections, created_at, expires_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			on conflict (faction_id, player_id, discord_id) where decided_at is null do update set
				torn_discord_id = excluded.torn_discord_id, player_name = excluded.player_name, sealed = excluded.sealed, fingerprint = excluded.fingerprint,
				access_level = excluded.access_level, access_type = excluded.access_type, faction_access = excluded.faction_access,
				selections = excluded.selections, expires_at = excluded.expires_at
			returning request_id, created_at = $12`, r.Faction, r.DiscordID, r.TornDiscordID, r.Player, r.Name, r.Key.Sealed, r.Key.Fingerprint,
			r.Key.Level, r.Key.Type, r.Key.FactionAccess, r.Key.Selections, now, r.Expires).Scan(&id, &fresh)
	})
	if err != nil {
		return 0, false, fmt.Errorf("ask to link player %d: %w", r.Player, err)
	}
	return id, fresh, nil
}

const requestColumns = `faction_id, request_id, discord_id, torn_discord_id, player_id, player_name,
	access_level, access_type, faction_access, selections, created_at, expires_at`

func scanRequest(row pgx.CollectableRow) (r faction.LinkRequest, err error) {
	err = row.Scan(&r.Faction, &r.ID, &r.DiscordID, &r.TornDiscordID, &r.Player, &r.Name,
		&r.Key.Level, &r.Key.Type, &r.Key.FactionAccess, &r.Key.Selections, &r.Asked, &r.Expires)
	r.Key.Player = r.Player
	return r, err
}

// LinkRequests lists what waits for a faction's officers, the oldest first.
func (s *Store) LinkRequests(ctx context.Context, id faction.ID, now time.Time) (out []faction.LinkRequest, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+requestColumns+" from link_requests where decided_at is null and expires_at > $1 order by request_id", now)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanRequest)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list links to confirm of faction %d: %w", id, err)
	}
	return out, nil
}

// DecideLink confirms or rejects a request. Confirming links as Link does, without ever
// taking a link over; rejecting deletes the key. A faction.Error of kind NotFound or
// Conflict, and nothing changes, when there is nothing to decide any more or the link
// cannot be made.
func (s *Store) DecideLink(ctx context.Context, id faction.ID, d faction.LinkDecision, now time.Time) (r faction.LinkRequest, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if r, err = lockRequest(ctx, tx, d.Request, now); err != nil {
			return err
		}
		decision := "rejected"
		if d.Confirm {
			decision = "confirmed"
		}
		if err := settle(ctx, tx, now, decision, d.By, "request_id = $4", d.Request); err != nil || !d.Confirm {
			return err
		}
		key := r.Key
		_, err := link(ctx, tx, faction.Linking{Link: r.Link, Key: &key, CorrelationID: d.CorrelationID}, now)
		if _, clash := isUnique(err); clash || faction.KindOf(err) == faction.Conflict {
			return faction.Errorf(faction.Conflict, "Not linked: the player or the Discord account is linked elsewhere by now, or the key is stored for somebody else. "+
				"A confirmation takes no link over. Nothing was changed; reject the request.")
		}
		return err
	})
	r.Key.Sealed, r.Key.Fingerprint = nil, nil
	if err != nil {
		return faction.LinkRequest{}, fmt.Errorf("decide on link request %d of faction %d: %w", d.Request, id, err)
	}
	return r, nil
}

// lockRequest reads a request that can still be decided, with its key: of two officers
// the second finds it decided.
func lockRequest(ctx context.Context, tx pgx.Tx, id int64, now time.Time) (r faction.LinkRequest, err error) {
	var decision string
	var player faction.PlayerID
	err = tx.QueryRow(ctx, "select player_id from link_requests where request_id = $1", id).Scan(&player)
	if err == nil {
		err = holdRequests(ctx, tx, player)
	}
	if err != nil {
		return r, noRequest(err)
	}
	err = tx.QueryRow(ctx, `select faction_id, request_id, discord_id, torn_discord_id, player_id, player_name, coalesce(sealed, ''), coalesce(fingerprint, ''),
			access_level, access_type, faction_access, selections, created_at, expires_at, decision
		from link_requests where request_id = $1 for update`, id).
		Scan(&r.Faction, &r.ID, &r.DiscordID, &r.TornDiscordID, &r.Player, &r.Name, &r.Key.Sealed, &r.Key.Fingerprint,
			&r.Key.Level, &r.Key.Type, &r.Key.FactionAccess, &r.Key.Selections, &r.Asked, &r.Expires, &decision)
	r.Key.Player, r.Key.Consent = r.Player, "verify"
	switch {
	case err != nil:
		return r, noRequest(err)
	case decision != "":
		return r, faction.Errorf(faction.Conflict, "This request was %s already. Nothing was changed.", decision)
	case !now.Before(r.Expires):
		return r, faction.Errorf(faction.Conflict, "This request has expired. Nothing was changed; they can use /link again.")
	}
	return r, nil
}

func noRequest(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return faction.Errorf(faction.NotFound, "There is no such request. Nothing was changed. /config links shows what waits.")
	}
	return err
}

// holdRequests holds fast what waits about a player. Whoever changes both takes requests
// before links, so that two cannot wait for each other.
func holdRequests(ctx context.Context, tx pgx.Tx, player faction.PlayerID) error {
	_, err := tx.Exec(ctx, "select 1 from link_requests where player_id = $1 and decided_at is null order by request_id for update", player)
	return err
}

// settle ends open requests of the transaction's faction that a condition selects, by
// $4, and deletes their keys.
func settle(ctx context.Context, tx pgx.Tx, now time.Time, decision string, by faction.PlayerID, where string, arg any) error {
	_, err := tx.Exec(ctx, `update link_requests set decided_at = $1, decision = $2, decided_by = $3, sealed = null, fingerprint = null
		where decided_at is null and `+where, now, decision, by, arg)
	return err
}

// requestPlace is where a request is.
type requestPlace struct {
	Faction faction.ID
	ID      int64
}

// WaitingLinks lists the requests of a Discord account, whatever the faction.
func (s *Store) WaitingLinks(ctx context.Context, discordID string, now time.Time) (out []faction.LinkRequest, err error) {
	places, err := s.requestsOf(ctx, discordID, now)
	for _, p := range places {
		err = s.Faction(ctx, p.Faction, func(tx pgx.Tx) error {
			rows, err := tx.Query(ctx, "select "+requestColumns+" from link_requests where request_id = $1 and decided_at is null", p.ID)
			if err != nil {
				return err
			}
			found, err := pgx.CollectRows(rows, scanRequest)
			out = append(out, found...)
			return err
		})
		if err != nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("find a Discord user's link requests: %w", err)
	}
	return out, nil
}

// WithdrawLinks takes a Discord account's requests back and deletes their keys. It
// returns those that were open.
func (s *Store) WithdrawLinks(ctx context.Context, discordID string, now time.Time) (out []faction.LinkRequest, err error) {
	waiting, err := s.WaitingLinks(ctx, discordID, now)
	for _, r := range waiting {
		err = s.Faction(ctx, r.Faction, func(tx pgx.Tx) error {
			return settle(ctx, tx, now, "withdrawn", 0, "request_id = $4", r.ID)
		})
		if err != nil {
			break
		}
		out = append(out, r)
	}
	if err != nil {
		return out, fmt.Errorf("withdraw a Discord user's link requests: %w", err)
	}
	return out, nil
}

func (s *Store) requestsOf(ctx context.Context, discordID string, now time.Time) (out []requestPlace, err error) {
	err = s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select faction_id, request_id from link_requests
			where discord_id = $1 and decided_at is null and expires_at > $2 order by request_id`, discordID, now)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[requestPlace])
		return err
	})
	return out, err
}

// ExpireLinks ends the requests that nobody decided in time, with their keys, notes
// each in its faction's log, and forgets those decided long ago.
func (s *Store) ExpireLinks(ctx context.Context, now time.Time) (expired int, err error) {
	var ids []faction.ID
	err = s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select distinct faction_id from link_requests where decided_at is null and expires_at <= $1 or decided_at <= $2 order by 1",
			now, now.Add(-requestsKept))
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	for _, id := range ids {
		if err != nil {
			break
		}
		err = s.Faction(ctx, id, func(tx pgx.Tx) error {
			n, err := expireRequests(ctx, tx, id, now)
			if err == nil {
				_, err = tx.Exec(ctx, "delete from link_requests where decided_at <= $1", now.Add(-requestsKept))
			}
			expired += n
			return err
		})
	}
	if err != nil {
		return expired, fmt.Errorf("end link requests that nobody decided: %w", err)
	}
	return expired, nil
}

func expireRequests(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time) (int, error) {
	rows, err := tx.Query(ctx, `update link_requests set decided_at = $1, decision = 'expired', sealed = null, fingerprint = null
		where decided_at is null and expires_at <= $1 returning request_id, player_id`, now)
	if err != nil {
		return 0, err
	}
	type ended struct {
		Request int64
		Player  faction.PlayerID
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ended])
	if err != nil {
		return 0, err
	}
	for _, e := range list {
		err := appendAudit(ctx, tx, id, faction.AuditEntry{
			At: now, Action: "link.expire", Outcome: "done", Body: map[string]any{"player": e.Player, "request": e.Request},
		})
		if err != nil {
			return 0, err
		}
	}
	return len(list), nil
}
