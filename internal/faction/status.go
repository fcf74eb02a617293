package faction

import "time"

// At is the state at a moment after the status was read: hospital and jail end by
// themselves.
func (s Status) At(now time.Time) string {
	switch s.State {
	case StateHospital, StateJail:
		if !s.Until.IsZero() && !now.Before(s.Until) {
			return StateOkay
		}
	}
	return s.State
}

// Shown presences of LastAction; an open set.
const (
	Online  = "Online"
	Idle    = "Idle"
	Offline = "Offline"
)

// The settings of Member.ReviveSetting that say something.
const (
	RevivableByEveryone = "Everyone"
	RevivableByFriends  = "Friends & faction"
	RevivableByNobody   = "No one"
)
