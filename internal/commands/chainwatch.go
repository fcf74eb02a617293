package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/roster"
	"consigliere/internal/say"
)

// Watches keeps rotas of who watches over the chain.
type Watches interface {
	// Watches lists those that are not over at a moment, the first to begin first.
	Watches(ctx context.Context, id faction.ID, at time.Time) ([]roster.Watch, error)
	OpenWatch(ctx context.Context, id faction.ID, w roster.Watch, now time.Time) (roster.Watch, error)
	// ChangeWatch changes one as it is at that moment, and gives it before and after.
	ChangeWatch(ctx context.Context, id faction.ID, watch roster.WatchID, now time.Time, change func(*roster.Watch) error) (was, is roster.Watch, err error)
}

// chainWatch lets members take turns in watching over the chain: /chain watch.
type chainWatch struct{ deps *Deps }

// Custom ids: faction, watch.
const (
	watchShow  = "watch:show"
	watchTake  = "watch:take" // a select of slots
	watchGap   = "watch:gap"
	watchLeave = "watch:leave"

	optionFrom  = "from"
	optionTo    = "to"
	optionSquad = "squad"

	watchHours   = 12 // when nobody says how long
	watchBackups = 1
)

func (h *chainWatch) table() noun {
	moment := func(name, description string) chat.Option {
		return chat.Option{Name: name, Description: description, Max: bound(40)}
	}
	number := func(name, description string, least, most float64) chat.Option {
		return chat.Option{Name: name, Description: description, Type: chat.Integer, Min: bound(least), Max: bound(most)}
	}
	press := func(name string, fn func(*chainWatch, context.Context, *Call, roster.WatchID) (chat.Reply, error)) route {
		return route{name: name, guard: viewChain(), ours: true, handle: h.pressed(fn)}
	}
	show := press(watchShow, (*chainWatch).show)
	show.reads = true
	return noun{
		commands: []command{
			{
				route:       route{name: "chain watch open", guard: manageChain(), handle: h.open},
				description: "Open a rota that members sign up for",
				options: []chat.Option{
					number("slots", "Minutes per slot; 30 if not given", roster.MinSlot.Minutes(), roster.MaxSlot.Minutes()),
					number("backups", "Back-ups per slot; 1 if not given", 0, roster.MaxBackups),
					number("reward", "Dollars per slot", 0, roster.MaxReward),
					moment(optionFrom, "Begins then (TCT): 18:00, in 2h, 22 Aug 18:00; now if not given"),
					number("hours", "For how long; 12 if not given", 1, roster.MaxHours),
					squadOption("Its rota: only its members join, and they are called where nobody watches", false),
				},
				complete: map[string]completer{optionSquad: suggestSquads(h.deps)},
			},
			{
				route:       route{name: "chain watch join", guard: viewChain(), handle: h.join},
				description: "Take watch slots; you are reminded 10 minutes before, and pinged first",
				options:     []chat.Option{moment(optionFrom, "From then on (TCT); the next free slot if not given"), moment(optionTo, "Until then (TCT); one slot if not given")},
			},
			{
				route:       route{name: "chain watch leave", guard: viewChain(), handle: h.leave},
				description: "Give your watch slots back, all that are not over",
				options:     []chat.Option{moment(optionFrom, "Only from then on (TCT)"), moment(optionTo, "Only until then (TCT)")},
			},
			{
				route:       route{name: "chain watch roster", guard: viewChain(), reads: true, handle: h.roster},
				description: "Who is on watch when, and where nobody is",
			},
			{
				route:       route{name: "chain watch close", guard: manageChain(), handle: h.close},
				description: "Call the rota off",
			},
		},
		actions: []route{show, press(watchTake, (*chainWatch).take), press(watchGap, (*chainWatch).gap), press(watchLeave, (*chainWatch).leaveAll)},
	}
}

// number reads a whole-number option within bounds.
func (c *Call) number(name string, least, most, fallback int64) (int64, error) {
	n, given, err := c.Request.Int(name)
	switch {
	case err != nil || given && (n < least || n > most):
		return 0, faction.Errorf(faction.Invalid, "`%s` is a whole number from %s to %s. Nothing was changed.", name, faction.Count(least), faction.Count(most))
	case !given:
		return fallback, nil
	default:
		return n, nil
	}
}

