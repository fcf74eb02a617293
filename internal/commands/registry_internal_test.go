package commands

import (
	"context"
	"strings"
	"testing"

	"consigliere/internal/chat"
	"consigliere/internal/rbac"
)

func TestATableWithAMistakeIsRefused(t *testing.T) {
	do := func(context.Context, *Call) (chat.Reply, error) { return chat.Reply{}, nil }
	suggest := map[string]completer{"war": func(context.Context, *Call, string) []chat.Choice { return nil }}
	good := command{route: route{name: "one", guard: rbac.Anyone(), handle: do}}
	for _, c := range []struct {
		name, want string
		noun       noun
	}{
		{"a command without a guard", "one has no guard", noun{commands: []command{{route: route{name: "one", handle: do}}}}},
		{"a command without a handler", "one has no handler", noun{commands: []command{{route: route{name: "one", guard: rbac.Anyone()}}}}},
		{"a command twice", "/one is there twice", noun{commands: []command{good, good}}},
		{"suggestions for no option", `suggests for "war"`, noun{commands: []command{{route: good.route, complete: suggest}}}},
		{"a button without a guard", "a:b has no guard", noun{actions: []route{{name: "a:b", handle: do}}}},
		{"a button twice", "a:b is there twice", noun{actions: []route{{name: "a:b", guard: rbac.Anyone(), handle: do}, {name: "a:b", guard: rbac.Anyone(), handle: do}}}},
		{"a button that no click finds", "not noun:action", noun{actions: []route{{name: "a", guard: rbac.Anyone(), handle: do}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Registry{commands: map[string]command{}, actions: map[string]route{}}
			if err := r.add(c.noun); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
