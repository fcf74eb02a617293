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
)

// ErrOvertaken is returned when another process has taken over a poll: nothing was written.
var ErrOvertaken = errors.New("another process has taken this poll over")

const feedColumns = `faction_id, feed, next_due_at, lease_until, generation,
	coalesce(last_success_at, '-infinity'), last_error, coalesce(last_error_at, '-infinity'), failures, took_ms,
	head_id, coalesce(head_at, '-infinity'), coalesce(fill_from, '-infinity'), coalesce(fill_to, '-infinity'),
	coalesce(fill_due_at, '-infinity'), coalesce(swept_at, '-infinity'), fill_asked, coalesce(backfill_due_at, '-infinity'),
	coalesce(enlisted_for, '-infinity')`

func scanFeed(row pgx.CollectableRow) (feed.State, error) {
	var s feed.State
	var took int32
	var lease, success, failed, head, from, to, due, swept, past, enlisted stamp
	err := row.Scan(&s.Faction, &s.Feed, &s.NextDue, &lease, &s.Generation, &success, &s.LastError, &failed,
		&s.Failures, &took, &s.Log.HeadID, &head, &from, &to, &due, &swept, &s.Log.Asked, &past, &enlisted)
	s.LeaseUntil, s.LastSuccess, s.LastErrorAt = lease.t, success.t, failed.t
	s.Log.HeadAt, s.Log.SweptAt, s.Log.BackfillDue = head.t, swept.t, past.t
	s.Log.Fill = feed.Fill{From: from.t, To: to.t, Due: due.t}
	s.EnlistedFor = enlisted.t
	s.Took = time.Duration(took) * time.Millisecond
	return s, err
}

// ClaimDue takes up to limit feeds that are due and free, of factions that are not
// paused, and leases them to owner: those that are named, or all when none is. Of any
// number of processes exactly one gets each.
// A time further ahead than any interval was written by a clock that was wrong, and
// holds nothing up.
func (s *Store) ClaimDue(ctx context.Context, owner string, now time.Time, lease time.Duration, limit int, of ...feed.Name) ([]feed.State, error) {
	var out []feed.State
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			update poll_state p set lease_until = $1::timestamptz + $2::interval, owner = $3
			from (select q.faction_id, q.feed from poll_state q
			      where (cardinality($6::text[]) = 0 or q.feed = any($6))
			        and (q.next_due_at <= $1 or q.next_due_at > $1 + $5::interval)
			        and (q.lease_until <= $1 or q.lease_until > $1 + 2 * $2::interval)
			        and exists (select 1 from factions f where f.faction_id = q.faction_id and f.state = 'active')
			      order by q.next_due_at limit $4
			      for update skip locked) due
			where p.faction_id = due.faction_id and p.feed = due.feed
			returning `+prefixed("p.", feedColumns), now, lease, owner, limit, feed.Longest, names(of))
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanFeed)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim due polls: %w", err)
	}
	return out, nil
}

// ReleaseLeases gives back the feeds in whose polls a process of that name was
// killed. It is called before that name polls again, never beside it.
func (s *Store) ReleaseLeases(ctx context.Context, owner string) error {
	err := s.system(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update poll_state set lease_until = '-infinity' where owner = $1 and lease_until > '-infinity'", owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("give back the leases of %s: %w", owner, err)
	}
	return nil
}

// Feeds tells how each feed of a faction fares.
func (s *Store) Feeds(ctx context.Context, id faction.ID) ([]feed.State, error) {
	var out []feed.State
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+feedColumns+" from poll_state order by feed")
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanFeed)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read feeds of faction %d: %w", id, err)
	}
	return out, nil
}

// FailPoll records that a poll brought nothing, why, and when to try again.
func (s *Store) FailPoll(ctx context.Context, st feed.State, now, nextDue time.Time, reason string) error {
	err := s.Faction(ctx, st.Faction, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update poll_state set generation = generation + 1, lease_until = '-infinity', next_due_at = $4,
			last_error = $5, last_error_at = $6, failures = failures + 1
			where faction_id = $1 and feed = $2 and generation = $3`,
			st.Faction, st.Feed, st.Generation, nextDue, reason, now)
		if err == nil && tag.RowsAffected() == 0 {
			return ErrOvertaken
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("record failed poll of %s, faction %d: %w", st.Feed, st.Faction, err)
	}
	return nil
}

