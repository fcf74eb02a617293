package discord

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
)

// reply answers an interaction with a message.
func replyWith(t *testing.T, d *discordgo.Session, i *discordgo.InteractionCreate, kind discordgo.InteractionResponseType, data *discordgo.InteractionResponseData) {
	t.Helper()
	if data != nil {
		data.AllowedMentions = none()
	}
	if err := d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: kind, Data: data}); err != nil {
		t.Errorf("respond: %v", err)
	}
}

func rowOf(list ...discordgo.MessageComponent) discordgo.MessageComponent {
	return discordgo.ActionsRow{Components: list}
}

func TestPickersSendIdsWithWhatTheyStandFor(t *testing.T) {
	w := newWorld(t, Config{})
	got := make(chan discordgo.MessageComponentInteractionData, 4)
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		if i.Type == discordgo.InteractionMessageComponent {
			got <- i.MessageComponentData()
			replyWith(t, d, i, discordgo.InteractionResponseUpdateMessage, &discordgo.InteractionResponseData{Content: "thanks", Components: i.Message.Components})
			return
		}
		two := 2
		replyWith(t, d, i, discordgo.InteractionResponseChannelMessageWithSource, &discordgo.InteractionResponseData{Components: []discordgo.MessageComponent{
			rowOf(discordgo.SelectMenu{MenuType: discordgo.ChannelSelectMenu, CustomID: "channel", ChannelTypes: []discordgo.ChannelType{discordgo.ChannelTypeGuildText}}),
			rowOf(discordgo.SelectMenu{MenuType: discordgo.RoleSelectMenu, CustomID: "role"}),
			rowOf(discordgo.SelectMenu{MenuType: discordgo.UserSelectMenu, CustomID: "user", MinValues: &two, MaxValues: 2}),
		}})
	})
	u := w.User(leaderID)
	m := must[*Response](t)(u.Slash(soon(t), guildID, warID, "link", nil)).Message
	pick := func(id string, values ...string) discordgo.MessageComponentInteractionData {
		t.Helper()
		if _, err := u.Select(soon(t), *m, id, values...); err != nil {
			t.Fatal(err)
		}
		return <-got
	}
	if d := pick("channel", "#staff"); d.Values[0] != staffID || d.Resolved.Channels[staffID].Name != "staff" {
		t.Errorf("channel: %+v", d)
	}
	if d := pick("role", "Officers"); d.Resolved.Roles[d.Values[0]].Name != "Officers" {
		t.Errorf("role: %+v", d)
	}
	if d := pick("user", "@Vito", recruitID); len(d.Values) != 2 || d.Resolved.Users[recruitID].GlobalName != "Fredo" || d.Resolved.Members[leaderID] == nil {
		t.Errorf("users: %+v", d)
	}
	for name, values := range map[string][]string{"too few": {leaderID}, "the same twice": {leaderID, "@Vito"}, "nobody": {leaderID, "1"}} {
		if _, err := u.Select(soon(t), *m, "user", values...); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADeferredUpdateEndsWithTheEditOfItsMessage(t *testing.T) {
	w := newWorld(t, Config{})
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		if i.Type == discordgo.InteractionApplicationCommand {
			replyWith(t, d, i, discordgo.InteractionResponseChannelMessageWithSource, &discordgo.InteractionResponseData{Content: "page 1",
				Components: []discordgo.MessageComponent{rowOf(discordgo.Button{CustomID: "next", Label: "Next"})}})
			return
		}
		replyWith(t, d, i, discordgo.InteractionResponseDeferredMessageUpdate, nil)
		text := "page 2"
		if _, err := d.InteractionResponseEdit(i.Interaction, &discordgo.WebhookEdit{Content: &text, AllowedMentions: none()}); err != nil {
			t.Errorf("edit: %v", err)
		}
	})
	u := w.User(leaderID)
	first := must[*Response](t)(u.Slash(soon(t), guildID, warID, "link", nil))
	next := must[*Response](t)(u.Click(soon(t), *first.Message, "next"))
	if !next.Updated || !next.Deferred || next.Message.Content != "page 2" || next.Message.ID != first.Message.ID {
		t.Errorf("response %+v", next)
	}
	w.DeleteMessage(first.Message.ID)
	if _, err := u.Click(soon(t), *first.Message, "next"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a button of a message that is gone: %v", err)
	}
}

