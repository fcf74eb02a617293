package commands

import (
	"context"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// WarView reads all that is shown of the war that a faction is in, else of the next
// or the latest one; a view without a war when none is on record. The live message
// shows it, so that it says what /war status says.
func (r *Registry) WarView(ctx context.Context, id faction.ID) (say.WarView, error) {
	now := r.deps.Clock.Now()
	list, err := r.deps.Wars.Wars(ctx, id, knownWars)
	if err != nil {
		return say.WarView{}, err
	}
	w, err := present(list, now, true)
	if err != nil {
		return say.WarView{Now: now}, nil //nolint:nilerr // no war is something to show, too
	}
	return warView(ctx, &r.deps, id, w, now)
}

// warView reads all that is shown of a war.
func warView(ctx context.Context, d *Deps, id faction.ID, w war.War, now time.Time) (say.WarView, error) {
	rows, err := d.Wars.Tallies(ctx, id, w.ID)
	if err != nil {
		return say.WarView{}, err
	}
	samples, err := d.Wars.Samples(ctx, id, w.ID)
	if err != nil {
		return say.WarView{}, err
	}
	states, err := d.Feeds.Feeds(ctx, id)
	if err != nil {
		return say.WarView{}, err
	}
	board := war.NewBoard(w, rows, w.SeenAt)
	return say.WarView{
		War: w, Board: board, Samples: samples,
		Forecast: war.Predict(w, samples, board.Total(war.Ours).PerHit(), now),
		AsOf:     w.SeenAt, Now: now, Feeds: states,
	}, nil
}
