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

// WebLinks keeps the links to the scoreboard.
type WebLinks interface {
	SaveWebLink(ctx context.Context, l faction.WebLink, tokenHash []byte) (id int64, err error)
	WebLinks(ctx context.Context, id faction.ID, now time.Time) ([]faction.WebLink, error)
	RevokeWebLink(ctx context.Context, id faction.ID, link int64, now time.Time) error
}

// web hands out links to the scoreboard: /web. The token is in the answer and
// nowhere else.
type web struct{ deps *Deps }

const (
	warPage      = "war"
	defaultHours = 24
	maxHours     = 168
	maxLinks     = 10 // that work at once, of one creator
	linksPage    = 15
	linksAction  = "web:links"
)

func (h *web) table() noun {
	private := chat.Plan{Ephemeral: true}
	manage := rbac.Need(rbac.WarManage)
	return noun{
		commands: []command{
			{
				route:       route{name: "web link", guard: viewWar(), plan: private, handle: h.link},
				description: "A link to the web scoreboard that works for a while",
				options: []chat.Option{
					{Name: "page", Description: "Where it leads", Choices: []chat.Choice{{Name: "war", Value: warPage}}},
					{Name: "hours", Description: "How long it works: 1 to 168, otherwise 24", Type: chat.Integer, Min: bound(1), Max: bound(maxHours)},
				},
			},
			{
				route:       route{name: "web links", guard: viewWar(), plan: private, handle: h.links},
				description: "Links that work now: yours, or all for those who manage wars",
			},
			{
				route:       route{name: "web revoke", guard: manage, plan: private, handle: h.revoke},
				description: "End a link at once",
				options:     []chat.Option{{Name: "link", Description: "Its number, as /web links shows it", Type: chat.Integer, Required: true, Autocomplete: true, Min: bound(1)}},
				complete:    map[string]completer{"link": h.suggest},
			},
		},
		actions: []route{{name: linksAction, guard: viewWar(), ours: true, plan: private, handle: h.turnLinks}},
	}
}

func (h *web) link(ctx context.Context, c *Call) (chat.Reply, error) {
	if h.deps.PublicURL == "" {
		return chat.Reply{}, faction.Errorf(faction.Unavailable, "The web scoreboard has no public address: the operator sets `http.public_url`. Nothing was made.")
	}
	page := c.option("page", warPage)
	if page != warPage {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "There is no such page. Pick one from the list.")
	}
	hours, given, err := c.Request.Int("hours")
	if err != nil || given && (hours < 1 || hours > maxHours) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "A link works for 1 to %d hours. Nothing was made.", maxHours)
	}
	if !given {
		hours = defaultHours
	}
	if err := h.room(ctx, c); err != nil {
		return chat.Reply{}, err
	}
	token, hash := h.deps.NewToken()
	l := faction.WebLink{Faction: c.Faction, Page: page, Creator: c.Actor.Player, Created: c.Now, Expires: c.Now.Add(time.Duration(hours) * time.Hour), ByOperator: c.Actor.Operator}
	id, err := h.deps.WebLinks.SaveWebLink(ctx, l, hash)
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "web.link", map[string]any{"link": id, "hours": hours})
	url := h.deps.PublicURL + "/s/" + token
	return chat.Reply{Message: chat.Message{
		Content: fmt.Sprintf("Link **#%d**, works until %s (%s):\n%s\nWhoever has it can read the page; nobody can change anything. `/web revoke` ends it.", id, say.On(l.Expires), say.Ago(l.Expires), url),
		Rows:    []chat.Row{{Buttons: []chat.Button{{Label: "Open the scoreboard", URL: url, Style: chat.Link}}}},
	}}, nil
}

// room refuses one more link to whoever has many that work: each of them is an open
// door, and nobody keeps track of so many.
func (h *web) room(ctx context.Context, c *Call) error {
	all, err := h.deps.WebLinks.WebLinks(ctx, c.Faction, c.Now)
	if err != nil {
		return err
	}
	var first time.Time
	n := 0
	for _, l := range all {
		if l.Creator != c.Actor.Player {
			continue
		}
		if n++; first.IsZero() || l.Expires.Before(first) {
			first = l.Expires
		}
	}
	if n < maxLinks {
		return nil
	}
	return faction.Errorf(faction.Invalid, "You have %d working links, and %d is the most. Nothing was made. The next ends %s; `/web links` lists them, and whoever manages wars ends one with `/web revoke`.", n, maxLinks, say.Ago(first))
}

// mine are the working links that the caller may see.
func (h *web) mine(ctx context.Context, c *Call) ([]faction.WebLink, error) {
	all, err := h.deps.WebLinks.WebLinks(ctx, c.Faction, c.Now)
	if err != nil || c.Allowed(rbac.Need(rbac.WarManage)) {
		return all, err
	}
	var own []faction.WebLink
	for _, l := range all {
		if l.Creator == c.Actor.Player && c.Linked() {
			own = append(own, l)
		}
	}
	return own, nil
}

func (h *web) links(ctx context.Context, c *Call) (chat.Reply, error) { return h.showLinks(ctx, c, 0) }

func (h *web) turnLinks(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	page := a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.showLinks(ctx, c, int(min(page, 1<<20)))
	reply.Update = true
	return reply, err
}

func (h *web) showLinks(ctx context.Context, c *Call, number int) (chat.Reply, error) {
	list, err := h.mine(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	at := say.PageOf(len(list), linksPage, number)
	lines := []string{fmt.Sprintf("**%d** working. The addresses themselves are not kept; `/web link` makes a new one.", len(list))}
	for _, l := range list[at.First:at.Last] {
		lines = append(lines, fmt.Sprintf("**#%d** %s · by player %d · ends %s", l.ID, say.Text(l.Page, 24), l.Creator, say.Ago(l.Expires)))
	}
	m := chat.Message{Embeds: []chat.Embed{{Title: "Links to the scoreboard", Color: say.Grey, Description: strings.Join(lines, "\n"), Footer: at.Footer("links")}}}
	if buttons := pager(at, func(n int) string { return makeID(linksAction, c.Faction, n) }); buttons != nil {
		m.Rows = []chat.Row{{Buttons: buttons}}
	}
	return chat.Reply{Message: m}, nil
}

func (h *web) suggest(ctx context.Context, c *Call, typed string) []chat.Choice {
	list, err := h.mine(ctx, c)
	if err != nil {
		return nil
	}
	var out []chat.Choice
	for _, l := range list {
		id := strconv.FormatInt(l.ID, 10)
		if strings.HasPrefix(id, typed) {
			out = append(out, chat.Choice{Name: fmt.Sprintf("#%d %s, by player %d, until %s UTC", l.ID, say.Plain(l.Page), l.Creator, l.Expires.UTC().Format("2 Jan 15:04")), Value: id})
		}
	}
	return out
}

func (h *web) revoke(ctx context.Context, c *Call) (chat.Reply, error) {
	id, given, err := c.Request.Int("link")
	if err != nil || !given || id < 1 {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Give the number of a link; `/web links` lists them. Nothing was changed.")
	}
	if err := h.deps.WebLinks.RevokeWebLink(ctx, c.Faction, id, c.Now); err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "web.revoke", map[string]any{"link": id})
	return chat.Reply{Message: chat.Message{Content: fmt.Sprintf("Link **#%d** no longer works.", id)}}, nil
}
