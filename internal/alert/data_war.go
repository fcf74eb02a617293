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
	// Scout is who the enemy is, once that was read.
	Scout *ScoutData `json:"scout,omitempty"`
	// SeenAt is when Torn told us this.
	SeenAt time.Time `json:"seen_at,omitzero"`
}

func sampleWar(k Kind, us faction.ID, usName string, now time.Time) Data {
	d := Data{War: &WarData{
		Us: us, UsName: usName, ThemName: "Example Enemy", Start: now, UsScore: 1_250, ThemScore: 980, Target: 3_000,
		Percent: 25, Outcome: "won", End: now.Add(30 * time.Hour),
	}}
	switch k {
	case WarScheduled:
		d.War.Start, d.War.Scout = now.Add(50*time.Hour), sampleScout(now)
	case WarEnlist:
		d.Enlist = &EnlistData{Matchmaking: now.Add(24 * time.Hour)}
	case WarTerms:
		d.Terms = &TermsData{Limit: "score", Step: "slow", Cap: 1_300, Score: 1_250, Hits: 9, PerMinute: 12}
	}
	return d
}
