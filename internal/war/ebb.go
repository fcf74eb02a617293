package war

import "time"

// Ebb is a stretch of a war in which our lead shrinks, or theirs grows, while members
// of ours could fight and do not. It is told once.
type Ebb struct {
	War ID
	// Began is when it was noticed, at which lead; zero: there has been none.
	Began time.Time
	Lead  int64
	// Over is when the lead had stopped falling; zero: it goes on.
	Over time.Time
}

const (
	// EbbOver is the time over which the lead is compared.
	EbbOver = 30 * time.Minute
	// An ebb begins with a loss of so many percent of the target, and of so many points
	// at least, while so many members could do something about it.
	ebbPercent, ebbPoints, ebbSlack = 2, 30, 3
	// ebbRest is how long after the beginning of one the next may begin.
	ebbRest = 2 * time.Hour
)

// EbbChange is what a look makes of an ebb.
type EbbChange int

// The changes.
const (
	EbbSame EbbChange = iota
	EbbBegins
	EbbEnds
)

// Next follows the ebb. recent holds the score over the last EbbOver, and the last
// sample before that. lost is how many points the lead fell in that time.
func (e Ebb) Next(w War, recent []Sample, s Slack, now time.Time) (next Ebb, c EbbChange, lost int64) {
	next = e
	next.War = w.ID
	lost, known := fell(recent, now)
	open := !e.Began.IsZero() && e.Over.IsZero()
	switch {
	case open && (known && lost <= 0 || w.Phase(now) != Active):
		next.Over = now
		return next, EbbEnds, lost
	case open, w.Phase(now) != Active, !e.Began.IsZero() && now.Sub(e.Began) < ebbRest,
		lost < max(ebbPoints, w.Target/100*ebbPercent), s.Len() < ebbSlack:
		return next, EbbSame, lost
	default:
		return Ebb{War: w.ID, Began: now, Lead: w.Lead()}, EbbBegins, lost
	}
}

// fell is how many points our lead lost over the last EbbOver; known is false, and lost
// 0, when that cannot be told: it was not looked at for so long, or not at that time.
func fell(recent []Sample, now time.Time) (lost int64, known bool) {
	from := now.Add(-EbbOver)
	if len(recent) == 0 || recent[0].At.After(from.Add(time.Minute)) {
		return 0, false
	}
	i, known := heldUntil(recent, from)
	if !known {
		return 0, false
	}
	first, last := recent[i], recent[len(recent)-1]
	return (first.Us - first.Them) - (last.Us - last.Them), true
}
