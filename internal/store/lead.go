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

// Lead waits until this process is the only one that may act, and runs fn. fn's
// context ends when the lock's connection is lost, since another process may then
// lead. standby is told once when there is waiting to do.
func (s *Store) Lead(ctx context.Context, retry time.Duration, standby func(), fn func(context.Context) error) error {
	conn, err := s.waitForLead(ctx, retry, standby)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // closing gives the lock back
	leading, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		lost(watchLead(leading, conn, retry))
	}()
	err = fn(leading)
	cause := context.Cause(leading)
	lost(nil)
	<-watched
	if ctx.Err() == nil && errors.Is(cause, errLeadLost) {
		return cause
	}
	return err
}

var errLeadLost = errors.New("the database connection that held the leader's lock is gone")

// ErrLeadLost tells whether a process stopped because it may no longer lead.
func ErrLeadLost(err error) bool { return errors.Is(err, errLeadLost) }

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

func (s *Store) tryLead(ctx context.Context) (*pgx.Conn, bool, error) {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return nil, false, translate(fmt.Errorf("connect to lead: %w", scrub(err)))
	}
	var got bool
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", int64(leaderLock)).Scan(&got); err != nil || !got {
		_ = conn.Close(context.WithoutCancel(ctx))
		return nil, false, err
	}
	return conn, true, nil
}

// watchLead asks now and then whether the connection, and with it the lock, is still there.
func watchLead(ctx context.Context, conn *pgx.Conn, every time.Duration) error {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			ping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			err := conn.Ping(ping)
			cancel()
			if err != nil {
				return errLeadLost
			}
		}
	}
}
