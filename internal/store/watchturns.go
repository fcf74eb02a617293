package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/roster"
)

// lostRights ends what goes with rights that are lost, and gives how what was told of it
// reads from now on; the caller announces that. ended counts what was ended.
func lostRights(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, changes []rbac.Change) (ended int, told []alert.Settled, err error) {
	if told, err = lostTurns(ctx, tx, now, changes); err != nil {
		return 0, nil, err
	}
	ended, err = endRights(ctx, tx, id, now, changes)
	return ended, told, err
}

// lostTurns ends the reminders of turns on watch that are about to end with a right.
func lostTurns(ctx context.Context, tx pgx.Tx, now time.Time, changes []rbac.Change) (told []alert.Settled, err error) {
	lost := map[faction.PlayerID]bool{}
	for _, c := range changes {
		if c.Lost(rbac.ChainView) {
			lost[c.Player] = true
		}
	}
	if len(lost) == 0 {
		return nil, nil
	}
	list, err := readWatches(ctx, tx, "w.to_at > $1 and w.closed_at is null", now)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		is := w
		is.Signs = nil
		var gone []roster.Sign
		for _, s := range w.Signs {
			if lost[s.Player] && s.Slot >= w.Next(now) {
				gone = append(gone, s)
			} else {
				is.Signs = append(is.Signs, s)
			}
		}
		told = append(told, relieved(w, gone, now)...)
		told = append(told, shortened(w, is, nil)...)
	}
	return told, nil
}

// shortened looks at reminders of slots in a row of which some were given up. A reminder
// whose first slot is still theirs says how far it reaches now. Slots that none speaks of
// any more are to be reminded of anew, each row of them by itself: their mark is taken away.
func shortened(was, is roster.Watch, b *pgx.Batch) (told []alert.Settled) {
	for _, r := range was.Reminders() {
		last, held := r.First-1, true
		for slot := r.First; slot <= r.Last; slot++ {
			mine := signed(is, roster.Sign{Slot: slot, Player: r.Player})
			switch held = held && mine; {
			case held:
				last = slot
			case mine && b != nil:
				b.Queue("update watch_signs set reminded_at = null where watch_id = $1 and player_id = $2 and slot = $3", was.ID, r.Player, slot)
			}
		}
		if last < r.First || last == r.Last {
			continue
		}
		n := reminder(is, roster.Reminder{Player: r.Player, Stretch: roster.Stretch{First: r.First, Last: last}}, r.At)
		told = append(told, alert.Settled{Ref: alert.Ref{Kind: n.Alert.Kind, Subject: n.Alert.Subject, Stage: n.Alert.Stage}, Alert: n.Alert, GoesOn: true})
	}
	return told
}
