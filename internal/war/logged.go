package war

import "consigliere/internal/faction"

// Logged is an attack with what the rules made of it when it was stored.
type Logged struct {
	Attack  Attack
	Verdict Verdict
	War     ID // the war whose window it counts in; 0: none
}

// Log classifies an attack among the wars it could belong to: the one whose window
// holds it, or none. Of several it is the one whose enemy took part.
func Log(a Attack, ours faction.ID, wars []War, r Rules) Logged {
	out := Logged{Attack: a, Verdict: Classify(a, ours, nil, r)}
	for i := range wars {
		v := Classify(a, ours, &wars[i], r)
		if !v.InWar {
			continue
		}
		enemy := wars[i].Them.Faction
		theirs := a.Attacker.Faction == enemy || a.Defender.Faction == enemy
		if theirs || out.War == 0 {
			out.Verdict, out.War = v, wars[i].ID
		}
		if theirs {
			break
		}
	}
	return out
}

// Moves tells by how much the tallies of each war change when a stored attack (nil:
// none yet) becomes a new one, merged per player. The old share follows from the
// verdict that was stored, so that a war's end or a changed threshold cannot make
// the two drift apart. wars must hold every war that either is counted in.
func Moves(old *Logged, now Logged, ours faction.ID, wars []War) map[ID][]Row {
	moves := make(map[ID][]Row, 1)
	if old != nil {
		for _, row := range old.shares(ours, wars) {
			row.Tally = Tally{}.Sub(row.Tally)
			moves[old.War] = append(moves[old.War], row)
		}
	}
	moves[now.War] = append(moves[now.War], now.shares(ours, wars)...)
	for id, rows := range moves {
		if moves[id] = Merge(rows); len(moves[id]) == 0 {
			delete(moves, id)
		}
	}
	return moves
}

// shares are what the attack adds to the war it is counted in.
func (l Logged) shares(ours faction.ID, wars []War) []Row {
	if l.War == 0 {
		return nil
	}
	v := l.Verdict
	v.InWar = true
	return shares(l.Attack, v, ours, find(wars, l.War))
}

func find(wars []War, id ID) War {
	for _, w := range wars {
		if w.ID == id {
			return w
		}
	}
	return War{ID: id}
}

// AttackFilter narrows a list of attacks.
type AttackFilter struct {
	War    ID
	Player faction.PlayerID // as attacker or defender; 0: anybody
	// Some are players, as attackers or defenders; nil: anybody.
	Some   []faction.PlayerID
	Class  Class    // empty: all
	Before AttackID // only older ones; 0: from the newest
	Limit  int
}
