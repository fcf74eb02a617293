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
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
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

// Vault seals and opens secrets. It is safe for concurrent use, while its keyset is
// exchanged, too.
type Vault struct {
	file    string // where the keyset comes from; empty: not from a file
	current atomic.Pointer[loaded]
}

// loaded is one keyset, ready for use.
type loaded struct {
	aead   tink.AEAD
	keys   Keys
	digest [sha256.Size]byte // of the text it came from
}

// Context is where a secret belongs: row id of a faction's table. Secrets sealed
// for one context open in no other.
func Context(table string, id faction.ID, row int64) string {
	return fmt.Sprintf("%s/%d/%d", table, id, row)
}

// Open makes a vault from a keyset, or from the file that holds one when keyset
// is empty. A keyset is Tink's JSON as Generate makes it, or that in base64.
func Open(text, file string) (*Vault, error) {
	v := &Vault{}
	switch {
	case text != "":
	case file != "":
		v.file = file
		var err error
		if text, err = ReadFile(file); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%w is missing: make one with \"consigliere keys generate\"", ErrKeyset)
	}
	l, err := load(text)
	if err != nil {
		return nil, err
	}
	v.current.Store(l)
	return v, nil
}

// load makes a keyset ready for use.
func load(text string) (*loaded, error) {
	h, err := parse(text)
	if err != nil {
		return nil, err
	}
	keys, err := keysOf(h)
	if err != nil {
		return nil, err
	}
	a, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("%w is not one for authenticated encryption (AEAD)", ErrKeyset)
	}
	return &loaded{aead: a, keys: keys, digest: sha256.Sum256([]byte(text))}, nil
}

// ErrForeign is returned when the file holds another keyset altogether.
var ErrForeign = fmt.Errorf("%w: the file holds none of the keys that were in use until now: put the former file back", ErrKeyset)

// Reload reads the vault's file again and works with the keyset in it from now on;
// changed tells whether it is another one. After an error the vault works on with the
// keyset that it has. A keyset that shares no key with that one is ErrForeign: most
// likely it opens nothing of what is stored. A vault without a file has nothing to reload.
func (v *Vault) Reload() (changed bool, err error) {
	return v.reload(func(have, next *loaded) bool { return slices.ContainsFunc(next.keys.IDs, have.keys.Has) })
}

// Adopt is Reload for a process that knows that all keys it has were retired: it takes
// whatever keyset the file holds.
func (v *Vault) Adopt() (changed bool, err error) {
	return v.reload(func(*loaded, *loaded) bool { return true })
}

func (v *Vault) reload(accept func(have, next *loaded) bool) (changed bool, err error) {
	if v.file == "" {
		return false, nil
	}
	text, err := ReadFile(v.file)
	if err != nil {
		return false, err
	}
	have := v.current.Load()
	if sha256.Sum256([]byte(text)) == have.digest {
		return false, nil
	}
	next, err := load(text)
	if err != nil {
		return false, fmt.Errorf("read the file %s: %w", v.file, err)
	}
	if !accept(have, next) {
		return false, ErrForeign
	}
	v.current.Store(next)
	return true, nil
}

// Keys names the keys that the vault has loaded.
func (v *Vault) Keys() Keys { return v.current.Load().keys }

// Seal encrypts plain for context. Sealing twice gives different ciphertexts.
func (v *Vault) Seal(plain []byte, context string) ([]byte, error) {
	if context == "" {
		return nil, ErrNoContext
	}
	sealed, err := v.current.Load().aead.Encrypt(plain, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("seal for %s: %w", context, err)
	}
	return sealed, nil
}

// Unseal opens what was sealed for the same context, or returns ErrUnseal. What was
// sealed with a key that the vault does not have may have been sealed by a process that
// knows more: then the file is looked at before giving up, and taken when it opens this.
func (v *Vault) Unseal(sealed []byte, context string) ([]byte, error) {
	if context == "" {
		return nil, ErrNoContext
	}
	l := v.current.Load()
	if id, err := KeyID(sealed); err == nil && !l.keys.Has(id) {
		_, _ = v.reload(func(_, next *loaded) bool { // without the file, opening fails below
			_, err := next.aead.Decrypt(sealed, []byte(context))
			return err == nil
		})
		l = v.current.Load()
	}
	plain, err := l.aead.Decrypt(sealed, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("unseal for %s: %w", context, ErrUnseal) // Tink's own error says no more
	}
	return plain, nil
}

// Stale reports whether sealed was made with another key than the one that seals
// now, so that it should be sealed anew before its key leaves the keyset.
func (v *Vault) Stale(sealed []byte) bool {
	id, err := KeyID(sealed)
	return err != nil || id != v.Keys().Primary
}

// KeyID is the id of the key that sealed a ciphertext; no keyset is needed to
// read it. (Tink's prefix: one byte of version 1, then the id, big endian.)
func KeyID(sealed []byte) (uint32, error) {
	if len(sealed) < 5 || sealed[0] != 1 {
		return 0, ErrUnseal
	}
	return binary.BigEndian.Uint32(sealed[1:5]), nil
}
