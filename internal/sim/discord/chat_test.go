package discord

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
)

// page serves the chat page of a world.
func (w *world) page(t *testing.T) *httptest.Server {
	t.Helper()
	h := httptest.NewServer(w.ChatHandler())
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
	})
	return h
}

// ask posts to the page's API and returns the status and the body.
func ask(t *testing.T, h *httptest.Server, action string, body obj) (int, map[string]any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := h.Client().Post(h.URL+"/chat/api/"+action, "application/json", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, out
}

func TestThePageMayLoadNothingFromElsewhere(t *testing.T) {
	h := newWorld(t, Config{}).page(t)
	for _, path := range []string{"/chat", "/chat/static/app.js", "/chat/static/layout.css", "/chat/static/icon.svg"} {
		resp, err := h.Client().Get(h.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 200 || resp.Header.Get("Content-Security-Policy") != chatPolicy {
			t.Errorf("%s: %d %v", path, resp.StatusCode, resp.Header)
		}
	}
	req, err := http.NewRequest("POST", h.URL+"/chat/api/say", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := h.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("another site's request was answered %d", resp.StatusCode)
	}
}

func TestThePagesStreamBringsWhatThePersonMaySee(t *testing.T) {
	w := newWorld(t, Config{})
	h := w.page(t)
	ctx, cancel := context.WithCancel(soon(t))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", h.URL+"/chat/api/events?after=0&user="+recruitID, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := h.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	secretDM := w.User(leaderID).DM().ID
	w.call(t, "POST", "channels/"+secretDM+"/messages", obj{"content": "for the leader", "allowed_mentions": obj{"parse": arr{}}})
	if status, out := ask(t, h, "say", obj{"user": leaderID, "channel": warID, "text": "<b>hello</b>"}); status != 200 {
		t.Fatalf("say: %d %v", status, out)
	}
	var got []string
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		var m chatMessage
		if !ok || json.Unmarshal([]byte(data), &m) != nil || m.Content == "" {
			continue
		}
		got = append(got, m.Content)
		break
	}
	if len(got) != 1 || got[0] != "<b>hello</b>" {
		t.Errorf("streamed %q", got)
	}
}

func TestThePagesActionsSayWhatWentWrong(t *testing.T) {
	w := newWorld(t, Config{Hints: []Hint{{"Key", "abc"}}})
	h := w.page(t)
	w.call(t, "PUT", "applications/"+w.AppID()+"/commands", arr{obj{"name": "help", "description": "d"}})
	at := obj{"user": leaderID, "guild": guildID, "channel": warID}
	for name, c := range map[string]struct {
		action string
		more   obj
		status int
	}{
		"offline":         {"slash", obj{"path": "help"}, 503},
		"unknown command": {"slash", obj{"path": "nonsense"}, 422},
		"unknown message": {"click", obj{"message": "1", "custom_id": "x"}, 422},
		"empty text":      {"say", obj{"text": " "}, 422},
		"unknown form":    {"submit", obj{"interaction": "1"}, 422},
	} {
		body := obj{}
		for k, v := range at {
			body[k] = v
		}
		for k, v := range c.more {
			body[k] = v
		}
		if status, out := ask(t, h, c.action, body); status != c.status || out["error"] == "" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	got := w.worldOf(recruitID)
	if got.Me != recruitID || len(got.Guilds) != 1 || got.Guilds[0].Commands[0].Path != "help" || len(got.Hints) != 1 || len(got.People) != 2 {
		t.Errorf("world %+v", got)
	}
	if got := w.worldOf("nobody"); got.Me != leaderID {
		t.Errorf("a stranger to the world is %s, want the first person", got.Me)
	}
}

// showBot answers the commands that the page is shown with.
func showBot(t *testing.T, w *world) *discordgo.Session {
	t.Helper()
	chart := chartPNG(t)
	return answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		var err error
		switch i.Type {
		case discordgo.InteractionApplicationCommandAutocomplete:
			err = d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionApplicationCommandAutocompleteResult,
				Data: &discordgo.InteractionResponseData{Choices: []*discordgo.ApplicationCommandOptionChoice{
					{Name: "Sonny [12]", Value: "12"}, {Name: "Santino [13]", Value: "13"}}}})
		case discordgo.InteractionApplicationCommand:
			if i.ApplicationCommandData().Name == "link" {
				err = d.InteractionRespond(i.Interaction, linkAnswer())
				break
			}
			err = scoreboard(d, i, chart)
		case discordgo.InteractionMessageComponent:
			if i.MessageComponentData().CustomID == "link:key" {
				err = d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseModal, Data: &discordgo.InteractionResponseData{
					CustomID: "key", Title: "Link your Torn key", Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
						discordgo.TextInput{CustomID: "api_key", Label: "API key", Placeholder: "16 letters and digits", Style: discordgo.TextInputShort, Required: true, MinLength: 16, MaxLength: 16}}}}}})
				break
			}
			err = d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseUpdateMessage,
				Data: &discordgo.InteractionResponseData{Content: "Sorted by " + strings.Join(i.MessageComponentData().Values, ""), Embeds: i.Message.Embeds,
					Components: i.Message.Components, AllowedMentions: none()}})
		case discordgo.InteractionModalSubmit:
			key := i.ModalSubmitData().Components[0].(*discordgo.ActionsRow).Components[0].(*discordgo.TextInput).Value
			err = d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseUpdateMessage,
				Data: &discordgo.InteractionResponseData{Content: "Linked with a key that ends in **" + key[12:] + "**.", AllowedMentions: none(),
					Components: []discordgo.MessageComponent{}}})
		}
		if err != nil {
			t.Errorf("answer: %v", err)
		}
	})
}

