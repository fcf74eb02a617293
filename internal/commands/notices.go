package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// Wishes keeps what each player wants to be told in direct messages, and what they have
// confirmed of it.
type Wishes interface {
	Notices(ctx context.Context, id faction.ID, player faction.PlayerID) (alert.Notices, error)
	SetNotices(ctx context.Context, id faction.ID, player faction.PlayerID, n alert.Notices, now time.Time) (was alert.Notices, err error)
	Acknowledge(ctx context.Context, id faction.ID, delivery int64, player faction.PlayerID, now time.Time) (a alert.Alert, again bool, err error)
}

// notices is what the bot tells single people: /notify, and "Got it" below a notice.
type notices struct{ deps *Deps }

// GotIt is the action of the button that confirms a notice.
const GotIt = "notice:ack"

func (h *notices) table() noun {
	return noun{
		commands: []command{{
			route:       forAnybody("notify", chat.Plan{Ephemeral: true}, h.set),
			description: "What the bot tells you in direct messages, and when it is silent",
			options: []chat.Option{
				{Name: "messages", Description: "Direct messages on or off", Choices: []chat.Choice{{Name: "on", Value: "on"}, {Name: "off", Value: "off"}}},
				{Name: "quiet", Description: "Silent hours in Torn's time (UTC): 22-07 or 22:30-07:00; off ends them", Max: bound(20)},
				{Name: "without", Description: "A kind that you do not want", Autocomplete: true, Max: bound(40)},
				{Name: "with", Description: "A kind that you want again", Autocomplete: true, Max: bound(40)},
			},
			complete: map[string]completer{"without": suggestPersonal, "with": suggestPersonal},
		}},
		actions: []route{forAnybody(GotIt, chat.Plan{Ephemeral: true}, h.acknowledge)},
	}
}

func suggestPersonal(_ context.Context, _ *Call, typed string) []chat.Choice {
	var out []chat.Choice
	for _, k := range alert.DirectKinds() {
		if strings.Contains(string(k), strings.ToLower(typed)) {
			out = append(out, chat.Choice{Name: string(k), Value: string(k)})
		}
	}
	return out
}

var errNotices = faction.Errorf(faction.NotFound, "The bot tells people something only when it knows their player: you are not linked. Nothing was changed. `/link` links you.")

// set changes what was given; without anything it shows how it is.
func (h *notices) set(ctx context.Context, c *Call) (chat.Reply, error) {
	if !c.Linked() {
		return chat.Reply{}, errNotices
	}
	n, err := h.deps.Wishes.Notices(ctx, c.Link.Faction, c.Link.Player)
	if err != nil {
		return chat.Reply{}, err
	}
	changed := false
	switch c.option("messages", "") {
	case "":
	case "on":
		n.Off, changed = false, true
	case "off":
		n.Off, changed = true, true
	default:
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Direct messages are `on` or `off`. Nothing was changed.")
	}
	if quiet := c.option("quiet", ""); quiet != "" {
		if n.Quiet, err = parseQuiet(quiet); err != nil {
			return chat.Reply{}, err
		}
		changed = true
	}
	for _, name := range []string{"without", "with"} {
		typed := strings.ToLower(strings.TrimSpace(c.option(name, "")))
		if typed == "" {
			continue
		}
		k := alert.Kind(typed)
		if !slices.Contains(alert.DirectKinds(), k) {
			return chat.Reply{}, faction.Errorf(faction.Invalid, "No direct messages of that kind are sent. Nothing was changed. Pick one from the suggestions.")
		}
		n.Without = slices.DeleteFunc(slices.Clone(n.Without), func(o alert.Kind) bool { return o == k })
		if name == "without" {
			n.Without = append(n.Without, k)
			slices.Sort(n.Without)
		}
		changed = true
	}
	intro := "What the bot tells you"
	if changed {
		was, err := h.deps.Wishes.SetNotices(ctx, c.Link.Faction, c.Link.Player, n, c.Now)
		if err != nil {
			return chat.Reply{}, err
		}
		c.Audit(ctx, c.Link.Faction, "notify.set", map[string]any{"before": was, "after": n})
		intro = "Changed. What the bot tells you"
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{{Title: intro, Color: say.Grey, Description: noticeLines(n, c.Now)}}}}, nil
}

