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
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// Alerts keeps a faction's rules, counts what became of its alerts, and measures how
// long they took.
type Alerts interface {
	Rules(ctx context.Context, id faction.ID) ([]alert.Rule, error)
	PutRules(ctx context.Context, id faction.ID, rules []alert.Rule, now time.Time) error
	DropRules(ctx context.Context, id faction.ID, kinds []alert.Kind) error
	Outbox(ctx context.Context, id faction.ID, since time.Time) (map[string]int, error)
	Delays(ctx context.Context, id faction.ID, since time.Time) ([]alert.Delay, error)
}

// Breaker tells whether traffic to Torn is stopped; a zero time means that it flows.
type Breaker interface {
	Stopped() (until time.Time, reason string)
}

// Skew tells how far this host's clock is ahead of Torn's, at least, or (below zero)
// behind it, and whether that is more than a few seconds.
type Skew interface {
	Ahead() (ahead time.Duration, far bool)
}

// Budget tells how many requests to Torn this host made in the last minute, of how
// many it allows itself.
type Budget interface {
	Load(ctx context.Context) (calls, limit int, err error)
}

// status tells how the bot itself fares: /status. It shows ages and counts, no
// faction's affairs, and is open to anyone in the faction's server.
type status struct{ deps *Deps }

// outboxSpan is how far back alerts are counted.
const outboxSpan = 24 * time.Hour

// delaySpan is how far back the delays of alerts are measured.
const delaySpan = time.Hour

func (h *status) table() noun {
	return noun{commands: []command{{
		route:       route{name: "status", guard: rbac.Anyone(), handle: h.show},
		description: "How fresh the data is, key health, alerts, last errors",
	}}}
}