func (h *chainWatch) open(ctx context.Context, c *Call) (chat.Reply, error) {
	slot, err := c.number("slots", int64(roster.MinSlot.Minutes()), int64(roster.MaxSlot.Minutes()), int64(roster.DefaultSlot.Minutes()))
	if err != nil {
		return chat.Reply{}, err
	}
	backups, err := c.number("backups", 0, roster.MaxBackups, watchBackups)
	if err != nil {
		return chat.Reply{}, err
	}
	reward, err := c.number("reward", 0, roster.MaxReward, 0)
	if err != nil {
		return chat.Reply{}, err
	}
	hours, err := c.number("hours", 1, roster.MaxHours, watchHours)
	if err != nil {
		return chat.Reply{}, err
	}
	from := c.Now.Truncate(5 * time.Minute)
	if typed := c.option(optionFrom, ""); typed != "" {
		if from, err = moment(typed, c.Now); err != nil {
			return chat.Reply{}, err
		}
	}
	w := roster.Watch{
		From: from.UTC(), Slot: time.Duration(slot) * time.Minute, Backups: int(backups), Reward: reward, OpenedBy: c.Actor.Player,
		To: roster.Span(from, time.Duration(hours)*time.Hour, time.Duration(slot)*time.Minute).UTC(),
	}
	if err := w.Check(c.Now); err != nil {
		return chat.Reply{}, err
	}
	if c.option(optionSquad, "") != "" {
		q, err := pickSquad(ctx, h.deps, c)
		if err != nil {
			return chat.Reply{}, err
		}
		w.Squad = q.ID
	}
	if w, err = h.deps.Watches.OpenWatch(ctx, c.Faction, w, c.Now); err != nil {
		return chat.Reply{}, err
	}
	body := map[string]any{"watch": int64(w.ID), "from": w.From, "to": w.To, "slot_minutes": slot, "backups": backups, "reward": reward}
	if w.Squad != 0 {
		body["squad"] = int64(w.Squad)
	}
	c.Audit(ctx, c.Faction, "watch.open", body)
	return h.message(c, w, false), nil
}

// message is a rota with its buttons.
func (h *chainWatch) message(c *Call, w roster.Watch, update bool) chat.Reply {
	m := say.RenderWatch(w, c.Now)
	if w.Over(c.Now) {
		return chat.Reply{Message: m, Update: update}
	}
	var free []chat.SelectOption
	for slot := w.Next(c.Now); slot < w.Len() && len(free) < say.WatchRows; slot++ {
		if len(w.In(slot)) > w.Backups {
			continue
		}
		label, description := say.SlotLabel(w, slot)
		free = append(free, chat.SelectOption{Label: label, Description: description, Value: strconv.Itoa(slot)})
	}
	if len(free) > 0 {
		m.Rows = append(m.Rows, chat.Row{Select: &chat.Select{ID: makeID(watchTake, c.Faction, w.ID), Placeholder: "Take slots", Options: free, Min: 1, Max: len(free)}})
	}
	m.Rows = append(m.Rows, chat.Row{Buttons: []chat.Button{
		{ID: makeID(watchGap, c.Faction, w.ID), Label: "Take the next gap", Style: chat.Primary, Disabled: len(w.Gaps(c.Now)) == 0},
		{ID: makeID(watchLeave, c.Faction, w.ID), Label: "Leave my slots"},
		{ID: makeID(watchShow, c.Faction, w.ID), Label: "Refresh"},
	}})
	return chat.Reply{Message: m, Update: update}
}

// errNoWatch is the answer while there is no rota.
var errNoWatch = faction.Errorf(faction.NotFound, "There is no watch rota. Nothing was changed. Who has chain.manage opens one with `/chain watch open`.")

// current is the rota that is on, else the next one.
func (h *chainWatch) current(ctx context.Context, c *Call) (roster.Watch, error) {
	list, err := h.deps.Watches.Watches(ctx, c.Faction, c.Now)
	if err != nil {
		return roster.Watch{}, err
	}
	if len(list) == 0 {
		return roster.Watch{}, errNoWatch
	}
	return list[0], nil
}

// among finds the rota that has a moment, else the present or next one.
func (h *chainWatch) among(ctx context.Context, c *Call, at time.Time) (roster.Watch, error) {
	list, err := h.deps.Watches.Watches(ctx, c.Faction, c.Now)
	if err != nil {
		return roster.Watch{}, err
	}
	for _, w := range list {
		if _, ok := w.SlotAt(at); ok {
			return w, nil
		}
	}
	if len(list) == 0 {
		return roster.Watch{}, errNoWatch
	}
	return list[0], nil
}

