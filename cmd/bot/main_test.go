package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"consigliere/internal/config"
)

// execute runs the program in an empty directory and gives what it printed.
func execute(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	t.Chdir(t.TempDir())
	root := newRoot()
	var b bytes.Buffer
	root.SetOut(&b)
	root.SetErr(&b)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return b.String(), err
}

func TestExitCodesTellUsageFromFailure(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tc := range []struct {
		name string
		args []string
		want int
	}{
		{"no command shows the help", nil, 0},
		{"a version is always there", []string{"version"}, 0},
		{"an unknown command", []string{"dance"}, 2},
		{"an unknown flag", []string{"version", "--loud"}, 2},
		{"an argument too many", []string{"version", "now"}, 2},
		{"an unknown format", []string{"commands", "--format", "xml"}, 2},
		{"an unknown subcommand", []string{"migrate", "sideways"}, 2},
		{"a speed out of range", []string{"demo", "--speed", "-1"}, 2},
		{"a configuration file that is not there", []string{"run", "--config", "nowhere.yaml"}, 2},
		{"nothing configured", []string{"run"}, 2},
	} {
		if got := run(t.Context(), tc.args); got != tc.want {
			t.Errorf("%s: exit %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestRunNamesEveryKeyThatIsMissing(t *testing.T) {
	_, err := execute(t, "run")
	if !errors.Is(err, config.ErrInvalid) {
		t.Fatalf("run without a configuration gave %v", err)
	}
	for _, key := range []string{"discord.token", "encryption.keyset"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("the message does not name %s: %v", key, err)
		}
	}
}

func TestCommandsAreListedAsJSONWithTheirGuard(t *testing.T) {
	out, err := execute(t, "commands", "--format", "json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatalf("not JSON: %v\n%.300s", err, out)
	}
	guards := map[string]any{}
	for _, r := range rows {
		guard, there := r["permission"]
		if !there {
			t.Errorf("%v has no permission", r["path"])
		}
		guards[r["path"].(string)] = guard
	}
	for path, want := range map[string]string{"help": "", "war scoreboard": "war.view", "war track start": "war.manage", "board post": "discord.manage"} {
		if got, ok := guards[path]; !ok || got != want {
			t.Errorf("/%s has guard %v (listed %t), want %q", path, got, ok, want)
		}
	}
	paths := make([]string, len(rows))
	for i, r := range rows {
		paths[i] = r["path"].(string)
	}
	if !slices.IsSorted(paths) {
		t.Error("the list is not sorted")
	}
}

func TestKeysGenerateMakesAKeysetThatRunTakes(t *testing.T) {
	first, err := execute(t, "keys", "generate")
	if err != nil {
		t.Fatal(err)
	}
	second, err := execute(t, "keys", "generate")
	if err != nil || first == second || !json.Valid([]byte(strings.TrimSpace(first))) {
		t.Errorf("two keysets are %q and %q (%v), want two different ones in JSON", first, second, err)
	}
}
