package torn

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"time"
)

// Status is where somebody is, as /user/basic and /faction/members show it.
type Status struct {
	State       string
	Description string
	Details     string
	Until       time.Time
	Plane       string
	// Departed and Lands are the flight's, of somebody who travels; only their own key
	// tells them. Lands ends nothing by itself: say when they are somewhere else.
	Departed, Lands time.Time
}

// stay is a time in hospital.
type stay struct {
	from, until int64
	by          string
}

// block is the grain of activity: within ten minutes somebody did something or not.
const block = 600

// shift is the grain of travelling: at most one trip begins in each eight hours.
const shift = 8 * 3600

var countries = [...]struct {
	name    string
	minutes int64
}{
	{"Mexico", 17}, {"Cayman Islands", 23}, {"Canada", 27}, {"Hawaii", 89}, {"United Kingdom", 106},
	{"Argentina", 111}, {"Switzerland", 116}, {"Japan", 149}, {"China", 160}, {"UAE", 180}, {"South Africa", 197},
}

// chance is a figure in [0,1) that belongs to a player, a purpose and a number for ever.
func (w *World) chance(id int64, purpose uint64, n int64) float64 {
	x := w.cfg.Seed ^ uint64(id)*0x9e3779b97f4a7c15 ^ purpose*0xbf58476d1ce4e5b9 ^ uint64(n)*0x94d049bb133111eb
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}

// lastAction is the last moment up to t at which the player did something.
func (w *World) lastAction(p *player, t int64) int64 {
	for k := t / block; k > t/block-1500; k-- {
		if w.chance(p.id, 1, k) < p.activity {
			at := k*block + int64(w.chance(p.id, 2, k)*block)
			if at <= t {
				return at
			}
		}
	}
	return t - 1500*block
}

func presenceOf(idle int64) string {
	switch {
	case idle < 180:
		return "Online"
	case idle < 900:
		return "Idle"
	default:
		return "Offline"
	}
}

type trip struct {
	country                string
	leave, land, fly, back int64 // leaves Torn, lands abroad, flies home, is back
	airstrip               bool
}

// travel finds the trip that t lies in.
func (w *World) travel(p *player, t int64) (trip, bool) {
	tr, ever := w.lastTrip(p, t)
	return tr, ever && t < tr.back
}

// tripsBack is how many shifts a player's last trip is looked for.
const tripsBack = 90

// lastTrip finds the last trip that began by t.
func (w *World) lastTrip(p *player, t int64) (trip, bool) {
	if !p.traveler {
		return trip{}, false
	}
	for k := t / shift; k >= t/shift-tripsBack; k-- {
		if w.chance(p.id, 3, k) > 0.35 {
			continue
		}
		c := countries[int(w.chance(p.id, 4, k)*float64(len(countries)))]
		way := int64(math.Round(float64(c.minutes*60) * (0.97 + 0.06*w.chance(p.id, 5, k))))
		tr := trip{country: c.name, airstrip: w.chance(p.id, 7, k) < 0.3}
		tr.leave = k*shift + int64(w.chance(p.id, 6, k)*shift/3)
		tr.land = tr.leave + way
		tr.fly = tr.land + 120 + int64(w.chance(p.id, 8, k)*900)
		tr.back = tr.fly + way
		if t >= tr.leave {
			return tr, true
		}
	}
	return trip{}, false
}

// flight is one way of a trip, as its traveller's own key tells.
type flight struct {
	to, method      string
	departed, lands int64
}

// flight is the one that a player is on at t, else their last one; ever is false before
// the first.
func (w *World) flight(p *player, t int64) (f flight, ever bool) {
	if o := p.override; o != nil && (o.Until.IsZero() || o.Until.Unix() > t) && o.State == "Traveling" {
		if o.Lands.IsZero() {
			return flight{}, false
		}
		return flight{boundFor(o.Description), methodOf(o.Plane), o.Departed.Unix(), o.Lands.Unix()}, true
	}
	tr, ever := w.lastTrip(p, t)
	if !ever {
		return flight{}, false
	}
	plane := planeOf(tr)
	if t >= tr.fly {
		return flight{home, methodOf(plane), tr.fly, tr.back}, true
	}
	return flight{tr.country, methodOf(plane), tr.leave, tr.land}, true
}

