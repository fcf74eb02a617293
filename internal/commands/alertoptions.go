package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// ruleOptions are what can be set of a rule.
func ruleOptions() []chat.Option {
	return []chat.Option{
		{Name: "channel", Description: "Post it here", Type: chat.Channel},
		{Name: "member", Description: "Or send it to this member as a direct message", Autocomplete: true, Max: bound(100)},
		squadOption("Or to this squad: mentioned in the channel, or each by direct message", false),
		{Name: "role", Description: "Role to mention", Type: chat.Role},
		{Name: "every", Description: "Only every so many hits or points", Type: chat.Integer, Min: bound(1), Max: bound(1_000_000)},
		{Name: "at_least", Description: "Only from so many hits or points on", Type: chat.Integer, Min: bound(0), Max: bound(1_000_000)},
		{Name: "ahead", Description: "Warnings: only from so many minutes before on", Type: chat.Integer, Min: bound(1), Max: bound(7 * 24 * 60)},
		{Name: "seconds", Description: "chain.timer: only with so many seconds left or fewer", Type: chat.Integer, Min: bound(10), Max: bound(300)},
		{Name: "names", Description: "Only these crimes, with commas between", Max: bound(500)},
		{Name: "quiet", Description: "Silent hours in Torn's time (UTC): 22-07 or 22:30-07:00; off ends them", Max: bound(20)},
		{Name: "when", Description: "Only then", Choices: []chat.Choice{
			{Name: "always", Value: "always"}, {Name: "during a ranked war of ours", Value: string(alert.InWar)}, {Name: "while no ranked war of ours is on", Value: string(alert.InPeace)},
		}},
	}
}

// clearable is what /alerts edit can take away from a rule.
func clearable() []chat.Choice {
	return []chat.Choice{
		{Name: "role", Value: "role"}, {Name: "every, at_least, ahead, seconds", Value: "thresholds"}, {Name: "names", Value: "names"}, {Name: "quiet hours", Value: "quiet"},
	}
}

// apply changes a rule to what was filled in; placed tells that a place was named.
func (h *alerts) apply(ctx context.Context, c *Call, r *alert.Rule) (placed bool, err error) {
	if err := fits(c, r.Kind); err != nil {
		return false, err
	}
	if placed, err = h.place(ctx, c, r); err != nil {
		return placed, err
	}
	switch c.option("clear", "") {
	case "":
	case "role":
		r.RoleID = ""
	case "thresholds":
		r.Every, r.AtLeast, r.Ahead = 0, 0, 0
	case "names":
		r.Names = nil
	case "quiet":
		r.Quiet = alert.Quiet{}
	default:
		return placed, faction.Errorf(faction.Invalid, "That cannot be taken away. Nothing was changed. Pick from the list.")
	}
	if role := c.option("role", ""); role != "" {
		if !isID(role) {
			return placed, faction.Errorf(faction.Invalid, "That is no role. Nothing was changed. Pick one from the list.")
		}
		r.RoleID = role
	}
	if r.Player != 0 || r.Squad != 0 && r.ChannelID == "" {
		if c.option("role", "") != "" {
			return placed, faction.Errorf(faction.Invalid, "A direct message mentions no role. Nothing was changed. Leave `role` out, or name a channel.")
		}
		r.RoleID = ""
	}
	if err := numbers(c, r); err != nil {
		return placed, err
	}
	if names := c.option("names", ""); names != "" {
		if r.Names, err = namesOf(names); err != nil {
			return placed, err
		}
	}
	if quiet := c.option("quiet", ""); quiet != "" {
		if r.Quiet, err = parseQuiet(quiet); err != nil {
			return placed, err
		}
	}
	switch w := c.option("when", ""); w {
	case "":
	case "always":
		r.When = alert.Always
	case string(alert.InWar), string(alert.InPeace):
		r.When = alert.When(w)
	default:
		return placed, faction.Errorf(faction.Invalid, "There is no such time. Nothing was changed. Pick from the list.")
	}
	switch c.option("enabled", "") {
	case "true":
		r.Enabled = true
	case "false":
		r.Enabled = false
	}
	return placed, nil
}

