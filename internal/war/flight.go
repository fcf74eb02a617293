package war

import (
	"strings"
	"time"

	"consigliere/internal/faction"
)

// Flight is what is known of somebody in the air.
type Flight struct {
	Country string // where to or from; empty: not known
	Home    bool   // on the way back to Torn
	// They land from Earliest to Latest. Both zero: nothing is known of when. Only
	// Earliest zero: they were in the air when first seen, or may have landed any time.
	Earliest, Latest time.Time
	// Exact tells that they land at that very moment: their own key told. Departed is
	// then when they took off.
	Exact    bool
	Departed time.Time
}

// flightRoute is how long a flight takes one way: an airliner (as economy or as business
// class, which Torn shows alike), the airstrip's light aircraft, a private jet
// (game.md, Flights).
type flightRoute struct {
	country                              string
	economy, airstrip, private, business time.Duration
}

func flightRoutes() []flightRoute {
	m := time.Minute
	return []flightRoute{
		{"Mexico", 24 * m, 17 * m, 12 * m, 7 * m},
		{"Cayman Islands", 33 * m, 23 * m, 17 * m, 10 * m},
		{"Canada", 39 * m, 27 * m, 19 * m, 12 * m},
		{"Hawaii", 127 * m, 89 * m, 63 * m, 38 * m},
		{"United Kingdom", 151 * m, 106 * m, 75 * m, 45 * m},
		{"Argentina", 158 * m, 111 * m, 79 * m, 47 * m},
		{"Switzerland", 166 * m, 116 * m, 83 * m, 50 * m},
		{"Japan", 213 * m, 149 * m, 107 * m, 64 * m},
		{"China", 229 * m, 160 * m, 114 * m, 69 * m},
		{"UAE", 257 * m, 180 * m, 128 * m, 77 * m},
		{"South Africa", 282 * m, 197 * m, 141 * m, 85 * m},
	}
}

const (
	// spread is how much a flight may be shorter or longer than the table says.
	spread = 0.03
	// tornCache is how old an answer of Torn's may be when we get it.
	tornCache = 30 * time.Second
)

// takes is the least and the most time on a route of somebody who was seen in the air for
// so long; what kind of plane it is Torn may not tell.
func (r flightRoute) takes(plane string, seen time.Duration) (least, most time.Duration) {
	switch plane {
	case "private_jet":
		least, most = r.private, r.private
	case "light_aircraft":
		least, most = r.airstrip, r.airstrip
	default:
		least, most = r.business, r.economy
		if float64(seen) > float64(tornCache)+float64(r.business)*(1+spread) { // business class has landed
			least = r.economy
		}
	}
	return time.Duration(float64(least) * (1 - spread)), time.Duration(float64(most) * (1 + spread))
}

// FlightOf reads a flight from a status at a moment; ok is false when nobody flies. When
// it lands follows from the looks between which it began, so it is a range, unless the
// flyer's own key told.
func FlightOf(s faction.Status, now time.Time) (f Flight, ok bool) {
	if s.At(now) != faction.StateTraveling {
		return Flight{}, false
	}
	f = guessed(s, now)
	if l := s.Landing; !l.At.IsZero() {
		f.Earliest, f.Latest, f.Exact, f.Departed = l.At, l.At, true, l.Departed
		if f.Country == "" && l.Destination != faction.Home {
			f.Country = l.Destination
		}
	}
	return f, true
}

// homeward tells whether a flight goes back to Torn.
func homeward(description string) bool {
	return strings.HasPrefix(strings.ToLower(description), "returning")
}

// guessed is a flight as anybody may see it.
func guessed(s faction.Status, now time.Time) (f Flight) {
	f.Home = homeward(s.Description)
	for _, r := range flightRoutes() {
		if !mentions(s.Description, r.country) {
			continue
		}
		f.Country = r.country
		if s.TookOffBy.IsZero() {
			return f
		}
		least, most := r.takes(s.PlaneImage, s.SeenAt.Sub(s.TookOffBy))
		f.Latest = s.TookOffBy.Add(most)
		if !s.TookOffAfter.IsZero() {
			f.Earliest = s.TookOffAfter.Add(least - tornCache)
		}
		if now.After(f.Latest.Add(tornCache)) { // this is not the flight that we saw begin
			f.Earliest, f.Latest = time.Time{}, time.Time{}
		}
		if !f.Earliest.After(s.TookOffBy) {
			f.Earliest = time.Time{}
		}
		return f
	}
	return f
}

// mentions tells whether a status is about a country.
func mentions(description, country string) bool {
	has := func(name string) bool {
		return strings.Contains(" "+strings.ToLower(description)+" ", " "+strings.ToLower(name)+" ")
	}
	switch country {
	case "UAE":
		return has(country) || has("United Arab Emirates")
	case "United Kingdom":
		return has(country) || has("UK")
	default:
		return has(country)
	}
}
