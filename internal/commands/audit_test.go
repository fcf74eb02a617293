package commands_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"consigliere/internal/audit"
	"consigliere/internal/chat"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
)

// noted puts entries into the log of the Wolves, the oldest first.
func noted(w *world, entries ...faction.AuditEntry) {
	for i, e := range entries {
		if e.At.IsZero() {
			e.At = now.Add(-time.Duration(len(entries)-i) * time.Hour)
		}
		if e.Outcome == "" {
			e.Outcome = "done"
		}
		_ = w.Audit(nil, wolves, e) //nolint:staticcheck // the fake asks for no context
	}
}

// eventful is a world in which something of each kind was noted.
func eventful(t *testing.T) *world {
	w := ready(t)
	noted(w,
		faction.AuditEntry{Actor: 1, Action: "faction.register", CorrelationID: "0123456789"},
		faction.AuditEntry{Actor: 1, Action: "permissions.set", Body: map[string]any{"position": "Officer", "before": "war.view oc.view", "after": "war.view war.manage"}},
		faction.AuditEntry{Actor: 3, Action: "link", Body: map[string]any{"player": 3, "level": 3, "faction_access": true}},
		faction.AuditEntry{Actor: 0, Action: "key.state", Body: map[string]any{"key": 7, "player": 3, "before": "active", "after": "paused"}},
		faction.AuditEntry{Actor: 5, Action: "war.track", Body: map[string]any{"war": 44751, "on": false}},
		faction.AuditEntry{Actor: 4, Action: "war track stop", Outcome: "denied", Body: map[string]any{"reason": "no permission", "guard": "war.manage", "repeated": 12}},
		faction.AuditEntry{Actor: 0, Action: "setup:channel", Outcome: "denied", Body: map[string]any{"reason": "not linked", "guard": "leader"}},
		faction.AuditEntry{Actor: 0, Action: "faction.pause", Body: map[string]any{"operator": true}},
		faction.AuditEntry{Actor: 2, Action: "oc.fill", Outcome: "failed", Body: map[string]any{"note": "*<@1> `x` [a](http://b)\n"}},
		faction.AuditEntry{Actor: 2, Action: "config.faction", Body: map[string]any{"before": map[string]any{"low": 150, "same": 1}, "after": map[string]any{"low": 200, "same": 1}}},
	)
	return w
}

func TestTheAuditLogReadsWell(t *testing.T) {
	w := eventful(t)
	r := w.registry()
	var b strings.Builder
	for _, req := range []chat.Request{
		slash(leader, wolvesGuild, "audit log"), click(leader, wolvesGuild, "audit:page:777:-:-:-:0:3"),
		slash(leader, wolvesGuild, "audit log", "actor", "bot"), slash(leader, wolvesGuild, "audit log", "actor", "Duke", "outcome", "done", "days", "3"),
		slash(leader, wolvesGuild, "audit log", "action", "setup:channel"), slash(leader, wolvesGuild, "audit log", "actor", "4"),
		slash(leader, wolvesGuild, "audit verify"), slash(leader, wolvesGuild, "audit log", "actor", "Mick", "outcome", "failed"),
		slash(operator, wolvesGuild, "admin audit"), slash(operator, direct, "admin audit", "what", "verify"),
	} {
		fmt.Fprintf(&b, "=== /%s%s %v\n%s\n", req.Path, req.ID, req.Options, show(r.Handle(t.Context(), req)))
	}
	golden(t, "audit", b.String())
}

func TestABrokenChainIsToldAtItsEntry(t *testing.T) {
	w := eventful(t)
	w.tampered = 4
	got := show(w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "audit verify")))
	if !strings.Contains(got, "broken** at entry 4 (row 4)") || !strings.Contains(w.log.String(), "an audit chain is broken") {
		t.Errorf("got %s", got)
	}
}

