package commands_test

import (
	"context"
	"time"

	"consigliere/internal/faction"
)

// keyUses gives every key of the world three calls a minute.
type keyUses struct{ w *world }

func (u keyUses) KeyCalls(_ context.Context, id faction.ID, _ time.Time) (map[int64]int, error) {
	out := map[int64]int{}
	for _, k := range u.w.keys[id] {
		out[k.ID] = 3
	}
	return out, u.w.failAll
}
