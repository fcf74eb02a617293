package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"consigliere/internal/vault"
)

func added(t *testing.T, ks string) string {
	t.Helper()
	out, err := vault.Add(ks)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func promoted(t *testing.T, ks string) string {
	t.Helper()
	out, err := vault.Promote(ks, keys(t, ks).Newest())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func keys(t *testing.T, ks string) vault.Keys {
	t.Helper()
	k, err := vault.Inspect(ks)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestARotationAddsThenPromotesThenRetires(t *testing.T) {
	first := generate(t)
	old := keys(t, first).Primary
	second := added(t, first)
	k := keys(t, second)
	if k.Primary != old || len(k.IDs) != 2 || k.IDs[0] != old || k.Newest() == old {
		t.Fatalf("after adding: %+v, want %d to seal still and a newer key behind it", k, old)
	}
	third := promoted(t, second)
	if p := keys(t, third); p.Primary != k.Newest() || !slices.Equal(p.IDs, k.IDs) {
		t.Fatalf("after promoting: %+v", p)
	}
	sealed, err := open(t, second).Seal([]byte("x"), "c")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, third).Unseal(sealed, "c"); err != nil {
		t.Errorf("the old key no longer opens: %v", err)
	}
	last, err := vault.Retire(third, old)
	if err != nil {
		t.Fatal(err)
	}
	if r := keys(t, last); r.Primary != k.Newest() || len(r.IDs) != 1 {
		t.Fatalf("after retiring: %+v", r)
	}
	if _, err := open(t, last).Unseal(sealed, "c"); !errors.Is(err, vault.ErrUnseal) {
		t.Errorf("a retired key still opens: %v", err)
	}
}

func TestTheKeyThatSealsIsNotRetiredAndAnUnknownOneNotPromoted(t *testing.T) {
	ks := added(t, generate(t))
	k := keys(t, ks)
	if _, err := vault.Retire(ks, k.Primary); !errors.Is(err, vault.ErrKeyset) {
		t.Errorf("retired the key that seals: %v", err)
	}
	if _, err := vault.Promote(ks, k.Primary^k.Newest()^1); !errors.Is(err, vault.ErrKeyset) {
		t.Errorf("promoted a key that is not there: %v", err)
	}
}

// fromFile makes a file with a keyset and a vault that reads it.
func fromFile(t *testing.T, ks string) (*vault.Vault, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keyset.json")
	if err := os.WriteFile(path, []byte(ks+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open("", path)
	if err != nil {
		t.Fatal(err)
	}
	return v, path
}

func replace(t *testing.T, path, text string) {
	t.Helper()
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.ReplaceFile(path, string(was), text); err != nil {
		t.Fatal(err)
	}
}

func TestAVaultReloadsItsFileAndKeepsTheOldKeysetWhenThatIsBroken(t *testing.T) {
	first := generate(t)
	v, path := fromFile(t, first)
	if changed, err := v.Reload(); changed || err != nil {
		t.Errorf("nothing changed, and reloading gave %t, %v", changed, err)
	}
	next := promoted(t, added(t, first))
	for name, text := range map[string]string{"cut off": next[:len(next)/2], "empty": "", "another keyset": generate(t)} {
		replace(t, path, text)
		if changed, err := v.Reload(); changed || !errors.Is(err, vault.ErrKeyset) {
			t.Errorf("%s: reloading gave %t, %v", name, changed, err)
		}
		if _, err := v.Seal([]byte("x"), "c"); err != nil || v.Keys().Primary != keys(t, first).Primary {
			t.Errorf("%s: the vault no longer works with the keyset it had (%v)", name, err)
		}
	}
	replace(t, path, next)
	if changed, err := v.Reload(); !changed || err != nil {
		t.Errorf("reloading gave %t, %v", changed, err)
	}
	if v.Keys().Primary != keys(t, next).Primary {
		t.Error("the new key does not seal")
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Reload(); err == nil {
		t.Error("a file that others can read was accepted")
	}
}

func TestAVaultThatHasNotReloadedOpensWhatANewerKeySealed(t *testing.T) {
	ks := generate(t)
	late, path := fromFile(t, ks)
	next := promoted(t, added(t, ks))
	replace(t, path, next)
	sealed, err := open(t, next).Seal([]byte("new"), "c")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := late.Unseal(sealed, "c"); err != nil || string(got) != "new" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAVaultTakesAnotherKeysetOnlyWhenThatOpensWhatIsStoredOrItIsTold(t *testing.T) {
	v, path := fromFile(t, generate(t))
	stranger := generate(t)
	sealed, err := open(t, stranger).Seal([]byte("stored"), "c")
	if err != nil {
		t.Fatal(err)
	}
	replace(t, path, stranger)
	if changed, err := v.Reload(); changed || !errors.Is(err, vault.ErrForeign) {
		t.Errorf("reloading gave %t, %v", changed, err)
	}
	if _, err := v.Unseal(sealed, "elsewhere"); !errors.Is(err, vault.ErrUnseal) || v.Keys().Primary == keys(t, stranger).Primary {
		t.Errorf("took a keyset that does not open this (%v)", err)
	}
	if got, err := v.Unseal(sealed, "c"); err != nil || string(got) != "stored" {
		t.Errorf("got %q, %v", got, err)
	}
	replace(t, path, generate(t))
	if changed, err := v.Adopt(); !changed || err != nil {
		t.Errorf("adopting gave %t, %v", changed, err)
	}
}

func TestAVaultIsUsedByManyWhileItReloads(t *testing.T) {
	ks := generate(t)
	v, path := fromFile(t, ks)
	var users sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		users.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				sealed, err := v.Seal([]byte("x"), "c")
				if err == nil {
					_, err = v.Unseal(sealed, "c")
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 20 {
		ks = promoted(t, added(t, ks))
		replace(t, path, ks)
		if _, err := v.Reload(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	users.Wait()
}

func TestAKeysetFileIsReplacedAtOnceAndStaysItsOwners(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(real, []byte("old"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := vault.ReplaceFile(link, "older", "new"); !errors.Is(err, vault.ErrFileChanged) {
		t.Errorf("replaced a file that somebody else had changed: %v", err)
	}
	if b, _ := os.ReadFile(real); string(b) != "old" {
		t.Errorf("the file holds %q", b)
	}
	if err := vault.ReplaceFile(link, "old", "new"); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(link); strings.TrimSpace(string(b)) != "new" {
		t.Errorf("the file holds %q", b)
	}
	if fi, err := os.Lstat(link); err != nil || fi.Mode()&os.ModeSymlink == 0 {
		t.Error("the link became a file")
	}
	if fi, err := os.Stat(real); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v (%v)", fi.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
