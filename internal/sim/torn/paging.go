package torn

import (
	"cmp"
	"slices"
	"sort"
)

// timed is a row of a list that is paged by time.
type timed struct {
	at  int64
	row any
}

// timedPage sorts rows by their time and cuts a page out by from, to, sort and limit.
func (c *call) timedPage(rows []timed, usual, most int) ([]any, metadata, *apiError) {
	var meta metadata
	limit, fault := c.limit(usual, most)
	if fault != nil {
		return nil, meta, fault
	}
	desc, fault := c.descending(true)
	if fault != nil {
		return nil, meta, fault
	}
	from, to, fault := c.span()
	if fault != nil {
		return nil, meta, fault
	}
	slices.SortStableFunc(rows, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
	in := make([]timed, 0, len(rows))
	for _, r := range rows {
		if r.at > from && r.at <= to {
			in = append(in, r)
		}
	}
	if desc {
		slices.Reverse(in)
	}
	in = in[:min(limit, len(in))]
	if n := len(in); n > 0 {
		edge := pageEdge{oldest: min(in[0].at, in[n-1].at), newest: max(in[0].at, in[n-1].at)}
		edge.older = rows[0].at < edge.oldest
		edge.newer = rows[len(rows)-1].at > edge.newest
		meta = c.timeLinks(edge, desc)
	} else {
		meta = c.emptyLinks()
	}
	out := make([]any, 0, len(in))
	for _, r := range in {
		out = append(out, r.row)
	}
	return out, meta, nil
}

// pageEdge is what the links of a page depend on: its outermost times (or ids)
// and whether rows lie beyond.
type pageEdge struct {
	oldest, newest int64
	older, newer   bool
}

// timeLinks makes the links of a page as Torn does: next leads to newer rows and
// prev to older ones, whatever the order. At the newest end next does not become
// null but serves the last page again; from=0 makes it null.
func (c *call) timeLinks(e pageEdge, desc bool) metadata {
	var m metadata
	switch {
	case c.q.Get("from") == "0":
	case e.newer:
		m.Links.Next = c.link("sort", "ASC", "from", formatInt(e.newest), "to", "")
	case desc:
		m.Links.Next = c.link("sort", "ASC", "from", formatInt(e.oldest-1), "to", "")
	default:
		m.Links.Next = c.link()
	}
	if e.older {
		m.Links.Prev = c.link("sort", "DESC", "to", formatInt(e.oldest), "from", "")
	}
	return m
}

// emptyLinks are those of a page without rows: next serves it again.
func (c *call) emptyLinks() metadata {
	var m metadata
	if from := c.q.Get("from"); from != "" && from != "0" {
		m.Links.Next = c.link()
	}
	return m
}

// attackQuery is a page of the attack log.
type attackQuery struct {
	byID               bool // from and to are ids
	from, to           int64
	desc               bool
	limit              int
	incoming, outgoing bool // neither: both
	faction            int64
}

func (q attackQuery) wants(a *Attack) bool {
	if !q.incoming && !q.outgoing {
		return true
	}
	return q.incoming && a.defenderFaction == q.faction || q.outgoing && a.attackerFaction == q.faction
}

// page finds the rows of a query as they read at the moment seen, and what lies
// beyond them. Its cost follows the page, not the log.
func (x *attackIndex) page(q attackQuery, seen int64) ([]*Attack, pageEdge) {
	list, key := x.byTime, func(a *attack) int64 { return a.started }
	if q.byID {
		list, key = x.byID, func(a *attack) int64 { return a.id }
	} else {
		q.to = min(q.to, seen) // nothing that starts later can be seen
	}
	after := func(n int64) int { return sort.Search(len(list), func(i int) bool { return key(list[i]) > n }) }
	lo, hi := after(q.from), after(q.to)
	step, i := 1, lo
	if q.desc {
		step, i = -1, hi-1
	}
	first, last := -1, -1
	var rows []*Attack
	for ; i >= lo && i < hi && len(rows) < q.limit; i += step {
		if row := list[i].at(seen); row != nil && q.wants(row) {
			if first < 0 {
				first = i
			}
			last = i
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, pageEdge{}
	}
	low, high := min(first, last), max(first, last)
	e := pageEdge{oldest: key(list[low]), newest: key(list[high])}
	e.older = q.beyond(list, low-1, -1, seen)
	e.newer = q.beyond(list, high+1, 1, seen)
	return rows, e
}

// beyond tells whether a wanted row can be seen from i on in a direction.
func (q attackQuery) beyond(list []*attack, i, step int, seen int64) bool {
	for ; i >= 0 && i < len(list); i += step {
		if step > 0 && !q.byID && list[i].started > seen {
			return false
		}
		if row := list[i].at(seen); row != nil && q.wants(row) {
			return true
		}
	}
	return false
}
