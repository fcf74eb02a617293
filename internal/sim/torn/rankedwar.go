package torn

import (
	"errors"
	"fmt"
	"sort"
	"time"
)

// Errors of the methods that build a world by hand.
var (
	errUnknownFaction = errors.New("no such faction in this world")
	errUnknownPlayer  = errors.New("no such player in this world")
	errUnknownWar     = errors.New("no such war in this world")
	errWarOver        = errors.New("the war is over")
)

// rankedWar is one war between factions a and b.
type rankedWar struct {
	id, a, b       int64
	matched, start int64 // matched: when it can first be seen
	target         int64 // as announced
	end            int64 // 0: open
	endVisible     int64
	winner         int64
	forfeit        bool
	old            *oldWar  // fought before the attack log begins
	books          []booked // what its report has more than the attack log
	scores         scoreTimeline
}

// oldWar holds the figures of a war whose attacks nobody kept.
type oldWar struct{ members map[int64]oldLine }

type oldLine struct{ attacks, score int64 } // score in hundredths

// over tells whether Torn shows the war as ended at v.
func (r *rankedWar) over(v int64) bool { return r.end != 0 && v >= r.endVisible }

// endAt is the end as Torn shows it at v, 0 while it shows none.
func (r *rankedWar) endAt(v int64) int64 {
	if r.over(v) {
		return r.end
	}
	return 0
}

// contains tells whether a moment counts for the war as it looks at v.
func (r *rankedWar) contains(at, v int64) bool {
	end := r.endAt(v)
	return at >= r.start && (end == 0 || at <= end)
}

// targetAt is the lead needed at v: the announced target for 24 hours, then a
// hundredth less at each full hour (game.md, Ranked wars).
func (r *rankedWar) targetAt(v int64) int64 {
	if end := r.endAt(v); end != 0 {
		v = end
	}
	hours := (v - r.start) / 3600
	if v < r.start || hours < 24 {
		return r.target
	}
	return r.target * max(0, 123-hours) / 100
}

// touches tells whether a row is between the two sides of the war.
func (r *rankedWar) touches(a *Attack) bool {
	return a.attackerFaction == r.a && a.defenderFaction == r.b || a.attackerFaction == r.b && a.defenderFaction == r.a
}

// scoreTimeline is both sides' score as a function of what could be seen.
type scoreTimeline struct {
	steps []scoreStep // sorted by visible; sums up to and including this one
	log   []*attack   // every attack between the two sides
	dirty bool
}

type scoreStep struct{ visible, a, b int64 }

func (s *scoreTimeline) add(r *rankedWar, rec *attack) {
	row := rec.versions[0].row
	if r.old != nil || !r.touches(row) {
		return
	}
	s.log = append(s.log, rec)
	n := len(s.steps)
	if s.dirty || n > 0 && s.steps[n-1].visible > rec.versions[0].visible {
		s.dirty = true
		return
	}
	s.push(r, row, rec.versions[0].visible, 1)
}

// push counts a reading of a row in (sign 1) or out again (sign -1).
func (s *scoreTimeline) push(r *rankedWar, row *Attack, visible, sign int64) {
	if row.Kind != WarHit || row.counted() < r.start || r.end != 0 && row.counted() > r.end {
		return
	}
	step := scoreStep{visible: visible}
	if n := len(s.steps); n > 0 {
		step.a, step.b = s.steps[n-1].a, s.steps[n-1].b
	}
	if row.attackerFaction == r.a {
		step.a += sign * row.Respect
	} else {
		step.b += sign * row.Respect
	}
	s.steps = append(s.steps, step)
}

func (s *scoreTimeline) build(r *rankedWar) {
	if !s.dirty {
		return
	}
	type reading struct {
		visible, sign int64
		row           *Attack
	}
	var all []reading
	for _, rec := range s.log {
		for i, v := range rec.versions {
			if i > 0 {
				all = append(all, reading{v.visible, -1, rec.versions[i-1].row})
			}
			all = append(all, reading{v.visible, 1, v.row})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].visible < all[j].visible })
	s.steps, s.dirty = s.steps[:0], false
	for _, x := range all {
		s.push(r, x.row, x.visible, x.sign)
	}
}

// scoreAt is what sides a and b have at v, in hundredths.
func (r *rankedWar) scoreAt(v int64) (a, b int64) {
	if r.old != nil {
		return 0, 0
	}
	r.scores.build(r)
	steps := r.scores.steps
	i := sort.Search(len(steps), func(i int) bool { return steps[i].visible > v })
	if i > 0 {
		a, b = steps[i-1].a, steps[i-1].b
	}
	for _, x := range r.books {
		if x.faction == r.a {
			a += x.score
		} else {
			b += x.score
		}
	}
	return a, b
}

// StartWar announces a war between two factions at once and returns its id. start
// may lie in the past or the future; target is the lead that wins. It does not end
// by itself: EndWar ends it.
func (w *World) StartWar(a, b int64, start time.Time, target int64) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.groups[a] == nil || w.groups[b] == nil || a == b {
		return 0, fmt.Errorf("start a war of %d and %d: %w", a, b, errUnknownFaction)
	}
	w.lastID++
	now := w.now()
	w.openWar(&rankedWar{id: w.lastID, a: a, b: b, matched: min(now, start.Unix()), start: start.Unix(), target: target})
	return w.lastID, nil
}

// openWar files a war and the attacks already there between its sides.
func (w *World) openWar(r *rankedWar) {
	w.wars[r.id] = r
	if r.old != nil {
		return
	}
	for _, rec := range w.groups[r.a].log.byTime {
		if r.touches(rec.versions[0].row) {
			r.scores.log = append(r.scores.log, rec)
		}
	}
	r.scores.dirty = true
}

// EndWar ends a war at a moment with a winner (0 for a draw); it shows at once.
func (w *World) EndWar(id int64, at time.Time, winner int64) error {
	return w.endWar(id, at, winner, false)
}

// ForfeitWar ends a war because one side gave up.
func (w *World) ForfeitWar(id int64, at time.Time, winner int64) error {
	return w.endWar(id, at, winner, true)
}

func (w *World) endWar(id int64, at time.Time, winner int64, forfeit bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.wars[id]
	if r == nil {
		return fmt.Errorf("end war %d: %w", id, errUnknownWar)
	}
	if r.over(w.view(w.now())) {
		return fmt.Errorf("end war %d: %w", id, errWarOver)
	}
	r.end, r.winner, r.forfeit = at.Unix(), winner, forfeit
	r.endVisible = max(r.end, w.now())
	r.scores.dirty = true
	return nil
}

// warsOf lists the wars of a faction that can be seen at v, the newest first.
func (w *World) warsOf(faction, v int64) []*rankedWar {
	var out []*rankedWar
	for _, r := range w.wars {
		if (r.a == faction || r.b == faction || faction == 0) && r.matched <= v {
			out = append(out, r)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].start != out[j].start {
			return out[i].start > out[j].start
		}
		return out[i].id > out[j].id
	})
	return out
}

// current is the war /faction/wars shows: upcoming, running, or over for a few minutes.
func (w *World) current(faction, v int64) *rankedWar {
	linger := int64(w.cfg.RankedLingers / time.Second)
	for _, r := range w.warsOf(faction, v) {
		if !r.over(v) || v < r.endVisible+linger {
			return r
		}
	}
	return nil
}

// reported tells whether the official report of the war is out at v.
func (w *World) reported(r *rankedWar, v int64) bool {
	return r.over(v) && v >= r.endVisible+int64(w.cfg.ReportAfter/time.Second)
}
