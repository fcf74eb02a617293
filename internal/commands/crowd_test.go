package commands_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/faction"
)

// slowExport does not end before it is let go.
type slowExport struct {
	begun chan struct{}
	end   chan struct{}
}

func (s slowExport) ExportPlayer(context.Context, faction.PlayerID) (map[faction.ID]map[string][]json.RawMessage, error) {
	s.begun <- struct{}{}
	<-s.end
	return nil, nil
}

func (s slowExport) ErasePlayer(context.Context, faction.PlayerID, time.Time) (map[string]int64, error) {
	return nil, nil
}

func (s slowExport) ExportAccount(context.Context, string) (map[faction.ID]map[string][]json.RawMessage, error) {
	return nil, nil
}

func (s slowExport) EraseAccount(context.Context, string, time.Time) ([]faction.LinkRequest, map[string]int64, error) {
	return nil, nil, nil
}

// unheard keeps no audit log, so that many may write it at once.
type unheard struct{}

func (unheard) Audit(context.Context, faction.ID, faction.AuditEntry) error { return nil }

func TestThousandsOfClicksMakeNoThousandsOfExports(t *testing.T) {
	w := newWorld(t)
	slow := slowExport{begun: make(chan struct{}), end: make(chan struct{})}
	r := w.registry(func(d *commands.Deps) { d.Personal, d.Audit = slow, unheard{} })
	ask := func(who string) chat.Reply { return r.Handle(t.Context(), slash(who, wolvesGuild, "privacy export")) }
	answers := make(chan chat.Reply)
	for _, who := range []string{leader, officer, member} {
		go func() { answers <- ask(who) }()
		<-slow.begun
	}
	if reply := ask(leader); !strings.Contains(reply.Content, "still being made") {
		t.Errorf("asked again: %s", show(reply))
	}
	if reply := ask(recruit); !strings.Contains(reply.Content, "Others are being served") {
		t.Errorf("a fourth: %s", show(reply))
	}
	close(slow.end)
	for range 3 {
		if reply := <-answers; !strings.HasPrefix(reply.Content, "**0 rows**") {
			t.Errorf("got %s", show(reply))
		}
	}
	go func() { <-slow.begun }()
	if reply := ask(leader); !strings.HasPrefix(reply.Content, "**0 rows**") {
		t.Errorf("afterwards: %s", show(reply))
	}
}
