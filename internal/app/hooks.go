package app

import (
	"context"
	"fmt"
	"strconv"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/config"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/notify"
	"consigliere/internal/vault"
)

// hooks joins the vault, which opens a webhook's token, and the session, which posts
// with it.
type hooks struct {
	session *discord.Session
	vault   *vault.Vault
	redact  *config.Redactor
	apiBase string
}

func (a *App) hooks() *hooks {
	return &hooks{session: a.discord, vault: a.keys.vault, redact: a.keys.redact, apiBase: a.cfg.Discord.APIBase}
}

// hookContext binds a webhook's token to the faction and the webhook.
func hookContext(id faction.ID, webhookID string) (string, error) {
	n, err := strconv.ParseInt(webhookID, 10, 64)
	if err != nil {
		return "", fmt.Errorf("%q is no webhook's id: %w", webhookID, err)
	}
	return vault.Context("alert_rules", id, n), nil
}

// Seal reads a webhook's URL, makes sure that the webhook exists in a server, and
// encrypts its token. The URL is not kept.
func (h *hooks) Seal(ctx context.Context, id faction.ID, guildID, text string) (webhookID string, sealed []byte, err error) {
	w, err := discord.ParseWebhook(text, h.apiBase)
	if err != nil {
		return "", nil, &faction.Error{Kind: faction.Invalid, Err: err,
			Say: "That is not the address of a Discord webhook. Nothing was changed. Copy it in Discord: channel settings, Integrations, Webhooks, Copy Webhook URL."}
	}
	h.redact.Add(w.Token)
	guild, err := h.session.CheckWebhook(ctx, w)
	switch fault, _ := faultOf(err); {
	case err == nil && guild != guildID:
		return "", nil, faction.Errorf(faction.Invalid, "That webhook belongs to another server. Nothing was changed. Make one in this server's channel settings.")
	case err == nil:
	case fault == notify.Gone:
		return "", nil, &faction.Error{Kind: faction.NotFound, Err: err, Say: "Discord knows no such webhook any more. Nothing was changed. Make a new one and copy its URL."}
	default:
		return "", nil, &faction.Error{Kind: faction.Unavailable, Err: err, Say: "Discord did not answer. Nothing was changed; try again in a minute."}
	}
	place, err := hookContext(id, w.ID)
	if err == nil {
		sealed, err = h.vault.Seal([]byte(w.Token), place)
	}
	if err != nil {
		return "", nil, fmt.Errorf("encrypt webhook %s: %w", w.ID, err)
	}
	return w.ID, sealed, nil
}

func (h *hooks) open(id faction.ID, r alert.Rule) (discord.Webhook, error) {
	place, err := hookContext(id, r.WebhookID)
	if err != nil {
		return discord.Webhook{}, err
	}
	token, err := h.vault.Unseal(r.Sealed, place)
	if err != nil {
		return discord.Webhook{}, fmt.Errorf("open webhook %s of faction %d: %w", r.WebhookID, id, err)
	}
	h.redact.Add(string(token))
	return discord.Webhook{ID: r.WebhookID, Token: string(token)}, nil
}

// PostWebhook posts through a rule's webhook.
func (h *hooks) PostWebhook(ctx context.Context, id faction.ID, r alert.Rule, m chat.Message) (messageID string, err error) {
	w, err := h.open(id, r)
	if err != nil {
		return "", err
	}
	return h.session.PostWebhook(ctx, w, m)
}

// EditWebhook edits what was posted through a rule's webhook.
func (h *hooks) EditWebhook(ctx context.Context, id faction.ID, r alert.Rule, messageID string, m chat.Message) error {
	w, err := h.open(id, r)
	if err != nil {
		return err
	}
	return h.session.EditWebhook(ctx, w, messageID, m)
}
