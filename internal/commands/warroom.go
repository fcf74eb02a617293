package commands

import (
	"context"
	"slices"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/roster"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// Room reads and changes what the war room shows.
type Room interface {
	// Members reads the roster of our own faction, or of the enemy.
	Members(ctx context.Context, id, of faction.ID) (faction.Roster, error)
	// Past tells how our own hits on players went.
	Past(ctx context.Context, id faction.ID, players []faction.PlayerID) (map[faction.PlayerID]war.Past, error)
	// Claims lists the claims of a war that hold.
	Claims(ctx context.Context, id faction.ID, w war.ID, now time.Time) ([]war.Claim, error)
	// Claim makes or renews a claim, unless somebody else holds the target: then it
	// gives theirs and changes nothing.
	Claim(ctx context.Context, id faction.ID, c war.Claim) (war.Claim, error)
	// Unclaim ends the claim that player holds, or with 0 whoever does; ok is false
	// when there was none.
	Unclaim(ctx context.Context, id faction.ID, target, player faction.PlayerID, now time.Time) (was war.Claim, ok bool, err error)
}

// warRoom shows where both sides' people are: /war us, /war enemy.
type warRoom struct{ deps *Deps }

const (
	usAction    = "us:page"
	usPick      = "us:pick"
	enemyAction = "enemy:page"
	enemyPick   = "enemy:pick"

	everyone = "all" // no filter, in a custom id
)

func (h *warRoom) table() noun {
	state := func(t war.Team) []chat.Option {
		return []chat.Option{{Name: "state", Description: "Only those", Choices: filterChoices(t)}}
	}
	return noun{
		commands: []command{
			{
				route:       route{name: "war us", guard: viewWar(), reads: true, handle: h.us},
				description: "Our side: who can fight, who is idle, away or in hospital, who has no hit",
				options:     append(state(war.Ours), teamOption()),
				complete:    map[string]completer{optionSquad: suggestTeams(h.deps)},
			},
			{
				route:       route{name: "war enemy", guard: viewWar(), reads: true, handle: h.enemy},
				description: "Their side: who can be hit, who is out of hospital or lands when, who is called",
				options:     state(war.Enemy),
			},
		},
		actions: []route{
			{name: usAction, guard: viewWar(), reads: true, ours: true, handle: h.turn(war.Ours)},
			{name: usPick, guard: viewWar(), reads: true, ours: true, handle: h.pick(war.Ours)},
			{name: enemyAction, guard: viewWar(), reads: true, ours: true, handle: h.turn(war.Enemy)},
			{name: enemyPick, guard: viewWar(), reads: true, ours: true, handle: h.pick(war.Enemy)},
		},
	}
}

func filterChoices(t war.Team) []chat.Choice {
	var out []chat.Choice
	for _, f := range war.Filters(t) {
		out = append(out, chat.Choice{Name: say.FilterName(f), Value: string(f)})
	}
	return out
}

func (h *warRoom) us(ctx context.Context, c *Call) (chat.Reply, error) {
	return h.ask(ctx, c, war.Ours)
}

func (h *warRoom) enemy(ctx context.Context, c *Call) (chat.Reply, error) {
	return h.ask(ctx, c, war.Enemy)
}

func (h *warRoom) ask(ctx context.Context, c *Call, t war.Team) (chat.Reply, error) {
	f := war.Filter(c.option("state", ""))
	if f != "" && !slices.Contains(war.Filters(t), f) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "There is no such state. Pick one from the list.")
	}
	var q roster.Squad
	if t == war.Ours {
		var err error
		if q, err = askedTeam(ctx, h.deps, c); err != nil {
			return chat.Reply{}, err
		}
	}
	return h.show(ctx, c, t, f, q, 0)
}