func (h *status) show(ctx context.Context, c *Call) (chat.Reply, error) {
	if c.Request.GuildID == "" && !c.Actor.Member && !c.Actor.Operator {
		return chat.Reply{}, denial(rbac.ReasonNotMember, rbac.Anyone(), c)
	}
	states, err := h.deps.Feeds.Feeds(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	keys, err := h.deps.Links.Keys(ctx, c.Faction, 0)
	if err != nil {
		return chat.Reply{}, err
	}
	outbox, err := h.deps.Alerts.Outbox(ctx, c.Faction, c.Now.Add(-outboxSpan))
	if err != nil {
		return chat.Reply{}, err
	}
	delays, err := h.deps.Alerts.Delays(ctx, c.Faction, c.Now.Add(-delaySpan))
	if err != nil {
		return chat.Reply{}, err
	}
	rules, err := h.deps.Alerts.Rules(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	live, err := h.deps.Boards.Boards(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	e := chat.Embed{Title: "Status", Color: say.Green, Fields: []chat.Field{
		{Name: "Read from Torn", Value: say.Within(feedLines(states), 1024)},
		{Name: "Keys", Value: keyLines(keys)},
		{Name: "Alerts, last 24 hours", Value: say.Within(outboxLine(outbox)+brokenRules(rules), 1024)},
		{Name: "From hit or event to alert, last hour", Value: say.Within(say.Delays(delays), 1024)},
		{Name: "Live messages", Value: say.Within(boardLines(live), 1024)},
		{Name: "Requests to Torn", Value: h.traffic(ctx, c)},
	}}
	odd, err := h.rights(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	if odd != "" {
		e.Fields, e.Color = append(e.Fields, chat.Field{Name: "Permissions", Value: odd}), say.Amber
	}
	if slices.ContainsFunc(states, func(s feed.State) bool { return s.Failures > 0 }) || readers(keys) == 0 || brokenRules(rules) != "" {
		e.Color = say.Amber
	}
	if h.deps.Skew != nil {
		if ahead, far := h.deps.Skew.Ahead(); far {
			e.Fields, e.Color = append(e.Fields, chat.Field{Name: "Clock", Value: skewLine(ahead)}), say.Amber
		}
	}
	if text, well := h.work(ctx, c); text != "" {
		e.Fields = append(e.Fields, chat.Field{Name: "Background work", Value: text})
		if !well {
			e.Color = say.Amber
		}
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}}}, nil
}

// rights says that mappings want to be looked at, to whoever may do so.
func (h *status) rights(ctx context.Context, c *Call) (string, error) {
	if c.Faction == 0 || !c.Allowed(rbac.Need(rbac.ConfigView)) {
		return "", nil
	}
	o, err := (&permissions{deps: h.deps}).overview(ctx, c)
	if err != nil || len(o.flags()) == 0 {
		return "", err
	}
	return fmt.Sprintf("⚠ **%d** to look at, because the game changed: `/config permissions show`", len(o.flags())), nil
}

// skewLine says what a clock that is off does to the warnings, and who can set it.
func skewLine(ahead time.Duration) string {
	how, when := "ahead of", "early"
	if ahead < 0 {
		how, when = "behind", "late"
	}
	s := int64(ahead.Abs() / time.Second)
	return fmt.Sprintf("⚠ My clock is at least **%s s** %s Torn's: warnings before a deadline come that much %s. Whoever runs me should let the host's clock be set (NTP).",
		faction.Count(s), how, when)
}

func feedLines(states []feed.State) string {
	if len(states) == 0 {
		return "Nothing is read yet."
	}
	var lines []string
	for _, s := range states {
		line := "**" + say.FeedName(s.Feed) + "**: never read"
		if !s.LastSuccess.IsZero() {
			line = "**" + say.FeedName(s.Feed) + "**: " + say.Ago(s.LastSuccess)
		}
		switch {
		case s.Failures > 0:
			line += fmt.Sprintf(", %d failures since. Last, %s: %s", s.Failures, say.Ago(s.LastErrorAt), say.Text(s.LastError, 70))
		case s.LastError != "":
			line += fmt.Sprintf(". Last error %s", say.Ago(s.LastErrorAt))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// canRead tells whether a stored key serves a faction's need now.
func canRead(k faction.Key, n torn.Need) bool {
	r := torn.KeyReport{Owner: k.Player, Level: torn.Level(k.Level), FactionAccess: k.FactionAccess, Selections: k.Selections}
	works := k.State == faction.KeyActive || k.State == faction.KeyNoAccess && !n.FactionAccess
	return works && k.Consent == string(torn.ConsentLend) && r.Can(n)
}

// readers counts the players whose keys can read the attack log: one player's two
// keys fail together.
func readers(keys []faction.Key) int {
	players := map[faction.PlayerID]bool{}
	for _, k := range keys {
		if canRead(k, torn.NeedAttacks) {
			players[k.Player] = true
		}
	}
	return len(players)
}

// readersLine says how many can read attacks, and what to do when too few can.
func readersLine(keys []faction.Key) string {
	const fix = "A member whose position has Faction API Access uses `/link` with a Limited or custom key and chooses **Lend to the faction**."
	switch n := readers(keys); n {
	case 0:
		return "⚠ **No** key can read the attack log, so no hit is counted. " + fix
	case 1:
		return "⚠ One point of failure: only **1** player's key can read the attack log. When it fails, counting stops until another can. " + fix
	default:
		return fmt.Sprintf("**%d** players' keys can read the attack log.", n)
	}
}

func keyLines(keys []faction.Key) string {
	states, consents := map[string]int{}, map[string]int{}
	for _, k := range keys {
		states[strings.ReplaceAll(k.State, "_", " ")]++
		consents["for "+consentName(k.Consent)]++
	}
	return fmt.Sprintf("**%d** in all%s%s\n%s", len(keys), counts(": ", states), counts("; given: ", consents), readersLine(keys))
}

// counts lists what there is of each, the most first.
func counts(intro string, of map[string]int) string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := of[b] - of[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%d %s", of[name], say.Name(name))
	}
	return intro + strings.Join(parts, ", ")
}

func outboxLine(outbox map[string]int) string {
	if len(outbox) == 0 {
		return "None."
	}
	return counts("", outbox)
}

func brokenRules(rules []alert.Rule) string {
	var lines []string
	for _, r := range rules {
		if r.Broken != "" && r.Enabled {
			lines = append(lines, fmt.Sprintf("\n⚠ `%s` in <#%s>: %s", r.Kind, r.ChannelID, say.Text(r.Broken, 80)))
		}
	}
	if len(lines) > 5 {
		lines = append(lines[:5], fmt.Sprintf("\n… and %d more", len(lines)-5))
	}
	return strings.Join(lines, "")
}

func boardLines(live []alert.LiveBoard) string {
	if len(live) == 0 {
		return "None. `/board post` makes one."
	}
	var lines []string
	for _, b := range live[:min(len(live), 8)] {
		state := "not posted yet"
		switch {
		case b.Broken != "":
			state = "⚠ " + say.Text(b.Broken, 80)
		case b.MessageID != "" && !b.PostedAt.IsZero():
			state = "posted " + say.Ago(b.PostedAt)
		}
		lines = append(lines, fmt.Sprintf("%s in <#%s>: %s", say.Name(b.Kind), b.ChannelID, state))
	}
	if len(live) > 8 {
		lines = append(lines, fmt.Sprintf("… and %d more", len(live)-8))
	}
	return strings.Join(lines, "\n")
}

func (h *status) traffic(ctx context.Context, c *Call) string {
	line := "flowing"
	if h.deps.Breaker != nil {
		if until, reason := h.deps.Breaker.Stopped(); !until.IsZero() {
			line = "⚠ stopped until " + say.Clock(until) + ": " + say.Text(reason, 120)
		}
	}
	if h.deps.Budget == nil {
		return line
	}
	calls, limit, err := h.deps.Budget.Load(ctx)
	if err != nil {
		c.registry.log.Warn("budget not read", "err", err)
		return line + "; the count cannot be read"
	}
	return fmt.Sprintf("%s; **%d** of %d in the last minute", line, calls, limit)
}
