package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// errBonusOver is the answer to a bonus hit that nobody can take any more.
var errBonusOver = faction.Errorf(faction.Conflict, "That bonus hit is over, or its chain is. Nothing was changed.")

// TakeBonus gives a bonus hit to a member, or back when it was theirs, and returns how
// it stands then: what somebody else has taken stays theirs. A faction.Error of kind
// Conflict when the hit is over. The message that announced it says who takes it.
func (s *Store) TakeBonus(ctx context.Context, id faction.ID, c chain.ID, hit int, by faction.PlayerID, now time.Time) (chain.Claim, error) {
	return s.claimBonus(ctx, id, c, hit, now, `insert into chain_claims as k (faction_id, chain_id, hit, player_id, claimed_at) values ($1, $2, $3, $4, $5)
		on conflict (faction_id, chain_id, hit) do update set
			player_id = case k.player_id when 0 then $4 when $4 then 0 else k.player_id end,
			claimed_at = case when k.player_id = 0 then $5 when k.player_id = $4 then null else k.claimed_at end`, by, false)
}

// HoldBonus tells everybody but its taker to hold until a bonus hit is done: once a
// hit, whoever says it first. A faction.Error of kind Conflict when the hit is over.
func (s *Store) HoldBonus(ctx context.Context, id faction.ID, c chain.ID, hit int, by faction.PlayerID, now time.Time) (chain.Claim, error) {
	return s.claimBonus(ctx, id, c, hit, now, `insert into chain_claims as k (faction_id, chain_id, hit, held_by, held_at) values ($1, $2, $3, $4, $5)
		on conflict (faction_id, chain_id, hit) do update set held_by = $4, held_at = $5 where k.held_by = 0`, by, true)
}

func readClaim(ctx context.Context, tx pgx.Tx, c chain.ID, hit int) (chain.Claim, error) {
	k := chain.Claim{Chain: c, Hit: hit}
	var at, held stamp
	err := tx.QueryRow(ctx, `select player_id, coalesce((select m.name from members m where m.of_faction = k.faction_id and m.player_id = k.player_id), ''),
			coalesce(claimed_at, '-infinity'), held_by,
			coalesce((select m.name from members m where m.of_faction = k.faction_id and m.player_id = k.held_by), ''), coalesce(held_at, '-infinity')
		from chain_claims k where chain_id = $1 and hit = $2`, c, hit).Scan(&k.Player, &k.Name, &at, &k.HeldBy, &k.HolderName, &held)
	k.At, k.HeldAt = at.t, held.t
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return k, err
}

// claimBonus changes who takes a bonus hit and what its announcement says. With call,
// whoever the announcement called is called once more.
func (s *Store) claimBonus(ctx context.Context, id faction.ID, c chain.ID, hit int, now time.Time, sql string, by faction.PlayerID, call bool) (claim chain.Claim, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var open bool
		var is chain.Watched
		// The chain's row is locked: the poll that sees the hit done waits, or has been.
		err := tx.QueryRow(ctx, "select not closed and current < $2 and deadline > $3, current, coalesce(deadline, started_at), seen_at from chains where chain_id = $1 for update",
			c, hit, now).Scan(&open, &is.Current, &is.End, &is.SeenAt)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && !open {
			return errBonusOver
		}
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, sql, id, c, hit, by, now)
		if err != nil {
			return err
		}
		if claim, err = readClaim(ctx, tx, c, hit); err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return s.announceClaim(ctx, tx, id, now, is, claim, call)
	})
	if err != nil {
		return chain.Claim{}, fmt.Errorf("take hit %d of chain %d, faction %d: %w", hit, c, id, err)
	}
	return claim, nil
}

// announceClaim puts a claim into the messages about the bonus hit: the one that
// announced it, and the call to hold. They tell of the chain as it is now: every hit since
// has moved its deadline. It is the transaction's last step.
func (s *Store) announceClaim(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, is chain.Watched, claim chain.Claim, call bool) error {
	subject := alert.Subject("chain", int64(claim.Chain))
	told, err := readTold(ctx, tx, alert.Ref{Kind: alert.ChainBonusSoon, Subject: subject, Stage: chain.BonusStages(claim.Hit)})
	if err != nil {
		return err
	}
	var news alert.News
	for _, a := range told {
		if a.Data.Chain == nil || a.Data.Chain.Outcome != "" {
			continue
		}
		d := *a.Data.Chain
		d.Current, d.Deadline, d.SeenAt, d.LastHit = is.Current, is.End.UTC(), is.SeenAt.UTC(), is.LastHit().UTC()
		d.Claim = &alert.ChainClaim{}
		if claim.Player != 0 {
			d.Claim.Player = &alert.PlayerData{ID: claim.Player, Name: claim.Name}
		}
		if claim.HeldBy != 0 {
			d.Claim.HeldBy = &alert.PlayerData{ID: claim.HeldBy, Name: claim.HolderName}
		}
		a.Data.Chain = &d
		news.Settled = append(news.Settled, alert.Settled{Ref: alert.Ref{Kind: a.Kind, Subject: subject, Stage: a.Stage}, Alert: a, GoesOn: true})
		if call && a.Stage == chain.SoonStage(claim.Hit) {
			a.Stage, a.At, a.ExpiresAt = chain.HoldStage(claim.Hit), now, d.Deadline
			if a.Call, err = hitting(ctx, tx, claim.Player, now); err != nil {
				return err
			}
			news.Alerts = []alert.Alert{a}
		}
	}
	return s.announce(ctx, tx, id, now, news)
}

// readTold reads the alerts that rules were told, each stage once. The stage is the one
// that they are stored by, whatever their payload says.
func readTold(ctx context.Context, tx pgx.Tx, ref alert.Ref) (told []alert.Alert, err error) {
	rows, err := tx.Query(ctx, `select distinct on (stage) stage, payload from alert_deliveries
		where kind = $1 and subject = $2 and starts_with(stage, $3) order by stage, delivery_id`, string(ref.Kind), ref.Subject, ref.Stage)
	if err != nil {
		return nil, fmt.Errorf("read what was announced: %w", err)
	}
	var stage string
	var payload []byte
	_, err = pgx.ForEachRow(rows, []any{&stage, &payload}, func() error {
		var a alert.Alert
		if err := json.Unmarshal(payload, &a); err != nil {
			return err
		}
		a.Stage = stage
		told = append(told, a)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what was announced: %w", err)
	}
	return told, nil
}

// hitting lists who of ours has just hit in a chain and would not hold by themselves,
// the last first.
func hitting(ctx context.Context, tx pgx.Tx, taker faction.PlayerID, now time.Time) ([]faction.PlayerID, error) {
	rows, err := tx.Query(ctx, `select attacker_id from attacks where started_at > $1::timestamptz - $2::interval and chain > 0 and direction = $3
			and attacker_id not in (0, $4) group by attacker_id order by max(coalesce(ended_at, started_at)) desc limit $5`,
		now, chain.Timeout+longestFight, string(war.Outgoing), taker, alert.MaxCalled)
	if err != nil {
		return nil, fmt.Errorf("look who is hitting: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[faction.PlayerID])
}

// TrackChains says whether anybody is to be called about a faction's chains. Chains are
// counted all the same.
func (s *Store) TrackChains(ctx context.Context, id faction.ID, on bool) (was bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "select chains_tracked from factions where faction_id = $1 for no key update", id).Scan(&was); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "update factions set chains_tracked = $2 where faction_id = $1", id, on)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNotRegistered
	}
	if err != nil {
		return false, fmt.Errorf("switch the tracking of chains of faction %d: %w", id, err)
	}
	return was, nil
}
