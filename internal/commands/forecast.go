package commands

import (
	"context"

	"consigliere/internal/chat"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// forecast tells when a war ends and what it takes: /war forecast.
type forecast struct{ deps *Deps }

const forecastAction = "forecast:again"

func (h *forecast) table() noun {
	return noun{
		commands: []command{{
			route:       route{name: "war forecast", guard: viewWar(), reads: true, handle: h.show},
			description: "When the war ends, who wins, and what it takes",
			options:     []chat.Option{warOption("Another war: enemy's name or id")},
			complete:    map[string]completer{"war": suggestWars(h.deps.Wars)},
		}},
		actions: []route{{name: forecastAction, guard: viewWar(), reads: true, ours: true, handle: h.again}},
	}
}

func (h *forecast) show(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := pickWar(ctx, h.deps.Wars, c, true)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.render(ctx, c, w)
}

func (h *forecast) again(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	id := war.ID(a.number())
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	w, err := h.deps.Wars.War(ctx, c.Faction, id)
	if err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.render(ctx, c, w)
	reply.Update = true
	return reply, err
}

func (h *forecast) render(ctx context.Context, c *Call, w war.War) (chat.Reply, error) {
	v, err := warView(ctx, h.deps, c.Faction, w, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	m := say.RenderForecast(v)
	(&wars{deps: h.deps}).draw(&m, v, forecastChart, c)
	m.Rows = []chat.Row{{Buttons: []chat.Button{{ID: makeID(forecastAction, c.Faction, w.ID), Label: "Refresh"}}}}
	return chat.Reply{Message: m}, nil
}
