package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// Links keeps who is who, and the keys they gave.
type Links interface {
	// LinkWithKey links and stores the key, or does neither. takeOver says that Torn
	// itself names the account as the player's; lost is the link that gave way.
	LinkWithKey(ctx context.Context, l faction.Link, k faction.Key, takeOver bool, now time.Time) (lost faction.Link, err error)
	Unlink(ctx context.Context, l faction.Link) (keys int64, err error)
	PlayerName(ctx context.Context, l faction.Link) (string, error)
	SetConsent(ctx context.Context, id faction.ID, player faction.PlayerID, consent string) error
	Keys(ctx context.Context, id faction.ID, player faction.PlayerID) ([]faction.Key, error)
}

// Sealer encrypts a key for the database. The fingerprint is the same for the same key.
type Sealer interface {
	Seal(secret torn.Secret, player faction.PlayerID) (sealed, fingerprint []byte, err error)
}

// linking joins a Discord account to a Torn player: /link, /unlink. The key that
// proves it is seen here, at Torn and by the sealer, and nowhere else.
type linking struct {
	deps  *Deps
	tries *tries
}

const (
	keyAction     = "link:key"
	saveAction    = "link:save"
	consentAction = "link:consent"
	unlinkAction  = "link:remove"

	// keyInput is the form's field; its name is fixed (surface.md).
	keyInput = "api_key"
)

func (h *linking) table() noun {
	private := chat.Plan{Ephemeral: true}
	open := func(name string, plan chat.Plan, fn handler) route {
		return route{name: name, guard: rbac.Anyone(), scope: anywhere, plan: plan, handle: fn}
	}
	return noun{
		commands: []command{
			{route: open("link", private, h.explain), description: "Link your Torn account: what is stored, who sees it, and the key"},
			{route: open("unlink", private, h.askUnlink), description: "Remove your link and every key you gave"},
		},
		actions: []route{
			open(keyAction, chat.Plan{Ephemeral: true, Modal: true}, h.form),
			open(saveAction, chat.Plan{Ephemeral: true, Slow: true}, h.save),
			open(consentAction, private, h.consent),
			open(unlinkAction, private, h.unlink),
		},
	}
}

// explain says what linking means, before anything is asked for.
func (h *linking) explain(ctx context.Context, c *Call) (chat.Reply, error) {
	m := chat.Message{
		Embeds: []chat.Embed{disclosure()},
		Rows: []chat.Row{{Buttons: []chat.Button{
			{Label: "Make a key at Torn", URL: customKeyURL, Style: chat.Link},
			{ID: keyAction, Label: "Enter the key", Style: chat.Primary},
		}}},
	}
	if !c.Linked() {
		return chat.Reply{Message: m}, nil
	}
	keys, err := h.deps.Links.Keys(ctx, c.Link.Faction, c.Link.Player)
	if err != nil {
		return chat.Reply{}, err
	}
	link, err := h.named(ctx, c.Link)
	if err != nil {
		return chat.Reply{}, err
	}
	m.Content = linkedLine(link, keys)
	if len(keys) > 0 {
		m.Rows = append(m.Rows, consentRow())
	}
	return chat.Reply{Message: m}, nil
}

// named adds the player's name to a link: who a caller is was resolved without it.
func (h *linking) named(ctx context.Context, l faction.Link) (faction.Link, error) {
	name, err := h.deps.Links.PlayerName(ctx, l)
	l.Name = name
	return l, err
}

func (h *linking) form(context.Context, *Call) (chat.Reply, error) {
	return chat.Reply{Modal: &chat.Modal{ID: saveAction, Title: "Your Torn API key", Inputs: []chat.Input{{
		ID: keyInput, Label: "API key: 16 letters and digits", Placeholder: "Torn: Settings, API Keys", Required: true, Min: 16, Max: 40,
	}}}}, nil
}

// save takes the key from the form. Every error leaves nothing behind, and none
// holds the key.
func (h *linking) save(ctx context.Context, c *Call) (chat.Reply, error) {
	if wait, ok := h.tries.take(h.deps.Clock, c.Request.UserID); !ok {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "That was %d keys within a minute. Wait %s, then try again. Nothing was stored.", triesPerMinute, say.Span(wait))
	}
	secret, err := torn.ParseSecret(c.Request.Fields[keyInput])
	if err != nil {
		return chat.Reply{}, err
	}
	report, err := h.deps.Torn.CheckKey(ctx, secret)
	if err != nil {
		return chat.Reply{}, refusedKey(err)
	}
	if report.DiscordID != "" && report.DiscordID != c.Request.UserID {
		return chat.Reply{}, faction.Errorf(faction.Denied, "At Torn this key's owner is linked to another Discord account, so it does not count as yours. Nothing was stored. "+
			"Use a key of your own; if the Torn account is yours, link this Discord account at Torn first.")
	}
	sealed, fingerprint, err := h.deps.Sealer.Seal(secret, report.Owner)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("seal a key of player %d: %w", report.Owner, err)
	}
	link := faction.Link{Faction: report.FactionID, DiscordID: c.Request.UserID, Player: report.Owner, Name: report.Name}
	key := faction.Key{
		Player: report.Owner, Sealed: sealed, Fingerprint: fingerprint, Level: int(report.Level), Type: report.Type,
		FactionAccess: report.FactionAccess, Selections: report.Selections, Consent: string(torn.ConsentVerify),
	}
	// Whoever got hold of a key can link first; Torn's own word decides whose it is.
	proven := report.DiscordID != "" && report.DiscordID == c.Request.UserID
	lost, err := h.deps.Links.LinkWithKey(ctx, link, key, proven, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	h.changed(c.Link.Faction, link.Faction, lost.Faction)
	c.Actor.Player = link.Player
	c.Audit(ctx, link.Faction, "link", map[string]any{"player": link.Player, "level": int(report.Level), "faction_access": report.FactionAccess})
	return chat.Reply{Update: c.Request.MessageID != "", Message: chat.Message{
		Embeds: []chat.Embed{linkedEmbed(report, notes(lost, h.place(ctx, c, report)))}, Rows: []chat.Row{consentRow()},
	}}, nil
}

