package commands

import (
	"context"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// Records reads what wars that are over have left.
type Records interface {
	// WarBooks are our log and the official report; ok is false while there is none.
	WarBooks(ctx context.Context, id faction.ID, w war.War) (b war.Books, ok bool, err error)
	// WarSummaries tell in a line each what reports say of our side.
	WarSummaries(ctx context.Context, id faction.ID, wars []war.ID) (map[war.ID]war.Summary, error)
}

// reports answers what a war came to: /war report, reconcile.
type reports struct{ deps *Deps }

const (
	reportAction    = "war:report"
	showAction      = "war:show"
	reconcileAction = "war:reconcile"
)

func (h *reports) table() noun {
	suggest := map[string]completer{"war": suggestWars(h.deps.Wars)}
	return noun{
		commands: []command{
			{
				route:       route{name: "war report", guard: viewWar(), reads: true, handle: h.report},
				description: "How a war ended: rewards, rank, and every player as Torn counts them and as we do",
				options:     []chat.Option{warOption("Enemy's name or id; without it the latest war that is over")},
				complete:    suggest,
			},
			{
				route:       route{name: "war reconcile", guard: viewWar(), reads: true, handle: h.reconcile},
				description: "Our log against the official report: every difference, and why",
				options:     []chat.Option{warOption("Enemy's name or id; without it the latest war that is over")},
				complete:    suggest,
			},
		},
		actions: []route{
			{name: reportAction, guard: viewWar(), reads: true, ours: true, handle: h.turnReport},
			{name: showAction, guard: viewWar(), reads: true, ours: true, handle: h.show},
			{name: reconcileAction, guard: viewWar(), reads: true, ours: true, handle: h.turnReconcile},
		},
	}
}

// pickEnded finds the war that was asked for, else the latest that is over.
func (h *reports) pickEnded(ctx context.Context, c *Call) (war.War, error) {
	if c.option("war", "") == "" {
		list, err := h.deps.Wars.Wars(ctx, c.Faction, knownWars)
		if err != nil {
			return war.War{}, err
		}
		for _, w := range list {
			if !w.End.IsZero() {
				return w, nil
			}
		}
		return war.War{}, faction.Errorf(faction.NotFound, "No war of your faction that is over is on record yet. `/war backfill` reads those from before.")
	}
	w, err := pickWar(ctx, h.deps.Wars, c, false)
	if err != nil {
		return war.War{}, err
	}
	return w, isOver(w)
}

// isOver refuses a war that has no report because it has not ended.
func isOver(w war.War) error {
	if w.End.IsZero() {
		return faction.Errorf(faction.Conflict, "That war is not over, so it has no report. `/war scoreboard` shows how it stands.")
	}
	return nil
}

func (h *reports) report(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := h.pickEnded(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	m, err := h.message(ctx, c, c.Faction, w, war.Ours, 0)
	return chat.Reply{Message: m}, err
}

// which reads whose report a button is about.
func (h *reports) which(ctx context.Context, c *Call) (w war.War, team war.Team, page int, err error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return w, "", 0, err
	}
	id := war.ID(a.number())
	team = war.Team(a.oneOf(string(war.Ours), string(war.Enemy)))
	page = int(min(a.number(), 1<<20))
	if err := a.end(); err != nil {
		return w, "", 0, err
	}
	if w, err = h.deps.Wars.War(ctx, c.Faction, id); err == nil {
		err = isOver(w)
	}
	return w, team, page, err
}

func (h *reports) turnReport(ctx context.Context, c *Call) (chat.Reply, error) {
	w, team, page, err := h.which(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	m, err := h.message(ctx, c, c.Faction, w, team, page)
	return chat.Reply{Update: true, Message: m}, err
}

// show puts a report that somebody sees alone where everybody sees it.
func (h *reports) show(ctx context.Context, c *Call) (chat.Reply, error) {
	reply, err := h.turnReport(ctx, c)
	reply.Update = false
	return reply, err
}

// message is a war's report with the chart of its lead. id is whose war it is: at the
// set-up it may be another faction's than the caller's.
func (h *reports) message(ctx context.Context, c *Call, id faction.ID, w war.War, team war.Team, page int) (chat.Message, error) {
	books, official, err := h.deps.Records.WarBooks(ctx, id, w)
	if err != nil {
		return chat.Message{}, err
	}
	if !official {
		if books, err = h.own(ctx, id, w); err != nil {
			return chat.Message{}, err
		}
	}
	m, at := say.RenderReport(say.ReportView{
		War: w, Report: books.Report, Official: official, Books: war.Reconcile(books), Team: team, Page: page, AsOf: w.WholeAt,
	})
	samples, err := h.deps.Wars.Samples(ctx, id, w.ID)
	if err != nil {
		return chat.Message{}, err
	}
	(&wars{deps: h.deps}).draw(&m, say.WarView{War: w, Samples: samples}, leadChart, c)
	to := func(team war.Team, page int) string { return makeID(reportAction, id, w.ID, team, page) }
	buttons := append(pager(at, func(n int) string { return to(team, n) }), otherSide(team, func(t war.Team) string { return to(t, 0) }))
	if official {
		buttons = append(buttons, chat.Button{ID: makeID(reconcileAction, id, w.ID, team, 0), Label: "Differences"})
	}
	m.Rows = []chat.Row{{Buttons: buttons}}
	return m, nil
}

// own are the books of a war without a report.
func (h *reports) own(ctx context.Context, id faction.ID, w war.War) (b war.Books, err error) {
	b.War = w
	b.Tallies, err = h.deps.Wars.Tallies(ctx, id, w.ID)
	return b, err
}

// otherSide is the button that shows the other side of a war.
func otherSide(team war.Team, to func(war.Team) string) chat.Button {
	if team == war.Enemy {
		return chat.Button{ID: to(war.Ours), Label: "Us"}
	}
	return chat.Button{ID: to(war.Enemy), Label: "Enemy"}
}

func (h *reports) reconcile(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := h.pickEnded(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.showReconciled(ctx, c, w, war.Ours, 0)
}

func (h *reports) turnReconcile(ctx context.Context, c *Call) (chat.Reply, error) {
	w, team, page, err := h.which(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.showReconciled(ctx, c, w, team, page)
	reply.Update = true
	return reply, err
}

func (h *reports) showReconciled(ctx context.Context, c *Call, w war.War, team war.Team, page int) (chat.Reply, error) {
	books, ok, err := h.deps.Records.WarBooks(ctx, c.Faction, w)
	if err != nil {
		return chat.Reply{}, err
	}
	if !ok {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "Torn's official report of that war is not in, so there is nothing to compare with. It is asked for by itself for a week; of older wars `/war backfill` fetches it.")
	}
	m, at := say.RenderReconcile(say.ReconcileView{Books: war.Reconcile(books), Team: team, Page: page, AsOf: w.WholeAt})
	to := func(team war.Team, page int) string { return makeID(reconcileAction, c.Faction, w.ID, team, page) }
	buttons := append(pager(at, func(n int) string { return to(team, n) }), otherSide(team, func(t war.Team) string { return to(t, 0) }),
		chat.Button{ID: makeID(reportAction, c.Faction, w.ID, team, 0), Label: "Report"})
	m.Rows = []chat.Row{{Buttons: buttons}}
	return chat.Reply{Message: m}, nil
}
