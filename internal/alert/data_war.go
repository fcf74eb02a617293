package alert

import (
	"time"

	"consigliere/internal/faction"
)

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

func sampleWar(us faction.ID, usName string, now time.Time) Data {
	return Data{War: &WarData{
		Us: us, UsName: usName, ThemName: "Example Enemy", Start: now, UsScore: 1_250, ThemScore: 980, Target: 3_000,
		Percent: 25, Outcome: "won", End: now.Add(30 * time.Hour),
	}}
}
