package alert

import "consigliere/internal/faction"

// Job asks the queue to bring one delivery to its channel. It carries ids alone:
// what to say is read when it is said.
type Job struct {
	Faction  faction.ID `json:"faction_id"`
	Delivery int64      `json:"delivery_id"`
}

// Kind names the job in the queue's table.
func (Job) Kind() string { return "alert" }
