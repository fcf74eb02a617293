package torn

import (
	"fmt"
	"log/slog"

	"consigliere/internal/faction"
)

// redacted stands wherever a key would have been printed.
const redacted = "[key]"

// Secret is a Torn API key. Whatever prints, logs or marshals it shows "[key]";
// only Reveal gives the text. It sits behind a pointer because fmt walks into
// unexported fields without asking their methods, and then finds an address.
type Secret struct{ text *string }

// NewSecret keeps a key as it is. Keys that people type go through ParseSecret.
func NewSecret(key string) Secret {
	if key == "" {
		return Secret{}
	}
	return Secret{text: &key}
}

// ParseSecret takes a key that somebody typed: 16 letters and digits, blanks
// around them forgiven. Anything else is refused here, because trying bad keys
// gets this host's address banned (Torn's error 8).
func ParseSecret(typed string) (Secret, error) {
	start, end := 0, len(typed)
	for start < end && blank(typed[start]) {
		start++
	}
	for end > start && blank(typed[end-1]) {
		end--
	}
	key := typed[start:end]
	ok := len(key) == 16
	for i := 0; i < len(key) && ok; i++ {
		c := key[i]
		ok = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	if !ok {
		return Secret{}, faction.Errorf(faction.Invalid, "That is not a Torn API key: a key is 16 letters and digits. Nothing was stored.")
	}
	return NewSecret(key), nil
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// Reveal gives the key itself: for the Authorization header and for encryption.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero tells that there is no key.
func (s Secret) IsZero() bool { return s.text == nil }

// String is "[key]".
func (Secret) String() string { return redacted }

// GoString is "[key]".
func (Secret) GoString() string { return redacted }

// Format prints "[key]" for every verb; %d of a plain string would print it.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue is "[key]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "[key]", in JSON too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
