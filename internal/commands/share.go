package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// Shares keeps what a faction lets others see.
type Shares interface {
	Shares(ctx context.Context, id faction.ID) ([]rbac.Share, error)
	// ChangeShare adds and takes away, and gives what was shared before and after.
	ChangeShare(ctx context.Context, id, to faction.ID, add, drop rbac.Set, by faction.PlayerID, now time.Time) (before, after rbac.Set, err error)
}

// sharing lets another faction look: /config share. What is shared is used with the
// option faction, and by turning the pages of a message.
type sharing struct{ deps *Deps }

func (h *sharing) table() noun {
	private := chat.Plan{Ephemeral: true}
	to := chat.Option{Name: factionOption, Description: "The other faction: its Torn id or name", Required: true, Autocomplete: true, Max: bound(100)}
	what := chat.Option{Name: "permission", Description: "What its members may see", Choices: viewChoices()}
	needed := what
	needed.Required = true
	suggest := map[string]completer{factionOption: h.suggest}
	return noun{commands: []command{
		{
			route:       route{name: "config share grant", guard: rbac.Leader(), plan: private, handle: h.grant},
			description: "Let members of another faction see some of your faction's data",
			options:     []chat.Option{to, needed}, complete: suggest,
		},
		{
			route:       route{name: "config share revoke", guard: rbac.Leader(), plan: private, handle: h.revoke},
			description: "End what you share with another faction, at once",
			options:     []chat.Option{to, what}, complete: suggest,
		},
		{
			route:       route{name: "config share list", guard: rbac.Need(rbac.ConfigView), plan: private, handle: h.list},
			description: "What your faction shares with others, and they with it",
		},
	}}
}

func viewChoices() []chat.Choice {
	var out []chat.Choice
	for _, p := range rbac.Viewing().List() {
		out = append(out, chat.Choice{Name: p.String() + ": " + viewed(p), Value: p.String()})
	}
	return out
}

// viewed says what whoever has a permission to look sees, at most 85 characters.
func viewed(p rbac.Permission) string {
	switch p {
	case rbac.WarView:
		return "wars, their scoreboards, every attack, each member's figures"
	case rbac.OCView:
		return "organized crimes, their slots, who is in them, results"
	case rbac.ChainView:
		return "chains, their timer, who hit"
	case rbac.MemberView:
		return "members, their activity and profiles"
	case rbac.FinanceView:
		return "the ledger and what is owed"
	case rbac.DiscordView:
		return "alert rules and their health"
	case rbac.ConfigView:
		return "settings and who may do what"
	case rbac.AuditView:
		return "the audit log"
	default:
		return "nothing"
	}
}

// asked reads the permission; 0 when none was given.
func (h *sharing) asked(c *Call) (rbac.Set, error) {
	text := c.option("permission", "")
	if text == "" {
		return 0, nil
	}
	p, ok := rbac.ParsePermission(text)
	if !ok || !rbac.Viewing().Has(p) {
		return 0, faction.Errorf(faction.Invalid, "Only permissions to look can be shared, and `%s` is none of them. Nothing was changed. Pick one from the list.", say.Text(text, 40))
	}
	return rbac.SetOf(p), nil
}

// other finds the faction to share with, by Torn id, or by the name of one within reach.
func (h *sharing) other(c *Call) (faction.ID, error) {
	text := strings.TrimSpace(c.option(factionOption, ""))
	n, err := strconv.ParseInt(text, 10, 64)
	id := faction.ID(n)
	for _, t := range c.standing.Tenants {
		if err != nil && strings.EqualFold(t.Name, text) {
			id = t.ID
		}
	}
	switch {
	case id <= 0:
		return 0, faction.Errorf(faction.Invalid, "Name the other faction by its Torn id; its page at Torn shows it. Nothing was changed.")
	case id == c.Faction:
		return 0, faction.Errorf(faction.Invalid, "That is your own faction. What its positions may do is set with `/config permissions set`. Nothing was changed.")
	default:
		return id, nil
	}
}

