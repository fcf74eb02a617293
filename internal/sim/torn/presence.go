package torn

import (
	"fmt"
	"math"
	"sort"
	"time"
)

// Status is where somebody is, as /user/basic and /faction/members show it.
type Status struct {
	State       string
	Description string
	Details     string
	Until       time.Time
	Plane       string
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
	private                bool
}

// travel finds the trip that t lies in.
func (w *World) travel(p *player, t int64) (trip, bool) {
	if !p.traveler {
		return trip{}, false
	}
	for k := t / shift; k >= t/shift-1; k-- {
		if w.chance(p.id, 3, k) > 0.35 {
			continue
		}
		c := countries[int(w.chance(p.id, 4, k)*float64(len(countries)))]
		way := int64(math.Round(float64(c.minutes*60) * (0.97 + 0.06*w.chance(p.id, 5, k))))
		tr := trip{country: c.name, private: w.chance(p.id, 7, k) < 0.3}
		tr.leave = k*shift + int64(w.chance(p.id, 6, k)*shift/3)
		tr.land = tr.leave + way
		tr.fly = tr.land + 120 + int64(w.chance(p.id, 8, k)*900)
		tr.back = tr.fly + way
		if t >= tr.leave && t < tr.back {
			return tr, true
		}
	}
	return trip{}, false
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
	plane := "airliner"
	if tr.private {
		plane = "private_jet"
	}
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