// notes is what else there is to say of a new link.
func notes(lost faction.Link, place string) string {
	if lost.Player == 0 {
		return place
	}
	return strings.TrimSpace("**Taken over:** another Discord account was linked to this player and is not any more, because Torn names yours. " +
		"All keys stored for you now only verify. If that account was not yours, somebody has a key of yours: delete your keys at Torn, then use `/link` with a new one.\n" + place)
}

// changed makes the pool forget the keys of factions that somebody came from or to.
func (h *linking) changed(ids ...faction.ID) {
	for _, id := range ids {
		if id != 0 {
			h.deps.Pool.Invalidate(id)
		}
	}
}

// place says what the player's faction means here; empty when all is well. The key
// is stored by now, so that a failure to find out is no failure of the command.
func (h *linking) place(ctx context.Context, c *Call, r torn.KeyReport) string {
	if r.FactionID == 0 {
		return "Torn shows you in no faction. When you have joined one, use `/link` again."
	}
	_, registered, err := h.deps.Factions.FactionInfo(ctx, r.FactionID)
	switch {
	case err != nil:
		c.registry.log.Warn("faction not looked up after a link", "faction_id", r.FactionID, "err", err)
		return ""
	case !registered && h.deps.LeadersRegister:
		return "Your faction is not set up with this bot yet. Its leader or co-leader runs `/setup` in your server."
	case !registered:
		return fmt.Sprintf("Your faction is not set up with this bot yet. Ask the operator to run `/setup faction:%d` in your server.", r.FactionID)
	case c.Request.GuildID != "" && !c.Serves(r.FactionID):
		return "This server is not one of your faction's. Use the bot where your faction set it up."
	default:
		return ""
	}
}

// refusedKey words why a key was not taken. Torn's own words speak of keys that are
// kept; this one was not.
func refusedKey(err error) error {
	for _, known := range []struct {
		sentinel error
		say      string
	}{
		{torn.ErrKeyIncorrect, "Torn does not know this key: it was deleted or mistyped. Nothing was stored. Make a new one and enter it."},
		{torn.ErrKeyPaused, "This key is paused. Nothing was stored. Resume it in Torn's settings under API Keys, then enter it again."},
		{torn.ErrOwnerInactive, "Torn does not answer to this key, because its owner was away for more than seven days. Nothing was stored. Log in to Torn, then enter it again."},
		{torn.ErrOwnerInFederalJail, "Torn does not answer to this key, because its owner is in federal jail. Nothing was stored."},
		{torn.ErrAccessLevel, "This key may not even say who you are. Nothing was stored. Make one with the button above, or a Limited key, and enter it."},
		{torn.ErrNoAccess, "This key may not even say who you are. Nothing was stored. Make one with the button above, or a Limited key, and enter it."},
		{torn.ErrTooManyRequests, "You have used up the requests that Torn grants you in a minute, perhaps with another tool. Nothing was stored. Try again in a minute."},
	} {
		if errors.Is(err, known.sentinel) {
			return &faction.Error{Kind: faction.Invalid, Say: known.say, Err: known.sentinel}
		}
	}
	return fmt.Errorf("check a key: %w", err)
}

func (h *linking) consent(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	consent := torn.Consent(a.oneOf(string(torn.ConsentVerify), string(torn.ConsentOwn), string(torn.ConsentLend)))
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if !c.Linked() {
		return chat.Reply{}, errNotLinked
	}
	if err := h.deps.Links.SetConsent(ctx, c.Link.Faction, c.Link.Player, string(consent)); err != nil {
		return chat.Reply{}, err
	}
	h.changed(c.Link.Faction)
	c.Audit(ctx, c.Link.Faction, "link.consent", map[string]any{"player": c.Link.Player, "consent": string(consent)})
	if consent == torn.ConsentLend {
		c.hurry(ctx, c.Link.Faction, feed.All()...)
	}
	return chat.Reply{Update: true, Message: chat.Message{Content: h.consentWords(ctx, c, consent) + " `/link` changes it, `/unlink` removes everything.", Rows: []chat.Row{consentRow()}}}, nil
}

func (h *linking) askUnlink(ctx context.Context, c *Call) (chat.Reply, error) {
	if !c.Linked() {
		return chat.Reply{}, faction.Errorf(faction.NotFound, "You are not linked, and no key of yours is stored.")
	}
	keys, err := h.deps.Links.Keys(ctx, c.Link.Faction, c.Link.Player)
	if err != nil {
		return chat.Reply{}, err
	}
	link, err := h.named(ctx, c.Link)
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

func (h *linking) unlink(ctx context.Context, c *Call) (chat.Reply, error) {
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
	h.changed(c.Link.Faction)
	c.Audit(ctx, c.Link.Faction, "unlink", map[string]any{"player": c.Link.Player, "keys": n})
	return chat.Reply{Update: true, Message: chat.Message{Content: fmt.Sprintf("Unlinked. Deleted: your link and %s.", several(n, "key"))}}, nil
}

// several counts things: "1 key", "2 keys".
func several(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return faction.Count(n) + " " + what + "s"
}
