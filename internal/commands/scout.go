package commands

import (
	"context"
	"fmt"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// Scouts reads what is known of the enemy of a war.
type Scouts interface {
	Scout(ctx context.Context, id faction.ID, w war.ID) (card war.Scout, ok bool, err error)
	Activity(ctx context.Context, id faction.ID, w war.ID) ([]war.Activity, error)
}

// HourCharts draws what happens by the hour of the day, as PNG.
type HourCharts interface {
	Activity(title string, hours [24]war.AtHour) ([]byte, error)
}

// scouting shows who the enemy is and when they are about: /war scout.
type scouting struct{ deps *Deps }

func (h *scouting) table() noun {
	return noun{commands: []command{{
		route:       route{name: "war scout", guard: viewWar(), reads: true, handle: h.show},
		description: "Who the enemy is: rank, levels, last wars, and when they are about",
		options:     []chat.Option{warOption("Enemy's name or id; without it the war that is on or next")},
		complete:    map[string]completer{"war": suggestWars(h.deps.Wars)},
	}}}
}

func (h *scouting) show(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := pickWar(ctx, h.deps.Wars, c, true)
	if err != nil {
		return chat.Reply{}, err
	}
	card, known, err := h.deps.Scouts.Scout(ctx, c.Faction, w.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	looks, err := h.deps.Scouts.Activity(ctx, c.Faction, w.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	v := say.ScoutView{War: w, Known: known, Hours: war.ByHour(looks), Now: c.Now}
	if v.Feeds, err = h.deps.Feeds.Feeds(ctx, c.Faction); err != nil {
		return chat.Reply{}, err
	}
	if known {
		v.Card = *feed.ScoutData(card)
	}
	for _, l := range looks {
		v.Looks += l.Looks
		v.LookedAt = l.LookedAt
	}
	m := say.RenderScout(v)
	h.draw(&m, v, c)
	return chat.Reply{Message: m}, nil
}

// draw adds the chart; without one the words stand alone.
func (h *scouting) draw(m *chat.Message, v say.ScoutView, c *Call) {
	if h.deps.HourCharts == nil || v.Looks == 0 {
		return
	}
	png, err := h.deps.HourCharts.Activity("Active in "+say.Plain(v.War.Them.Name), v.Hours)
	if err != nil {
		c.registry.log.Error("chart not drawn", "faction_id", c.Faction, "war_id", v.War.ID, "err", err)
		return
	}
	const name = "activity.png"
	m.Files = []chat.File{{Name: name, ContentType: "image/png", Data: png, Alt: activityAlt(v.Hours)}}
	m.Embeds[0].Image = name
}

func activityAlt(hours [24]war.AtHour) string {
	text := "Members active by hour of the day, TCT:"
	for i, h := range hours {
		if h.Looks > 0 {
			text += fmt.Sprintf(" %02d: %.0f", i, h.Active)
		}
	}
	return text
}