func (h *chainWatch) roster(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := h.current(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.message(c, w, false), nil
}

// stretch reads the times of a request; given tells whether there were any.
func stretch(c *Call) (from, to time.Time, given bool, err error) {
	typedFrom, typedTo := c.option(optionFrom, ""), c.option(optionTo, "")
	from, to = c.Now, c.Now.AddDate(1, 0, 0)
	if typedFrom != "" {
		if from, err = moment(typedFrom, c.Now); err != nil {
			return from, to, false, err
		}
	}
	if typedTo != "" {
		if to, err = moment(typedTo, c.Now); err != nil {
			return from, to, false, err
		}
		if to.Before(from) && from.Sub(to) < 24*time.Hour { // 23:00 to 01:00, asked at noon
			to = to.AddDate(0, 0, 1)
		}
	}
	if !to.After(from) {
		return from, to, false, faction.Errorf(faction.Invalid, "`to` has to be after `from`. Nothing was changed.")
	}
	return from, to, typedFrom != "" || typedTo != "", nil
}

func (h *chainWatch) join(ctx context.Context, c *Call) (chat.Reply, error) {
	from, to, given, err := stretch(c)
	if err != nil {
		return chat.Reply{}, err
	}
	w, err := h.among(ctx, c, from)
	if err != nil {
		return chat.Reply{}, err
	}
	return h.signUp(ctx, c, w.ID, false, func(w roster.Watch) []int {
		switch {
		case !given:
			return nextGap(w, c.Now)
		case c.option(optionTo, "") == "":
			to = from.Add(time.Second)
		}
		return w.Between(from, to, c.Now)
	})
}

// nextGap is the first slot without a watcher, or without one the first with room.
func nextGap(w roster.Watch, now time.Time) []int {
	if gaps := w.Gaps(now); len(gaps) > 0 {
		return []int{gaps[0].First}
	}
	for slot := w.Next(now); slot < w.Len(); slot++ {
		if len(w.In(slot)) <= w.Backups {
			return []int{slot}
		}
	}
	return nil
}

// signUp puts the caller into slots, which are chosen from the rota as it is then.
func (h *chainWatch) signUp(ctx context.Context, c *Call, id roster.WatchID, update bool, which func(roster.Watch) []int) (chat.Reply, error) {
	if err := c.member(); err != nil {
		return chat.Reply{}, err
	}
	var j roster.Joined
	_, w, err := h.deps.Watches.ChangeWatch(ctx, c.Faction, id, c.Now, func(w *roster.Watch) error {
		slots := which(*w)
		if len(slots) == 0 {
			return faction.Errorf(faction.Conflict, "No slot fits: the rota goes from %s to %s. Nothing was changed.", say.On(w.From), say.On(w.To))
		}
		j = w.Join(c.Link.Player, c.Link.Name, slots, c.Now)
		if len(j.Watching)+len(j.Backing) == 0 {
			if len(j.Had) > 0 {
				return faction.Errorf(faction.Conflict, "You have that already. Nothing was changed.")
			}
			return faction.Errorf(faction.Conflict, "Those slots are full. Nothing was changed: pick others from `/chain watch roster`.")
		}
		return nil
	})
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "watch.join", map[string]any{"watch": int64(w.ID), "watching": orNone(j.Watching), "backing": orNone(j.Backing)})
	if list, err := h.deps.Watches.Watches(ctx, c.Faction, c.Now); err == nil { // with the name as others see it
		for _, one := range list {
			if one.ID == w.ID {
				w = one
			}
		}
	}
	reply := h.message(c, w, update)
	if !update {
		reply.Content = "**Yours**: " + strings.Join(taken(w, j), " · ")
	}
	return reply, nil
}

// orNone keeps a list from being null in the log.
func orNone(list []int) []int {
	if list == nil {
		return []int{}
	}
	return list
}

func taken(w roster.Watch, j roster.Joined) (parts []string) {
	for _, of := range []struct {
		what  string
		slots []int
	}{{"on watch", j.Watching}, {"back-up", j.Backing}, {"full", j.Full}} {
		if len(of.slots) > 0 {
			parts = append(parts, fmt.Sprintf("%s %s from %s", several(int64(len(of.slots)), "slot"), of.what, say.On(w.Begins(of.slots[0]))))
		}
	}
	return parts
}

