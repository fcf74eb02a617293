package alert

import "consigliere/internal/faction"

// Personal is an alert for one player alone. No rule asks for it and none can
// silence it; it goes as a direct message to the Discord account that the player has
// when it is sent. Each subject and stage is told to a player once.
type Personal struct {
	Player faction.PlayerID
	Alert  Alert
}

// Key is what makes the notice unique within a faction.
func (p Personal) Key() Key {
	return Key{Player: p.Player, Subject: p.Alert.Subject, Stage: p.Alert.Stage}
}

// Personal tells that the delivery is one player's, not a rule's.
func (k Key) Personal() bool { return k.Rule == 0 && k.Player != 0 }
