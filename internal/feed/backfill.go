package feed

import (
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// Backfill is the reading of wars from before the bot came, asked for by somebody. It
// is done in the time that polling leaves, the newest war first.
type Backfill struct {
	ID int64
	BackfillOrder
	State         BackfillState
	Listed, Ended time.Time // zero: not yet
	// Trouble says in words for people why it does not get on; empty when it does.
	Trouble   string
	TroubleAt time.Time
	Wars      []BackfillWar // the newest first
}

// BackfillOrder is what was asked for: the wars that began in a span, or the latest
// of them that is over.
type BackfillOrder struct {
	By       faction.PlayerID
	At       time.Time
	From, To time.Time
	Latest   bool
}

// Wants tells whether a war is one of those, before the latest is picked.
func (o BackfillOrder) Wants(w war.War) bool {
	return !w.End.IsZero() && !w.Start.Before(o.From) && !w.Start.After(o.To)
}

// BackfillState is where a backfill stands.
type BackfillState string

// The states.
const (
	BackfillRunning   BackfillState = "running"
	BackfillDone      BackfillState = "done"
	BackfillCancelled BackfillState = "cancelled"
)

// BackfillWar is one war of a backfill.
type BackfillWar struct {
	War        war.ID
	Start, End time.Time
	Enemy      string
	State      BackfillWarState
	Reported   bool // its official report is stored
	// ReportTries counts attempts at a report that Torn does not give.
	ReportTries int
	// ReadTo is how far back the log is read; zero: not begun.
	ReadTo  time.Time
	Attacks int64 // read and not known before
}

// BackfillWarState is what becomes of a war's attacks.
type BackfillWarState string

// The states. From WarKnown to WarEmpty nothing was read.
const (
	WarWaiting BackfillWarState = "waiting"
	WarReading BackfillWarState = "reading"
	WarRead    BackfillWarState = "done"
	WarKnown   BackfillWarState = "known"   // read whole before: not read again
	WarTooOld  BackfillWarState = "too_old" // Torn's log does not reach back to it
	WarEmpty   BackfillWarState = "empty"   // Torn's log shows nothing of it any more
	WarPartly  BackfillWarState = "partly"  // Torn's log shows only the later part of it
)

// Over tells that nothing of the war's attacks is left to do.
func (s BackfillWarState) Over() bool { return s != WarWaiting && s != WarReading }

// Share is how much of the war's window is read, from 0 to 1.
func (w BackfillWar) Share() float64 {
	switch {
	case w.State.Over():
		return 1
	case w.ReadTo.IsZero() || !w.Start.Before(w.End):
		return 0
	default:
		return min(max(w.End.Sub(w.ReadTo).Seconds()/w.End.Sub(w.Start).Seconds(), 0), 1)
	}
}

// reportShare is how much of a war's work its report counts for: one request against
// the dozens that its log takes.
const reportShare = 0.05

// Share is how much of the backfill is done, from 0 to 1. Wars weigh as long as they lasted.
func (b Backfill) Share() float64 {
	if b.State == BackfillDone {
		return 1
	}
	var done, all float64
	for _, w := range b.Wars {
		weight := max(w.End.Sub(w.Start).Seconds(), 1)
		all += weight * reportShare
		if w.Reported || w.ReportTries >= ReportTries {
			done += weight * reportShare
		}
		if w.State == WarKnown || w.State == WarTooOld || w.State == WarEmpty {
			continue // nothing is read of it
		}
		all += weight * (1 - reportShare)
		done += weight * (1 - reportShare) * w.Share()
	}
	if all == 0 {
		return 0
	}
	return min(done/all, 1)
}

// Count tells how many wars are in a state, and how many attacks were new.
func (b Backfill) Count(s BackfillWarState) (wars int, attacks int64) {
	for _, w := range b.Wars {
		if w.State == s {
			wars++
			attacks += w.Attacks
		}
	}
	return wars, attacks
}

// ReportTries is how often an official report is asked for that Torn does not give.
const ReportTries = 3

// Next is the war to go on with, and whether its report is what is missing. ok is
// false when nothing is left to do.
func (b Backfill) Next() (w BackfillWar, report, ok bool) {
	for _, w := range b.Wars {
		if !w.Reported && w.ReportTries < ReportTries {
			return w, true, true
		}
		if !w.State.Over() {
			return w, false, true
		}
	}
	return BackfillWar{}, false, false
}

// BackfillStep is what one step of a backfill writes, in the transaction of a page.
type BackfillStep struct {
	ID int64
	// Add puts wars on record that were not.
	Add []war.War
	// List names the wars that the backfill is about; Listed tells that these are all.
	List   []BackfillWar
	Listed bool
	// War is how one of them stands now.
	War *BackfillWar
	// Whole tells that the attacks of War have been read from start to end; Samples is
	// its score over time, when it has none.
	Whole   bool
	Samples []war.Sample
	// Cut is the first moment of War that Torn's log shows, where it does not show all of it.
	Cut time.Time
	// Report is an official report to be stored.
	Report *war.Report
	// Due is when the next turn is; zero together with Done.
	Due time.Time
	// Done ends the backfill.
	Done bool
	// Trouble says why there was no getting on; empty: there was.
	Trouble string
}
