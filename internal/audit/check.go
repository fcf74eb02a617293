package audit

import "consigliere/internal/faction"

// Fault is what is wrong with a row of a stored chain.
type Fault string

// The faults.
const (
	Changed   Fault = "changed"   // the entry is not what was written, or one before it was taken out
	Missing   Fault = "missing"   // the entry or its link is gone
	Inserted  Fault = "inserted"  // nobody wrote the entry through the chain
	Reordered Fault = "reordered" // the entry stands in another's place
	Truncated Fault = "truncated" // the end of the chain is gone
	WrongHead Fault = "wrong head"
)

// Broken is the first row at which a chain is not what was written.
type Broken struct {
	Fault Fault
	N     int64 // its place in the chain; 0: it has none
	Seq   int64 // the entry's; 0: not known
	Other int64 // Reordered: the place with which it was exchanged. Truncated: the last place that is gone.
}

// Verdict is what a check found.
type Verdict struct {
	Entries int64 // links that were looked at
	Head    Head  // as recorded
	Broken  *Broken
}

// Whole tells that nothing is wrong.
func (v Verdict) Whole() bool { return v.Broken == nil }

// Checker follows a stored chain. Links go in by place, then what stands in no link,
// then the head. It keeps one row at most, however long the chain.
type Checker struct {
	id      faction.ID
	at      Head // of what was right so far
	entries int64
	broken  *Broken
	// The first row that does not fit, while it is not known whether the right one follows.
	odd      Link
	oddEntry Entry
	last     Hash // of the link before, right or not
}

// NewChecker begins a check of a faction's chain after a head that is known to be
// right: the zero Head, or the one before an extract.
func NewChecker(id faction.ID, from Head) *Checker { return &Checker{id: id, at: from} }

// Link takes the next link and its entry; nil when the log has no such entry.
func (c *Checker) Link(l Link, e *Entry) {
	c.entries++
	switch {
	case c.broken == nil:
		c.next(l, e)
	case c.broken.Fault == Changed && c.odd.N != 0 && e != nil:
		c.explain(l, *e)
	}
	c.last = l.Hash
}

func (c *Checker) next(l Link, e *Entry) {
	n := c.at.N + 1
	switch {
	case l.N > n:
		c.broken = &Broken{Fault: Missing, N: n}
	case l.N < n: // below the first place: the links come in order
		c.broken = &Broken{Fault: Inserted, N: l.N, Seq: l.Seq}
	case e == nil:
		c.broken = &Broken{Fault: Missing, N: n, Seq: l.Seq}
	case Sum(c.at.Hash, c.id, n, *e) != l.Hash:
		c.broken = &Broken{Fault: Changed, N: n, Seq: l.Seq}
		c.odd, c.oddEntry = l, *e
	default:
		c.at = Head{N: n, Hash: l.Hash}
	}
}

// explain looks whether a later row is the one that belongs where the odd one stands:
// then the two were exchanged, or the odd one was put in between. A row that is right
// where it stands was not exchanged, however much it resembles another.
func (c *Checker) explain(l Link, e Entry) {
	n := c.odd.N
	swapped := e
	swapped.Seq = c.odd.Seq
	switch {
	case Sum(c.last, c.id, l.N, e) == l.Hash:
	case Sum(c.at.Hash, c.id, n, swapped) == c.odd.Hash, // the contents were exchanged
		Sum(c.at.Hash, c.id, n, e) == c.odd.Hash: // the links point to each other's entry
		c.broken.Fault, c.broken.Other = Reordered, l.N
	case Sum(c.at.Hash, c.id, n, e) != l.Hash:
	case l.N == n+1 && Sum(l.Hash, c.id, l.N, c.oddEntry) != c.odd.Hash:
		c.broken.Fault = Inserted
	default: // the links have each other's place
		c.broken.Fault, c.broken.Other = Reordered, l.N
	}
}

// Unlinked takes an entry that is in the log and in no link.
func (c *Checker) Unlinked(seq int64) {
	if c.broken == nil {
		c.broken = &Broken{Fault: Inserted, Seq: seq}
	}
}

// Finish takes the recorded head and gives the verdict.
func (c *Checker) Finish(head Head) Verdict {
	if c.broken == nil || c.broken.Fault == Inserted && c.broken.N == 0 {
		switch {
		case head.N > c.at.N:
			c.broken = &Broken{Fault: Truncated, N: c.at.N + 1, Other: head.N}
		case head.N < c.at.N:
			c.broken = &Broken{Fault: Inserted, N: head.N + 1}
		case head.Hash != c.at.Hash:
			c.broken = &Broken{Fault: WrongHead, N: head.N}
		}
	}
	return Verdict{Entries: c.entries, Head: head, Broken: c.broken}
}
