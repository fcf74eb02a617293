package torn

import "time"

// Tally is what one player did and suffered inside a war. Respect is in
// hundredths. Every attack is in exactly one class; marks are counted for hits.
type Tally struct {
	// Attacks made; each in exactly one of the ten classes.
	Attacks, WarHits, OutsideHits, NoScore, Assists           int64
	Losses, Stalemates, Escapes, Timeouts, Interrupted, Other int64
	// Marks on hits.
	Retaliations, Overseas, Group, ChainBonuses, WastedBonuses int64
	Warlord, LowFairFight, Friendly, FirstOfChain, FlagDiffers int64
	// Suffered.
	HitsTaken, Defended int64
	// WarRespect and OutsideRespect include the chain bonus, BonusRespect is that
	// bonus alone.
	WarRespect, OutsideRespect, BonusRespect, RespectLost int64
	// FairFightSum is the sum of the hits' fair-fight modifiers in hundredths.
	FairFightSum int64
	Energy       int64
}

// add sums two tallies.
func (t *Tally) add(o Tally) {
	for _, f := range [...]struct {
		sum *int64
		n   int64
	}{
		{&t.Attacks, o.Attacks}, {&t.WarHits, o.WarHits}, {&t.OutsideHits, o.OutsideHits}, {&t.NoScore, o.NoScore},
		{&t.Assists, o.Assists}, {&t.Losses, o.Losses}, {&t.Stalemates, o.Stalemates}, {&t.Escapes, o.Escapes},
		{&t.Timeouts, o.Timeouts}, {&t.Interrupted, o.Interrupted}, {&t.Other, o.Other}, {&t.Retaliations, o.Retaliations},
		{&t.Overseas, o.Overseas}, {&t.Group, o.Group}, {&t.ChainBonuses, o.ChainBonuses}, {&t.WastedBonuses, o.WastedBonuses},
		{&t.Warlord, o.Warlord}, {&t.LowFairFight, o.LowFairFight}, {&t.Friendly, o.Friendly},
		{&t.FirstOfChain, o.FirstOfChain}, {&t.FlagDiffers, o.FlagDiffers}, {&t.HitsTaken, o.HitsTaken},
		{&t.Defended, o.Defended}, {&t.WarRespect, o.WarRespect}, {&t.OutsideRespect, o.OutsideRespect},
		{&t.BonusRespect, o.BonusRespect}, {&t.RespectLost, o.RespectLost}, {&t.FairFightSum, o.FairFightSum},
		{&t.Energy, o.Energy},
	} {
		*f.sum += f.n
	}
}

// SideFigures is one faction's half of the scoreboard.
type SideFigures struct {
	Faction int64
	Name    string
	Score   int64 // whole points, as /faction/wars shows it
	Chain   int
	Total   Tally
	// Members by player id; whoever did and suffered nothing is not in it. Player
	// 0 of the enemy is all stealthed attackers together.
	Members map[int64]Tally
}

// Figures is what a scoreboard should say at a moment, from what could be seen then.
type Figures struct {
	At    time.Time
	WarID int64
	// Phase is "scheduled", "active" or "ended"; empty while the war cannot be seen.
	Phase                  string
	Start, End             time.Time // End is zero while none is shown
	Target, OriginalTarget int64
	Lead                   int64 // our score minus theirs
	Winner                 int64
	Us, Them               SideFigures
	// Visible is how many rows of our attack log could be seen, changed ones once.
	Visible int64
}

// Figures tells what a scoreboard of the scenario's war should say at a moment.
// It counts what the generator meant each attack to be; it does not read rows.
func (w *World) Figures(at time.Time) Figures {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.figures(w.plan.WarID, w.plan.OurFaction, at)
}

// FiguresOf is Figures for any war, seen from one of its sides.
func (w *World) FiguresOf(war, side int64, at time.Time) Figures {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.figures(war, side, at)
}