// turn shows another page, or the same one anew.
func (h *warRoom) turn(t war.Team) handler {
	return func(ctx context.Context, c *Call) (chat.Reply, error) {
		a := c.args()
		if err := a.ours(c); err != nil {
			return chat.Reply{}, err
		}
		f, page, squad := a.oneOf(append(words(war.Filters(t)), everyone)...), a.number(), a.squad()
		if err := a.end(); err != nil {
			return chat.Reply{}, err
		}
		return h.update(ctx, c, t, f, squad, page)
	}
}

// pick shows only some of a side.
func (h *warRoom) pick(t war.Team) handler {
	return func(ctx context.Context, c *Call) (chat.Reply, error) {
		a := c.args()
		if err := a.ours(c); err != nil {
			return chat.Reply{}, err
		}
		squad := a.squad()
		if err := a.end(); err != nil {
			return chat.Reply{}, err
		}
		picked := reading{left: c.Request.Values}
		f := picked.oneOf(append(words(war.Filters(t)), everyone)...)
		if err := picked.end(); err != nil {
			return chat.Reply{}, err
		}
		return h.update(ctx, c, t, f, squad, 0)
	}
}

func (h *warRoom) update(ctx context.Context, c *Call, t war.Team, filter string, squad roster.SquadID, page int64) (chat.Reply, error) {
	if t == war.Enemy && squad != 0 {
		return chat.Reply{}, errStale
	}
	q, err := teamOf(ctx, h.deps, c, squad)
	if err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.show(ctx, c, t, war.Filter(strings.TrimSuffix(filter, everyone)), q, int(min(page, 1<<20)))
	reply.Update = true
	return reply, err
}

