package torn

import (
	"context"
	"errors"
	"fmt"
)

// ErrTooManyPages ends a walk that would not: the cap on pages was reached. What
// was read until then has been handed over.
var ErrTooManyPages = errors.New("the list has more pages than we are willing to read")

const pageSize = 100 // the most that Torn grants in the lists walked here

// Offsets reads a list that is paged by offset, from its start, until a page is
// short or brings no new id: Torn's last page is served for ever (api-v2.md 1.4).
// page asks for limit rows from offset. Rows come once, in Torn's order.
func Offsets[T any](ctx context.Context, maxPages int, id func(T) int64, page func(ctx context.Context, limit, offset int) (List[T], error)) (List[T], error) {
	var out List[T]
	seen := map[int64]bool{}
	for n := range maxPages {
		l, err := page(ctx, pageSize, n*pageSize)
		if err != nil {
			return out, err
		}
		out.Skipped = append(out.Skipped, l.Skipped...)
		fresh := 0
		for _, r := range l.Rows {
			if !seen[id(r)] {
				seen[id(r)] = true
				out.Rows = append(out.Rows, r)
				fresh++
			}
		}
		if fresh == 0 || len(l.Rows)+len(l.Skipped) < pageSize {
			return out, nil
		}
	}
	return out, fmt.Errorf("%d pages: %w", maxPages, ErrTooManyPages)
}

// longestFight is how long a fight lasts at most, in seconds (game.md, Attacks).
const longestFight = 300

// WalkAttacks reads all attacks between two moments (unix seconds), the newest
// first, and hands every row over once; the caller adds the overlap it wants. page
// is one call of Attacks.
//
// Torn does not say whether from and to compare a fight's start or its end, so the
// cursor moves to the earliest end on the page: later than the earliest start, it
// may repeat rows and cannot jump over any. Where a whole page lies within the
// cursor's second, ids lead through (filter idFilter), then time goes on.
func WalkAttacks(ctx context.Context, from, to int64, maxPages int, page func(context.Context, AttacksQuery) (List[Attack], error), visit func(context.Context, List[Attack]) error) error {
	seen := map[int64]int64{} // start by id
	q := AttacksQuery{Sort: Newest, From: from, To: to, Limit: pageSize}
	cursor := to
	for range maxPages {
		l, err := page(ctx, q)
		if err != nil {
			return err
		}
		full := len(l.Rows)+len(l.Skipped) >= pageSize
		span := spanOf(l.Rows)
		fresh := l.Rows[:0:0]
		for _, a := range l.Rows {
			if _, known := seen[a.ID]; !known {
				seen[a.ID] = a.Started
				fresh = append(fresh, a)
			}
		}
		l.Rows = fresh
		if len(l.Rows)+len(l.Skipped) > 0 {
			if err := visit(ctx, l); err != nil {
				return err
			}
		}
		switch {
		case !q.IDs && !full:
			return nil
		case !q.IDs && span.firstEnd < cursor:
			cursor = span.firstEnd
			q.To = cursor
		case !q.IDs:
			q = AttacksQuery{Sort: Newest, IDs: true, To: idAfter(seen, cursor), Limit: pageSize}
		case len(l.Rows)+len(l.Skipped) == 0 && (!full || span.firstID >= q.To): // ids lead nowhere
			cursor--
			q = AttacksQuery{Sort: Newest, From: from, To: cursor, Limit: pageSize}
		case !full: // the first attack there is
			return nil
		case span.firstStart+longestFight < cursor: // through: what is left counts before that
			cursor = span.firstStart + longestFight
			q = AttacksQuery{Sort: Newest, From: from, To: cursor, Limit: pageSize}
		default:
			q.To = span.firstID
		}
		if !q.IDs && cursor <= from {
			return nil
		}
	}
	return fmt.Errorf("%d pages of attacks: %w", maxPages, ErrTooManyPages)
}

// idAfter is an id that no fight of the second reaches, whether ids are given at a
// fight's start or at its end: that of a fight which began when all of them were
// over. When none was seen, the highest seen has to do.
func idAfter(seen map[int64]int64, second int64) int64 {
	after, highest := int64(0), int64(0)
	for id, started := range seen {
		highest = max(highest, id)
		if started > second+longestFight && (after == 0 || id < after) {
			after = id
		}
	}
	if after == 0 {
		return highest
	}
	return after
}

// span is how far a page reaches.
type span struct{ firstID, firstStart, firstEnd int64 }

func spanOf(rows []Attack) span {
	var s span
	for i, a := range rows {
		end := a.Ended
		if end <= 0 {
			end = a.Started
		}
		if i == 0 {
			s = span{firstID: a.ID, firstStart: a.Started, firstEnd: end}
			continue
		}
		s.firstID, s.firstStart, s.firstEnd = min(s.firstID, a.ID), min(s.firstStart, a.Started), min(s.firstEnd, end)
	}
	return s
}
