package faction

import "time"

// Link says which Torn player a Discord account belongs to.
type Link struct {
	Faction   ID // the player's faction when last looked at; 0: none
	DiscordID string
	Player    PlayerID
	Name      string
}

// Key is a stored API key. Sealed is what the vault made of it; the key itself
// never comes near the database.
type Key struct {
	ID            int64
	Player        PlayerID
	Sealed        []byte
	Fingerprint   []byte // keyed hash of the key, the same for the same key
	Level         int
	Type          string
	FactionAccess bool
	Selections    map[string][]string // section -> selections it may read
	Consent       string              // "verify", "own" or "lend"
	State         string              // "active", "paused", "inactive", "jailed", "no_access", "invalid"
	Reason        string
	StateAt       time.Time
	LastUsed      time.Time
}

// WebLink is a link to the scoreboard. Its token is known only to whoever got it.
type WebLink struct {
	ID      int64
	Faction ID
	Page    string
	Creator PlayerID
	Created time.Time
	Expires time.Time
	Revoked bool
	// ByOperator: whoever made it needs no right of the faction.
	ByOperator bool
}

// AuditEntry is one row of the audit log. Body holds Torn ids and figures, never names,
// Discord ids or secrets.
type AuditEntry struct {
	At            time.Time
	Actor         PlayerID
	Action        string // "link", "faction.register", "war.track", …
	Outcome       string // "done", "denied" or "failed"
	Body          map[string]any
	CorrelationID string
}

// AuditRecord is an entry with where it stands.
type AuditRecord struct {
	AuditEntry
	Seq int64 // ascending with time of writing
	N   int64 // place in the chain; 0: it has none
}

// AuditFilter narrows a log. Zero values do not narrow.
type AuditFilter struct {
	Actor   *PlayerID // 0 is the bot itself and whoever has no link
	Action  string
	Outcome string // "done", "denied" or "failed"
	Since   time.Time
	Before  int64 // only entries with a lower Seq
	Limit   int
}
