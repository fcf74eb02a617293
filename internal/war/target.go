package war

import "time"

// How a target falls (game.md, Ranked wars).
const (
	targetStands = 24 * time.Hour  // the target is the original one this long
	targetGone   = 123 * time.Hour // from then on it is zero
)

// DecayedTarget is the lead needed at a moment of a war that began at start: the
// original target for 24 hours, then original × (123 − ⌊h⌋)/100 in whole points,
// so that the first percent falls at hour 24 and nothing is left at hour 123.
func DecayedTarget(original int64, start, at time.Time) int64 {
	h := at.Sub(start)
	switch {
	case original <= 0 || h >= targetGone:
		return 0
	case h < targetStands:
		return original
	}
	return percentOf(original, 123-int64(h/time.Hour))
}

// shownLate is how old a target may be that Torn shows, in its cache and on its way.
const shownLate = time.Minute

// ByRule is what the target should be by the rule at the moment at which it was seen;
// agrees is false when Torn shows another one. The first percent, the hour of a fall and
// whole points are allowed for: the original of a war that was first seen late is an estimate.
func (w War) ByRule() (want int64, agrees bool) {
	if w.OriginalTarget <= 0 || !w.End.IsZero() || w.SeenAt.Sub(w.Start) < targetStands {
		return w.Target, true
	}
	near := max(1, w.OriginalTarget/200) // half of what falls in an hour
	want = DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
	for _, at := range []time.Time{w.SeenAt.Add(-shownLate), w.SeenAt, w.SeenAt.Add(shownLate)} {
		if off := w.Target - DecayedTarget(w.OriginalTarget, w.Start, at); -near <= off && off <= near {
			return want, true
		}
	}
	return want, false
}

// NewHour tells that a look is the first in an hour of the war, its first minute left out.
func NewHour(before, seen War) bool {
	hour := func(w War) time.Duration { return w.SeenAt.Add(-shownLate).Sub(w.Start).Truncate(time.Hour) }
	return hour(before) != hour(seen)
}

// nextFall is when a target falls after a moment.
func nextFall(start, now time.Time) time.Time {
	return later(start.Add(targetStands), start.Add(now.Sub(start).Truncate(time.Hour)+time.Hour))
}

// percentOf is ⌊n × percent / 100⌋ without overflow.
func percentOf(n, percent int64) int64 { return n/100*percent + n%100*percent/100 }

// OriginalTarget is the target a war began with, told from the one Torn shows at a
// moment. In the first 24 hours that is the shown one itself. Later it is the
// smallest that the rule above takes to the shown one: an estimate, since whole
// points were cut off. From hour 123 nothing can be told and it is 0.
func OriginalTarget(shown int64, start, at time.Time) int64 {
	h := at.Sub(start)
	switch {
	case shown <= 0 || h >= targetGone:
		return 0
	case h < targetStands:
		return shown
	}
	percent := 123 - int64(h/time.Hour)
	return (shown*100 + percent - 1) / percent
}

// Observe adds to a fresh look at a war what Torn does not tell each time and we
// have on record: the original target, whether it is tracked, and when its report
// and its last re-read were stored. An end once known stays. before is nil at the
// first look.
func Observe(before *War, seen War) War {
	if before != nil {
		if seen.End.IsZero() && !before.End.IsZero() {
			seen.End, seen.Winner = before.End, before.Winner
		}
		seen.OriginalTarget = before.OriginalTarget
		seen.Tracked, seen.ReportAt, seen.FinalAt = before.Tracked, before.ReportAt, before.FinalAt
		seen.WholeAt, seen.CutAt = before.WholeAt, before.CutAt
	}
	if seen.OriginalTarget == 0 {
		seen.OriginalTarget = OriginalTarget(seen.Target, seen.Start, seen.SeenAt)
	}
	return seen
}
