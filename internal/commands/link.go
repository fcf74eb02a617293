package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// Links keeps who is who, and the keys they gave.
type Links interface {
	// Link links, and stores the key if there is one, or does neither. lost is the link
	// that gave way.
	Link(ctx context.Context, l faction.Linking, now time.Time) (lost faction.Link, err error)
	Unlink(ctx context.Context, l faction.Link) (keys int64, err error)
	PlayerName(ctx context.Context, l faction.Link) (string, error)
	Keys(ctx context.Context, id faction.ID, player faction.PlayerID) ([]faction.Key, error)
}

// Sealer encrypts a key for the database. The fingerprint is the same for the same key.
type Sealer interface {
	Seal(secret torn.Secret, player faction.PlayerID) (sealed, fingerprint []byte, err error)
}

// Tries counts how often somebody has sent a key or asked to be verified of late, over
// all processes: wrong keys, tried often enough, get this host's address banned
// (Torn's error 8).
type Tries interface {
	// Take uses up one try, or tells how long to wait for the next.
	Take(ctx context.Context, who string) (wait time.Duration, ok bool, err error)
}

// linking joins a Discord account to a Torn player: /link and what follows. The key
// that proves it is seen here, at Torn and by the sealer, and nowhere else. What
// becomes of keys later is in ownKeys, what an officer decides in confirming.
type linking struct{ deps *Deps }

const (
	startAction  = "link:start"
	keyAction    = "link:key"
	saveAction   = "link:save"
	verifyAction = "link:verify"

	// keyInput is the form's field; its name is fixed (surface.md).
	keyInput = "api_key"
)

// forAnybody is a route that works without any standing, in direct messages too.
func forAnybody(name string, plan chat.Plan, fn handler) route {
	return route{name: name, guard: rbac.Anyone(), scope: anywhere, plan: plan, handle: fn}
}

func (h *linking) table() noun {
	private, slow := chat.Plan{Ephemeral: true}, chat.Plan{Ephemeral: true, Slow: true}
	return noun{
		commands: []command{
			{route: forAnybody("link", private, h.explain), description: "Link your Torn account: what is stored, who sees it, and your keys"},
		},
		actions: []route{
			forAnybody(startAction, private, h.explain),
			forAnybody(keyAction, chat.Plan{Ephemeral: true, Modal: true}, h.form),
			forAnybody(saveAction, slow, h.save),
			forAnybody(verifyAction, slow, h.verify),
		},
	}
}

// explain says what linking means, before anything is asked for.
func (h *linking) explain(ctx context.Context, c *Call) (chat.Reply, error) {
	var links []chat.Button
	for _, consent := range consents() {
		links = append(links, chat.Button{Label: "Make a key: " + consentLabel(consent), URL: newKeyURL(consent), Style: chat.Link})
	}
	m := chat.Message{
		Embeds: []chat.Embed{disclosure()},
		Rows: []chat.Row{{Buttons: links}, {Buttons: []chat.Button{
			{ID: keyAction, Label: "Enter the key", Style: chat.Primary},
			{ID: verifyAction, Label: "Verify without a key"},
		}}},
	}
	if !c.Linked() {
		waiting, err := h.deps.LinkRequests.WaitingLinks(ctx, c.Request.UserID, c.Now)
		if err != nil {
			return chat.Reply{}, err
		}
		if len(waiting) > 0 {
			m.Content = waitingLine(waiting)
			m.Rows = append(m.Rows, chat.Row{Buttons: []chat.Button{withdrawButton()}})
		}
		return chat.Reply{Message: m}, nil
	}
	link, keys, err := h.deps.whoIs(ctx, c.Link)
	if err != nil {
		return chat.Reply{}, err
	}
	m.Content = linkedLine(link, keys)
	m.Rows = append(m.Rows, keyRows(keys)...)
	return chat.Reply{Message: m}, nil
}

// whoIs reads the name and the keys of a linked caller, who was resolved without.
func (d *Deps) whoIs(ctx context.Context, l faction.Link) (faction.Link, []faction.Key, error) {
	keys, err := d.Links.Keys(ctx, l.Faction, l.Player)
	if err != nil {
		return l, nil, err
	}
	l.Name, err = d.Links.PlayerName(ctx, l)
	return l, keys, err
}

func (h *linking) form(context.Context, *Call) (chat.Reply, error) {
	return chat.Reply{Modal: &chat.Modal{ID: saveAction, Title: "Your Torn API key", Inputs: []chat.Input{{
		ID: keyInput, Label: "API key: 16 letters and digits", Placeholder: "Torn: Settings, API Keys", Required: true, Min: 16, Max: 40,
	}}}}, nil
}

// try uses up one of the caller's tries.
func (h *linking) try(ctx context.Context, c *Call) error {
	wait, ok, err := h.deps.Tries.Take(ctx, c.Request.UserID)
	if err == nil && !ok {
		err = faction.Errorf(faction.Invalid, "That was %d tries within a minute. Wait %s, then try again. Nothing was stored.", TriesPerMinute, say.Span(wait))
	}
	return err
}

// TriesPerMinute is how often somebody may send a key or ask to be verified.
const TriesPerMinute = 5

