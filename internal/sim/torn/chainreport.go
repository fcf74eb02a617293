package torn

import (
	"maps"
	"slices"
)

// chainTally counts a chain for its report.
type chainTally struct {
	all       chainCounts
	attackers map[int64]*chainCounts
	targets   map[int64]bool
	bonuses   []map[string]any
}

type chainCounts struct {
	total, leave, mug, hosp, assists, retals, overseas, draws, escapes, losses, war, bonuses int64
	respect, best                                                                            int64
}

func newChainTally() *chainTally {
	return &chainTally{attackers: map[int64]*chainCounts{}, targets: map[int64]bool{}, bonuses: []map[string]any{}}
}

func (t *chainTally) count(a *Attack, atWar bool) {
	mine := t.attackers[a.Attacker]
	if mine == nil {
		mine = &chainCounts{}
		t.attackers[a.Attacker] = mine
	}
	t.targets[a.Defender] = true
	t.all.count(a, atWar)
	mine.count(a, atWar)
	if b := a.bonus(); b > 0 {
		t.bonuses = append(t.bonuses, map[string]any{"attacker_id": a.Attacker, "defender_id": a.Defender, "chain": a.Chain, "respect": b / 100})
	}
}

func (n *chainCounts) count(a *Attack, atWar bool) {
	n.total++
	n.respect += a.Respect
	n.best = max(n.best, a.Respect)
	if a.bonus() > 0 {
		n.bonuses++
	}
	switch a.Kind {
	case Assist:
		n.assists++
	case Lost:
		n.losses++
	case Stalemate, Timeout:
		n.draws++
	case Escape:
		n.escapes++
	case WarHit, OutsideHit, NoScore:
		switch a.Result {
		case "Mugged":
			n.mug++
		case "Hospitalized":
			n.hosp++
		default:
			n.leave++
		}
		if atWar {
			n.war++
		}
		if a.Marks.Retaliation {
			n.retals++
		}
		if a.Marks.Overseas {
			n.overseas++
		}
	}
}

func (t *chainTally) body(faction int64, s chainSpan, idle []int64) map[string]any {
	list := make([]any, 0, len(t.attackers))
	for _, id := range slices.Sorted(maps.Keys(t.attackers)) {
		n := t.attackers[id]
		list = append(list, map[string]any{"id": id,
			"respect": map[string]any{"total": points(n.respect), "average": points(n.respect / n.total), "best": points(n.best)},
			"attacks": map[string]any{"total": n.total, "leave": n.leave, "mug": n.mug, "hospitalize": n.hosp, "assists": n.assists,
				"retaliations": n.retals, "overseas": n.overseas, "draws": n.draws, "escapes": n.escapes, "losses": n.losses,
				"war": n.war, "bonuses": n.bonuses}})
	}
	n := t.all
	return map[string]any{"id": s.id, "faction_id": faction, "start": s.start, "end": s.end,
		"details": map[string]any{"chain": s.counter, "respect": points(n.respect), "members": len(t.attackers),
			"targets": len(t.targets), "war": n.war, "best": points(n.best), "leave": n.leave, "mug": n.mug, "hospitalize": n.hosp,
			"assists": n.assists, "retaliations": n.retals, "overseas": n.overseas, "draws": n.draws, "escapes": n.escapes,
			"losses": n.losses},
		"bonuses": t.bonuses, "attackers": list, "non_attackers": idle}
}
