package torn

import (
	"slices"
	"strconv"
)

// factionChain shows the running chain; after one of ten hits or more, its
// cooldown of six seconds a hit as an absolute moment; else nothing but zeros.
func (c *call) factionChain() (parts, *apiError) {
	g, fault := c.targetFaction()
	if fault != nil {
		return nil, fault
	}
	body := map[string]any{"id": 0, "current": 0, "max": 10, "timeout": 0, "modifier": 1.0, "cooldown": 0, "start": 0, "end": 0}
	s, ok := g.chains.at(c.seen)
	switch {
	case !ok:
	case c.seen <= s.ended+chainGap:
		span := g.chains.spans[s.span]
		body = map[string]any{"id": span.id, "current": s.counter, "max": nextBonus(s.counter),
			"timeout": max(0, s.ended+chainGap-c.now), "modifier": points(chainModifier(s.counter)), "cooldown": 0,
			"start": span.start, "end": s.ended + chainGap}
	case s.counter >= 10:
		if until := s.ended + chainGap + 6*int64(s.counter); until > c.seen {
			body["cooldown"] = until
		}
	}
	return parts{"chain": body}, nil
}

func (c *call) factionChains() (parts, *apiError) {
	g, fault := c.targetFaction()
	if fault != nil {
		return nil, fault
	}
	var rows []timed
	for _, s := range g.chains.finished(c.seen) {
		respect := int64(0)
		for _, a := range s.hits {
			respect += a.at(c.seen).respect()
		}
		rows = append(rows, timed{s.end, map[string]any{"id": s.id, "chain": s.counter, "respect": points(respect),
			"start": s.start, "end": s.end}})
	}
	list, meta, fault := c.timedPage(rows, 100, 100)
	if fault != nil {
		return nil, fault
	}
	return parts{"chains": list, "_metadata": meta}, nil
}

// respect is what a row that may not be visible yet has gained.
func (a *Attack) respect() int64 {
	if a == nil {
		return 0
	}
	return a.Respect
}

// chainReport is the report of a finished chain, or of one's own running one.
func (c *call) chainReport() (parts, *apiError) {
	g, span, fault := c.findChain()
	if fault != nil {
		return nil, fault
	}
	r := newChainTally()
	for _, a := range g.log.between(span.start-chainGap, span.end+1) {
		row := a.at(c.seen)
		if row != nil && row.attackerFaction == g.id && row.counted() >= span.start && row.counted() <= span.end {
			r.count(row, c.w.betweenSides(row))
		}
	}
	idle := []int64{}
	for _, id := range g.members {
		if r.attackers[id] == nil {
			idle = append(idle, id)
		}
	}
	return parts{"chainreport": r.body(g.id, span, idle)}, nil
}

func (c *call) findChain() (*group, chainSpan, *apiError) {
	own, fault := c.ownFaction()
	if c.id == "" {
		if fault != nil {
			return nil, chainSpan{}, fault
		}
		s, ok := own.chains.at(c.seen)
		if !ok {
			return nil, chainSpan{}, fail(codeIncorrectID)
		}
		return own, own.chains.seenSpan(s), nil
	}
	id, err := strconv.ParseInt(c.id, 10, 64)
	if err != nil {
		return nil, chainSpan{}, fail(codeIncorrectID)
	}
	for _, g := range c.w.groups {
		for _, s := range g.chains.finished(c.seen) {
			if s.id == id {
				return g, s, nil
			}
		}
	}
	if own != nil {
		if s, ok := own.chains.at(c.seen); ok && own.chains.spans[s.span].id == id {
			return own, own.chains.seenSpan(s), nil
		}
	}
	return nil, chainSpan{}, fail(codeIncorrectID)
}

// seenSpan is a chain up to a step, without the hits that come later.
func (c *chainIndex) seenSpan(s chainStep) chainSpan {
	span := c.spans[s.span]
	span.end, span.counter = s.ended, s.counter
	return span
}

// between lists the attacks that started in [from, to].
func (x *attackIndex) between(from, to int64) []*attack {
	lo, _ := slices.BinarySearchFunc(x.byTime, from, func(a *attack, t int64) int { return int(a.started - t) })
	hi, _ := slices.BinarySearchFunc(x.byTime, to+1, func(a *attack, t int64) int { return int(a.started - t) })
	return x.byTime[lo:hi]
}