func TestPagesOfTheLogKeepItsFilter(t *testing.T) {
	w := ready(t)
	for range 20 {
		noted(w, faction.AuditEntry{Actor: 2, Action: "war track stop", Outcome: "denied"}, faction.AuditEntry{Actor: 2, Action: "setup:channel", Outcome: "denied"},
			faction.AuditEntry{Actor: 3, Action: "setup:channel", Outcome: "denied"}, faction.AuditEntry{Actor: 2, Action: "setup:channel"})
	}
	r := w.registry()
	reply := r.Handle(t.Context(), slash(leader, wolvesGuild, "audit log", "actor", "Vera", "action", "setup:channel", "outcome", "denied", "days", "30"))
	seen := map[string]bool{}
	for page := 0; ; page++ {
		text := show(reply)
		if strings.Contains(text, "Mick") || strings.Contains(text, "war track") || page > 5 {
			t.Fatalf("page %d: %s", page, text)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(line, "`#") {
				seen[strings.Fields(line)[0]] = true
			}
		}
		next := ""
		for _, row := range reply.Rows {
			for _, b := range row.Buttons {
				if b.Label == "Older" {
					next = b.ID
				}
			}
		}
		if next == "" {
			break
		}
		reply = r.Handle(t.Context(), click(leader, wolvesGuild, next))
		if !reply.Update {
			t.Fatalf("%s: %s", next, show(reply))
		}
	}
	if len(seen) != 20 {
		t.Errorf("saw %d entries of 20", len(seen))
	}
}

func TestForgedPagesOfTheLogShowNothing(t *testing.T) {
	for _, id := range []string{
		"audit:page", "audit:page:777", "audit:page:888:-:-:-:0:0", "audit:page:0:-:-:-:0:0", "audit:page:777:x:-:-:0:0", "audit:page:777:-1:-:-:0:0",
		"audit:page:777:-:-:won:0:0", "audit:page:777:-:-:-:x:0", "audit:page:777:-:-:-:0:-1", "audit:page:777:-:-:-:0:0:0", "admin:audit:-:-:-:0:0", "admin:audit",
	} {
		w := eventful(t)
		reply := w.registry().Handle(t.Context(), click(leader, wolvesGuild, id))
		if answered(reply) || !reply.Ephemeral || strings.Contains(reply.Content, "broke") {
			t.Errorf("%s: %s", id, show(reply))
		}
	}
}

func TestAnOperatorsLogIsNoFactions(t *testing.T) {
	w := eventful(t)
	_ = w.Audit(t.Context(), 0, faction.AuditEntry{At: now, Action: "keyset.rotate", Outcome: "done"})
	r := w.registry()
	for _, req := range []chat.Request{slash(operator, wolvesGuild, "admin audit"), click(operator, wolvesGuild, "admin:audit:-:-:-:0:0")} {
		if got := show(r.Handle(t.Context(), req)); strings.Count(got, "`#") != 1 || !strings.Contains(got, "rotated the keyset") {
			t.Errorf("%s%s: %s", req.Path, req.ID, got)
		}
	}
	if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "audit log"))); strings.Contains(got, "keyset") {
		t.Errorf("a faction reads of the operator: %s", got)
	}
	r.Handle(t.Context(), slash(operator, wolvesGuild, "admin audit", "what", "export"))
	if e := w.audited[len(w.audited)-1]; e.Action != "audit.export" || e.Body["faction"] != faction.ID(0) || e.Body["operator"] != true {
		t.Errorf("the export left %+v", e)
	}
}

func TestWhoIsRefusedAnOperatorsCommandIsOnTheirLog(t *testing.T) {
	w := newWorld(t)
	w.registry().Handle(t.Context(), slash(stranger, direct, "admin audit"))
	if len(w.audited) != 1 || w.audited[0].Body["faction"] != faction.ID(0) || w.audited[0].Outcome != "denied" {
		t.Errorf("audited %+v", w.audited)
	}
	w = newWorld(t)
	w.registry().Handle(t.Context(), slash(officer, wolvesGuild, "admin audit"))
	if len(w.audited) != 1 || w.audited[0].Body["faction"] != wolves {
		t.Errorf("audited %+v", w.audited)
	}
}

