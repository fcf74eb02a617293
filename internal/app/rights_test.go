package app_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/app"
	"consigliere/internal/chat"
	"consigliere/internal/config"
	simtorn "consigliere/internal/sim/torn"
)

// statements counts what the database is asked, but for what begins and ends
// transactions and for the audit log.
type statements struct {
	mu    sync.Mutex
	asked []string
}

func (s *statements) note(sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, _, _ := strings.Cut(sql, ";")
	switch strings.TrimSpace(first) {
	case "begin", "commit", "rollback":
	default:
		if !strings.Contains(sql, "audit_") {
			s.asked = append(s.asked, sql)
		}
	}
}

// take gives what was asked since the last time.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// TestACommandsAuthorisationIsOneQuery asks the whole bot, on a real database, for
// every command as people who are refused it: all that was asked by then is what
// the authorisation cost.
func TestACommandsAuthorisationIsOneQuery(t *testing.T) {
	s := newStage(t, simtorn.Config{Seed: 1, MembersPerSide: 5})
	for k, v := range s.child.Config {
		t.Setenv(k, v)
	}
	cfg, err := config.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	count := new(statements)
	a, err := app.New(t.Context(), app.Options{Config: cfg, Clock: s.clock, Log: slog.New(slog.DiscardHandler), Redact: new(config.Redactor), Sent: count.note})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { // Run closes what New opened, and with such a context does nothing else
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = a.Run(ctx)
	}()
	owner, err := pgx.Connect(t.Context(), s.db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(t.Context())
	for _, sql := range []string{
		`insert into discord_links (faction_id, discord_id, player_id, player_name, linked_at) values ($1, '11', 901, 'Recruit', $2), ($1, '12', 902, 'Left', $2)`,
		`insert into members (faction_id, of_faction, player_id, name, position, seen_at) values ($1, $1, 901, 'Recruit', 'Recruit', $2)`,
	} {
		if _, err := owner.Exec(t.Context(), sql, s.us, s.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	for _, e := range a.Commands().Table() {
		if e.Guard == "" {
			continue // never refused
		}
		for _, who := range []string{"11", "12", "13"} { // the last is a stranger
			count.take()
			reply := a.Commands().Handle(t.Context(), chat.Request{Kind: chat.Slash, CorrelationID: "ref", GuildID: s.guild, UserID: who, Path: e.Path})
			if who == "11" && e.Guard == "own" {
				continue
			}
			refused++
			if asked := count.take(); len(asked) != 1 || !strings.Contains(asked[0], "standing(") {
				t.Errorf("/%s by %s cost %d queries, want one: %q\nanswered %s", e.Path, who, len(asked), asked, reply.Content)
			}
		}
	}
	if refused < 50 {
		t.Errorf("only %d refusals were looked at", refused)
	}
}
