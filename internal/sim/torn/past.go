package torn

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"time"
)

// PastWar is a war that was over before the world began, with its attacks in the log
// and its report out.
type PastWar struct {
	Faction    int64  // of this side; the other one is made
	Enemy      string // its name; empty: one is drawn
	Start, End time.Time
	// Hits is how many war hits both sides made together.
	Hits int
	// Plain leaves out what makes the report and the log differ: a mercenary's hits, one
	// that Torn does not flag, one that ended after the war, and enemies who hid.
	Plain bool
}

// AddPastWar puts a war of the past into the world and returns its id.
func (w *World) AddPastWar(p PastWar) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.groups[p.Faction] == nil {
		return 0, fmt.Errorf("add a past war of faction %d: %w", p.Faction, errUnknownFaction)
	}
	if p.Enemy == "" {
		p.Enemy = factionNames[w.rng.IntN(len(factionNames))]
	}
	w.lastID++
	them := w.newGroup(w.rng, w.lastID, p.Enemy, minMembers, enemyPositions())
	id := int64(20_000)
	for w.wars[id] != nil {
		id++
	}
	r := &rankedWar{id: id, a: p.Faction, b: them.id, start: p.Start.Unix(), matched: p.Start.Unix() - 86400,
		end: p.End.Unix(), endVisible: p.End.Unix()}
	w.wars[id] = r
	return id, w.fightPast(w.rng, r, p.Hits, p.Plain)
}

// booked is what a report has more of a player than the attack log. It may be less.
type booked struct{ player, faction, attacks, score int64 } // score in hundredths

// fightPast fills a war that is over with attacks.
func (w *World) fightPast(rng *rand.Rand, r *rankedWar, hits int, plain bool) error {
	a, b := w.groups[r.a].members, w.groups[r.b].members
	one := func(list []int64) int64 { return list[rng.IntN(len(list))] }
	var rows []Attack
	length := r.end - r.start
	for i := range hits {
		at := moment(r.start + 60 + (length-120)*int64(i)/int64(max(hits, 1)))
		row := Attack{Attacker: one(a), Defender: one(b), Kind: WarHit, Ended: at, Respect: 200 + rng.Int64N(600), FairFight: 100 + rng.Int64N(201)}
		if i%5 >= 3 {
			row.Attacker, row.Defender = row.Defender, row.Attacker
			row.Stealthed = !plain && i%25 == 24
		}
		rows = append(rows, row)
		if i%10 == 0 { // what a war brings besides
			kinds := []Kind{Assist, Lost, Escape, NoScore}
			rows = append(rows, Attack{Attacker: row.Attacker, Defender: row.Defender, Kind: kinds[i/10%len(kinds)], Ended: at.Add(9 * time.Second)})
		}
	}
	if !plain {
		rows = append(rows, w.disputed(rng, r, one(a), one(b))...)
	}
	if err := w.filePast(rows); err != nil {
		return fmt.Errorf("fill past war %d: %w", r.id, err)
	}
	sa, sb := r.scoreAt(r.end + 86400)
	if r.winner = r.a; sb > sa {
		r.winner = r.b
	}
	r.target = max(sa-sb, sb-sa) / 100 // the lead that was reached
	return nil
}

// disputed are rows on which the report and the log differ.
func (w *World) disputed(rng *rand.Rand, r *rankedWar, ours, theirs int64) []Attack {
	merc := w.newPlayer(rng)
	unflagged := Attack{Attacker: ours, Defender: theirs, Kind: WarHit, Ended: moment(r.start + 1800), Respect: 512, Marks: Marks{FlagDiffers: true}}
	late := Attack{Attacker: ours, Defender: theirs, Kind: WarHit, Started: moment(r.end - 30), Ended: moment(r.end + 2), Respect: 433}
	r.books = []booked{{merc.id, r.a, 7, 4_113}, {ours, r.a, -1, -unflagged.Respect}, {ours, r.a, 1, late.Respect}}
	return []Attack{unflagged, late}
}

// filePast enters attacks from before the world began, with ids below all others that
// rise with time.
func (w *World) filePast(rows []Attack) error {
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Ended.Before(rows[j].Ended) })
	newest := w.lastAttack
	for i := range rows {
		began := rows[i].Started
		if began.IsZero() {
			began = rows[i].Ended.Add(-20 * time.Second)
		}
		rows[i].ID = firstAttack - 4*(w.epoch-began.Unix())
		for w.attacks[rows[i].ID] != nil {
			rows[i].ID++
		}
		if _, err := w.addAttack(rows[i]); err != nil {
			return err
		}
	}
	w.lastAttack = newest
	return nil
}
