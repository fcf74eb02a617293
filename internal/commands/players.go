package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// Finder finds players and moves their links.
type Finder interface {
	FindPeople(ctx context.Context, q faction.PersonQuery) ([]faction.Person, error)
	// MoveLink tells how many keys could do more than verify before.
	MoveLink(ctx context.Context, player faction.PlayerID, discordID string, now time.Time) (from faction.Link, reset int64, err error)
}

// persons are the operators' tools about single players: /admin player.
type persons struct{ deps *Deps }

const eraseAction = "player:erase"

// foundPeople is how many a search shows.
const foundPeople = 10

func (h *persons) table() noun {
	private := chat.Plan{Ephemeral: true}
	who := func(description string) chat.Option {
		return chat.Option{Name: "player", Description: description, Autocomplete: true, Max: bound(100)}
	}
	needed := func(o chat.Option) chat.Option { o.Required = true; return o }
	suggest := map[string]completer{"player": h.suggest}
	operator := func(name string, plan chat.Plan, fn handler) route {
		return route{name: name, guard: rbac.Operator(), scope: anywhere, plan: plan, handle: fn}
	}
	return noun{
		commands: []command{
			{
				route:       route{name: "admin player find", guard: rbac.Need(rbac.Admin), scope: anywhere, plan: private, handle: h.find},
				description: "Find a player or a link; operators in every faction",
				options: []chat.Option{who("Torn id, or part of the name"),
					{Name: "user", Description: "A Discord account", Type: chat.UserOption}},
				complete: suggest,
			},
			{
				route:       operator("admin player move", private, h.move),
				description: "Give a player's link to another Discord account",
				options: []chat.Option{needed(who("Torn id, or the name")),
					{Name: "user", Description: "The new Discord account", Type: chat.UserOption, Required: true}},
				complete: suggest,
			},
			{
				route:       operator("admin player delete", private, h.askErase),
				description: "Erase what is stored about a player",
				options:     []chat.Option{needed(who("Torn id, or the name"))},
				complete:    suggest,
			},
		},
		actions: []route{operator(eraseAction, chat.Plan{Ephemeral: true, Slow: true}, h.erase)},
	}
}

// query is what the options ask for, within the caller's reach.
func (h *persons) query(c *Call, typed string, limit int) faction.PersonQuery {
	q := faction.PersonQuery{Faction: c.Faction, Limit: limit}
	if c.Actor.Operator {
		q.Faction = 0
	}
	typed = strings.TrimSpace(typed)
	if id, err := strconv.ParseInt(typed, 10, 64); err == nil && id > 0 {
		q.Player = faction.PlayerID(id)
	} else {
		q.Name = typed
	}
	return q
}

func (h *persons) find(ctx context.Context, c *Call) (chat.Reply, error) {
	typed, user := c.option("player", ""), c.option("user", "")
	q := h.query(c, typed, foundPeople+1)
	switch {
	case strings.TrimSpace(typed) == "" && user == "":
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Name a player, by Torn id or name, or a Discord user.")
	case user != "" && !isID(user):
		return chat.Reply{}, faction.Errorf(faction.Invalid, "That is no Discord user. Pick one from the list.")
	case c.Faction == 0 && !c.Actor.Operator:
		return chat.Reply{}, errNoFaction
	}
	q.DiscordID = user
	people, err := h.deps.Finder.FindPeople(ctx, q)
	if err != nil {
		return chat.Reply{}, err
	}
	if len(people) == 0 {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "Nobody like that is linked or on a member list%s.", within(c))
	}
	e := chat.Embed{Title: "Players", Color: say.Grey}
	for _, p := range people[:min(len(people), foundPeople)] {
		e.Description += personLine(c, p) + "\n"
	}
	if len(people) > foundPeople {
		e.Footer = "There are more: type more of the name"
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}}}, nil
}

func within(c *Call) string {
	if c.Actor.Operator {
		return " of any faction here"
	}
	return " of your faction"
}

