package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consigliere/internal/config"
)

func TestAFileOfSecretsThatEverybodyCanReadIsWarnedOf(t *testing.T) {
	const secrets = "discord:\n  token: tell-nobody\nencryption:\n  keyset_file: k.json\nredis:\n  url: ''\n"
	for _, tc := range []struct {
		name, text string
		mode       os.FileMode
		want       string
	}{
		{"secrets for all", secrets, 0o644, "(discord.token)"},
		{"secrets for the owner", secrets, 0o600, ""},
		{"secrets for a group", secrets, 0o640, ""},
		{"no secrets", "log:\n  level: debug\n", 0o644, ""},
		{"no YAML", "\t{", 0o644, ""},
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tc.mode); err != nil {
			t.Fatal(err)
		}
		got := config.ExposedSecrets(path)
		if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) || strings.Contains(got, "tell-nobody") {
			t.Errorf("%s: %q", tc.name, got)
		}
		if got != "" && !strings.Contains(got, "chmod 600 "+path) {
			t.Errorf("%s: it does not say how to mend it: %q", tc.name, got)
		}
	}
	if got := config.ExposedSecrets(""); got != "" {
		t.Errorf("without a file: %q", got)
	}
}
