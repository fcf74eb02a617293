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
	"consigliere/internal/war"
)

// targets tells whom one can hit, and who has called whom: /war targets, claim, unclaim.
type targets struct{ deps *Deps }

const (
	targetsAction = "targets:again" // the same list anew
	huntAction    = "targets:mine"  // a list for whoever presses it, seen by them alone
	claimAction   = "claim:take"
	dropAction    = "claim:drop"

	targetsWithin = 10 * time.Minute // when nobody says how far ahead to look
)

func (h *targets) table() noun {
	foe := chat.Option{Name: "target", Description: "One of the enemy: name or id", Required: true, Autocomplete: true, Max: bound(100)}
	return noun{
		commands: []command{
			{
				route:       route{name: "war targets", guard: viewWar(), reads: true, handle: h.list},
				description: "Whom you can hit now or soon and nobody has called, the best first",
				options:     []chat.Option{{Name: "minutes", Description: "Those out of hospital within so many; 10 if not given", Type: chat.Integer, Min: bound(0), Max: bound(60)}},
			},
			{
				route:       route{name: "war claim", guard: viewWar(), handle: h.claim},
				description: "Call a target: the others are told that they are yours",
				options: []chat.Option{foe,
					{Name: "minutes", Description: "For how long; 10 if not given, of one in hospital until 5 after they are out", Type: chat.Integer, Min: bound(1), Max: bound(60)}},
				complete: map[string]completer{"target": h.suggestFoes},
			},
			{
				route:       route{name: "war unclaim", guard: viewWar(), handle: h.unclaim},
				description: "Let a target go that you have called; with war.manage anybody's",
				options:     []chat.Option{foe},
				complete:    map[string]completer{"target": h.suggestClaimed},
			},
		},
		actions: []route{
			{name: targetsAction, guard: viewWar(), reads: true, ours: true, handle: h.again},
			{name: huntAction, guard: viewWar(), reads: true, ours: true, plan: chat.Plan{Ephemeral: true}, handle: h.hunt},
			{name: claimAction, guard: viewWar(), ours: true, handle: h.press},
			{name: dropAction, guard: viewWar(), ours: true, handle: h.press},
		},
	}
}

// hunt is what a list of targets is made for. A message says it in its buttons, so
// that a press by somebody else leaves the list as it is.
type hunt struct {
	level   int
	minutes int64
}

func (h *targets) list(ctx context.Context, c *Call) (chat.Reply, error) {
	minutes, given, err := c.Request.Int("minutes")
	if err != nil || given && (minutes < 0 || minutes > 60) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Minutes are a whole number from 0 to 60. Nothing was changed.")
	}
	if !given {
		minutes = int64(targetsWithin / time.Minute)
	}
	return h.own(ctx, c, minutes)
}

// hunt makes a list for whoever presses the button of a live message.
func (h *targets) hunt(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	return h.own(ctx, c, int64(targetsWithin/time.Minute))
}

