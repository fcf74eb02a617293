package notify

import (
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// Message is what a delivery says, with whom it mentions.
func (d *Deliverer) Message(out alert.Outgoing, id faction.ID, now time.Time) chat.Message {
	return d.message(out, id, now)
}