func (h *warRoom) show(ctx context.Context, c *Call, t war.Team, f war.Filter, q roster.Squad, page int) (chat.Reply, error) {
	v, err := h.view(ctx, c.Faction, t, c.Actor.Faction == c.Faction, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	v.Filter, v.Page = f, page
	if q.ID != 0 {
		v.Squad, v.Of, v.OfHits = q.Name, len(v.People), war.Hits(v.People)
		v.People = war.Among(v.People, q.Players())
	}
	m, at := say.RenderRoom(v)
	action, pick := usAction, usPick
	if t == war.Enemy {
		action, pick = enemyAction, enemyPick
	}
	word := string(f)
	if f == "" {
		word = everyone
	}
	to := func(n int) string { return ofSquad(makeID(action, c.Faction, word, n), q.ID) }
	buttons := pager(at, to)
	buttons = append(buttons, chat.Button{ID: to(at.Number), Label: "Refresh"})
	if t == war.Enemy && v.War.ID != 0 {
		buttons = append(buttons, chat.Button{ID: makeID(huntAction, c.Faction), Label: "Whom can I hit?", Style: chat.Primary})
	}
	choose := chat.Select{ID: ofSquad(makeID(pick, c.Faction), q.ID), Placeholder: "Show only", Options: []chat.SelectOption{{Label: "Everybody", Value: everyone, Default: f == ""}}}
	for _, o := range war.Filters(t) {
		choose.Options = append(choose.Options, chat.SelectOption{Label: "Only " + say.FilterName(o), Value: string(o), Default: o == f})
	}
	m.Rows = []chat.Row{{Buttons: buttons}, {Select: &choose}}
	return chat.Reply{Message: m}, nil
}

// view reads one side. Our own is shown in peace, too. When our own land exactly, which
// they let their own faction see, is in it for that faction alone.
func (h *warRoom) view(ctx context.Context, id faction.ID, t war.Team, own bool, now time.Time) (say.RoomView, error) {
	w, err := fought(ctx, h.deps.Wars, id, now)
	if err != nil && (t == war.Enemy || faction.KindOf(err) != faction.NotFound) {
		return say.RoomView{}, err
	}
	v := say.RoomView{War: w, Team: t, Now: now}
	if v.Feeds, err = h.deps.Feeds.Feeds(ctx, id); err != nil {
		return say.RoomView{}, err
	}
	if t == war.Enemy {
		v.People, v.AsOf, v.Names, err = foes(ctx, h.deps, id, w, now)
		return v, err
	}
	ours, err := h.deps.Room.Members(ctx, id, id)
	if err != nil {
		return say.RoomView{}, err
	}
	if !own {
		ours.Members = war.Untold(ours.Members)
	}
	board, samples, err := h.fight(ctx, id, w)
	if err != nil {
		return say.RoomView{}, err
	}
	f := war.Predict(w, samples, 0, now)
	v.LeadPerHour, v.Over = f.LeadPerHour, f.Over
	v.People, v.AsOf = war.Crew(ours.Members, board, now), ours.AsOf
	return v, nil
}

// fight is what was done in a war so far; nothing when there is none.
func (h *warRoom) fight(ctx context.Context, id faction.ID, w war.War) (war.Board, []war.Sample, error) {
	if w.ID == 0 {
		return war.Board{}, nil, nil
	}
	rows, err := h.deps.Wars.Tallies(ctx, id, w.ID)
	if err != nil {
		return war.Board{}, nil, err
	}
	samples, err := h.deps.Wars.Samples(ctx, id, w.ID)
	return war.NewBoard(w, rows, w.SeenAt), samples, err
}

// fought is the war that is on, else the next one; a faction.Error of kind NotFound
// when there is neither.
func fought(ctx context.Context, s Wars, id faction.ID, now time.Time) (war.War, error) {
	list, err := s.Wars(ctx, id, knownWars)
	if err != nil {
		return war.War{}, err
	}
	w, err := present(list, now, true)
	if err != nil || w.Phase(now) == war.Ended {
		return war.War{}, faction.Errorf(faction.NotFound, "No ranked war is on and none is matched, so there is no enemy. The next one shows up within a minute of being matched.")
	}
	return w, nil
}

// foes reads the other side of a war with our claims on it, when its roster was read,
// and the names of our own members, who hold the claims.
func foes(ctx context.Context, d *Deps, id faction.ID, w war.War, now time.Time) (people []war.Person, asOf time.Time, names map[faction.PlayerID]string, err error) {
	theirs, err := d.Room.Members(ctx, id, w.Them.Faction)
	if err != nil {
		return nil, time.Time{}, nil, err
	}
	ours, err := d.Room.Members(ctx, id, id)
	if err != nil {
		return nil, time.Time{}, nil, err
	}
	rows, err := d.Wars.Tallies(ctx, id, w.ID)
	if err != nil {
		return nil, time.Time{}, nil, err
	}
	claims, err := d.Room.Claims(ctx, id, w.ID, now)
	if err != nil {
		return nil, time.Time{}, nil, err
	}
	ids := make([]faction.PlayerID, len(theirs.Members))
	for i, m := range theirs.Members {
		ids[i] = m.ID
	}
	past, err := d.Room.Past(ctx, id, ids)
	if err != nil {
		return nil, time.Time{}, nil, err
	}
	names = map[faction.PlayerID]string{}
	for _, m := range ours.Members {
		names[m.ID] = m.Name
	}
	return war.Foes(theirs.Members, war.NewBoard(w, rows, w.SeenAt), claims, past, now), theirs.AsOf, names, nil
}

// live is one side as a live message.
func (h *warRoom) live(t war.Team) func(context.Context, faction.ID) (chat.Live, error) {
	return func(ctx context.Context, id faction.ID) (chat.Live, error) {
		now := h.deps.Clock.Now()
		v, err := h.view(ctx, id, t, true, now)
		if faction.KindOf(err) == faction.NotFound { // no war is something to show, too
			return say.LiveWar(say.WarView{Now: now}), nil
		}
		if err != nil {
			return chat.Live{}, err
		}
		live := say.LiveRoom(v)
		if t == war.Enemy {
			row := []chat.Row{{Buttons: []chat.Button{{ID: makeID(huntAction, id), Label: "Whom can I hit?", Style: chat.Primary}}}}
			live.Message.Rows, live.Same.Rows = row, row
		}
		return live, nil
	}
}
