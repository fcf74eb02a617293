package commands_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/chat"
)

var update = flag.Bool("update", false, "write the golden texts anew")

// show sets a reply as text, for golden files and for searching.
func show(r chat.Reply) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if r.Ephemeral {
		line("(only you)")
	}
	if r.Update {
		line("(replaces the message)")
	}
	if m := r.Modal; m != nil {
		line("form %s %q", m.ID, m.Title)
		for _, in := range m.Inputs {
			line("  %s: %s (%s)", in.ID, in.Label, in.Placeholder)
		}
	}
	if r.Content != "" {
		line("%s", r.Content)
	}
	for _, e := range r.Embeds {
		line("# %s", e.Title)
		if e.Description != "" {
			line("%s", e.Description)
		}
		for _, f := range e.Fields {
			line("## %s\n%s", f.Name, f.Value)
		}
		if e.Image != "" {
			line("[picture %s]", e.Image)
		}
		if e.Footer != "" {
			line("-- %s", e.Footer)
		}
	}
	for _, f := range r.Files {
		line("[file %s: %s]", f.Name, f.Alt)
	}
	for _, row := range r.Rows {
		var parts []string
		for _, bt := range row.Buttons {
			s := bt.Label + " = " + bt.ID + bt.URL
			if bt.Disabled {
				s += " (disabled)"
			}
			parts = append(parts, "["+s+"]")
		}
		if s := row.Select; s != nil {
			parts = append(parts, fmt.Sprintf("[%s v %s %s, %d options]", s.Placeholder, s.ID, s.Kind, len(s.Options)))
		}
		line("%s", strings.Join(parts, " "))
	}
	return b.String()
}

// golden compares with testdata/name.txt.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, d)
	}
}
