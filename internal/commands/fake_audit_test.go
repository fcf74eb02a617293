package commands_test

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"consigliere/internal/audit"
	"consigliere/internal/faction"
)

// trail is a log in memory: what the world noted, with a chain made as the database does.

func (w *world) entriesOf(id faction.ID) (out []faction.AuditRecord) {
	for _, e := range w.audited {
		if e.Body["faction"] == id {
			n := int64(len(out) + 1)
			out = append(out, faction.AuditRecord{AuditEntry: e, Seq: n, N: n})
		}
	}
	return out
}

func (w *world) AuditPage(_ context.Context, id faction.ID, f faction.AuditFilter) ([]faction.AuditRecord, error) {
	var out []faction.AuditRecord
	for _, r := range slices.Backward(w.entriesOf(id)) {
		if (f.Actor == nil || r.Actor == *f.Actor) && (f.Action == "" || r.Action == f.Action) && (f.Outcome == "" || r.Outcome == f.Outcome) &&
			!r.At.Before(f.Since) && (f.Before == 0 || r.Seq < f.Before) && len(out) < f.Limit {
			body, _ := json.Marshal(r.Body) // as the store gives it back
			r.Body = nil
			_ = json.Unmarshal(body, &r.Body)
			out = append(out, r)
		}
	}
	return out, w.failAll
}

func (w *world) AuditActions(_ context.Context, id faction.ID) ([]string, error) {
	var out []string
	for _, r := range w.entriesOf(id) {
		out = append(out, r.Action)
	}
	slices.Sort(out)
	return slices.Compact(out), w.failAll
}

func (w *world) chain(id faction.ID) (links []audit.Link, entries []audit.Entry, head audit.Head) {
	for _, r := range w.entriesOf(id) {
		body, _ := json.Marshal(r.Body)
		e := audit.Entry{Seq: r.Seq, At: r.At, Actor: r.Actor, Action: r.Action, Outcome: r.Outcome, Body: string(body), CorrelationID: r.CorrelationID}
		head = audit.Head{N: r.N, Hash: audit.Sum(head.Hash, id, r.N, e)}
		links, entries = append(links, audit.Link{N: r.N, Seq: r.Seq, Hash: head.Hash}), append(entries, e)
	}
	return links, entries, head
}

func (w *world) VerifyAudit(_ context.Context, id faction.ID) (audit.Verdict, error) {
	links, entries, head := w.chain(id)
	check := audit.NewChecker(id, audit.Head{})
	for i := range links {
		if w.tampered == links[i].N {
			entries[i].Actor++
		}
		check.Link(links[i], &entries[i])
	}
	return check.Finish(head), w.failAll
}

func (w *world) ExportAudit(_ context.Context, id faction.ID, since time.Time, begin func(from, head audit.Head) error, fn func(audit.Link, *audit.Entry) error) error {
	if w.failAll != nil {
		return w.failAll
	}
	links, entries, head := w.chain(id)
	from := audit.Head{}
	for len(links) > 0 && entries[0].At.Before(since) {
		from, links, entries = audit.Head{N: links[0].N, Hash: links[0].Hash}, links[1:], entries[1:]
	}
	if err := begin(from, head); err != nil {
		return err
	}
	for range max(1, w.longLog) { // many entries of the same size stand for a long log
		for i := range links {
			if err := fn(links[i], &entries[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
