package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consigliere/internal/audit"
)

// exported is an extract of two entries.
func exported(t *testing.T) string {
	t.Helper()
	var head audit.Head
	var links []audit.Link
	var entries []audit.Entry
	for i := int64(1); i <= 2; i++ {
		e := audit.Entry{Seq: i, At: time.Unix(i, 0), Actor: 5, Action: "link", Outcome: "done", Body: "{}"}
		head = audit.Head{N: i, Hash: audit.Sum(head.Hash, 7, i, e)}
		links, entries = append(links, audit.Link{N: i, Seq: i, Hash: head.Hash}), append(entries, e)
	}
	var b bytes.Buffer
	w, err := audit.NewWriter(&b, 7, audit.Head{}, head, time.Unix(9, 0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range links {
		if err := w.Entry(links[i], &entries[i]); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestAnExportIsCheckedWithoutADatabase(t *testing.T) {
	dir, text := t.TempDir(), exported(t)
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, path, want string
		exit             int
	}{
		{"whole", write("a", []byte(text)), "✓ faction 7: 2 entries, head 2 ", 0},
		{"packed", write("b", packed.Bytes()), "✓ faction 7: 2 entries, head 2 ", 0},
		{"changed", write("c", []byte(strings.Replace(text, `"actor":5`, `"actor":6`, 1))), "✗ faction 7: broken at entry 1 (row 1)", 1},
		{"no export", write("d", []byte("hello")), "", 1},
		{"packed by half", write("e", packed.Bytes()[:packed.Len()/2]), "", 1},
		{"no file", filepath.Join(dir, "nowhere"), "", 2},
	} {
		out, _ := execute(t, "audit", "verify", "--file", tc.path)
		if exit := run(t.Context(), []string{"audit", "verify", "--file", tc.path}); exit != tc.exit || !strings.Contains(out, tc.want) {
			t.Errorf("%s: exit %d, want %d; printed %q", tc.name, exit, tc.exit, out)
		}
	}
	if exit := run(t.Context(), []string{"audit", "look"}); exit != 2 {
		t.Errorf("an unknown subcommand: exit %d", exit)
	}
}
