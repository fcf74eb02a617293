package feed

import (
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// AttackPage is what one page of the attack log comes to.
type AttackPage struct {
	// Rows are the new and the changed attacks, as they are now.
	Rows []war.Logged
	// Moves are what the tallies of each war change by.
	Moves map[war.ID][]war.Row
	// Retals are the retaliations that are new or have changed.
	Retals []war.RetalChange
	// Ask asks for a stretch to be read back, beside what Progress says of the
	// fill that is under way.
	Ask *Fill
	// Aside is written between two polls of the feed, by somebody who does not hold it:
	// it gives way to a poll that has claimed the feed meanwhile.
	Aside bool
	// Final names wars whose window has now been read for the last time.
	Final []war.ID
	// Backfill is a step of reading wars of the past; nil: none was made.
	Backfill *BackfillStep
	// Alerts, Settled and Personal are told in the same transaction (alert.News).
	Alerts   []alert.Alert
	Settled  []alert.Settled
	Personal []alert.Personal
	Progress Progress
}

// Update is what a poll of anything but the attack log comes to. Only what is set
// is written, all of it in one transaction.
type Update struct {
	Faction   *faction.Faction
	Wars      []war.War
	Sample    *war.Sample // of the war with id SampleOf
	SampleOf  war.ID
	Rosters   map[faction.ID][]faction.Member
	Positions []faction.Position
	Chain     *chain.State
	// Chains are chains of which people were told something, ChainReports what chains
	// came to.
	Chains       []chain.Watched
	ChainReports []chain.Report
	Report       *war.Report
	// Terms are agreed terms of which more was told.
	Terms *war.Terms
	// Scout is who the enemy of war ScoutOf is, Activity one look at how many are about.
	Scout    *war.Scout
	ScoutOf  war.ID
	Activity *war.Activity
	Ebb      *war.Ebb
	// Alerts, Settled and Personal are told in the same transaction (alert.News).
	Alerts   []alert.Alert
	Settled  []alert.Settled
	Personal []alert.Personal
	// Fill asks the attack log to be read back.
	Fill *Fill
	// EnlistedFor is the matchmaking that the faction is known to be enlisted for, of the
	// feed Members; zero: it is not. nil: nothing new.
	EnlistedFor *time.Time
	// Hurry makes other feeds due.
	Hurry    map[Name]time.Time
	Progress Progress
}

// Change is one committed change that a listener is told of.
type Change struct {
	Faction faction.ID
	Topic   string
}
