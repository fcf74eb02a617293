// Package roster holds the rules of who stands where: watches over a chain, cut into
// slots that members sign up for, and squads, named groups of members.
package roster

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// WatchID is our id of a watch.
type WatchID int64

// The limits of a watch.
const (
	DefaultSlot = 30 * time.Minute
	MinSlot     = 10 * time.Minute
	MaxSlot     = 4 * time.Hour
	MaxHours    = 72
	MaxSlots    = 150
	MaxBackups  = 3
	MaxReward   = 1_000_000_000 // dollars per slot
	// RemindAhead is how long before their slot a watcher is reminded.
	RemindAhead = 10 * time.Minute
)

// Watch is a stretch of time in which members take turns in watching over the chain.
type Watch struct {
	ID       WatchID
	From, To time.Time // To is From and whole slots
	Slot     time.Duration
	Backups  int   // places per slot beside the watcher's
	Reward   int64 // dollars per slot; 0: none
	// Squad is whose members alone may join; 0: everybody may.
	Squad     SquadID
	SquadName string
	OpenedBy  faction.PlayerID
	Closed    time.Time // when it was called off; zero: it was not
	// Signs are who signed up, by slot and rank.
	Signs []Sign
}

// Sign is a member's place in a slot.
type Sign struct {
	Slot int
	// Rank orders those of a slot: the lowest is the watcher, the others are back-ups.
	// 0 is who found the slot empty.
	Rank     int
	Player   faction.PlayerID
	Name     string
	Joined   time.Time
	Reminded time.Time // as the slot's watcher; zero: not yet
}

// Check tells what is wrong with a watch that somebody wants to open at now.
func (w Watch) Check(now time.Time) error {
	switch span := w.To.Sub(w.From); {
	case w.Slot < MinSlot || w.Slot > MaxSlot || w.Slot%time.Minute != 0:
		return faction.Errorf(faction.Invalid, "A slot is between %d minutes and %d hours long. Nothing was changed.", MinSlot/time.Minute, MaxSlot/time.Hour)
	case span < w.Slot || span%w.Slot != 0 || span > MaxHours*time.Hour+w.Slot:
		return faction.Errorf(faction.Invalid, "A rota covers from one slot to %d hours. Nothing was changed.", MaxHours)
	case w.Len() > MaxSlots:
		return faction.Errorf(faction.Invalid, "That would be %d slots; a rota has at most %d. Nothing was changed: make the slots longer, or the rota shorter.", w.Len(), MaxSlots)
	case w.Backups < 0 || w.Backups > MaxBackups:
		return faction.Errorf(faction.Invalid, "A slot has from 0 to %d back-ups. Nothing was changed.", MaxBackups)
	case w.Reward < 0 || w.Reward > MaxReward:
		return faction.Errorf(faction.Invalid, "The reward per slot is from $0 to $1,000,000,000. Nothing was changed.")
	case !w.To.After(now):
		return faction.Errorf(faction.Invalid, "That rota would be over already. Nothing was changed.")
	case w.From.Sub(now) > 30*24*time.Hour:
		return faction.Errorf(faction.Invalid, "A rota begins within 30 days. Nothing was changed.")
	default:
		return nil
	}
}

// Span gives a watch from a moment on that covers at least so long, in whole slots.
func Span(from time.Time, covers, slot time.Duration) (to time.Time) {
	if slot <= 0 {
		return from
	}
	return from.Add((covers + slot - 1) / slot * slot)
}

// Overlaps tells whether two watches have a moment in common.
func (w Watch) Overlaps(o Watch) bool { return w.From.Before(o.To) && o.From.Before(w.To) }

// Over tells whether nothing can change about it any more at a moment.
func (w Watch) Over(at time.Time) bool { return !at.Before(w.To) || !w.Closed.IsZero() }

// Len is the number of slots.
func (w Watch) Len() int {
	if w.Slot <= 0 {
		return 0
	}
	return int(w.To.Sub(w.From) / w.Slot)
}