func personLine(c *Call, p faction.Person) string {
	parts := []string{fmt.Sprintf("**%s** [%d](%s)", say.Name(p.Name), p.Player, say.PlayerURL(p.Player))}
	in := "no faction"
	if p.Faction != 0 {
		t, _ := c.standing.Tenant(p.Faction)
		in = strings.TrimSpace(fmt.Sprintf("%s [%d]", say.Name(t.Name), p.Faction))
	}
	if p.Position != "" {
		in = say.Name(p.Position) + " of " + in
	}
	parts = append(parts, in)
	if p.DiscordID == "" {
		return strings.Join(append(parts, "not linked"), " · ")
	}
	return strings.Join(append(parts, "<@"+p.DiscordID+"> since "+say.On(p.Linked), several(int64(p.Keys), "key")), " · ")
}

// one finds the single player that an option names, with a link where there is one.
// A Torn id that nobody knows gives a person of that id alone.
func (h *persons) one(ctx context.Context, c *Call) (faction.Person, error) {
	typed := strings.TrimSpace(c.option("player", ""))
	q := h.query(c, typed, foundPeople)
	if q.Player == 0 && q.Name == "" {
		return faction.Person{}, faction.Errorf(faction.Invalid, "Name a player, by Torn id or name. Nothing was changed.")
	}
	people, err := h.deps.Finder.FindPeople(ctx, q)
	if err != nil {
		return faction.Person{}, err
	}
	slices.SortStableFunc(people, func(a, b faction.Person) int { return strings.Compare(b.DiscordID, a.DiscordID) }) // those with a link first
	if q.Name != "" {
		if exact := slices.DeleteFunc(slices.Clone(people), func(p faction.Person) bool { return !strings.EqualFold(p.Name, q.Name) }); len(exact) > 0 {
			people = exact
		}
	}
	different := slices.ContainsFunc(people, func(p faction.Person) bool { return p.Player != people[0].Player })
	switch {
	case len(people) == 0 && q.Player != 0:
		return faction.Person{Link: faction.Link{Player: q.Player}}, nil
	case len(people) == 0:
		return faction.Person{}, faction.Errorf(faction.NotFound, "Nobody called “%s” is linked or on a member list. Nothing was changed.", say.Text(typed, 40))
	case different:
		return faction.Person{}, faction.Errorf(faction.Invalid, "Several players fit “%s”. Nothing was changed. Give the Torn id; `/admin player find` shows it.", say.Text(typed, 40))
	}
	return people[0], nil
}

// suggest offers players by name or id.
func (h *persons) suggest(ctx context.Context, c *Call, typed string) []chat.Choice {
	if c.Faction == 0 && !c.Actor.Operator {
		return nil
	}
	people, err := h.deps.Finder.FindPeople(ctx, h.query(c, typed, maxSuggestions))
	if err != nil {
		return nil
	}
	var out []chat.Choice
	for _, p := range people {
		choice := chat.Choice{Name: fmt.Sprintf("%s [%d]", say.Plain(p.Name), p.Player), Value: strconv.FormatInt(int64(p.Player), 10)}
		if !slices.Contains(out, choice) {
			out = append(out, choice)
		}
	}
	return out
}

