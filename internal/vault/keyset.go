package vault

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Keys names the keys of a keyset. An id is no secret: every ciphertext begins with
// that of its key.
type Keys struct {
	IDs     []uint32 // in the order in which they were added
	Primary uint32   // the one that seals
}

// Has tells whether a key is in the keyset, so that what it sealed can be opened.
func (k Keys) Has(id uint32) bool { return slices.Contains(k.IDs, id) }

// Newest is the key that was added last.
func (k Keys) Newest() uint32 { return k.IDs[len(k.IDs)-1] }

// Generate makes a new keyset with one key, as JSON on one line.
func Generate() (string, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("generate an %w: %w", ErrKeyset, err)
	}
	return format(h)
}

// Inspect names the keys of a keyset.
func Inspect(text string) (Keys, error) {
	l, err := load(text)
	if err != nil {
		return Keys{}, err
	}
	return l.keys, nil
}

// Add adds a new key, which opens but does not seal yet: every process has to know a
// key before anything is sealed with it.
func Add(text string) (string, error) {
	return change(text, func(m *keyset.Manager) error {
		_, err := m.Add(aead.AES256GCMKeyTemplate())
		return err
	})
}

// Promote makes a key of the keyset the one that seals; all others still open.
func Promote(text string, id uint32) (string, error) {
	return change(text, func(m *keyset.Manager) error { return m.SetPrimary(id) })
}

// Retire removes keys, none of them the one that seals. What they sealed can never be
// opened again.
func Retire(text string, ids ...uint32) (string, error) {
	return change(text, func(m *keyset.Manager) error {
		for _, id := range ids {
			if err := m.Delete(id); err != nil {
				return fmt.Errorf("key %d: %w", id, err)
			}
		}
		return nil
	})
}

func change(text string, fn func(*keyset.Manager) error) (string, error) {
	l, err := parse(text)
	if err != nil {
		return "", err
	}
	m := keyset.NewManagerFromHandle(l)
	if err := fn(m); err != nil {
		return "", fmt.Errorf("change the %w: %w", ErrKeyset, err)
	}
	h, err := m.Handle()
	if err != nil {
		return "", fmt.Errorf("put the %w together: %w", ErrKeyset, err)
	}
	return format(h)
}

func keysOf(h *keyset.Handle) (Keys, error) {
	p, err := h.Primary()
	if err != nil {
		return Keys{}, fmt.Errorf("%w has no usable primary key", ErrKeyset)
	}
	k := Keys{Primary: p.KeyID()}
	for i := range h.Len() {
		e, err := h.Entry(i)
		if err != nil {
			return Keys{}, fmt.Errorf("%w: its key %d cannot be looked at", ErrKeyset, i+1)
		}
		if e.KeyStatus() == keyset.Enabled {
			k.IDs = append(k.IDs, e.KeyID())
		}
	}
	return k, nil
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