// noticeLines says what a player is told.
func noticeLines(n alert.Notices, now time.Time) string {
	lines := []string{"**Direct messages** " + onOff(n.Off, "off", "on"), "**Quiet hours** " + say.QuietHours(n.Quiet, now)}
	var with, without []string
	for _, k := range alert.PersonalKinds() {
		if !slices.Contains(n.Without, k) {
			with = append(with, "`"+string(k)+"`")
		}
	}
	for _, k := range n.Without {
		without = append(without, "`"+string(k)+"`")
	}
	if len(with) > 0 && !n.Off {
		lines = append(lines, "**Told** "+strings.Join(with, " ")+", and what a rule of your faction sends you")
	}
	if len(without) > 0 {
		lines = append(lines, "**Not told** "+strings.Join(without, " "))
	}
	watch := "What you signed up for, a turn on the chain watch, reaches you in quiet hours and with direct messages off as well; only `without:chain.watch` ends it, and then the channel is told that you did not confirm."
	if slices.Contains(n.Without, alert.ChainWatch) {
		watch = "You are not reminded of your turns on the chain watch: the channel is told instead that you did not confirm."
	}
	return strings.Join(append(lines, "-# Quiet hours are in Torn's time (UTC). What is held back is not sent later. "+watch), "\n")
}

// acknowledge takes a press of "Got it". Only the player whom the notice is for finds it.
func (h *notices) acknowledge(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	id, delivery := faction.ID(a.number()), a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if !c.Linked() || c.Link.Faction != id {
		return chat.Reply{}, errStale
	}
	told, again, err := h.deps.Wishes.Acknowledge(ctx, id, delivery, c.Link.Player, c.Now)
	if faction.KindOf(err) == faction.NotFound {
		return chat.Reply{}, errStale
	}
	if err != nil {
		return chat.Reply{}, err
	}
	if !again {
		c.Audit(ctx, id, "notify.ack", map[string]any{"kind": string(told.Kind), "subject": told.Subject})
	}
	m := say.RenderAlert(told, c.Now)
	m.Rows = nil
	if len(m.Embeds) == 0 {
		m.Embeds = []chat.Embed{{}}
	}
	m.Embeds[0].Color, m.Embeds[0].Footer = say.Green, "Got it"
	return chat.Reply{Update: true, Message: m}, nil
}

// mine is what /me shows.
type mine struct{ deps *Deps }

func (h *mine) table() noun {
	return noun{commands: []command{{
		route:       forAnybody("me", chat.Plan{Ephemeral: true}, h.show),
		description: "Your own figures, your keys, and what the bot tells you",
		options: []chat.Option{{Name: "view", Description: "Only this", Choices: []chat.Choice{
			{Name: "war", Value: "war"}, {Name: "keys", Value: "keys"}, {Name: "notices", Value: "notices"},
		}}},
	}}}
}

func (h *mine) show(ctx context.Context, c *Call) (chat.Reply, error) {
	if !c.Linked() {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "You are not linked, so nothing is known to be yours. Nothing was changed. `/link` links you.")
	}
	view := c.option("view", "")
	link, keys, err := h.deps.whoIs(ctx, c.Link)
	if err != nil {
		return chat.Reply{}, err
	}
	var embeds []chat.Embed
	if view == "" || view == "war" {
		e, err := h.war(ctx, c)
		if err != nil {
			return chat.Reply{}, err
		}
		embeds = append(embeds, e...)
	}
	if view == "" || view == "keys" {
		embeds = append(embeds, chat.Embed{Title: "Link and keys", Color: say.Grey, Description: linkedLine(link, keys)})
	}
	if view == "" || view == "notices" {
		n, err := h.deps.Wishes.Notices(ctx, c.Link.Faction, c.Link.Player)
		if err != nil {
			return chat.Reply{}, err
		}
		embeds = append(embeds, chat.Embed{Title: "What the bot tells you", Color: say.Grey, Description: noticeLines(n, c.Now), Footer: "/notify changes it"})
	}
	return chat.Reply{Message: chat.Message{Embeds: embeds}}, nil
}

// war is what the caller did in their faction's present or latest war. Own figures need
// no permission, but membership.
func (h *mine) war(ctx context.Context, c *Call) ([]chat.Embed, error) {
	own := *c
	own.Faction = c.Link.Faction
	if !c.Allowed(rbac.Own()) {
		return []chat.Embed{{Title: "War", Color: say.Grey, Description: "Your figures are for members of the faction. Nothing is lost: they come back when you are one again."}}, nil
	}
	list, err := h.deps.Wars.Wars(ctx, own.Faction, 1)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return []chat.Embed{{Title: "War", Color: say.Grey, Description: "No war is known yet."}}, nil
	}
	reply, err := (&attackLog{deps: h.deps}).member(ctx, &own)
	if err != nil {
		return nil, fmt.Errorf("read one's own figures: %w", err)
	}
	return reply.Embeds, nil
}
