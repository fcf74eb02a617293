// Package feed describes what is polled, how often, and how far it has got. It
// decides when the next look is due; it does no I/O.
package feed

import (
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Name is one stream of data that is polled for a faction.
type Name string

// The feeds.
const (
	// Attacks is the attack log: quick reads of the newest rows, and reading back
	// (sweeps, gaps, re-reads) as one mode of the same feed.
	Attacks Name = "attacks"
	// Front is the war's score, the chain, and at war both rosters.
	Front Name = "front"
	// Members is our roster, its positions and the faction's own page.
	Members Name = "members"
	// Wars closes wars that ended unseen, fetches official reports, and keeps the list of past wars.
	Wars Name = "wars"
	// Chain follows a chain that runs, and warns before it breaks. It costs requests
	// only while there is one.
	Chain Name = "chain"
	// Scout looks at the enemy of a war that is coming or on: who they are, once, and
	// how many of them are about, every quarter of an hour.
	Scout Name = "scout"
)

// All lists the feeds of a registered faction.
func All() []Name { return []Name{Attacks, Front, Members, Wars, Chain, Scout} }

// Urgent lists the feeds in which a second matters at war: none of them waits for the
// others.
func Urgent() []Name { return []Name{Attacks, Front, Chain} }

// Calm lists the other ones.
func Calm() []Name {
	return slices.DeleteFunc(All(), func(n Name) bool { return slices.Contains(Urgent(), n) })
}

// State is a feed's row: when it is due, who holds it, how it fared.
type State struct {
	Faction    faction.ID
	Feed       Name
	NextDue    time.Time
	LeaseUntil time.Time
	// Generation is raised by every transaction of a poll; a writer that finds
	// another value than it read has been overtaken and stops.
	Generation  int64
	LastSuccess time.Time // zero: never
	LastError   string
	LastErrorAt time.Time
	Failures    int // in a row
	Took        time.Duration
	Log         Log
	// EnlistedFor, of Members, is the matchmaking that the faction was last seen enlisted
	// for; zero: none, or it was not.
	EnlistedFor time.Time
}

// Log is how far the attack log has been read.
type Log struct {
	// HeadID and HeadAt name the newest row and its start: up to it nothing is missing
	// but late rows and what Fill still has to bring. Zero before the first read.
	HeadID int64
	HeadAt time.Time
	// Fill is the reading back still to do; From is zero when there is none.
	Fill Fill
	// SweptAt is when the last reading began that looked for all rows that were late.
	SweptAt time.Time
	// Asked counts the requests to read back. Whoever reads back records its progress
	// only while nobody has asked anew: a request may concern rows that it has passed.
	Asked int64
	// BackfillDue is when reading wars of the past (Backfill) wants its next turn;
	// zero: there is nothing to do.
	BackfillDue time.Time
}

// Fill is a stretch of the log to be read again, the newest rows first: a sweep for
// late rows, a gap after an outage, a war's final re-read, a backfill.
type Fill struct {
	From time.Time // zero: nothing to read
	// To is how far back the reading has come: everything after it is done. Zero:
	// not begun.
	To  time.Time
	Due time.Time
}

// Pending tells whether the fill should be worked on at now.
func (f Fill) Pending(now time.Time) bool { return !f.From.IsZero() && !now.Before(f.Due) }

// Ask widens a fill so that it covers another stretch as well. The reading begins
// anew, because what is asked for may lie in the part that is done.
func (f Fill) Ask(from, due time.Time) Fill {
	if f.From.IsZero() {
		return Fill{From: from, Due: due}
	}
	if f.From.Before(from) {
		from = f.From
	}
	if f.Due.Before(due) {
		due = f.Due
	}
	return Fill{From: from, Due: due}
}

// Intervals are the spacings of torn.poll.* in the configuration.
type Intervals struct {
	AttacksWar, AttacksIdle, Members, Wars, Front time.Duration
}

// Overlap is how far a sweep reaches back: a fight lasts up to five minutes, so a
// row can appear that long after its start (game.md, Attacks).
const Overlap = 10 * time.Minute

// LateBy is how long after its start a row may first be shown, or change once more:
// five minutes of fight, and as much again for Torn to show it and to correct itself.
const LateBy = 11 * time.Minute

// Longest is more than any feed or board waits for its turn.
const Longest = 3 * time.Hour

// SweepEvery is the spacing of sweeps while a war is on.
const SweepEvery = 5 * time.Minute

// FinalAfter is how long after a war's end its window is read once more: the last
// fights have then shown up.
const FinalAfter = 6 * time.Minute

// Backoff is the wait after a number of failures in a row: the usual interval
// first, doubling to five minutes at most; a longer interval stays as it is.
func Backoff(interval time.Duration, failures int) time.Duration {
	const most = 5 * time.Minute
	wait := interval
	for i := 1; i < failures && wait < most; i++ {
		wait *= 2
	}
	return min(wait, max(most, interval))
}

// Progress is what a poll's transaction writes about the poll itself.
type Progress struct {
	Now     time.Time
	NextDue time.Time
	// Done ends the run: the lease is given back and the success recorded. A run
	// that commits page by page says it only with the last one.
	Done bool
	Took time.Duration
	Log  Log
}