func TestWhetherAnAnswerIsEphemeralIsChosenWhenItIsDeferred(t *testing.T) {
	w := newWorld(t, Config{})
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		replyWith(t, d, i, discordgo.InteractionResponseDeferredChannelMessageWithSource, nil)
		// The first follow-up fills the deferral, and its flag comes too late.
		_, err := d.FollowupMessageCreate(i.Interaction, true, &discordgo.WebhookParams{Content: "secret", Flags: discordgo.MessageFlagsEphemeral, AllowedMentions: none()})
		if err != nil {
			t.Errorf("follow up: %v", err)
		}
	})
	r := must[*Response](t)(w.User(leaderID).Slash(soon(t), guildID, warID, "link", nil))
	if r.Ephemeral || len(w.Messages(warID)) != 1 || r.Message.Content != "secret" || len(r.Followups) != 0 {
		t.Errorf("response %+v", r)
	}
}

func TestAnInteractionsTokenEndsAndIsLimited(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{TokenLife: 400 * time.Millisecond, Interaction: Rate{3, 250 * time.Millisecond}}})
	result := make(chan error, 10)
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		replyWith(t, d, i, discordgo.InteractionResponseChannelMessageWithSource, &discordgo.InteractionResponseData{Content: "0"})
		edit := func() error {
			path := discordgo.EndpointWebhookMessage(i.AppID, i.Token, "@original")
			_, err := d.RequestWithBucketID("PATCH", path, obj{"content": "1", "allowed_mentions": obj{"parse": arr{}}}, time.Now().String())
			return err
		}
		for range 4 {
			result <- edit()
		}
		time.Sleep(450 * time.Millisecond) // the token's life is wall-clock time
		result <- edit()
	})
	if _, err := w.User(leaderID).Slash(soon(t), guildID, warID, "link", nil); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if err := <-result; err != nil {
			t.Errorf("edit %d: %v", n, err)
		}
	}
	var limited *discordgo.RateLimitError
	if err := <-result; !errors.As(err, &limited) {
		t.Errorf("fourth edit: %v", err)
	}
	wantCode(t, <-result, 50027)
}

func TestComponentsV2ComeWithTheEditOfADeferralAndStay(t *testing.T) {
	w := newWorld(t, Config{})
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		replyWith(t, d, i, discordgo.InteractionResponseDeferredChannelMessageWithSource, nil)
		path := discordgo.EndpointWebhookMessage(i.AppID, i.Token, "@original")
		_, err := d.Request("PATCH", path, obj{"flags": flagComponentsV2, "allowed_mentions": obj{"parse": arr{}},
			"components": arr{obj{"type": 17, "accent_color": 1, "components": arr{obj{"type": 10, "content": "# War"}}}}})
		if err != nil {
			t.Errorf("edit: %v", err)
		}
		_, err = d.Request("PATCH", path, obj{"flags": 0, "content": "back", "components": arr{}})
		wantCode(t, err, 50035)
	})
	r := must[*Response](t)(w.User(leaderID).Slash(soon(t), guildID, warID, "link", nil))
	if r.Message.Flags&flagComponentsV2 == 0 || !strings.Contains(r.Text(), "# War") {
		t.Errorf("message %+v", r.Message)
	}
}

func TestACommandInADirectMessageCarriesTheUserAndNoGuild(t *testing.T) {
	w := newWorld(t, Config{})
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		if i.Member != nil || i.User == nil || i.User.ID != recruitID || i.GuildID != "" || i.Context != discordgo.InteractionContextBotDM {
			t.Errorf("interaction %+v", i.Interaction)
		}
		replyWith(t, d, i, discordgo.InteractionResponseChannelMessageWithSource, &discordgo.InteractionResponseData{Content: "hello"})
	})
	w.call(t, "POST", "applications/"+w.AppID()+"/commands", obj{"name": "help", "description": "d"})
	u := w.User(recruitID)
	r := must[*Response](t)(u.Slash(soon(t), "", u.DM().ID, "help", nil))
	if r.Message.Content != "hello" || r.Message.GuildID != "" {
		t.Errorf("message %+v", r.Message)
	}
	if _, err := u.Slash(soon(t), "", u.DM().ID, "link", nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("a command of a guild in a direct message: %v", err)
	}
	if _, err := u.Slash(soon(t), "", w.User(leaderID).DM().ID, "help", nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("in somebody else's direct messages: %v", err)
	}
}