// Begins and Ends bound a slot: its end is the next one's begin.
func (w Watch) Begins(slot int) time.Time { return w.From.Add(time.Duration(slot) * w.Slot) }

// Ends is the first moment after a slot.
func (w Watch) Ends(slot int) time.Time { return w.Begins(slot + 1) }

// SlotAt is the slot of a moment; ok is false outside the watch.
func (w Watch) SlotAt(at time.Time) (slot int, ok bool) {
	if at.Before(w.From) || !at.Before(w.To) || w.Slot <= 0 {
		return 0, false
	}
	return int(at.Sub(w.From) / w.Slot), true
}

// Next is the first slot that is not over at a moment; Len when all are.
func (w Watch) Next(at time.Time) int {
	if slot, ok := w.SlotAt(at); ok {
		return slot
	}
	if at.Before(w.From) {
		return 0
	}
	return w.Len()
}

// Between lists the slots that have a moment in common with a stretch of time and are
// not over at now.
func (w Watch) Between(from, to, now time.Time) (slots []int) {
	for slot := w.Next(now); slot < w.Len(); slot++ {
		if w.Begins(slot).Before(to) && from.Before(w.Ends(slot)) {
			slots = append(slots, slot)
		}
	}
	return slots
}

// In lists who signed up for a slot: the watcher first, then the back-ups.
func (w Watch) In(slot int) (in []Sign) {
	for _, s := range w.Signs {
		if s.Slot == slot {
			in = append(in, s)
		}
	}
	slices.SortFunc(in, func(a, b Sign) int { return cmp.Compare(a.Rank, b.Rank) })
	return in
}

// Joined is what became of a wish to join.
type Joined struct {
	Watching, Backing, Full, Had []int // slots
}

// Join signs a member up for slots: as the watcher where there is none, else as a
// back-up where there is room. Slots that are over, unknown, full or theirs already are
// left as they are.
func (w *Watch) Join(p faction.PlayerID, name string, slots []int, now time.Time) (j Joined) {
	for _, slot := range slots {
		if slot < w.Next(now) || slot >= w.Len() {
			continue
		}
		in := w.In(slot)
		switch {
		case slices.ContainsFunc(in, func(s Sign) bool { return s.Player == p }):
			j.Had = append(j.Had, slot)
			continue
		case len(in) > w.Backups:
			j.Full = append(j.Full, slot)
			continue
		case len(in) == 0:
			j.Watching = append(j.Watching, slot)
		default:
			j.Backing = append(j.Backing, slot)
		}
		s := Sign{Slot: slot, Player: p, Name: name, Joined: now}
		if n := len(in); n > 0 {
			s.Rank = in[n-1].Rank + 1
		}
		w.Signs = append(w.Signs, s)
	}
	w.sort()
	return j
}

func (w *Watch) sort() {
	slices.SortFunc(w.Signs, func(a, b Sign) int { return cmp.Or(cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Rank, b.Rank)) })
}

// Leave takes a member out of slots that are not over, and tells which they were in.
func (w *Watch) Leave(p faction.PlayerID, slots []int, now time.Time) (left []int) {
	next := w.Next(now)
	w.Signs = slices.DeleteFunc(slices.Clone(w.Signs), func(s Sign) bool {
		gone := s.Player == p && s.Slot >= next && slices.Contains(slots, s.Slot)
		if gone {
			left = append(left, s.Slot)
		}
		return gone
	})
	return left
}

// Of lists a member's slots that are not over, watching and backing up.
func (w Watch) Of(p faction.PlayerID, now time.Time) (slots []int) {
	for _, s := range w.Signs {
		if s.Player == p && s.Slot >= w.Next(now) {
			slots = append(slots, s.Slot)
		}
	}
	return slots
}

// Stretch is a row of slots, the last one included.
type Stretch struct{ First, Last int }

