package audit_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/audit"
	"consigliere/internal/faction"
)

type args struct {
	previous audit.Hash
	id       faction.ID
	n        int64
	entry    audit.Entry
}

func (a args) canonical() string { return string(audit.Canonical(a.previous, a.id, a.n, a.entry)) }

// drawn are arguments whose texts are likely to run into each other.
func drawn(t *rapid.T) args {
	text := rapid.OneOf(rapid.StringMatching(`[ab\x00"|:]{0,4}`), rapid.String())
	number := rapid.OneOf(rapid.Int64Range(-2, 2), rapid.Int64())
	var previous audit.Hash
	copy(previous[:], rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "previous"))
	return args{previous, faction.ID(number.Draw(t, "faction")), number.Draw(t, "n"), audit.Entry{
		Seq: number.Draw(t, "seq"), At: time.UnixMicro(rapid.Int64Range(-1e15, 1e16).Draw(t, "at")).UTC(), Actor: faction.PlayerID(number.Draw(t, "actor")),
		Action: text.Draw(t, "action"), Outcome: text.Draw(t, "outcome"), Body: text.Draw(t, "body"), CorrelationID: text.Draw(t, "correlation id"),
	}}
}

func TestDifferentEntriesNeverGiveTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(t), drawn(t)
		if (a == b) != (a.canonical() == b.canonical()) {
			t.Fatalf("%+v and %+v", a, b)
		}
		// Moving a piece of one text into its neighbour is what separators get wrong.
		moved := a
		all := a.entry.Action + a.entry.Outcome
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		moved.entry.Action, moved.entry.Outcome = all[:cut], all[cut:]
		if (a == moved) != (a.canonical() == moved.canonical()) {
			t.Fatalf("%+v and %+v", a, moved)
		}
	})
}

func TestATimesZoneDoesNotChangeTheBytes(t *testing.T) {
	e := audit.Entry{At: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)}
	f := e
	f.At = e.At.In(time.FixedZone("x", 3600))
	if audit.Sum(audit.Hash{}, 1, 1, e) != audit.Sum(audit.Hash{}, 1, 1, f) {
		t.Error("the same moment gives two hashes")
	}
}

// The form is fixed for ever: stored chains depend on it.
func TestTheCanonicalFormStaysAsItIs(t *testing.T) {
	e := audit.Entry{Seq: 3, At: time.UnixMicro(1_700_000_000_000_001), Actor: 4, Action: "link", Outcome: "done", Body: `{"a":1}`, CorrelationID: "ref"}
	if got := audit.Sum(audit.Hash{1}, 101, 2, e).String(); got != "d1a01ea9440b153098545f8c67d37f0dc12c05709fe4002369b6ebbf5c70190f" {
		t.Errorf("got %s", got)
	}
}

func chain(n int) (links []audit.Link, entries []audit.Entry, head audit.Head) {
	for i := int64(1); i <= int64(n); i++ {
		e := audit.Entry{Seq: i * 2, At: time.UnixMicro(i * 1e6).UTC(), Actor: faction.PlayerID(i % 7), Action: "x", Outcome: "done", Body: `{"<&>":"é\u2028"}`}
		head = audit.Head{N: i, Hash: audit.Sum(head.Hash, 9, i, e)}
		links, entries = append(links, audit.Link{N: i, Seq: e.Seq, Hash: head.Hash}), append(entries, e)
	}
	return links, entries, head
}

func TestAnyChangeOfAnyEntryIsNamedAtThatEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		links, entries, head := chain(rapid.IntRange(1, 20).Draw(t, "length"))
		at := rapid.IntRange(0, len(links)-1).Draw(t, "at")
		e := &entries[at]
		switch rapid.IntRange(0, 6).Draw(t, "what") {
		case 0:
			e.Actor++
		case 1:
			e.At = e.At.Add(time.Microsecond)
		case 2:
			e.Action += " "
		case 3:
			e.Outcome = ""
		case 4:
			e.Body = strings.Replace(e.Body, "1", "2", 1) + "\n"
		case 5:
			e.CorrelationID = "x"
		case 6:
			e.Seq++
			links[at].Seq++
		}
		c := audit.NewChecker(9, audit.Head{})
		for i := range links {
			c.Link(links[i], &entries[i])
		}
		v := c.Finish(head)
		if v.Whole() || v.Broken.N != int64(at+1) || v.Broken.Fault != audit.Changed {
			t.Fatalf("changed %d, found %+v", at+1, v.Broken)
		}
	})
}

func extract(t *testing.T, after int) string {
	t.Helper()
	links, entries, head := chain(10)
	from := audit.Head{}
	if after > 0 {
		from = audit.Head{N: links[after-1].N, Hash: links[after-1].Hash}
	}
	var b bytes.Buffer
	w, err := audit.NewWriter(&b, 9, from, head, time.Unix(5, 0))
	if err != nil {
		t.Fatal(err)
	}
	for i := after; i < len(links); i++ {
		if err := w.Entry(links[i], &entries[i]); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestAnExtractProvesItself(t *testing.T) {
	for after, entries := range map[int]int64{0: 10, 4: 6, 10: 0} {
		id, v, err := audit.CheckExtract(strings.NewReader(extract(t, after)))
		if err != nil || id != 9 || !v.Whole() || v.Entries != entries {
			t.Errorf("after %d: faction %d, %+v %+v, %v", after, id, v, v.Broken, err)
		}
	}
	whole := extract(t, 4)
	lines := strings.SplitAfter(whole, "\n")
	for name, tc := range map[string]struct {
		text string
		want audit.Broken
	}{
		"changed":     {strings.Replace(whole, `"actor":0`, `"actor":1`, 1), audit.Broken{Fault: audit.Changed, N: 7, Seq: 14}},
		"cut short":   {strings.Join(lines[:4], ""), audit.Broken{Fault: audit.Truncated, N: 8, Other: 10}},
		"a line less": {strings.Replace(whole, lines[3], "", 1), audit.Broken{Fault: audit.Missing, N: 7}},
		"a hash":      {strings.Replace(whole, `"hash":"`, `"hash":"z`, 1), audit.Broken{Fault: audit.Changed, N: 5, Seq: 10}},
		"gone":        {strings.Replace(whole, lines[3], `{"n":7,"seq":14,"gone":true}`+"\n", 1), audit.Broken{Fault: audit.Missing, N: 7, Seq: 14}},
	} {
		if _, v, err := audit.CheckExtract(strings.NewReader(tc.text)); err != nil || v.Whole() || *v.Broken != tc.want {
			t.Errorf("%s: %+v (%v), want %+v", name, v.Broken, err, tc.want)
		}
	}
	for _, bad := range []string{"", "x", "{}", "[]\n", `{"format":"consigliere audit 1"}`, lines[0] + "{\n"} {
		if _, _, err := audit.CheckExtract(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken for an export", bad)
		}
	}
}
