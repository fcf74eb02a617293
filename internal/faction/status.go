package faction

import "time"

// At is the state at a moment after the status was read: hospital, jail and a flight
// of which the landing is known end by themselves.
func (s Status) At(now time.Time) string {
	switch s.State {
	case StateHospital, StateJail:
		if !s.Until.IsZero() && !now.Before(s.Until) {
			return StateOkay
		}
	case StateTraveling:
		if l := s.Landing; !l.At.IsZero() && !now.Before(l.At) {
			if l.Destination == Home {
				return StateOkay
			}
			return StateAbroad
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