func (w *World) figures(war, side int64, at time.Time) Figures {
	f := Figures{At: at, WarID: war}
	r := w.wars[war]
	v := w.view(at.Unix())
	if r == nil || r.old != nil || v < r.matched {
		return f
	}
	enemy := r.a
	if side == r.a {
		enemy = r.b
	}
	f.Us, f.Them = w.sideFigures(side), w.sideFigures(enemy)
	f.Start, f.End = moment(r.start), moment(r.endAt(v))
	f.Target, f.OriginalTarget = r.targetAt(v), r.target
	switch {
	case r.over(v):
		f.Phase, f.Winner = "ended", r.winner
	case at.Unix() < r.start:
		f.Phase = "scheduled"
	default:
		f.Phase = "active"
	}
	log := w.groups[side].log.byTime
	for _, rec := range log {
		a := rec.at(v)
		if a == nil {
			continue
		}
		f.Visible++
		if r.contains(a.counted(), v) {
			f.count(a, side, enemy)
		}
	}
	for _, s := range []*SideFigures{&f.Us, &f.Them} {
		for _, t := range s.Members {
			s.Total.add(t)
		}
		s.Score = s.Total.WarRespect / 100
		if !r.over(v) {
			s.Chain = w.groups[s.Faction].chains.count(v)
		}
	}
	f.Lead = f.Us.Score - f.Them.Score
	return f
}

func (w *World) sideFigures(faction int64) SideFigures {
	return SideFigures{Faction: faction, Name: w.groups[faction].name, Members: map[int64]Tally{}}
}

// count enters one attack of our log: its maker's part and its victim's.
func (f *Figures) count(a *Attack, us, them int64) {
	switch a.attackerFaction {
	case us:
		f.Us.change(a.Attacker, func(t *Tally) { t.made(a) })
	case them:
		maker := a.Attacker
		if a.Stealthed {
			maker = 0
		}
		f.Them.change(maker, func(t *Tally) { t.made(a) })
	}
	if a.attackerFaction == a.defenderFaction {
		return // a friendly victim has not been hit by anybody who counts
	}
	switch a.defenderFaction {
	case us:
		f.Us.change(a.Defender, func(t *Tally) { t.suffered(a) })
	case them:
		f.Them.change(a.Defender, func(t *Tally) { t.suffered(a) })
	}
}

func (s *SideFigures) change(id int64, f func(*Tally)) {
	t := s.Members[id]
	f(&t)
	if t != (Tally{}) {
		s.Members[id] = t
	}
}

func (t *Tally) suffered(a *Attack) {
	switch {
	case a.Kind.isHit():
		t.HitsTaken++
		t.RespectLost += a.RespectLoss
	case a.Kind.isDefence():
		t.Defended++
	}
}

func (t *Tally) made(a *Attack) {
	t.Attacks++
	t.Energy += 25
	switch a.Kind {
	case WarHit:
		t.WarHits++
		t.WarRespect += a.Respect
	case OutsideHit:
		t.OutsideHits++
		t.OutsideRespect += a.Respect
	case NoScore:
		t.NoScore++
	case Assist:
		t.Assists++
	case Lost:
		t.Losses++
	case Stalemate:
		t.Stalemates++
	case Escape:
		t.Escapes++
	case Timeout:
		t.Timeouts++
	case Interrupted:
		t.Interrupted++
	default:
		t.Other++
	}
	if a.Kind.isHit() {
		t.mark(a)
	}
}

// mark counts what stands on top of a hit.
func (t *Tally) mark(a *Attack) {
	one := func(n *int64, yes bool) {
		if yes {
			*n++
		}
	}
	one(&t.Retaliations, a.Marks.Retaliation)
	one(&t.Overseas, a.Marks.Overseas)
	one(&t.Group, a.Marks.Group)
	one(&t.Warlord, a.Marks.Warlord)
	one(&t.FlagDiffers, a.Marks.FlagDiffers)
	one(&t.LowFairFight, a.FairFight < 150)
	one(&t.Friendly, a.attackerFaction == a.defenderFaction)
	one(&t.FirstOfChain, a.Chain == 1)
	one(&t.ChainBonuses, a.bonus() > 0)
	one(&t.WastedBonuses, a.bonus() > 0 && a.Kind == OutsideHit)
	t.BonusRespect += a.bonus()
	t.FairFightSum += a.FairFight
}