func linkAnswer() *discordgo.InteractionResponse {
	return &discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource, Data: &discordgo.InteractionResponseData{
		Flags: discordgo.MessageFlagsEphemeral, AllowedMentions: none(),
		Content: "**What is stored**\n- your Torn id and name\n- the key, encrypted\n\nNobody but you sees this. Keys are made at [Torn](https://www.torn.com/preferences.php).",
		Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
			discordgo.Button{Label: "Get a key", Style: discordgo.LinkButton, URL: "https://www.torn.com/preferences.php"},
			discordgo.Button{Label: "Enter key", CustomID: "link:key", Style: discordgo.SuccessButton},
			discordgo.Button{Label: "Not now", CustomID: "link:no", Style: discordgo.SecondaryButton, Disabled: true}}}}}}
}

func scoreboard(d *discordgo.Session, i *discordgo.InteractionCreate, chart []byte) error {
	err := d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource})
	if err != nil {
		return err
	}
	who := "everybody"
	if o := i.ApplicationCommandData().Options[0].GetOption("member"); o != nil {
		who = o.StringValue()
	}
	now := time.Now()
	embeds := []*discordgo.MessageEmbed{{
		Title: "The Family vs Barzini", URL: "https://www.torn.com/factions.php", Color: 0xD9A441,
		Description: "Lead **1 204** of 6 500 · " + who + " · polled " + stampText(now.Add(-8*time.Second)) +
			"\n```\n #  member          hits   score\n 1  Sonny             41  1 893.2\n 2  Michael           38  1 720.9\n 3  Tom_Hagen         22    804.1\n```",
		Fields: []*discordgo.MessageEmbedField{
			{Name: "Our score", Value: "4 418.22", Inline: true}, {Name: "Theirs", Value: "3 214.10", Inline: true},
			{Name: "Ends", Value: stampText(now.Add(5 * time.Hour)), Inline: true},
			{Name: "Chain", Value: "87 hits, next bonus at 100, watched by <@" + leaderID + "> in <#" + warID + ">"},
		},
		Image:  &discordgo.MessageEmbedImage{URL: "attachment://score.png"},
		Footer: &discordgo.MessageEmbedFooter{Text: "From Torn's attack log"},
	}}
	components := []discordgo.MessageComponent{
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.SelectMenu{CustomID: "sort", Placeholder: "Sort by…", Options: []discordgo.SelectMenuOption{
			{Label: "Score", Value: "score", Description: "Respect that counts"}, {Label: "Hits", Value: "hits"}}}}},
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{
			discordgo.Button{Label: "Refresh", CustomID: "refresh", Style: discordgo.PrimaryButton, Emoji: &discordgo.ComponentEmoji{Name: "🔄"}},
			discordgo.Button{Label: "Next page", CustomID: "next", Style: discordgo.SecondaryButton},
			discordgo.Button{Label: "Stop tracking", CustomID: "stop", Style: discordgo.DangerButton}}},
	}
	_, err = d.InteractionResponseEdit(i.Interaction, &discordgo.WebhookEdit{Embeds: &embeds, Components: &components, AllowedMentions: none(),
		Files: []*discordgo.File{{Name: "score.png", ContentType: "image/png", Reader: bytes.NewReader(chart)}}})
	return err
}

func stampText(t time.Time) string { return "<t:" + strings.TrimSpace(time10(t)) + ":R>" }

func time10(t time.Time) string { b, _ := json.Marshal(t.Unix()); return string(b) }

// chartPNG draws something that looks like two scores over time.
func chartPNG(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 600, 220))
	for x := range 600 {
		for y := range 220 {
			img.Set(x, y, color.RGBA{0x1a, 0x1d, 0x23, 0xff})
			if y%55 == 54 {
				img.Set(x, y, color.RGBA{0x33, 0x38, 0x42, 0xff})
			}
		}
		for w := range 3 {
			img.Set(x, 200-x/4-(x/37%5)*4+w, color.RGBA{0xd9, 0xa4, 0x41, 0xff})
			img.Set(x, 200-x/6-(x/29%4)*5+w, color.RGBA{0x86, 0xb7, 0xee, 0xff})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
