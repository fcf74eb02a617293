package alert

import "time"

// StaleData is one stretch of time in which feeds bring nothing new.
type StaleData struct {
	Feeds []StaleFeed `json:"feeds,omitempty"` // those that bring nothing now
	Since time.Time   `json:"since"`           // when that was noticed
	// FreshAt is when all of them were back; zero: they are not.
	FreshAt time.Time `json:"fresh_at,omitzero"`
}

// StaleFeed is a feed that brings nothing new.
type StaleFeed struct {
	Feed string `json:"feed"`
	// Last is its last success; zero: there was none yet.
	Last time.Time `json:"last,omitzero"`
	Why  string    `json:"why,omitempty"` // in words for people
}

// BudgetData is a share of Torn's requests that is nearly used up.
type BudgetData struct {
	// Player is whose share it is; 0: that of this host's address.
	Player int64     `json:"player,omitempty"`
	Calls  int       `json:"calls"` // in the last minute
	Limit  int       `json:"limit"`
	Since  time.Time `json:"since"`
	Over   time.Time `json:"over,omitzero"` // when it was over; zero: it is not
}

// BrokenData is a place where alerts cannot be delivered any more.
type BrokenData struct {
	Channel string   `json:"channel,omitempty"` // its id; empty: a webhook
	Reason  string   `json:"reason"`            // as Rule.Broken
	Kinds   []string `json:"kinds"`             // what does not arrive there
}

func sampleStale(now time.Time) Data {
	return Data{Stale: &StaleData{Since: now, Feeds: []StaleFeed{{Feed: "attacks", Last: now.Add(-6 * time.Minute), Why: "Torn did not answer."}}}}
}

func sampleBudget(now time.Time) Data {
	return Data{Budget: &BudgetData{Calls: 780, Limit: 900, Since: now.Add(-5 * time.Minute)}}
}

func sampleBroken() Data {
	return Data{Broken: &BrokenData{Reason: "the webhook is gone", Kinds: []string{string(WarStarted), string(WarEnded)}}}
}
