package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// Exports writes everything of a faction to where the operator keeps it.
type Exports interface {
	ExportFaction(ctx context.Context, id faction.ID, now time.Time) (Export, error)
}

// Export is a file that was written.
type Export struct {
	Path  string
	Size  int64 // bytes
	Rows  map[string]int64
	Small []byte // the file itself, when Discord takes one of that size
}

// removal takes a faction out: /admin faction remove. It exports, then erases, and
// goes on where it stopped: a faction whose state is "removing" has its export made
// again, because only what is complete counts.
type removal struct {
	deps    *Deps
	tenants *tenants
}

const (
	removalConfirmAction = "removal:confirm"
	removalRunAction     = "removal:run"

	// removalInput is the form's field, for the faction's id.
	removalInput = "faction_id"
)

func (h *removal) table() noun {
	operator := func(name string, plan chat.Plan, fn handler) route {
		return route{name: name, guard: rbac.Operator(), scope: anywhere, plan: plan, handle: fn}
	}
	return noun{
		commands: []command{{
			route:       operator("admin faction remove", chat.Plan{Ephemeral: true}, h.ask),
			description: "Export everything of a faction, then erase it",
			options:     []chat.Option{{Name: factionOption, Description: "The faction, by name or Torn id", Required: true, Autocomplete: true, Max: bound(100)}},
			complete:    map[string]completer{factionOption: func(_ context.Context, c *Call, typed string) []chat.Choice { return c.suggestFactions(typed) }},
		}},
		actions: []route{
			operator(removalConfirmAction, chat.Plan{Ephemeral: true, Modal: true}, h.form),
			operator(removalRunAction, chat.Plan{Ephemeral: true, Slow: true, Long: true}, h.run),
		},
	}
}

// ask says what goes before anything does.
func (h *removal) ask(ctx context.Context, c *Call) (chat.Reply, error) {
	t, err := h.tenants.picked(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	e := chat.Embed{Title: "Remove " + say.Name(t.Name), Color: say.Red, Description: tenantLine(t) + "\n\n" +
		"First everything is exported to a file, without keys. Then all of it is erased: wars, members, links, keys, settings, and the audit log. " +
		"Members would link anew. **Nothing brings it back.** To stop for a while, use `/admin faction pause`."}
	if t.State == faction.Removing {
		e.Description += "\n\nThis was begun " + say.Ago(t.StateAt) + " and is not finished. It starts with a new export."
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}, Rows: []chat.Row{{Buttons: []chat.Button{
		{ID: makeID(removalConfirmAction, t.ID), Label: "Remove …", Style: chat.Danger},
	}}}}}, nil
}

func (h *removal) form(_ context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	id := a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Modal: &chat.Modal{ID: makeID(removalRunAction, id), Title: "Export and erase", Inputs: []chat.Input{{
		ID: removalInput, Label: fmt.Sprintf("Type %d to confirm", id), Required: true, Min: 1, Max: 20,
	}}}}, nil
}

// run removes. Each step is shown when it is done, and what is done stays done.
func (h *removal) run(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	id := faction.ID(a.number())
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if strings.TrimSpace(c.Request.Fields[removalInput]) != strconv.FormatInt(int64(id), 10) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "That is not %d. Nothing was changed.", id)
	}
	t, err := h.deps.tenant(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	p := progress{call: c, title: "Remove " + say.Name(t.Name)}
	if err := h.deps.Tenants.SetFactionState(ctx, id, faction.Removing, "", c.Now); err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, 0, "faction.removing", map[string]any{"faction": id, "before": string(t.State)})
	p.step("Stopped: nothing is read, sent or answered any more.")
	file, err := h.deps.Exports.ExportFaction(ctx, id, c.Now)
	if err != nil {
		return chat.Reply{}, p.broken("The export was not written", err)
	}
	rows := total(file.Rows)
	c.Audit(ctx, 0, "faction.export", map[string]any{"faction": id, "rows": rows, "bytes": file.Size})
	p.step(fmt.Sprintf("Exported: %s rows, %s, in `%s` on the bot's machine.", faction.Count(rows), size(file.Size), say.Plain(file.Path)))
	erased, err := h.deps.Tenants.EraseFaction(ctx, id)
	if err != nil {
		return chat.Reply{}, p.broken("Nothing was erased", err)
	}
	h.deps.Pool.Invalidate(id)
	c.Audit(ctx, 0, "faction.remove", map[string]any{"faction": id, "rows": erased})
	p.step(fmt.Sprintf("Erased: %s rows of %s.", faction.Count(total(erased)), several(int64(len(erased)), "table")))
	m := p.message(say.Green)
	if file.Small != nil {
		m.Files = []chat.File{{Name: fmt.Sprintf("faction-%d.jsonl.gz", id), ContentType: "application/gzip", Alt: "Everything of the faction, as JSON lines", Data: file.Small}}
	} else {
		m.Embeds[0].Footer = "The file is too large for Discord; fetch it from there."
	}
	return chat.Reply{Update: true, Message: m}, nil
}

func total(rows map[string]int64) (n int64) {
	for _, of := range slices.Sorted(maps.Keys(rows)) {
		n += rows[of]
	}
	return n
}

// size is a file's size for people.
func size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	default:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
}

// progress shows the steps of something long as they are done.
type progress struct {
	call  *Call
	title string
	done  []string
}

func (p *progress) step(text string) {
	p.done = append(p.done, "✔ "+text)
	if show := p.call.Request.Progress; show != nil {
		show(p.message(say.Amber))
	}
}

func (p *progress) message(color int) chat.Message {
	return chat.Message{Embeds: []chat.Embed{{Title: p.title, Color: color, Description: say.Within(strings.Join(p.done, "\n"), 4000)}}}
}

// broken is the error of a step, with what was done before it.
func (p *progress) broken(what string, err error) error {
	return &faction.Error{Kind: faction.Unavailable, Err: err, Say: strings.Join(p.done, "\n") + "\n⚠ " + what +
		", and the faction stays stopped. Run `/admin faction remove` again: it goes on from here. The log holds the cause."}
}