// save takes the key from the form. Every error leaves nothing behind, and none
// holds the key.
func (h *linking) save(ctx context.Context, c *Call) (chat.Reply, error) {
	if err := h.try(ctx, c); err != nil {
		return chat.Reply{}, err
	}
	secret, err := torn.ParseSecret(c.Request.Fields[keyInput])
	if err != nil {
		return chat.Reply{}, err
	}
	report, err := h.deps.Torn.CheckKey(ctx, secret)
	if err != nil {
		return chat.Reply{}, refusedKey(err)
	}
	link := faction.Link{Faction: report.FactionID, DiscordID: c.Request.UserID, Player: report.Owner, Name: report.Name}
	// Whoever got hold of a key can link first; Torn's own word decides whose it is.
	// Who was linked before Torn's word changed, or with an officer's, stays so.
	proven := report.DiscordID == c.Request.UserID
	disputed := report.DiscordID != "" && !proven && c.Link.Player != report.Owner
	if disputed {
		if err := h.disputable(ctx, report); err != nil {
			return chat.Reply{}, err
		}
	}
	sealed, fingerprint, err := h.deps.Sealer.Seal(secret, report.Owner)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("seal a key of player %d: %w", report.Owner, err)
	}
	key := faction.Key{
		Player: report.Owner, Sealed: sealed, Fingerprint: fingerprint, Level: int(report.Level), Type: report.Type,
		FactionAccess: report.FactionAccess, Selections: report.Selections, Consent: string(torn.ConsentVerify),
	}
	if disputed {
		return h.ask(ctx, c, faction.LinkRequest{Link: link, TornDiscordID: report.DiscordID, Key: key, Expires: c.Now.Add(confirmWithin)})
	}
	lost, err := h.deps.Links.Link(ctx, faction.Linking{Link: link, Key: &key, TakeOver: proven, CorrelationID: c.Request.CorrelationID}, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	h.deps.forgetKeys(c.Link.Faction, link.Faction, lost.Faction)
	c.Actor.Player = link.Player
	c.Audit(ctx, link.Faction, "link", map[string]any{"player": link.Player, "level": int(report.Level), "faction_access": report.FactionAccess})
	return chat.Reply{Update: c.Request.MessageID != "", Message: chat.Message{
		Embeds: []chat.Embed{linkedEmbed(report, notes(lost, h.place(ctx, c, report.FactionID)))},
		Rows:   h.consentFor(ctx, c, link, fingerprint, report),
	}}, nil
}

// consentFor offers what the key that was just stored may be used for. The key is
// stored by now, so that a failure to find it is no failure of the command.
func (h *linking) consentFor(ctx context.Context, c *Call, link faction.Link, fingerprint []byte, r torn.KeyReport) []chat.Row {
	keys, err := h.deps.Links.Keys(ctx, link.Faction, link.Player)
	if err != nil {
		c.registry.log.Warn("a new key was not found again", "faction_id", link.Faction, "err", err)
		return nil
	}
	for _, k := range keys {
		if string(k.Fingerprint) == string(fingerprint) {
			return []chat.Row{consentRow(k.ID, advised(r))}
		}
	}
	return nil // removed at this very moment
}

// forgetKeys makes the pool forget the keys of factions that somebody came from or to.
func (d *Deps) forgetKeys(ids ...faction.ID) {
	for _, id := range ids {
		if id != 0 {
			d.Pool.Invalidate(id)
		}
	}
}

// place says what the player's faction means here; empty when all is well. The link
// is stored by now, so that a failure to find out is no failure of the command.
func (h *linking) place(ctx context.Context, c *Call, id faction.ID) string {
	if id == 0 {
		return "Torn shows you in no faction. When you have joined one, use `/link` again."
	}
	_, registered, err := h.deps.Factions.FactionInfo(ctx, id)
	switch {
	case err != nil:
		c.registry.log.Warn("faction not looked up after a link", "faction_id", id, "err", err)
		return ""
	case !registered && h.deps.LeadersRegister:
		return "Your faction is not set up with this bot yet. Its leader or co-leader runs `/setup` in your server."
	case !registered:
		return "Your faction is not set up with this bot yet. Its leader or co-leader runs `/setup` in your server and presses **Request access**; an operator of this bot then lets it in."
	case c.Request.GuildID != "" && !c.Serves(id):
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
		{torn.ErrAccessLevel, "This key may not even say who you are. Nothing was stored. Make one with a button above, or a Limited key, and enter it."},
		{torn.ErrNoAccess, "This key may not even say who you are. Nothing was stored. Make one with a button above, or a Limited key, and enter it."},
		{torn.ErrTooManyRequests, "You have used up the requests that Torn grants you in a minute, perhaps with another tool. Nothing was stored. Try again in a minute."},
	} {
		if errors.Is(err, known.sentinel) {
			return &faction.Error{Kind: faction.Invalid, Say: known.say, Err: known.sentinel}
		}
	}
	return fmt.Errorf("check a key: %w", err)
}

// several counts things: "1 key", "2 keys".
func several(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return faction.Count(n) + " " + what + "s"
}
