package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// AlertRules keeps a faction's wishes of what to be told where.
type AlertRules interface {
	AddRule(ctx context.Context, id faction.ID, r alert.Rule, now time.Time) (alert.RuleID, error)
	ChangeRule(ctx context.Context, id faction.ID, rule alert.RuleID, change func(*alert.Rule) error) (was, is alert.Rule, err error)
	RemoveRule(ctx context.Context, id faction.ID, rule alert.RuleID, now time.Time) (alert.Rule, error)
	MoveRules(ctx context.Context, id faction.ID, from, to string) error
	GiveDefaults(ctx context.Context, id faction.ID, now time.Time) ([]alert.Kind, error)
}

// Webhooks reads a webhook's address, makes sure that it belongs to a server, and
// encrypts what is secret of it.
type Webhooks interface {
	Seal(ctx context.Context, id faction.ID, guildID, url string) (webhookID string, sealed []byte, err error)
}

// alerts changes what the faction is told, where and when: /alerts.
type alerts struct{ deps *Deps }

const (
	alertsPageAction = "alerts:page"
	alertsHookAction = "alerts:hook"
	alertsPage       = 8

	// hookInput is the form's field; the address is seen by the sealer and nowhere else.
	hookInput = "webhook_url"

	defaultMute = 60 * time.Minute
	maxMute     = 7 * 24 * time.Hour
	maxRules    = 100
)

func (h *alerts) table() noun {
	view, manage := rbac.Need(rbac.DiscordView), rbac.Need(rbac.DiscordManage)
	private := chat.Plan{Ephemeral: true}
	kind := chat.Option{Name: "kind", Description: "What to tell: war.started, chain.timer, …", Required: true, Autocomplete: true, Max: bound(40)}
	rule := chat.Option{Name: "rule", Description: "Its number, as /alerts list shows it", Type: chat.Integer, Required: true, Autocomplete: true, Min: bound(1)}
	anyRule := rule
	anyRule.Required, anyRule.Description = false, "Its number, as /alerts list shows it; without it every rule"
	byRule, byKind := map[string]completer{"rule": h.suggestRules}, map[string]completer{"kind": suggestKinds, "member": suggestMembers, optionSquad: suggestSquads(h.deps)}
	return noun{
		commands: []command{
			{
				route:       route{name: "alerts list", guard: view, reads: true, plan: private, handle: func(ctx context.Context, c *Call) (chat.Reply, error) { return h.show(ctx, c, 0) }},
				description: "What the faction is told, where, and whether it arrives",
			},
			{
				route:       route{name: "alerts add", guard: manage, plan: private, handle: h.add},
				description: "Be told of something in a channel or by direct message",
				options:     append([]chat.Option{kind}, ruleOptions()...), complete: byKind,
			},
			{
				route:       route{name: "alerts webhook", guard: manage, plan: chat.Plan{Ephemeral: true, Modal: true}, handle: h.form},
				description: "Be told of something through a webhook; its address is asked for and never shown again",
				options:     []chat.Option{kind}, complete: map[string]completer{"kind": suggestKinds},
			},
			{
				route:       route{name: "alerts edit", guard: manage, plan: private, handle: h.edit},
				description: "Change a rule, or take it up again when its place works",
				options: append([]chat.Option{rule}, append(ruleOptions(),
					chat.Option{Name: "enabled", Description: "Switch it on or off", Type: chat.Boolean},
					chat.Option{Name: "clear", Description: "Take one of these away from the rule", Choices: clearable()})...),
				complete: map[string]completer{"rule": h.suggestRules, "member": suggestMembers, optionSquad: suggestSquads(h.deps)},
			},
			{
				route:       route{name: "alerts remove", guard: manage, plan: private, handle: h.remove},
				description: "Be told no more", options: []chat.Option{rule}, complete: byRule,
			},
			{
				route:       route{name: "alerts test", guard: manage, plan: chat.Plan{Ephemeral: true, Slow: true}, handle: h.test},
				description: "Send a sample the way that real alerts go; it calls nobody", options: []chat.Option{rule}, complete: byRule,
			},
			{
				route:       route{name: "alerts mute", guard: manage, plan: private, handle: h.mute},
				description: "Silence a rule, or all, for a while",
				options: []chat.Option{anyRule, {Name: "minutes", Type: chat.Integer, Min: bound(0), Max: bound(maxMute.Minutes()),
					Description: "For how long: 60 without it; 0 ends the silence"}}, complete: byRule,
			},
		},
		actions: []route{
			{name: alertsPageAction, guard: view, reads: true, ours: true, plan: private, handle: h.turn},
			{name: alertsHookAction, guard: manage, ours: true, plan: chat.Plan{Ephemeral: true, Slow: true}, handle: h.saveHook},
		},
	}
}

