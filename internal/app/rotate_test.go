package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"consigliere/internal/app"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/torn"
	"consigliere/internal/vault"
)

const keyCopies faction.ID = 4242 // a faction that only holds keys

// keysetFile moves the stage's keyset into a file.
func (s *stage) keysetFile() string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "keyset.json")
	if err := os.WriteFile(path, []byte(s.child.Config["CONSIGLIERE_ENCRYPTION_KEYSET"]), 0o600); err != nil {
		s.t.Fatal(err)
	}
	delete(s.child.Config, "CONSIGLIERE_ENCRYPTION_KEYSET")
	s.child.Config["CONSIGLIERE_ENCRYPTION_KEYSET_FILE"] = path
	return path
}

// storeKey stores the key of a player of the faction that only holds keys.
func (s *stage) storeKey(v *vault.Vault, player faction.PlayerID) error {
	sealed, fingerprint, err := app.SealKey(v, torn.NewSecret(fmt.Sprintf("%016d", player)), player)
	if err != nil {
		return err
	}
	return s.db.Store.SaveKey(s.t.Context(), keyCopies, faction.Key{Player: player, Sealed: sealed, Fingerprint: fingerprint, Type: "Limited Access", Consent: "lend"}, time.Now())
}

// allOpen opens every key with the keyset in the file.
func (s *stage) allOpen(path string, want int) {
	s.t.Helper()
	v, err := vault.Open("", path)
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	for _, id := range []faction.ID{keyCopies, s.us} {
		keys, err := s.db.Store.Keys(s.t.Context(), id, 0)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, k := range keys {
			n++
			if _, err := v.Unseal(k.Sealed, vault.Context("api_keys", 0, int64(k.Player))); err != nil {
				s.t.Errorf("the key of player %d: %v", k.Player, err)
			}
		}
	}
	if n < want {
		s.t.Errorf("%d keys are stored, want %d", n, want)
	}
}

