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
	// Steps: nothing but the count has grown, which is news only to rules that ask for
	// one alert per so many.
	Steps bool `json:"steps,omitempty"`
	// Name is what a rule can filter by: a crime's name.
	Name string `json:"name,omitempty"`
	// Test marks a sample: nothing happened, and nobody is to be called by it.
	Test bool `json:"test,omitempty"`
	// Call names players whom the message mentions, those of them that are linked: at
	// most MaxCalled, the first ones.
	Call []faction.PlayerID `json:"call,omitempty"`
	// CallNobodyElse keeps the rule's role from being mentioned: it concerns those in
	// Call alone, or nobody yet.
	CallNobodyElse bool `json:"call_nobody_else,omitempty"`
	// Follows names an earlier alert whose message is edited to say this as well
	// (Settled). Where that one was told, this one is not told again; zero: nowhere.
	Follows Ref `json:"follows,omitzero"`
	// Promised: it calls somebody who signed up for it (a watch slot), so that neither
	// their quiet hours nor those of a rule hold it back. In a rule's quiet hours it calls
	// no role.
	Promised bool `json:"promised,omitempty"`
	// AckWithin, of a personal notice: it bears a button "Got it", and when nobody
	// pressed that so long after it was sent, or it could not be sent, it is told once
	// to the rules of its kind. Zero: neither.
	AckWithin time.Duration `json:"ack_within,omitempty"`
	Data      Data          `json:"data,omitzero"`
	// Faction is whose alert it is. The store sets it when it reads one; buttons need it.
	Faction faction.ID `json:"-"`
}

// MaxCalled is how many players one message mentions at most.
const MaxCalled = 10

// Ref names the alerts of a kind and a subject whose stage begins with Stage.
type Ref struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject"`
	Stage   string `json:"stage,omitempty"`
}

// Settled gives alerts that were told a new wording, because their matter has come to
// an end (a retaliation was taken) or stands otherwise (somebody claimed it). What
// was sent is edited; what waits to be sent is not sent any more.
type Settled struct {
	Ref
	Alert Alert // what their messages say from now on
	// Goes on: the matter is not over. What waits is sent, with the new wording.
	GoesOn bool
}

// News is all that one transaction has to tell.
type News struct {
	Alerts   []Alert
	Settled  []Settled
	Personal []Personal
}

// Empty tells that there is nothing to tell.
func (n News) Empty() bool { return len(n.Alerts)+len(n.Settled)+len(n.Personal) == 0 }

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
// be written later, and by another process, from what was true then. One field and one
// file (data_<noun>.go) per noun; say/alert_<noun>.go words it.
type Data struct {
	War    *WarData       `json:"war,omitempty"`
	Terms  *TermsData     `json:"terms,omitempty"`
	Enlist *EnlistData    `json:"enlist,omitempty"`
	Ebb    *EbbData       `json:"ebb,omitempty"`
	Chain  *ChainData     `json:"chain,omitempty"`
	Watch  *WatchData     `json:"watch,omitempty"`
	Player *PlayerData    `json:"player,omitempty"`
	Key    *KeyData       `json:"key,omitempty"`
	Retal  *RetalData     `json:"retal,omitempty"`
	Stale  *StaleData     `json:"stale,omitempty"`
	Budget *BudgetData    `json:"budget,omitempty"`
	Broken *BrokenData    `json:"broken,omitempty"`
	Items  []string       `json:"items,omitempty"` // names, for kinds that list things
	Note   string         `json:"note,omitempty"`  // words ready for people
	Counts map[string]int `json:"counts,omitempty"`
	// Unconfirmed is the player who did not confirm this as a notice of their own.
	Unconfirmed *PlayerData `json:"unconfirmed,omitempty"`
	// Confirmed is the player who did so after the channel had been told.
	Confirmed *PlayerData `json:"confirmed,omitempty"`
}

// PlayerData names one player.
type PlayerData struct {
	ID   faction.PlayerID `json:"id"`
	Name string           `json:"name"`
}
