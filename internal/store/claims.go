package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// Claims lists the claims of a war that hold at now, the first to expire first.
func (s *Store) Claims(ctx context.Context, id faction.ID, w war.ID, now time.Time) ([]war.Claim, error) {
	var out []war.Claim
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+claimColumns+" from claims where war_id = $1 and expires_at > $2 order by expires_at, target_id", w, now)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanClaim)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read claims of faction %d: %w", id, err)
	}
	return out, nil
}

const claimColumns = "war_id, target_id, player_id, made_at, expires_at"

func scanClaim(row pgx.CollectableRow) (war.Claim, error) {
	var c war.Claim
	err := row.Scan(&c.War, &c.Target, &c.Player, &c.Made, &c.Expires)
	c.Made, c.Expires = c.Made.UTC(), c.Expires.UTC()
	return c, err
}

// Claim makes or renews a claim, unless somebody else holds the target at c.Made: then
// it gives theirs and changes nothing. Who holds as many as anybody may gets a
// faction.Error of kind Conflict.
func (s *Store) Claim(ctx context.Context, id faction.ID, c war.Claim) (holds war.Claim, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var others int
		if err := tx.QueryRow(ctx, "select count(*) from claims where war_id = $1 and player_id = $2 and target_id <> $3 and expires_at > $4",
			c.War, c.Player, c.Target, c.Made).Scan(&others); err != nil {
			return err
		}
		if others >= war.ClaimsAtOnce {
			return faction.Errorf(faction.Conflict, "You have called %d targets already, as many as one may have at once. Nothing was changed: hit one, or let one go with `/war unclaim`.", others)
		}
		rows, err := tx.Query(ctx, `insert into claims as k (faction_id, war_id, target_id, player_id, made_at, expires_at) values ($1, $2, $3, $4, $5, $6)
			on conflict (faction_id, target_id) do update set war_id = excluded.war_id, player_id = excluded.player_id,
				made_at = case when k.player_id = excluded.player_id and k.expires_at > excluded.made_at then k.made_at else excluded.made_at end,
				expires_at = excluded.expires_at
			where k.player_id = excluded.player_id or k.expires_at <= excluded.made_at or k.war_id <> excluded.war_id
			returning `+claimColumns, id, c.War, c.Target, c.Player, c.Made, c.Expires)
		if err != nil {
			return err
		}
		holds, err = pgx.CollectExactlyOneRow(rows, scanClaim)
		if errors.Is(err, pgx.ErrNoRows) { // somebody else does
			rows, _ := tx.Query(ctx, "select "+claimColumns+" from claims where target_id = $1", c.Target)
			holds, err = pgx.CollectExactlyOneRow(rows, scanClaim)
			if errors.Is(err, pgx.ErrNoRows) { // did, and has just let go
				return faction.Errorf(faction.Conflict, "Somebody let go of this target just now. Nothing was changed; try again.")
			}
			return err
		}
		if err != nil {
			return err
		}
		return notify(ctx, tx, id, "war")
	})
	if err != nil {
		return war.Claim{}, fmt.Errorf("claim a target of faction %d: %w", id, err)
	}
	return holds, nil
}

// Unclaim ends the claim on a target if player holds it, or whoever does when player
// is 0, and gives what it was; ok is false when there was none to end.
func (s *Store) Unclaim(ctx context.Context, id faction.ID, target, player faction.PlayerID, now time.Time) (was war.Claim, ok bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "delete from claims where target_id = $1 and ($2::bigint = 0 or player_id = $2) and expires_at > $3 returning "+claimColumns,
			target, player, now)
		if err != nil {
			return err
		}
		was, err = pgx.CollectExactlyOneRow(rows, scanClaim)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		ok = true
		return notify(ctx, tx, id, "war")
	})
	if err != nil {
		return war.Claim{}, false, fmt.Errorf("end a claim of faction %d: %w", id, err)
	}
	return was, ok, nil
}

// queueClaimsHit ends the claims on whom ours have hit since they were made.
func queueClaimsHit(b *pgx.Batch, id faction.ID, rows []war.Logged) {
	var targets []int64
	var at []time.Time
	for _, r := range rows {
		if r.Verdict.Direction == war.Outgoing && r.Attack.Result.Hit() {
			targets, at = append(targets, int64(r.Attack.Defender.ID)), append(at, r.Attack.Counted())
		}
	}
	if len(targets) > 0 {
		b.Queue(`delete from claims c using unnest($2::bigint[], $3::timestamptz[]) h (target, at)
			where c.faction_id = $1 and c.target_id = h.target and c.made_at <= h.at`, id, targets, at)
	}
}

// queueClaimsOver ends the claims of a war that has ended.
func queueClaimsOver(b *pgx.Batch, id faction.ID, w war.War) {
	if !w.End.IsZero() {
		b.Queue("delete from claims where faction_id = $1 and war_id = $2", id, w.ID)
	}
}

// Past tells how our own hits on players went: see war.Past. Who was never hit is left out.
func (s *Store) Past(ctx context.Context, id faction.ID, players []faction.PlayerID) (map[faction.PlayerID]war.Past, error) {
	out := map[faction.PlayerID]war.Past{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select defender_id, percentile_cont(0.5) within group (order by fair_fight), count(*)::int from attacks
			where faction_id = $1 and defender_id = any($2) and direction = 'outgoing' and fair_fight > 0 and class = any($3) group by defender_id`,
			id, players, []string{string(war.ClassWarHit), string(war.ClassOutsideHit), string(war.ClassNoScore)})
		if err != nil {
			return err
		}
		var player faction.PlayerID
		var past war.Past
		_, err = pgx.ForEachRow(rows, []any{&player, &past.FairFight, &past.Hits}, func() error { out[player] = past; return nil })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read past fights of faction %d: %w", id, err)
	}
	return out, nil
}
