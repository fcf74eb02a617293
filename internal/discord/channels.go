package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
)

const (
	messagesRoute = "/channels/{channel}/messages"
	messageRoute  = "/channels/{channel}/messages/{message}"
)

// Send posts a message. With a nonce (at most 25 characters, the same for each
// attempt at the same message) it is repeated safely: for some minutes Discord
// gives back the message it already has. Without one a lost answer is
// ErrUnknownOutcome.
func (s *Session) Send(ctx context.Context, channelID string, m chat.Message, nonce string) (messageID string, err error) {
	if err := Validate(m); err != nil {
		return "", fmt.Errorf("message to channel %s: %w", channelID, err)
	}
	if length(nonce) > maxNonce {
		return "", fmt.Errorf("message to channel %s: %w: nonce of more than %d characters", channelID, ErrInvalid, maxNonce)
	}
	if err := checkIDs(channelID); err != nil {
		return "", err
	}
	body := newMessage(m, false)
	c := newCall(http.MethodPost, messagesRoute, channelID)
	if nonce != "" {
		body.Nonce, body.EnforceNonce = nonce, true
		c.repeatable = true
	}
	var sent struct {
		ID string `json:"id"`
	}
	if err := s.sendFiles(ctx, c, body, m.Files, &sent); err != nil {
		return "", fmt.Errorf("message to channel %s: %w", channelID, err)
	}
	return sent.ID, nil
}

// Edit replaces one of the bot's messages as a whole. Its old attachments go,
// unless m has no files and an embed still shows one of the old ones.
func (s *Session) Edit(ctx context.Context, channelID, messageID string, m chat.Message) error {
	if err := validateEdit(m); err != nil {
		return fmt.Errorf("edit message %s in channel %s: %w", messageID, channelID, err)
	}
	if err := checkIDs(channelID, messageID); err != nil {
		return err
	}
	c := newCall(http.MethodPatch, messageRoute, channelID, messageID)
	if err := s.sendFiles(ctx, c, editedMessage(m), m.Files, nil); err != nil {
		return fmt.Errorf("edit message %s in channel %s: %w", messageID, channelID, err)
	}
	return nil
}

// Delete removes a message. One that is gone already is ErrGone.
func (s *Session) Delete(ctx context.Context, channelID, messageID string) error {
	if err := checkIDs(channelID, messageID); err != nil {
		return err
	}
	if err := s.send(ctx, newCall(http.MethodDelete, messageRoute, channelID, messageID), nil, nil); err != nil {
		return fmt.Errorf("delete message %s in channel %s: %w", messageID, channelID, err)
	}
	return nil
}

// DM posts a message to a user. Somebody who takes no messages from the bot is
// ErrForbidden. For the nonce see Send.
func (s *Session) DM(ctx context.Context, userID string, m chat.Message, nonce string) (messageID string, err error) {
	channel, err := s.openDM(ctx, userID)
	if err != nil {
		return "", err
	}
	return s.Send(ctx, channel, m, nonce)
}

// EditDM is Edit in the direct messages with a user.
func (s *Session) EditDM(ctx context.Context, userID, messageID string, m chat.Message) error {
	channel, err := s.openDM(ctx, userID)
	if err != nil {
		return err
	}
	return s.Edit(ctx, channel, messageID, m)
}

// FindOwnDM is FindOwn in the direct messages with a user.
func (s *Session) FindOwnDM(ctx context.Context, userID, marker string, since time.Time) (messageID string, found bool, err error) {
	channel, err := s.openDM(ctx, userID)
	if err != nil {
		return "", false, err
	}
	return s.FindOwn(ctx, channel, marker, since)
}

// openDM gives the channel that the bot and a user share; asking for it says nothing.
func (s *Session) openDM(ctx context.Context, userID string) (channelID string, err error) {
	if err := checkIDs(userID); err != nil {
		return "", err
	}
	var channel struct {
		ID string `json:"id"`
	}
	c := newCall(http.MethodPost, "/users/@me/channels")
	c.repeatable = true // there is one channel for two people, however often it is asked for
	body := struct {
		RecipientID string `json:"recipient_id"`
	}{userID}
	if err := s.send(ctx, c, body, &channel); err != nil {
		// Nothing was said yet, so nothing is in doubt.
		if e := asError(err); e != nil && errors.Is(e.Kind, ErrUnknownOutcome) {
			e.Kind = ErrTransient
		}
		return "", fmt.Errorf("open direct messages with user %s: %w", userID, err)
	}
	return channel.ID, nil
}

