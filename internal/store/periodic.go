package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// BeginJobs makes rows for jobs that are new here, due at once, and gives back what a
// process of that name was killed in. It is called before that name works, never beside it.
func (s *Store) BeginJobs(ctx context.Context, owner string, now time.Time, jobs []faction.Job) error {
	names, _ := jobColumns(jobs)
	err := s.system(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into periodic_jobs (name, next_due_at) select name, $2 from unnest($1::text[]) name
			on conflict (name) do nothing`, names, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update periodic_jobs set lease_until = '-infinity', next_due_at = least(next_due_at, $2)
			where owner = $1 and lease_until > '-infinity'`, owner, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin periodic jobs as %s: %w", owner, err)
	}
	return nil
}

// ClaimJobs takes those of the jobs that are due and free, and leases them to owner. Of
// any number of processes exactly one gets each. A run whose owner let the lease run
// out was killed, and is due at once. A job that is due while a run is still going is
// put off by its interval, and named in skipped; to one of the processes only. A time
// further ahead than any that would be written was written by a clock that was wrong,
// and holds nothing up.
func (s *Store) ClaimJobs(ctx context.Context, owner string, now time.Time, lease time.Duration, jobs []faction.Job) (claimed []faction.JobRun, skipped []string, err error) {
	names, every := jobColumns(jobs)
	err = s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			update periodic_jobs j set skipped = j.skipped + 1, next_due_at = $1::timestamptz + p.every
			from unnest($2::text[], $3::interval[]) p(name, every)
			where j.name = p.name and j.next_due_at <= $1 and j.lease_until > $1 and j.lease_until <= $1 + 2 * $4::interval
			returning j.name`, now, names, every, lease)
		if err != nil {
			return err
		}
		if skipped, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `
			update periodic_jobs j set lease_until = $1::timestamptz + $4::interval, owner = $5, run = j.run + 1,
				last_started_at = $1, next_due_at = $1 + due.every
			from (select q.name, p.every from periodic_jobs q join unnest($2::text[], $3::interval[]) p(name, every) on p.name = q.name
			      where (q.next_due_at <= $1 or q.next_due_at > $1 + p.every or q.lease_until > '-infinity')
			        and (q.lease_until <= $1 or q.lease_until > $1 + 2 * $4::interval)
			      order by q.name for update of q skip locked) due
			where j.name = due.name
			returning j.name, j.run`, now, names, every, lease, owner)
		if err != nil {
			return err
		}
		claimed, err = pgx.CollectRows(rows, pgx.RowToStructByPos[faction.JobRun])
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("claim periodic jobs: %w", err)
	}
	return claimed, skipped, nil
}

// RenewJob prolongs a run's lease. ErrOvertaken means that the run was taken for dead.
func (s *Store) RenewJob(ctx context.Context, r faction.JobRun, now time.Time, lease time.Duration) error {
	return s.ofRun(ctx, "prolong", r, `update periodic_jobs set lease_until = $3::timestamptz + $4::interval
		where name = $1 and run = $2 and lease_until > '-infinity'`, now, lease)
}

// FinishJob records how a run ended and frees the job. ErrOvertaken means that the run
// was taken for dead: nothing was written.
func (s *Store) FinishJob(ctx context.Context, r faction.JobRun, end faction.JobEnd) error {
	if end.Counts == nil {
		end.Counts = map[string]int{}
	}
	return s.ofRun(ctx, "finish", r, `update periodic_jobs set lease_until = '-infinity', last_finished_at = $3, took_ms = $4,
			counts = $5, last_error = $6, next_due_at = least(next_due_at, coalesce($7, next_due_at))
		where name = $1 and run = $2 and lease_until > '-infinity'`, end.At, end.Took.Milliseconds(), end.Counts, end.Reason, null(end.Again))
}

// ofRun changes a job's row on behalf of one of its runs.
func (s *Store) ofRun(ctx context.Context, what string, r faction.JobRun, sql string, args ...any) error {
	err := s.system(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, sql, append([]any{r.Name, r.Number}, args...)...)
		if err == nil {
			err = mustChange(tag)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s run %d of job %s: %w", what, r.Number, r.Name, err)
	}
	return nil
}

// Jobs tells how the periodic jobs stand at now, by name.
func (s *Store) Jobs(ctx context.Context, now time.Time) ([]faction.JobState, error) {
	var out []faction.JobState
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select name, next_due_at, lease_until > $1, coalesce(last_started_at, '-infinity'),
			coalesce(last_finished_at, '-infinity'), took_ms, counts, last_error, skipped from periodic_jobs order by name`, now)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (faction.JobState, error) {
			var j faction.JobState
			var started, finished stamp
			var took int64
			err := row.Scan(&j.Name, &j.NextDue, &j.Running, &started, &finished, &took, &j.Counts, &j.LastError, &j.Skipped)
			j.Started, j.Finished, j.Took = started.t, finished.t, time.Duration(took)*time.Millisecond
			return j, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read periodic jobs: %w", err)
	}
	return out, nil
}

func jobColumns(jobs []faction.Job) (names []string, every []time.Duration) {
	for _, j := range jobs {
		names, every = append(names, j.Name), append(every, j.Every)
	}
	return names, every
}
