package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// Engine tells how the bot's own parts fare.
type Engine interface {
	// Depth counts the jobs of the queue that wait or are under way.
	Depth(ctx context.Context) (int64, error)
	Processes(ctx context.Context, within time.Duration) ([]faction.Process, error)
	Jobs(ctx context.Context, now time.Time) ([]faction.JobState, error)
}

// health tells whoever runs the bot, or a faction, how it fares: /admin health.
type health struct {
	deps   *Deps
	status *status
}

// processesWithin is how long a process that said nothing is still shown.
const processesWithin = 15 * time.Minute

func (h *health) table() noun {
	return noun{commands: []command{{
		route:       route{name: "admin health", guard: rbac.Need(rbac.Admin), scope: anywhere, plan: chat.Plan{Ephemeral: true, Slow: true}, handle: h.show},
		description: "Processes, feeds that are late, queue, budget, jobs",
	}}}
}

func (h *health) show(ctx context.Context, c *Call) (chat.Reply, error) {
	e := chat.Embed{Title: "Health", Color: say.Green}
	ids := []faction.ID{c.Link.Faction}
	if c.Actor.Operator {
		ids = ids[:0]
		for _, t := range c.standing.Tenants {
			ids = append(ids, t.ID)
		}
	}
	late, lines := 0, []string(nil)
	for _, id := range ids {
		t, ok, err := h.deps.Tenants.Tenant(ctx, id, c.Now)
		if err != nil {
			return chat.Reply{}, err
		}
		if ok && (t.LateFeeds > 0 && t.State == faction.Active || !c.Actor.Operator) {
			late += t.LateFeeds
			lines = append(lines, tenantLine(t))
		}
	}
	text := fmt.Sprintf("**%d** late", late)
	if late > 0 {
		e.Color = say.Amber
	}
	if len(lines) > 0 {
		text += "\n" + strings.Join(lines, "\n")
	}
	e.Fields = append(e.Fields, chat.Field{Name: "Feeds", Value: say.Within(text, 1000)})
	if c.Actor.Operator {
		own, well, err := h.engine(ctx, c)
		if err != nil {
			return chat.Reply{}, err
		}
		if !well {
			e.Color = say.Amber
		}
		e.Fields = append(e.Fields, own...)
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}}}, nil
}

// engine is what concerns all factions together, for operators. well is false when
// something of it wants looking at.
func (h *health) engine(ctx context.Context, c *Call) (fields []chat.Field, well bool, err error) {
	depth, err := h.deps.Engine.Depth(ctx)
	if err != nil {
		return nil, false, err
	}
	all, err := h.deps.Engine.Processes(ctx, processesWithin)
	if err != nil {
		return nil, false, err
	}
	jobs, err := h.deps.Engine.Jobs(ctx, c.Now)
	if err != nil {
		return nil, false, err
	}
	well = true
	var processes, runs []string
	for _, p := range all {
		processes = append(processes, fmt.Sprintf("**%s**: heard of %s ago", say.Name(p.Instance), say.Span(p.Silent)))
	}
	for _, j := range jobs {
		line := "**" + say.Name(j.Name) + "**: "
		switch {
		case j.Running:
			line += "running since " + say.Ago(j.Started)
		case j.Finished.IsZero():
			line += "never run"
		default:
			line += say.Ago(j.Finished) + " in " + say.Span(j.Took)
		}
		if j.LastError != "" {
			well = false
			line += ". ⚠ " + say.Text(j.LastError, 120)
		}
		runs = append(runs, line)
	}
	list := func(lines []string) string {
		if len(lines) == 0 {
			return "None."
		}
		return say.Within(strings.Join(lines, "\n"), 1000)
	}
	return []chat.Field{
		{Name: "Processes", Value: list(processes)},
		{Name: "Queue", Value: several(depth, "job") + " waiting or under way"},
		{Name: "Requests to Torn", Value: h.status.traffic(ctx, c)},
		{Name: "Jobs", Value: list(runs)},
	}, well, nil
}
