package poll

import (
	"context"
	"errors"
	"log/slog"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
)

// Members polls our roster, the positions and what each may do in the game, and
// the faction's own page.
type Members struct {
	Source
	Store     UpdateStore
	Clock     clock.Clock
	Intervals feed.Intervals
	Log       *slog.Logger
}

// RunOnce reads the faction once. Positions need a better key than the rest:
// without one the roster is stored all the same, and the positions known so far stay.
func (p *Members) RunOnce(ctx context.Context, st *feed.State) error {
	started := p.Clock.Now()
	opts := torn.Options{Priority: torn.Background}
	basic, err := fetch(ctx, p.Source, st.Faction, torn.NeedPublic, func(ctx context.Context, key torn.Key) (torn.FactionBasic, error) {
		return p.Client.FactionBasic(ctx, key, opts, st.Faction)
	})
	if err != nil {
		return err
	}
	roster, err := fetch(ctx, p.Source, st.Faction, torn.NeedMembers, func(ctx context.Context, key torn.Key) (torn.List[torn.Member], error) {
		return p.Client.Members(ctx, key, opts, st.Faction)
	})
	if err != nil {
		return err
	}
	positions, err := fetch(ctx, p.Source, st.Faction, torn.NeedPositions, func(ctx context.Context, key torn.Key) (torn.List[torn.Position], error) {
		// Positions come without the faction's id; the same key says whose they are.
		own, err := p.Client.FactionBasic(ctx, key, opts, 0)
		if err == nil && faction.ID(own.ID) != st.Faction {
			err = torn.Foreign("faction/positions")
		}
		if err != nil {
			return torn.List[torn.Position]{}, err
		}
		return p.Client.Positions(ctx, key, opts)
	})
	if err != nil && !errors.Is(err, torn.ErrNoKey) {
		return err
	}
	u := feed.Update{
		Faction: &faction.Faction{
			ID: st.Faction, Name: basic.Name, Tag: basic.Tag,
			LeaderID: faction.PlayerID(basic.LeaderID), CoLeaderID: faction.PlayerID(basic.CoLeaderID),
		},
		Rosters: map[faction.ID][]faction.Member{st.Faction: membersOf(roster.Rows)},
	}
	for _, row := range positions.Rows {
		u.Positions = append(u.Positions, faction.Position{Name: row.Name, Default: row.Default, Abilities: row.Abilities})
	}
	for _, s := range append(roster.Skipped, positions.Skipped...) {
		p.Log.Warn("a row of the faction could not be read and was left out", "faction_id", st.Faction, "err", s)
	}
	u.Progress = feed.Progress{
		Now: p.Clock.Now(), NextDue: started.Add(p.Intervals.Members), Done: true, Took: took(p.Clock, started),
	}
	return p.Store.SaveUpdate(ctx, st, u)
}
