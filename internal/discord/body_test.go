package discord

import (
	"encoding/json"
	"testing"

	"consigliere/internal/chat"
)

func TestMessagesAreConvertedToDiscordsForm(t *testing.T) {
	got, err := json.Marshal(newMessage(chat.Message{
		Content: "<@4> hit",
		Embeds: []chat.Embed{{
			Title: "T", Description: "D", URL: "https://torn.com", Color: 0xff0000, Footer: "F", Image: "c.png",
			Fields: []chat.Field{{Name: "n", Value: "v", Inline: true}},
		}},
		Rows: []chat.Row{
			{Buttons: []chat.Button{
				{ID: "a", Label: "A"}, {ID: "b", Label: "B", Style: chat.Primary, Emoji: "⚔️"},
				{ID: "c", Label: "C", Style: chat.Success, Emoji: "<a:win:55>"},
				{ID: "d", Label: "D", Style: chat.Danger, Disabled: true}, {Label: "E", Style: chat.Link, URL: "https://x.y"},
			}},
			{Select: &chat.Select{ID: "s", Placeholder: "pick", Options: []chat.SelectOption{{Label: "l", Value: "v", Description: "d", Default: true}}}},
			{Select: &chat.Select{ID: "u", Kind: "user", Max: 3}},
			{Select: &chat.Select{ID: "r", Kind: "role"}}, {Select: &chat.Select{ID: "ch", Kind: "channel"}},
		},
		Files:   []chat.File{{Name: "c.png", Alt: "chart", Data: []byte("png")}},
		Mention: chat.Mention{Users: []string{"4"}, Roles: []string{"5"}},
	}, true))
	if err != nil {
		t.Fatal(err)
	}
	diffJSON(t, string(got), `{"content":"<@4> hit","flags":64,
	"embeds":[{"title":"T","description":"D","url":"https://torn.com","color":16711680,"footer":{"text":"F"},
	 "image":{"url":"attachment://c.png"},"fields":[{"name":"n","value":"v","inline":true}]}],
	"components":[
	 {"type":1,"components":[{"type":2,"custom_id":"a","label":"A","style":2},
	  {"type":2,"custom_id":"b","label":"B","style":1,"emoji":{"name":"⚔️"}},
	  {"type":2,"custom_id":"c","label":"C","style":3,"emoji":{"name":"win","id":"55","animated":true}},
	  {"type":2,"custom_id":"d","label":"D","style":4,"disabled":true},{"type":2,"url":"https://x.y","label":"E","style":5}]},
	 {"type":1,"components":[{"type":3,"custom_id":"s","placeholder":"pick","min_values":1,"max_values":1,"options":[{"label":"l","value":"v","description":"d","default":true}]}]},
	 {"type":1,"components":[{"type":5,"custom_id":"u","min_values":1,"max_values":3}]},
	 {"type":1,"components":[{"type":6,"custom_id":"r","min_values":1,"max_values":1}]},
	 {"type":1,"components":[{"type":8,"custom_id":"ch","min_values":1,"max_values":1}]}],
	"attachments":[{"id":0,"filename":"c.png","description":"chart"}],
	"allowed_mentions":{"parse":[],"users":["4"],"roles":["5"],"replied_user":false}}`)
}

func TestEveryMessageSaysWhoMayBePinged(t *testing.T) {
	got, _ := json.Marshal(newMessage(chat.Message{Content: "@everyone"}, false))
	diffJSON(t, string(got), `{"content":"@everyone","embeds":[],"components":[],"allowed_mentions":{"parse":[],"replied_user":false}}`)
}

func TestAnEditReplacesTheWholeMessage(t *testing.T) {
	const rest = `"allowed_mentions":{"parse":[],"replied_user":false}}`
	for _, tt := range []struct {
		name string
		m    chat.Message
		want string
	}{
		{"old files go", chat.Message{Content: "x"}, `{"content":"x","embeds":[],"components":[],"attachments":[],` + rest},
		{"unless one is shown", chat.Message{Embeds: []chat.Embed{{Image: "old.png"}}},
			`{"content":"","embeds":[{"image":{"url":"attachment://old.png"}}],"components":[],` + rest},
		{"new files take their place", chat.Message{Files: []chat.File{{Name: "n.png"}}},
			`{"content":"","embeds":[],"components":[],"attachments":[{"id":0,"filename":"n.png"}],` + rest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := json.Marshal(editedMessage(tt.m))
			diffJSON(t, string(got), tt.want)
		})
	}
}

func TestFormsAreConvertedToDiscordsForm(t *testing.T) {
	got, _ := json.Marshal(modal(chat.Modal{ID: "link", Title: "Link", Inputs: []chat.Input{
		{ID: "api_key", Label: "Key", Placeholder: "16 characters", Required: true, Min: 16, Max: 16},
		{ID: "note", Label: "Note", Value: "v", Paragraph: true},
	}}))
	diffJSON(t, string(got), `{"custom_id":"link","title":"Link","components":[
	{"type":1,"components":[{"type":4,"custom_id":"api_key","label":"Key","style":1,"placeholder":"16 characters","required":true,"min_length":16,"max_length":16}]},
	{"type":1,"components":[{"type":4,"custom_id":"note","label":"Note","style":2,"value":"v","required":false}]}]}`)
}
