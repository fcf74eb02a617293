package torn

import (
	"math/rand/v2"
	"slices"
	"time"
)

// evening makes the scenario: who is there, what was before, the war.
type evening struct {
	w              *World
	rng            *rand.Rand
	ours, theirs   *group
	outsiders      []*player
	matched, start int64
	length         int64 // planned seconds of war
	rows           []draft
	sides          [2]side // ours, theirs
	wasted         bool    // a chain bonus of ours went to an outsider
	saved, savedBy int64   // when and by whom our chain was saved in its last moment; 0: not yet
}

// side is one faction's half of the fighting.
type side struct {
	fighters []*player // recruits left out
	recruits []*player
	all      []*player
	count    int   // chain counter
	last     int64 // last chain hit
	open     []grudge
}

// grudge is somebody this side may retaliate against for 300 seconds.
type grudge struct {
	player int64
	until  int64
}

// draft is an attack and the reading it has at first, when that differs.
type draft struct {
	Attack
	first *Attack
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// playEvening fills the world.
func (w *World) playEvening() {
	e := &evening{
		w: w, rng: rand.New(rand.NewPCG(w.cfg.Seed, 0x776172)),
		matched: w.epoch + seconds(w.cfg.MatchedAfter), start: w.epoch + seconds(w.cfg.StartsAfter),
		length: seconds(w.cfg.WarLength),
	}
	e.people()
	e.history()
	r := &rankedWar{id: 38_000 + e.rng.Int64N(9000), a: e.ours.id, b: e.theirs.id, matched: min(e.matched, e.start),
		start: e.start, target: w.cfg.Target}
	if e.rng.IntN(2) == 0 { // the order of the two sides means nothing
		r.a, r.b = r.b, r.a
	}
	w.wars[r.id] = r
	e.play(r)
	e.file()
	e.plan(r)
	w.headlines(r)
}

func (e *evening) people() {
	w, rng := e.w, e.rng
	names := slices.Clone(factionNames[:])
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	n := w.cfg.MembersPerSide
	e.ours = w.newGroup(rng, 8_000+rng.Int64N(900), names[0], n, ourPositions())
	e.theirs = w.newGroup(rng, 9_000+rng.Int64N(900), names[1], n, enemyPositions())
	third := w.newGroup(rng, 11_000+rng.Int64N(900), names[2], minMembers, enemyPositions())
	for _, id := range third.members {
		e.outsiders = append(e.outsiders, w.players[id])
	}
	for range 30 {
		e.outsiders = append(e.outsiders, w.newPlayer(rng))
	}
	for i, g := range []*group{e.ours, e.theirs} {
		s := &e.sides[i]
		for _, id := range g.members {
			p := w.players[id]
			s.all = append(s.all, p)
			if p.position == positionRecruit {
				s.recruits = append(s.recruits, p)
			} else {
				s.fighters = append(s.fighters, p)
			}
		}
	}
	e.keys()
}

// keys gives everybody of ours a key, our leaders and the enemy's the best ones;
// five of six members of ours have linked their Discord account.
func (e *evening) keys() {
	w, rng := e.w, e.rng
	for i, id := range e.ours.members {
		p := w.players[id]
		k := Key{Player: id, Level: Limited}
		pos, _ := e.ours.position(p.position)
		switch {
		case i < 2:
			k.Level, k.Faction = Full, true
		case p.position == positionRecruit:
			k.Level = Public
		case slices.Contains(pos.Abilities, AbilityFactionAPI):
			k.Faction = true
		}
		w.addKey(rng, k)
		if i < 4 || i%6 != 0 {
			w.linkDiscord(rng, p)
		}
	}
	for i, id := range e.theirs.members {
		if i < 2 || i%10 == 0 {
			w.addKey(rng, Key{Player: id, Level: Full, Faction: true})
			w.linkDiscord(rng, w.players[id])
		}
	}
}

// history is what came before: three wars, and a quiet night in the attack log.
func (e *evening) history() {
	w, rng := e.w, e.rng
	start := e.start - 9*86400
	for range 3 {
		names := w.newGroup(rng, 12_000+rng.Int64N(30_000), factionNames[rng.IntN(len(factionNames))], minMembers, enemyPositions())
		r := &rankedWar{id: 30_000 + rng.Int64N(7000), a: e.ours.id, b: names.id, start: start, matched: start - 86400,
			target: 2000 + 100*rng.Int64N(60), old: &oldWar{members: map[int64]oldLine{}}}
		for w.wars[r.id] != nil {
			r.id++
		}
		r.end = start + 3600*(14+rng.Int64N(30))
		r.endVisible = r.end
		sums := [2]int64{}
		for i, g := range []*group{e.ours, names} {
			for _, id := range g.members {
				hits := rng.Int64N(60)
				r.old.members[id] = oldLine{hits, hits * (300 + rng.Int64N(400))}
				sums[i] += r.old.members[id].score
			}
		}
		r.winner = r.a
		if sums[1] > sums[0] {
			r.winner = r.b
		}
		w.wars[r.id] = r
		if w.cfg.PastHits > 0 {
			r.old = nil
			if err := w.fightPast(rand.New(rand.NewPCG(w.cfg.Seed, uint64(r.id))), r, w.cfg.PastHits, false); err != nil {
				panic("sim: the scenario made a past that the world refuses: " + err.Error())
			}
		}
		start -= 7 * 86400
	}
	for range 120 {
		at := w.epoch - 600 - rng.Int64N(12*3600)
		e.rows = append(e.rows, draft{Attack: e.outsideHit(0, at)})
	}
}

// file enters the drafted attacks into the world in the order of their start,
// which is the order of their ids.
func (e *evening) file() {
	slices.SortStableFunc(e.rows, func(a, b draft) int { return a.Started.Compare(b.Started) })
	for i := range e.rows {
		d := &e.rows[i]
		d.ID = e.w.lastAttack + 1 + e.rng.Int64N(40)
		d.Code = randomText(e.rng, 32, "0123456789abcdef")
		seen := d.Attack
		if d.first != nil {
			seen = *d.first
			seen.ID, seen.Code = d.ID, d.Code
		}
		if _, err := e.w.addAttack(seen); err != nil {
			panic("sim: the scenario made an attack the world refuses: " + err.Error())
		}
		if d.first == nil {
			continue
		}
		if err := e.w.changeAttack(d.ID, d.Visible, func(a *Attack) { *a = d.Attack }); err != nil {
			panic("sim: the scenario made a change the world refuses: " + err.Error())
		}
	}
}

func (e *evening) plan(r *rankedWar) {
	p := &e.w.plan
	p.OurFaction, p.EnemyFaction, p.WarID = e.ours.id, e.theirs.id, r.id
	p.Leader, p.CoLeader = e.ours.leader, e.ours.coLeader
	for _, m := range e.sides[0].all {
		pos, _ := e.ours.position(m.position)
		switch {
		case m.position == positionRecruit:
			p.Recruits = append(p.Recruits, m.id)
		case m.id == p.Leader || m.id == p.CoLeader:
		case slices.Contains(pos.Abilities, AbilityFactionAPI):
			p.Officers = append(p.Officers, m.id)
		default:
			p.Members = append(p.Members, m.id)
		}
	}
	p.Matched, p.Start, p.End, p.EndVisible = moment(r.matched), moment(r.start), moment(r.end), moment(r.endVisible)
	if r.end != 0 {
		p.Report = p.EndVisible.Add(e.w.cfg.ReportAfter)
	}
	p.Burst = moment(e.burstAt())
	p.Target, p.Winner = r.target, r.winner
	if e.saved != 0 && (r.end == 0 || e.saved <= r.end) {
		p.Saved, p.SavedBy = moment(e.saved), e.savedBy
	}
}

// headlines writes the war into both factions' news.
func (w *World) headlines(r *rankedWar) {
	for _, id := range []int64{r.a, r.b} {
		w.news = append(w.news, newsRow{id, "rankedWar", r.matched, "The faction has been matched for a ranked war"},
			newsRow{id, "rankedWar", r.start, "The ranked war has started"},
			newsRow{id, "main", w.epoch - 7200, "War mode was enabled"})
		if r.end != 0 {
			w.news = append(w.news, newsRow{id, "rankedWar", r.endVisible, "The ranked war has ended"})
		}
	}
}
