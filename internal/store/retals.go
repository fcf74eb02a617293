package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

const retalColumns = `r.attack_id, r.opened_at, coalesce(r.war_id, 0), r.state, coalesce(r.settled_at, '-infinity'),
	o.code, o.attacker_id, o.attacker_name, o.attacker_level, o.attacker_faction, o.attacker_faction_name,
	o.defender_id, o.defender_name, o.defender_level, o.defender_faction, o.defender_faction_name, o.result,
	coalesce(r.answer_id, 0), coalesce(a.code, ''), coalesce(a.attacker_id, 0), coalesce(a.attacker_name, ''),
	coalesce(a.attacker_level, 0), coalesce(a.attacker_faction, 0), coalesce(a.attacker_faction_name, ''), coalesce(a.result, ''),
	r.target_state, r.target_text, coalesce(r.target_until, '-infinity'), coalesce(r.target_seen, '-infinity'), r.fair_fight, r.past_hits,
	r.claimed_by, coalesce(m.name, ''), coalesce(r.claimed_at, '-infinity')`

// fromRetals reads what a retaliation is about from the attacks it consists of.
const fromRetals = ` from retals r join attacks o on o.faction_id = r.faction_id and o.attack_id = r.attack_id
	left join attacks a on a.faction_id = r.faction_id and a.attack_id = r.answer_id
	left join members m on m.faction_id = r.faction_id and m.of_faction = r.faction_id and m.player_id = r.claimed_by `

func scanRetal(row pgx.CollectableRow) (war.Retal, error) {
	var r war.Retal
	var opened, settled, until, seen, claimed stamp
	t, v, by := &r.Target, &r.Victim, &r.Answer.By
	err := row.Scan(&r.Attack, &opened, &r.War, &r.State, &settled,
		&r.Code, &t.ID, &t.Name, &t.Level, &t.Faction, &t.FactionName,
		&v.ID, &v.Name, &v.Level, &v.Faction, &v.FactionName, &r.Result,
		&r.Answer.Attack, &r.Answer.Code, &by.ID, &by.Name, &by.Level, &by.Faction, &by.FactionName, &r.Answer.Result,
		&r.Seen.Status.State, &r.Seen.Status.Description, &until, &seen, &r.Seen.FairFight, &r.Seen.Hits,
		&r.Claim.By, &r.Claim.Name, &claimed)
	r.At, r.SettledAt, r.Claim.At = opened.t, settled.t, claimed.t
	r.Seen.Status.Until, r.Seen.StatusAt = until.t, seen.t
	return r, err
}

func readRetals(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]war.Retal, error) {
	rows, err := tx.Query(ctx, "select "+retalColumns+fromRetals+where, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanRetal)
}

// InRetalScope reads what war.RetalScope.Changes needs: the attacks of the scope's
// players in its stretch, and the retaliations stored for it beside all that are open.
func (s *Store) InRetalScope(ctx context.Context, id faction.ID, scope war.RetalScope) (rows []war.Attack, known []war.Retal, err error) {
	players := scope.Players()
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if len(players) == 0 { // most looks at the log
			known, err = readRetals(ctx, tx, "where r.state = 'open'")
			return err
		}
		from, to := scope.Started()
		got, err := tx.Query(ctx, "select "+attackColumns+` from attacks where started_at between $1 and $2
			and (attacker_id = any($3) or defender_id = any($3))`, from, to, players)
		if err != nil {
			return err
		}
		logged, err := pgx.CollectRows(got, scanAttack)
		if err != nil {
			return err
		}
		for _, l := range logged {
			rows = append(rows, l.Attack)
		}
		from, to = scope.Opened()
		known, err = readRetals(ctx, tx, `where r.state = 'open'
			or r.opened_at between $1 and $2 and o.attacker_id = any($3)`, from, to, players)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read retaliations of faction %d: %w", id, err)
	}
	return rows, known, nil
}

