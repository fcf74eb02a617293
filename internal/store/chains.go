package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// queueChain writes a chain as Torn showed it. Two polls may look at once, and one of
// them past Torn's cache: the picture further on stays, whichever is written last.
func queueChain(b *pgx.Batch, id faction.ID, c chain.State, now time.Time) {
	b.Queue(`insert into chains as c (faction_id, chain_id, current, max, started_at, deadline, cooldown_till, seen_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (faction_id, chain_id) do update set current = greatest(c.current, excluded.current), max = greatest(c.max, excluded.max),
			deadline = greatest(c.deadline, excluded.deadline), cooldown_till = excluded.cooldown_till, seen_at = greatest(c.seen_at, excluded.seen_at)`,
		id, c.ID, c.Current, c.Max, c.Start, null(c.End), null(c.Cooldown), now)
}

// queueTold writes what people have been told of a chain, and moves it on to what our
// own log tells of it. seen is when Torn was last heard of it.
func queueTold(b *pgx.Batch, id faction.ID, w chain.Watched) {
	b.Queue(`update chains set told = $3, closed = $4, current = greatest(current, $5), max = greatest(max, $6),
			deadline = greatest(deadline, $7), cooldown_till = coalesce($8, cooldown_till), seen_at = greatest(seen_at, $9)
		where faction_id = $1 and chain_id = $2`,
		id, w.ID, w.Told, w.Told.Closed, w.Current, w.Max, null(w.End), null(w.Cooldown), w.SeenAt)
}

