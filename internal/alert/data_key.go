package alert

// KeyData is a stored key that Torn answers less to than before; its owner stands in
// Data.Player.
type KeyData struct {
	State string `json:"state"` // faction.KeyPaused, …
	// LostFactionAccess: the owner's position has no Faction API Access any more.
	LostFactionAccess bool `json:"lost_faction_access,omitempty"`
	// AttackReaders is how many players' keys can still read the attack log.
	AttackReaders int `json:"attack_readers"`
	// Yours: the reader is the owner.
	Yours bool `json:"yours,omitempty"`
}

func sampleKey() Data {
	return Data{Player: &PlayerData{ID: 1, Name: "Example Member"}, Key: &KeyData{State: "paused", AttackReaders: 2}}
}