func (h *sharing) grant(ctx context.Context, c *Call) (chat.Reply, error) {
	to, err := h.other(c)
	if err != nil {
		return chat.Reply{}, err
	}
	add, err := h.asked(c)
	if err == nil && add == 0 {
		err = faction.Errorf(faction.Invalid, "Say what to share: pick a permission from the list. Nothing was changed.")
	}
	if err != nil {
		return chat.Reply{}, err
	}
	info, registered, err := h.deps.Factions.FactionInfo(ctx, to)
	switch {
	case err != nil:
		return chat.Reply{}, err
	case !registered:
		return chat.Reply{}, faction.Errorf(faction.NotFound, "Faction %d does not use this bot, so nobody there could see anything. Nothing was changed. Its leader uses `/setup`.", to)
	}
	before, after, err := h.deps.Shares.ChangeShare(ctx, c.Faction, to, add, 0, c.Actor.Player, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	name := fmt.Sprintf("**%s** [%d]", say.Name(info.Name), to)
	if before == after {
		return said("Nothing was changed: %s has `%s` already.\n%s", name, add, seen(after))
	}
	h.log(ctx, c, "share.grant", to, before, after)
	return said("%s may look at your faction's data from now on:\n%s\n"+
		"Who: its members whose position may see the same at home, with the option `faction` of a command. They can change nothing, and see nothing else. "+
		"Answers in a channel are read by everybody there.\n`/config share revoke` ends it at once.", name, seen(after))
}

func (h *sharing) revoke(ctx context.Context, c *Call) (chat.Reply, error) {
	to, err := h.other(c)
	if err != nil {
		return chat.Reply{}, err
	}
	drop, err := h.asked(c)
	if err != nil {
		return chat.Reply{}, err
	}
	if drop == 0 {
		drop = rbac.All()
	}
	before, after, err := h.deps.Shares.ChangeShare(ctx, c.Faction, to, 0, drop, c.Actor.Player, c.Now)
	switch {
	case err != nil:
		return chat.Reply{}, err
	case before == after:
		return said("Nothing was changed: that is not shared with faction %d. `/config share list` shows what is.", to)
	}
	h.log(ctx, c, "share.revoke", to, before, after)
	if after == 0 {
		return said("Faction **%d** sees nothing of yours any more. Messages that its members were shown stay where they are; their buttons no longer answer.", to)
	}
	return said("Ended for faction **%d**. It still sees:\n%s", to, seen(after))
}

func (h *sharing) log(ctx context.Context, c *Call, action string, to faction.ID, before, after rbac.Set) {
	c.Audit(ctx, c.Faction, action, map[string]any{"to": to, "before": before.String(), "after": after.String()})
}

// seen lists what permissions show, a line each.
func seen(s rbac.Set) string {
	var lines []string
	for _, p := range s.List() {
		lines = append(lines, fmt.Sprintf("`%s` %s", p, viewed(p)))
	}
	return strings.Join(lines, "\n")
}

func said(format string, args ...any) (chat.Reply, error) {
	return chat.Reply{Message: chat.Message{Content: fmt.Sprintf(format, args...)}}, nil
}

// maxShares is how many are listed each way.
const maxShares = 20

func (h *sharing) list(ctx context.Context, c *Call) (chat.Reply, error) {
	given, err := h.deps.Shares.Shares(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	e := chat.Embed{Title: "Shared data", Color: say.Grey}
	var lines []string
	for _, s := range given {
		info, registered, err := h.deps.Factions.FactionInfo(ctx, s.To)
		if err != nil {
			return chat.Reply{}, err
		}
		by := fmt.Sprintf("player %d", s.By)
		if s.By == 0 {
			by = "an operator"
		}
		line := fmt.Sprintf("**%s** [%d]: %s · changed %s by %s", say.Name(info.Name), s.To, s.Permissions, say.On(s.At), by)
		if !registered {
			line = fmt.Sprintf("**%d**: %s · does not use this bot any more, so it sees nothing", s.To, s.Permissions)
		}
		lines = append(lines, line)
	}
	e.Fields = append(e.Fields, chat.Field{Name: "Others see of yours", Value: shareLines(lines, "Nothing. `/config share grant` lets another faction look.")})
	lines = nil
	if c.Faction == c.Link.Faction {
		for _, t := range c.standing.Tenants {
			if t.Shared != 0 {
				lines = append(lines, fmt.Sprintf("**%s** [%d]: %s", say.Name(t.Name), t.ID, t.Shared))
			}
		}
		e.Fields = append(e.Fields, chat.Field{Name: "You see of others", Value: shareLines(lines, "Nothing.")})
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}}}, nil
}

// shareLines is the value of a field of shares.
func shareLines(lines []string, none string) string {
	if len(lines) == 0 {
		return none
	}
	if n := len(lines) - maxShares; n > 0 {
		lines = append(lines[:maxShares:maxShares], fmt.Sprintf("… and %d more", n))
	}
	return say.Within(strings.Join(lines, "\n"), 1024)
}

// suggest offers the other factions of this server and those one shares with.
func (h *sharing) suggest(ctx context.Context, c *Call, typed string) []chat.Choice {
	var out []chat.Choice
	listed := map[faction.ID]bool{c.Faction: true}
	add := func(id faction.ID, name string) {
		number := strconv.FormatInt(int64(id), 10)
		if !listed[id] && (matches(name, typed) || strings.HasPrefix(number, typed)) {
			listed[id] = true
			out = append(out, chat.Choice{Name: strings.TrimSpace(fmt.Sprintf("%s [%d]", say.Plain(name), id)), Value: number})
		}
	}
	for _, t := range c.standing.Tenants {
		add(t.ID, t.Name)
	}
	given, err := h.deps.Shares.Shares(ctx, c.Faction)
	if err != nil {
		return out
	}
	for _, s := range given {
		add(s.To, "")
	}
	return out
}