// own makes the caller's list.
func (h *targets) own(ctx context.Context, c *Call, minutes int64) (chat.Reply, error) {
	roster, err := h.deps.Room.Members(ctx, c.Faction, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	made := hunt{minutes: minutes}
	for _, m := range roster.Members {
		if c.Linked() && m.ID == c.Link.Player {
			made.level = m.Level
		}
	}
	return h.show(ctx, c, made)
}

// read takes what a button says of the list it stands below.
func (r *reading) hunt() hunt {
	return hunt{level: int(min(r.number(), 1000)), minutes: min(r.number(), 60)}
}

func (h *targets) again(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	made := a.hunt()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.show(ctx, c, made)
	reply.Update = true
	return reply, err
}

func (h *targets) show(ctx context.Context, c *Call, made hunt) (chat.Reply, error) {
	w, err := fought(ctx, h.deps.Wars, c.Faction, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	people, asOf, names, err := foes(ctx, h.deps, c.Faction, w, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	states, err := h.deps.Feeds.Feeds(ctx, c.Faction)
	if err != nil {
		return chat.Reply{}, err
	}
	hunter := war.Hunter{Level: made.level}
	if c.Link.Faction == c.Faction {
		hunter.Player = c.Link.Player
	}
	within := time.Duration(made.minutes) * time.Minute
	found := war.Targets(people, hunter, within, c.Now)
	m := say.RenderTargets(say.TargetsView{
		War: w, Targets: found, Hunter: hunter, Within: within, Names: names, AsOf: asOf, Now: c.Now, Feeds: states,
	})
	m.Rows = h.buttons(c, found[:min(len(found), say.TargetsPage)], made)
	return chat.Reply{Message: m}, nil
}

// buttons call or let go what is listed, by number.
func (h *targets) buttons(c *Call, shown []war.Person, made hunt) []chat.Row {
	var rows []chat.Row
	for i, p := range shown {
		if i%5 == 0 {
			rows = append(rows, chat.Row{})
		}
		b := chat.Button{ID: makeID(claimAction, c.Faction, p.ID, made.level, made.minutes), Label: fmt.Sprintf("%d mine", i+1)}
		if p.Claim.Player != 0 { // by the rule, the caller's own
			b = chat.Button{ID: makeID(dropAction, c.Faction, p.ID, made.level, made.minutes), Label: fmt.Sprintf("%d let go", i+1), Style: chat.Success}
		}
		rows[len(rows)-1].Buttons = append(rows[len(rows)-1].Buttons, b)
	}
	return append(rows, chat.Row{Buttons: []chat.Button{{ID: makeID(targetsAction, c.Faction, made.level, made.minutes), Label: "Refresh"}}})
}

// press calls or lets go a target of a list, and shows the list anew.
func (h *targets) press(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	id, made := faction.PlayerID(a.number()), a.hunt()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	w, target, _, err := h.find(ctx, c, strconv.FormatInt(int64(id), 10))
	if err != nil {
		return chat.Reply{}, err
	}
	if strings.HasPrefix(c.Request.ID, dropAction+":") {
		_, err = h.drop(ctx, c, target, c.Link.Player)
	} else {
		_, err = h.take(ctx, c, w, target, war.ClaimUntil(target.Status, c.Now))
	}
	if err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.show(ctx, c, made)
	reply.Update = true
	return reply, err
}

func (h *targets) claim(ctx context.Context, c *Call) (chat.Reply, error) {
	minutes, given, err := c.Request.Int("minutes")
	if err != nil || given && (minutes < 1 || minutes > int64(war.ClaimLongest/time.Minute)) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Minutes are a whole number from 1 to %d. Nothing was changed.", war.ClaimLongest/time.Minute)
	}
	w, target, names, err := h.find(ctx, c, c.option("target", ""))
	if err != nil {
		return chat.Reply{}, err
	}
	until := war.ClaimUntil(target.Status, c.Now)
	if given {
		until = c.Now.Add(time.Duration(minutes) * time.Minute)
	}
	got, err := h.take(ctx, c, w, target, until)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Message: chat.Message{Content: say.Claimed(target, got, true, names), Rows: []chat.Row{{Buttons: []chat.Button{
		{URL: say.AttackURL(target.ID), Label: "Attack", Style: chat.Link}}}}}}, nil
}

// take claims a target for the caller.
func (h *targets) take(ctx context.Context, c *Call, w war.War, target faction.Member, until time.Time) (war.Claim, error) {
	if err := ownMember(c); err != nil {
		return war.Claim{}, err
	}
	got, err := h.deps.Room.Claim(ctx, c.Faction, war.Claim{War: w.ID, Target: target.ID, Player: c.Link.Player, Made: c.Now, Expires: until})
	if err != nil {
		return war.Claim{}, err
	}
	if got.Player != c.Link.Player {
		names, err := h.names(ctx, c)
		if err != nil {
			return war.Claim{}, err
		}
		return war.Claim{}, faction.Errorf(faction.Conflict, "%s Nothing was changed; `/war targets` shows who is free.", say.Claimed(target, got, false, names))
	}
	c.Audit(ctx, c.Faction, "war.claim", map[string]any{"war": w.ID, "target": target.ID, "minutes": int(until.Sub(c.Now) / time.Minute)})
	return got, nil
}

func (h *targets) unclaim(ctx context.Context, c *Call) (chat.Reply, error) {
	_, target, names, err := h.find(ctx, c, c.option("target", ""))
	if err != nil {
		return chat.Reply{}, err
	}
	whose := c.Link.Player
	if c.Allowed(rbac.Need(rbac.WarManage)) {
		whose = 0
	}
	was, err := h.drop(ctx, c, target, whose)
	if err != nil {
		return chat.Reply{}, err
	}
	text := say.Text(target.Name, 32) + " is free again."
	if was.Player != c.Link.Player {
		text += " **" + say.Name(names[was.Player]) + "** had called them."
	}
	return chat.Reply{Message: chat.Message{Content: text}}, nil
}

// drop ends the claim on a target that player holds, or with 0 whoever does.
func (h *targets) drop(ctx context.Context, c *Call, target faction.Member, player faction.PlayerID) (war.Claim, error) {
	if err := ownMember(c); err != nil && player != 0 {
		return war.Claim{}, err
	}
	was, ok, err := h.deps.Room.Unclaim(ctx, c.Faction, target.ID, player, c.Now)
	if err != nil {
		return war.Claim{}, err
	}
	if !ok {
		return war.Claim{}, faction.Errorf(faction.NotFound, "You have not called %s, or no longer. Nothing was changed.", say.Text(target.Name, 32))
	}
	c.Audit(ctx, c.Faction, "war.unclaim", map[string]any{"war": was.War, "target": target.ID, "holder": was.Player})
	return was, nil
}

// ownMember makes sure that the caller fights for the faction acted on.
func ownMember(c *Call) error {
	if !c.Linked() {
		return errNotLinked
	}
	if c.Link.Faction != c.Faction {
		return faction.Errorf(faction.Denied, "Only members of the faction call its targets. Nothing was changed.")
	}
	return nil
}

// names are our members'.
func (h *targets) names(ctx context.Context, c *Call) (map[faction.PlayerID]string, error) {
	roster, err := h.deps.Room.Members(ctx, c.Faction, c.Faction)
	names := map[faction.PlayerID]string{}
	for _, m := range roster.Members {
		names[m.ID] = m.Name
	}
	return names, err
}

// find is the one of the enemy that was meant.
func (h *targets) find(ctx context.Context, c *Call, typed string) (war.War, faction.Member, map[faction.PlayerID]string, error) {
	w, err := fought(ctx, h.deps.Wars, c.Faction, c.Now)
	if err != nil {
		return war.War{}, faction.Member{}, nil, err
	}
	people, asOf, names, err := foes(ctx, h.deps, c.Faction, w, c.Now)
	if err != nil {
		return war.War{}, faction.Member{}, nil, err
	}
	typed = strings.TrimSpace(typed)
	found := search(enemies(people), typed)
	switch {
	case asOf.IsZero():
		err = faction.Errorf(faction.Unavailable, "The enemy's roster has not been read yet; it is from a minute before the war begins. Nothing was changed.")
	case typed == "" || len(found) == 0:
		err = faction.Errorf(faction.NotFound, "Nobody called “%s” is in the enemy's faction now. Nothing was changed; pick a name from the suggestions.", say.Text(typed, 40))
	case len(found) > 1 && found[0].rank(typed) == found[1].rank(typed):
		err = faction.Errorf(faction.Invalid, "“%s” fits %d of the enemy. Nothing was changed; pick one from the suggestions.", say.Text(typed, 40), len(found))
	default:
		i := slices.IndexFunc(people, func(p war.Person) bool { return p.ID == found[0].id })
		return w, people[i].Member, names, nil
	}
	return war.War{}, faction.Member{}, nil, err
}

func enemies(people []war.Person) []player {
	out := make([]player, len(people))
	for i, p := range people {
		out[i] = player{p.ID, p.Name, war.Enemy}
	}
	return out
}

// suggestFoes offers whom one can hit, the best first, then everybody else.
func (h *targets) suggestFoes(ctx context.Context, c *Call, typed string) []chat.Choice {
	return h.suggest(ctx, c, typed, func(p war.Person) bool {
		return !war.NPC(p.ID) && (p.Claim.Player == 0 || p.Claim.Player == c.Link.Player)
	})
}

// suggestClaimed offers who has been called, by the caller or for officers by anybody.
func (h *targets) suggestClaimed(ctx context.Context, c *Call, typed string) []chat.Choice {
	all := c.Allowed(rbac.Need(rbac.WarManage))
	return h.suggest(ctx, c, typed, func(p war.Person) bool { return p.Claim.Player != 0 && (all || p.Claim.Player == c.Link.Player) })
}

func (h *targets) suggest(ctx context.Context, c *Call, typed string, fits func(war.Person) bool) []chat.Choice {
	w, err := fought(ctx, h.deps.Wars, c.Faction, c.Now)
	if err != nil {
		return nil
	}
	people, _, _, err := foes(ctx, h.deps, c.Faction, w, c.Now)
	if err != nil {
		return nil
	}
	var out []chat.Choice
	for _, p := range people { // in the room's order: who can be hit first
		if !fits(p) || (player{p.ID, p.Name, war.Enemy}).rank(typed) == 0 {
			continue
		}
		where := strings.ToLower(say.PlaceName(p.Place))
		if p.Place == war.InHospital && p.Status.Until.After(c.Now) {
			where = "out in " + say.Span(p.Status.Until.Sub(c.Now))
		}
		out = append(out, chat.Choice{Name: fmt.Sprintf("%s [%d] · %d · %s", say.Plain(p.Name), p.ID, p.Level, where), Value: strconv.FormatInt(int64(p.ID), 10)})
	}
	return out
}
