package commands_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
)

// keyring stores keys of the Wolves.
func keyring(w *world, keys ...faction.Key) {
	for i := range keys {
		keys[i].ID = int64(i + 1)
		keys[i].Sealed, keys[i].Fingerprint = []byte("SEALED"), []byte("PRINT")
		if keys[i].StateAt.IsZero() {
			keys[i].StateAt = now.Add(-time.Hour)
		}
	}
	w.keys[wolves] = keys
}

func lentKey(player faction.PlayerID) faction.Key {
	return faction.Key{Player: player, Level: 3, FactionAccess: true, Consent: "lend", State: faction.KeyActive, LastUsed: now.Add(-time.Minute)}
}

func TestConfigKeysShowsHowKeysStandAndNoKey(t *testing.T) {
	w := newWorld(t)
	paused, low, own, gone := lentKey(2), lentKey(3), lentKey(8), lentKey(99)
	paused.State = faction.KeyPaused
	low.Level = 1
	own.Consent, own.LastUsed = "own", time.Time{}
	gone.State, gone.FactionAccess = faction.KeyNoAccess, false
	keyring(w, lentKey(1), paused, low, own, gone)
	reply := w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config keys"))
	if !reply.Ephemeral {
		t.Error("keys are shown to the whole channel")
	}
	golden(t, "config_keys", show(reply))
	for _, secret := range []string{"SEALED", "PRINT"} {
		if strings.Contains(fmt.Sprintf("%+v", reply), secret) {
			t.Errorf("the answer holds %s", secret)
		}
	}
}

func TestConfigKeysWarnsOfOnePointOfFailure(t *testing.T) {
	second := lentKey(1) // the same player's: both fail together
	for _, c := range []struct {
		name string
		keys []faction.Key
		want string
	}{
		{"one player's two keys", []faction.Key{lentKey(1), second}, "One point of failure"},
		{"none", nil, "**No** key can read"},
	} {
		w := newWorld(t)
		keyring(w, c.keys...)
		if text := show(w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config keys"))); !strings.Contains(text, c.want) {
			t.Errorf("%s: %s\nwant: %s", c.name, text, c.want)
		}
	}
	w := newWorld(t)
	keyring(w, lentKey(1), lentKey(2))
	if text := show(w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config keys"))); strings.Contains(text, "One point") {
		t.Errorf("with two players' keys: %s", text)
	}
}

func TestConfigKeysTurnsItsPagesForThoseWhoMayAlone(t *testing.T) {
	w := newWorld(t)
	var keys []faction.Key
	for i := range 20 {
		keys = append(keys, lentKey(faction.PlayerID(100+i)))
	}
	keyring(w, keys...)
	r := w.registry()
	seen := map[string]bool{}
	page := func(n int) string {
		return show(r.Handle(t.Context(), click(leader, wolvesGuild, fmt.Sprintf("config:keys:%d:%d", wolves, n))))
	}
	for n := range 3 {
		text := page(n)
		for i := range 20 {
			if who := fmt.Sprintf("player %d", 100+i); strings.Contains(text, who) {
				seen[who] = true
			}
		}
	}
	if len(seen) != 20 {
		t.Errorf("three pages show %d keys, want 20", len(seen))
	}
	if last := page(2); page(1_000_000) != last {
		t.Error("a page past the end is not the last one")
	}
	for _, req := range []string{"config:keys", "config:keys:x:1", fmt.Sprintf("config:keys:%d:-1", wolves), fmt.Sprintf("config:keys:%d:1:2", wolves), fmt.Sprintf("config:keys:%d:0", bears)} {
		if text := show(r.Handle(t.Context(), click(leader, wolvesGuild, req))); strings.Contains(text, "API keys") {
			t.Errorf("a forged %s was answered: %s", req, text)
		}
	}
	for _, who := range []string{officer, member, recruit} {
		if text := show(r.Handle(t.Context(), click(who, wolvesGuild, fmt.Sprintf("config:keys:%d:0", wolves)))); strings.Contains(text, "player 1") {
			t.Errorf("without config.manage: %s", text)
		}
	}
}
