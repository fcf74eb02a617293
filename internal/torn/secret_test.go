package torn_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

func TestASecretIsNeverPrinted(t *testing.T) {
	s := torn.NewSecret(testKey)
	type hidden struct{ secret torn.Secret }
	rec := torn.KeyRecord{ID: 1, Secret: s}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T"} {
		for _, v := range []any{s, &s, hidden{s}, &hidden{s}, []torn.Secret{s}, map[string]torn.Secret{"a": s}, rec, key()} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	j, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("a key", "secret", s, "record", rec, "hidden", hidden{s}, "error", fmt.Errorf("with %v", s))
	}
	out.Write(log.Bytes())
	all := strings.ToLower(out.String())
	if strings.Contains(all, strings.ToLower(testKey)) || strings.Contains(all, fmt.Sprintf("%x", testKey)) || strings.Contains(all, "5678") {
		t.Errorf("printed: %s", out.String())
	}
	if !strings.Contains(all, "[key]") {
		t.Error("nothing stands in its place")
	}
}

func TestATypedKeyIs16LettersAndDigits(t *testing.T) {
	s, err := torn.ParseSecret(" \t" + testKey + "\r\n")
	if err != nil || s.Reveal() != testKey {
		t.Errorf("a good key with blanks around it: %q, %v", s.Reveal(), err)
	}
	for _, bad := range []string{"", "short", testKey + "1", "AbCdEfGh1234567!", "AbCdEfGh 2345678", "ÄbCdEfGh1234567", "AbCdEfGh12345\n78"} {
		s, err := torn.ParseSecret(bad)
		if err == nil || !s.IsZero() || faction.KindOf(err) != faction.Invalid {
			t.Errorf("%q was accepted", bad)
		}
		if err != nil && bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("the refusal repeats what was typed: %v", err)
		}
	}
}
