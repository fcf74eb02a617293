package torn

import (
	"fmt"
	"slices"
	"time"
)

// AddFaction makes a faction with members of every position and returns its id.
// Every member gets a Limited key with the wish for faction access.
func (w *World) AddFaction(name string, members int) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lastID++
	g := w.newGroup(w.rng, w.lastID, name, members, ourPositions())
	for _, id := range g.members {
		w.addKey(w.rng, Key{Player: id, Level: Limited, Faction: true})
		w.linkDiscord(w.rng, w.players[id])
	}
	return g.id
}

// AddPlayer makes somebody without a faction and returns the id.
func (w *World) AddPlayer() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newPlayer(w.rng).id
}

// SetPosition promotes or demotes a member.
func (w *World) SetPosition(id int64, position string) error {
	return w.edit(id, func(p *player) error {
		g := w.groups[p.faction]
		if g == nil {
			return fmt.Errorf("set the position of player %d: %w", p.id, errUnknownFaction)
		}
		if _, ok := g.position(position); !ok {
			return fmt.Errorf("set the position of player %d: faction %d has no position %q", p.id, g.id, position)
		}
		p.position = position
		return nil
	})
}

// SetAbilities changes what a position may do, making it when it is new.
func (w *World) SetAbilities(faction int64, position string, abilities ...string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.groups[faction]
	if g == nil {
		return fmt.Errorf("set the abilities of %q in faction %d: %w", position, faction, errUnknownFaction)
	}
	if i := slices.IndexFunc(g.positions, func(p Position) bool { return p.Name == position }); i >= 0 {
		g.positions[i].Abilities = abilities
		return nil
	}
	g.positions = append(g.positions, Position{Name: position, Abilities: abilities})
	return nil
}

// Leave takes a member out of the faction.
func (w *World) Leave(id int64) error {
	return w.edit(id, func(p *player) error {
		g := w.groups[p.faction]
		if g == nil {
			return fmt.Errorf("let player %d leave: %w", p.id, errUnknownFaction)
		}
		g.members = slices.DeleteFunc(g.members, func(id int64) bool { return id == p.id })
		g.formerWith = append(g.formerWith, p.id)
		w.news = append(w.news, newsRow{g.id, "membership", w.now(), fmt.Sprintf("%s left the faction", link(p))})
		p.faction, p.position, p.joined = 0, "", 0
		return nil
	})
}

// Join puts somebody without a faction into one.
func (w *World) Join(id, faction int64, position string) error {
	return w.edit(id, func(p *player) error {
		g := w.groups[faction]
		if g == nil || p.faction != 0 {
			return fmt.Errorf("let player %d join faction %d: %w", p.id, faction, errUnknownFaction)
		}
		p.joined = w.now()
		w.join(p, g, position)
		w.news = append(w.news, newsRow{g.id, "membership", w.now(), fmt.Sprintf("%s joined the faction", link(p))})
		return nil
	})
}

// SetStatus puts a player somewhere until s.Until; without Until, until further
// notice. A zero Status gives the player back to the scenario.
func (w *World) SetStatus(id int64, s Status) error {
	return w.edit(id, func(p *player) error {
		p.override = &s
		if s == (Status{}) {
			p.override = nil
		}
		return nil
	})
}

// LinkDiscord ties a player to a Discord snowflake; "" unties.
func (w *World) LinkDiscord(id int64, snowflake string) error {
	return w.edit(id, func(p *player) error {
		delete(w.discord, p.discord)
		p.discord = snowflake
		if snowflake != "" {
			w.discord[snowflake] = p.id
		}
		return nil
	})
}

func (w *World) edit(id int64, change func(*player) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.players[id]
	if p == nil {
		return fmt.Errorf("edit player %d: %w", id, errUnknownPlayer)
	}
	return change(p)
}

// FillWar preloads n war hits between the two sides of a war, evenly from from to
// to and visible as they end: for tests of size.
func (w *World) FillWar(war int64, n int, from, to time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.wars[war]
	if r == nil {
		return fmt.Errorf("fill war %d: %w", war, errUnknownWar)
	}
	a, b := w.groups[r.a].members, w.groups[r.b].members
	span := to.Sub(from)
	for i := range n {
		at := from.Add(span * time.Duration(i) / time.Duration(n)).Truncate(time.Second)
		row := Attack{Attacker: a[w.rng.IntN(len(a))], Defender: b[w.rng.IntN(len(b))], Kind: WarHit, Ended: at,
			Respect: 200 + w.rng.Int64N(600), FairFight: 100 + w.rng.Int64N(201)}
		if i%3 == 2 {
			row.Attacker, row.Defender = b[w.rng.IntN(len(b))], a[w.rng.IntN(len(a))]
		}
		if _, err := w.addAttack(row); err != nil {
			return fmt.Errorf("fill war %d: %w", war, err)
		}
	}
	return nil
}
