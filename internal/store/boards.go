package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

// AddBoard asks for a live board in a channel; asking twice renews a broken one.
func (s *Store) AddBoard(ctx context.Context, id faction.ID, kind, channelID string, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into live_boards (faction_id, kind, channel_id, next_due_at) values ($1, $2, $3, $4)
			on conflict (faction_id, kind, channel_id) do update set message_id = '', digest = '', broken_reason = '', next_due_at = $4`,
			id, kind, channelID, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("add a %s board of faction %d: %w", kind, id, err)
	}
	return nil
}

// RemoveBoard forgets the boards of a kind, in one channel or (empty) in all, and returns them.
func (s *Store) RemoveBoard(ctx context.Context, id faction.ID, kind, channelID string) ([]alert.LiveBoard, error) {
	return s.boards(ctx, id, `delete from live_boards where kind = $1 and ($2 = '' or channel_id = $2) returning `+boardColumns, kind, channelID)
}

// Boards lists a faction's live boards.
func (s *Store) Boards(ctx context.Context, id faction.ID) ([]alert.LiveBoard, error) {
	return s.boards(ctx, id, "select "+boardColumns+" from live_boards order by board_id")
}

const boardColumns = "faction_id, board_id, kind, channel_id, message_id, digest, coalesce(posted_at, '-infinity'), broken_reason"

func scanBoard(row pgx.CollectableRow) (alert.LiveBoard, error) {
	var b alert.LiveBoard
	var posted stamp
	err := row.Scan(&b.Faction, &b.ID, &b.Kind, &b.ChannelID, &b.MessageID, &b.Digest, &posted, &b.Broken)
	b.PostedAt = posted.t
	return b, err
}

func (s *Store) boards(ctx context.Context, id faction.ID, sql string, args ...any) ([]alert.LiveBoard, error) {
	var out []alert.LiveBoard
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanBoard)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read live boards of faction %d: %w", id, err)
	}
	return out, nil
}

// ClaimBoards takes boards that are due, of factions that are not paused, so that one
// process edits each, and reads them. A broken one is tried again, but for one whose
// channel is gone.
func (s *Store) ClaimBoards(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]alert.LiveBoard, error) {
	type claim struct {
		Faction faction.ID
		ID      int64
	}
	var claims []claim
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `update live_boards b set lease_until = $1::timestamptz + $2::interval
			from (select faction_id, board_id from live_boards q
			      where (next_due_at <= $1 or next_due_at > $1 + $4::interval)
			        and (lease_until <= $1 or lease_until > $1 + 2 * $2::interval) and broken_reason <> $5
			        and exists (select 1 from factions f where f.faction_id = q.faction_id and f.state = 'active')
			      order by next_due_at limit $3 for update skip locked) due
			where b.faction_id = due.faction_id and b.board_id = due.board_id
			returning b.faction_id, b.board_id`, now, lease, limit, feed.Longest, alert.PlaceGone)
		if err != nil {
			return err
		}
		claims, err = pgx.CollectRows(rows, pgx.RowToStructByPos[claim])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim live boards: %w", err)
	}
	var out []alert.LiveBoard
	for _, c := range claims {
		b, err := s.boards(ctx, c.Faction, "select "+boardColumns+" from live_boards where board_id = $1", c.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return out, nil
}

// SaveBoard records where a board stands and when to look again.
func (s *Store) SaveBoard(ctx context.Context, b alert.LiveBoard, now, nextDue time.Time) error {
	err := s.Faction(ctx, b.Faction, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update live_boards set message_id = $2, digest = $3, posted_at = $4, edited_at = $5, broken_reason = $6,
			next_due_at = $7, lease_until = '-infinity' where board_id = $1`,
			b.ID, b.MessageID, b.Digest, null(b.PostedAt), now, b.Broken, nextDue)
		return err
	})
	if err != nil {
		return fmt.Errorf("record live board %d: %w", b.ID, err)
	}
	return nil
}
