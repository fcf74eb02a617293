package say

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"consigliere/internal/audit"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// AuditPage is how many entries a page of the log shows.
const AuditPage = 8

// AuditView is one page of an audit log.
type AuditView struct {
	Title    string
	Entries  []faction.AuditRecord
	Names    map[faction.PlayerID]string // of whom the member list shows
	Narrowed string                      // by what; empty: not at all
	More     bool
}

// RenderAudit shows a page of the log, the newest entry first.
func RenderAudit(v AuditView) chat.Message {
	e := chat.Embed{Title: v.Title, Color: Grey}
	lines := make([]string, 0, len(v.Entries))
	for _, r := range v.Entries {
		lines = append(lines, auditEntry(r, v.Names))
	}
	if len(lines) == 0 {
		lines = []string{"Nothing that fits is on record."}
	}
	e.Description = Within(strings.Join(lines, "\n"), 4000)
	e.Footer = "Newest first"
	if !v.More {
		e.Footer = "Newest first · no older entries"
	}
	if v.Narrowed != "" {
		e.Footer += " · only " + v.Narrowed
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

// auditEntry is one entry in two lines: when and who, then what.
func auditEntry(r faction.AuditRecord, names map[faction.PlayerID]string) string {
	head := fmt.Sprintf("`#%d` %s **%s**", r.N, On(r.At), auditActor(r, names))
	if r.N == 0 {
		head = fmt.Sprintf("⚠ not in the chain (row %d) %s **%s**", r.Seq, On(r.At), auditActor(r, names))
	}
	what := AuditAction(r.Action)
	switch r.Outcome {
	case "denied":
		what = "was refused " + attempt(r.Action)
	case "failed":
		what = "tried and failed: " + what
	}
	parts := append([]string{what}, auditDetails(r.Body, names)...)
	line := clip(strings.Join(parts, " · "), 400)
	if r.CorrelationID != "" {
		line += " · `" + clip(strings.ReplaceAll(clean(r.CorrelationID), "`", "'"), 8) + "`"
	}
	return head + "\n" + line
}

func auditActor(r faction.AuditRecord, names map[faction.PlayerID]string) string {
	switch operator, _ := r.Body["operator"].(bool); {
	case r.Actor != 0:
		return auditPlayer(r.Actor, names)
	case operator:
		return "an operator"
	case r.Outcome == "denied":
		return "somebody who is not linked"
	default:
		return "the bot"
	}
}

func auditPlayer(id faction.PlayerID, names map[faction.PlayerID]string) string {
	if name, ok := names[id]; ok {
		return fmt.Sprintf("%s [%d]", Name(name), id)
	}
	return fmt.Sprintf("player %d", id)
}

// attempt names what was refused: a command, or what a button or form belongs to.
func attempt(action string) string {
	if noun, _, button := strings.Cut(action, ":"); button {
		return "a button of `/" + strings.ReplaceAll(clean(noun), "`", "'") + "`"
	}
	return "`/" + strings.ReplaceAll(clean(action), "`", "'") + "`"
}

// auditDetails words an entry's body: what changed first, then the rest by name.
func auditDetails(body map[string]any, names map[faction.PlayerID]string) []string {
	var out []string
	before, changed := body["before"]
	after, is := body["after"]
	if changed || is {
		out = append(out, auditChange(before, after)...)
	}
	for _, key := range slices.Sorted(maps.Keys(body)) {
		switch key {
		case "before", "after", "guard", "operator":
		case "reason":
			out = append(out, "because: "+auditValue(body[key]))
		case "repeated":
			out = append(out, auditValue(body[key])+" more like it counted before")
		case "player", "member", "owner":
			if n, ok := body[key].(float64); ok {
				out = append(out, key+" "+auditPlayer(faction.PlayerID(n), names))
				continue
			}
			out = append(out, key+" "+auditValue(body[key]))
		default:
			out = append(out, Text(strings.ReplaceAll(key, "_", " "), 30)+" "+auditValue(body[key]))
		}
	}
	return out
}

// auditChange shows what differs between two values of the same thing.
func auditChange(before, after any) []string {
	a, isA := before.(map[string]any)
	b, isB := after.(map[string]any)
	if isA && isB {
		keys := maps.Clone(a)
		maps.Copy(keys, b)
		var out []string
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if was, now := auditValue(a[key]), auditValue(b[key]); was != now {
				out = append(out, Text(strings.ReplaceAll(key, "_", " "), 30)+": "+strings.Join(auditChange(a[key], b[key]), ", "))
			}
		}
		return out
	}
	was, isWas := asList(before)
	now, isNow := asList(after)
	if isWas && isNow {
		var out []string
		if more := without(now, was); len(more) > 0 {
			out = append(out, "added "+auditValue(more))
		}
		if less := without(was, now); len(less) > 0 {
			out = append(out, "took away "+auditValue(less))
		}
		return out
	}
	return []string{auditValue(before) + " → " + auditValue(after)}
}

// asList gives a list, or the permissions that a text lists. Nothing is an empty list.
func asList(v any) (list []any, ok bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case []any:
		return v, true
	case string:
		for _, word := range strings.Fields(v) {
			if !strings.Contains(word, ".") && word != "admin" {
				return nil, false
			}
			list = append(list, word)
		}
		return list, true
	default:
		return nil, false
	}
}