// member refuses whoever is not linked as a member of the faction acted on.
func (c *Call) member() error {
	if !c.Linked() || c.Link.Faction != c.Faction {
		return faction.Errorf(faction.Denied, "Only members of the faction can do this, after `/link`. Nothing was changed.")
	}
	return nil
}

func (h *chainWatch) leave(ctx context.Context, c *Call) (chat.Reply, error) {
	from, to, _, err := stretch(c)
	if err != nil {
		return chat.Reply{}, err
	}
	if err := c.member(); err != nil {
		return chat.Reply{}, err
	}
	list, err := h.deps.Watches.Watches(ctx, c.Faction, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	for _, w := range list {
		if slots := w.Of(c.Link.Player, c.Now); len(slots) > 0 {
			return h.out(ctx, c, w.ID, false, func(w roster.Watch) []int { return w.Between(from, to, c.Now) })
		}
	}
	return chat.Reply{}, faction.Errorf(faction.Conflict, "You have no watch slots. Nothing was changed.")
}

// out takes the caller out of slots.
func (h *chainWatch) out(ctx context.Context, c *Call, id roster.WatchID, update bool, which func(roster.Watch) []int) (chat.Reply, error) {
	if err := c.member(); err != nil {
		return chat.Reply{}, err
	}
	var left []int
	_, w, err := h.deps.Watches.ChangeWatch(ctx, c.Faction, id, c.Now, func(w *roster.Watch) error {
		if left = w.Leave(c.Link.Player, which(*w), c.Now); len(left) == 0 {
			return faction.Errorf(faction.Conflict, "You have no watch slots then. Nothing was changed.")
		}
		return nil
	})
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "watch.leave", map[string]any{"watch": int64(w.ID), "slots": left})
	reply := h.message(c, w, update)
	if !update {
		reply.Content = "You gave **" + several(int64(len(left)), "slot") + "** back."
	}
	return reply, nil
}

func (h *chainWatch) close(ctx context.Context, c *Call) (chat.Reply, error) {
	w, err := h.current(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	if _, w, err = h.deps.Watches.ChangeWatch(ctx, c.Faction, w.ID, c.Now, func(w *roster.Watch) error { w.Closed = c.Now; return nil }); err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "watch.close", map[string]any{"watch": int64(w.ID)})
	return h.message(c, w, false), nil
}

// pressed reads the custom id of a button below a rota.
func (h *chainWatch) pressed(fn func(*chainWatch, context.Context, *Call, roster.WatchID) (chat.Reply, error)) handler {
	return func(ctx context.Context, c *Call) (chat.Reply, error) {
		a := c.args()
		if err := a.ours(c); err != nil {
			return chat.Reply{}, err
		}
		id := roster.WatchID(a.number())
		if err := a.end(); err != nil {
			return chat.Reply{}, err
		}
		return fn(h, ctx, c, id)
	}
}

func (h *chainWatch) show(ctx context.Context, c *Call, id roster.WatchID) (chat.Reply, error) {
	list, err := h.deps.Watches.Watches(ctx, c.Faction, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	for _, w := range list {
		if w.ID == id {
			return h.message(c, w, true), nil
		}
	}
	return chat.Reply{}, faction.Errorf(faction.Conflict, "This rota is over. `/chain watch roster` shows whether there is another one.")
}

func (h *chainWatch) take(ctx context.Context, c *Call, id roster.WatchID) (chat.Reply, error) {
	var slots []int
	for _, v := range c.Request.Values {
		slot, err := strconv.Atoi(v)
		if err != nil || slot < 0 || slot >= roster.MaxSlots || len(slots) >= roster.MaxSlots {
			return chat.Reply{}, errStale
		}
		slots = append(slots, slot)
	}
	return h.signUp(ctx, c, id, true, func(roster.Watch) []int { return slots })
}

func (h *chainWatch) gap(ctx context.Context, c *Call, id roster.WatchID) (chat.Reply, error) {
	return h.signUp(ctx, c, id, true, func(w roster.Watch) []int { return nextGap(w, c.Now) })
}

func (h *chainWatch) leaveAll(ctx context.Context, c *Call, id roster.WatchID) (chat.Reply, error) {
	return h.out(ctx, c, id, true, func(w roster.Watch) []int { return w.Of(c.Link.Player, c.Now) })
}