func TestTheLogIsNarrowedByWhatIsSuggested(t *testing.T) {
	w := eventful(t)
	r := w.registry()
	ask := func(who, path, option, typed string) string {
		req := slash(who, wolvesGuild, path, option, typed)
		req.Kind, req.Focused = chat.Autocomplete, option
		return fmt.Sprint(r.Complete(t.Context(), req))
	}
	for _, c := range []struct{ who, path, option, typed, want string }{
		{leader, "audit log", "action", "SETUP", "[{setup:channel setup:channel}]"},
		{leader, "audit log", "action", "nothing", "[]"},
		{leader, "audit log", "actor", "b", "[{The bot itself, or somebody who is not linked bot}]"},
		{leader, "audit log", "actor", "ver", "[{Vera [2] 2}]"},
		{operator, "admin audit", "action", "", "[]"},
		{officer, "audit log", "action", "", "[]"},
	} {
		if got := ask(c.who, c.path, c.option, c.typed); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
	for _, c := range []struct{ option, value, want string }{
		{"actor", "Nobody", "Nobody called “Nobody”"}, {"actor", "k", "fits 3 members"}, {"actor", "-4", "Nobody called"}, {"action", "nope`", "No action “nope\\`”"},
		{"outcome", "won", "no such outcome"}, {"days", "0", "Give 1 to 3650 days"}, {"days", "3651", "Give 1 to"}, {"days", "many", "Give 1 to"}, {"days", "99999999999999999999", "Give 1 to"},
	} {
		reply := r.Handle(t.Context(), slash(leader, wolvesGuild, "audit log", c.option, c.value))
		if !strings.Contains(reply.Content, c.want) || len(reply.Embeds) > 0 {
			t.Errorf("%+v: %s", c, show(reply))
		}
	}
}

func TestAnExportCanBeCheckedByWhoeverHasIt(t *testing.T) {
	w := eventful(t)
	r := w.registry()
	for _, c := range []struct {
		options []string
		entries int64
	}{{nil, 10}, {[]string{"days", "1"}, 11}} { // the first export is itself an entry
		reply := r.Handle(t.Context(), slash(leader, wolvesGuild, "audit export", c.options...))
		if len(reply.Files) != 1 || reply.Files[0].Name != "audit-777-2026-08-21.jsonl" || !reply.Ephemeral {
			t.Fatalf("got %s", show(reply))
		}
		id, v, err := audit.CheckExtract(bytes.NewReader(reply.Files[0].Data))
		if err != nil || id != wolves || !v.Whole() || v.Entries != c.entries {
			t.Errorf("%d of %d entries, %+v (%v)", v.Entries, c.entries, v.Broken, err)
		}
		if e := w.audited[len(w.audited)-1]; e.Action != "audit.export" || e.Actor != 1 {
			t.Errorf("it left %+v", e)
		}
	}
}

func TestALongExportIsPackedAndOneTooLongIsRefused(t *testing.T) {
	w := ready(t)
	noted(w, faction.AuditEntry{Actor: 1, Action: "x", Body: map[string]any{"text": strings.Repeat("abc ", 1000)}})
	w.longLog = 4000 // 16 MB, of which little is left when packed
	reply := w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "audit export"))
	if len(reply.Files) != 1 || !strings.HasSuffix(reply.Files[0].Name, ".jsonl.gz") {
		t.Fatalf("got %s", show(reply))
	}
	if err := discord.Validate(reply.Message); err != nil {
		t.Error(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(reply.Files[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, unpacked); err != nil || n < 16<<20 {
		t.Errorf("unpacked %d bytes (%v)", n, err)
	}

	w = ready(t)
	for i := range 40 { // what packing cannot make smaller
		noted(w, faction.AuditEntry{Actor: 1, Action: "x", Body: map[string]any{"text": noise(i)}})
	}
	w.longLog = 20
	reply = w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "audit export"))
	if len(reply.Files) != 0 || !strings.Contains(reply.Content, "ask for fewer `days`") {
		t.Errorf("got %s", show(reply))
	}
	if e := w.audited[len(w.audited)-1]; e.Action == "audit.export" {
		t.Error("an export that was refused is on record as made")
	}
}

// noise is text without repetition, longer than gzip looks back.
func noise(seed int) string {
	var b strings.Builder
	var h audit.Hash
	for i := range 600 {
		h = audit.Sum(h, faction.ID(seed), int64(i), audit.Entry{})
		b.WriteString(h.String())
	}
	return b.String()
}
