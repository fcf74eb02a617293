package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
)

// OwnKeys changes single keys. The link goes along, since it may be lost at any moment
// to whoever Torn names.
type OwnKeys interface {
	SetConsent(ctx context.Context, l faction.Link, key int64, consent string) (before string, err error)
	RemoveKey(ctx context.Context, l faction.Link, key int64) error
}

// ownKeys is what people do with keys that they gave: what each may be used for, and
// taking one or all away.
type ownKeys struct{ deps *Deps }

const (
	pickKeyAction = "link:pick"
	consentAction = "link:consent"
	dropKeyAction = "link:drop"
	unlinkAction  = "link:remove"
)

func (h *ownKeys) table() noun {
	private := chat.Plan{Ephemeral: true}
	return noun{
		commands: []command{
			{route: forAnybody("unlink", private, h.askUnlink), description: "Remove your link and every key you gave"},
		},
		actions: []route{
			forAnybody(pickKeyAction, private, h.pick),
			forAnybody(consentAction, private, h.consent),
			forAnybody(dropKeyAction, private, h.drop),
			forAnybody(unlinkAction, private, h.unlink),
		},
	}
}

// find gives one of the caller's keys.
func (h *ownKeys) find(ctx context.Context, c *Call, id int64) (faction.Key, error) {
	keys, err := h.deps.Links.Keys(ctx, c.Link.Faction, c.Link.Player)
	if err != nil {
		return faction.Key{}, err
	}
	i := slices.IndexFunc(keys, func(k faction.Key) bool { return k.ID == id })
	if i < 0 {
		return faction.Key{}, faction.Errorf(faction.NotFound, "That key is not stored here any more. Nothing was changed. `/link` shows your keys.")
	}
	return keys[i], nil
}

// only gives the caller's single key.
func (h *ownKeys) only(ctx context.Context, c *Call) (faction.Key, error) {
	keys, err := h.deps.Links.Keys(ctx, c.Link.Faction, c.Link.Player)
	switch {
	case err != nil:
		return faction.Key{}, err
	case len(keys) == 0:
		return faction.Key{}, faction.Errorf(faction.NotFound, "You have no key stored here. Nothing was changed. Use `/link` to give one.")
	case len(keys) > 1:
		return faction.Key{}, faction.Errorf(faction.Invalid, "You have %d keys here. Nothing was changed. Use `/link` to pick the one that you mean.", len(keys))
	}
	return keys[0], nil
}

// pick shows one key and what can be done with it.
func (h *ownKeys) pick(ctx context.Context, c *Call) (chat.Reply, error) {
	if err := c.args().end(); err != nil {
		return chat.Reply{}, err
	}
	if len(c.Request.Values) != 1 {
		return chat.Reply{}, errStale
	}
	id, err := strconv.ParseInt(c.Request.Values[0], 10, 64)
	if err != nil {
		return chat.Reply{}, errStale
	}
	if !c.Linked() {
		return chat.Reply{}, errNotLinked
	}
	k, err := h.find(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Update: true, Message: chat.Message{Embeds: []chat.Embed{keyEmbed(k)}, Rows: []chat.Row{keyRow(k)}}}, nil
}

func (h *ownKeys) consent(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	consent := torn.Consent(a.oneOf(string(torn.ConsentVerify), string(torn.ConsentOwn), string(torn.ConsentLend)))
	id := int64(0)
	if len(c.Args) > 1 { // a button of an older version names no key
		id = a.number()
	}
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if !c.Linked() {
		return chat.Reply{}, errNotLinked
	}
	if id == 0 {
		only, err := h.only(ctx, c)
		if err != nil {
			return chat.Reply{}, err
		}
		id = only.ID
	}
	before, err := h.deps.OwnKeys.SetConsent(ctx, c.Link, id, string(consent))
	if err != nil {
		return chat.Reply{}, err
	}
	// The same button pressed over and over reads nothing anew and fills no log.
	if before != string(consent) {
		h.deps.forgetKeys(c.Link.Faction)
		c.Audit(ctx, c.Link.Faction, "link.consent", map[string]any{"player": c.Link.Player, "key": id, "before": before, "after": string(consent)})
		if consent == torn.ConsentLend {
			c.hurryByTurns(ctx, c.Link.Faction, feed.All()...)
		}
	}
	m := chat.Message{Content: consentWords(faction.Key{}, consent)}
	if k, err := h.find(ctx, c, id); err != nil { // the choice is stored; only its wording must do without the key
		c.registry.log.Warn("key not looked up after a consent", "faction_id", c.Link.Faction, "err", err)
	} else {
		m.Content, m.Rows = consentWords(k, consent), []chat.Row{keyRow(k)}
	}
	m.Content += " `/link` changes it, `/unlink` removes everything."
	return chat.Reply{Update: true, Message: m}, nil
}

// drop removes one key; the link stays.
func (h *ownKeys) drop(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	id := a.number()
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if !c.Linked() {
		return chat.Reply{}, errNotLinked
	}
	if err := h.deps.OwnKeys.RemoveKey(ctx, c.Link, id); err != nil {
		return chat.Reply{}, err
	}
	h.deps.forgetKeys(c.Link.Faction)
	c.Audit(ctx, c.Link.Faction, "link.remove_key", map[string]any{"player": c.Link.Player, "key": id})
	m := chat.Message{Content: "Removed: that key is deleted here. Delete it at Torn too if nothing else uses it. You stay linked."}
	if keys, err := h.deps.Links.Keys(ctx, c.Link.Faction, c.Link.Player); err == nil {
		m.Rows = keyRows(keys)
	}
	return chat.Reply{Update: true, Message: m}, nil
}

func (h *ownKeys) askUnlink(ctx context.Context, c *Call) (chat.Reply, error) {
	if !c.Linked() {
		waiting, err := h.deps.LinkRequests.WaitingLinks(ctx, c.Request.UserID, c.Now)
		if err == nil && len(waiting) == 0 {
			err = faction.Errorf(faction.NotFound, "You are not linked, and no key of yours is stored.")
		}
		if err != nil {
			return chat.Reply{}, err
		}
		return chat.Reply{Message: chat.Message{Content: "You are not linked. " + waitingLine(waiting), Rows: []chat.Row{{Buttons: []chat.Button{withdrawButton()}}}}}, nil
	}
	link, keys, err := h.deps.whoIs(ctx, c.Link)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Message: chat.Message{
		Content: linkedLine(link, keys) + "\nRemove the link and all of these keys? The keys are deleted here at once; delete them at Torn too if nothing else uses them. What you did in wars stays in your faction's log.",
		Rows: []chat.Row{{Buttons: []chat.Button{
			{ID: makeID(unlinkAction, "yes"), Label: "Remove", Style: chat.Danger},
			{ID: makeID(unlinkAction, "no"), Label: "Keep"},
		}}},
	}}, nil
}

func (h *ownKeys) unlink(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	answer := a.oneOf("yes", "no")
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if !c.Linked() {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "You are not linked any more, and no key of yours is stored.")
	}
	if answer == "no" {
		return chat.Reply{Update: true, Message: chat.Message{Content: "Nothing was changed."}}, nil
	}
	n, err := h.deps.Links.Unlink(ctx, c.Link)
	if err != nil {
		return chat.Reply{}, err
	}
	h.deps.forgetKeys(c.Link.Faction)
	c.Audit(ctx, c.Link.Faction, "unlink", map[string]any{"player": c.Link.Player, "keys": n})
	return chat.Reply{Update: true, Message: chat.Message{Content: fmt.Sprintf("Unlinked. Deleted: your link and %s.", several(n, "key"))}}, nil
}
