package war

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// OpenFlight is a flight of a member of ours whose own key may be asked when it lands.
type OpenFlight struct {
	Player faction.PlayerID
	Status faction.Status
	// Asked is how often Torn was asked about this flight without telling, AskedAt when
	// last; zero: not yet.
	Asked   int
	AskedAt time.Time
}

const (
	// landingTries is how often Torn is asked about one flight.
	landingTries = 3
	// landingAgain is how long after a question the next makes sense: until then Torn
	// may answer as it did before.
	landingAgain = 2 * tornCache
)

// FlightsToAsk are at most most flights of which Torn should be asked at now when they
// land: those asked about least first, among them those that began first. Who lands
// any moment is not worth a question.
func FlightsToAsk(open []OpenFlight, most int, now time.Time) []OpenFlight {
	var out []OpenFlight
	for _, o := range open {
		f, ok := FlightOf(o.Status, now)
		if !ok || f.Exact || o.Asked >= landingTries || now.Sub(o.AskedAt) < landingAgain || !f.Latest.IsZero() && f.Latest.Before(now.Add(tornCache)) {
			continue
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b OpenFlight) int {
		return cmp.Or(cmp.Compare(a.Asked, b.Asked), a.Status.TookOffBy.Compare(b.Status.TookOffBy), cmp.Compare(a.Player, b.Player))
	})
	return out[:min(len(out), most)]
}

// TellsOf tells whether what Torn said of somebody's last flight is about the flight that
// they are seen on. It is not when they have landed meanwhile, and when the answer is
// from before they took off.
func TellsOf(s faction.Status, l faction.Landing, now time.Time) bool {
	if s.State != faction.StateTraveling || !l.At.After(now) || l.Departed.After(l.At) {
		return false
	}
	if homeward(s.Description) || strings.EqualFold(l.Destination, faction.Home) {
		return homeward(s.Description) && strings.EqualFold(l.Destination, faction.Home)
	}
	to := guessed(s, now).Country
	return to == "" || mentions(l.Destination, to)
}

// Untold are members as anybody may see them: when they land is a range again.
func Untold(roster []faction.Member) []faction.Member {
	out := slices.Clone(roster)
	for i := range out {
		out[i].Status.Landing = faction.Landing{}
	}
	return out
}

// Recognise carries what is known of flights over from a roster that was read before to
// the same flights of one that was read now.
func Recognise(now, before []faction.Member) []faction.Member {
	out := slices.Clone(now)
	known := make(map[faction.PlayerID]faction.Status, len(before))
	for _, m := range before {
		known[m.ID] = m.Status
	}
	for i := range out {
		s := &out[i].Status
		was := known[out[i].ID]
		if s.State == faction.StateTraveling && was.State == s.State && was.Description == s.Description {
			s.TookOffAfter, s.TookOffBy, s.Landing = was.TookOffAfter, was.TookOffBy, was.Landing
		}
	}
	return out
}