// suggestKinds offers the kinds that the bot raises.
func suggestKinds(_ context.Context, _ *Call, typed string) []chat.Choice {
	var out []chat.Choice
	for _, k := range alert.Kinds() {
		if k.Told() && !k.ForOperator() && strings.Contains(string(k), strings.ToLower(typed)) {
			out = append(out, chat.Choice{Name: string(k), Value: string(k)})
		}
	}
	return out
}

func (h *alerts) suggestRules(ctx context.Context, c *Call, typed string) []chat.Choice {
	rules, err := h.deps.Alerts.Rules(ctx, c.Faction)
	if err != nil {
		return nil
	}
	var out []chat.Choice
	for _, r := range rules {
		name := fmt.Sprintf("#%d %s, %s", r.ID, r.Kind, r.Target())
		if strings.Contains(name, strings.ToLower(typed)) {
			out = append(out, chat.Choice{Name: name, Value: strconv.FormatInt(int64(r.ID), 10)})
		}
	}
	return out
}

func (h *alerts) turn(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	page := a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.show(ctx, c, page)
	reply.Update = true
	return reply, err
}

// show gives one page of the rules, those first that need somebody.
func (h *alerts) show(ctx context.Context, c *Call, page int64) (chat.Reply, error) {
	rules, err := h.deps.Alerts.Rules(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	roster, err := c.roster(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	order := alert.Kinds()
	slices.SortStableFunc(rules, func(a, b alert.Rule) int {
		if (a.Broken != "") != (b.Broken != "") {
			if a.Broken != "" {
				return -1
			}
			return 1
		}
		return slices.Index(order, a.Kind) - slices.Index(order, b.Kind)
	})
	names := map[faction.PlayerID]string{}
	for _, m := range roster.Members {
		names[m.ID] = m.Name
	}
	pages := max(1, (len(rules)+alertsPage-1)/alertsPage)
	at := int(min(page, int64(pages-1)))
	v := say.RulesView{Rules: rules[min(len(rules), at*alertsPage):min(len(rules), (at+1)*alertsPage)], Total: len(rules), Names: names, Page: at + 1, Pages: pages, Now: c.Now}
	for _, r := range rules {
		if r.Broken != "" {
			v.Broken++
		}
	}
	m := say.RenderRules(v)
	m.Rows = pageRows(alertsPageAction, c.Faction, at, pages)
	return chat.Reply{Message: m}, nil
}

// pageRows are the buttons that turn a list's pages, counted from 0.
func pageRows(action string, id faction.ID, at, pages int) []chat.Row {
	var buttons []chat.Button
	if at > 0 {
		buttons = append(buttons, chat.Button{ID: makeID(action, id, at-1), Label: "Previous"})
	}
	if at+1 < pages {
		buttons = append(buttons, chat.Button{ID: makeID(action, id, at+1), Label: "Next", Style: chat.Primary})
	}
	if buttons == nil {
		return nil
	}
	return []chat.Row{{Buttons: buttons}}
}

// kind is the kind that was asked for.
func (h *alerts) kind(c *Call) (alert.Kind, error) {
	k, ok := alert.ParseKind(strings.ToLower(strings.TrimSpace(c.option("kind", ""))))
	if !ok || k.ForOperator() {
		return "", faction.Errorf(faction.Invalid, "There is no such kind of alert. Nothing was changed. Pick one from the suggestions.")
	}
	if !k.Told() {
		return "", faction.Errorf(faction.Invalid, "The bot does not tell of `%s` yet, so that a rule would be silent. Nothing was changed. Pick one from the suggestions.", k)
	}
	return k, nil
}

// room refuses a rule beyond the most that a faction may have.
func (h *alerts) room(ctx context.Context, c *Call) error {
	rules, err := h.deps.Alerts.Rules(ctx, c.Faction)
	if err == nil && len(rules) >= maxRules {
		err = faction.Errorf(faction.Invalid, "There are %d rules, and that is the most. Nothing was changed. `/alerts remove` makes room.", len(rules))
	}
	return err
}

func (h *alerts) add(ctx context.Context, c *Call) (chat.Reply, error) {
	k, err := h.kind(c)
	if err != nil {
		return chat.Reply{}, err
	}
	if err := h.room(ctx, c); err != nil {
		return chat.Reply{}, err
	}
	r := alert.Rule{Kind: k, Enabled: true, Thresholds: k.DefaultThresholds()}
	placed, err := h.apply(ctx, c, &r)
	if err != nil {
		return chat.Reply{}, err
	}
	if !placed {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Say where: a channel, a squad, or a member for direct messages. Nothing was changed. `/alerts webhook` takes a webhook.")
	}
	if r.ID, err = h.deps.AlertRules.AddRule(ctx, c.Faction, r, c.Now); err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "alerts.add", ruleBody(r))
	return told("Added", r, c.Now), nil
}

// form asks for a webhook's address.
func (h *alerts) form(ctx context.Context, c *Call) (chat.Reply, error) {
	k, err := h.kind(c)
	if err != nil {
		return chat.Reply{}, err
	}
	if c.Request.GuildID == "" {
		return chat.Reply{}, errNeedsServer
	}
	if err := h.room(ctx, c); err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Modal: &chat.Modal{ID: makeID(alertsHookAction, c.Faction, k), Title: "Webhook for " + string(k), Inputs: []chat.Input{{
		ID: hookInput, Label: "Webhook URL", Placeholder: "Channel settings, Integrations, Webhooks, Copy URL", Required: true, Min: 40, Max: 250,
	}}}}, nil
}

