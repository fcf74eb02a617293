package config

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
)

const redacted = "[redacted]"

// Secret is a string that does not print: not with any verb of fmt, not in logs,
// not as JSON or YAML. Reveal is the one way to its value.
type Secret string

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String is a placeholder, empty for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format prints the placeholder, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue logs the placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText writes the placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Secrets lists every secret that is set, and the passwords inside of URLs, for
// the log's Redactor.
func (c *Config) Secrets() []string {
	var list []string
	for _, f := range fields(c) {
		s, ok := f.value.Interface().(Secret)
		if !ok || s == "" {
			continue
		}
		list = append(list, s.Reveal())
		if u, err := url.Parse(s.Reveal()); err == nil && u.User != nil {
			if password, ok := u.User.Password(); ok && password != "" {
				list = append(list, password)
			}
		}
	}
	return list
}
