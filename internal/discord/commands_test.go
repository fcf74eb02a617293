package discord

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/chat"
)

func ptr(f float64) *float64 { return &f }

func cmd(o ...chat.Option) []chat.Command {
	return []chat.Command{{Name: "war", Description: "d", Options: o}}
}

func TestCommandsThatDiscordWouldRefuseAreRefused(t *testing.T) {
	sub := func(subs ...chat.Command) []chat.Command {
		return []chat.Command{{Name: "war", Description: "d", Sub: subs}}
	}
	leaf := chat.Command{Name: "status", Description: "d"}
	many := func(n int) (out []chat.Command) {
		for i := range n {
			out = append(out, chat.Command{Name: fmt.Sprint("c", i), Description: "d"})
		}
		return out
	}
	long := func(n int) (out []chat.Option) { // about 200 characters per choice
		for i := range n {
			o := chat.Option{Name: fmt.Sprint("o", i), Description: "d"}
			for j := range 25 {
				o.Choices = append(o.Choices, chat.Choice{Name: text(95) + fmt.Sprint(j), Value: text(95) + fmt.Sprint(j)})
			}
			out = append(out, o)
		}
		return out
	}
	tests := []struct {
		name string
		c    []chat.Command
		want string
	}{
		{"plain", many(100), ""},
		{"101 of them", many(101), "commands: 101"},
		{"upper case", []chat.Command{{Name: "War", Description: "d"}}, "lower-case"},
		{"a space", []chat.Command{{Name: "war status", Description: "d"}}, "lower-case"},
		{"33 letters", []chat.Command{{Name: text(33), Description: "d"}}, "1 to 32"},
		{"letters of other alphabets", []chat.Command{{Name: "война", Description: "d"}}, ""},
		{"no description", []chat.Command{{Name: "war"}}, "/war description is empty"},
		{"description", []chat.Command{{Name: "war", Description: text(101)}}, "description has 101"},
		{"twice", []chat.Command{leaf, leaf}, "/status is there twice"},
		{"group and sub", sub(chat.Command{Name: "track", Description: "d", Sub: []chat.Command{leaf}}), ""},
		{"three levels", sub(chat.Command{Name: "a", Description: "d", Sub: []chat.Command{{Name: "b", Description: "d", Sub: []chat.Command{leaf}}}}), "nested too deep"},
		{"sub twice", sub(leaf, leaf), "/war status is there twice"},
		{"both", []chat.Command{{Name: "war", Description: "d", Sub: []chat.Command{leaf}, Options: []chat.Option{{Name: "o", Description: "d"}}}}, "both subcommands and options"},
		{"26 subs", sub(many(26)...), "subcommands: 26"},
		{"required late", cmd(chat.Option{Name: "a", Description: "d"}, chat.Option{Name: "b", Description: "d", Required: true}), "required option b after"},
		{"26 options", cmd(make([]chat.Option, 26)...), "options: 26"},
		{"option twice", cmd(chat.Option{Name: "a", Description: "d"}, chat.Option{Name: "a", Description: "d"}), "the option a twice"},
		{"26 choices", cmd(chat.Option{Name: "a", Description: "d", Choices: make([]chat.Choice, 26)}), "choices: 26"},
		{"choice name", cmd(chat.Option{Name: "a", Description: "d", Choices: []chat.Choice{{Name: text(101), Value: "v"}}}), "choice name has 101"},
		{"choice of a number", cmd(chat.Option{Name: "a", Description: "d", Type: chat.Integer, Choices: []chat.Choice{{Name: "n", Value: "x"}}}), "no whole number"},
		{"choices and suggestions", cmd(chat.Option{Name: "a", Description: "d", Autocomplete: true, Choices: []chat.Choice{{Name: "n", Value: "v"}}}), "both choices and suggestions"},
		{"suggested roles", cmd(chat.Option{Name: "a", Description: "d", Type: chat.Role, Autocomplete: true}), "only text and numbers"},
		{"bounds crossed", cmd(chat.Option{Name: "a", Description: "d", Type: chat.Integer, Min: ptr(5), Max: ptr(1)}), "minimum above"},
		{"negative length", cmd(chat.Option{Name: "a", Description: "d", Min: ptr(-1)}), "bound -1"},
		{"half a number", cmd(chat.Option{Name: "a", Description: "d", Type: chat.Integer, Max: ptr(1.5)}), "bound 1.5"},
		{"unknown type", cmd(chat.Option{Name: "a", Description: "d", Type: 99}), "unknown type"},
		{"below 8000 characters", cmd(long(1)...), ""},
		{"beyond 8000 characters", cmd(long(2)...), "at most 8000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkRefusal(t, ValidateCommands(tt.c), tt.want) })
	}
}

func TestCommandsAreConvertedToDiscordsForm(t *testing.T) {
	got, err := json.Marshal(commandBodies([]chat.Command{
		{Name: "ping", Description: "pong"},
		{Name: "war", Description: "wars", Sub: []chat.Command{
			{Name: "scoreboard", Description: "table", Options: []chat.Option{
				{Name: "war", Description: "which", Autocomplete: true},
				{Name: "page", Description: "n", Type: chat.Integer, Min: ptr(1), Max: ptr(9)},
				{Name: "sort", Description: "by", Choices: []chat.Choice{{Name: "Hits", Value: "hits"}}},
				{Name: "top", Description: "n", Type: chat.Integer, Choices: []chat.Choice{{Name: "Ten", Value: "010"}}},
				{Name: "name", Description: "text", Min: ptr(2), Max: ptr(20)},
			}},
			{Name: "track", Description: "tracking", Sub: []chat.Command{{Name: "start", Description: "begin", Options: []chat.Option{
				{Name: "channel", Description: "c", Type: chat.Channel, Required: true},
				{Name: "role", Description: "r", Type: chat.Role}, {Name: "user", Description: "u", Type: chat.UserOption},
				{Name: "loud", Description: "b", Type: chat.Boolean},
			}}}},
		}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"name":"ping","description":"pong","type":1},
	{"name":"war","description":"wars","type":1,"options":[
	 {"type":1,"name":"scoreboard","description":"table","options":[
	  {"type":3,"name":"war","description":"which","autocomplete":true},
	  {"type":4,"name":"page","description":"n","min_value":1,"max_value":9},
	  {"type":3,"name":"sort","description":"by","choices":[{"name":"Hits","value":"hits"}]},
	  {"type":4,"name":"top","description":"n","choices":[{"name":"Ten","value":10}]},
	  {"type":3,"name":"name","description":"text","min_length":2,"max_length":20}]},
	 {"type":2,"name":"track","description":"tracking","options":[{"type":1,"name":"start","description":"begin","options":[
	  {"type":7,"name":"channel","description":"c","required":true},
	  {"type":8,"name":"role","description":"r"},{"type":6,"name":"user","description":"u"},
	  {"type":5,"name":"loud","description":"b"}]}]}]}]`
	diffJSON(t, string(got), want)
}

func diffJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestSuggestionsThatDiscordWouldRefuseAreLeftOut(t *testing.T) {
	var many []chat.Choice
	for i := range 40 {
		many = append(many, chat.Choice{Name: fmt.Sprint("n", i), Value: fmt.Sprint(i)})
	}
	if n := len(checkSuggestions(many, false)); n != 25 {
		t.Errorf("%d suggestions, want 25", n)
	}
	got := checkSuggestions([]chat.Choice{
		{Name: "", Value: "v"}, {Name: "n", Value: ""}, {Name: "n", Value: text(101)},
		{Name: text(99) + "😀😀", Value: "kept"},
	}, false)
	if len(got) != 1 || got[0].Value != "kept" || got[0].Name != text(99)+"…" {
		t.Errorf("got %+v", got)
	}
	got = checkSuggestions([]chat.Choice{{Name: "a", Value: "12"}, {Name: "b", Value: "twelve"}}, true)
	if len(got) != 1 || got[0].Value != int64(12) {
		t.Errorf("numbers: got %+v", got)
	}
	if raw, _ := json.Marshal(checkSuggestions(nil, false)); string(raw) != "[]" {
		t.Errorf("no suggestions are %s, want an empty list", raw)
	}
}
