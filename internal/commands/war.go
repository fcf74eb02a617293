package commands

import (
	"context"
	"fmt"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/roster"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// Charts draws a war's score as PNG.
type Charts interface {
	Score(w war.War, s []war.Sample) ([]byte, error)
	Lead(w war.War, s []war.Sample) ([]byte, error)
	// Forecast is the lead as far as the war may take.
	Forecast(w war.War, s []war.Sample, f war.Forecast) ([]byte, error)
}

// wars answers how wars stand: /war status, scoreboard, history.
type wars struct{ deps *Deps }

const (
	statusAction  = "war:status"
	tableAction   = "war:table"
	sortAction    = "war:sort"
	historyAction = "war:history"

	scoreChart = "score"
	leadChart  = "lead"

	forecastChart = "forecast"
)

func (h *wars) table() noun {
	suggest := map[string]completer{"war": suggestWars(h.deps.Wars)}
	sorts := make([]chat.Choice, 0, len(war.SortKeys()))
	for _, k := range war.SortKeys() {
		sorts = append(sorts, chat.Choice{Name: string(k), Value: string(k)})
	}
	return noun{
		commands: []command{
			{
				route:       route{name: "war status", guard: viewWar(), reads: true, handle: h.status},
				description: "Score, lead, target, forecast and chains of the war that is on",
				options:     []chat.Option{warOption("Another war: enemy's name or id")},
				complete:    suggest,
			},
			{
				route:       route{name: "war scoreboard", guard: viewWar(), reads: true, handle: h.scoreboard},
				description: "Who did what in a war, page by page",
				options: []chat.Option{
					warOption("Enemy's name or id; without it the present or latest war"),
					{Name: "sort", Description: "What to sort by", Choices: sorts},
					{Name: "side", Description: "Whose table", Choices: []chat.Choice{{Name: "us", Value: string(war.Ours)}, {Name: "enemy", Value: string(war.Enemy)}}},
					teamOption(),
				},
				complete: map[string]completer{"war": suggest["war"], optionSquad: suggestTeams(h.deps)},
			},
			{
				route:       route{name: "war history", guard: viewWar(), reads: true, handle: h.history},
				description: "Past wars: how they ended, what they brought, who did best",
			},
		},
		actions: []route{
			{name: statusAction, guard: viewWar(), reads: true, ours: true, handle: h.statusAgain},
			{name: tableAction, guard: viewWar(), reads: true, ours: true, handle: h.turnTable},
			{name: sortAction, guard: viewWar(), reads: true, ours: true, handle: h.sortTable},
			{name: historyAction, guard: viewWar(), reads: true, ours: true, handle: h.turnHistory},
		},
	}
}

func (h *wars) status(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := pickWar(ctx, h.deps.Wars, c, true)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.showStatus(ctx, c, w, scoreChart)
}

func (h *wars) statusAgain(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	id, chart := war.ID(a.number()), a.oneOf(scoreChart, leadChart)
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	w, err := h.deps.Wars.War(ctx, c.Faction, id)
	if err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.showStatus(ctx, c, w, chart)
	reply.Update = true
	return reply, err
}

func (h *wars) showStatus(ctx context.Context, c *Call, w war.War, chart string) (chat.Reply, error) {
	v, err := warView(ctx, h.deps, c.Faction, w, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	m := say.RenderWarStatus(v)
	h.draw(&m, v, chart, c)
	other := chat.Button{ID: makeID(statusAction, c.Faction, w.ID, leadChart), Label: "Show lead"}
	if chart == leadChart {
		other = chat.Button{ID: makeID(statusAction, c.Faction, w.ID, scoreChart), Label: "Show score"}
	}
	m.Rows = []chat.Row{{Buttons: []chat.Button{
		{ID: makeID(statusAction, c.Faction, w.ID, chart), Label: "Refresh"}, other,
		{ID: makeID(tableAction, c.Faction, w.ID, war.Ours, war.ByScore, 0), Label: "Scoreboard", Style: chat.Primary},
	}}}
	return chat.Reply{Message: m}, nil
}

// draw adds the chart; a war without one is shown all the same.
func (h *wars) draw(m *chat.Message, v say.WarView, chart string, c *Call) {
	if h.deps.Charts == nil || len(v.Samples) < 2 {
		return
	}
	paint, of := h.deps.Charts.Score, "Score"
	if chart == leadChart {
		paint, of = h.deps.Charts.Lead, "Lead"
	}
	if chart == forecastChart {
		paint, of = func(w war.War, s []war.Sample) ([]byte, error) { return h.deps.Charts.Forecast(w, s, v.Forecast) }, "Lead and when it ends"
	}
	png, err := paint(v.War, v.Samples)
	if err != nil {
		c.registry.log.Error("chart not drawn", "faction_id", c.Faction, "war_id", v.War.ID, "err", err)
		return
	}
	name := chart + ".png"
	m.Files = []chat.File{{
		Name: name, ContentType: "image/png", Data: png,
		Alt: fmt.Sprintf("%s over time, %s to %s UTC. Last: %s we, %s they.", of,
			v.Samples[0].At.UTC().Format("2 Jan 15:04"), v.Samples[len(v.Samples)-1].At.UTC().Format("2 Jan 15:04"),
			faction.Count(v.War.Us.Score), faction.Count(v.War.Them.Score)),
	}}
	m.Embeds[0].Image = name
}

func (h *wars) scoreboard(ctx context.Context, c *Call) (chat.Reply, error) {
	by, ok := war.ParseSort(c.option("sort", ""))
	if !ok {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "There is no such order. Pick one from the list.")
	}
	team := war.Team(c.option("side", string(war.Ours)))
	if team != war.Ours && team != war.Enemy {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "There is no such side. Pick us or enemy.")
	}
	w, err := pickWar(ctx, h.deps.Wars, c, false)
	if err != nil {
		return chat.Reply{}, err
	}
	if team == war.Enemy && c.option(optionSquad, "") != "" {
		return chat.Reply{}, errOwnSide
	}
	q, err := askedTeam(ctx, h.deps, c)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.showTable(ctx, c, w, tableOf{team: team, by: by, squad: q})
}

