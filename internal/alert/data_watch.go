package alert

import "time"

// WatchData is a watcher's turn on a rota, as a notice to them.
type WatchData struct {
	From    time.Time    `json:"from"`
	To      time.Time    `json:"to"`
	Reward  int64        `json:"reward,omitempty"` // dollars for all of it
	Backups []PlayerData `json:"backups,omitempty"`
	// Over tells why it concerns them no more; empty while it does.
	Over string `json:"over,omitempty"`
}
