package commands_test

import (
	"cmp"
	"context"
	"slices"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

func (w *world) Shares(_ context.Context, id faction.ID) ([]rbac.Share, error) {
	var out []rbac.Share
	for to, set := range w.shared[id] {
		out = append(out, rbac.Share{To: to, Permissions: set, By: 1, At: w.now.Add(-time.Hour)})
	}
	slices.SortFunc(out, func(a, b rbac.Share) int { return cmp.Compare(a.To, b.To) })
	return out, w.failAll
}

func (w *world) ChangeShare(_ context.Context, id, to faction.ID, add, drop rbac.Set, by faction.PlayerID, _ time.Time) (before, after rbac.Set, err error) {
	before = w.shared[id][to]
	after = (before | add&rbac.Viewing()) &^ drop
	if before != after {
		w.note("share of %d with %d by %d: %s", id, to, by, after)
	}
	if w.shared[id] == nil {
		w.shared[id] = map[faction.ID]rbac.Set{}
	}
	w.shared[id][to] = after
	if after == 0 {
		delete(w.shared[id], to)
	}
	return before, after, w.failAll
}