// Gaps are the stretches without a watcher from now on.
func (w Watch) Gaps(now time.Time) (gaps []Stretch) {
	if !w.Closed.IsZero() {
		return nil
	}
	for slot := w.Next(now); slot < w.Len(); slot++ {
		if len(w.In(slot)) > 0 {
			continue
		}
		if n := len(gaps); n > 0 && gaps[n-1].Last == slot-1 {
			gaps[n-1].Last = slot
			continue
		}
		gaps = append(gaps, Stretch{slot, slot})
	}
	return gaps
}

// On is who is on watch at a moment; ok is false when nobody is.
func (w Watch) On(at time.Time) (watcher Sign, backups []Sign, ok bool) {
	slot, ok := w.SlotAt(at)
	if !ok || !w.Closed.IsZero() && !at.Before(w.Closed) {
		return Sign{}, nil, false
	}
	in := w.In(slot)
	if len(in) == 0 {
		return Sign{}, nil, false
	}
	return in[0], in[1:], true
}

// Duty is who watches over the chain at a moment.
type Duty struct {
	// On are the watcher and, when that one is silent, the back-ups.
	On []faction.PlayerID
	// Squad is whose rota it is, when nobody has taken this slot of it; its members, leads
	// first, stand by.
	Squad   string
	Standby []faction.PlayerID
}

// Time is how long each watcher was on watch within a stretch of time. Back-ups were not.
func (w Watch) Time(from, to time.Time) map[faction.PlayerID]time.Duration {
	out := map[faction.PlayerID]time.Duration{}
	if !w.Closed.IsZero() && w.Closed.Before(to) {
		to = w.Closed
	}
	for slot := range w.Len() {
		in := w.In(slot)
		begin, end := w.Begins(slot), w.Ends(slot)
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if len(in) > 0 && end.After(begin) {
			out[in[0].Player] += end.Sub(begin)
		}
	}
	return out
}

// Reminder is a watcher to be reminded of the slots that they watch in a row.
type Reminder struct {
	Player faction.PlayerID
	Stretch
}

// Remind lists the watchers to be reminded at now: once for slots in a row, from
// RemindAhead before the first on. Who took a slot so late that they know is not
// reminded of it; who moved up from back-up is.
func (w Watch) Remind(now time.Time) (list []Reminder) {
	if w.Over(now) {
		return nil
	}
	for slot := w.Next(now); slot < w.Len() && !w.Begins(slot).After(now.Add(RemindAhead)); slot++ {
		in := w.In(slot)
		if len(in) == 0 {
			continue
		}
		s := in[0]
		if !s.Reminded.IsZero() || s.Rank == 0 && !s.Joined.Before(w.Begins(slot).Add(-RemindAhead)) || w.watches(slot-1, s.Player) {
			continue
		}
		last := slot
		for w.watches(last+1, s.Player) {
			last++
		}
		list = append(list, Reminder{s.Player, Stretch{slot, last}})
	}
	return list
}

// Reminded is a reminder that was given, and when.
type Reminded struct {
	Reminder
	At time.Time
}

// Reminders lists those that were given, by their first slot.
func (w Watch) Reminders() (list []Reminded) {
	open := map[faction.PlayerID]int{} // of each player the latest in list
	for slot := range w.Len() {
		for _, s := range w.In(slot) {
			if s.Reminded.IsZero() {
				continue
			}
			if i, ok := open[s.Player]; ok && list[i].Last == slot-1 && list[i].At.Equal(s.Reminded) {
				list[i].Last = slot
				continue
			}
			open[s.Player] = len(list)
			list = append(list, Reminded{Reminder{s.Player, Stretch{slot, slot}}, s.Reminded})
		}
	}
	return list
}

// watches tells whether a player is a slot's watcher.
func (w Watch) watches(slot int, p faction.PlayerID) bool {
	in := w.In(slot)
	return len(in) > 0 && in[0].Player == p
}