// RetalTargets tells what is known of players at the moment: their state as a roster
// showed it last, but not before since, and how fair our own hits on them were. Those of
// whom nothing is known are left out.
func (s *Store) RetalTargets(ctx context.Context, id faction.ID, players []faction.PlayerID, since time.Time) (map[faction.PlayerID]war.RetalSeen, error) {
	out := map[faction.PlayerID]war.RetalSeen{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select p.id, coalesce(m.state, ''), coalesce(m.state_text, ''), coalesce(m.state_until, '-infinity'),
				coalesce(m.seen_at, '-infinity'), coalesce(h.median, 0), h.hits
			from unnest($2::bigint[]) p (id)
			left join lateral (select state, state_text, state_until, seen_at from members
				where faction_id = $1 and player_id = p.id and left_at is null and seen_at >= $3 order by seen_at desc limit 1) m on true
			cross join lateral (select percentile_cont(0.5) within group (order by fair_fight) median, count(*)::int hits from attacks
				where faction_id = $1 and defender_id = p.id and direction = 'outgoing' and fair_fight > 0
				  and class in ('war_hit', 'outside_hit', 'no_score')) h`, id, players, since)
		if err != nil {
			return err
		}
		var player faction.PlayerID
		var seen war.RetalSeen
		var until, at stamp
		into := []any{&player, &seen.Status.State, &seen.Status.Description, &until, &at, &seen.FairFight, &seen.Hits}
		_, err = pgx.ForEachRow(rows, into, func() error {
			seen.Status.Until, seen.StatusAt = until.t, at.t
			if seen != (war.RetalSeen{}) {
				out[player] = seen
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what is known of targets, faction %d: %w", id, err)
	}
	return out, nil
}

// queueRetals stores retaliations as they are now. Claims are left as they stand.
func queueRetals(b *pgx.Batch, id faction.ID, rows []war.RetalChange) {
	for _, r := range rows {
		var in, answer *int64
		if w := int64(r.War); w != 0 {
			in = &w
		}
		if a := int64(r.Answer.Attack); a != 0 {
			answer = &a
		}
		b.Queue(`insert into retals (faction_id, attack_id, opened_at, war_id, state, settled_at, answer_id,
				target_state, target_text, target_until, target_seen, fair_fight, past_hits)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			on conflict (faction_id, attack_id) do update set opened_at = excluded.opened_at, war_id = excluded.war_id,
				state = excluded.state, settled_at = excluded.settled_at, answer_id = excluded.answer_id`,
			id, r.Attack, r.At, in, string(r.State), null(r.SettledAt), answer,
			r.Seen.Status.State, r.Seen.Status.Description, null(r.Seen.Status.Until), null(r.Seen.StatusAt), r.Seen.FairFight, r.Seen.Hits)
	}
}

// Retals reads the retaliations that opened since a moment, or (war other than 0)
// during a war; those that are open are always among them. The newest come first.
func (s *Store) Retals(ctx context.Context, id faction.ID, w war.ID, since time.Time) (out []war.Retal, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		out, err = readRetals(ctx, tx, `where r.state = 'open' or $1::bigint <> 0 and r.war_id = $1 or $1 = 0 and r.opened_at >= $2
			order by r.opened_at desc, r.attack_id desc`, w, since)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read retaliations of faction %d: %w", id, err)
	}
	return out, nil
}

// ClaimRetal gives an open retaliation to a member, takes it back when it is theirs
// already, and has the message that announced it say so. The retaliation is returned as
// it stands then: somebody else's claim is left alone while it holds. A faction.Error
// tells that it is not on record, or settled.
func (s *Store) ClaimRetal(ctx context.Context, id faction.ID, attack war.AttackID, by faction.PlayerID, now time.Time) (r war.Retal, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		r, err = lockRetal(ctx, tx, attack)
		switch {
		case err != nil:
			return err
		case r.State != war.RetalOpen || !now.Before(r.Deadline()):
			return errRetalOver
		case r.Claim.By != by && r.Claim.Holds(now):
			return nil
		case r.Claim.By == by && r.Claim.Holds(now):
			by = 0
		}
		if _, err := tx.Exec(ctx, "update retals set claimed_by = $2, claimed_at = $3 where attack_id = $1", attack, by, now); err != nil {
			return err
		}
		if r, err = lockRetal(ctx, tx, attack); err != nil {
			return err
		}
		return s.announce(ctx, tx, id, now, alert.News{Settled: []alert.Settled{feed.RetalEdit(r)}})
	})
	if err != nil {
		return war.Retal{}, fmt.Errorf("claim retaliation %d of faction %d: %w", attack, id, err)
	}
	return r, nil
}

// errRetalOver is the answer to a claim that comes too late.
var errRetalOver = faction.Errorf(faction.Conflict, "Too late: this retaliation is settled or its 300 seconds are over. Nothing was changed.")

// errNoRetal is the answer to a retaliation that is not this faction's.
var errNoRetal = faction.Errorf(faction.NotFound, "This retaliation is not on record any more. Nothing was changed.")

// lockRetal reads a retaliation and keeps others from changing it.
func lockRetal(ctx context.Context, tx pgx.Tx, attack war.AttackID) (war.Retal, error) {
	if _, err := tx.Exec(ctx, "select from retals where attack_id = $1 for update", attack); err != nil {
		return war.Retal{}, err
	}
	rows, err := readRetals(ctx, tx, "where r.attack_id = $1", attack)
	switch {
	case err != nil:
		return war.Retal{}, err
	case len(rows) == 0:
		return war.Retal{}, errNoRetal
	default:
		return rows[0], nil
	}
}
