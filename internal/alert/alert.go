package alert

import (
	"strconv"
	"time"

	"consigliere/internal/faction"
)

// Alert is something that happened to a faction and that people may want to hear.
// Raising the same alert again is harmless: the subject and stage make it one.
type Alert struct {
	Kind Kind `json:"kind"`
	// Subject is what it is about, as Subject makes it: "war:44751".
	Subject string `json:"subject"`
	// Stage is the step of the subject this alert tells of: "started",
	// "milestone:lead:50". Each stage of a subject is told once per rule.
	Stage string `json:"stage"`
	// At is when it happened, not when it was noticed.
	At time.Time `json:"at"`
	// ExpiresAt is from when it is no longer worth sending. Zero: At plus the
	// kind's Lifetime.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Due is the moment a warning is about (a start, a crime's ready_at); zero for
	// what has already happened.
	Due time.Time `json:"due,omitzero"`
	// Was and Is are a growing count before and after (a score, a chain's hits),
	// so that a rule may ask for every so many. Both zero: nothing is counted.
	Was int64 `json:"was,omitempty"`
	Is  int64 `json:"is,omitempty"`
	// Name is what a rule can filter by: a crime's name.
	Name string `json:"name,omitempty"`
	// Test marks a sample: nothing happened, and nobody is to be called by it.
	Test bool `json:"test,omitempty"`
	Data Data `json:"data,omitzero"`
}

// Subject names what an alert is about: Subject("war", 44751) is "war:44751".
func Subject(noun string, id int64) string { return noun + ":" + strconv.FormatInt(id, 10) }

// Expires is the moment from which the alert is no longer worth sending.
func (a Alert) Expires() time.Time {
	if a.ExpiresAt.IsZero() {
		return a.At.Add(a.Kind.Lifetime())
	}
	return a.ExpiresAt
}

// Data holds the figures a message about an alert may need; which of them are set
// depends on the kind. It is stored as JSON with the alert, so that a message can
// be written later, and by another process, from what was true then.
type Data struct {
	War    *WarData       `json:"war,omitempty"`
	Chain  *ChainData     `json:"chain,omitempty"`
	Player *PlayerData    `json:"player,omitempty"`
	Key    *KeyData       `json:"key,omitempty"`
	Items  []string       `json:"items,omitempty"` // names, for kinds that list things
	Note   string         `json:"note,omitempty"`  // words ready for people
	Counts map[string]int `json:"counts,omitempty"`
}

// WarData is a war at the moment of an alert. Scores are whole points.
type WarData struct {
	ID       int64      `json:"id"`
	Us       faction.ID `json:"us"`
	UsName   string     `json:"us_name"`
	Them     faction.ID `json:"them"`
	ThemName string     `json:"them_name"`
	Start    time.Time  `json:"start"`
	End      time.Time  `json:"end,omitzero"`
	// Score by side, and the lead that wins now.
	UsScore   int64 `json:"us_score"`
	ThemScore int64 `json:"them_score"`
	Target    int64 `json:"target"`
	// Outcome is "won", "lost" or "draw" once the war has ended.
	Outcome string `json:"outcome,omitempty"`
	Forfeit bool   `json:"forfeit,omitempty"`
	// Percent is the share of the target that our lead has crossed, Reached the
	// multiple of points that our score has; a milestone is about one of them.
	Percent int   `json:"percent,omitempty"`
	Reached int64 `json:"reached,omitempty"`
	// SeenAt is when Torn told us this.
	SeenAt time.Time `json:"seen_at,omitzero"`
}

// ChainData is a chain at the moment of an alert.
type ChainData struct {
	ID       int64     `json:"id"`
	Current  int       `json:"current"`
	Next     int       `json:"next,omitempty"` // next bonus hit
	Deadline time.Time `json:"deadline,omitzero"`
}

// PlayerData names one player.
type PlayerData struct {
	ID   faction.PlayerID `json:"id"`
	Name string           `json:"name"`
}

// KeyData is a stored key that Torn answers less to than before; its owner stands in
// Data.Player.
type KeyData struct {
	State string `json:"state"` // faction.KeyPaused, …
	// LostFactionAccess: the owner's position has no Faction API Access any more.
	LostFactionAccess bool `json:"lost_faction_access,omitempty"`
	// AttackReaders is how many players' keys can still read the attack log.
	AttackReaders int `json:"attack_readers"`
	// Yours: the reader is the owner.
	Yours bool `json:"yours,omitempty"`
}
