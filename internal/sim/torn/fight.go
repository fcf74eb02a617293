package torn

import (
	"math"
	"slices"
	"time"
)

// The two sides as indexes of evening.sides.
const (
	us = iota
	them
)

// order asks for one attack.
type order struct {
	side   int
	kind   Kind
	marks  Marks
	result string
	// target is a player to attack; nil lets the kind decide.
	target *player
	// by is who attacks; nil lets the kind decide.
	by       *player
	stealth  bool
	lowFight bool
	// free: a hit outside the chain that the generator gives no respect.
	free bool
}

// burstAt is the second in which the burst falls.
func (e *evening) burstAt() int64 {
	if e.w.cfg.Burst < 0 {
		return 0
	}
	return e.start + e.length*55/100
}

// play fights the war and decides when it ends.
func (e *evening) play(r *rankedWar) {
	horizon := e.length * 12 / 10
	if r.target > 0 {
		horizon = e.length * 2
	}
	script := e.script()
	e.edges(e.start)
	for t := e.start; t < e.start+horizon; t++ {
		for len(script) > 0 && script[0].at <= t {
			e.carryOut(script[0].order, t)
			script = script[1:]
		}
		if t == e.burstAt() {
			e.burst(t)
		}
		if e.scared(t) && t >= e.sides[us].last+chainGap-lastMoment {
			e.save(t)
		}
		for s := range e.sides {
			for n := e.draws(e.rate(s, t)); n > 0; n-- {
				e.carryOut(e.draw(s), t)
			}
		}
	}
	e.finish(r)
}

// draws turns a rate into a whole number of attacks in this second.
func (e *evening) draws(rate float64) int {
	n := int(rate)
	if e.rng.Float64() < rate-float64(n) {
		n++
	}
	return n
}

// lastMoment is how many seconds our chain has left when it is saved.
const lastMoment = 10

// scared tells whether our side rests at t, until somebody saves the chain. In a short war
// five minutes' rest would decide it.
func (e *evening) scared(t int64) bool {
	return e.length >= 7200 && e.saved == 0 && t >= e.start+e.length*60/100
}

// save is the hit that saves our chain, seen at once.
func (e *evening) save(t int64) {
	before := len(e.rows)
	e.carryOut(order{side: us, kind: WarHit}, t)
	d := &e.rows[before]
	d.Started, d.Visible, d.first = time.Unix(t-12, 0).UTC(), time.Unix(t+1, 0).UTC(), nil
	e.saved, e.savedBy = t, d.Attacker
}

// rate is how many attacks a side makes a second: a rush at the start, a lull in
// which our chain breaks, another in which it is saved, sprints in which chains are sure
// to reach 25, a last push.
func (e *evening) rate(s int, t int64) float64 {
	share := [2]float64{0.61, 0.39}
	if e.w.cfg.EnemyWins {
		share[us], share[them] = share[them], share[us]
	}
	base := 2200 * e.w.cfg.Intensity * share[s] / float64(3*3600)
	at := float64(t-e.start) / float64(e.length)
	if s == us && e.length >= 1800 {
		if lull := e.start + e.length*42/100; t >= lull && t < lull+chainGap+40 || e.scared(t) {
			return 0
		}
	}
	for _, sprint := range [...]float64{0.10, 0.52} {
		if begin := e.start + int64(sprint*float64(e.length)) + int64(s)*180; t >= begin && t < begin+150 {
			return max(base, 0.3)
		}
	}
	switch {
	case at < 0.06:
		return base * 1.8
	case at > 0.9:
		return base * 1.3
	default:
		return base
	}
}

// draw picks what kind of attack a side makes next.
func (e *evening) draw(s int) order {
	o := order{side: s}
	switch n := e.rng.IntN(1000); {
	case n < 740:
		o.kind = WarHit
		o.marks.Overseas = e.rng.IntN(50) == 0
		o.marks.Group = e.rng.IntN(40) == 0
		o.marks.Warlord = e.rng.IntN(45) == 0
		o.marks.FlagDiffers = e.rng.IntN(400) == 0
		o.lowFight = e.rng.IntN(8) == 0
	case n < 800:
		o.kind = OutsideHit
	case n < 820:
		o.kind = NoScore
	case n < 875:
		o.kind = Assist
	case n < 930:
		o.kind = Lost
	case n < 955:
		o.kind = Stalemate
	case n < 970:
		o.kind = Escape
	case n < 980:
		o.kind = Timeout
	case n < 994:
		o.kind = Interrupted
	case n < 997:
		o.kind = Other
	default:
		o.kind, o.result = Other, "Ambushed"
	}
	if s == them {
		if o.stealth = e.rng.IntN(16) == 0; o.stealth {
			o.marks.FlagDiffers = false // with neither name nor flag nobody could tell it from a stranger's
		}
		if o.kind == OutsideHit { // whom they hit elsewhere is not in our log
			o.by = e.outsiders[e.rng.IntN(len(e.outsiders))]
			if e.rng.IntN(3) == 0 {
				o.kind = Lost
			}
		}
	}
	return o
}

