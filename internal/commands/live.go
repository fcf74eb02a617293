package commands

import (
	"context"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// The kinds of live messages, as they are stored.
const (
	warBoard   = "war"
	usBoard    = "us"
	enemyBoard = "enemy"
	// LinkBoard is the kind of the permanent message that lets whoever clicks link.
	LinkBoard = "link"
)

// liveKind is a message that /board post puts into a channel and that is kept up to
// date from then on. Everybody in the channel reads it, whoever they are.
type liveKind struct {
	name  string // as stored and typed
	title string // as offered
	live  func(context.Context, faction.ID) (chat.Live, error)
}

// liveKinds is the table of them: a new one is a line here.
func liveKinds(d *Deps) []liveKind {
	return []liveKind{
		{warBoard, "war", (&wars{deps: d}).live},
		{usBoard, "us: who of ours can fight", (&warRoom{deps: d}).live(war.Ours)},
		{enemyBoard, "enemy: who can be hit, timers, calls", (&warRoom{deps: d}).live(war.Enemy)},
		{chainBoard, "chain: timer, next bonus, pace", (&chains{deps: d}).live},
		{retalsBoard, "retals: open retaliations", (&retals{deps: d}).live},
		{LinkBoard, "link: a “Link me” button that stays", staying(LinkPanel())},
	}
}

// Live gives what makes each live message, by kind.
func (r *Registry) Live() map[string]func(context.Context, faction.ID) (chat.Live, error) {
	out := map[string]func(context.Context, faction.ID) (chat.Live, error){}
	for _, k := range liveKinds(&r.deps) {
		out[k.name] = k.live
	}
	return out
}

// staying is a message that always says the same.
func staying(m chat.Message) func(context.Context, faction.ID) (chat.Live, error) {
	return func(context.Context, faction.ID) (chat.Live, error) {
		return chat.Live{Message: m, Same: m, Stays: true}, nil
	}
}

// live is the war that is on, else the next or the latest one, as /war status has it.
func (h *wars) live(ctx context.Context, id faction.ID) (chat.Live, error) {
	now := h.deps.Clock.Now()
	list, err := h.deps.Wars.Wars(ctx, id, knownWars)
	if err != nil {
		return chat.Live{}, err
	}
	w, err := present(list, now, true)
	if err != nil { // no war is something to show, too
		return say.LiveWar(say.WarView{Now: now}), nil //nolint:nilerr // see above
	}
	v, err := warView(ctx, h.deps, id, w, now)
	return say.LiveWar(v), err
}
