package war

import (
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Scout is what anybody may know about an enemy, read when the war was matched. It is
// stored as JSON.
type Scout struct {
	Enemy   faction.ID `json:"enemy"`
	Tag     string     `json:"tag,omitempty"`
	Rank    string     `json:"rank,omitempty"` // "Gold II"
	Wins    int        `json:"wins,omitempty"` // of ranked wars
	Members int        `json:"members"`
	Respect int64      `json:"respect,omitempty"` // whole points
	// BestChain is their longest chain.
	BestChain int64 `json:"best_chain,omitempty"`
	// Past are their last wars that have ended, the newest first.
	Past   []PastWar `json:"past,omitempty"`
	Levels Spread    `json:"levels,omitzero"`
	// Away is how many were abroad or flying, Idle how many had done nothing for a day.
	Away   int       `json:"away,omitempty"`
	Idle   int       `json:"idle,omitempty"`
	SeenAt time.Time `json:"seen_at"`
}

// ScoutedWars is how many past wars of an enemy are shown.
const ScoutedWars = 5

// PastWar is a war of the enemy's, from their side.
type PastWar struct {
	ID      ID        `json:"id"`
	Against string    `json:"against"`
	End     time.Time `json:"end"`
	Lasted  int       `json:"lasted"` // minutes
	Score   int64     `json:"score"`
	Theirs  int64     `json:"theirs"` // the other side's
	Outcome Outcome   `json:"outcome"`
}

// PastWars gives what a war looked like from one side, of those that have ended, the
// newest first.
func PastWars(wars []War, most int) []PastWar {
	var out []PastWar
	for _, w := range wars {
		if w.End.IsZero() {
			continue
		}
		out = append(out, PastWar{
			ID: w.ID, Against: w.Them.Name, End: w.End, Lasted: int(w.End.Sub(w.Start).Minutes()),
			Score: w.Us.Score, Theirs: w.Them.Score, Outcome: w.Outcome(),
		})
	}
	slices.SortFunc(out, func(x, y PastWar) int { return y.End.Compare(x.End) })
	return out[:min(len(out), most)]
}

// Spread is how levels are spread over a roster.
type Spread struct {
	Lowest  int `json:"lowest"`
	Quarter int `json:"quarter"`
	Middle  int `json:"middle"`
	Upper   int `json:"upper"` // a quarter is above
	Highest int `json:"highest"`
}

// SpreadOf reads it off a roster; zero for nobody.
func SpreadOf(roster []faction.Member) Spread {
	if len(roster) == 0 {
		return Spread{}
	}
	levels := make([]int, len(roster))
	for i, m := range roster {
		levels[i] = m.Level
	}
	slices.Sort(levels)
	at := func(part int) int { return levels[(len(levels)-1)*part/4] }
	return Spread{Lowest: at(0), Quarter: at(1), Middle: at(2), Upper: at(3), Highest: at(4)}
}

// ActiveWithin is how long before a look somebody did something who counts as active.
const ActiveWithin = 15 * time.Minute

// Activity is how many of an enemy were about, summed over the looks of one hour.
type Activity struct {
	War                            ID
	Hour                           time.Time // its beginning
	Looks, Members, Active, Online int
	LookedAt                       time.Time // the last look of the hour
}

// Look counts a roster that was read at a moment.
func Look(w ID, roster []faction.Member, at time.Time) Activity {
	a := Activity{War: w, Hour: at.UTC().Truncate(time.Hour), Looks: 1, Members: len(roster), LookedAt: at}
	for _, m := range roster {
		if !m.LastAction.At.IsZero() && at.Sub(m.LastAction.At) <= ActiveWithin {
			a.Active++
		}
		if m.LastAction.Status == faction.Online {
			a.Online++
		}
	}
	return a
}

// AtHour is how many are about in an hour of the day, on average.
type AtHour struct {
	Looks          int // 0: nobody looked in that hour
	Active, Online float64
}

// ByHour gives the average of each hour of the day in Torn's time.
func ByHour(hours []Activity) [24]AtHour {
	var out [24]AtHour
	for _, h := range hours {
		o := &out[h.Hour.UTC().Hour()]
		o.Looks += h.Looks
		o.Active += float64(h.Active)
		o.Online += float64(h.Online)
	}
	for i := range out {
		if n := float64(out[i].Looks); n > 0 {
			out[i].Active, out[i].Online = out[i].Active/n, out[i].Online/n
		}
	}
	return out
}

// Peak is the hour of the day in which most were active, and the one in which fewest
// were; ok is false before twelve different hours were looked at.
func Peak(hours [24]AtHour) (most, least int, ok bool) {
	seen := 0
	var high, low AtHour
	for i, h := range hours {
		if h.Looks == 0 {
			continue
		}
		if seen == 0 || h.Active > high.Active {
			most, high = i, h
		}
		if seen == 0 || h.Active < low.Active {
			least, low = i, h
		}
		seen++
	}
	return most, least, seen >= 12
}
