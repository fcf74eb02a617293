package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/audit"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// AuditLog reads a faction's audit log and the chain under it; id 0 is the operator's.
type AuditLog interface {
	AuditPage(ctx context.Context, id faction.ID, f faction.AuditFilter) ([]faction.AuditRecord, error)
	AuditActions(ctx context.Context, id faction.ID) ([]string, error)
	VerifyAudit(ctx context.Context, id faction.ID) (audit.Verdict, error)
	ExportAudit(ctx context.Context, id faction.ID, since time.Time, begin func(from, head audit.Head) error, fn func(audit.Link, *audit.Entry) error) error
}

// auditing answers who changed what: /audit, and /admin audit for the operator's log.
type auditing struct{ deps *Deps }

const (
	auditAction      = "audit:page"
	adminAuditAction = "admin:audit"
	maxAuditDays     = 3650
	anybody          = "-" // stands for no narrowing in a custom id
	idLimit          = 100 // Discord's, of a custom id
)

func (h *auditing) table() noun {
	guard, private := rbac.Need(rbac.AuditView), chat.Plan{Ephemeral: true}
	slow := chat.Plan{Ephemeral: true, Slow: true}
	days := func(description string) chat.Option {
		return chat.Option{Name: "days", Description: description, Type: chat.Integer, Min: bound(1), Max: bound(maxAuditDays)}
	}
	filters := []chat.Option{
		{Name: "actor", Description: "Only what this member did: name or id; “bot” for the bot itself", Autocomplete: true, Max: bound(100)},
		{Name: "action", Description: "Only this action", Autocomplete: true, Max: bound(100)},
		{Name: "outcome", Description: "Only what was done, refused, or failed", Choices: []chat.Choice{
			{Name: "done", Value: "done"}, {Name: "refused", Value: "denied"}, {Name: "failed", Value: "failed"},
		}},
		days("Only the last so many days"),
	}
	return noun{
		commands: []command{
			{
				route:       route{name: "audit log", guard: guard, reads: true, plan: private, handle: h.log},
				description: "Who changed what, and who was refused, newest first",
				options:     filters,
				complete:    map[string]completer{"actor": suggestActors, "action": h.suggestActions},
			},
			{
				route:       route{name: "audit verify", guard: guard, plan: slow, heavy: true, handle: h.verify},
				description: "Check that nobody changed or removed an entry",
			},
			{
				route:       route{name: "audit export", guard: guard, plan: slow, heavy: true, handle: h.export},
				description: "The log as a file with its hashes, to check and keep elsewhere",
				options:     []chat.Option{days("Only the last so many days; without it everything")},
			},
			{
				route:       route{name: "admin audit", guard: rbac.Operator(), scope: anywhere, plan: slow, handle: h.admin},
				description: "The operator's own log: show, verify or export it",
				options: append([]chat.Option{{Name: "what", Description: "Otherwise the log is shown", Choices: []chat.Choice{
					{Name: "log", Value: "log"}, {Name: "verify", Value: "verify"}, {Name: "export", Value: "export"},
				}}}, filters...),
				complete: map[string]completer{"actor": suggestActors, "action": operators(h.suggestActions)},
			},
		},
		actions: []route{
			{name: auditAction, guard: guard, reads: true, ours: true, plan: private, handle: h.turn},
			{name: adminAuditAction, guard: rbac.Operator(), scope: anywhere, plan: private, handle: h.turnAdmin},
		},
	}
}

// operators makes the operator's own log the one acted on, whatever the server's is.
func operators(next completer) completer {
	return func(ctx context.Context, c *Call, typed string) []chat.Choice {
		own := *c
		own.Faction = 0
		return next(ctx, &own, typed)
	}
}

func (h *auditing) admin(ctx context.Context, c *Call) (chat.Reply, error) {
	own := *c
	own.Faction = 0
	switch what := c.option("what", "log"); what {
	case "log":
		return h.log(ctx, &own)
	case "verify":
		return h.verify(ctx, &own)
	case "export":
		return h.export(ctx, &own)
	default:
		return chat.Reply{}, faction.Errorf(faction.Invalid, "There is no such thing to do with the log. Pick log, verify or export.")
	}
}