// errOwnSide is the answer to a squad of the enemy's.
var errOwnSide = faction.Errorf(faction.Invalid, "Squads are of our own side, and this is the enemy's table. Leave out `squad`, or pick side us.")

// tableOf says what a table shows of a war.
type tableOf struct {
	team  war.Team
	by    war.SortKey
	squad roster.Squad // zero: everybody
	page  int
}

func (h *wars) turnTable(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	id, team := war.ID(a.number()), a.oneOf(string(war.Ours), string(war.Enemy))
	by, page, squad := a.oneOf(words(war.SortKeys())...), a.number(), a.squad()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	return h.updateTable(ctx, c, id, squad, tableOf{team: war.Team(team), by: war.SortKey(by), page: int(min(page, 1<<20))})
}

func (h *wars) sortTable(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	id, team, squad := war.ID(a.number()), a.oneOf(string(war.Ours), string(war.Enemy)), a.squad()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	picked := reading{left: c.Request.Values}
	by := picked.oneOf(words(war.SortKeys())...)
	if err := picked.end(); err != nil {
		return chat.Reply{}, err
	}
	return h.updateTable(ctx, c, id, squad, tableOf{team: war.Team(team), by: war.SortKey(by)})
}

func (h *wars) updateTable(ctx context.Context, c *Call, id war.ID, squad roster.SquadID, of tableOf) (chat.Reply, error) {
	if of.team == war.Enemy && squad != 0 {
		return chat.Reply{}, errStale
	}
	w, err := h.deps.Wars.War(ctx, c.Faction, id)
	if err != nil {
		return chat.Reply{}, err
	}
	if of.squad, err = teamOf(ctx, h.deps, c, squad); err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.showTable(ctx, c, w, of)
	reply.Update = true
	return reply, err
}

