package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// StartBackfill asks for wars of the past to be read. fresh is false when one is under
// way already: nothing changes, and that one is returned.
func (s *Store) StartBackfill(ctx context.Context, id faction.ID, o feed.BackfillOrder) (b feed.Backfill, fresh bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		// The feed's row first, as whoever writes a page does.
		if _, err := tx.Exec(ctx, "select from poll_state where feed = $1 for update", feed.Attacks); err != nil {
			return err
		}
		var ok bool
		if b, ok, err = readBackfill(ctx, tx, "where state = 'running'"); err != nil || ok {
			return err
		}
		fresh = true
		_, err := tx.Exec(ctx, `insert into backfills (faction_id, asked_by, asked_at, from_at, to_at, latest) values ($1, $2, $3, $4, $5, $6)`,
			id, o.By, o.At, o.From, o.To, o.Latest)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, "update poll_state set backfill_due_at = $2 where feed = $1", feed.Attacks, o.At); err != nil {
			return err
		}
		b, _, err = readBackfill(ctx, tx, "where state = 'running'")
		return err
	})
	if err != nil {
		return feed.Backfill{}, false, fmt.Errorf("ask for wars of faction %d since %s: %w", id, o.From, err)
	}
	return b, fresh, nil
}

// CancelBackfill ends a backfill that is under way; what was read stays. A
// faction.Error of kind Conflict when it is over.
func (s *Store) CancelBackfill(ctx context.Context, id faction.ID, backfill int64, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var b pgx.Batch
		b.Queue("update poll_state set backfill_due_at = null where feed = $1", feed.Attacks)
		b.Queue("update backfills set state = 'cancelled', ended_at = $2 where backfill_id = $1 and state = 'running'", backfill, now).Exec(backfillRuns)
		return tx.SendBatch(ctx, &b).Close()
	})
	if errors.Is(err, ErrBackfillOver) {
		err = &faction.Error{Kind: faction.Conflict, Say: "That reading of past wars is over already. Nothing was changed.", Err: err}
	}
	if err != nil {
		return fmt.Errorf("cancel backfill %d of faction %d: %w", backfill, id, err)
	}
	return nil
}

// ErrBackfillOver is returned when a backfill was cancelled or has ended: nothing was written.
var ErrBackfillOver = errors.New("this backfill is over")

func backfillRuns(tag pgconn.CommandTag) error {
	if tag.RowsAffected() == 0 {
		return ErrBackfillOver
	}
	return nil
}

// Backfill reads the backfill that is under way, else the last one. ok is false when
// there never was one.
func (s *Store) Backfill(ctx context.Context, id faction.ID) (b feed.Backfill, ok bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		b, ok, err = readBackfill(ctx, tx, "order by backfill_id desc limit 1")
		return err
	})
	if err != nil {
		return feed.Backfill{}, false, fmt.Errorf("read the backfill of faction %d: %w", id, err)
	}
	return b, ok, nil
}

func readBackfill(ctx context.Context, tx pgx.Tx, which string) (b feed.Backfill, ok bool, err error) {
	var listed, ended, trouble stamp
	err = tx.QueryRow(ctx, `select backfill_id, asked_by, asked_at, from_at, to_at, latest, state, coalesce(listed_at, '-infinity'),
			coalesce(ended_at, '-infinity'), trouble, coalesce(trouble_at, '-infinity') from backfills `+which).
		Scan(&b.ID, &b.By, &b.At, &b.From, &b.To, &b.Latest, &b.State, &listed, &ended, &b.Trouble, &trouble)
	if errors.Is(err, pgx.ErrNoRows) {
		return feed.Backfill{}, false, nil
	}
	if err != nil {
		return feed.Backfill{}, false, err
	}
	b.Listed, b.Ended, b.TroubleAt = listed.t, ended.t, trouble.t
	rows, err := tx.Query(ctx, `select w.war_id, w.starts_at, coalesce(w.ends_at, w.starts_at), w.enemy_name, b.state, w.report_at is not null,
			b.report_tries, coalesce(b.read_to, '-infinity'), b.attacks
		from backfill_wars b join ranked_wars w on w.war_id = b.war_id where b.backfill_id = $1 order by w.starts_at desc, w.war_id`, b.ID)
	if err != nil {
		return feed.Backfill{}, false, err
	}
	b.Wars, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (feed.BackfillWar, error) {
		var w feed.BackfillWar
		var to stamp
		err := row.Scan(&w.War, &w.Start, &w.End, &w.Enemy, &w.State, &w.Reported, &w.ReportTries, &to, &w.Attacks)
		w.ReadTo = to.t
		return w, err
	})
	return b, err == nil, err
}

// queueBackfill writes one step. It writes nothing, and fails the transaction with
// ErrBackfillOver, when the backfill was cancelled meanwhile.
func queueBackfill(b *pgx.Batch, id faction.ID, now time.Time, s feed.BackfillStep) {
	state, ended := feed.BackfillRunning, time.Time{}
	if s.Done {
		state, ended = feed.BackfillDone, now
	}
	troubled := time.Time{}
	if s.Trouble != "" {
		troubled = now
	}
	b.Queue(`update backfills set state = $3, ended_at = $4, listed_at = case when $5 then $6::timestamptz else listed_at end,
			trouble = $7, trouble_at = $8
		where faction_id = $1 and backfill_id = $2 and state = 'running'`,
		id, s.ID, state, null(ended), s.Listed, now, s.Trouble, null(troubled)).Exec(backfillRuns)
	b.Queue("update poll_state set backfill_due_at = $3 where faction_id = $1 and feed = $2", id, feed.Attacks, null(s.Due))
	for _, w := range s.Add {
		queueWar(b, id, w)
	}
	for _, w := range s.List {
		queueBackfillWar(b, id, s.ID, w)
	}
	if s.War != nil {
		queueBackfillWar(b, id, s.ID, *s.War)
	}
	if s.Whole {
		b.Queue("update ranked_wars set whole_at = $3 where faction_id = $1 and war_id = $2", id, s.War.War, now)
	}
	if !s.Cut.IsZero() {
		b.Queue("update ranked_wars set cut_at = $3 where faction_id = $1 and war_id = $2", id, s.War.War, s.Cut)
	}
	if len(s.Samples) > 0 {
		queueReplay(b, id, s.War.War, s.Samples)
	}
	if s.Report != nil {
		queueReport(b, id, *s.Report, now)
	}
}

// queueBackfillWar writes how a war of a backfill stands. attacks counts those that
// this step brought.
func queueBackfillWar(b *pgx.Batch, id faction.ID, backfill int64, w feed.BackfillWar) {
	b.Queue(`insert into backfill_wars (faction_id, backfill_id, war_id, state, report_tries, read_to, attacks) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (faction_id, backfill_id, war_id) do update set
			state = excluded.state, report_tries = excluded.report_tries, read_to = excluded.read_to, attacks = excluded.attacks`,
		id, backfill, w.War, w.State, w.ReportTries, null(w.ReadTo), w.Attacks)
}

// queueReplay writes a score over time that was rebuilt from the log.
func queueReplay(b *pgx.Batch, id faction.ID, w war.ID, samples []war.Sample) {
	var at []time.Time
	var us, them, target []int64
	for _, s := range samples {
		at, us, them, target = append(at, s.At), append(us, s.Us), append(them, s.Them), append(target, s.Target)
	}
	b.Queue(`insert into war_samples (faction_id, war_id, at, us, them, target)
		select $1, $2, u.* from unnest($3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[]) u on conflict do nothing`,
		id, w, at, us, them, target)
}
