package commands_test

import (
	"context"
	"slices"
	"time"

	"consigliere/internal/commands"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

func (w *world) ClearGrants(_ context.Context, id faction.ID, was rbac.Mapped, _ time.Time) (int, error) {
	if w.failAll != nil {
		return 0, w.failAll
	}
	delete(w.grants[id], was.Position)
	w.note("clear %s", was.Position)
	return 0, nil
}

// factionSettings keeps one faction's settings.
type factionSettings struct {
	w   *world
	set faction.Settings
}

func (s *factionSettings) Settings(context.Context, faction.ID) (faction.Settings, error) {
	return s.set, s.w.failAll
}

func (s *factionSettings) SetSettings(_ context.Context, id faction.ID, set faction.Settings) (faction.Settings, error) {
	s.w.note("settings of %d: %+v", id, set)
	before := s.set
	s.set = set
	return before, s.w.failAll
}

// desk keeps the Wolves' mappings as the store does, with what they were decided on;
// the world's grants, which guards read, follow it.
type desk struct {
	*world
	mapped []rbac.Mapped
	ended  int // what SetGrants says that ended
}

// deskOf takes over what the world grants.
func deskOf(w *world) *desk {
	d := &desk{world: w}
	for _, p := range w.positions[wolves] {
		if set, ok := w.grants[wolves][p.Name]; ok {
			d.mapped = append(d.mapped, rbac.Mapped{Position: p.Name, Granted: set, Effective: set, Abilities: p.Abilities, By: 1, At: now.Add(-time.Hour)})
		}
	}
	return d
}

func (d *desk) registry() *commands.Registry {
	return d.world.registry(func(deps *commands.Deps) { deps.Rights = d })
}

func (d *desk) find(position string) int {
	return slices.IndexFunc(d.mapped, func(m rbac.Mapped) bool { return m.Position == position })
}

// moved makes what the game lets a position do something else.
func (d *desk) moved(position string, abilities ...string) {
	for i, p := range d.positions[wolves] {
		if p.Name == position {
			d.positions[wolves][i].Abilities = abilities
		}
	}
	if i := d.find(position); i >= 0 {
		d.mapped[i].Effective = rbac.Effective(d.mapped[i].Granted, d.mapped[i].Abilities, abilities)
		d.grants[wolves][position] = d.mapped[i].Effective
	}
}

func (d *desk) Mappings(context.Context, faction.ID) ([]rbac.Mapped, error) {
	return slices.Clone(d.mapped), d.failAll
}

func (d *desk) SetGrants(_ context.Context, id faction.ID, was, m rbac.Mapped) (int, error) {
	have := rbac.Mapped{}
	i := d.find(m.Position)
	if i >= 0 {
		have = d.mapped[i]
	}
	if have.Granted != was.Granted || !have.At.Equal(was.At) {
		return 0, faction.Errorf(faction.Conflict, "Changed meanwhile.")
	}
	m.Effective = m.Granted
	if i >= 0 {
		d.mapped[i] = m
	} else {
		d.mapped = append(d.mapped, m)
	}
	d.grants[id][m.Position] = m.Granted
	d.note("grant %s: %s", m.Position, m.Granted)
	return d.ended, d.failAll
}

func (d *desk) ClearGrants(ctx context.Context, id faction.ID, was rbac.Mapped, at time.Time) (int, error) {
	d.mapped = slices.Delete(d.mapped, d.find(was.Position), d.find(was.Position)+1)
	return d.world.ClearGrants(ctx, id, was, at)
}
