package torn

import (
	"cmp"
	"slices"
	"time"
)

// cue is an order with its moment.
type cue struct {
	at    int64
	order order
}

// script makes sure that every class and mark of the game occurs early in the
// war, whatever the seed and the intensity.
func (e *evening) script() []cue {
	mine, foes := &e.sides[us], &e.sides[them]
	outsider := func() *player { return e.outsiders[e.rng.IntN(len(e.outsiders))] }
	recruit := mine.recruits[0]
	acts := [][]order{
		{{side: us, kind: WarHit, result: "Mugged"}}, {{side: us, kind: WarHit, result: "Arrested"}},
		{{side: us, kind: WarHit, result: "Special"}}, {{side: us, kind: OutsideHit, result: "Bounty"}},
		{{side: us, kind: OutsideHit, result: "Looted"}}, {{side: us, kind: OutsideHit}},
		{{side: us, kind: NoScore, by: recruit}}, {{side: us, kind: NoScore, by: recruit, target: outsider()}},
		{{side: us, kind: Assist}}, {{side: us, kind: Lost}}, {{side: us, kind: Stalemate}}, {{side: us, kind: Escape}},
		{{side: us, kind: Timeout}}, {{side: us, kind: Interrupted}}, {{side: us, kind: Other}},
		{{side: us, kind: Other, result: "Ambushed"}},
		{{side: us, kind: WarHit, marks: Marks{Overseas: true}}}, {{side: us, kind: WarHit, marks: Marks{Group: true}}},
		{{side: us, kind: WarHit, marks: Marks{Warlord: true}}}, {{side: us, kind: WarHit, lowFight: true}},
		{{side: us, kind: WarHit, marks: Marks{FlagDiffers: true}, by: mine.fighters[3], target: foes.fighters[4]}},
		{{side: us, kind: OutsideHit, marks: Marks{FlagDiffers: true}, target: outsider()}},
		{{side: us, kind: OutsideHit, by: mine.fighters[5], target: mine.fighters[6]}},
		{{side: us, kind: NoScore, free: true, by: mine.fighters[7], target: mine.fighters[6]}},
		// A hit on us, and the answer to it.
		{{side: them, kind: WarHit, by: foes.fighters[2]}, {side: us, kind: WarHit, marks: Marks{Retaliation: true},
			by: mine.fighters[2], target: foes.fighters[2], result: "Hospitalized"}},
		{{side: them, kind: WarHit, by: foes.fighters[3]}, {side: us, kind: WarHit, marks: Marks{Retaliation: true},
			by: mine.fighters[4], target: foes.fighters[3], result: "Mugged"}},
		// A hit on us that nobody answers: the end of a retaliation window.
		{{side: them, kind: WarHit, by: foes.fighters[5], result: "Hospitalized"}},
		{{side: them, kind: WarHit, stealth: true}}, {{side: them, kind: Lost, stealth: true}},
		{{side: them, kind: Lost}}, {{side: them, kind: Stalemate}}, {{side: them, kind: Escape}},
		{{side: them, kind: Timeout}}, {{side: them, kind: Interrupted}}, {{side: them, kind: Assist}},
		{{side: them, kind: Other, result: "Ambushed"}},
		{{side: them, kind: WarHit, marks: Marks{Overseas: true}}}, {{side: them, kind: WarHit, marks: Marks{Warlord: true}}},
		{{side: them, kind: OutsideHit, by: outsider()}}, {{side: them, kind: Lost, by: outsider()}},
	}
	e.rng.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
	var cues []cue
	for i, act := range acts {
		at := e.start + e.length*3/100 + int64(i)*e.length*36/100/int64(len(acts))
		for k, o := range act {
			cues = append(cues, cue{at + int64(k)*45, o})
		}
	}
	slices.SortStableFunc(cues, func(a, b cue) int { return cmp.Compare(a.at, b.at) })
	return cues
}

// burst makes many attacks start and end in the same second.
func (e *evening) burst(t int64) {
	for i := range e.w.cfg.Burst {
		o := order{side: us, kind: WarHit}
		switch {
		case i%5 == 3:
			o.side = them
		case i%5 == 4:
			o.side, o.kind = them, Lost
		case i%9 == 0:
			o.kind = Assist
		}
		before := len(e.rows)
		e.carryOut(o, t)
		d := &e.rows[before]
		d.Started, d.Visible, d.first = time.Unix(t-12, 0).UTC(), time.Unix(t+1, 0).UTC(), nil
	}
}

// edges puts fights on the very first second of the war and just before it.
func (e *evening) edges(start int64) {
	for _, end := range []int64{start - 1, start} {
		for s := range e.sides {
			before := len(e.rows)
			e.carryOut(order{side: s, kind: WarHit, free: end < start}, end)
			d := &e.rows[before]
			d.Started, d.Visible, d.first = time.Unix(start-30, 0).UTC(), time.Unix(end+2, 0).UTC(), nil
		}
	}
}

