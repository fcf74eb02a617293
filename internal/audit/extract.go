package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"consigliere/internal/faction"
)

// An extract is a file of JSON lines: first what it is an extract of, then one line for
// each entry in the chain's order. Whoever has it can make the hashes again.

type extractHead struct {
	Format     string     `json:"format"`
	Faction    faction.ID `json:"faction"`
	ExportedAt time.Time  `json:"exported_at"`
	AfterN     int64      `json:"after_n"`
	AfterHash  string     `json:"after_hash"`
	HeadN      int64      `json:"head_n"`
	HeadHash   string     `json:"head_hash"`
}

type extractLine struct {
	N             int64            `json:"n"`
	Seq           int64            `json:"seq"`
	At            time.Time        `json:"at"`
	Actor         faction.PlayerID `json:"actor"`
	Action        string           `json:"action"`
	Outcome       string           `json:"outcome"`
	CorrelationID string           `json:"correlation_id"`
	Body          string           `json:"body"` // text, not JSON within JSON: its very bytes are hashed
	Hash          string           `json:"hash"`
	Gone          bool             `json:"gone,omitempty"` // the chain knows the entry, the log does not
}

// Writer writes an extract.
type Writer struct{ enc *json.Encoder }

// NewWriter begins an extract of a faction's chain with the place that it follows and
// the chain's head.
func NewWriter(w io.Writer, id faction.ID, from, head Head, now time.Time) (*Writer, error) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &Writer{enc}, enc.Encode(extractHead{
		Format: form, Faction: id, ExportedAt: now.UTC(), AfterN: from.N, AfterHash: from.Hash.String(), HeadN: head.N, HeadHash: head.Hash.String(),
	})
}

// Entry writes one link with its entry; nil when the log has no such entry.
func (w *Writer) Entry(l Link, e *Entry) error {
	line := extractLine{N: l.N, Seq: l.Seq, Hash: l.Hash.String(), Gone: e == nil}
	if e != nil {
		line.At, line.Actor, line.Action, line.Outcome = e.At.UTC(), e.Actor, e.Action, e.Outcome
		line.CorrelationID, line.Body = e.CorrelationID, e.Body
	}
	return w.enc.Encode(line)
}

// ErrNoExtract is returned for a file that is no extract of an audit log.
var ErrNoExtract = errors.New("this is no export of an audit log")

// maxLine bounds one line of an extract; bodies hold ids and figures.
const maxLine = 16 << 20

// CheckExtract makes the hashes of an extract again. An extract that begins in the
// middle of a chain is checked from there on.
func CheckExtract(r io.Reader) (faction.ID, Verdict, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var head extractHead
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head.Format != form {
		return 0, Verdict{}, errors.Join(ErrNoExtract, lines.Err())
	}
	from, okFrom := ParseHash(head.AfterHash)
	end, okEnd := ParseHash(head.HeadHash)
	if !okFrom || !okEnd {
		return 0, Verdict{}, ErrNoExtract
	}
	c := NewChecker(head.Faction, Head{N: head.AfterN, Hash: from})
	for n := 2; lines.Scan(); n++ {
		var line extractLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return 0, Verdict{}, fmt.Errorf("line %d of the export: %w", n, err)
		}
		hash, _ := ParseHash(line.Hash) // one that is no hash is one that differs
		if line.Gone {
			c.Link(Link{line.N, line.Seq, hash}, nil)
			continue
		}
		c.Link(Link{line.N, line.Seq, hash}, &Entry{
			Seq: line.Seq, At: line.At, Actor: line.Actor, Action: line.Action, Outcome: line.Outcome,
			Body: line.Body, CorrelationID: line.CorrelationID,
		})
	}
	if err := lines.Err(); err != nil {
		return 0, Verdict{}, fmt.Errorf("read the export: %w", err)
	}
	return head.Faction, c.Finish(Head{N: head.HeadN, Hash: end}), nil
}
