package alert

import "time"

// ScoutData is who an enemy is, in the message that announces the war.
type ScoutData struct {
	Rank      string     `json:"rank,omitempty"`
	Wins      int        `json:"wins,omitempty"`
	Members   int        `json:"members"`
	BestChain int64      `json:"best_chain,omitempty"`
	Levels    [5]int     `json:"levels"` // lowest, lower quarter, middle, upper quarter, highest
	Past      []PastData `json:"past,omitempty"`
	SeenAt    time.Time  `json:"seen_at"`
}

// PastData is one past war of an enemy, from their side.
type PastData struct {
	Against string    `json:"against"`
	End     time.Time `json:"end"`
	Score   int64     `json:"score"`
	Theirs  int64     `json:"theirs"`
	Outcome string    `json:"outcome"` // as of war.Outcome
}

// EnlistData is the next matchmaking, and whether the faction is enlisted for it.
type EnlistData struct {
	Matchmaking time.Time `json:"matchmaking"`
	// Unknown: no key tells whether it is.
	Unknown  bool `json:"unknown,omitempty"`
	Enlisted bool `json:"enlisted,omitempty"`
	// AtWar: a war is being fought.
	AtWar bool `json:"at_war,omitempty"`
}

// EbbData is a stretch in which our lead shrinks while members of ours could fight.
type EbbData struct {
	// Lost is how many points the lead fell within Minutes.
	Lost     int64    `json:"lost"`
	Minutes  int      `json:"minutes"`
	Idle     []string `json:"idle,omitempty"`
	Flying   []string `json:"flying,omitempty"`
	Hospital []string `json:"hospital,omitempty"`
	// Lands is when each of Flying lands; zero: not known. Empty: of nobody.
	Lands []time.Time `json:"lands,omitempty"`
	// Over is when the lead had stopped falling; zero: it goes on.
	Over time.Time `json:"over,omitzero"`
}

func sampleScout(now time.Time) *ScoutData {
	return &ScoutData{
		Rank: "Gold II", Wins: 41, Members: 88, BestChain: 10_000, Levels: [5]int{12, 48, 66, 81, 100}, SeenAt: now,
		Past: []PastData{{Against: "Example Foe", End: now.AddDate(0, 0, -7), Score: 5_210, Theirs: 3_900, Outcome: "won"}},
	}
}