// home is the destination of every way back.
const home = "Torn"

// boundFor reads a destination out of a status.
func boundFor(description string) string {
	if to, ok := strings.CutPrefix(description, "Traveling to "); ok {
		return to
	}
	return home
}

// planeOf is what a trip is shown in. All of them take what the airstrip's plane does,
// which lies between the two classes of an airliner.
func planeOf(tr trip) string {
	if tr.airstrip {
		return "light_aircraft"
	}
	return "airliner"
}

// methodOf names how somebody flies who is shown in a plane.
func methodOf(plane string) string {
	switch plane {
	case "private_jet":
		return "Private"
	case "light_aircraft":
		return "Airstrip"
	default:
		return "Standard"
	}
}

// inHospital tells until when the player is in hospital at t.
func (p *player) inHospital(t int64) (stay, bool) {
	i := sort.Search(len(p.hospital), func(i int) bool { return p.hospital[i].from > t })
	if i == 0 || p.hospital[i-1].until <= t {
		return stay{}, false
	}
	return p.hospital[i-1], true
}

func (p *player) hospitalize(s stay) {
	i := sort.Search(len(p.hospital), func(i int) bool { return p.hospital[i].from > s.from })
	p.hospital = append(p.hospital, stay{})
	copy(p.hospital[i+1:], p.hospital[i:])
	p.hospital[i] = s
}

// statusAt is where the player is at t; seen is the moment of the timeline that
// can be seen then.
func (w *World) statusAt(p *player, t, seen int64) statusBody {
	if o := p.override; o != nil && (o.Until.IsZero() || o.Until.Unix() > t) {
		return statusFrom(*o)
	}
	if s, in := p.inHospital(seen); in && s.until > t {
		return statusFrom(Status{State: "Hospital", Description: "In hospital for " + minutes(s.until-t),
			Details: "Hospitalized by " + s.by, Until: moment(s.until)})
	}
	tr, away := w.travel(p, t)
	plane := planeOf(tr)
	switch {
	case !away:
		return statusFrom(Status{State: "Okay", Description: "Okay"})
	case t < tr.land:
		return statusFrom(Status{State: "Traveling", Description: "Traveling to " + tr.country, Plane: plane})
	case t < tr.fly:
		return statusFrom(Status{State: "Abroad", Description: "In " + tr.country})
	default:
		return statusFrom(Status{State: "Traveling", Description: "Returning to Torn from " + tr.country, Plane: plane})
	}
}

func statusFrom(s Status) statusBody {
	b := statusBody{Description: s.Description, State: s.State, Color: "green", Plane: s.Plane}
	switch s.State {
	case "Hospital", "Jail", "Federal", "Fallen":
		b.Color = "red"
	case "Traveling", "Abroad":
		b.Color = "blue"
	}
	if s.Details != "" {
		b.Details = &s.Details
	}
	if !s.Until.IsZero() {
		u := s.Until.Unix()
		b.Until = &u
	}
	return b
}

func (w *World) lastActionAt(p *player, t int64) lastActionBody {
	at := w.lastAction(p, t)
	return lastActionBody{presenceOf(t - at), at, minutes(t-at) + " ago"}
}

func minutes(s int64) string {
	switch {
	case s < 120:
		return fmt.Sprintf("%d seconds", s)
	case s < 2*3600:
		return fmt.Sprintf("%d minutes", s/60)
	case s < 48*3600:
		return fmt.Sprintf("%d hours", s/3600)
	default:
		return fmt.Sprintf("%d days", s/86400)
	}
}

type statusBody struct {
	Description string  `json:"description"`
	Details     *string `json:"details"`
	State       string  `json:"state"`
	Color       string  `json:"color"`
	Until       *int64  `json:"until"`
	Plane       string  `json:"plane_image_type,omitempty"`
}

type lastActionBody struct {
	Status    string `json:"status"`
	Timestamp int64  `json:"timestamp"`
	Relative  string `json:"relative"`
}