// carryOut makes an order an attack that ends at t.
func (e *evening) carryOut(o order, t int64) {
	s, foe := &e.sides[o.side], &e.sides[1-o.side]
	from := o.by
	if from == nil {
		from = e.fighter(s, o.kind, t)
	}
	to := o.target
	if to == nil && o.kind == WarHit && o.by == nil {
		to = e.avenge(s, &o, t)
	}
	if to == nil {
		to = e.victim(foe, t)
	}
	if o.side == us && o.target == nil && o.kind == WarHit && !e.wasted && s.next(t) == 25 && e.mayWaste(t) {
		e.wasted = true
		o.kind, o.marks, o.lowFight = OutsideHit, Marks{}, false
	}
	if o.side == us && o.kind == OutsideHit && o.target == nil {
		to = e.outsiders[e.rng.IntN(len(e.outsiders))]
	}
	if o.marks.Retaliation = o.marks.Retaliation && s.owed(to.id, t); o.marks.Retaliation { // taken: nobody else may
		s.open = without(s.open, to.id)
	}
	foe.open = without(foe.open, from.id) // whoever attacks again owes anew, or nothing
	a := Attack{Attacker: from.id, Defender: to.id, Kind: o.kind, Marks: o.marks, Result: o.result, Stealthed: o.stealth,
		Ended: time.Unix(t, 0).UTC(), Started: time.Unix(t-e.fightTime(), 0).UTC(), FairFight: e.fairFight(from, to, o.lowFight)}
	if a.Result == "" {
		a.Result = e.spelling(o.kind)
	}
	e.reward(s, &a, from, to, o, t)
	e.consequences(foe, &a, to, t)
	e.rows = append(e.rows, e.surface(a, t))
}

// mayWaste tells from when on our bonus may go to an outsider.
func (e *evening) mayWaste(t int64) bool { return e.length < 1800 || t > e.start+e.length*42/100 }

// next is the chain counter the side's next hit would have at t.
func (s *side) next(t int64) int {
	if s.count == 0 || t-s.last > chainGap {
		return 1
	}
	return s.count + 1
}

// reward gives a hit its respect and its place in the chain.
func (e *evening) reward(s *side, a *Attack, from, to *player, o order, t int64) {
	if a.Kind != WarHit && a.Kind != OutsideHit || o.free {
		return
	}
	outsider := from.faction != e.ours.id && from.faction != e.theirs.id
	if !outsider {
		a.Chain = s.next(t)
		s.count, s.last = a.Chain, t
	}
	war := a.Kind == WarHit && t >= e.start
	m := a.modifiers(war)
	respect := (math.Log(float64(max(2, to.level))) + 1) / 4 * m.FairFight * m.War * m.Retaliation * m.Group * m.Overseas * m.Chain * m.Warlord
	if a.Result == "Mugged" {
		respect *= 0.75
	}
	plain := max(1, hundredths(respect))
	a.Respect, a.RespectLoss = plain+a.bonus(), max(1, plain*9/10)
}

// consequences are a stay in hospital and a grudge.
func (e *evening) consequences(foe *side, a *Attack, to *player, t int64) {
	if a.Result == "Hospitalized" && a.Kind.isHit() {
		to.hospitalize(stay{from: t, until: t + 240 + e.rng.Int64N(900), by: e.w.players[a.Attacker].name})
	}
	if a.Kind == WarHit && a.Respect > 0 && !a.Stealthed {
		foe.open = append(foe.open, grudge{a.Attacker, t + retalWindow})
	}
}

// retalWindow is how many seconds a hit may be answered with the bonus.
const retalWindow = 300

// owed tells whether a player hit this side within the window before t.
func (s *side) owed(player, t int64) bool {
	return slices.ContainsFunc(s.open, func(g grudge) bool { return g.player == player && g.until-retalWindow < t && t <= g.until })
}