var errNeedsServer = faction.Errorf(faction.Invalid, "Run this in your faction's server: it is about its channels. Nothing was changed.")

func (h *alerts) saveHook(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	k, known := alert.ParseKind(a.next())
	if err := a.end(); err != nil || !known || k.ForOperator() || !k.Told() {
		return chat.Reply{}, errStale
	}
	if c.Request.GuildID == "" || !c.Serves(c.Faction) {
		return chat.Reply{}, errNeedsServer
	}
	if err := h.room(ctx, c); err != nil {
		return chat.Reply{}, err
	}
	r := alert.Rule{Kind: k, Enabled: true, Thresholds: k.DefaultThresholds()}
	var err error
	if r.WebhookID, r.Sealed, err = h.deps.Webhooks.Seal(ctx, c.Faction, c.Request.GuildID, c.Request.Fields[hookInput]); err != nil {
		return chat.Reply{}, err
	}
	if r.ID, err = h.deps.AlertRules.AddRule(ctx, c.Faction, r, c.Now); err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "alerts.add", ruleBody(r))
	return told("Added, with the address encrypted and not shown again", r, c.Now), nil
}

func (h *alerts) edit(ctx context.Context, c *Call) (chat.Reply, error) {
	id, _, err := h.asked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	have, err := h.rule(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	// What Discord has to be asked for is asked before the rule is held fast.
	next := have
	placed, err := h.apply(ctx, c, &next)
	if err != nil {
		return chat.Reply{}, err
	}
	if have.Broken != "" && !placed && have.ChannelID != "" && h.deps.Channels.CanPost(ctx, c.Request.GuildID, have.ChannelID) == nil {
		next.Broken = ""
	}
	was, is, err := h.deps.AlertRules.ChangeRule(ctx, c.Faction, id, func(r *alert.Rule) error {
		next.MutedUntil = r.MutedUntil
		*r = next
		return nil
	})
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "alerts.edit", map[string]any{"rule": id, "before": ruleBody(was), "after": ruleBody(is), "moved": moved(was, is)})
	return told("Changed", is, c.Now), nil
}

// moved tells whether a rule sends to another place than before.
func moved(was, is alert.Rule) bool {
	return was.ChannelID != is.ChannelID || was.WebhookID != is.WebhookID || was.Player != is.Player || was.Squad != is.Squad
}

func (h *alerts) remove(ctx context.Context, c *Call) (chat.Reply, error) {
	id, _, err := h.asked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	was, err := h.deps.AlertRules.RemoveRule(ctx, c.Faction, id, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "alerts.remove", ruleBody(was))
	return told("Removed; it does not come back by itself", was, time.Time{}), nil
}