// fits refuses what would do nothing for a kind, or silence its rule for ever.
func fits(c *Call, k alert.Kind) error {
	takes := k.Knobs()
	for _, n := range []alert.Knob{alert.KnobEvery, alert.KnobAtLeast, alert.KnobAhead, alert.KnobSeconds, alert.KnobNames, alert.KnobWhen} {
		given := c.option(string(n), "")
		if given == "" || n == alert.KnobWhen && given == "always" {
			continue
		}
		if !slices.Contains(takes, n) {
			list := []string{"`role`", "`quiet`"}
			for _, t := range takes {
				list = append(list, "`"+string(t)+"`")
			}
			return faction.Errorf(faction.Invalid, "`%s` makes no difference to `%s`. Nothing was changed. This kind takes %s.", n, k, strings.Join(list, ", "))
		}
		number, isNumber, err := c.Request.Int(string(n))
		switch {
		case n == alert.KnobNames || n == alert.KnobWhen || err != nil || !isNumber: // numbers tells of it
		case number < k.Least(n):
			return faction.Errorf(faction.Invalid, "With `%s` below %d nothing is left of `%s`: that is its last warning. Nothing was changed.", n, k.Least(n), k)
		case number%k.Step(n) != 0:
			return faction.Errorf(faction.Invalid, "`%s` goes in steps of %s for `%s`. Nothing was changed.", n, faction.Count(k.Step(n)), k)
		}
	}
	return nil
}

// place reads where a rule sends to, and makes sure that the bot can.
func (h *alerts) place(ctx context.Context, c *Call, r *alert.Rule) (bool, error) {
	channel, member := c.option("channel", ""), c.option("member", "")
	var squad int64
	if c.option(optionSquad, "") != "" {
		q, err := pickSquad(ctx, h.deps, c)
		if err != nil {
			return false, err
		}
		squad = int64(q.ID)
	}
	switch {
	case (channel != "" || squad != 0) && member != "":
		return false, faction.Errorf(faction.Invalid, "A rule has one place: a channel, a squad or a member. Nothing was changed. Add a second rule for the other.")
	case channel != "":
		if c.Request.GuildID == "" || !isID(channel) || !c.Serves(c.Faction) {
			return false, errNeedsServer
		}
		if err := h.deps.Channels.CanPost(ctx, c.Request.GuildID, channel); err != nil {
			return false, err
		}
		r.ChannelID, r.WebhookID, r.Sealed, r.Player, r.Squad = channel, "", nil, 0, squad
	case squad != 0:
		r.ChannelID, r.WebhookID, r.Sealed, r.Player, r.Squad = "", "", nil, 0, squad
	case member != "":
		roster, err := c.roster(ctx)
		if err != nil {
			return false, err
		}
		p, err := pickPlayer(players(roster.Members, nil), member)
		if err != nil {
			return false, err
		}
		r.ChannelID, r.WebhookID, r.Sealed, r.Player, r.Squad = "", "", nil, p.id, 0
	default:
		return false, nil
	}
	r.Broken = ""
	return true, nil
}

// numbers reads the thresholds that are numbers.
func numbers(c *Call, r *alert.Rule) error {
	for _, o := range ruleOptions() {
		if o.Type != chat.Integer {
			continue
		}
		n, given, err := c.Request.Int(o.Name)
		if err != nil || given && (float64(n) < *o.Min || float64(n) > *o.Max) {
			return faction.Errorf(faction.Invalid, "`%s` takes a number from %.0f to %.0f. Nothing was changed.", o.Name, *o.Min, *o.Max)
		}
		if !given {
			continue
		}
		switch o.Name {
		case "every":
			r.Every = n
		case "at_least":
			r.AtLeast = n
		case "ahead":
			r.Ahead = time.Duration(n) * time.Minute
		case "seconds":
			r.Ahead = time.Duration(n) * time.Second
		}
	}
	return nil
}

func namesOf(list string) ([]string, error) {
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	if len(out) > 20 {
		return nil, faction.Errorf(faction.Invalid, "A rule takes 20 names at most. Nothing was changed.")
	}
	return out, nil
}

// parseQuiet reads "22-07" or "22:30-07:00", in Torn's time; "off" is none.
func parseQuiet(text string) (alert.Quiet, error) {
	text = strings.ToLower(strings.Join(strings.Fields(text), ""))
	if text == "off" || text == "none" {
		return alert.Quiet{}, nil
	}
	from, to, ok := strings.Cut(strings.ReplaceAll(text, "–", "-"), "-")
	q := alert.Quiet{}
	var okFrom, okTo bool
	q.From, okFrom = hourOf(from)
	q.To, okTo = hourOf(to)
	if !ok || !okFrom || !okTo || q.From == q.To {
		return alert.Quiet{}, faction.Errorf(faction.Invalid, "Quiet hours look like `22-07` or `22:30-07:00`, in Torn's time (UTC); `off` ends them. Nothing was changed.")
	}
	return q, nil
}

func hourOf(text string) (time.Duration, bool) {
	hours, minutes, has := strings.Cut(text, ":")
	if !has {
		minutes = "0"
	}
	h, err1 := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(minutes)
	if err1 != nil || err2 != nil || h < 0 || h > 24 || m < 0 || m > 59 || h == 24 && m > 0 {
		return 0, false
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, true
}