// queueChainReport stores what a chain came to, in place of what was stored before.
func queueChainReport(b *pgx.Batch, id faction.ID, r chain.Report, now time.Time) {
	b.Queue("update chains set logged = $3, respect = $4, bonus = $5, counted_at = $6 where faction_id = $1 and chain_id = $2",
		id, r.Chain, r.Logged, r.Respect, r.Bonus, now)
	b.Queue("delete from chain_member_stats where faction_id = $1 and chain_id = $2", id, r.Chain)
	for _, m := range r.Members {
		b.Queue(`insert into chain_member_stats (faction_id, chain_id, player_id, name, hits, war_hits, respect, bonus, best, bonuses, wasted, watch_s)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			id, r.Chain, m.Player, m.Name, m.Hits, m.WarHits, m.Respect, m.Bonus, m.Best, m.Bonuses, m.Wasted, int64(m.Watch/time.Second))
	}
}

const chainColumns = `chain_id, current, max, started_at, coalesce(deadline, '-infinity'), coalesce(cooldown_till, '-infinity'), seen_at`

// chainFields are where chainColumns go.
func chainFields(c *chain.State, end, cooldown *stamp, seen *time.Time) []any {
	return []any{&c.ID, &c.Current, &c.Max, &c.Start, end, cooldown, seen}
}

// Chain reads a faction's latest chain and when it was seen; ok is false before the first.
func (s *Store) Chain(ctx context.Context, id faction.ID) (c chain.State, seen time.Time, ok bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var end, cooldown stamp
		err := tx.QueryRow(ctx, "select "+chainColumns+" from chains order by started_at desc, chain_id desc limit 1").
			Scan(chainFields(&c, &end, &cooldown, &seen)...)
		c.End, c.Cooldown = end.t, cooldown.t
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return chain.State{}, time.Time{}, false, nil
	}
	if err != nil {
		return chain.State{}, time.Time{}, false, fmt.Errorf("read the chain of faction %d: %w", id, err)
	}
	return c, seen.UTC(), true, nil
}

// OpenChains reads the chains of which something is left to tell, the oldest first.
func (s *Store) OpenChains(ctx context.Context, id faction.ID) ([]chain.Watched, error) {
	var out []chain.Watched
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+prefixed("c.", chainColumns)+`, c.told,
				coalesce((select last_success_at from poll_state where feed = 'attacks'), '-infinity'),
				coalesce((select next_due_at from poll_state where feed = 'front'), '-infinity'),
				not coalesce((select chains_tracked from factions), true),
				coalesce(l.hit, 0), coalesce(l.player_id, 0), coalesce((select m.name from members m where m.of_faction = c.faction_id and m.player_id = l.player_id), ''), coalesce(l.claimed_at, '-infinity'),
				coalesce(l.held_by, 0), coalesce((select m.name from members m where m.of_faction = c.faction_id and m.player_id = l.held_by), ''), coalesce(l.held_at, '-infinity')
			from chains c left join lateral (select * from chain_claims k where k.chain_id = c.chain_id order by k.hit desc limit 1) l on true
			where not c.closed order by c.started_at, c.chain_id`)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (chain.Watched, error) {
			var w chain.Watched
			var end, cooldown, read, front, claimed, held stamp
			k := &w.Claim
			err := row.Scan(append(chainFields(&w.State, &end, &cooldown, &w.SeenAt), &w.Told, &read, &front, &w.Untracked,
				&k.Hit, &k.Player, &k.Name, &claimed, &k.HeldBy, &k.HolderName, &held)...)
			w.End, w.Cooldown, w.LogReadAt, w.FrontDueAt = end.t, cooldown.t, read.t, front.t
			k.Chain, k.At, k.HeldAt = w.ID, claimed.t, held.t
			return w, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the open chains of faction %d: %w", id, err)
	}
	return out, nil
}

// longestFight is how long before a hit counts its row may begin (game.md, Attacks).
const longestFight = 5 * time.Minute

// ChainHits reads our own hits that moved a chain on and landed from a moment to
// another, by time.
func (s *Store) ChainHits(ctx context.Context, id faction.ID, from, to time.Time) ([]chain.Hit, error) {
	var out []chain.Hit
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select attack_id, attacker_id, attacker_name, coalesce(ended_at, started_at), chain, respect_gain, defender_id,
				class = $3, war_id is not null and class <> $3
			from attacks where started_at between $1::timestamptz - $4::interval and $2 and chain > 0 and direction = $5
				and coalesce(ended_at, started_at) between $1 and $2 order by coalesce(ended_at, started_at), chain`,
			from, to, string(war.ClassWarHit), longestFight, string(war.Outgoing))
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (chain.Hit, error) {
			var h chain.Hit
			err := row.Scan(&h.ID, &h.Player, &h.Name, &h.At, &h.Counter, &h.Respect, &h.Target, &h.War, &h.Outside)
			h.At = h.At.UTC()
			return h, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the hits of a chain of faction %d: %w", id, err)
	}
	return out, nil
}

// HitRespect tells what a hit of each member of ours earned on average since a moment,
// those with a chain bonus left out.
func (s *Store) HitRespect(ctx context.Context, id faction.ID, since time.Time) (map[faction.PlayerID]faction.Respect, error) {
	out := map[faction.PlayerID]faction.Respect{}
	milestones := faction.ChainMilestones()
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select attacker_id, (sum(respect_gain) / count(*))::bigint from attacks
			where started_at >= $1 and direction = $2 and class = any($3) and chain <> all($4) group by attacker_id`,
			since, string(war.Outgoing), []string{string(war.ClassWarHit), string(war.ClassOutsideHit)}, milestones[:])
		if err != nil {
			return err
		}
		var p faction.PlayerID
		var r faction.Respect
		_, err = pgx.ForEachRow(rows, []any{&p, &r}, func() error { out[p] = r; return nil })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what hits of faction %d earn: %w", id, err)
	}
	return out, nil
}

// Chains lists a faction's chains, the newest first, those of at least some hits.
func (s *Store) Chains(ctx context.Context, id faction.ID, least, limit int) ([]chain.Summary, error) {
	return s.summaries(ctx, id, "where current >= $1 order by started_at desc, chain_id desc limit $2", least, limit)
}

// ChainByID reads one chain; a faction.Error of kind NotFound when there is none.
func (s *Store) ChainByID(ctx context.Context, id faction.ID, c chain.ID) (chain.Summary, error) {
	list, err := s.summaries(ctx, id, "where chain_id = $1", c)
	if err == nil && len(list) == 0 {
		err = faction.Errorf(faction.NotFound, "Your faction has no such chain on record. Pick one from the suggestions.")
	}
	if err != nil {
		return chain.Summary{}, err
	}
	return list[0], nil
}

func (s *Store) summaries(ctx context.Context, id faction.ID, where string, args ...any) ([]chain.Summary, error) {
	var out []chain.Summary
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+chainColumns+", counted_at is not null, coalesce(logged, 0), coalesce(respect, 0), coalesce(bonus, 0) from chains "+where, args...)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (chain.Summary, error) {
			var c chain.Summary
			var end, cooldown stamp
			err := row.Scan(append(chainFields(&c.State, &end, &cooldown, &c.SeenAt), &c.Counted, &c.Logged, &c.Respect, &c.Bonus)...)
			c.End, c.Cooldown = end.t, cooldown.t
			return c, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read chains of faction %d: %w", id, err)
	}
	return out, nil
}

// ChainMembers reads the members of a chain's stored report, the most hits first.
func (s *Store) ChainMembers(ctx context.Context, id faction.ID, c chain.ID) ([]chain.MemberReport, error) {
	var out []chain.MemberReport
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select player_id, name, hits, war_hits, respect, bonus, best, bonuses, wasted, watch_s
			from chain_member_stats where chain_id = $1 order by hits desc, respect desc, player_id`, c)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (chain.MemberReport, error) {
			var m chain.MemberReport
			var watch int64
			err := row.Scan(&m.Player, &m.Name, &m.Hits, &m.WarHits, &m.Respect, &m.Bonus, &m.Best, &m.Bonuses, &m.Wasted, &watch)
			m.Watch = time.Duration(watch) * time.Second
			return m, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the report of chain %d of faction %d: %w", c, id, err)
	}
	return out, nil
}
