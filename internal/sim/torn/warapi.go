package torn

import (
	"cmp"
	"slices"
	"strconv"
)

type sideBody struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Score int64  `json:"score"`
	Chain int    `json:"chain"`
}

// sides are both factions of a war as they can be seen; whole points.
func (c *call) sides(r *rankedWar) []sideBody {
	sa, sb := r.scoreAt(c.seen)
	chainA, chainB := 0, 0
	if r.old != nil {
		sa, sb = c.oldScore(r, r.a), c.oldScore(r, r.b)
	} else if !r.over(c.seen) {
		chainA, chainB = c.w.groups[r.a].chains.count(c.seen), c.w.groups[r.b].chains.count(c.seen)
	}
	return []sideBody{
		{r.a, c.w.groups[r.a].name, sa / 100, chainA},
		{r.b, c.w.groups[r.b].name, sb / 100, chainB},
	}
}

func (c *call) oldScore(r *rankedWar, faction int64) int64 {
	sum := int64(0)
	for id, line := range r.old.members {
		if c.w.players[id].faction == faction {
			sum += line.score
		}
	}
	return sum
}

func winnerAt(r *rankedWar, v int64) *int64 {
	if !r.over(v) || r.winner == 0 {
		return nil
	}
	return &r.winner
}

func (c *call) factionWars() (parts, *apiError) {
	g, fault := c.targetFaction()
	if fault != nil {
		return nil, fault
	}
	var ranked any
	if r := c.w.current(g.id, c.seen); r != nil {
		var end *int64
		if at := r.endAt(c.seen); at != 0 {
			end = &at
		}
		ranked = map[string]any{"war_id": r.id, "start": r.start, "end": end, "target": r.targetAt(c.seen),
			"winner": winnerAt(r, c.seen), "factions": c.sides(r)}
	}
	return parts{
		"pacts": []any{},
		"wars":  map[string]any{"ranked": ranked, "raids": []any{}, "territory": []any{}},
	}, nil
}

func (c *call) warRow(r *rankedWar) map[string]any {
	return map[string]any{"id": r.id, "start": r.start, "end": r.endAt(c.seen), "target": r.targetAt(c.seen),
		"winner": winnerAt(r, c.seen), "factions": c.sides(r)}
}

func (c *call) factionRankedWars() (parts, *apiError) {
	g, fault := c.targetFaction()
	if fault != nil {
		return nil, fault
	}
	list := c.w.warsOf(g.id, c.seen)
	if c.id == "" { // with an id Torn offers offset and limit only
		from, to, fault := c.span()
		if fault != nil {
			return nil, fault
		}
		desc, fault := c.descending(true)
		if fault != nil {
			return nil, fault
		}
		list = slices.DeleteFunc(list, func(r *rankedWar) bool { return r.start <= from || r.start > to })
		if !desc {
			slices.Reverse(list)
		}
	}
	lo, hi, meta, fault := c.offsetPage(len(list), 20, 100)
	if fault != nil {
		return nil, fault
	}
	rows := make([]any, 0, hi-lo)
	for _, r := range list[lo:hi] {
		rows = append(rows, c.warRow(r))
	}
	return parts{"rankedwars": rows, "_metadata": meta}, nil
}

func (c *call) warfareRanked() (parts, *apiError) {
	var rows []timed
	for _, r := range c.w.warsOf(0, c.seen) {
		rows = append(rows, timed{r.start, c.warRow(r)})
	}
	list, meta, fault := c.timedPage(rows, 100, 100)
	if fault != nil {
		return nil, fault
	}
	return parts{"warfareranked": list, "_metadata": meta}, nil
}

// rankedWarReport answers with error 6 until the report of a war is out.
func (c *call) rankedWarReport() (parts, *apiError) {
	id, err := strconv.ParseInt(c.id, 10, 64)
	if err != nil {
		return nil, fail(codeIncorrectID)
	}
	r := c.w.wars[id]
	if r == nil || r.matched > c.seen || !c.w.reported(r, c.seen) {
		return nil, fail(codeIncorrectID)
	}
	return parts{"rankedwarreport": map[string]any{
		"id": r.id, "start": r.start, "end": r.end, "winner": r.winner, "forfeit": r.forfeit,
		"factions": []any{c.reportSide(r, r.a), c.reportSide(r, r.b)},
	}}, nil
}

type reportMember struct {
	ID      int64   `json:"id"`
	Name    string  `json:"name"`
	Level   int     `json:"level"`
	Attacks int64   `json:"attacks"`
	Score   float64 `json:"score"`
}

// reportSide is one faction's half of the report: everybody who fought or was
// there, whoever left since.
func (c *call) reportSide(r *rankedWar, faction int64) map[string]any {
	lines := c.w.reportLines(r, faction, c.seen)
	attacks, score := int64(0), int64(0)
	members := make([]reportMember, 0, len(lines))
	for id, l := range lines {
		p := c.w.players[id]
		members = append(members, reportMember{p.id, p.name, p.level, l.attacks, points(l.score)})
		attacks, score = attacks+l.attacks, score+l.score
	}
	slices.SortFunc(members, func(a, b reportMember) int {
		if n := cmp.Compare(b.Score, a.Score); n != 0 {
			return n
		}
		return cmp.Compare(a.ID, b.ID)
	})
	won := r.winner == faction
	caches, respect, before, after := 4, 900, "Gold II", "Gold II"
	if won {
		caches, respect, after = 9, 2400, "Gold III"
	}
	return map[string]any{
		"id": faction, "name": c.w.groups[faction].name, "score": score / 100, "attacks": attacks,
		"rank": map[string]any{"before": before, "after": after},
		"rewards": map[string]any{"respect": respect, "points": 0, "items": []any{
			map[string]any{"id": 1118, "name": "Armor Cache", "quantity": caches},
			map[string]any{"id": 1121, "name": "Medium Arms Cache", "quantity": caches / 2},
		}},
		"members": members,
	}
}

// reportLines counts each member's war hits, stealthed ones under their name.
func (w *World) reportLines(r *rankedWar, faction, seen int64) map[int64]oldLine {
	out := map[int64]oldLine{}
	for _, id := range w.groups[faction].members {
		out[id] = oldLine{}
	}
	if r.old != nil {
		for id, l := range r.old.members {
			if w.players[id].faction == faction {
				out[id] = l
			}
		}
		return out
	}
	for _, rec := range r.scores.log {
		a := rec.at(seen)
		if a == nil || a.Kind != WarHit || a.attackerFaction != faction || !r.contains(a.counted(), seen) {
			continue
		}
		l := out[a.Attacker]
		out[a.Attacker] = oldLine{l.attacks + 1, l.score + a.Respect}
	}
	for _, x := range r.books {
		if l := out[x.player]; x.faction == faction {
			out[x.player] = oldLine{l.attacks + x.attacks, l.score + x.score}
		}
	}
	return out
}
