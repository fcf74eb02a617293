package commands

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"

	"consigliere/internal/audit"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// fileLimit is what Discord takes as one file.
const fileLimit = 10 << 20

// errFull ends an export that would not fit even when it is packed.
var errFull = errors.New("the export is larger than a file may be")

// auditFile collects an extract twice, plain and packed, and lets go of the plain one
// once it is too large: a log of any length takes no more memory than two files.
type auditFile struct {
	limit  int
	plain  bytes.Buffer
	over   bool // plain was given up
	packed bytes.Buffer
	zip    *gzip.Writer
}

func newAuditFile(limit int) *auditFile {
	f := &auditFile{limit: limit}
	f.zip = gzip.NewWriter(&f.packed)
	return f
}

// Write takes one line of the extract.
func (f *auditFile) Write(p []byte) (int, error) {
	if !f.over {
		f.plain.Write(p)
		if f.over = f.plain.Len() > f.limit; f.over {
			f.plain = bytes.Buffer{}
		}
	}
	n, err := f.zip.Write(p)
	if err == nil && f.packed.Len() > f.limit {
		err = errFull
	}
	return n, err
}

// file gives the smaller trouble of the two.
func (f *auditFile) file(name string) (chat.File, error) {
	if err := f.zip.Close(); err != nil {
		return chat.File{}, err
	}
	switch {
	case !f.over:
		return chat.File{Name: name, ContentType: "application/jsonl", Data: f.plain.Bytes()}, nil
	case f.packed.Len() <= f.limit:
		return chat.File{Name: name + ".gz", ContentType: "application/gzip", Data: f.packed.Bytes()}, nil
	default:
		return chat.File{}, errFull
	}
}

// export answers with the log as a file from which everybody can make the hashes again.
func (h *auditing) export(ctx context.Context, c *Call) (chat.Reply, error) {
	since, err := auditSince(c)
	if err != nil {
		return chat.Reply{}, err
	}
	out := newAuditFile(fileLimit)
	var w *audit.Writer
	var head audit.Head
	entries := 0
	err = h.deps.AuditLog.ExportAudit(ctx, c.Faction, since, func(from, end audit.Head) (err error) {
		head = end
		w, err = audit.NewWriter(out, c.Faction, from, end, c.Now)
		return err
	}, func(l audit.Link, e *audit.Entry) error {
		entries++
		return w.Entry(l, e)
	})
	var file chat.File
	if err == nil {
		name := fmt.Sprintf("audit-%d-%s.jsonl", c.Faction, c.Now.UTC().Format("2006-01-02"))
		file, err = out.file(name)
	}
	if errors.Is(err, errFull) {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "The log is larger than a file may be here (10 MiB, packed). Nothing was exported; ask for fewer `days`.")
	}
	if err != nil {
		return chat.Reply{}, err
	}
	body := map[string]any{"entries": entries, "head": head.N}
	if !since.IsZero() {
		body["days"] = int(c.Now.Sub(since).Hours()) / 24
	}
	c.Audit(ctx, c.Faction, "audit.export", body)
	words := fmt.Sprintf("%s entries, head `%s`. Anybody can check the file with `consigliere audit verify --file`; keep it, and a later change of the log shows.",
		faction.Count(int64(entries)), head.Hash.Short())
	return chat.Reply{Message: chat.Message{Content: words, Files: []chat.File{file}}}, nil
}