// Hurry makes feeds due at once, for /members refresh and after set-up.
func (s *Store) Hurry(ctx context.Context, id faction.ID, now time.Time, feeds ...feed.Name) error {
	var b pgx.Batch
	lockFeeds(&b, id, feeds)
	for _, name := range feeds {
		queueHurry(&b, id, name, now)
	}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &b).Close() })
	if err != nil {
		return fmt.Errorf("hurry feeds of faction %d: %w", id, err)
	}
	return nil
}

// fence begins a poll's transaction: it raises the generation from the value that
// was read. When no row changed, another process polls, and nothing may be written.
func fence(b *pgx.Batch, st feed.State) {
	b.Queue(`update poll_state set generation = generation + 1 where faction_id = $1 and feed = $2 and generation = $3`,
		st.Faction, st.Feed, st.Generation).Exec(mustChange)
}

// fenceAside is fence for what is written between two polls: a poll that has claimed
// the feed would find its state overtaken, and its lease held until it runs out.
func fenceAside(b *pgx.Batch, st feed.State) {
	b.Queue(`update poll_state set generation = generation + 1
		where faction_id = $1 and feed = $2 and generation = $3 and lease_until = '-infinity'`,
		st.Faction, st.Feed, st.Generation).Exec(mustChange)
}

// lockFeeds locks the rows of several feeds in one order, whoever does it, so that
// polls which touch each other's rows wait for one another and never in a circle.
func lockFeeds(b *pgx.Batch, id faction.ID, feeds []feed.Name) {
	b.Queue("select from poll_state where faction_id = $1 and feed = any($2) order by feed for update", id, names(feeds))
}

// queueHurry makes a feed due. While it is being polled its old due time has passed
// already; writing another one tells finish that the poll is asked for once more.
func queueHurry(b *pgx.Batch, id faction.ID, name feed.Name, due time.Time) {
	b.Queue(`update poll_state set next_due_at = case when lease_until > $3 then $3 else least(next_due_at, $3) end
		where faction_id = $1 and feed = $2`, id, name, due)
}

func mustChange(tag pgconn.CommandTag) error {
	if tag.RowsAffected() == 0 {
		return ErrOvertaken
	}
	return nil
}

// finish ends a poll's transaction. A run that has more to do keeps its lease and
// error state. Who was hurried in the meantime is due as soon as that says. Progress
// of a fill is recorded only while nobody has asked for another reading since.
func finish(b *pgx.Batch, st feed.State, p feed.Progress) {
	b.Queue(`update poll_state set next_due_at = case when next_due_at = $10 then $3 else least(next_due_at, $3) end,
		lease_until = case when $4 then '-infinity'::timestamptz else lease_until end,
		last_success_at = case when $4 then $5 else last_success_at end,
		failures = case when $4 then 0 else failures end, took_ms = case when $4 then $6 else took_ms end,
		head_id = $7, head_at = $8, swept_at = $9
		where faction_id = $1 and feed = $2`,
		st.Faction, st.Feed, p.NextDue, p.Done, p.Now, p.Took.Milliseconds(), p.Log.HeadID,
		null(p.Log.HeadAt), null(p.Log.SweptAt), st.NextDue)
	if was, is := st.Log.Fill, p.Log.Fill; was != is {
		b.Queue(`update poll_state set fill_from = $3, fill_to = $4, fill_due_at = $5
			where faction_id = $1 and feed = $2 and fill_asked = $6`,
			st.Faction, st.Feed, null(is.From), null(is.To), null(is.Due), st.Log.Asked)
	}
}

// queueFill widens what the attack log must read back, by the rule of
// feed.Fill.Ask, where the row is locked.
func queueFill(b *pgx.Batch, id faction.ID, f feed.Fill) {
	b.Queue(`update poll_state set fill_from = least(coalesce(fill_from, $3), $3), fill_to = null,
		fill_due_at = least(coalesce(fill_due_at, $4), $4), fill_asked = fill_asked + 1
		where faction_id = $1 and feed = $2`, id, feed.Attacks, f.From, f.Due)
}

// RequestFill asks the attack log to be read back from a moment on.
func (s *Store) RequestFill(ctx context.Context, id faction.ID, f feed.Fill) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var b pgx.Batch
		queueFill(&b, id, f)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("ask for the attack log of faction %d since %s: %w", id, f.From, err)
	}
	return nil
}
