package commands_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/roster"
)

// duty keeps rotas and squads as the store does; rights are left to the store's own tests.
type duty struct {
	w       *world
	watches map[faction.ID][]roster.Watch
	squads  map[faction.ID][]roster.Squad
	told    []alert.Personal
	last    int64
}

func newDuty(w *world) *duty {
	return &duty{w: w, watches: map[faction.ID][]roster.Watch{}, squads: map[faction.ID][]roster.Squad{}}
}

func (d *duty) next() int64 { d.last++; return d.last }

// named fills in the names that the member list has.
func (d *duty) named(id faction.ID, p faction.PlayerID) string {
	for _, m := range d.w.rosters[id].Members {
		if m.ID == p {
			return m.Name
		}
	}
	return ""
}

func (d *duty) Watches(_ context.Context, id faction.ID, at time.Time) ([]roster.Watch, error) {
	var out []roster.Watch
	for _, one := range d.watches[id] {
		if !one.Over(at) {
			one.Signs = slices.Clone(one.Signs)
			for i := range one.Signs {
				one.Signs[i].Name = d.named(id, one.Signs[i].Player)
			}
			out = append(out, one)
		}
	}
	return out, d.w.failAll
}

func (d *duty) OpenWatch(_ context.Context, id faction.ID, one roster.Watch, _ time.Time) (roster.Watch, error) {
	if d.w.failAll != nil {
		return roster.Watch{}, d.w.failAll
	}
	for _, o := range d.watches[id] {
		if o.Closed.IsZero() && o.Overlaps(one) {
			return roster.Watch{}, faction.Errorf(faction.Conflict, "There is a rota in that time already. Nothing was changed.")
		}
	}
	d.w.note("open a watch of %d", id)
	one.ID = roster.WatchID(d.next())
	d.watches[id] = append(d.watches[id], one)
	return one, nil
}

func (d *duty) ChangeWatch(_ context.Context, id faction.ID, watch roster.WatchID, at time.Time, change func(*roster.Watch) error) (was, is roster.Watch, err error) {
	i := slices.IndexFunc(d.watches[id], func(o roster.Watch) bool { return o.ID == watch })
	if d.w.failAll != nil {
		return was, is, d.w.failAll
	}
	if i < 0 || d.watches[id][i].Over(at) {
		return was, is, faction.Errorf(faction.Conflict, "This rota is over. Nothing was changed.")
	}
	was, is = d.watches[id][i], d.watches[id][i]
	is.Signs = slices.Clone(was.Signs)
	if err := change(&is); err != nil {
		return was, is, err
	}
	d.w.note("change watch %d of %d", watch, id)
	d.watches[id][i] = is
	return was, is, nil
}

func (d *duty) Squads(_ context.Context, id faction.ID) ([]roster.Squad, error) {
	out := slices.Clone(d.squads[id])
	for i := range out {
		out[i].People = slices.Clone(out[i].People)
		for j := range out[i].People {
			out[i].People[j].Name = d.named(id, out[i].People[j].Player)
		}
	}
	return out, d.w.failAll
}

func (d *duty) CreateSquad(_ context.Context, id faction.ID, q roster.Squad, _ time.Time) (roster.Squad, error) {
	if d.w.failAll != nil {
		return roster.Squad{}, d.w.failAll
	}
	if slices.ContainsFunc(d.squads[id], func(o roster.Squad) bool { return strings.EqualFold(o.Name, q.Name) }) {
		return roster.Squad{}, faction.Errorf(faction.Conflict, "There is a squad of that name already. Nothing was changed.")
	}
	d.w.note("create a squad of %d", id)
	q.ID = roster.SquadID(d.next())
	d.squads[id] = append(d.squads[id], q)
	return q, nil
}

func (d *duty) find(id faction.ID, squad roster.SquadID) (int, error) {
	i := slices.IndexFunc(d.squads[id], func(o roster.Squad) bool { return o.ID == squad })
	if d.w.failAll != nil {
		return 0, d.w.failAll
	}
	if i < 0 {
		return 0, faction.Errorf(faction.NotFound, "There is no such squad any more. Nothing was changed.")
	}
	return i, nil
}

func (d *duty) ChangeSquad(_ context.Context, id faction.ID, squad roster.SquadID, _ time.Time, change func(*roster.Squad) ([]alert.Personal, error)) (was, is roster.Squad, err error) {
	i, err := d.find(id, squad)
	if err != nil {
		return was, is, err
	}
	was, is = d.squads[id][i], d.squads[id][i]
	is.People = slices.Clone(was.People)
	tell, err := change(&is)
	if err != nil {
		return was, is, err
	}
	d.w.note("change squad %d of %d", squad, id)
	d.squads[id][i], d.told = is, append(d.told, tell...)
	return was, is, nil
}

func (d *duty) DeleteSquad(_ context.Context, id faction.ID, squad roster.SquadID) (was roster.Squad, rules int64, err error) {
	i, err := d.find(id, squad)
	if err != nil {
		return was, 0, err
	}
	was = d.squads[id][i]
	d.w.note("delete squad %d of %d", squad, id)
	d.squads[id] = slices.Delete(d.squads[id], i, i+1)
	return was, 1, nil
}

// mustered gives wolves a rota of four slots that runs, with Duke and Mick on it, and a
// squad on request that Duke leads and Vera asks to join.
func (w *world) mustered() {
	from := now.Add(-10 * time.Minute)
	one := roster.Watch{ID: 1, From: from, To: from.Add(2 * time.Hour), Slot: 30 * time.Minute, Backups: 1, Reward: 500_000, OpenedBy: 1}
	one.Join(1, "Duke", []int{0}, from)
	one.Join(3, "Mick", []int{0, 1}, from)
	w.duty.watches[wolves] = []roster.Watch{one}
	w.duty.squads[wolves] = []roster.Squad{{ID: 2, Name: "Night *crew*", Kind: roster.OnRequest, Category: "War", MadeBy: 1, Made: now, People: []roster.Person{
		{Player: 1, State: roster.Member, Lead: true, Since: now}, {Player: 2, State: roster.Asked, Since: now}}},
		{ID: 3, Name: "Day crew", Kind: roster.Open, Made: now}}
	w.duty.last = 3
}

// viewers lets members of the wolves see the chain and each other.
func (w *world) viewers() {
	w.grants[wolves]["Member"] = rbac.SetOf(rbac.WarView, rbac.ChainView, rbac.MemberView)
}
