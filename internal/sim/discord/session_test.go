package discord

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
)

func warCommand() []*discordgo.ApplicationCommand {
	return []*discordgo.ApplicationCommand{{
		Name: "war", Description: "The war",
		Options: []*discordgo.ApplicationCommandOption{
			{Type: discordgo.ApplicationCommandOptionSubCommand, Name: "scoreboard", Description: "Who hit what",
				Options: []*discordgo.ApplicationCommandOption{
					{Type: discordgo.ApplicationCommandOptionString, Name: "member", Description: "Who", Autocomplete: true},
					{Type: discordgo.ApplicationCommandOptionString, Name: "sort", Description: "Order",
						Choices: []*discordgo.ApplicationCommandOptionChoice{{Name: "By score", Value: "score"}, {Name: "By hits", Value: "hits"}}},
					{Type: discordgo.ApplicationCommandOptionInteger, Name: "top", Description: "How many", MaxValue: 25},
					{Type: discordgo.ApplicationCommandOptionChannel, Name: "where", Description: "Channel"},
				}},
			{Type: discordgo.ApplicationCommandOptionSubCommandGroup, Name: "track", Description: "Tracking",
				Options: []*discordgo.ApplicationCommandOption{
					{Type: discordgo.ApplicationCommandOptionSubCommand, Name: "start", Description: "Start",
						Options: []*discordgo.ApplicationCommandOption{
							{Type: discordgo.ApplicationCommandOptionString, Name: "war", Description: "Which", Required: true}}},
				}},
		},
	}, {Name: "link", Description: "Link your key"}}
}

// answering registers the test's commands and a handler for every interaction.
func answering(t *testing.T, w *world, handle func(*discordgo.Session, *discordgo.InteractionCreate)) *discordgo.Session {
	t.Helper()
	d := w.bot(t)
	if _, err := d.ApplicationCommandBulkOverwrite(d.State.User.ID, guildID, warCommand()); err != nil {
		t.Fatalf("register: %v", err)
	}
	on(t, d, handle)
	return d
}

// on adds a handler, and waits for it in the end: it may still be busy when the
// person has seen enough.
func on(t *testing.T, d *discordgo.Session, handle func(*discordgo.Session, *discordgo.InteractionCreate)) {
	t.Helper()
	var busy sync.WaitGroup
	t.Cleanup(busy.Wait)
	d.AddHandler(func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		busy.Add(1)
		defer busy.Done()
		handle(d, i)
	})
}

func none() *discordgo.MessageAllowedMentions { return &discordgo.MessageAllowedMentions{} }

func TestASlashCommandReachesADiscordgoSessionWithTypedOptionsAndIsAnsweredAtOnce(t *testing.T) {
	w := newWorld(t, Config{})
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		sub := i.ApplicationCommandData().Options[0]
		text := i.Member.User.ID + " " + sub.Name + " " + sub.GetOption("sort").StringValue() + " " +
			strings.Repeat("*", int(sub.GetOption("top").IntValue())) + " " + sub.GetOption("where").ChannelValue(nil).ID
		if i.Member.Permissions&discordgo.PermissionManageGuild == 0 {
			text += " no manage"
		}
		_ = d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{
			Type: discordgo.InteractionResponseChannelMessageWithSource,
			Data: &discordgo.InteractionResponseData{Content: text, AllowedMentions: none(), Flags: discordgo.MessageFlagsEphemeral},
		})
	})
	r := must[*Response](t)(w.User(leaderID).Slash(soon(t), guildID, warID, "war scoreboard",
		map[string]any{"sort": "By score", "top": 3, "where": "#staff"}))
	if want := leaderID + " scoreboard score *** " + staffID; r.Message.Content != want {
		t.Errorf("content %q, want %q", r.Message.Content, want)
	}
	if !r.Ephemeral || r.Deferred || r.First <= 0 || r.Final < r.First {
		t.Errorf("response %+v", r)
	}
	if got := w.Messages(warID); len(got) != 0 {
		t.Errorf("others see %d ephemeral messages", len(got))
	}
	if got := w.User(leaderID).Messages(warID); len(got) != 1 {
		t.Errorf("the caller sees %d messages, want 1", len(got))
	}
	if got := w.User(recruitID).Messages(warID); len(got) != 0 {
		t.Errorf("another member sees %d messages, want none", len(got))
	}
	if c := w.Complaints(); len(c) != 0 {
		t.Errorf("complaints: %v", c)
	}
}