// rotate starts a rotation as a process of its own.
func (s *stage) rotate() *exec.Cmd {
	s.child.Rotate = true
	defer func() { s.child.Rotate = false }()
	return s.start()
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func TestRotationsKilledAgainAndAgainUnderARunningBotLoseNothing(t *testing.T) {
	const keys = 1500
	s := newStage(t, simtorn.Config{Seed: 12, MatchedAfter: time.Minute, StartsAfter: 4 * time.Minute, WarLength: 10 * time.Hour, MembersPerSide: 20})
	path := s.keysetFile()
	first, err := vault.Open("", path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range keys {
		if err := s.storeKey(first, faction.PlayerID(10_000+i)); err != nil {
			t.Fatal(err)
		}
	}
	was := first.Keys().Primary
	leads := s.start()
	defer func() { kill(leads) }()
	s.child.Config["CONSIGLIERE_INSTANCE"] = "stands-by"
	second := s.start()
	defer func() { kill(second) }()
	// Somebody links keys all along, with whatever keyset their process has loaded.
	linking, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	linked := 0
	busy.Go(func() {
		for ; linking.Err() == nil; linked++ {
			if _, err := first.Reload(); err != nil {
				t.Error(err)
			}
			var told *faction.Error
			err := s.storeKey(first, faction.PlayerID(50_000+linked))
			if errors.As(err, &told) && told.Kind == faction.Unavailable && strings.Contains(told.Say, "try again") {
				linked--
			} else if err != nil {
				t.Error(err)
			}
			select {
			case <-linking.Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	s.waitFor(func() error { return s.running(2) })
	rng := rand.New(rand.NewPCG(7, 8))
	for i := range 6 {
		r := s.rotate()
		time.Sleep(time.Duration(rng.IntN(2000)) * time.Millisecond)
		kill(r)
		if i == 3 { // the bot itself is killed, too, and starts with the file as it is by then
			kill(second)
			second = s.start()
		}
		s.allOpen(path, keys)
	}
	if err := s.rotate().Wait(); err != nil {
		t.Errorf("the rotation that nobody killed: %v", err)
	}
	stop()
	busy.Wait()
	if _, err := first.Reload(); err != nil {
		t.Error(err)
	}
	// What was linked while the last rotation ended is sealed with its key already.
	s.allOpen(path, keys+linked)
	k := first.Keys()
	seals, err := s.db.Store.Seals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range seals {
		if of.Key != k.Primary || len(k.IDs) != 1 || k.Primary == was {
			t.Errorf("%d rows of faction %d are sealed with %d, the file holds %v, before it was %d", of.Rows, of.Faction, of.Key, k.IDs, was)
		}
	}
	logs := s.logs.String()
	for _, bad := range []string{"cannot be opened", "panic", "cannot be loaded"} {
		if strings.Contains(logs, bad) {
			t.Errorf("a process said %q", bad)
		}
	}
	if n := strings.Count(logs, "the keyset was reloaded"); n < 6 {
		t.Errorf("the bots said %d times that they have reloaded", n)
	}
	if t.Failed() {
		t.Logf("last words:\n%s", tail(logs, 6000))
	}
}

// running tells whether so many processes have said that they run.
func (s *stage) running(n int) error {
	all, err := s.db.Store.Processes(s.t.Context(), 30*time.Second)
	if err == nil && len(all) != n {
		err = fmt.Errorf("%d processes run", len(all))
	}
	return err
}

func TestABrokenKeysetFileIsToldAndTheOldOneUsed(t *testing.T) {
	s := newStage(t, simtorn.Config{Seed: 13, MembersPerSide: 10})
	path := s.keysetFile()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bot := s.start()
	defer kill(bot)
	s.waitFor(func() error { return s.keysetCheck(true) })
	for name, text := range map[string]string{"cut off": string(good[:len(good)/2]), "empty": ""} {
		if err := vault.ReplaceFile(path, string(good), text); err != nil {
			t.Fatal(name, err)
		}
		s.waitFor(func() error { return s.keysetCheck(false) })
		broken, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := vault.ReplaceFile(path, string(broken), strings.TrimSpace(string(good))); err != nil {
			t.Fatal(err)
		}
		s.waitFor(func() error { return s.keysetCheck(true) })
		if good, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if logs := s.logs.String(); strings.Contains(logs, string(good[20:60])) {
		t.Error("the log quotes the keyset")
	}
}

// keysetCheck compares what /readyz says of the keyset.
func (s *stage) keysetCheck(want bool) error {
	_, rest, found := strings.Cut(s.logs.String(), `"http":"`)
	if !found {
		return errors.New("the bot has not said where it listens")
	}
	address, _, _ := strings.Cut(rest, `"`)
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var body struct {
		Checks []struct {
			Name string
			OK   bool
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return err
	}
	for _, c := range body.Checks {
		if c.Name == "keyset" && c.OK == want {
			return nil
		}
	}
	return fmt.Errorf("/readyz says %+v", body.Checks)
}

func TestWhatCannotBeRotatedIsSaidAndIsTheConfigurationsFault(t *testing.T) {
	loose := filepath.Join(t.TempDir(), "keyset.json")
	if err := os.WriteFile(loose, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(loose, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, set := range map[string]func(*config.Config){
		"set encryption.keyset_file":         func(c *config.Config) { c.Encryption.Keyset = "{}" },
		"encryption.keyset_file: is missing": func(*config.Config) {},
		"does not exist":                     func(c *config.Config) { c.Encryption.KeysetFile = loose + "x" },
		"mode 0644, so others can read it":   func(c *config.Config) { c.Encryption.KeysetFile = loose },
	} {
		cfg := config.Defaults()
		set(&cfg)
		err := app.RotateKeys(t.Context(), &cfg, slog.New(slog.DiscardHandler), time.Second, func(string) {})
		if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("gave %v, want it to say %q", err, want)
		}
	}
}
