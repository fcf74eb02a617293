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

// atWarTimes is how many times as rarely the faction's page and its positions are read at
// war, when every request is needed to watch both sides (ADR 0012).
const atWarTimes = 3

// RunOnce reads the faction once. Positions need a better key than the rest:
// without one the roster is stored all the same, and the positions known so far stay.
// What cannot be read keeps nothing else from being stored.
func (p *Members) RunOnce(ctx context.Context, st *feed.State) error {
	started := p.Clock.Now()
	wars, err := p.Store.Wars(ctx, st.Faction, recentWars)
	if err != nil {
		return err
	}
	var u feed.Update
	var roster torn.List[torn.Member]
	next := p.Intervals.Members
	if w, ok := current(wars, started); ok && hot(w, started) { // the front brings the roster four times a minute
		next *= atWarTimes
	} else {
		roster, err = fetch(ctx, p.Source, st.Faction, torn.NeedMembers, func(ctx context.Context, key torn.Key) (torn.List[torn.Member], error) {
			return p.Client.Members(ctx, key, torn.Options{Priority: torn.Background}, st.Faction)
		})
		if err != nil {
			return err
		}
		addRoster(&u, st.Faction, roster.Rows)
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	positions, own, failed := p.positions(limited, st.Faction)
	for _, row := range positions.Rows {
		u.Positions = append(u.Positions, positionOf(row))
	}
	if failed != nil {
		own, err = fetch(limited, p.Source, st.Faction, torn.NeedPublic, func(ctx context.Context, key torn.Key) (torn.FactionBasic, error) {
			return p.Client.FactionBasic(ctx, key, torn.Options{Priority: torn.Background}, st.Faction)
		})
		if errors.Is(failed, torn.ErrNoKey) {
			failed = nil
		}
		failed = errors.Join(failed, err)
	}
	if faction.ID(own.ID) == st.Faction {
		u.Faction = factionOf(own)
	}
	for _, s := range append(roster.Skipped, positions.Skipped...) {
		p.Log.Warn("a row of the faction could not be read and was left out", "faction_id", st.Faction, "err", s)
	}
	failed = errors.Join(failed, p.enlist(limited, &u, st, wars, own, started))
	u.Progress = feed.Progress{
		Now: p.Clock.Now(), NextDue: started.Add(next), Done: failed == nil, Took: took(p.Clock, started),
	}
	return errors.Join(failed, p.Store.SaveUpdate(ctx, st, u))
}

// positions reads what each position may do in the game, and the page of the faction
// whose positions they are: they come without an id.
func (p *Members) positions(ctx context.Context, id faction.ID) (l torn.List[torn.Position], own torn.FactionBasic, err error) {
	l, err = fetch(ctx, p.Source, id, torn.NeedPositions, func(ctx context.Context, key torn.Key) (torn.List[torn.Position], error) {
		l, err := p.Client.Positions(ctx, key, torn.Options{Priority: torn.Background})
		if err == nil {
			own, err = p.sameFaction(ctx, key, torn.Background, id, "faction/positions")
		}
		return l, err
	})
	if err != nil {
		return torn.List[torn.Position]{}, torn.FactionBasic{}, err
	}
	return l, own, nil
}