func TestACommandIsHiddenFromThoseWhoLackItsPermission(t *testing.T) {
	w := newWorld(t, Config{})
	w.call(t, "POST", "applications/"+w.AppID()+"/commands", obj{"name": "setup", "description": "d", "default_member_permissions": "32"})
	if _, err := w.User(recruitID).Slash(soon(t), guildID, warID, "setup", nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("a recruit: %v", err)
	}
	if _, err := w.User(leaderID).Slash(soon(t), guildID, warID, "setup", nil); !errors.Is(err, ErrOffline) {
		t.Errorf("the leader: %v", err)
	}
}

func TestAFormOrASuggestionThatBreaksALimitIsRefused(t *testing.T) {
	w := newWorld(t, Config{})
	input := func(id string, more obj) obj {
		o := obj{"type": 4, "custom_id": id, "label": "L", "style": 1}
		for k, v := range more {
			o[k] = v
		}
		return row(o)
	}
	modal := func(title string, rows ...any) obj {
		return obj{"type": 9, "data": obj{"custom_id": "m", "title": title, "components": rows}}
	}
	var choices arr
	for range 26 {
		choices = append(choices, obj{"name": "n", "value": "v"})
	}
	for name, c := range map[string]struct {
		kind int
		body obj
		at   string
	}{
		"title of 46":            {kindCommand, modal(strings.Repeat("t", 46), input("a", nil)), "data.title"},
		"six inputs":             {kindCommand, modal("t", input("a", nil), input("b", nil), input("c", nil), input("d", nil), input("e", nil), input("f", nil)), "data.components"},
		"one id twice":           {kindCommand, modal("t", input("a", nil), input("a", nil)), "data.components.1.components.0.custom_id"},
		"label of 46":            {kindCommand, modal("t", input("a", obj{"label": strings.Repeat("l", 46)})), "data.components.0.components.0.label"},
		"value that is too long": {kindCommand, modal("t", input("a", obj{"max_length": 2, "value": "abc"})), "data.components.0.components.0.value"},
		"a button in a form":     {kindCommand, modal("t", row(button("b"))), "data.components.0"},
		"a form after a form":    {kindModal, modal("t", input("a", nil)), "type"},
		"an update of nothing":   {kindCommand, obj{"type": 7, "data": obj{"content": "x"}}, "type"},
		"26 suggestions":         {kindAutocomplete, obj{"type": 8, "data": obj{"choices": choices}}, "data.choices"},
		"a nameless suggestion":  {kindAutocomplete, obj{"type": 8, "data": obj{"choices": arr{obj{"name": "", "value": "v"}}}}, "data.choices.0.name"},
		"a message to suggest":   {kindAutocomplete, obj{"type": 4, "data": obj{"content": "x"}}, "type"},
	} {
		in := &interaction{kind: c.kind, userID: leaderID, guildID: guildID, channelID: warID}
		w.mu.Lock()
		_ = w.begin(in, obj{}) // nobody is connected; only the answer matters here
		w.mu.Unlock()
		a := w.call(t, "POST", "interactions/"+in.id+"/"+in.token+"/callback", c.body)
		if a.code() != 50035 || a.errorsAt(c.at) == "" {
			t.Errorf("%s: got %d %s, want an error at %s", name, a.status, a.text, c.at)
		}
	}
}

func TestAFileCanBeTheValueOfAnOption(t *testing.T) {
	w := newWorld(t, Config{})
	w.call(t, "PUT", "applications/"+w.AppID()+"/commands", arr{obj{"name": "policy", "description": "d",
		"options": arr{obj{"type": 11, "name": "file", "description": "d", "required": true}}}})
	d := w.bot(t)
	on(t, d, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		data := i.ApplicationCommandData()
		a := data.Resolved.Attachments[data.Options[0].Value.(string)]
		resp, err := d.Client.Get(a.URL)
		if err != nil {
			t.Errorf("download: %v", err)
			return
		}
		_ = resp.Body.Close()
		replyWith(t, d, i, discordgo.InteractionResponseChannelMessageWithSource, &discordgo.InteractionResponseData{Content: a.Filename + " " + resp.Status})
	})
	u := w.User(leaderID)
	r := must[*Response](t)(u.Slash(soon(t), guildID, warID, "policy", map[string]any{"file": Upload{Name: "p.yaml", Data: []byte("a: 1")}}))
	if r.Message.Content != "p.yaml 200 OK" {
		t.Errorf("answer %q", r.Message.Content)
	}
	if got := u.Messages(warID); len(got) != 1 {
		t.Errorf("the file made %d messages", len(got))
	}
}
