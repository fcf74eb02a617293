package torn

import (
	"sort"
)

// chainGap is how long a chain lives after a hit, in seconds.
const chainGap = 300

// chainIndex answers how a faction's chain stood at any moment.
type chainIndex struct {
	hits  []*attack // every attack that ever carried a chain counter
	steps []chainStep
	spans []chainSpan
	dirty bool
}

// chainStep is the newest chain hit that can be seen from a moment on.
type chainStep struct {
	visible int64
	ended   int64
	counter int
	span    int
}

// chainSpan is one chain from its first hit to its last.
type chainSpan struct {
	id         int64
	start, end int64 // first and last hit
	counter    int
	hits       []*attack
}

func (c *chainIndex) add(a *attack) {
	c.hits = append(c.hits, a)
	if c.dirty || len(c.steps) == 0 || len(a.versions) != 1 {
		c.dirty = true
		return
	}
	row, last := a.versions[0].row, c.steps[len(c.steps)-1]
	if row.counted() < last.ended || a.versions[0].visible < last.visible || row.Chain <= last.counter {
		c.dirty = true
		return
	}
	c.grow(a, row)
	c.steps = append(c.steps, chainStep{a.versions[0].visible, row.counted(), row.Chain, len(c.spans) - 1})
}

// grow adds the next hit, in the order of its end, to the last chain or a new one.
func (c *chainIndex) grow(a *attack, row *Attack) {
	n := len(c.spans)
	if n == 0 || row.Chain <= c.spans[n-1].counter || row.counted()-c.spans[n-1].end > chainGap {
		c.spans = append(c.spans, chainSpan{id: chainID(a.id), start: row.counted()})
		n++
	}
	s := &c.spans[n-1]
	s.end, s.counter = row.counted(), row.Chain
	s.hits = append(s.hits, a)
}

// chainID is the id of the chain that an attack began.
func chainID(attack int64) int64 { return 50_000_000 + attack%10_000_000 }

func (c *chainIndex) build() {
	if !c.dirty {
		return
	}
	c.dirty, c.steps, c.spans = false, nil, nil
	last := func(a *attack) *Attack { return a.versions[len(a.versions)-1].row }
	hits := make([]*attack, 0, len(c.hits))
	for _, a := range c.hits {
		if last(a).Chain > 0 {
			hits = append(hits, a)
		}
	}
	sort.SliceStable(hits, func(i, j int) bool {
		a, b := last(hits[i]), last(hits[j])
		if a.counted() != b.counted() {
			return a.counted() < b.counted()
		}
		return a.Chain < b.Chain
	})
	for _, a := range hits {
		c.grow(a, last(a))
		for _, v := range a.versions {
			if v.row.Chain > 0 {
				c.steps = append(c.steps, chainStep{v.visible, v.row.counted(), v.row.Chain, len(c.spans) - 1})
				break
			}
		}
	}
	sort.SliceStable(c.steps, func(i, j int) bool { return c.steps[i].visible < c.steps[j].visible })
	for i := 1; i < len(c.steps); i++ {
		p, s := c.steps[i-1], &c.steps[i]
		if p.ended > s.ended || p.ended == s.ended && p.counter > s.counter {
			s.ended, s.counter, s.span = p.ended, p.counter, p.span
		}
	}
}

// at is the newest chain hit seen at v; ok is false before the first.
func (c *chainIndex) at(v int64) (s chainStep, ok bool) {
	c.build()
	i := sort.Search(len(c.steps), func(i int) bool { return c.steps[i].visible > v })
	if i == 0 {
		return chainStep{}, false
	}
	return c.steps[i-1], true
}

// count is the chain's counter at v, 0 when there is none.
func (c *chainIndex) count(v int64) int {
	s, ok := c.at(v)
	if !ok || v > s.ended+chainGap {
		return 0
	}
	return s.counter
}

// finished lists the chains of ten hits or more that are over at v.
func (c *chainIndex) finished(v int64) []chainSpan {
	c.build()
	var out []chainSpan
	for _, s := range c.spans {
		if s.counter >= 10 && s.end+chainGap < v {
			out = append(out, s)
		}
	}
	return out
}

// nextBonus is the first bonus count above n.
func nextBonus(n int) int {
	for _, m := range [...]int{10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000} {
		if n < m {
			return m
		}
	}
	return 100_000
}

// chainModifier is what the counter multiplies respect with, in hundredths.
func chainModifier(n int) int64 {
	switch {
	case n < 10:
		return 100
	case n < 25:
		return 110
	case n < 50:
		return 120
	case n < 100:
		return 130
	case n < 250:
		return 140
	case n < 500:
		return 150
	case n < 1000:
		return 160
	default:
		return 175
	}
}
