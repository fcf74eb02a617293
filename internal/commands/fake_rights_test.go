package commands_test

import (
	"context"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

func (w *world) Mappings(_ context.Context, id faction.ID) ([]rbac.Mapped, error) {
	var out []rbac.Mapped
	for _, p := range w.positions[id] {
		if set, ok := w.grants[id][p.Name]; ok {
			out = append(out, rbac.Mapped{Position: p.Name, Granted: set, Effective: set, Abilities: p.Abilities})
		}
	}
	return out, w.failAll
}

func (w *world) SetGrants(_ context.Context, id faction.ID, was, m rbac.Mapped) (int, error) {
	if w.failAll != nil {
		return 0, w.failAll
	}
	if have := w.grants[id][m.Position]; have != was.Granted {
		return 0, faction.Errorf(faction.Conflict, "The mapping was changed meanwhile. Nothing was changed.")
	}
	if w.grants[id] == nil {
		w.grants[id] = map[string]rbac.Set{}
	}
	w.grants[id][m.Position] = m.Granted
	w.note("grant %s: %s", m.Position, m.Granted)
	return 0, nil
}

func (w *world) Sample(_ context.Context, id faction.ID, rule alert.RuleID, a alert.Alert, _ time.Time) (int64, error) {
	w.note("sample of %s for %d by rule %d", a.Kind, id, rule)
	return 1, w.failAll
}

func (w *world) LoadDelivery(_ context.Context, id faction.ID, delivery int64) (alert.Outgoing, error) {
	out := alert.Outgoing{ID: delivery, State: "sent", Channel: warChannel}
	if len(w.rules[id]) > 0 {
		out.Channel = w.rules[id][0].ChannelID
	}
	if w.sampleLost != "" {
		out.State, out.Reason = "failed", w.sampleLost
	}
	return out, w.failAll
}

func (w *world) Positions(_ context.Context, id faction.ID) ([]faction.Position, error) {
	return w.positions[id], w.failAll
}
