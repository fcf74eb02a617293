package discord

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/chat"
)

func TestInteractionsBecomeRequests(t *testing.T) {
	const from = `"id":"1","token":"tok","application_id":"9","guild_id":"2","channel_id":"3","member":{"nick":"Nick","user":{"id":"4","username":"name","global_name":"Global"}}`
	base := chat.Request{CorrelationID: "ref", GuildID: "2", ChannelID: "3", UserID: "4", UserName: "Nick"}
	with := func(change func(*chat.Request)) chat.Request { r := base; change(&r); return r }
	tests := []struct {
		name    string
		raw     string
		want    chat.Request
		number  bool
		unknown bool
	}{
		{
			name: "a command",
			raw:  `{"type":2,` + from + `,"data":{"id":"5","name":"status","type":1}}`,
			want: with(func(r *chat.Request) { r.Path, r.Options = "status", map[string]string{} }),
		},
		{
			name: "a command in a direct message has no server",
			raw:  `{"type":2,"id":"1","token":"t","channel_id":"3","user":{"id":"4","username":"name"},"data":{"name":"status"}}`,
			want: chat.Request{CorrelationID: "ref", ChannelID: "3", UserID: "4", UserName: "name", Path: "status", Options: map[string]string{}},
		},
		{
			name: "nested subcommands, each value as text",
			raw: `{"type":2,` + from + `,"data":{"name":"war","options":[{"type":2,"name":"track","options":[{"type":1,"name":"start","options":[
				{"type":4,"name":"war","value":123456789012345},{"type":3,"name":"note","value":"a \"b\""},{"type":5,"name":"loud","value":true},
				{"type":10,"name":"share","value":12.5},{"type":7,"name":"channel","value":"77"},{"type":3,"name":"none","value":null}]}]}]}}`,
			want: with(func(r *chat.Request) {
				r.Path = "war track start"
				r.Options = map[string]string{"war": "123456789012345", "note": `a "b"`, "loud": "true", "share": "12.5", "channel": "77", "none": ""}
			}),
		},
		{
			name: "a number that is half typed",
			raw:  `{"type":4,` + from + `,"data":{"name":"war","options":[{"type":4,"name":"war","value":"12ab","focused":true}]}}`,
			want: with(func(r *chat.Request) {
				r.Kind, r.Path, r.Focused, r.Options = chat.Autocomplete, "war", "war", map[string]string{"war": "12ab"}
			}),
			number: true,
		},
		{
			name: "text that is half typed",
			raw:  `{"type":4,` + from + `,"data":{"name":"war","options":[{"type":4,"name":"page","value":3},{"type":3,"name":"member","value":"","focused":true}]}}`,
			want: with(func(r *chat.Request) {
				r.Kind, r.Path, r.Focused, r.Options = chat.Autocomplete, "war", "member", map[string]string{"page": "3", "member": ""}
			}),
		},
		{
			name: "a select",
			raw:  `{"type":3,` + from + `,"message":{"id":"8"},"data":{"custom_id":"setup:channel","component_type":8,"values":["77","78"]}}`,
			want: with(func(r *chat.Request) {
				r.Kind, r.ID, r.MessageID, r.Values = chat.Component, "setup:channel", "8", []string{"77", "78"}
			}),
		},
		{
			name: "a form of today",
			raw: `{"type":5,` + from + `,"data":{"custom_id":"link","components":[{"type":1,"components":[{"type":4,"custom_id":"api_key","value":"abc"}]},
				{"type":1,"components":[{"type":4,"custom_id":"note","value":""}]}]}}`,
			want: with(func(r *chat.Request) {
				r.Kind, r.ID, r.Fields = chat.ModalSubmit, "link", map[string]string{"api_key": "abc", "note": ""}
			}),
		},
		{
			name: "a form with newer elements",
			raw: `{"type":5,` + from + `,"message":{"id":"8"},"data":{"custom_id":"link","components":[{"type":18,"component":{"type":3,"custom_id":"pick","values":["a","b"]}},
				{"type":18,"component":{"type":23,"custom_id":"box","value":true}},{"type":10,"content":"words"}]}}`,
			want: with(func(r *chat.Request) {
				r.Kind, r.ID, r.MessageID, r.Fields = chat.ModalSubmit, "link", "8", map[string]string{"pick": "a,b", "box": "true"}
			}),
		},
		{
			name:    "a kind that is not known",
			raw:     `{"type":6,` + from + `,"data":{}}`,
			want:    base,
			unknown: true,
		},
		{
			name:    "nobody",
			raw:     `{"type":2,"id":"1","token":"t","data":{"name":"status"}}`,
			want:    chat.Request{CorrelationID: "ref", Path: "status", Options: map[string]string{}},
			unknown: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var i interaction
			if err := json.Unmarshal([]byte(tt.raw), &i); err != nil {
				t.Fatal(err)
			}
			got, number, known := i.request("ref")
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("request (-want +got)\n%s", d)
			}
			if number != tt.number || known == tt.unknown {
				t.Errorf("number %v, known %v", number, known)
			}
		})
	}
}

func TestMetricsNeverHoldWhatSomebodyTyped(t *testing.T) {
	for _, tt := range []struct {
		r    chat.Request
		want string
	}{
		{chat.Request{Path: "war status"}, "war status"},
		{chat.Request{ID: "claim:12345:9"}, "claim"},
		{chat.Request{ID: "refresh"}, "refresh"},
	} {
		if got := name(tt.r); got != tt.want {
			t.Errorf("name of %+v is %q, want %q", tt.r, got, tt.want)
		}
	}
}

func TestReferencesDiffer(t *testing.T) {
	a, b := newReference(), newReference()
	if a == b || len(a) != 8 {
		t.Errorf("references %q and %q", a, b)
	}
}
