package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

const warColumns = `war_id, starts_at, ends_at, target, original_target, winner_id, forfeit,
	faction_id, our_name, our_score, our_chain, enemy_id, enemy_name, enemy_score, enemy_chain, seen_at, report_at, tracked, final_at,
	coalesce(whole_at, '-infinity'), coalesce(cut_at, '-infinity')`

func scanWar(row pgx.CollectableRow) (war.War, error) {
	var w war.War
	var ends, report, final *time.Time
	var whole, cut stamp
	err := row.Scan(&w.ID, &w.Start, &ends, &w.Target, &w.OriginalTarget, &w.Winner, &w.Forfeit,
		&w.Us.Faction, &w.Us.Name, &w.Us.Score, &w.Us.Chain, &w.Them.Faction, &w.Them.Name, &w.Them.Score, &w.Them.Chain,
		&w.SeenAt, &report, &w.Tracked, &final, &whole, &cut)
	w.WholeAt, w.CutAt = whole.t, cut.t
	w.Start, w.SeenAt = w.Start.UTC(), w.SeenAt.UTC()
	if ends != nil {
		w.End = ends.UTC()
	}
	if report != nil {
		w.ReportAt = report.UTC()
	}
	if final != nil {
		w.FinalAt = final.UTC()
	}
	return w, err
}

// queueWar writes what is known of a war. The original target is the first one
// seen; a report time once set stays. Who still saw an ended war going on looked
// too early, and changes nothing.
func queueWar(b *pgx.Batch, id faction.ID, w war.War) {
	b.Queue(`insert into ranked_wars as r (faction_id, war_id, our_name, enemy_id, enemy_name, starts_at, ends_at, target,
			original_target, winner_id, forfeit, our_score, enemy_score, our_chain, enemy_chain, seen_at, report_at, tracked, final_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		on conflict (faction_id, war_id) do update set our_name = excluded.our_name, enemy_name = excluded.enemy_name,
			starts_at = excluded.starts_at, ends_at = coalesce(excluded.ends_at, r.ends_at), target = excluded.target,
			winner_id = excluded.winner_id, forfeit = r.forfeit or excluded.forfeit,
			our_score = excluded.our_score, enemy_score = excluded.enemy_score,
			our_chain = excluded.our_chain, enemy_chain = excluded.enemy_chain,
			seen_at = excluded.seen_at, report_at = coalesce(r.report_at, excluded.report_at)
			where r.ends_at is null or excluded.ends_at is not null`,
		id, w.ID, w.Us.Name, w.Them.Faction, w.Them.Name, w.Start, null(w.End), w.Target,
		w.OriginalTarget, w.Winner, w.Forfeit, w.Us.Score, w.Them.Score, w.Us.Chain, w.Them.Chain, w.SeenAt, null(w.ReportAt), w.Tracked, null(w.FinalAt))
}

// queueSample adds a point to the score chart when the score differs from the last
// one, or five minutes have passed.
func queueSample(b *pgx.Batch, id faction.ID, w war.ID, s war.Sample) {
	b.Queue(`insert into war_samples (faction_id, war_id, at, us, them, target)
		select $1::bigint, $2::bigint, $3::timestamptz, $4::bigint, $5::bigint, $6::bigint
		where not exists (select 1 from (
			select at, us, them from war_samples where faction_id = $1 and war_id = $2 order by at desc limit 1) last
			where last.us = $4 and last.them = $5 and last.at > $3::timestamptz - interval '5 minutes')
		on conflict do nothing`, id, w, s.At, s.Us, s.Them, s.Target)
}

// Wars reads a faction's newest wars, at most limit.
func (s *Store) Wars(ctx context.Context, id faction.ID, limit int) ([]war.War, error) {
	return s.wars(ctx, id, "order by starts_at desc limit $1", limit)
}

// War reads one war of a faction; a faction.Error of kind NotFound when it has no such war.
func (s *Store) War(ctx context.Context, id faction.ID, w war.ID) (war.War, error) {
	wars, err := s.wars(ctx, id, "where war_id = $1", w)
	if err != nil {
		return war.War{}, err
	}
	if len(wars) == 0 {
		return war.War{}, faction.Errorf(faction.NotFound, "Your faction has no war %d on record. Pick one from the suggestions.", w)
	}
	return wars[0], nil
}

func (s *Store) wars(ctx context.Context, id faction.ID, rest string, args ...any) ([]war.War, error) {
	var out []war.War
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+warColumns+" from ranked_wars "+rest, args...)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanWar)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read wars of faction %d: %w", id, err)
	}
	return out, nil
}

// Samples reads the score over time, oldest first.
func (s *Store) Samples(ctx context.Context, id faction.ID, w war.ID) ([]war.Sample, error) {
	var out []war.Sample
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select at, us, them, target from war_samples where war_id = $1 order by at", w)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[war.Sample])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read score of war %d, faction %d: %w", w, id, err)
	}
	return out, nil
}

// Track switches the tracking of a war: whether it is scored and announced.
func (s *Store) Track(ctx context.Context, id faction.ID, w war.ID, on bool) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "update ranked_wars set tracked = $2 where war_id = $1", w, on)
		if err == nil && tag.RowsAffected() == 0 {
			return faction.Errorf(faction.NotFound, "Your faction has no war %d on record. Pick one from the suggestions.", w)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("switch tracking of war %d, faction %d: %w", w, id, err)
	}
	return nil
}