func (h *wars) showTable(ctx context.Context, c *Call, w war.War, of tableOf) (chat.Reply, error) {
	rows, err := h.deps.Wars.Tallies(ctx, c.Faction, w.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	states, err := h.deps.Feeds.Feeds(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	read := readAt(states, feed.Attacks)
	v := say.ScoreboardView{Board: war.NewBoard(w, rows, read), Team: of.team, Sort: of.by, Page: of.page, AsOf: read, Now: c.Now, Feeds: states}
	if of.squad.ID != 0 {
		v.Squad, v.Whole = of.squad.Name, v.Board.Total(war.Ours)
		v.Board = v.Board.Of(of.squad.Players())
		v.Without = len(of.squad.In(roster.Member)) - len(v.Board.Us)
	}
	m, at := say.RenderScoreboard(v)
	to := func(team war.Team, page int, squad roster.SquadID) string {
		return ofSquad(makeID(tableAction, c.Faction, w.ID, team, of.by, page), squad)
	}
	side := chat.Button{ID: to(war.Enemy, 0, 0), Label: "Enemy"}
	if of.team == war.Enemy {
		side = chat.Button{ID: to(war.Ours, 0, 0), Label: "Us"}
	}
	buttons := pager(at, func(n int) string { return to(of.team, n, of.squad.ID) })
	pick := chat.Select{ID: ofSquad(makeID(sortAction, c.Faction, w.ID, of.team), of.squad.ID), Placeholder: "Sort by"}
	for _, k := range war.SortKeys() {
		pick.Options = append(pick.Options, chat.SelectOption{Label: "Sort by " + string(k), Value: string(k), Default: k == of.by})
	}
	m.Rows = []chat.Row{{Buttons: append(buttons, side)}, {Select: &pick}}
	return chat.Reply{Message: m}, nil
}

// pager makes the buttons that turn pages; none when there is one page.
func pager(p say.Page, to func(page int) string) []chat.Button {
	if p.Of == 1 {
		return nil
	}
	prev := chat.Button{ID: to(p.Number - 1), Label: "Prev", Disabled: p.Number == 0}
	if prev.Disabled {
		prev.ID = to(p.Of) // a page that nobody can reach, so that no id is there twice
	}
	return []chat.Button{prev, {ID: to(p.Number + 1), Label: "Next", Disabled: p.Number == p.Of-1}}
}

func (h *wars) history(ctx context.Context, c *Call) (chat.Reply, error) {
	return h.showHistory(ctx, c, 0)
}

func (h *wars) turnHistory(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	page := a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.showHistory(ctx, c, int(min(page, 1<<20)))
	reply.Update = true
	return reply, err
}

func (h *wars) showHistory(ctx context.Context, c *Call, page int) (chat.Reply, error) {
	list, err := h.deps.Wars.Wars(ctx, c.Faction, knownWars)
	if err != nil {
		return chat.Reply{}, err
	}
	states, err := h.deps.Feeds.Feeds(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	ids := make([]war.ID, len(list))
	for i, w := range list {
		ids[i] = w.ID
	}
	summaries, err := h.deps.Records.WarSummaries(ctx, c.Faction, ids)
	if err != nil {
		return chat.Reply{}, err
	}
	m, at := say.RenderHistory(say.HistoryView{Wars: list, Summaries: summaries, Page: page, AsOf: readAt(states, feed.Wars), Now: c.Now})
	if buttons := pager(at, func(n int) string { return makeID(historyAction, c.Faction, n) }); buttons != nil {
		m.Rows = []chat.Row{{Buttons: buttons}}
	}
	return chat.Reply{Message: m}, nil
}

// words turns named values into what a custom id holds.
func words[T ~string](of []T) []string {
	out := make([]string, len(of))
	for i, v := range of {
		out[i] = string(v)
	}
	return out
}
