package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// leaderLock is the advisory lock that only one process of this database holds.
const leaderLock = 0x6c656164 // "lead"

// Lead waits until this process is the only one that may act, and runs fn. A
// database that goes away and comes back finds fn still running, unless another
// process has taken the lead in the meantime: then fn's context ends, and Lead
// returns ErrLeadLost. standby is told once when there is waiting to do.
func (s *Store) Lead(ctx context.Context, retry time.Duration, standby func(), fn func(context.Context) error) error {
	conn, err := s.waitForLead(ctx, retry, standby)
	if err != nil {
		return err
	}
	leading, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		lost(s.watchLead(leading, conn, retry))
	}()
	err = fn(leading)
	cause := context.Cause(leading)
	lost(nil)
	<-watched
	if ctx.Err() == nil && errors.Is(cause, ErrLeadLost) {
		return cause
	}
	return err
}

// ErrLeadLost is returned when another process has taken the lead.
var ErrLeadLost = errors.New("another process has taken the lead")

func (s *Store) waitForLead(ctx context.Context, retry time.Duration, standby func()) (*pgx.Conn, error) {
	told := false
	for {
		conn, got, err := s.tryLead(ctx)
		if got {
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && !told {
			standby()
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(retry):
		}
	}
}

// tryLead asks for the lock on a connection of its own. Its server notices within
// seconds when the other end is gone, so that a lock is not held by nobody for hours.
func (s *Store) tryLead(ctx context.Context) (*pgx.Conn, bool, error) {
	return s.tryLock(ctx, leaderLock)
}

func (s *Store) tryLock(ctx context.Context, lock int64) (*pgx.Conn, bool, error) {
	cfg := s.pool.Config().ConnConfig.Copy()
	for name, value := range map[string]string{
		"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3", "tcp_user_timeout": "20000",
	} {
		cfg.RuntimeParams[name] = value
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, false, translate(fmt.Errorf("connect to take a lock: %w", scrub(err)))
	}
	var got bool
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", lock).Scan(&got); err != nil || !got {
		_ = conn.Close(context.WithoutCancel(ctx))
		return nil, false, err
	}
	return conn, true, nil
}

// holdsLead tells whether a session of a given process id holds the lock.
func (s *Store) holdsLead(ctx context.Context, pid uint32) (bool, error) {
	var held bool
	err := s.pool.QueryRow(ctx, `select exists (select 1 from pg_locks where locktype = 'advisory' and granted
		and classid = 0 and objid = $1::bigint::oid and objsubid = 1 and pid = $2
		and database = (select oid from pg_database where datname = current_database()))`, int64(leaderLock), pid).Scan(&held)
	return held, err
}

// watchLead holds the lock until ctx ends. When its connection is lost the lock is
// free, and this process tries to have it back before somebody else does.
func (s *Store) watchLead(ctx context.Context, conn *pgx.Conn, every time.Duration) error {
	defer func() {
		if conn != nil {
			_ = conn.Close(context.WithoutCancel(ctx)) // gives the lock back
		}
	}()
	own := conn.PgConn().PID() // of the session that holds, or held, the lock for us
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		if conn != nil && conn.Ping(limited) != nil && ctx.Err() == nil {
			_ = conn.Close(limited)
			conn = nil
		}
		if conn == nil {
			c, got, err := s.tryLead(limited)
			switch {
			case got:
				conn, own = c, c.PgConn().PID()
			case err == nil:
				// A session of ours that the server has not noticed to be dead is no
				// other process: it is ended, and the lock tried for again.
				ghost, err := s.holdsLead(limited, own)
				if err == nil && !ghost {
					cancel()
					return ErrLeadLost
				}
				if ghost {
					_, _ = s.pool.Exec(limited, "select pg_terminate_backend($1)", own)
				}
			}
		}
		cancel()
	}
}
