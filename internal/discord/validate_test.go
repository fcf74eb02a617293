package discord

import (
	"errors"
	"strings"
	"testing"

	"consigliere/internal/chat"
)

func text(n int) string { return strings.Repeat("x", n) }

func embeds(n int, e chat.Embed) []chat.Embed {
	out := make([]chat.Embed, n)
	for i := range out {
		out[i] = e
	}
	return out
}

func buttons(n int) []chat.Button {
	out := make([]chat.Button, n)
	for i := range out {
		out[i] = chat.Button{ID: "b" + text(i), Label: "go"}
	}
	return out
}

func options(n int) []chat.SelectOption {
	out := make([]chat.SelectOption, n)
	for i := range out {
		out[i] = chat.SelectOption{Label: "l", Value: "v" + text(i)}
	}
	return out
}

func rows(r ...chat.Row) chat.Message { return chat.Message{Content: "x", Rows: r} }

func TestMessagesAtALimitPassAndBeyondItAreRefused(t *testing.T) {
	field := chat.Field{Name: text(256), Value: text(1024)}
	tests := []struct {
		name string
		m    chat.Message
		want string // part of the refusal; empty: allowed
	}{
		{"content at the limit", chat.Message{Content: text(2000)}, ""},
		{"content beyond it", chat.Message{Content: text(2001)}, "content has 2001 characters"},
		{"an emoji counts two", chat.Message{Content: strings.Repeat("😀", 1001)}, "content has 2002 characters"},
		{"a letter with an accent counts one", chat.Message{Content: strings.Repeat("é", 2000)}, ""},
		{"broken UTF-8 counts", chat.Message{Content: strings.Repeat("\xff", 2001)}, "2001"},
		{"nothing at all", chat.Message{}, "the message is empty"},
		{"only blanks", chat.Message{Content: " \n"}, "the message is empty"},
		{"ten embeds", chat.Message{Embeds: embeds(10, chat.Embed{Title: "t"})}, ""},
		{"eleven embeds", chat.Message{Embeds: embeds(11, chat.Embed{Title: "t"})}, "embeds: 11"},
		{"title", chat.Message{Embeds: embeds(1, chat.Embed{Title: text(257)})}, "embed 1 title has 257"},
		{"description at the limit", chat.Message{Embeds: embeds(1, chat.Embed{Description: text(4096)})}, ""},
		{"description", chat.Message{Embeds: embeds(1, chat.Embed{Description: text(4097)})}, "description has 4097"},
		{"footer", chat.Message{Embeds: embeds(1, chat.Embed{Title: "t", Footer: text(2049)})}, "footer has 2049"},
		{"an embed of nothing", chat.Message{Embeds: embeds(1, chat.Embed{})}, "embed 1 is empty"},
		{"a field", chat.Message{Embeds: embeds(1, chat.Embed{Fields: []chat.Field{field}})}, ""},
		{"a field without value", chat.Message{Embeds: embeds(1, chat.Embed{Fields: []chat.Field{{Name: "n"}}})}, "field 1 value is empty"},
		{"a field too long", chat.Message{Embeds: embeds(1, chat.Embed{Fields: []chat.Field{{Name: text(257), Value: "v"}}})}, "field 1 name has 257"},
		{"26 fields", chat.Message{Embeds: embeds(1, chat.Embed{Fields: make([]chat.Field, 26)})}, "fields: 26"},
		{"6000 characters in all", chat.Message{Embeds: embeds(2, chat.Embed{Description: text(3000)})}, ""},
		{"6002 characters in all", chat.Message{Embeds: embeds(2, chat.Embed{Description: text(3001)})}, "6002 characters together"},
		{"an odd address", chat.Message{Embeds: embeds(1, chat.Embed{Title: "t", URL: "javascript:1"})}, "not http"},
		{"a colour of four bytes", chat.Message{Embeds: embeds(1, chat.Embed{Title: "t", Color: 1 << 24})}, "colour"},
		{"a picture that is there", chat.Message{Embeds: embeds(1, chat.Embed{Image: "a.png"}), Files: []chat.File{{Name: "a.png"}}}, ""},
		{"a picture that is not", chat.Message{Embeds: embeds(1, chat.Embed{Image: "b.png"}), Files: []chat.File{{Name: "a.png"}}}, `"b.png", which is no file`},
		{"a file Discord would rename", chat.Message{Files: []chat.File{{Name: "a b.png"}}}, "file 1 has a name"},
		{"a file that breaks the header", chat.Message{Files: []chat.File{{Name: "a\"\r\n.png"}}}, "file 1 has a name"},
		{"a content type of two lines", chat.Message{Files: []chat.File{{Name: "a", ContentType: "a\r\nb"}}}, "more than one line"},
		{"one name twice", chat.Message{Files: []chat.File{{Name: "a"}, {Name: "a"}}}, "used twice"},
		{"a file of 10 MiB", chat.Message{Files: []chat.File{{Name: "a", Data: make([]byte, 10<<20)}}}, ""},
		{"a file beyond", chat.Message{Files: []chat.File{{Name: "a", Data: make([]byte, 10<<20+1)}}}, "file 1 has 10485761 bytes"},
		{"files of 30 MiB together", chat.Message{Files: []chat.File{{Name: "a", Data: make([]byte, 10<<20)}, {Name: "b", Data: make([]byte, 10<<20)}, {Name: "c", Data: make([]byte, 10<<20)}}}, "too many for one request"},
		{"six rows", rows(make([]chat.Row, 6)...), "rows: 6"},
		{"five buttons", rows(chat.Row{Buttons: buttons(5)}), ""},
		{"six buttons", rows(chat.Row{Buttons: buttons(6)}), "buttons: 6"},
		{"an empty row", rows(chat.Row{}), "row 1 buttons: 0"},
		{"a row of both", rows(chat.Row{Buttons: buttons(1), Select: &chat.Select{ID: "s", Options: options(1)}}), "both buttons and a select"},
		{"one id twice, rows apart", rows(chat.Row{Buttons: buttons(1)}, chat.Row{Buttons: buttons(1)}), "used twice"},
		{"an id too long", rows(chat.Row{Buttons: []chat.Button{{ID: text(101), Label: "l"}}}), "id has 101"},
		{"a button without an id", rows(chat.Row{Buttons: []chat.Button{{Label: "l"}}}), "id is empty"},
		{"a button without a label", rows(chat.Row{Buttons: []chat.Button{{ID: "i"}}}), "neither label nor emoji"},
		{"a button with an emoji", rows(chat.Row{Buttons: []chat.Button{{ID: "i", Emoji: "⚔️"}}}), ""},
		{"a label too long", rows(chat.Row{Buttons: []chat.Button{{ID: "i", Label: text(81)}}}), "label has 81"},
		{"a link", rows(chat.Row{Buttons: []chat.Button{{Label: "l", Style: chat.Link, URL: "https://torn.com"}}}), ""},
		{"a link to nowhere", rows(chat.Row{Buttons: []chat.Button{{Label: "l", Style: chat.Link}}}), "address is empty"},
		{"25 options", rows(chat.Row{Select: &chat.Select{ID: "s", Options: options(25)}}), ""},
		{"26 options", rows(chat.Row{Select: &chat.Select{ID: "s", Options: options(26)}}), "options: 26"},
		{"no options", rows(chat.Row{Select: &chat.Select{ID: "s"}}), "options: 0"},
		{"a pick of channels", rows(chat.Row{Select: &chat.Select{ID: "s", Kind: "channel"}}), ""},
		{"a pick of something", rows(chat.Row{Select: &chat.Select{ID: "s", Kind: "fruit"}}), "unknown kind"},
		{"more picks than options", rows(chat.Row{Select: &chat.Select{ID: "s", Max: 3, Options: options(2)}}), "wants 1 to 3"},
		{"more at least than at most", rows(chat.Row{Select: &chat.Select{ID: "s", Min: 2, Max: 1, Options: options(3)}}), "wants 2 to 1"},
		{"one value twice", rows(chat.Row{Select: &chat.Select{ID: "s", Options: []chat.SelectOption{{Label: "a", Value: "v"}, {Label: "b", Value: "v"}}}}), "used twice"},
		{"101 mentions", chat.Message{Content: "x", Mention: chat.Mention{Users: make([]string, 101)}}, "users to mention: 101"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkRefusal(t, Validate(tt.m), tt.want) })
	}
}