func without(list, other []any) []any {
	var out []any
	for _, v := range list {
		if !slices.ContainsFunc(other, func(o any) bool { return auditValue(o) == auditValue(v) }) {
			out = append(out, v)
		}
	}
	return out
}

// auditValue words a value as JSON gives it.
func auditValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return strconv.FormatInt(int64(v), 10)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		if v == "" {
			return "none"
		}
		return Text(v, 80)
	case []any:
		if len(v) == 0 {
			return "none"
		}
		words := make([]string, len(v))
		for i := range v {
			words[i] = auditValue(v[i])
		}
		return strings.Join(words, ", ")
	case map[string]any:
		words := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			words = append(words, Text(strings.ReplaceAll(key, "_", " "), 30)+" "+auditValue(v[key]))
		}
		return "(" + strings.Join(words, ", ") + ")"
	default:
		return Text(fmt.Sprint(v), 80)
	}
}

// AuditVerdict words what a check of a chain found.
func AuditVerdict(v audit.Verdict) string {
	entries := faction.Count(v.Entries) + " entries"
	if v.Entries == 1 {
		entries = "1 entry"
	}
	if v.Whole() && v.Entries == 0 {
		return "0 entries: nothing is on record yet."
	}
	if v.Whole() {
		return fmt.Sprintf("%s, chain whole, head `%s`.", entries, v.Head.Hash.Short())
	}
	return fmt.Sprintf("⚠ **The chain is broken** %s. Everything before that is as it was written. "+
		"Somebody with the database's own rights did this, or it was restored from parts: tell the operator, and compare with an earlier export.", AuditFault(*v.Broken))
}

// AuditFault names the first row at which a chain is broken, and what is wrong with it.
func AuditFault(b audit.Broken) string {
	row := ""
	if b.Seq != 0 {
		row = fmt.Sprintf(" (row %d)", b.Seq)
	}
	switch b.Fault {
	case audit.Changed:
		return fmt.Sprintf("at entry %d%s: it is not what was written, or the entry before it was taken out", b.N, row)
	case audit.Missing:
		return fmt.Sprintf("at entry %d%s: it was taken out", b.N, row)
	case audit.Inserted:
		if b.N == 0 {
			return fmt.Sprintf("by row %d: it was put in past the chain", b.Seq)
		}
		return fmt.Sprintf("at entry %d%s: it was put in past the chain", b.N, row)
	case audit.Reordered:
		return fmt.Sprintf("at entry %d%s: it was exchanged with entry %d", b.N, row, b.Other)
	case audit.Truncated:
		return fmt.Sprintf("at entry %d: the end is gone, %s of %s entries", b.N, faction.Count(b.Other-b.N+1), faction.Count(b.Other))
	default:
		return fmt.Sprintf("at its head (entry %d): the recorded hash is not the last entry's", b.N)
	}
}