func without(open []grudge, player int64) []grudge {
	return slices.DeleteFunc(open, func(g grudge) bool { return g.player == player })
}

// avenge looks for somebody to retaliate against and marks the order so.
func (e *evening) avenge(s *side, o *order, t int64) *player {
	s.open = slices.DeleteFunc(s.open, func(g grudge) bool { return g.until < t })
	if len(s.open) == 0 || !o.marks.Retaliation && e.rng.IntN(5) != 0 {
		o.marks.Retaliation = false
		return nil
	}
	i := e.rng.IntN(len(s.open))
	p := e.w.players[s.open[i].player]
	if _, in := p.inHospital(t); in && !o.marks.Retaliation {
		return nil
	}
	if !s.owed(p.id, t) { // in the second in which they hit
		return nil
	}
	o.marks.Retaliation, o.marks.FlagDiffers = true, false
	return p
}

// fighter picks who attacks: recruits earn nothing, so they make the no-score
// hits; a third of the roster does two thirds of the work.
func (e *evening) fighter(s *side, k Kind, t int64) *player {
	if k == NoScore && len(s.recruits) > 0 {
		return s.recruits[e.rng.IntN(len(s.recruits))]
	}
	var p *player
	for range 8 {
		n := len(s.fighters)
		if e.rng.IntN(3) > 0 {
			n = max(1, n/3)
		}
		p = s.fighters[e.rng.IntN(n)]
		_, hurt := p.inHospital(t)
		_, away := e.w.travel(p, t)
		if !hurt && !away {
			break
		}
	}
	return p
}

// victim picks whom to attack, somebody on his feet when there is one.
func (e *evening) victim(foe *side, t int64) *player {
	var p *player
	for range 8 {
		p = foe.all[e.rng.IntN(len(foe.all))]
		_, hurt := p.inHospital(t)
		_, away := e.w.travel(p, t)
		if !hurt && !away {
			break
		}
	}
	return p
}

// fightTime is how long a fight took; a few go on for nearly the five minutes allowed.
func (e *evening) fightTime() int64 {
	if e.rng.IntN(40) == 0 {
		return 200 + e.rng.Int64N(95)
	}
	return 3 + e.rng.Int64N(60)
}

func (e *evening) fairFight(from, to *player, low bool) int64 {
	if low {
		return 100 + e.rng.Int64N(50)
	}
	return min(300, max(150, 225+int64(to.strength-from.strength)+e.rng.Int64N(60)-30))
}

// spelling is the result a kind shows as, hits in the mix of a war.
func (e *evening) spelling(k Kind) string {
	if k == Other {
		return "None"
	}
	if !k.isHit() {
		return k.result()
	}
	switch n := e.rng.IntN(100); {
	case n < 60:
		return "Hospitalized"
	case n < 82:
		return "Attacked"
	case n < 97:
		return "Mugged"
	case n < 98:
		return "Arrested"
	case n < 99:
		return "Special"
	default:
		return "Bounty"
	}
}

// surface decides when the row appears, and how it reads at first.
func (e *evening) surface(a Attack, t int64) draft {
	visible := t + e.rng.Int64N(4)
	if e.rng.IntN(40) == 0 {
		visible = t + 60 + e.rng.Int64N(180)
	}
	a.Visible = time.Unix(visible, 0).UTC()
	if e.rng.IntN(50) == 0 {
		return e.revised(a, e.rng.IntN(4))
	}
	return draft{Attack: a}
}

// revised gives a row a first reading that will turn out wrong.
func (e *evening) revised(a Attack, how int) draft {
	if a.bonus() > 0 {
		return draft{Attack: a}
	}
	first := a
	a.Visible = a.Visible.Add(time.Duration(20+e.rng.IntN(80)) * time.Second)
	scores := a.Kind == WarHit || a.Kind == OutsideHit
	switch {
	case how == 0: // still being written: no end, no result, nothing earned
		first.Kind, first.Marks, first.Result, first.Chain = Other, Marks{}, "None", 0
		first.NoEnd, first.Ended, first.Respect, first.RespectLoss = true, time.Time{}, 0, 0
	case how == 1 && scores && a.Respect > 100:
		first.Respect -= 1 + e.rng.Int64N(90)
	case how == 2 && scores && a.Result == "Hospitalized":
		first.Result = "Attacked"
	default:
		first.Ended = a.Ended.Add(-2 * time.Second)
	}
	return draft{Attack: a, first: &first}
}
