package commands_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestNobodyHasMoreThanTenWorkingLinks(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	for n := range 10 {
		if reply := r.Handle(t.Context(), slash(member, wolvesGuild, "web link", "hours", fmt.Sprint(n+2))); !strings.Contains(reply.Content, "/s/token-") {
			t.Fatalf("link %d: %s", n+1, show(reply))
		}
	}
	refused := func(when string) {
		t.Helper()
		w.writes = nil
		reply := r.Handle(t.Context(), slash(member, wolvesGuild, "web link"))
		first := fmt.Sprintf("The next ends <t:%d:R>", now.Add(2*time.Hour).Unix())
		if !strings.Contains(reply.Content, "You have 10 working links") || !strings.Contains(reply.Content, "`/web revoke`") || !strings.Contains(reply.Content, first) || len(w.writes) > 0 {
			t.Errorf("%s: wrote %v and said %s", when, w.writes, show(reply))
		}
	}
	made := func(when, who string) {
		t.Helper()
		if reply := r.Handle(t.Context(), slash(who, wolvesGuild, "web link", "hours", "2")); !strings.Contains(reply.Content, "/s/token-") {
			t.Errorf("%s: %s", when, show(reply))
		}
	}
	refused("the eleventh")
	made("another's first", officer)
	r.Handle(t.Context(), slash(officer, wolvesGuild, "web revoke", "link", "5"))
	made("after one was revoked", member)
	refused("ten again")
	w.now = now.Add(2*time.Hour + time.Minute)
	made("after one ended by itself", member)
}
