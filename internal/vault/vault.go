// Package vault encrypts what the database must not give away by itself: Torn API
// keys and webhook URLs. A dump of the database is worth nothing without the
// keyset, which lives in the configuration or in a file of its own.
//
// It is authenticated encryption (AES-256-GCM by Tink). Every ciphertext is bound
// to a context, the place of its row, so a ciphertext copied to another faction's
// row does not open there. A keyset holds any number of keys: one seals, all
// open, which is how a key is replaced while its ciphertexts are still about.
package vault

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"consigliere/internal/faction"
)

var (
	// ErrUnseal is returned for a ciphertext that does not open: sealed with
	// another keyset or for another context, or changed since.
	ErrUnseal = errors.New("the stored secret cannot be decrypted with this keyset here")
	// ErrKeyset is wrapped when a keyset is missing or cannot be read. Errors never
	// quote the keyset.
	ErrKeyset = errors.New("encryption keyset")
	// ErrNoContext is returned when a secret is to be sealed or opened without
	// saying where it belongs.
	ErrNoContext = errors.New("a secret needs the context that it belongs to")
)

// Vault seals and opens secrets. It is safe for concurrent use.
type Vault struct {
	aead    tink.AEAD
	primary uint32
}

// Context is where a secret belongs: row id of a faction's table. Secrets sealed
// for one context open in no other.
func Context(table string, id faction.ID, row int64) string {
	return fmt.Sprintf("%s/%d/%d", table, id, row)
}

// Open makes a vault from a keyset, or from the file that holds one when keyset
// is empty. A keyset is Tink's JSON as Generate makes it, or that in base64.
func Open(text, file string) (*Vault, error) {
	switch {
	case text != "":
	case file != "":
		var err error
		if text, err = readFile(file); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%w is missing: make one with \"consigliere keys generate\"", ErrKeyset)
	}
	h, err := parse(text)
	if err != nil {
		return nil, err
	}
	p, err := h.Primary()
	if err != nil {
		return nil, fmt.Errorf("%w has no usable primary key", ErrKeyset)
	}
	a, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("%w is not one for authenticated encryption (AEAD)", ErrKeyset)
	}
	return &Vault{aead: a, primary: p.KeyID()}, nil
}

// Seal encrypts plain for context. Sealing twice gives different ciphertexts.
func (v *Vault) Seal(plain []byte, context string) ([]byte, error) {
	if context == "" {
		return nil, ErrNoContext
	}
	sealed, err := v.aead.Encrypt(plain, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("seal for %s: %w", context, err)
	}
	return sealed, nil
}

// Unseal opens what was sealed for the same context, or returns ErrUnseal.
func (v *Vault) Unseal(sealed []byte, context string) ([]byte, error) {
	if context == "" {
		return nil, ErrNoContext
	}
	plain, err := v.aead.Decrypt(sealed, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("unseal for %s: %w", context, ErrUnseal) // Tink's own error says no more
	}
	return plain, nil
}

// Stale reports whether sealed was made with another key than the one that seals
// now, so that it should be sealed anew before its key leaves the keyset.
func (v *Vault) Stale(sealed []byte) bool {
	id, err := KeyID(sealed)
	return err != nil || id != v.primary
}

// KeyID is the id of the key that sealed a ciphertext; no keyset is needed to
// read it. (Tink's prefix: one byte of version 1, then the id, big endian.)
func KeyID(sealed []byte) (uint32, error) {
	if len(sealed) < 5 || sealed[0] != 1 {
		return 0, ErrUnseal
	}
	return binary.BigEndian.Uint32(sealed[1:5]), nil
}

// Generate makes a new keyset with one key, as JSON on one line.
func Generate() (string, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("generate an %w: %w", ErrKeyset, err)
	}
	return format(h)
}

// Rotate adds a new key that seals from now on; the keys before it still open.
func Rotate(text string) (string, error) {
	h, err := parse(text)
	if err != nil {
		return "", err
	}
	m := keyset.NewManagerFromHandle(h)
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("add a key to the %w: %w", ErrKeyset, err)
	}
	if err := m.SetPrimary(id); err != nil {
		return "", fmt.Errorf("make the new key the %w's primary: %w", ErrKeyset, err)
	}
	if h, err = m.Handle(); err != nil {
		return "", fmt.Errorf("put the %w together: %w", ErrKeyset, err)
	}
	return format(h)
}

// parse reads a keyset. The reader's error is not wrapped: it can quote the input.
func parse(text string) (*keyset.Handle, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w is neither JSON nor base64", ErrKeyset)
		}
		text = string(b)
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(text)))
	if err != nil {
		return nil, fmt.Errorf("%w is not a Tink keyset in JSON", ErrKeyset)
	}
	return h, nil
}

func format(h *keyset.Handle) (string, error) {
	var b strings.Builder
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b)); err != nil {
		return "", fmt.Errorf("write the %w: %w", ErrKeyset, err)
	}
	return strings.TrimSpace(b.String()), nil
}

// readFile refuses a file that others can read: that is a leak to be noticed at
// the start, not after it.
func readFile(path string) (string, error) {
	fi, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w file %s does not exist: make it with \"consigliere keys generate\"", ErrKeyset, path)
	}
	if err != nil {
		return "", fmt.Errorf("look at the %w file: %w", ErrKeyset, err)
	}
	if fi.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%w file %s has mode %04o, so others can read it: chmod 600 %s", ErrKeyset, path, fi.Mode().Perm(), path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the %w file: %w", ErrKeyset, err)
	}
	return string(b), nil
}
