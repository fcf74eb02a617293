package alert

import (
	"time"

	"consigliere/internal/faction"
)

// TermsData is how the agreed terms of a war stand at the moment of an alert. One of
// Limit and After is set, or, in a notice to one member, HitLimit.
type TermsData struct {
	// Limit is which bound is near, one of war.Limit; Step how near: "slow", "stop", "passed".
	Limit string `json:"limit,omitempty"`
	Step  string `json:"step,omitempty"`
	// Cap is the bound in points, Score what stands against it.
	Cap   int64 `json:"cap,omitempty"`
	Score int64 `json:"score,omitempty"`
	// Hits is how many hits of ours are left, PerMinute the points made a minute now.
	Hits      int64     `json:"hits,omitempty"`
	PerMinute float64   `json:"per_minute,omitempty"`
	StopAt    time.Time `json:"stop_at,omitzero"`
	FinishAt  time.Time `json:"finish_at,omitzero"`
	// Falls is when the target falls to Cap; zero: it has. Needed is how many points of
	// ours keep their lead below it.
	Falls  time.Time `json:"falls,omitzero"`
	Needed int64     `json:"needed,omitempty"`
	// After lists hits of ours after the stop, the latest first; Count is how many there
	// are, Theirs how many the enemy made.
	After  []TermsHit `json:"after,omitempty"`
	Count  int        `json:"count,omitempty"`
	Theirs int        `json:"theirs,omitempty"`
	// HitLimit is the most war hits of a member, Made how many the member made.
	HitLimit int64  `json:"hit_limit,omitempty"`
	Made     int64  `json:"made,omitempty"`
	Note     string `json:"note,omitempty"`
}

// TermsHit is one hit after the stop.
type TermsHit struct {
	Player  PlayerData      `json:"player"`
	At      time.Time       `json:"at"`
	Code    string          `json:"code,omitempty"`
	Respect faction.Respect `json:"respect"`
}
