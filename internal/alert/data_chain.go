package alert

import (
	"time"

	"consigliere/internal/faction"
)

// ChainData is a chain at the moment of an alert. Respect is in hundredths.
type ChainData struct {
	ID      int64     `json:"id"`
	Current int       `json:"current"`
	Next    int       `json:"next,omitempty"` // next bonus hit
	Start   time.Time `json:"start,omitzero"`
	// Deadline is the absolute moment it breaks, or broke.
	Deadline time.Time `json:"deadline,omitzero"`
	// SeenAt is when Torn last told of it; LastHit when the newest hit landed.
	SeenAt  time.Time `json:"seen_at,omitzero"`
	LastHit time.Time `json:"last_hit,omitzero"`
	// Unconfirmed: Torn could not be asked before the alert; a hit may have landed since.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
	// Left is the warning's seconds: 120, 90, 60, 30.
	Left int `json:"left,omitempty"`
	// Hit is the bonus hit that the alert is about, Bonus its flat respect.
	Hit   int             `json:"hit,omitempty"`
	Bonus faction.Respect `json:"bonus,omitempty"`
	// Pace is the chain's hits per minute.
	Pace float64 `json:"pace,omitempty"`
	// Outcome is how the matter ended: WasSaved, WasBroken, WasMade; empty while open.
	Outcome string `json:"outcome,omitempty"`
	// By is whose hit decided it, OutcomeAt when, LeftAt the seconds left then.
	By        *PlayerData `json:"by,omitempty"`
	OutcomeAt time.Time   `json:"outcome_at,omitzero"`
	LeftAt    int         `json:"left_at,omitempty"`
	// Wasted: the bonus went to somebody outside the war.
	Wasted bool `json:"wasted,omitempty"`
	// Watchers are on watch; Fit can hit at once, the best first, by a roster of FitAsOf.
	Watchers []PlayerData `json:"watchers,omitempty"`
	Fit      []PlayerData `json:"fit,omitempty"`
	FitAsOf  time.Time    `json:"fit_as_of,omitzero"`
	// Standby are called where nobody is on watch: some of the squad whose rota it is.
	Standby []PlayerData `json:"standby,omitempty"`
	Squad   string       `json:"squad,omitempty"`
	// Enemy is whom a ranked war is fought with; empty: no war is on.
	Enemy  string       `json:"enemy,omitempty"`
	Claim  *ChainClaim  `json:"claim,omitempty"`
	Report *ChainReport `json:"report,omitempty"`
}

// How a chain's danger or bonus hit came out.
const (
	WasSaved  = "saved"
	WasBroken = "broken"
	WasMade   = "made"
)

// ChainClaim is who takes a bonus hit, and who told the others to hold.
type ChainClaim struct {
	Player *PlayerData `json:"player,omitempty"`
	HeldBy *PlayerData `json:"held_by,omitempty"`
}

// ChainReport is what a chain came to. Respect is in hundredths and includes Bonus.
type ChainReport struct {
	Logged  int             `json:"logged"` // hits that our log holds
	Respect faction.Respect `json:"respect"`
	Bonus   faction.Respect `json:"bonus,omitempty"`
	Members int             `json:"members"`
	Best    []ChainMember   `json:"best,omitempty"` // the most hits first
	Wasted  []ChainBonus    `json:"wasted,omitempty"`
	Watch   []ChainMember   `json:"watch,omitempty"` // who was on watch
}

// ChainMember is a member's share of a chain.
type ChainMember struct {
	PlayerData
	Hits    int             `json:"hits"`
	Respect faction.Respect `json:"respect"` // without bonuses
	Best    faction.Respect `json:"best,omitempty"`
	Watch   int             `json:"watch,omitempty"` // minutes
}

// ChainBonus is a bonus hit.
type ChainBonus struct {
	PlayerData
	Hit   int             `json:"hit"`
	Bonus faction.Respect `json:"bonus"`
}

func sampleChain(k Kind, now time.Time) Data {
	ann := PlayerData{ID: 1, Name: "Example Member"}
	d := &ChainData{
		Current: 245, Next: 250, Hit: 250, Bonus: 16_000, Left: 60, Start: now.Add(-2 * time.Hour), Deadline: now.Add(time.Minute),
		SeenAt: now, LastHit: now.Add(-4 * time.Minute), Pace: 3.2, Fit: []PlayerData{ann}, FitAsOf: now.Add(-30 * time.Second),
	}
	switch k {
	case ChainStarted:
		d.Current, d.Next, d.Start, d.Deadline = 10, 25, now.Add(-3*time.Minute), now.Add(5*time.Minute)
	case ChainMilestone:
		d.Current, d.Next, d.By, d.Deadline = 250, 500, &ann, now.Add(5*time.Minute)
	case ChainBroken, ChainEnded:
		d.Outcome, d.Deadline = WasBroken, now
		d.Report = &ChainReport{Logged: 245, Respect: 142_050, Bonus: 15_000, Members: 18, Best: []ChainMember{{PlayerData: ann, Hits: 41, Respect: 21_400, Best: 1_180}}}
	}
	return Data{Chain: d}
}
