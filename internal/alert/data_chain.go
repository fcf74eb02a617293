package alert

import "time"

// ChainData is a chain at the moment of an alert.
type ChainData struct {
	ID       int64     `json:"id"`
	Current  int       `json:"current"`
	Next     int       `json:"next,omitempty"` // next bonus hit
	Deadline time.Time `json:"deadline,omitzero"`
}

func sampleChain(now time.Time) Data {
	return Data{Chain: &ChainData{Current: 247, Next: 250, Deadline: now.Add(2 * time.Minute)}}
}
