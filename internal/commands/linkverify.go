package commands

import (
	"context"
	"errors"
	"fmt"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// verify links without a key whoever linked their Discord account at Torn. It asks
// with a key that was lent to a faction of this server, and so links that faction's
// members only.
func (h *linking) verify(ctx context.Context, c *Call) (chat.Reply, error) {
	if c.Request.GuildID == "" {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Without a key this works only in your faction's server, because its members' lent keys ask Torn. Nothing was changed. Use it there, or enter a key.")
	}
	if len(c.Served) == 0 {
		return chat.Reply{}, errNotSetUp
	}
	if err := h.try(ctx, c); err != nil {
		return chat.Reply{}, err
	}
	v, err := h.askTorn(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	link := faction.Link{DiscordID: c.Request.UserID, Player: faction.PlayerID(v.Profile.ID), Name: v.Profile.Name}
	if v.Faction != nil {
		link.Faction = faction.ID(v.Faction.ID)
	}
	if err := h.verifiable(c, v, link.Faction); err != nil {
		return chat.Reply{}, err
	}
	lost, err := h.deps.Links.Link(ctx, faction.Linking{Link: link, TakeOver: true, CorrelationID: c.Request.CorrelationID}, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	h.deps.forgetKeys(c.Link.Faction, link.Faction, lost.Faction)
	c.Actor.Player = link.Player
	c.Audit(ctx, link.Faction, "link", map[string]any{"player": link.Player, "without_key": true})
	keys, err := h.deps.Links.Keys(ctx, link.Faction, link.Player)
	if err != nil { // the link is stored; only its wording must do without the keys
		c.registry.log.Warn("keys not looked up after a link", "faction_id", link.Faction, "err", err)
	}
	return chat.Reply{Update: c.Request.MessageID != "", Message: chat.Message{
		Embeds: []chat.Embed{verifiedEmbed(link, *v.Faction, notes(lost, ""), len(keys))}, Rows: keyRows(keys),
	}}, nil
}

// askTorn asks with a key of any of this server's factions who the caller is.
func (h *linking) askTorn(ctx context.Context, c *Call) (v torn.Verified, err error) {
	for _, id := range c.Served {
		err = h.deps.Pool.Do(ctx, id, torn.NeedVerify, func(ctx context.Context, key torn.Key) (err error) {
			v, err = h.deps.Torn.Verify(ctx, key, torn.Options{Priority: torn.Interactive}, c.Request.UserID)
			return err
		})
		if !errors.Is(err, torn.ErrNoKey) {
			break
		}
	}
	switch {
	case err == nil:
		return v, nil
	case errors.Is(err, torn.ErrNotFound):
		return v, faction.Errorf(faction.NotFound, "Torn knows no player who linked your Discord account. Nothing was changed. Link it at Torn (join Torn's Discord server, %s), "+
			"or enter a key, which works at once.", tornDiscordURL)
	case errors.Is(err, torn.ErrNoKey):
		return v, &faction.Error{Kind: faction.Unavailable, Err: err,
			Say: "No member of this server's faction has lent a key that works, so I cannot ask Torn who you are. Nothing was changed. Enter a key instead."}
	default:
		return v, fmt.Errorf("verify a Discord user: %w", err)
	}
}

// tornDiscordURL is where a player links their Discord account to Torn.
const tornDiscordURL = "<https://www.torn.com/discord>"

// verifiable refuses what does not prove a member of a faction of this server.
func (h *linking) verifiable(c *Call, v torn.Verified, id faction.ID) error {
	who := fmt.Sprintf("%s [%d]", say.Name(v.Profile.Name), v.Profile.ID)
	switch {
	case string(v.Discord.DiscordID) != c.Request.UserID || v.Discord.UserID != v.Profile.ID:
		return faction.Errorf(faction.NotFound, "Torn does not name your Discord account. Nothing was changed. Enter a key instead.")
	case c.Linked() && int64(c.Link.Player) != v.Profile.ID:
		return faction.Errorf(faction.Conflict, "Torn says that you are %s, but your Discord account is linked to another player here. Nothing was changed. Use `/unlink` first, then `/link` again.", who)
	case id == 0:
		return faction.Errorf(faction.Denied, "Torn says that you are %s, in no faction. Nothing was changed. Without a key only members of this server's faction are linked; come back when you have joined, or enter a key.", who)
	case !c.Serves(id):
		return faction.Errorf(faction.Denied, "Torn says that you are %s of %s [%d], which is not served here. Nothing was changed. Use this in your own faction's server, or enter a key.", who, say.Name(v.Faction.Name), id)
	default:
		return nil
	}
}
