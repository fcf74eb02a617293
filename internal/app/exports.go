package app

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"consigliere/internal/commands"
	"consigliere/internal/faction"
	"consigliere/internal/store"
)

// exports writes what is kept of a faction to files of the operator.
type exports struct {
	store *store.Store
	dir   string
}

// discordFile is the largest file that Discord takes.
const discordFile = 10 << 20

// ExportFaction writes everything of a faction to a file that only the bot's own
// account may read. Until it is complete the file has another name; one that was
// begun and left is written over.
func (e exports) ExportFaction(ctx context.Context, id faction.ID, now time.Time) (commands.Export, error) {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return commands.Export{}, fmt.Errorf("make the folder for exports: %w", err)
	}
	path := filepath.Join(e.dir, fmt.Sprintf("faction-%d-%s.jsonl.gz", id, now.UTC().Format("20060102-150405")))
	rows, err := e.write(ctx, id, now, path+".part")
	if err != nil {
		return commands.Export{}, errors.Join(err, os.Remove(path+".part"))
	}
	if err := os.Rename(path+".part", path); err != nil {
		return commands.Export{}, fmt.Errorf("finish the export of faction %d: %w", id, err)
	}
	out := commands.Export{Path: path, Rows: rows}
	if full, err := filepath.Abs(path); err == nil {
		out.Path = full
	}
	info, err := os.Stat(path)
	if err != nil {
		return commands.Export{}, fmt.Errorf("look at the export of faction %d: %w", id, err)
	}
	if out.Size = info.Size(); out.Size <= discordFile {
		if out.Small, err = os.ReadFile(path); err != nil {
			return commands.Export{}, fmt.Errorf("read the export of faction %d: %w", id, err)
		}
	}
	return out, nil
}

// write makes the file and has it on the disk when it returns.
func (e exports) write(ctx context.Context, id faction.ID, now time.Time, path string) (rows map[string]int64, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the export of faction %d: %w", id, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	packed := gzip.NewWriter(f)
	if rows, err = e.store.ExportFaction(ctx, id, now, packed); err != nil {
		return nil, err
	}
	if err := packed.Close(); err != nil {
		return nil, fmt.Errorf("write the export of faction %d: %w", id, err)
	}
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("write the export of faction %d: %w", id, err)
	}
	return rows, nil
}