func (h *auditing) log(ctx context.Context, c *Call) (chat.Reply, error) {
	var f faction.AuditFilter
	var err error
	if f.Actor, err = pickActor(ctx, c); err != nil {
		return chat.Reply{}, err
	}
	if f.Since, err = auditSince(c); err != nil {
		return chat.Reply{}, err
	}
	if f.Action = strings.TrimSpace(c.option("action", "")); f.Action != "" {
		known, err := h.deps.AuditLog.AuditActions(ctx, c.Faction)
		if err != nil {
			return chat.Reply{}, err
		}
		if !slices.Contains(known, f.Action) {
			return chat.Reply{}, faction.Errorf(faction.NotFound, "No action “%s” is in the log. Pick one from the suggestions.", say.Text(f.Action, 40))
		}
	}
	if f.Outcome = c.option("outcome", ""); f.Outcome != "" && !slices.Contains(auditOutcomes(), f.Outcome) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "There is no such outcome. Pick done, refused or failed.")
	}
	return h.show(ctx, c, f)
}

func auditOutcomes() []string { return []string{"done", "denied", "failed"} }

// auditSince reads the option days; zero without it.
func auditSince(c *Call) (time.Time, error) {
	days, ok, err := c.Request.Int("days")
	switch {
	case err != nil, ok && (days < 1 || days > maxAuditDays):
		return time.Time{}, faction.Errorf(faction.Invalid, "Give 1 to %d days. Nothing was changed.", maxAuditDays)
	case !ok:
		return time.Time{}, nil
	default:
		return c.Now.AddDate(0, 0, -int(days)), nil
	}
}

// pickActor reads the option actor; nil without it.
func pickActor(ctx context.Context, c *Call) (*faction.PlayerID, error) {
	typed := strings.TrimSpace(c.option("actor", ""))
	if typed == "" {
		return nil, nil
	}
	if strings.EqualFold(typed, "bot") {
		return new(faction.PlayerID), nil
	}
	if n, err := strconv.ParseInt(typed, 10, 64); err == nil && n >= 0 {
		id := faction.PlayerID(n) // whoever has left is still in the log
		return &id, nil
	}
	var members []faction.Member
	if c.Faction != 0 {
		roster, err := c.roster(ctx)
		if err != nil {
			return nil, err
		}
		members = roster.Members
	}
	found := search(players(members, nil), typed)
	switch {
	case len(found) == 0:
		return nil, faction.Errorf(faction.NotFound, "Nobody called “%s” is on the member list. Pick a name from the suggestions, or give a Torn id.", say.Text(typed, 40))
	case len(found) > 1 && found[0].rank(typed) == found[1].rank(typed):
		return nil, faction.Errorf(faction.Invalid, "“%s” fits %d members. Pick one from the suggestions.", say.Text(typed, 40), len(found))
	}
	return &found[0].id, nil
}

func suggestActors(ctx context.Context, c *Call, typed string) []chat.Choice {
	var out []chat.Choice
	if strings.HasPrefix("bot", strings.ToLower(typed)) {
		out = append(out, chat.Choice{Name: "The bot itself, or somebody who is not linked", Value: "bot"})
	}
	if c.Faction == 0 {
		return out
	}
	return append(out, suggestMembers(ctx, c, typed)...)
}

func (h *auditing) suggestActions(ctx context.Context, c *Call, typed string) []chat.Choice {
	actions, err := h.deps.AuditLog.AuditActions(ctx, c.Faction)
	if err != nil {
		return nil
	}
	var out []chat.Choice
	for _, a := range actions {
		if matches(a, typed) && len(a) <= 100 {
			out = append(out, chat.Choice{Name: say.Plain(a), Value: a})
		}
	}
	return out
}

// show lists one page and asks for one entry more, to know whether others follow.
func (h *auditing) show(ctx context.Context, c *Call, f faction.AuditFilter) (chat.Reply, error) {
	f.Limit = say.AuditPage + 1
	list, err := h.deps.AuditLog.AuditPage(ctx, c.Faction, f)
	if err != nil {
		return chat.Reply{}, err
	}
	v := say.AuditView{Title: "Audit log", Entries: list[:min(len(list), say.AuditPage)], More: len(list) > say.AuditPage, Names: map[faction.PlayerID]string{}}
	if c.Faction == 0 {
		v.Title = "Operator's audit log"
	} else {
		roster, err := c.roster(ctx)
		if err != nil {
			return chat.Reply{}, err
		}
		for _, m := range roster.Members {
			v.Names[m.ID] = m.Name
		}
	}
	v.Narrowed = narrowed(f, v.Names, c.Now)
	m := say.RenderAudit(v)
	m.Rows = auditButtons(c, f, v)
	return chat.Reply{Message: m}, nil
}

