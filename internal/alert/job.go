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

// EditJob asks the queue to give a delivery's message the wording that is stored now.
type EditJob struct {
	Faction  faction.ID `json:"faction_id"`
	Delivery int64      `json:"delivery_id"`
}

// Kind names the job in the queue's table.
func (EditJob) Kind() string { return "alert_edit" }

// AckJob asks the queue to look whether a personal notice was acknowledged.
type AckJob struct {
	Faction  faction.ID `json:"faction_id"`
	Delivery int64      `json:"delivery_id"`
}

// Kind names the job in the queue's table.
func (AckJob) Kind() string { return "alert_ack" }
