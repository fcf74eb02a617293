package commands_test

import (
	"context"
	"strings"
	"time"

	"consigliere/internal/commands"
	"consigliere/internal/faction"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

var _ commands.Room = (*store.Store)(nil)

// bandits are the enemy of the war that is on, as the room shows them.
const bandits faction.ID = 555

// room is the war room over a world. Claims are the world's.
type room struct{ w *world }

func (r room) Members(_ context.Context, id, of faction.ID) (faction.Roster, error) {
	if id != of && (id != wolves || of != bandits) {
		r.w.t.Errorf("faction %d reads the members of %d", id, of)
	}
	return r.w.rosters[of], r.w.failAll
}

func (r room) Past(_ context.Context, id faction.ID, players []faction.PlayerID) (map[faction.PlayerID]war.Past, error) {
	out := map[faction.PlayerID]war.Past{}
	for _, p := range players {
		if p == 501 {
			out[p] = war.Past{FairFight: 2.75, Hits: 12}
		}
	}
	return out, r.w.failAll
}

func (r room) Claims(_ context.Context, id faction.ID, of war.ID, now time.Time) ([]war.Claim, error) {
	var out []war.Claim
	for _, c := range r.w.claims[id] {
		if c.War == of && c.Live(now) {
			out = append(out, c)
		}
	}
	return out, r.w.failAll
}

func (r room) Claim(_ context.Context, id faction.ID, c war.Claim) (war.Claim, error) {
	if held := r.w.claims[id][c.Target]; held.Live(c.Made) && held.Player != c.Player {
		return held, r.w.failAll
	}
	r.w.note("claim %d for %d of %d", c.Target, c.Player, id)
	r.w.called(c.Target, c.Player)
	r.w.claims[id][c.Target] = c
	return c, r.w.failAll
}

func (r room) Unclaim(_ context.Context, id faction.ID, target, player faction.PlayerID, now time.Time) (war.Claim, bool, error) {
	held := r.w.claims[id][target]
	if !held.Live(now) || player != 0 && held.Player != player {
		return war.Claim{}, false, r.w.failAll
	}
	r.w.note("unclaim %d of %d", target, id)
	delete(r.w.claims[id], target)
	return held, true, r.w.failAll
}

// called lets one of the Wolves have called a target.
func (w *world) called(target, by faction.PlayerID) {
	if w.claims == nil {
		w.claims = map[faction.ID]map[faction.PlayerID]war.Claim{}
	}
	if w.claims[wolves] == nil {
		w.claims[wolves] = map[faction.PlayerID]war.Claim{}
	}
	w.claims[wolves][target] = war.Claim{War: warID, Target: target, Player: by, Made: now.Add(-time.Minute), Expires: now.Add(4 * time.Minute)}
}

// bandit is one of the enemy.
func bandit(id faction.PlayerID, name string, level int, state string, until time.Time, presence string) faction.Member {
	return faction.Member{ID: id, Name: name, Level: level, Position: "Member", Status: faction.Status{State: state, Until: until},
		LastAction: faction.LastAction{Status: presence, At: now.Add(-4 * time.Minute)}}
}

// front fills the room: the enemy's roster, and where ours are.
func (w *world) front() {
	fly := bandit(505, "Amelia", 61, faction.StateTraveling, time.Time{}, faction.Offline)
	fly.Status.Description, fly.Status.PlaneImage = "Traveling to Mexico", "private_jet"
	fly.Status.TookOffAfter, fly.Status.TookOffBy = now.Add(-4*time.Minute), now.Add(-4*time.Minute+15*time.Second)
	early := bandit(503, "Do*c", 70, faction.StateHospital, now.Add(40*time.Minute), faction.Online)
	early.EarlyDischarge, early.Revivable = true, true
	w.rosters[bandits] = faction.Roster{AsOf: now.Add(-11 * time.Second), Members: []faction.Member{
		bandit(501, "Black Jack", 88, faction.StateOkay, time.Time{}, faction.Online),
		bandit(502, "Smee", 52, faction.StateOkay, time.Time{}, faction.Offline),
		early,
		bandit(504, "Flint", 49, faction.StateHospital, now.Add(3*time.Minute), faction.Idle),
		fly,
		bandit(506, "Sly", 33, faction.StateJail, now.Add(9*time.Minute), faction.Idle),
		bandit(15, "Leslie", 99, faction.StateOkay, time.Time{}, faction.Online), // one of the game's own
	}}
	ours := w.rosters[wolves]
	ours.AsOf = now.Add(-9 * time.Second)
	for i := range ours.Members {
		m := &ours.Members[i]
		m.Status.State, m.LastAction.Status = faction.StateOkay, faction.Online
		switch m.ID {
		case 2:
			m.LastAction.Status, m.ReviveSetting = faction.Idle, faction.RevivableByEveryone
		case 3:
			m.Status = faction.Status{State: faction.StateHospital, Until: now.Add(20 * time.Minute)}
		case 6:
			m.Status = faction.Status{State: faction.StateTraveling, Description: "Returning to Torn from Japan", PlaneImage: "airliner"}
		}
	}
	w.rosters[wolves] = ours
}

// takesPart tells of what only those who fight for the faction can do: an operator who
// is not linked is nobody in the game.
func takesPart(name string) bool {
	for _, p := range []string{"war claim", "claim:", "retal:mine", "retal:pick", "chain watch join", "chain watch leave", "watch:take", "watch:gap", "watch:leave", "squad join", "squad leave", "squad:join", "squad:leave", "chain:take", "chain:hold"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
