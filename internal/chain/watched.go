package chain

import (
	"time"

	"consigliere/internal/faction"
)

// Watched is a chain with all that is known of it beside Torn's figures.
type Watched struct {
	State
	Told   Told
	SeenAt time.Time // when Torn last told of it
	// LogReadAt is when the attack log was last read; zero: never.
	LogReadAt time.Time
	// FrontDueAt is when the war's front is read next, which shows the chain as well.
	FrontDueAt time.Time
	// Untracked: the faction wants nobody to be called.
	Untracked bool
	// Claim is who takes the next bonus hit.
	Claim Claim
}

// Claim is who takes a bonus hit.
type Claim struct {
	Chain  ID
	Hit    int              // zero: there is no claim
	Player faction.PlayerID // 0: nobody yet
	Name   string
	At     time.Time
	// HeldBy told everybody else to hold; 0: nobody did.
	HeldBy     faction.PlayerID
	HolderName string
	HeldAt     time.Time
}

// Summary is a line of the list of chains.
type Summary struct {
	State
	SeenAt time.Time
	// Counted tells that its report is stored; the figures after it are zero before.
	Counted        bool
	Logged         int
	Respect, Bonus faction.Respect
}
