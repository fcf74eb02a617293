package commands

import (
	"context"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

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
	t, _, err := d.Terms.Terms(ctx, id, w.ID)
	if err != nil {
		return say.WarView{}, err
	}
	board := war.NewBoard(w, rows, w.SeenAt)
	return say.WarView{
		War: w, Board: board, Samples: samples,
		Forecast: war.PredictUnder(w, t, samples, board.Total(war.Ours).PerHit(), now),
		Terms:    t,
		AsOf:     w.SeenAt, Now: now, Feeds: states,
	}, nil
}
