package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// help tells callers what they may do here, shortest path first: /help.
type help struct{ registry *Registry }

// topic gathers commands by their first words, in the order in which one comes to
// need them. A command that several of them begin stands where the first puts it.
type topic struct {
	name, title string
	prefixes    []string
}

func topics() []topic {
	return []topic{
		{"start", "Getting started", []string{"link", "setup", "status", "me", "notify", "help", "unlink"}},
		{"plan", "Before and during a war", []string{"war ready", "war forecast", "war scout", "war terms"}},
		{"past", "Wars that are over", []string{"war report", "war reconcile", "war history", "war backfill"}},
		{"war", "Ranked wars", []string{"war status", "war us", "war enemy", "war targets", "war scoreboard", "war member", "war attacks", "war history", "war retals", "war track", "war"}},
		{"alerts", "Alerts", []string{"alerts list", "alerts"}},
		{"chain", "Chains", []string{"chain status", "chain report", "chain history", "chain"}},
		{"board", "Live messages", []string{"board"}},
		{"squads", "Squads", []string{"squad roster", "squad join", "squad leave", "squad"}},
		{"web", "Web scoreboard", []string{"web"}},
		{"audit", "Audit log", []string{"audit"}},
		{"roles", "Discord roles and nicknames", []string{"config roles"}},
		{"config", "Settings and permissions", []string{"config show", "config permissions show", "config permissions", "config"}},
		{"privacy", "What is stored about you", []string{"privacy"}},
		{"admin", "For operators", []string{"admin"}},
	}
}

func (h *help) table() noun {
	var choices []chat.Choice
	for _, t := range topics() {
		choices = append(choices, chat.Choice{Name: t.title, Value: t.name})
	}
	return noun{commands: []command{{
		route:       route{name: "help", guard: rbac.Anyone(), scope: anywhere, plan: chat.Plan{Ephemeral: true}, handle: h.show},
		description: "What you may do here, shortest path first",
		options:     []chat.Option{{Name: "topic", Description: "Only this", Choices: choices}},
	}}}
}

func (h *help) show(_ context.Context, c *Call) (chat.Reply, error) {
	e := chat.Embed{Title: "Consigliere", Color: say.Grey, Description: h.next(c)}
	only := c.option("topic", "")
	for _, t := range topics() {
		if only != "" && only != t.name {
			continue
		}
		if text := h.list(c, t); text != "" {
			e.Fields = append(e.Fields, chat.Field{Name: t.title, Value: text})
		}
	}
	shorten(&e)
	if len(e.Fields) == 0 {
		e.Description += "\n\nYou may do nothing of that here."
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}}}, nil
}

// shorten cuts the descriptions in the longest topics until all of it fits into
// a message; the option topic shows them.
func shorten(e *chat.Embed) {
	const most = 5800 // of Discord's 6000
	size := func() (n int) {
		for _, f := range e.Fields {
			n += say.Length(f.Name) + say.Length(f.Value)
		}
		return n + say.Length(e.Title) + say.Length(e.Description)
	}
	for size() > most {
		longest := 0
		for i, f := range e.Fields {
			if len(f.Value) > len(e.Fields[longest].Value) {
				longest = i
			}
		}
		var lines []string
		for line := range strings.Lines(e.Fields[longest].Value) {
			name, does, _ := strings.Cut(strings.TrimSpace(line), "` ")
			lines = append(lines, name+"` "+say.Text(does, 24))
		}
		short := strings.Join(lines, "\n")
		if len(short) >= len(e.Fields[longest].Value) {
			return
		}
		e.Fields[longest].Value = short
	}
}

// next is the one thing to do now.
func (h *help) next(c *Call) string {
	switch {
	case !c.Linked() && !c.Actor.Operator:
		return "**Next**: `/link` tells me who you are in Torn. It takes a minute; most commands need it."
	case c.Request.GuildID == "":
		return "**Next**: use me in your faction's server; here only you see what I say."
	case len(c.Served) == 0:
		return "**Next**: no faction is set up in this server. Its leader runs `/setup`."
	case c.Faction == 0 || !c.Serves(c.Faction):
		return "This server is not one of your faction's; most commands work only there."
	case !c.Actor.Member && !c.Actor.Operator:
		return "The member list does not show you yet, so you can do little here. It is read every few minutes."
	case recruit(c) && !c.Allowed(viewWar()):
		return "Recruits have no permissions until they get a position in the game, so there is little here yet."
	case !c.Allowed(viewWar()):
		return "Positions without `war.view` see little here; your leader decides who has it."
	default:
		return "**Next**: `/war status` shows how it stands."
	}
}

// list names the commands of a topic that the caller may use here, in its order.
func (h *help) list(c *Call, t topic) string {
	var lines []string
	listed := map[string]bool{}
	for _, prefix := range t.prefixes {
		for _, path := range h.registry.order {
			if listed[path] || !under(path, prefix) || topicOf(path) != t.name || !h.usable(c, h.registry.commands[path]) {
				continue
			}
			listed[path] = true
			lines = append(lines, fmt.Sprintf("`/%s` %s", path, h.registry.commands[path].description))
		}
	}
	return strings.Join(lines, "\n")
}

func under(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+" ") }

// topicOf is the first topic that names a command.
func topicOf(path string) string {
	for _, t := range topics() {
		if slices.ContainsFunc(t.prefixes, func(prefix string) bool { return under(path, prefix) }) {
			return t.name
		}
	}
	return ""
}

func (h *help) usable(c *Call, cmd command) bool {
	switch {
	case cmd.scope == anywhere:
		return c.Allowed(cmd.guard)
	case cmd.scope == founding:
		return c.Request.GuildID != "" && (c.Actor.Operator || c.Linked() && (!c.Actor.Member && c.listRead().IsZero() || c.Allowed(cmd.guard)))
	case c.Faction == 0 || c.Request.GuildID != "" && !c.Serves(c.Faction):
		return false
	default:
		return c.Allowed(cmd.guard)
	}
}
