package commands

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/roles"
	"consigliere/internal/say"
)

// Settings keeps what a faction decided about itself.
type Settings interface {
	Settings(ctx context.Context, id faction.ID) (faction.Settings, error)
	// SetSettings gives what it was before.
	SetSettings(ctx context.Context, id faction.ID, set faction.Settings) (before faction.Settings, err error)
}

// configuration shows what a faction set up, and changes what is the faction's own:
// /config.
type configuration struct{ deps *Deps }

func (h *configuration) table() noun {
	private := chat.Plan{Ephemeral: true}
	return noun{commands: []command{
		{
			route:       route{name: "config show", guard: rbac.Need(rbac.ConfigView), reads: true, plan: private, handle: h.show},
			description: "All that is set for your faction: channels, alerts, permissions, settings",
		},
		{
			route:       route{name: "config faction", guard: rbac.Need(rbac.ConfigManage), plan: private, handle: h.faction},
			description: "Change your faction's settings",
			options: []chat.Option{{
				Name: "low_fair_fight", Max: bound(8),
				Description: "Hits below this fair-fight modifier are marked low: 1.00 to 3.00; 0 marks none",
			}},
		},
	}}
}

func (h *configuration) show(ctx context.Context, c *Call) (chat.Reply, error) {
	info, ok, err := h.deps.Factions.FactionInfo(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	if !ok {
		return chat.Reply{}, errNotSetUp
	}
	e := chat.Embed{Title: fmt.Sprintf("Settings · %s [%d]", say.Name(info.Name), info.ID), Color: say.Grey}
	for _, part := range []func(context.Context, *Call, *chat.Embed) error{h.alerts, h.boards, h.permissions, h.shares, h.roles, h.own} {
		if err := part(ctx, c, &e); err != nil {
			return chat.Reply{}, err
		}
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}}}, nil
}

// tell adds a part of what is set; amber when it wants to be looked at.
func tell(e *chat.Embed, name, value string, amber bool) {
	e.Fields = append(e.Fields, chat.Field{Name: name, Value: say.Within(value, 1024)})
	if amber {
		e.Color = say.Amber
	}
}

func (h *configuration) alerts(ctx context.Context, c *Call, e *chat.Embed) error {
	rules, err := h.deps.Alerts.Rules(ctx, c.Faction)
	if err != nil {
		return err
	}
	on, broken := 0, 0
	var channels, called []string
	for _, r := range rules {
		if !r.Enabled {
			continue
		}
		on++
		channels, called = add(channels, r.ChannelID), add(called, r.RoleID)
		if r.Broken != "" {
			broken++
		}
	}
	text := fmt.Sprintf("**%d** on, %d off", on, len(rules)-on)
	if broken > 0 {
		text += fmt.Sprintf(", ⚠ **%d** cannot be posted: `/status` says why", broken)
	}
	tell(e, "Channels of alerts", mentions("<#", channels), false)
	tell(e, "Alerts", text, broken > 0)
	tell(e, "Roles mentioned", mentions("<@&", called), false)
	return nil
}

func (h *configuration) boards(ctx context.Context, c *Call, e *chat.Embed) error {
	live, err := h.deps.Boards.Boards(ctx, c.Faction)
	if err == nil {
		tell(e, "Live messages", boardLines(live), false)
	}
	return err
}

func (h *configuration) permissions(ctx context.Context, c *Call, e *chat.Embed) error {
	o, err := (&permissions{deps: h.deps}).overview(ctx, c)
	if err == nil {
		tell(e, "Permissions", o.summary(), len(o.flags()) > 0)
	}
	return err
}

func (h *configuration) shares(ctx context.Context, c *Call, e *chat.Embed) error {
	list, err := h.deps.Shares.Shares(ctx, c.Faction)
	if err != nil {
		return err
	}
	text := "Nothing of yours."
	if n := len(list); n > 0 {
		text = fmt.Sprintf("**%d** other %s some of your data: `/config share list`", n, plural(n, "faction sees", "factions see"))
	}
	tell(e, "Shared", text, false)
	return nil
}

// roles tells whether Discord roles are given on the server where it is asked: each has
// a setup of its own.
func (h *configuration) roles(ctx context.Context, c *Call, e *chat.Embed) error {
	const name = "Discord roles"
	if c.Request.GuildID == "" || !c.Serves(c.Faction) {
		tell(e, name, "Set for each server: `/config roles show` there.", false)
		return nil
	}
	set, err := h.deps.RoleSetups.RoleSetup(ctx, roles.Place{Faction: c.Faction, Guild: c.Request.GuildID})
	if err == nil {
		tell(e, name, roleLine(set), set.State() == roles.Changed || set.State() == roles.On && set.Trouble != "")
	}
	return err
}

func (h *configuration) own(ctx context.Context, c *Call, e *chat.Embed) error {
	set, err := h.deps.Settings.Settings(ctx, c.Faction)
	if err != nil {
		return err
	}
	kept, err := h.deps.Retentions.Retention(ctx, c.Faction)
	if err != nil {
		return err
	}
	tell(e, "Fair fight", "Marked low below "+threshold(set), false)
	tell(e, "Kept", retentionLines(kept), false)
	return nil
}

// add puts an id into a list once.
func add(list []string, id string) []string {
	if id == "" || slices.Contains(list, id) {
		return list
	}
	return append(list, id)
}

func mentions(open string, ids []string) string {
	if len(ids) == 0 {
		return "None."
	}
	var out []string
	for _, id := range ids {
		out = append(out, open+id+">")
	}
	return say.Some(out, mostNamed)
}

// threshold words the fair-fight modifier below which a hit is marked.
func threshold(s faction.Settings) string {
	if s.LowFairFight == 0 {
		return "nothing: no hit is marked"
	}
	return fmt.Sprintf("**%d.%02d**", s.LowFairFight/100, s.LowFairFight%100)
}

func (h *configuration) faction(ctx context.Context, c *Call) (chat.Reply, error) {
	typed := strings.TrimSpace(c.option("low_fair_fight", ""))
	if typed == "" {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Say what to change: `/config faction low_fair_fight:1.5`. Nothing was changed. `/config show` shows what is set.")
	}
	low, ok := fairFight(typed)
	if !ok {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "A fair-fight modifier is a number from 1.00 to 3.00, with two decimals at most; 0 marks no hit. Nothing was changed.")
	}
	before, err := h.deps.Settings.SetSettings(ctx, c.Faction, faction.Settings{LowFairFight: low})
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "config.faction", map[string]any{"low_fair_fight": map[string]any{"before": before.LowFairFight, "after": low}})
	text := fmt.Sprintf("Hits are marked low below %s from now on (it was %s). Hits that were read before keep their mark until they are read again.",
		threshold(faction.Settings{LowFairFight: low}), threshold(before))
	return chat.Reply{Message: chat.Message{Content: text}}, nil
}

// fairFight reads a modifier as hundredths: 0, or from 1.00 to 3.00, as the game has it.
func fairFight(s string) (int, bool) {
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	hundredths := f * 100
	n := math.Round(hundredths)
	if err != nil || math.Abs(hundredths-n) > 1e-6 || n != 0 && !(n >= 100 && n <= 300) { // what is not a number is neither
		return 0, false
	}
	return int(n), true
}
