package chain

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Report is what a chain came to, counted from our own attack rows.
type Report struct {
	Chain ID
	// Hits is the chain's last counter, as Torn told it; Logged how many of them the
	// attack log holds.
	Hits, Logged int
	Start, End   time.Time // first and last hit
	Respect      faction.Respect
	Bonus        faction.Respect // the flat bonuses inside Respect
	Members      []MemberReport  // the most hits first
	Bonuses      []Hit           // the bonus hits, by counter
}

// MemberReport is one member's share of a chain.
type MemberReport struct {
	Player  faction.PlayerID
	Name    string
	Hits    int
	WarHits int
	Respect faction.Respect
	Bonus   faction.Respect // inside Respect
	// Best is the most that one hit earned without a bonus.
	Best    faction.Respect
	Bonuses int
	Wasted  int // bonuses spent outside the war
	// Watch is how long they were on watch.
	Watch time.Duration
}

// Normal is the respect without flat bonuses: what members can be compared by.
func (m MemberReport) Normal() faction.Respect { return m.Respect - m.Bonus }

// Normal is the chain's respect without flat bonuses.
func (r Report) Normal() faction.Respect { return r.Respect - r.Bonus }

// Of narrows a report to some members: their hits, respect and bonuses are its own.
func (r Report) Of(some map[faction.PlayerID]bool) Report {
	out := r
	out.Logged, out.Respect, out.Bonus, out.Members, out.Bonuses = 0, 0, 0, nil, nil
	for _, m := range r.Members {
		if some[m.Player] {
			out.Members = append(out.Members, m)
			out.Logged += m.Hits
			out.Respect += m.Respect
			out.Bonus += m.Bonus
		}
	}
	for _, h := range r.Bonuses {
		if some[h.Player] {
			out.Bonuses = append(out.Bonuses, h)
		}
	}
	return out
}

// Wasted are the bonus hits that were spent outside the war.
func (r Report) Wasted() []Hit {
	return slices.DeleteFunc(slices.Clone(r.Bonuses), func(h Hit) bool { return !h.Wasted() })
}

// Missing is how many hits the attack log lacks.
func (r Report) Missing() int { return max(0, r.Hits-r.Logged) }

// Fold counts a chain from the attack log: of hits those that belong to it, each
// counter once. watch is how long each member was on watch.
func Fold(s State, hits []Hit, watch map[faction.PlayerID]time.Duration) Report {
	r := Report{Chain: s.ID, Hits: s.Current}
	members := map[faction.PlayerID]*MemberReport{}
	member := func(id faction.PlayerID) *MemberReport {
		if members[id] == nil {
			members[id] = &MemberReport{Player: id}
		}
		return members[id]
	}
	seen := map[int]bool{}
	for _, h := range sorted(hits) {
		if !s.holds(h) || seen[h.Counter] {
			continue
		}
		seen[h.Counter] = true
		r.Logged++
		r.End = later(r.End, h.At)
		if r.Start.IsZero() {
			r.Start = h.At
		}
		m := member(h.Player)
		m.add(h)
		r.Respect += h.Respect
		r.Bonus += h.Bonus()
		if h.Bonus() > 0 {
			r.Bonuses = append(r.Bonuses, h)
		}
	}
	for id, d := range watch {
		if d > 0 {
			member(id).Watch = d
		}
	}
	for _, m := range members {
		r.Members = append(r.Members, *m)
	}
	slices.SortFunc(r.Members, func(a, b MemberReport) int {
		return cmp.Or(cmp.Compare(b.Hits, a.Hits), cmp.Compare(b.Respect, a.Respect), cmp.Compare(a.Player, b.Player))
	})
	slices.SortFunc(r.Bonuses, func(a, b Hit) int { return cmp.Compare(a.Counter, b.Counter) })
	return r
}

func (m *MemberReport) add(h Hit) {
	m.Hits++
	if h.Name != "" {
		m.Name = h.Name
	}
	if h.War {
		m.WarHits++
	}
	m.Respect += h.Respect
	m.Bonus += h.Bonus()
	m.Best = max(m.Best, h.Respect-h.Bonus())
	if h.Bonus() > 0 {
		m.Bonuses++
	}
	if h.Wasted() {
		m.Wasted++
	}
}

// holds tells whether a hit belongs to the chain: it counted, and landed between the
// chain's first hit and its end.
func (s State) holds(h Hit) bool {
	return h.Counter > 0 && h.Counter <= s.Current && !h.At.Before(s.Start.Add(-beginning)) && !h.At.After(s.End.Add(grace))
}

// beginning is how far before Torn's start of a chain its first hits may lie: the
// ten that make one land within five minutes.
const beginning = Timeout

// ReportOf is a chain's report from the attack log, or where the log is no longer kept,
// from what was stored of it. Who was on watch is known from there alone.
func ReportOf(s Summary, hits []Hit, stored []MemberReport) Report {
	watch := map[faction.PlayerID]time.Duration{}
	for _, m := range stored {
		watch[m.Player] = m.Watch
	}
	r := Fold(s.State, hits, watch)
	if s.Counted && r.Logged < s.Logged {
		r.Logged, r.Respect, r.Bonus, r.Members = s.Logged, s.Respect, s.Bonus, stored
		if r.Start.IsZero() {
			r.Start, r.End = s.Start, s.LastHit()
		}
		return r
	}
	for i := range r.Members { // who was on watch and never hit
		if at := slices.IndexFunc(stored, func(m MemberReport) bool { return m.Player == r.Members[i].Player }); at >= 0 && r.Members[i].Name == "" {
			r.Members[i].Name = stored[at].Name
		}
	}
	return r
}
