package alert

// KeyData is a stored key that Torn answers less to than before, or all keys of somebody
// who changed faction; their owner stands in Data.Player.
type KeyData struct {
	State string `json:"state"` // faction.KeyPaused, …; empty of Moved
	// LostFactionAccess: the owner's position has no Faction API Access any more.
	LostFactionAccess bool `json:"lost_faction_access,omitempty"`
	// AttackReaders is how many players' keys can still read the attack log.
	AttackReaders int `json:"attack_readers"`
	// Moved: the owner changed faction, and what they allowed ended with that; Left: they
	// are in none now.
	Moved bool `json:"moved,omitempty"`
	Left  bool `json:"left,omitempty"`
	// Yours: the reader is the owner.
	Yours bool `json:"yours,omitempty"`
}

func sampleKey() Data {
	return Data{Player: &PlayerData{ID: 1, Name: "Example Member"}, Key: &KeyData{State: "paused", AttackReaders: 2}}
}
