package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/app"
	"consigliere/internal/faction"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/torn"
	"consigliere/internal/vault"
)

func TestTheBotRefreshesPlayersAndTestsKeysByItself(t *testing.T) {
	s := newStage(t, simtorn.Config{Seed: 9, MatchedAfter: 24 * time.Hour})
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	v, err := vault.Open(s.child.Config["CONSIGLIERE_ENCRYPTION_KEYSET"], "")
	must(err)
	who := faction.PlayerID(s.torn.Plan().Officers[1])
	secret := s.torn.KeyOf(int64(who))
	sealed, fingerprint, err := app.SealKey(v, torn.NewSecret(secret), who)
	must(err)
	_, err = s.db.Store.LinkWithKey(ctx, faction.Link{Faction: s.us, DiscordID: "77", Player: who, Name: "Old name"},
		faction.Key{Player: who, Sealed: sealed, Fingerprint: fingerprint, Level: 1, Consent: "verify"}, false, s.clock.Now())
	must(err)
	owner, err := pgx.Connect(ctx, s.db.AdminURL)
	must(err)
	defer owner.Close(ctx)
	_, err = owner.Exec(ctx, "update api_keys set state = 'paused', tested_at = '-infinity' where player_id = $1", who)
	must(err)

	s.inProcess(s.db.AppURL)
	var stands string
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var name, state string
		must(owner.QueryRow(ctx, `select l.player_name, k.state from discord_links l join api_keys k using (player_id) where l.player_id = $1`, who).Scan(&name, &state))
		jobs, err := s.db.Store.Jobs(ctx, s.clock.Now())
		must(err)
		stands = fmt.Sprintf("%s, %s, %+v", name, state, jobs)
		if p, _ := s.torn.Player(int64(who)); name == p.Name && state == faction.KeyActive && strings.Count(stands, "recovered:1") == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a minute it stands at %s", stands)
		}
	}
	if logs := s.logs.String(); !strings.Contains(logs, "job finished") || strings.Contains(logs, secret) {
		t.Error("the log tells nothing of jobs, or a key")
	}
}
