package alert

import "time"

// RetalData is a retaliation at the moment of an alert.
type RetalData struct {
	Attack   int64      `json:"attack"` // the incoming hit's id
	Code     string     `json:"code,omitempty"`
	Attacker PlayerData `json:"attacker"`
	Level    int        `json:"level,omitempty"`
	// Of is the attacker's faction; empty: none.
	Of       string     `json:"of,omitempty"`
	Victim   PlayerData `json:"victim"`
	Result   string     `json:"result,omitempty"` // how the victim was hit
	At       time.Time  `json:"at,omitzero"`
	Deadline time.Time  `json:"deadline"`
	// Where the attacker was at SeenAt, as a roster showed it; zero: on none of ours.
	Status string    `json:"status,omitempty"`
	Where  string    `json:"where,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	SeenAt time.Time `json:"seen_at,omitzero"`
	// FairFight is the median modifier of our past Hits on them; 0 without any.
	FairFight float64 `json:"fair_fight,omitempty"`
	Hits      int     `json:"hits,omitempty"`
	// Claimed is who called dibs, ClaimedUntil until when; nil: nobody.
	Claimed      *PlayerData `json:"claimed,omitempty"`
	ClaimedUntil time.Time   `json:"claimed_until,omitzero"`
	// Outcome is "taken", "expired", "gone" or "void" once it is settled.
	Outcome string `json:"outcome,omitempty"`
	// Taken is by whom, As how, TakenCode its log, After how many seconds.
	Taken     *PlayerData `json:"taken,omitempty"`
	As        string      `json:"as,omitempty"`
	TakenCode string      `json:"taken_code,omitempty"`
	After     int         `json:"after,omitempty"`
}

func sampleRetal(k Kind, now time.Time) Data {
	d := &RetalData{
		Attack: 1, Attacker: PlayerData{ID: 1, Name: "Example Enemy"}, Level: 70, Of: "Example Faction", Victim: PlayerData{ID: 2, Name: "Example Member"},
		Result: "Hospitalized", At: now, Deadline: now.Add(5 * time.Minute), Status: "Okay", SeenAt: now, FairFight: 2.4, Hits: 3,
	}
	switch k {
	case RetalTaken:
		d.At, d.Outcome, d.Taken, d.As, d.After = now.Add(-48*time.Second), "taken", &PlayerData{ID: 3, Name: "Another Member"}, "Hospitalized", 48
	case RetalExpired:
		d.At, d.Outcome = now.Add(-5*time.Minute), "expired"
	}
	return Data{Retal: d}
}
