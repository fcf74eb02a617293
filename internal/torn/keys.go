package torn

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// Consent is what the owner of a key agreed to when linking it.
type Consent string

// The consents, each holding the ones before it.
const (
	ConsentVerify Consent = "verify" // only to prove who they are
	ConsentOwn    Consent = "own"    // to read the owner's own data
	ConsentLend   Consent = "lend"   // for the faction's calls
)

// KeyState is how a key stands.
type KeyState string

// The states. An empty state counts as KeyOK.
const (
	KeyOK        KeyState = "ok"
	KeyUnhealthy KeyState = "unhealthy" // failed three times in a row; used last, tried again later
	KeyDisabled  KeyState = "disabled"  // paused, jailed or inactive owner: not used until the daily test passes
	KeyDropped   KeyState = "dropped"   // Torn does not know it any more: to be deleted
)

// KeyRecord is a stored key as the pool needs it.
type KeyRecord struct {
	ID            int64
	Owner         faction.PlayerID
	Secret        Secret
	Level         Level
	Selections    Selections // what a Custom key holds; not looked at for other levels
	FactionAccess bool
	Consent       Consent
	State         KeyState
}

// Verdict is what a call taught about a key, to be stored.
type Verdict struct {
	State KeyState
	// Reason is for the owner and /status.
	Reason string
	Code   int // Torn's error code; -1 when the fault had none
	// LostFactionAccess tells to clear the key's faction access and look at
	// /key/info again: the owner's position lost it, or they left.
	LostFactionAccess bool
	// Unfit is a selection ("faction/attacks") that the key cannot read, though
	// its level said so.
	Unfit string
	// Until is when it is worth another try; zero when only a person or the daily test can tell.
	Until time.Time
}

// KeySource is where keys are kept.
type KeySource interface {
	// Keys are all keys linked to a faction, whatever their state and consent.
	Keys(ctx context.Context, f faction.ID) ([]KeyRecord, error)
	// Report stores what was learnt about a key.
	Report(ctx context.Context, f faction.ID, keyID int64, v Verdict) error
}

// lack names why a key does not serve a need.
type lack string

const (
	lackNothing  lack = ""
	lackOwner    lack = "of somebody else"
	lackConsent  lack = "not lent for this"
	lackState    lack = "disabled or deleted"
	lackLevel    lack = "with too little access"
	lackPosition lack = "without Faction API Access"
	lackNow      lack = "failed just now"
)

// Lacks tells what a key misses for a need; empty when it serves.
func (n Need) lacks(r KeyRecord) lack {
	switch {
	case n.Owner != 0 && r.Owner != n.Owner:
		return lackOwner
	case !n.consented(r.Consent):
		return lackConsent
	case r.State != KeyOK && r.State != KeyUnhealthy && r.State != "":
		return lackState
	case !n.granted(r.Level, r.Selections):
		return lackLevel
	case n.FactionAccess && !r.FactionAccess:
		return lackPosition
	}
	return lackNothing
}

// consented tells whether a key may be used for the need as its owner agreed.
func (n Need) consented(c Consent) bool {
	switch c {
	case ConsentLend:
		return true
	case ConsentOwn:
		return n.Owner != 0
	case ConsentVerify:
		return n.Owner != 0 && n.Verifies
	default:
		return false
	}
}

// granted tells whether the level, or a custom key's list, holds the selection.
func (n Need) granted(l Level, s Selections) bool {
	if l == Custom {
		return n.Level <= Public || s.Has(n.Section, n.Selection)
	}
	return l >= n.Level
}

// words say what kind of key it takes.
func (n Need) words() string {
	var b strings.Builder
	switch {
	case n.Level <= Public:
		b.WriteString("any key")
	case n.Selection != "":
		fmt.Fprintf(&b, "a %s key (or a custom one with %s → %s)", n.Level, n.Section, n.Selection)
	default:
		fmt.Fprintf(&b, "a %s key", n.Level)
	}
	switch {
	case n.Owner != 0 && n.Verifies:
		b.WriteString(" of that player")
	case n.Owner != 0:
		b.WriteString(" of that player, given for their own data")
	case n.FactionAccess:
		b.WriteString(" of a member whose position has Faction API Access, lent to the faction")
	default:
		b.WriteString(" of a member, lent to the faction")
	}
	return b.String()
}

// NoKeyError tells which kind of key is missing. It is ErrNoKey.
type NoKeyError struct {
	Faction faction.ID
	Need    Need
	// Last is the fault of the last key that was tried in this call; nil when none was.
	Last error

	lacks map[lack]int
}

// Error is for logs.
func (e *NoKeyError) Error() string {
	s := fmt.Sprintf("faction %d: %v: it takes %s%s", e.Faction, ErrNoKey, e.Need.words(), e.counts())
	if e.Last != nil {
		s += "; last fault: " + e.Last.Error()
	}
	return s
}

// Unwrap gives ErrNoKey and the last key's fault.
func (e *NoKeyError) Unwrap() []error {
	if e.Last == nil {
		return []error{ErrNoKey}
	}
	return []error{ErrNoKey, e.Last}
}

// As shows the error as a faction.Error, with words that a person may see.
func (e *NoKeyError) As(target any) bool {
	t, ok := target.(**faction.Error)
	if ok {
		*t = &faction.Error{
			Kind: faction.Unavailable,
			Say:  "No key can read this: it takes " + e.Need.words() + e.counts() + ". A member can help with /link.",
			Err:  ErrNoKey,
		}
	}
	return ok
}

func (e *NoKeyError) counts() string {
	if len(e.lacks) == 0 {
		return ", and no key is linked"
	}
	parts := make([]string, 0, len(e.lacks))
	for l, n := range e.lacks {
		parts = append(parts, fmt.Sprintf("%d %s", n, string(l)))
	}
	sort.Strings(parts)
	return " (linked keys: " + strings.Join(parts, ", ") + ")"
}

// sayOf are the words for a person that an error carries.
func sayOf(err error) string {
	var fe *faction.Error
	if errors.As(err, &fe) {
		return fe.Say
	}
	return ""
}
