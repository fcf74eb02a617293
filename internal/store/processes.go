package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// forgotten is when a process that ended without a word is taken off the list.
const forgotten = 24 * time.Hour

// SeenProcess records that a process runs, and which keys it has loaded.
func (s *Store) SeenProcess(ctx context.Context, p faction.Process) error {
	err := s.system(ctx, func(tx pgx.Tx) error {
		var b pgx.Batch
		b.Queue(`insert into processes (instance, run, key_ids, primary_key) values ($1, $2, $3, $4)
			on conflict (instance, run) do update set key_ids = excluded.key_ids, primary_key = excluded.primary_key, seen_at = clock_timestamp()`,
			p.Instance, p.Run, p.Keys, p.Primary)
		b.Queue("delete from processes where seen_at < clock_timestamp() - $1::interval", forgotten)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("record that %s runs: %w", p.Instance, err)
	}
	return nil
}

// EndProcess takes a process off the list that reads and writes nothing any more.
func (s *Store) EndProcess(ctx context.Context, p faction.Process) error {
	err := s.system(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "delete from processes where instance = $1 and run = $2", p.Instance, p.Run)
		return err
	})
	if err != nil {
		return fmt.Errorf("record that %s has ended: %w", p.Instance, err)
	}
	return nil
}

// Processes lists the processes that were seen within a time.
func (s *Store) Processes(ctx context.Context, within time.Duration) ([]faction.Process, error) {
	var out []faction.Process
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select instance, run, key_ids, primary_key, clock_timestamp() - seen_at from processes
			where seen_at > clock_timestamp() - $1::interval order by instance, started_at`, within)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (faction.Process, error) {
			var p faction.Process
			return p, row.Scan(&p.Instance, &p.Run, &p.Keys, &p.Primary, &p.Silent)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the running processes: %w", err)
	}
	return out, nil
}
