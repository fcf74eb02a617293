package commands_test

import (
	"context"
	"slices"

	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// Standing looks at the world as the store's query does.
func (w *world) Standing(_ context.Context, id, guild string, everywhere bool) (rbac.Standing, error) {
	w.looks++
	s := rbac.Standing{Link: w.links[id]}
	s.Link.Name = "" // names are behind the faction's door
	own := s.Link.Faction
	if _, registered := w.infos[own]; registered {
		s.Position, s.Member = w.rank(own, s.Link.Player)
	}
	s.Known = s.Member && slices.ContainsFunc(w.positions[own], func(p faction.Position) bool { return p.Name == s.Position })
	if s.Member {
		s.Granted, s.Mapped = w.grants[own][s.Position]
	}
	for f, info := range w.infos {
		t := rbac.Tenant{ID: f, Name: info.Name, State: w.state(f), Served: guild != "" && slices.Contains(w.guilds[guild], f)}
		if s.Member {
			t.Shared = w.shared[f][own]
		}
		if t.Served || f == own {
			t.ListRead = w.rosters[f].AsOf
		}
		if everywhere || t.Served || t.Shared != 0 || f == own {
			s.Tenants = append(s.Tenants, t)
		}
	}
	slices.SortFunc(s.Tenants, func(a, b rbac.Tenant) int { return int(a.ID - b.ID) })
	return s, w.failAll
}

// rank is where a faction's list puts somebody.
func (w *world) rank(in faction.ID, player faction.PlayerID) (position string, ok bool) {
	for _, m := range w.rosters[in].Members {
		if m.ID == player && player != 0 {
			return m.Position, true
		}
	}
	return "", false
}

func (w *world) state(id faction.ID) string {
	if s := w.states[id]; s != "" {
		return s
	}
	return "active"
}
