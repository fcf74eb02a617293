package faction

import "time"

// Linking is one act of joining a Discord account to a player.
type Linking struct {
	Link
	// Key is what proves it, to be stored; nil when Torn's word alone does.
	Key *Key
	// TakeOver says that Torn itself names the account as the player's: another
	// account that is linked to the player loses its link.
	TakeOver      bool
	CorrelationID string
}

// LinkRequest is a link that waits for an officer, because Torn names another Discord
// account for the key's owner. Until then the key is used for nothing.
type LinkRequest struct {
	Link
	ID            int64
	TornDiscordID string // whom Torn names
	Key           Key    // Sealed and Fingerprint are set only where it is stored
	Asked         time.Time
	Expires       time.Time
}

// LinkDecision is an officer's answer to a LinkRequest.
type LinkDecision struct {
	Request       int64
	Confirm       bool
	By            PlayerID // 0: an operator without a link
	CorrelationID string
}

// Person is a player as our own records show them.
type Person struct {
	Link            // Faction is whose records; DiscordID is empty without a link
	Position string // on that faction's list; empty when they are not on it
	Keys     int
	Linked   time.Time // zero: no link
}

// PersonQuery says whom to look for; zero values do not narrow.
type PersonQuery struct {
	Faction   ID // 0: in all
	Player    PlayerID
	DiscordID string
	Name      string // part of it, in any case
	Limit     int
}
