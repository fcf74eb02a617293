package app_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/app"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/store/storetest"
)

func TestEveryChainIsVerifiedAndTheFirstBrokenRowNamed(t *testing.T) {
	db := storetest.Open(t)
	ctx := t.Context()
	at := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	for _, id := range []faction.ID{0, 7, 7, 7, 9} {
		if err := db.Store.Audit(ctx, id, faction.AuditEntry{At: at, Action: "link", Outcome: "done"}); err != nil {
			t.Fatal(err)
		}
	}
	cfg := &config.Config{}
	cfg.Database.URL = config.Secret(db.AppURL)
	verify := func() (out []string) {
		t.Helper()
		err := app.VerifyAudit(ctx, cfg, slog.New(slog.DiscardHandler), func(f app.AuditFinding) {
			broken := ""
			if f.Verdict.Broken != nil {
				broken = fmt.Sprintf(" %s at %d", f.Verdict.Broken.Fault, f.Verdict.Broken.N)
			}
			out = append(out, fmt.Sprintf("%d: %d%s", f.Faction, f.Verdict.Entries, broken))
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := fmt.Sprint(verify()); got != "[0: 1 7: 3 9: 1]" {
		t.Errorf("got %s", got)
	}
	conn, err := pgx.Connect(ctx, db.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "set session_replication_role = replica; update audit_log set actor_id = 5 where seq = (select seq from audit_chain where faction_id = 7 and n = 2)"); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(verify()); got != "[0: 1 7: 3 changed at 2 9: 1]" {
		t.Errorf("got %s", got)
	}
}