func (h *persons) move(ctx context.Context, c *Call) (chat.Reply, error) {
	user := c.option("user", "")
	if !isID(user) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "That is no Discord user. Pick one from the list. Nothing was changed.")
	}
	p, err := h.one(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	from, reset, err := h.deps.Finder.MoveLink(ctx, p.Player, user, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	h.deps.forgetKeys(from.Faction)
	h.record(ctx, c, "player.move", from.Faction, map[string]any{"player": p.Player, "keys_reset": reset})
	name := fmt.Sprintf("**%s** [%d]", say.Name(p.Name), p.Player)
	missed := h.tell(ctx, c, from.Faction, map[string]string{
		from.DiscordID: "An operator of this bot moved your link to " + name + " to another Discord account. You are not linked here any more. If that is wrong, use `/link` with a key of your own.",
		user: "An operator of this bot linked your Discord account to " + name + ". All keys stored for that player now only verify; `/link` lets you choose what they may be used for. " +
			"If that is not you, use `/unlink`.",
	})
	text := fmt.Sprintf("Moved: %s is linked to <@%s>, no longer to <@%s>.", name, user, from.DiscordID)
	if reset > 0 {
		text += fmt.Sprintf(" **%s** may only verify until they choose again.", several(reset, "key"))
	}
	if len(missed) > 0 {
		text += " Not told, because they take no direct messages: <@" + strings.Join(missed, ">, <@") + ">."
	} else {
		text += " Both were told."
	}
	return chat.Reply{Message: chat.Message{Content: text}}, nil
}

// tell sends each account its message and lists those it did not reach.
func (h *persons) tell(ctx context.Context, c *Call, id faction.ID, texts map[string]string) (missed []string) {
	for user, text := range texts {
		if _, err := h.deps.Direct.DM(ctx, user, chat.Message{Content: text}, nonceOf("player moved "+c.Request.CorrelationID+user, id, 0)); err != nil {
			c.registry.log.Info("who was moved was not told", "faction_id", id, "err", err)
			missed = append(missed, user)
		}
	}
	slices.Sort(missed)
	return missed
}

// record writes what an operator did into their own log and into the faction's.
func (h *persons) record(ctx context.Context, c *Call, action string, id faction.ID, body map[string]any) {
	c.Audit(ctx, 0, action, body)
	if id != 0 {
		c.Audit(ctx, id, action, body)
	}
}

func (h *persons) askErase(ctx context.Context, c *Call) (chat.Reply, error) {
	p, err := h.one(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	e := chat.Embed{Title: fmt.Sprintf("Erase what is stored about player %d", p.Player), Color: say.Red, Description: "Nobody by that Torn id is linked or on a member list; older figures may still name them."}
	if p.Name != "" {
		e.Description = personLine(c, p)
	}
	e.Description += "\nLink and keys go at once, in every faction. What they did in wars stays under a number and “Former member”, so that sums stay right. The audit log stays."
	e.Footer = "Nothing brings it back."
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}, Rows: []chat.Row{{Buttons: []chat.Button{
		{ID: makeID(eraseAction, "yes", p.Player), Label: "Erase", Style: chat.Danger},
		{ID: makeID(eraseAction, "no", p.Player), Label: "Keep"},
	}}}}}, nil
}

func (h *persons) erase(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	answer, player := a.oneOf("yes", "no"), faction.PlayerID(a.number())
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if player == 0 {
		return chat.Reply{}, errStale
	}
	if answer == "no" {
		return chat.Reply{Update: true, Message: chat.Message{Content: "Nothing was changed."}}, nil
	}
	known, err := h.deps.Finder.FindPeople(ctx, faction.PersonQuery{Player: player, Limit: foundPeople})
	if err != nil {
		return chat.Reply{}, err
	}
	changed := map[string]int64{}
	for _, p := range known {
		if p.DiscordID == "" {
			continue
		}
		if err := h.deps.eraseAccount(ctx, c, p.DiscordID, changed); err != nil {
			return chat.Reply{}, err
		}
	}
	of, err := h.deps.Personal.ErasePlayer(ctx, player, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	addCounts(changed, of)
	body := map[string]any{"player": player, "rows": total(changed)}
	c.Audit(ctx, 0, "player.erase", body)
	for _, p := range known {
		h.deps.forgetKeys(p.Faction)
		if p.Faction != 0 {
			c.Audit(ctx, p.Faction, "player.erase", body)
		}
	}
	return chat.Reply{Update: true, Message: chat.Message{Content: fmt.Sprintf("Erased player %d. Deleted: %s and %s. **%s** in all went or lost their name.",
		player, several(changed["discord_links"], "link"), several(changed["api_keys"], "key"), several(total(changed), "row"))}}, nil
}