// narrowed words a filter for a footer.
func narrowed(f faction.AuditFilter, names map[faction.PlayerID]string, now time.Time) string {
	var words []string
	if f.Actor != nil {
		name, ok := names[*f.Actor]
		switch {
		case ok:
			words = append(words, say.Plain(name))
		case *f.Actor == 0:
			words = append(words, "the bot")
		default:
			words = append(words, fmt.Sprintf("player %d", *f.Actor))
		}
	}
	if f.Action != "" {
		words = append(words, say.Plain(f.Action))
	}
	if f.Outcome != "" {
		words = append(words, map[string]string{"done": "done", "denied": "refused", "failed": "failed"}[f.Outcome])
	}
	if !f.Since.IsZero() {
		words = append(words, "the last "+say.Span(now.Sub(f.Since)))
	}
	return strings.Join(words, ", ")
}

func auditButtons(c *Call, f faction.AuditFilter, v say.AuditView) []chat.Row {
	var buttons []chat.Button
	if f.Before != 0 {
		buttons = append(buttons, chat.Button{ID: auditID(c.Faction, f, 0), Label: "Newest"})
	}
	if v.More {
		buttons = append(buttons, chat.Button{ID: auditID(c.Faction, f, v.Entries[len(v.Entries)-1].Seq), Label: "Older", Style: chat.Primary})
	}
	if len(buttons) == 0 || slices.ContainsFunc(buttons, func(b chat.Button) bool { return len(b.ID) > idLimit }) {
		return nil
	}
	return []chat.Row{{Buttons: buttons}}
}

// auditID carries a filter in a custom id. Names of refused buttons hold a colon,
// which parts custom ids.
func auditID(id faction.ID, f faction.AuditFilter, before int64) string {
	actor, action, outcome, since := anybody, anybody, anybody, int64(0)
	if f.Actor != nil {
		actor = strconv.FormatInt(int64(*f.Actor), 10)
	}
	if f.Action != "" {
		action = strings.ReplaceAll(f.Action, ":", "~")
	}
	if f.Outcome != "" {
		outcome = f.Outcome
	}
	if !f.Since.IsZero() {
		since = f.Since.Unix()
	}
	if id == 0 {
		return makeID(adminAuditAction, actor, action, outcome, since, before)
	}
	return makeID(auditAction, id, actor, action, outcome, since, before)
}

func (h *auditing) turn(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	return h.turnTo(ctx, c, a)
}

func (h *auditing) turnAdmin(ctx context.Context, c *Call) (chat.Reply, error) {
	own := *c
	own.Faction = 0
	return h.turnTo(ctx, &own, own.args())
}

func (h *auditing) turnTo(ctx context.Context, c *Call, a *reading) (chat.Reply, error) {
	var f faction.AuditFilter
	if actor := a.next(); actor != anybody {
		n, err := strconv.ParseInt(actor, 10, 64)
		if err != nil || n < 0 {
			return chat.Reply{}, errStale
		}
		id := faction.PlayerID(n)
		f.Actor = &id
	}
	if action := a.next(); action != anybody {
		f.Action = strings.ReplaceAll(action, "~", ":")
	}
	if outcome := a.oneOf(append(auditOutcomes(), anybody)...); outcome != anybody {
		f.Outcome = outcome
	}
	since := a.number()
	f.Before = a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if since != 0 {
		f.Since = time.Unix(min(since, c.Now.Unix()), 0)
	}
	reply, err := h.show(ctx, c, f)
	reply.Update = true
	return reply, err
}

func (h *auditing) verify(ctx context.Context, c *Call) (chat.Reply, error) {
	v, err := h.deps.AuditLog.VerifyAudit(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	if !v.Whole() {
		c.registry.log.Error("an audit chain is broken", "faction_id", c.Faction, "fault", v.Broken.Fault, "n", v.Broken.N, "seq", v.Broken.Seq)
	}
	return chat.Reply{Message: chat.Message{Content: say.AuditVerdict(v)}}, nil
}