func checkRefusal(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		return
	}
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want an ErrInvalid that says %q", err, want)
	}
}

func TestARefusalNamesEverythingThatIsWrong(t *testing.T) {
	err := Validate(chat.Message{Content: text(2001), Embeds: embeds(1, chat.Embed{Title: text(300)})})
	checkRefusal(t, err, "content has 2001")
	checkRefusal(t, err, "title has 300")
}

func TestAnEditMayShowAFileThatIsAlreadyThere(t *testing.T) {
	m := chat.Message{Embeds: embeds(1, chat.Embed{Image: "chart.png"})}
	checkRefusal(t, validateEdit(m), "")
	checkRefusal(t, Validate(m), "no file of the message")
	m.Files = []chat.File{{Name: "other.png"}} // new files take the old ones' place
	checkRefusal(t, validateEdit(m), "no file of the message")
}

func TestFormsAtALimitPassAndBeyondItAreRefused(t *testing.T) {
	good := chat.Input{ID: "key", Label: "API key"}
	tests := []struct {
		name string
		m    chat.Modal
		want string
	}{
		{"a good one", chat.Modal{ID: "link", Title: text(45), Inputs: []chat.Input{good}}, ""},
		{"no inputs", chat.Modal{ID: "link", Title: "t"}, "form inputs: 0"},
		{"six inputs", chat.Modal{ID: "link", Title: "t", Inputs: make([]chat.Input, 6)}, "form inputs: 6"},
		{"title", chat.Modal{ID: "link", Title: text(46), Inputs: []chat.Input{good}}, "title has 46"},
		{"no id", chat.Modal{Title: "t", Inputs: []chat.Input{good}}, "form id is empty"},
		{"label", chat.Modal{ID: "i", Title: "t", Inputs: []chat.Input{{ID: "a", Label: text(46)}}}, "label has 46"},
		{"placeholder", chat.Modal{ID: "i", Title: "t", Inputs: []chat.Input{{ID: "a", Label: "l", Placeholder: text(101)}}}, "placeholder has 101"},
		{"value", chat.Modal{ID: "i", Title: "t", Inputs: []chat.Input{{ID: "a", Label: "l", Value: text(4001)}}}, "value has 4001"},
		{"lengths crossed", chat.Modal{ID: "i", Title: "t", Inputs: []chat.Input{{ID: "a", Label: "l", Min: 9, Max: 3}}}, "at least 9 and at most 3"},
		{"one id twice", chat.Modal{ID: "i", Title: "t", Inputs: []chat.Input{good, good}}, "used twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkRefusal(t, ValidateModal(tt.m), tt.want) })
	}
}
