package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"consigliere/internal/chat"
)

// Webhook is the address of a channel's webhook: whoever holds the token may post.
type Webhook struct{ ID, Token string }

var webhookPath = regexp.MustCompile(`^/api(?:/v\d+)?/webhooks/(\d{15,20})/([A-Za-z0-9_-]{20,100})/?$`)

// ofDiscord tells whether a host is one under which Discord shows webhooks' addresses.
func ofDiscord(host string) bool {
	switch host {
	case "discord.com", "canary.discord.com", "ptb.discord.com", "discordapp.com":
		return true
	default:
		return false
	}
}

// ParseWebhook reads a webhook's URL as Discord shows it to copy. Only Discord's own
// addresses are taken, and that of apiBase: messages go nowhere else. The error never
// repeats the text, which holds a secret.
func ParseWebhook(text, apiBase string) (Webhook, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return Webhook{}, fmt.Errorf("%w: not a webhook's address", ErrInvalid)
	}
	ours, path := u.Scheme == "https" && ofDiscord(u.Host), u.Path
	if base, err := url.Parse(apiBase); err == nil && u.Host == base.Host && u.Scheme == base.Scheme {
		ours, path = true, strings.TrimPrefix(path, strings.TrimRight(base.Path, "/"))
	}
	m := webhookPath.FindStringSubmatch(path)
	if !ours || m == nil {
		return Webhook{}, fmt.Errorf("%w: not a webhook's address", ErrInvalid)
	}
	return Webhook{ID: m[1], Token: m[2]}, nil
}

const (
	webhookRoute        = "/webhooks/{webhook}/{token}"
	webhookMessageRoute = "/webhooks/{webhook}/{token}/messages/{message}"
)

// PostWebhook posts a message through a webhook. A webhook knows no nonce: a lost answer
// is ErrUnknownOutcome, and posting again may say it twice. A webhook that was deleted,
// or whose token is wrong, is ErrGone.
func (s *Session) PostWebhook(ctx context.Context, w Webhook, m chat.Message) (messageID string, err error) {
	if err := Validate(m); err != nil {
		return "", fmt.Errorf("message to webhook %s: %w", w.ID, err)
	}
	c := newCall(http.MethodPost, webhookRoute, w.ID, w.Token)
	c.path += "?wait=true"
	var sent struct {
		ID string `json:"id"`
	}
	if err := s.sendFiles(ctx, c, newMessage(m, false), m.Files, &sent); err != nil {
		return "", fmt.Errorf("message to webhook %s: %w", w.ID, webhookGone(err))
	}
	return sent.ID, nil
}

// EditWebhook replaces a message that was posted through a webhook.
func (s *Session) EditWebhook(ctx context.Context, w Webhook, messageID string, m chat.Message) error {
	if err := validateEdit(m); err != nil {
		return fmt.Errorf("edit message %s of webhook %s: %w", messageID, w.ID, err)
	}
	if err := checkIDs(messageID); err != nil {
		return err
	}
	c := newCall(http.MethodPatch, webhookMessageRoute, w.ID, w.Token, messageID)
	if err := s.sendFiles(ctx, c, editedMessage(m), m.Files, nil); err != nil {
		return fmt.Errorf("edit message %s of webhook %s: %w", messageID, w.ID, webhookGone(err))
	}
	return nil
}

// CheckWebhook asks whether a webhook exists, which says nothing in its channel, and in
// which server it is.
func (s *Session) CheckWebhook(ctx context.Context, w Webhook) (guildID string, err error) {
	var found struct {
		GuildID string `json:"guild_id"`
	}
	if err := s.send(ctx, newCall(http.MethodGet, webhookRoute, w.ID, w.Token), nil, &found); err != nil {
		return "", fmt.Errorf("look at webhook %s: %w", w.ID, webhookGone(err))
	}
	return found.GuildID, nil
}

// webhookGone tells a wrong token (401, code 50027) from the bot's own being refused.
func webhookGone(err error) error {
	if e := asError(err); e != nil && errors.Is(e.Kind, ErrUnauthorized) {
		e.Kind = ErrGone
	}
	return err
}