const (
	pageOfMessages = 100
	maxPages       = 5
)

// FindOwn looks for a message of the bot's own, not older than since, whose text
// or an embed's footer contains marker. It looks through the channel's last 500
// messages at most, newest first.
func (s *Session) FindOwn(ctx context.Context, channelID, marker string, since time.Time) (messageID string, found bool, err error) {
	if err := checkIDs(channelID); err != nil {
		return "", false, err
	}
	if marker == "" {
		return "", false, fmt.Errorf("find own message in channel %s: %w: no marker", channelID, ErrInvalid)
	}
	own, err := s.self(ctx)
	if err != nil {
		return "", false, err
	}
	before := ""
	for range maxPages {
		var page []foundMessage
		c := newCall(http.MethodGet, messagesRoute, channelID)
		c.path += "?limit=" + strconv.Itoa(pageOfMessages)
		if before != "" {
			c.path += "&before=" + before
		}
		if err := s.send(ctx, c, nil, &page); err != nil {
			return "", false, fmt.Errorf("find own message in channel %s: %w", channelID, err)
		}
		for _, m := range page {
			if m.Timestamp.Before(since) {
				return "", false, nil
			}
			if m.Author.ID == own && m.contains(marker) {
				return m.ID, true, nil
			}
			before = m.ID
		}
		if len(page) < pageOfMessages {
			return "", false, nil
		}
	}
	return "", false, nil
}

type foundMessage struct {
	ID        string    `json:"id"`
	Content   string    `json:"content"`
	Timestamp time.Time `json:"timestamp"`
	Author    user      `json:"author"`
	Embeds    []struct {
		Footer footerBody `json:"footer"`
	} `json:"embeds"`
}

func (m foundMessage) contains(marker string) bool {
	if strings.Contains(m.Content, marker) {
		return true
	}
	for _, e := range m.Embeds {
		if strings.Contains(e.Footer.Text, marker) {
			return true
		}
	}
	return false
}

// Channel is where messages go.
type Channel struct {
	ID      string `json:"id"`
	GuildID string `json:"guild_id"` // empty for direct messages
	Name    string `json:"name"`
	Type    int    `json:"type"` // Discord's number: 0 text, 5 announcements, 2 voice, 4 category
}

// Channel reads one channel; ErrGone and ErrForbidden tell why the bot cannot.
func (s *Session) Channel(ctx context.Context, channelID string) (Channel, error) {
	if err := checkIDs(channelID); err != nil {
		return Channel{}, err
	}
	var ch Channel
	if err := s.send(ctx, newCall(http.MethodGet, "/channels/{channel}", channelID), nil, &ch); err != nil {
		return Channel{}, fmt.Errorf("read channel %s: %w", channelID, err)
	}
	return ch, nil
}

// GuildChannels lists a server's channels.
func (s *Session) GuildChannels(ctx context.Context, guildID string) ([]Channel, error) {
	if err := checkIDs(guildID); err != nil {
		return nil, err
	}
	var list []Channel
	if err := s.send(ctx, newCall(http.MethodGet, "/guilds/{guild}/channels", guildID), nil, &list); err != nil {
		return nil, fmt.Errorf("read channels of guild %s: %w", guildID, err)
	}
	for i := range list {
		list[i].GuildID = guildID // lists leave it out
	}
	return list, nil
}

// Role is a group of a server's members. The role with the server's own id is
// @everyone.
type Role struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Position int    `json:"position"`
	Managed  bool   `json:"managed"` // belongs to a bot or an integration
}

// Roles lists a server's roles.
func (s *Session) Roles(ctx context.Context, guildID string) ([]Role, error) {
	if err := checkIDs(guildID); err != nil {
		return nil, err
	}
	var list []Role
	if err := s.send(ctx, newCall(http.MethodGet, "/guilds/{guild}/roles", guildID), nil, &list); err != nil {
		return nil, fmt.Errorf("read roles of guild %s: %w", guildID, err)
	}
	return list, nil
}

// checkIDs refuses what cannot be a snowflake: an empty one would address the
// list instead of the thing.
func checkIDs(ids ...string) error {
	for _, id := range ids {
		if _, err := strconv.ParseUint(id, 10, 64); err != nil {
			return fmt.Errorf("%w: %q is no Discord id", ErrInvalid, id)
		}
	}
	return nil
}
