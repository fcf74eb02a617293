package vault_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consigliere/internal/vault"
)

func generate(t *testing.T) string {
	t.Helper()
	ks, err := vault.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

func open(t *testing.T, ks string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(ks, "")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatWasSealedOpensInItsContextOnly(t *testing.T) {
	v := open(t, generate(t))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		here := rapid.StringN(1, 30, -1).Draw(t, "context")
		there := rapid.StringN(1, 30, -1).Filter(func(s string) bool { return s != here }).Draw(t, "other context")
		sealed, err := v.Seal(plain, here)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Unseal(sealed, here)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("got %x, %v; want %x", got, err, plain)
		}
		if _, err := v.Unseal(sealed, there); !errors.Is(err, vault.ErrUnseal) {
			t.Fatalf("opened in another context: %v", err)
		}
	})
}

func TestAChangedByteAnywhereIsNoticed(t *testing.T) {
	v := open(t, generate(t))
	sealed, err := v.Seal([]byte("a key of sixteen"), "api_keys/1/1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 0x40
		if _, err := v.Unseal(changed, "api_keys/1/1"); !errors.Is(err, vault.ErrUnseal) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := v.Unseal(sealed[:n], "api_keys/1/1"); !errors.Is(err, vault.ErrUnseal) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestTheSameSecretSealsDifferentlyAndHidesThePlainText(t *testing.T) {
	v := open(t, generate(t))
	a, _ := v.Seal([]byte("sixteen letters!"), "c")
	b, _ := v.Seal([]byte("sixteen letters!"), "c")
	if bytes.Equal(a, b) {
		t.Error("equal secrets can be told from their ciphertexts")
	}
	if bytes.Contains(a, []byte("sixteen")) {
		t.Error("the ciphertext holds the plain text")
	}
}

func TestAnotherKeysetDoesNotOpen(t *testing.T) {
	sealed, err := open(t, generate(t)).Seal([]byte("secret"), "c")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, generate(t)).Unseal(sealed, "c"); !errors.Is(err, vault.ErrUnseal) {
		t.Errorf("error: %v", err)
	}
}

func TestWithoutAContextNothingIsSealedOrOpened(t *testing.T) {
	v := open(t, generate(t))
	if _, err := v.Seal([]byte("x"), ""); !errors.Is(err, vault.ErrNoContext) {
		t.Errorf("seal: %v", err)
	}
	if _, err := v.Unseal([]byte("x"), ""); !errors.Is(err, vault.ErrNoContext) {
		t.Errorf("unseal: %v", err)
	}
}

func TestAfterARotationOldSecretsOpenAndAreKnownAsStale(t *testing.T) {
	ks := generate(t)
	before := open(t, ks)
	old, err := before.Seal([]byte("old"), "c")
	if err != nil {
		t.Fatal(err)
	}
	if before.Stale(old) {
		t.Error("stale before any rotation")
	}
	after := open(t, promoted(t, added(t, ks)))
	if got, err := after.Unseal(old, "c"); err != nil || string(got) != "old" {
		t.Errorf("after the rotation: %q, %v", got, err)
	}
	if !after.Stale(old) {
		t.Error("an old key's ciphertext is not stale")
	}
	fresh, err := after.Seal([]byte("new"), "c")
	if err != nil {
		t.Fatal(err)
	}
	if after.Stale(fresh) {
		t.Error("stale right after sealing")
	}
	a, errA := vault.KeyID(old)
	b, errB := vault.KeyID(fresh)
	if errA != nil || errB != nil || a == b {
		t.Errorf("key ids %d, %d; %v, %v", a, b, errA, errB)
	}
	if _, err := before.Unseal(fresh, "c"); !errors.Is(err, vault.ErrUnseal) {
		t.Errorf("the old keyset opens the new key's secret: %v", err)
	}
	if _, err := vault.KeyID([]byte("no ciphertext")); err == nil {
		t.Error("read a key id from garbage")
	}
}

func TestAKeysetInBase64IsTheSameKeyset(t *testing.T) {
	ks := generate(t)
	sealed, err := open(t, ks).Seal([]byte("x"), "c")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(ks, "\n") {
		t.Error("the keyset does not fit one line of an environment file")
	}
	v := open(t, base64.StdEncoding.EncodeToString([]byte(ks)))
	if _, err := v.Unseal(sealed, "c"); err != nil {
		t.Error(err)
	}
}

func TestABadKeysetIsRefusedWithoutQuotingIt(t *testing.T) {
	ks := generate(t)
	const marker = "HIDEME"
	for name, text := range map[string]string{
		"no keyset":          "",
		"neither kind":       marker + "!",
		"base64 of nonsense": base64.StdEncoding.EncodeToString([]byte(marker)),
		"other JSON":         `{"` + marker + `":1}`,
		"broken value":       regexp.MustCompile(`"value": *"`).ReplaceAllString(ks, `"value":`+marker+`"`),
		"no keys":            `{"primaryKeyId":1,"key":[]}`,
		"another primitive":  strings.Replace(ks, "AesGcmKey", "HmacKey", 1),
		"cut off":            ks[:len(ks)/2],
	} {
		_, err := vault.Open(text, "")
		if !errors.Is(err, vault.ErrKeyset) {
			t.Errorf("%s: error is %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), marker) || strings.Contains(err.Error(), "value") {
			t.Errorf("%s: the error quotes the keyset: %v", name, err)
		}
		if _, err := vault.Inspect(text); !errors.Is(err, vault.ErrKeyset) {
			t.Errorf("%s: inspected with error %v", name, err)
		}
	}
}

func TestAKeysetFileMustBeItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	if _, err := vault.Open("", path); !errors.Is(err, vault.ErrKeyset) || !strings.Contains(err.Error(), "keys generate") {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte(generate(t)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open("", path); err != nil {
		t.Errorf("mode 0600: %v", err)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o620} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Open("", path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
}

func TestContextsOfDifferentRowsDiffer(t *testing.T) {
	if vault.Context("api_keys", 11, 2) == vault.Context("api_keys", 1, 12) {
		t.Error("two rows share a context")
	}
}
