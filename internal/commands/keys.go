package commands

import (
	"cmp"
	"context"
	"slices"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// KeyUses tells how much keys are used.
type KeyUses interface {
	// KeyCalls counts the calls a minute with each key that was used lately.
	KeyCalls(ctx context.Context, id faction.ID, now time.Time) (map[int64]int, error)
}

// keyHealth shows how a faction's keys stand: /config keys.
type keyHealth struct{ deps *Deps }

const keysAction = "config:keys"

func (h *keyHealth) table() noun {
	guard, private := rbac.Need(rbac.ConfigManage), chat.Plan{Ephemeral: true}
	return noun{
		commands: []command{{
			route:       route{name: "config keys", guard: guard, plan: private, handle: func(ctx context.Context, c *Call) (chat.Reply, error) { return h.show(ctx, c, 0) }},
			description: "Health of the members' API keys; never shows a key",
		}},
		actions: []route{{name: keysAction, guard: guard, ours: true, plan: private, handle: h.turn}},
	}
}

func (h *keyHealth) turn(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	page := a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	reply, err := h.show(ctx, c, page)
	reply.Update = true
	return reply, err
}

// show gives one page, counted from 0; a page past the end is the last one.
func (h *keyHealth) show(ctx context.Context, c *Call, page int64) (chat.Reply, error) {
	keys, err := h.deps.Links.Keys(ctx, c.Faction, 0)
	if err != nil {
		return chat.Reply{}, err
	}
	calls, err := h.deps.KeyUses.KeyCalls(ctx, c.Faction, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	roster, err := c.roster(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	names := map[faction.PlayerID]string{}
	for _, m := range roster.Members {
		names[m.ID] = m.Name
	}
	v := say.KeysView{Total: len(keys), Readers: readers(keys), Pages: max(1, (len(keys)+say.KeysPage-1)/say.KeysPage)}
	if v.Readers < 2 {
		v.Warning = readersLine(keys)
	}
	owners := map[faction.PlayerID]bool{}
	for _, k := range keys {
		owners[k.Player] = true
		if k.Consent == string(torn.ConsentLend) {
			v.Lent++
		}
		if k.State != faction.KeyActive {
			v.Bad++
		}
	}
	v.Owners = len(owners)
	// What needs somebody first, then what the scores rest on.
	slices.SortStableFunc(keys, func(a, b faction.Key) int {
		return cmp.Or(cmp.Compare(keyRank(a), keyRank(b)), cmp.Compare(names[a.Player], names[b.Player]), cmp.Compare(a.ID, b.ID))
	})
	at := int(min(page, int64(v.Pages-1)))
	v.Page = at + 1
	for _, k := range keys[min(len(keys), at*say.KeysPage):min(len(keys), (at+1)*say.KeysPage)] {
		v.Lines = append(v.Lines, keyLine(k, names[k.Player], calls[k.ID]))
	}
	m := say.RenderKeys(v)
	var buttons []chat.Button
	if at > 0 {
		buttons = append(buttons, chat.Button{ID: makeID(keysAction, c.Faction, at-1), Label: "Previous"})
	}
	if v.Page < v.Pages {
		buttons = append(buttons, chat.Button{ID: makeID(keysAction, c.Faction, at+1), Label: "Next", Style: chat.Primary})
	}
	if len(buttons) > 0 {
		m.Rows = []chat.Row{{Buttons: buttons}}
	}
	return chat.Reply{Message: m}, nil
}

func keyRank(k faction.Key) int {
	switch {
	case k.State != faction.KeyActive:
		return 0
	case canRead(k, torn.NeedAttacks):
		return 1
	default:
		return 2
	}
}

// keyLine is what may be shown of a key: everything but what was sealed.
func keyLine(k faction.Key, name string, perMinute int) say.KeyLine {
	line := say.KeyLine{
		Player: k.Player, Name: name, Access: torn.Level(k.Level).String(), ReadsAttacks: canRead(k, torn.NeedAttacks),
		State: k.State, Since: k.StateAt, Used: k.LastUsed, PerMinute: perMinute,
	}
	switch torn.Consent(k.Consent) {
	case torn.ConsentLend:
		line.Use = "lent to the faction"
	case torn.ConsentOwn:
		line.Use = "their own data"
	default:
		line.Use = "verify only"
	}
	switch {
	case k.State != faction.KeyActive:
		line.WhyNot = say.KeyState(k.State)
	case k.Consent != string(torn.ConsentLend):
		line.WhyNot = "not lent"
	case !k.FactionAccess:
		line.WhyNot = "no Faction API Access"
	default:
		line.WhyNot = "access too low"
	}
	return line
}
