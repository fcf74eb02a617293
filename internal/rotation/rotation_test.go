package rotation_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/rotation"
	"consigliere/internal/vault"
)

func TestARotationKilledAtAnyStepIsFinishedByTheNextWhileTheBotServes(t *testing.T) {
	s := newStage(t, 40)
	quick, slow := s.process("quick"), s.process("slow")
	defer quick.serve(1)()
	defer slow.serve(2)()
	looks := 0
	look := func() { // one process loads the file at once, the other at every third look
		looks++
		quick.reload()
		if looks%3 == 0 {
			slow.reload()
		}
	}
	steps := 0
	for at := 1; ; at++ {
		killed := false
		for _, after := range []bool{false, true} {
			was := s.keys()
			c := &crashing{Store: s.db.Store, file: file(s.path), at: at, after: after, look: look}
			_, err := s.rotation(c, c).Run(t.Context())
			if killed = errors.Is(err, errCrash); !killed && err != nil {
				t.Fatalf("killed at call %d: %v", at, err)
			}
			s.allOpen()
			finish := &crashing{Store: s.db.Store, file: file(s.path), look: look}
			if _, err := s.rotation(finish, finish).Run(t.Context()); err != nil {
				t.Fatalf("finishing what was killed at call %d: %v\n%s", at, err, strings.Join(s.told, "\n"))
			}
			s.rotated(was.Primary)
			steps++
			if t.Failed() {
				t.Fatalf("killed at call %d (after it: %t); told:\n%s", at, after, strings.Join(s.told, "\n"))
			}
		}
		if !killed {
			break
		}
	}
	if steps < 40 {
		t.Errorf("killed at %d places only, want every call of a rotation", steps)
	}
}

func TestNothingIsSealedWithAKeyBeforeEveryRunningProcessHasIt(t *testing.T) {
	s := newStage(t, 10)
	was := s.keys().Primary
	deaf := s.process("deaf")
	defer deaf.serve(1)()
	c := &crashing{Store: s.db.Store, file: file(s.path), look: deaf.alive}
	r := s.rotation(c, c)
	r.Patience = 20 * time.Second
	_, err := r.Run(t.Context())
	if !errors.Is(err, rotation.ErrNotLoaded) || !strings.Contains(err.Error(), "deaf") {
		t.Fatalf("the rotation ended with %v, want it to name the process", err)
	}
	if k := s.keys(); k.Primary != was || len(k.IDs) != 2 {
		t.Errorf("the file holds %+v, want the new key waiting", k)
	}
	next := s.keys().Newest()
	// It has loaded the new key, and then does not hear that it is to seal with it.
	deaf.reload()
	if _, err := r.Run(t.Context()); !errors.Is(err, rotation.ErrNotLoaded) {
		t.Fatalf("the rotation ended with %v", err)
	}
	if k := s.keys(); k.Primary != next || len(k.IDs) != 2 {
		t.Errorf("the file holds %+v, want the new key sealing and the old one kept", k)
	}
	c.look, r.Patience = deaf.reload, time.Hour
	res, err := r.Run(t.Context())
	if err != nil || res.New != next || !slices.Equal(res.Retired, []uint32{was}) || res.Rows < 9 {
		t.Errorf("did %+v (%v)", res, err)
	}
	s.rotated(was)
}

func TestAProcessThatSleptThroughARotationReadsAllAndIsKeptFromSealingWithTheOldKey(t *testing.T) {
	s := newStage(t, 10)
	was := s.keys().Primary
	asleep := s.process("asleep")
	s.exec("update processes set seen_at = clock_timestamp() - interval '31 seconds'")
	c := &crashing{Store: s.db.Store, file: file(s.path)}
	if _, err := s.rotation(c, c).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.rotated(was)
	var told *faction.Error
	if err := s.save(asleep.vault, 3, "late"); !errors.As(err, &told) || told.Kind != faction.Unavailable || !strings.Contains(told.Say, "try again") {
		t.Errorf("sealing with the retired key gave %v", err)
	}
	keys, err := s.db.Store.Keys(t.Context(), lions, 0)
	must(t, err)
	for _, k := range keys {
		if plain, err := asleep.vault.Unseal(k.Sealed, vault.Context("api_keys", 0, int64(k.Player))); err != nil || string(plain) != "first" {
			t.Errorf("reading gave %q, %v", plain, err)
		}
	}
	must(t, s.save(asleep.vault, 3, "second try")) // it has loaded the file by reading
	s.allOpen()
}

func TestAnOldCopyOfTheFileIsRefused(t *testing.T) {
	s := newStage(t, 3)
	old, err := os.ReadFile(s.path)
	must(t, err)
	c := &crashing{Store: s.db.Store, file: file(s.path)}
	r := s.rotation(c, c)
	if _, err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(t, os.WriteFile(s.path, old, 0o600))
	if _, err := r.Run(t.Context()); !errors.Is(err, rotation.ErrOldCopy) {
		t.Errorf("rotating an old copy gave %v", err)
	}
	if now, _ := os.ReadFile(s.path); string(now) != string(old) {
		t.Error("the file was changed")
	}
}

func TestAKeyIsKeptWhileARowNeedsItThatDoesNotOpen(t *testing.T) {
	s := newStage(t, 10)
	was := s.keys().Primary
	s.exec("update api_keys set sealed = set_byte(sealed, 10, 255 - get_byte(sealed, 10)) where player_id in (4, 5)")
	c := &crashing{Store: s.db.Store, file: file(s.path)}
	r := s.rotation(c, c)
	_, err := r.Run(t.Context())
	if !errors.Is(err, rotation.ErrLocked) || !strings.Contains(err.Error(), "api_keys of faction 101") || !strings.Contains(err.Error(), "api_keys of faction 202") {
		t.Fatalf("gave %v, want it to name the rows", err)
	}
	if !s.keys().Has(was) {
		t.Error("the old key is gone")
	}
	for _, player := range []faction.PlayerID{4, 5} {
		must(t, s.save(s.vault(), player, "linked again"))
	}
	if _, err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.rotated(was)
}

func TestRowsOfAnUnknownKeyAreToldOfAndLeftAsTheyAre(t *testing.T) {
	s := newStage(t, 3)
	s.exec(`update api_keys set sealed = '\x01000000070000' where player_id = 1`)
	c := &crashing{Store: s.db.Store, file: file(s.path)}
	if _, err := s.rotation(c, c).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(s.told, func(text string) bool {
		return strings.Contains(text, "1 rows were sealed with keys that are not in this keyset")
	}) {
		t.Errorf("told: %q", s.told)
	}
}

func TestAFileThatSomebodyElseChangesMeanwhileIsLeftAlone(t *testing.T) {
	s := newStage(t, 3)
	other, err := vault.Generate()
	must(t, err)
	c := &crashing{Store: s.db.Store, file: file(s.path)}
	looks := 0
	c.look = func() {
		if looks++; looks == 2 { // while the processes are waited for
			must(t, os.WriteFile(s.path, []byte(other), 0o600))
		}
	}
	if _, err := s.rotation(c, c).Run(t.Context()); !errors.Is(err, vault.ErrFileChanged) {
		t.Errorf("gave %v", err)
	}
	if now, _ := os.ReadFile(s.path); string(now) != other {
		t.Error("the file was overwritten")
	}
}