func TestADeferredAnswerArrivesWithItsPictureThroughTheEdit(t *testing.T) {
	w := newWorld(t, Config{})
	png := []byte("\x89PNG\r\n\x1a\n0000")
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		_ = d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource})
		embeds := []*discordgo.MessageEmbed{{Title: "War", Image: &discordgo.MessageEmbedImage{URL: "attachment://score.png"},
			Fields: []*discordgo.MessageEmbedField{{Name: "Lead", Value: "120"}}}}
		m, err := d.InteractionResponseEdit(i.Interaction, &discordgo.WebhookEdit{Embeds: &embeds, AllowedMentions: none(),
			Files: []*discordgo.File{{Name: "score.png", ContentType: "image/png", Reader: bytes.NewReader(png)}}})
		if err != nil || len(m.Attachments) != 0 || !strings.HasPrefix(m.Embeds[0].Image.URL, "http") {
			t.Errorf("edit: %v, %+v", err, m)
		}
	})
	r := must[*Response](t)(w.User(leaderID).Slash(soon(t), guildID, warID, "war scoreboard", nil))
	if !r.Deferred || r.Ephemeral || r.Message.Edited != nil {
		t.Errorf("response %+v", r)
	}
	a, ok := r.Message.Attachment("score.png")
	if !ok || !bytes.Equal(a.Data, png) || !a.InEmbed {
		t.Errorf("attachment %+v, %v", a, ok)
	}
	if lead, _ := r.Message.Embeds[0].Field("Lead"); lead != "120" {
		t.Errorf("field %q", lead)
	}
	h := w.History(r.Message.ID)
	if len(h) != 2 || !h[0].Thinking() || h[1].Thinking() {
		t.Errorf("history %+v", h)
	}
}

func TestAutocompleteGetsThePartialTextAndItsChoicesComeBack(t *testing.T) {
	w := newWorld(t, Config{})
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		sub := i.ApplicationCommandData().Options[0]
		opt := sub.GetOption("member")
		if !opt.Focused || sub.GetOption("top").IntValue() != 5 {
			t.Errorf("options %+v", sub.Options)
		}
		_ = d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{
			Type: discordgo.InteractionApplicationCommandAutocompleteResult,
			Data: &discordgo.InteractionResponseData{Choices: []*discordgo.ApplicationCommandOptionChoice{
				{Name: opt.StringValue() + "nny", Value: "12"}}},
		})
	})
	got := must[[]Choice](t)(w.User(leaderID).Autocomplete(soon(t), guildID, warID, "war scoreboard", map[string]any{"top": 5}, "member", "So"))
	if len(got) != 1 || got[0].Name != "Sonny" || got[0].Text() != "12" {
		t.Errorf("choices %+v", got)
	}
}

func TestAButtonOpensAModalWhoseSubmissionUpdatesTheMessage(t *testing.T) {
	w := newWorld(t, Config{})
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		var r discordgo.InteractionResponse
		switch i.Type {
		case discordgo.InteractionApplicationCommand:
			r = discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource, Data: &discordgo.InteractionResponseData{
				Content: "Link", AllowedMentions: none(), Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
					discordgo.Button{Label: "Enter key", CustomID: "link:key"},
					discordgo.Button{Label: "Get key", Style: discordgo.LinkButton, URL: "https://torn.com"}}}}}}
		case discordgo.InteractionMessageComponent:
			r = discordgo.InteractionResponse{Type: discordgo.InteractionResponseModal, Data: &discordgo.InteractionResponseData{
				CustomID: "key", Title: "Your key", Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
					discordgo.TextInput{CustomID: "api_key", Label: "Key", Style: discordgo.TextInputShort, Required: true, MinLength: 16, MaxLength: 16}}}}}}
		case discordgo.InteractionModalSubmit:
			in := i.ModalSubmitData().Components[0].(*discordgo.ActionsRow).Components[0].(*discordgo.TextInput)
			r = discordgo.InteractionResponse{Type: discordgo.InteractionResponseUpdateMessage, Data: &discordgo.InteractionResponseData{
				Content: "Got " + in.Value, AllowedMentions: none()}}
		}
		if err := d.InteractionRespond(i.Interaction, &r); err != nil {
			t.Errorf("respond: %v", err)
		}
	})
	u := w.User(recruitID)
	first := must[*Response](t)(u.Slash(soon(t), guildID, warID, "link", nil))
	if _, err := u.Click(soon(t), *first.Message, "Get key"); !errors.Is(err, ErrInput) {
		t.Errorf("clicking a link: %v", err)
	}
	form := must[*Response](t)(u.Click(soon(t), *first.Message, "Enter key"))
	if form.Modal == nil || form.Modal.Title != "Your key" || form.Modal.Inputs[0].Max != 16 {
		t.Fatalf("modal %+v", form.Modal)
	}
	if _, err := u.SubmitModal(soon(t), form.Modal, map[string]string{"api_key": "short"}); !errors.Is(err, ErrInput) {
		t.Errorf("a short key: %v", err)
	}
	if _, err := u.SubmitModal(soon(t), form.Modal, map[string]string{"nonsense": "0123456789abcdef"}); err == nil {
		t.Error("a field that does not exist was accepted")
	}
	done := must[*Response](t)(u.SubmitModal(soon(t), form.Modal, map[string]string{"Key": "0123456789abcdef"}))
	if !done.Updated || done.Message.ID != first.Message.ID || done.Message.Content != "Got 0123456789abcdef" || done.Message.Edited == nil {
		t.Errorf("after the form: %+v", done.Message)
	}
}

