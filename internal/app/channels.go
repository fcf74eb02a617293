package app

import (
	"context"
	"errors"
	"fmt"

	"consigliere/internal/chat"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
)

// channels tells commands what the bot may do in a server's channels.
type channels struct{ session *discord.Session }

// CanPost is nil when the channel is the server's and the bot may write there.
func (c *channels) CanPost(ctx context.Context, guildID, channelID string) error {
	ch, err := c.session.Channel(ctx, channelID)
	if err == nil && ch.GuildID != guildID {
		return faction.Errorf(faction.Invalid, "That channel is not in this server. Nothing was changed. Pick one of this server's channels.")
	}
	if err == nil {
		err = c.session.Typing(ctx, channelID)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, discord.ErrForbidden):
		return &faction.Error{Kind: faction.Denied, Err: err,
			Say: "The bot may not write in that channel. Nothing was changed. Give it View Channel, Send Messages, Embed Links and Attach Files there, then pick it again."}
	case errors.Is(err, discord.ErrGone):
		return &faction.Error{Kind: faction.NotFound, Err: err, Say: "That channel does not exist any more. Nothing was changed. Pick another one."}
	case errors.Is(err, discord.ErrInvalid):
		return &faction.Error{Kind: faction.Invalid, Err: err, Say: "The bot cannot write in that kind of channel. Nothing was changed. Pick a text channel."}
	default:
		return &faction.Error{Kind: faction.Unavailable, Err: fmt.Errorf("look at channel %s: %w", channelID, err),
			Say: "Discord did not answer. Nothing was changed; try again in a minute."}
	}
}

// DM sends a message to one user.
func (c *channels) DM(ctx context.Context, userID string, m chat.Message, nonce string) (messageID string, err error) {
	return c.session.DM(ctx, userID, m, nonce)
}

// Delete removes one of the bot's messages; one that is gone already is no failure.
func (c *channels) Delete(ctx context.Context, channelID, messageID string) error {
	if err := c.session.Delete(ctx, channelID, messageID); err != nil && !errors.Is(err, discord.ErrGone) {
		return err
	}
	return nil
}