func (h *alerts) test(ctx context.Context, c *Call) (chat.Reply, error) {
	id, _, err := h.asked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	r, err := h.rule(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	if !r.Enabled {
		return chat.Reply{}, faction.Errorf(faction.Conflict, "Rule #%d is switched off. Nothing was sent. `/alerts edit rule:%d enabled:True` switches it on.", id, id)
	}
	info, _, err := h.deps.Factions.FactionInfo(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	how, err := sendSample(ctx, h.deps, c.Faction, r, alert.Sample(r.Kind, c.Faction, info.Name, c.Now))
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "alerts.test", map[string]any{"rule": id})
	return chat.Reply{Message: chat.Message{Content: fmt.Sprintf("The sample of `%s` %s.", r.Kind, how)}}, nil
}

func (h *alerts) mute(ctx context.Context, c *Call) (chat.Reply, error) {
	id, one, err := h.asked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	minutes, given, err := c.Request.Int("minutes")
	if err != nil || given && (minutes < 0 || time.Duration(minutes)*time.Minute > maxMute) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "A rule is silenced for 0 to %.0f minutes. Nothing was changed.", maxMute.Minutes())
	}
	wait := defaultMute
	if given {
		wait = time.Duration(minutes) * time.Minute
	}
	rules, err := h.deps.Alerts.Rules(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	n := 0
	for _, r := range rules {
		if one && r.ID != id {
			continue
		}
		_, _, err := h.deps.AlertRules.ChangeRule(ctx, c.Faction, r.ID, func(r *alert.Rule) error {
			r.MutedUntil = time.Time{}
			if wait > 0 {
				r.MutedUntil = c.Now.Add(wait)
			}
			return nil
		})
		if err != nil {
			return chat.Reply{}, err
		}
		n++
	}
	if n == 0 {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "There is no such alert rule. Nothing was changed. `/alerts list` shows those there are.")
	}
	body := map[string]any{"rules": n, "minutes": int(wait.Minutes())}
	if one {
		body["rule"] = id
	}
	c.Audit(ctx, c.Faction, "alerts.mute", body)
	if wait == 0 {
		return text("%s told again.", isAre(n, "rule")), nil
	}
	return text("%s silent until %s (%s). What happens meanwhile is not told later. `/alerts mute minutes:0` ends it.",
		isAre(n, "rule"), say.On(c.Now.Add(wait)), say.Ago(c.Now.Add(wait))), nil
}

// asked reads which rule is meant; one is false when none was named.
func (h *alerts) asked(c *Call) (id alert.RuleID, one bool, err error) {
	n, given, err := c.Request.Int("rule")
	if err != nil || given && n < 1 {
		return 0, false, faction.Errorf(faction.Invalid, "A rule is named by its number. Nothing was changed. `/alerts list` shows them.")
	}
	return alert.RuleID(n), given, nil
}

func (h *alerts) rule(ctx context.Context, c *Call, id alert.RuleID) (alert.Rule, error) {
	rules, err := h.deps.Alerts.Rules(ctx, c.Faction)
	if err != nil {
		return alert.Rule{}, err
	}
	for _, r := range rules {
		if r.ID == id {
			return r, nil
		}
	}
	return alert.Rule{}, faction.Errorf(faction.NotFound, "There is no alert rule #%d. Nothing was changed. `/alerts list` shows those there are.", id)
}

// told shows a rule that was changed; one that is gone has no now, and nothing is said of
// how to go on with it.
func told(what string, r alert.Rule, now time.Time) chat.Reply {
	e := chat.Embed{Color: say.Green, Description: what + ":\n" + say.RuleHead(r, nil, now)}
	if !now.IsZero() {
		e.Description += "\n-# `/alerts test rule:" + strconv.FormatInt(int64(r.ID), 10) + "` proves that it arrives."
		if r.Quiet.From != r.Quiet.To {
			e.Description += " What falls into its quiet hours is not sent later."
		}
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}}}
}

func text(format string, args ...any) chat.Reply {
	return chat.Reply{Message: chat.Message{Content: fmt.Sprintf(format, args...)}}
}

// ruleBody is a rule in the audit log: no Discord ids.
func ruleBody(r alert.Rule) map[string]any {
	body := map[string]any{"kind": string(r.Kind), "to": r.Target(), "calls_role": r.RoleID != "", "enabled": r.Enabled, "thresholds": r.Thresholds}
	if r.ID != 0 {
		body["rule"] = r.ID
	}
	if r.Player != 0 {
		body["player"] = r.Player
	}
	if r.Squad != 0 {
		body["squad"] = r.Squad
	}
	return body
}