func TestABotThatDoesNotAnswerWithinTheLimitIsToldItsTokenIsUnknown(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{AnswerWithin: 50 * time.Millisecond}})
	late := make(chan error, 1)
	release := make(chan struct{})
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		<-release
		late <- d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource})
	})
	_, err := w.User(leaderID).Slash(soon(t), guildID, warID, "link", nil)
	close(release)
	if !errors.Is(err, ErrNoAnswer) {
		t.Errorf("the person sees %v", err)
	}
	wantCode(t, <-late, 10062)
}

func TestASecondAnswerIsRefusedAndFollowUpsCome(t *testing.T) {
	w := newWorld(t, Config{})
	again := make(chan error, 1)
	answering(t, w, func(d *discordgo.Session, i *discordgo.InteractionCreate) {
		say := func() error {
			return d.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource,
				Data: &discordgo.InteractionResponseData{Content: "one", AllowedMentions: none()}})
		}
		_, early := d.FollowupMessageCreate(i.Interaction, true, &discordgo.WebhookParams{Content: "too early"})
		wantCode(t, early, 10015)
		_ = say()
		again <- say()
		if _, err := d.FollowupMessageCreate(i.Interaction, true, &discordgo.WebhookParams{Content: "two", AllowedMentions: none(),
			Flags: discordgo.MessageFlagsEphemeral}); err != nil {
			t.Errorf("follow up: %v", err)
		}
	})
	if _, err := w.User(leaderID).Slash(soon(t), guildID, warID, "link", nil); err != nil {
		t.Fatal(err)
	}
	wantCode(t, <-again, 40060)
	for len(w.User(leaderID).Messages(warID)) < 2 {
		if err := w.await(soon(t), func() bool { return len(w.channels[warID].messages) == 2 }); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.Messages(warID); len(got) != 1 {
		t.Errorf("others see %d messages, want 1", len(got))
	}
}

func TestTheDriverRefusesWhatAClientWouldNotSend(t *testing.T) {
	w := newWorld(t, Config{})
	answering(t, w, func(*discordgo.Session, *discordgo.InteractionCreate) { t.Error("an interaction was sent") })
	u := w.User(leaderID)
	for name, try := range map[string]struct {
		path    string
		options map[string]any
		want    error
	}{
		"unknown command":         {"peace", nil, ErrUnknown},
		"unknown sub-command":     {"war nonsense", nil, ErrUnknown},
		"sub-command left out":    {"war", nil, ErrUnknown},
		"unknown option":          {"war scoreboard", map[string]any{"colour": "red"}, ErrUnknown},
		"value that is no choice": {"war scoreboard", map[string]any{"sort": "age"}, ErrInput},
		"text for a number":       {"war scoreboard", map[string]any{"top": "many"}, ErrInput},
		"number out of range":     {"war scoreboard", map[string]any{"top": 26}, ErrInput},
		"no such channel":         {"war scoreboard", map[string]any{"where": "#nowhere"}, ErrInput},
		"required option missing": {"war track start", nil, ErrInput},
	} {
		if _, err := u.Slash(soon(t), guildID, warID, try.path, try.options); !errors.Is(err, try.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.User("1").Slash(soon(t), guildID, warID, "link", nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("a stranger: %v", err)
	}
}

// wantCode fails unless err is Discord's error of that code.
func wantCode(t *testing.T, err error, code int) {
	t.Helper()
	var rest *discordgo.RESTError
	if !errors.As(err, &rest) || rest.Message == nil || rest.Message.Code != code {
		t.Errorf("got %v, want Discord's code %d", err, code)
	}
}
