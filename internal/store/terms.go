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

const termsColumns = `war_id, score_cap, their_cap, hit_limit, coalesce(stop_at, '-infinity'), coalesce(finish_at, '-infinity'),
	result, note, set_by, set_at, coalesce(cap_at, '-infinity'), told`

func scanTerms(row pgx.CollectableRow) (war.Terms, error) {
	var t war.Terms
	var stop, finish, capped stamp
	err := row.Scan(&t.War, &t.ScoreCap, &t.TheirCap, &t.HitLimit, &stop, &finish, &t.Result, &t.Note, &t.By, &t.At, &capped, &t.Told)
	t.StopAt, t.FinishAt, t.CapAt, t.At = stop.t, finish.t, capped.t, t.At.UTC()
	return t, err
}

// Terms reads what was agreed about a war; ok is false when nothing was.
func (s *Store) Terms(ctx context.Context, id faction.ID, w war.ID) (t war.Terms, ok bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		t, err = readTerms(ctx, tx, w, "")
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return war.Terms{}, false, nil
	}
	if err != nil {
		return war.Terms{}, false, fmt.Errorf("read the terms of war %d, faction %d: %w", w, id, err)
	}
	return t, true, nil
}

func readTerms(ctx context.Context, tx pgx.Tx, w war.ID, lock string) (war.Terms, error) {
	rows, err := tx.Query(ctx, "select "+termsColumns+" from war_terms where war_id = $1 "+lock, w)
	if err != nil {
		return war.Terms{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanTerms)
}

// SetTerms changes what was agreed about a war and gives what it was before and is
// now. Terms of which nothing is left are taken out. A faction.Error of kind NotFound when
// the faction has no such war.
func (s *Store) SetTerms(ctx context.Context, id faction.ID, w war.ID, change func(war.Terms) (war.Terms, error)) (was, is war.Terms, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var there bool
		// The war's row first: of two who set terms at once, the second sees the first one's.
		err := tx.QueryRow(ctx, "select true from ranked_wars where war_id = $1 for update", w).Scan(&there)
		if errors.Is(err, pgx.ErrNoRows) {
			return faction.Errorf(faction.NotFound, "Your faction has no war %d on record. Pick one from the suggestions.", w)
		}
		if err != nil {
			return err
		}
		was, err = readTerms(ctx, tx, w, "for update")
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		was.War = w
		if is, err = change(was); err != nil {
			return err
		}
		if is.Zero() {
			_, err := tx.Exec(ctx, "delete from war_terms where war_id = $1", w)
			return err
		}
		is = is.Renewed(was)
		_, err = tx.Exec(ctx, `insert into war_terms (faction_id, war_id, score_cap, their_cap, hit_limit, stop_at, finish_at, result, note, set_by, set_at, cap_at, told)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			on conflict (faction_id, war_id) do update set score_cap = excluded.score_cap, their_cap = excluded.their_cap, hit_limit = excluded.hit_limit,
				stop_at = excluded.stop_at, finish_at = excluded.finish_at, result = excluded.result, note = excluded.note,
				set_by = excluded.set_by, set_at = excluded.set_at, cap_at = excluded.cap_at, told = excluded.told`,
			id, w, is.ScoreCap, is.TheirCap, is.HitLimit, null(is.StopAt), null(is.FinishAt), string(is.Result), is.Note, is.By, is.At, null(is.CapAt), is.Told)
		return err
	})
	if err != nil {
		return war.Terms{}, war.Terms{}, fmt.Errorf("set the terms of war %d, faction %d: %w", w, id, err)
	}
	return was, is, nil
}

// queueTermsTold notes how far limits were warned of. Terms that were changed since
// they were read keep what they have: the next look is about those.
func queueTermsTold(b *pgx.Batch, id faction.ID, t war.Terms) {
	b.Queue("update war_terms set told = $3, cap_at = $4 where faction_id = $1 and war_id = $2 and set_at = $5", id, t.War, t.Told, null(t.CapAt), t.At)
}

// SamplesSince reads the score over time from a moment on, and the last sample before
// it, oldest first.
func (s *Store) SamplesSince(ctx context.Context, id faction.ID, w war.ID, since time.Time) ([]war.Sample, error) {
	var out []war.Sample
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select at, us, them, target from war_samples where war_id = $1 and at >= coalesce(
			(select max(at) from war_samples where war_id = $1 and at <= $2), $2) order by at`, w, since)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[war.Sample])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the score of war %d since %s, faction %d: %w", w, since.Format(time.RFC3339), id, err)
	}
	return out, nil
}