// outsideHit is a hit of a side on somebody outside the war, in no chain.
func (e *evening) outsideHit(s int, t int64) Attack {
	from := e.sides[s].fighters[e.rng.IntN(len(e.sides[s].fighters))]
	to := e.outsiders[e.rng.IntN(len(e.outsiders))]
	at := time.Unix(t, 0).UTC()
	return Attack{Attacker: from.id, Defender: to.id, Kind: OutsideHit, Result: e.spelling(OutsideHit), Ended: at,
		Started: at.Add(-time.Duration(e.fightTime()) * time.Second), Visible: at.Add(2 * time.Second),
		FairFight: e.fairFight(from, to, false), Respect: 50 + e.rng.Int64N(300)}
}

// finish finds the second in which the lead reaches the target, cuts the log
// there and adds what happens at and after the end.
func (e *evening) finish(r *rankedWar) {
	slices.SortStableFunc(e.rows, func(a, b draft) int { return a.Ended.Compare(b.Ended) })
	if r.target == 0 {
		_, _, best := e.lead(1<<62, e.start+e.length)
		r.target = max(10, best/1000*10) // a round number just below, in points
	}
	end, winner, _ := e.lead(r.target*100, 1<<62)
	if end == 0 {
		if e.w.cfg.Target > 0 {
			return // never reached: the war stays open
		}
		end, winner = e.start+e.length, 0
	}
	r.end, r.endVisible = end, end+3
	r.winner = []int64{e.ours.id, e.theirs.id}[winner]
	e.cut(r)
	e.aftermath(r)
}

// lead walks through the war hits in the order of their ends up to the moment
// until, and returns the first at which either side leads by enough hundredths,
// who leads, and the best lead seen.
func (e *evening) lead(enough, until int64) (at int64, who int, best int64) {
	sums := [2]int64{}
	for i, d := range e.rows {
		t := d.Ended.Unix()
		if t > until {
			break
		}
		if d.Kind != WarHit || t < e.start {
			continue
		}
		side := us
		if e.w.players[d.Attacker].faction == e.theirs.id {
			side = them
		}
		sums[side] += d.Respect
		if i+1 < len(e.rows) && e.rows[i+1].Ended.Unix() == t {
			continue // the whole second counts
		}
		for k := range sums {
			l := sums[k] - sums[1-k]
			if best = max(best, l); l >= enough {
				return t, k, best
			}
		}
	}
	return 0, -1, best
}

// cut drops what would have happened after the war but for the last blows, and
// sees to it that the score is settled when the end shows.
func (e *evening) cut(r *rankedWar) {
	shown := time.Unix(r.endVisible, 0).UTC()
	e.rows = slices.DeleteFunc(e.rows, func(d draft) bool { return d.Ended.Unix() > r.end+60 })
	for i := range e.rows {
		d := &e.rows[i]
		if d.Ended.Unix() > r.end {
			d.first = nil
			d.Visible = laterOf(d.Visible, shown.Add(2*time.Second))
		} else if d.Kind == WarHit && d.Visible.After(shown) {
			d.Visible = shown
			if d.first != nil && d.first.Visible.After(shown) {
				d.first = nil
			}
		}
	}
}

// aftermath adds attacks on and after the last second, two of which appear only
// minutes later, and the quiet hour that follows.
func (e *evening) aftermath(r *rankedWar) {
	end := time.Unix(r.end, 0).UTC()
	mine, foes := e.sides[us].fighters, e.sides[them].fighters
	add := func(kind Kind, from, to *player, ended, visible time.Duration) {
		a := Attack{Attacker: from.id, Defender: to.id, Kind: kind, Ended: end.Add(ended), Started: end.Add(ended - 40*time.Second),
			Visible: end.Add(visible), Result: kind.result(), FairFight: 180}
		if kind == OutsideHit {
			a.Respect = 133
		}
		e.rows = append(e.rows, draft{Attack: a})
	}
	add(Assist, mine[2], foes[2], 0, 1*time.Second)
	add(OutsideHit, mine[3], e.outsiders[0], 0, 2*time.Second)
	add(OutsideHit, mine[4], e.outsiders[1], -5*time.Second, 150*time.Second)
	add(Lost, foes[3], mine[5], -12*time.Second, 170*time.Second)
	add(Lost, mine[6], foes[4], time.Second, 6*time.Second)
	for range 40 {
		e.rows = append(e.rows, draft{Attack: e.outsideHit(us, r.end+500+e.rng.Int64N(3600))})
	}
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
