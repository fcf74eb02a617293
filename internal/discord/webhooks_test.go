package discord_test

import (
	"errors"
	"strings"
	"testing"

	"consigliere/internal/chat"
	"consigliere/internal/discord"
	sim "consigliere/internal/sim/discord"
)

func TestOnlyDiscordsOwnAddressesAreWebhooks(t *testing.T) {
	const good = "/api/webhooks/123456789012345678/AbC-dEf_0123456789012345"
	for _, tc := range []struct {
		text, base string
		want       bool
	}{
		{"https://discord.com" + good, "https://discord.com", true},
		{" https://canary.discord.com/api/v10/webhooks/123456789012345678/AbC-dEf_0123456789012345 ", "https://discord.com", true},
		{"https://discordapp.com" + good, "https://discord.com", true},
		{"http://127.0.0.1:9" + good, "http://127.0.0.1:9", true},
		{"http://127.0.0.1:9/proxy" + good, "http://127.0.0.1:9/proxy", true},
		{"http://127.0.0.1:8" + good, "http://127.0.0.1:9", false},
		{"http://discord.com" + good, "https://discord.com", false},
		{"https://discord.com.evil.example" + good, "https://discord.com", false},
		{"https://evil.example" + good, "https://discord.com", false},
		{"https://user:pw@discord.com" + good, "https://discord.com", false},
		{"https://discord.com" + good + "?wait=true", "https://discord.com", false},
		{"https://discord.com" + good + "/../../users/@me", "https://discord.com", false},
		{"https://discord.com/api/webhooks/123456789012345678", "https://discord.com", false},
		{"https://discord.com/api/webhooks/12/AbC-dEf_0123456789012345", "https://discord.com", false},
		{"", "https://discord.com", false},
	} {
		w, err := discord.ParseWebhook(tc.text, tc.base)
		if (err == nil) != tc.want || tc.want && (w.ID != "123456789012345678" || w.Token != "AbC-dEf_0123456789012345") {
			t.Errorf("%q with base %q gives %+v (%v), want taken %t", tc.text, tc.base, w, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "AbC-dEf") {
			t.Errorf("the error repeats the address: %v", err)
		}
	}
}

// hookOf makes a webhook in the stand-in.
func hookOf(t *testing.T, b *bot) discord.Webhook {
	t.Helper()
	const base = "https://discord.com"
	w, err := discord.ParseWebhook(base+b.sim.AddWebhook(channelID, "alerts"), base)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestAWebhookPostsEditsAndIsGoneWhenDeleted(t *testing.T) {
	b := newBot(t, setup{unstarted: true})
	w := hookOf(t, b)
	ctx := t.Context()
	if guild, err := b.CheckWebhook(ctx, w); err != nil || guild != guildID {
		t.Errorf("it is in server %q (%v), want %q", guild, err, guildID)
	}
	id, err := b.PostWebhook(ctx, w, chat.Message{Content: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.EditWebhook(ctx, w, id, chat.Message{Content: "good-bye"}); err != nil {
		t.Fatal(err)
	}
	if m, ok := b.sim.Message(id); !ok || m.Content != "good-bye" {
		t.Errorf("the message is %+v", m)
	}
	wrong := discord.Webhook{ID: w.ID, Token: strings.Repeat("x", 30)}
	if _, err := b.PostWebhook(ctx, wrong, chat.Message{Content: "x"}); !errors.Is(err, discord.ErrGone) || strings.Contains(err.Error(), wrong.Token) {
		t.Errorf("a wrong token gives %v, want gone, without the token", err)
	}
	b.sim.DeleteWebhook(w.ID)
	if _, err := b.PostWebhook(ctx, w, chat.Message{Content: "x"}); !errors.Is(err, discord.ErrGone) {
		t.Errorf("a deleted webhook gives %v, want gone", err)
	}
}

func TestALostAnswerOfAWebhookIsUnknownAndNotRepeated(t *testing.T) {
	b := newBot(t, setup{unstarted: true})
	w := hookOf(t, b)
	b.sim.Fault(sim.Fault{Kind: sim.LoseAnswer, Method: "POST", Path: "webhooks/*/*"})
	if _, err := b.PostWebhook(t.Context(), w, chat.Message{Content: "once"}); !errors.Is(err, discord.ErrUnknownOutcome) {
		t.Errorf("a lost answer gives %v, want unknown", err)
	}
	if n := len(b.sim.Messages(channelID)); n != 1 {
		t.Errorf("%d messages, want the one", n)
	}
}
