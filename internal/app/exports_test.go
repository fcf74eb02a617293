package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/store/storetest"
)

func TestAnExportIsAWholeFileThatOnlyTheBotMayRead(t *testing.T) {
	db := storetest.Open(t)
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	if err := db.Store.Register(t.Context(), faction.Faction{ID: 101, Name: "Lions"}, "9", "", now); err != nil {
		t.Fatal(err)
	}
	e := exports{db.Store, filepath.Join(t.TempDir(), "data", "exports")}
	got, err := e.ExportFaction(t.Context(), 101, now)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{got.Path: 0o600, e.dir: 0o700} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v), want %v", path, info.Mode().Perm(), err, want)
		}
	}
	left, err := os.ReadDir(e.dir)
	if err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v (%v), want the file alone", left, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(got.Small))
	if err != nil {
		t.Fatal(err)
	}
	var rows int64
	for s := bufio.NewScanner(z); s.Scan(); {
		if strings.HasPrefix(s.Text(), `{"table":"`) {
			rows++
		}
	}
	var told int64
	for _, n := range got.Rows {
		told += n
	}
	if rows == 0 || rows != told || got.Size != int64(len(got.Small)) {
		t.Errorf("%d rows and %d bytes in the file, told %d and %d", rows, len(got.Small), told, got.Size)
	}
}

func TestAnExportThatCannotBeWrittenLeavesNothing(t *testing.T) {
	db := storetest.Open(t)
	e := exports{db.Store, filepath.Join(t.TempDir(), "exports")}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.ExportFaction(ctx, 101, time.Now()); err == nil {
		t.Fatal("an export with a context that ended succeeded")
	}
	left, err := os.ReadDir(e.dir)
	if err != nil || len(left) != 0 {
		t.Errorf("the folder holds %v (%v), want nothing", left, err)
	}
}
