package commands_test

import (
	"context"
	"sync/atomic"

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
	asked atomic.Int64
	err   error
}

func (v *vitals) Readiness(context.Context, torn.Key, torn.Options) (torn.Readiness, error) {
	v.asked.Add(1)
	return torn.Readiness{
		Bars: torn.Bars{Energy: torn.Bar{Current: 75, Maximum: 150}}, Cooldowns: torn.Cooldowns{Drug: 5400}, Travel: torn.Travel{Destination: "Torn"},
	}, v.err
}
