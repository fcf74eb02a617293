package commands_test

import (
	"context"
	"sync/atomic"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// LinkedPlayers are those of the cast who are linked.
func (w *world) LinkedPlayers(_ context.Context, id faction.ID) (map[faction.PlayerID]string, error) {
	out := map[faction.PlayerID]string{}
	for discord, l := range w.links {
		if l.Faction == id {
			out[l.Player] = discord
		}
	}
	return out, w.failAll
}

// vitals is what Torn says of whoever asks.
type vitals struct {
	asked  atomic.Int64
	err    error
	crimes map[faction.PlayerID]time.Time // when each gets ready
}

func (v *vitals) Readiness(_ context.Context, key torn.Key, _ torn.Options, crime bool) (torn.Readiness, error) {
	v.asked.Add(1)
	var own torn.OwnCrime
	if at := v.crimes[key.Owner]; crime && !at.IsZero() {
		unix := at.Unix()
		own = torn.OwnCrime{ID: 1, Ready: &unix}
	}
	return torn.Readiness{
		Crime: own,
		Bars:  torn.Bars{Energy: torn.Bar{Current: 75, Maximum: 150}}, Cooldowns: torn.Cooldowns{Drug: 5400}, Travel: torn.Travel{Destination: "Torn"},
	}, v.err
}
