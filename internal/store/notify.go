package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

const notifyChannel = "consigliere"

// queueNotify tells listeners, at commit, that a topic of a faction changed.
func queueNotify(b *pgx.Batch, id faction.ID, topic string) {
	b.Queue("select pg_notify($1, $2)", notifyChannel, strconv.FormatInt(int64(id), 10)+":"+topic)
}

// notify is queueNotify for a transaction that sends no batch.
func notify(ctx context.Context, tx pgx.Tx, id faction.ID, topic string) error {
	var b pgx.Batch
	queueNotify(&b, id, topic)
	return tx.SendBatch(ctx, &b).Close()
}

// Listen calls fn for every committed change until ctx ends or the connection
// breaks, whose error it returns; the caller listens again. It holds one
// connection of its own, outside the pool, because it must be a session.
func (s *Store) Listen(ctx context.Context, ready func(), fn func(feed.Change)) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return translate(fmt.Errorf("connect to listen: %w", scrub(err)))
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "listen "+notifyChannel); err != nil {
		return translate(fmt.Errorf("listen: %w", err))
	}
	ready()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return translate(fmt.Errorf("wait for a change: %w", err))
		}
		id, topic, ok := strings.Cut(n.Payload, ":")
		f, err := strconv.ParseInt(id, 10, 64)
		if ok && err == nil {
			fn(feed.Change{Faction: faction.ID(f), Topic: topic})
		}
	}
}
