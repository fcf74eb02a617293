// Package audit knows the chain under the audit log: the canonical form of an entry,
// its hash, and how to tell the first place where a stored chain is not what was
// written. The database makes the hashes at commit (migrations/0009_audit.sql); here
// they are made again and compared. See docs/adr/0007-audit-chain.md.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"consigliere/internal/faction"
)

// form names the version of the canonical form and keeps its hashes apart from others.
const form = "consigliere audit 1"

// Hash is SHA-256 over the hash before it and an entry's canonical form.
type Hash [sha256.Size]byte

// String is the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short is enough of the hash to compare two by eye.
func (h Hash) Short() string { return h.String()[:12] }

// ParseHash reads what String wrote; ok is false when it is no hash.
func ParseHash(s string) (h Hash, ok bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return Hash{}, false
	}
	return Hash(b), true
}

// Entry is one row of the audit log, exactly as it is stored.
type Entry struct {
	Seq           int64
	At            time.Time // to the microsecond; finer parts are not stored
	Actor         faction.PlayerID
	Action        string
	Outcome       string
	Body          string // JSON, the very bytes that were written
	CorrelationID string
}

// Link is an entry's place in the chain.
type Link struct {
	N    int64 // from 1 without gaps, in the order of commits
	Seq  int64 // of the entry
	Hash Hash
}

// Head is the end of a chain; the zero Head is the one of an empty chain.
type Head struct {
	N    int64
	Hash Hash
}

// Canonical gives the bytes that are hashed for the n-th entry of a faction's chain.
// Different arguments give different bytes, whatever the texts hold.
func Canonical(previous Hash, id faction.ID, n int64, e Entry) []byte {
	b := make([]byte, 0, len(form)+9*8+len(previous)+len(e.Action)+len(e.Outcome)+len(e.CorrelationID)+len(e.Body))
	b = append(b, form...)
	b = text(b, string(previous[:]))
	for _, v := range [...]int64{int64(id), n, e.Seq, e.At.UnixMicro(), int64(e.Actor)} {
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	for _, s := range [...]string{e.Action, e.Outcome, e.CorrelationID, e.Body} {
		b = text(b, s)
	}
	return b
}

func text(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
}

// Sum is the hash of the n-th entry of a faction's chain.
func Sum(previous Hash, id faction.ID, n int64, e Entry) Hash {
	return sha256.Sum256(Canonical(previous, id, n, e))
}
