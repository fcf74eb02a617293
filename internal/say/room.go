package say

import (
	"fmt"
	"math"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// RoomPage is how many people one page of a side's list names.
const RoomPage = 15

// RoomView is one side of the war room.
type RoomView struct {
	War    war.War // zero: none is on or near, so it is our own side
	Team   war.Team
	People []war.Person // all of that side, in order
	Filter war.Filter
	Page   int
	// Squad is what People were narrowed to, of Of members with OfHits war hits; empty:
	// nothing.
	Squad  string
	Of     int
	OfHits int64
	// LeadPerHour is how fast our lead grows, over a stretch of time that is 0 when it
	// is not known.
	LeadPerHour float64
	Over        time.Duration
	// Names are our members', who hold claims.
	Names map[faction.PlayerID]string
	// AsOf is when the side's roster was read; zero: never.
	AsOf, Now time.Time
	Feeds     []feed.State
}

// How old a roster may be before that is said: at war it is read at least twice a
// minute, in peace each five.
const (
	rosterLate = 2 * time.Minute
	rosterCalm = 20 * time.Minute // an enemy's before the war each fifteen
)

// Late warns of a roster that is older than it should be; empty when it is not.
func Late(w war.War, asOf, now time.Time) string {
	most := rosterCalm
	if w.ID != 0 && w.Phase(now) == war.Active {
		most = rosterLate
	}
	if asOf.IsZero() || now.Sub(asOf) <= most {
		return ""
	}
	return "⚠ Not read since " + Ago(asOf) + ": who is where may have changed. Timers still hold."
}

// RenderRoom shows where one side's people are, a page of them by name.
func RenderRoom(v RoomView) (chat.Message, Page) { return renderRoom(v, true) }

// LiveRoom is the first page as a live message.
func LiveRoom(v RoomView) chat.Live {
	v.Filter, v.Page = "", 0
	m, _ := renderRoom(v, true)
	same, _ := renderRoom(v, false)
	return chat.Live{Message: m, Same: same, AsOf: v.AsOf, Hot: v.War.ID != 0 && v.War.Phase(v.Now) == war.Active}
}

func renderRoom(v RoomView, age bool) (chat.Message, Page) {
	listed := war.Pick(v.People, v.Filter)
	page := PageOf(len(listed), RoomPage, v.Page)
	n := countRoom(v.People)
	e := chat.Embed{Title: fmt.Sprintf("%d of %d of us can fight", n.places[war.Okay], len(v.People)), Color: Grey, Footer: page.Footer("members")}
	if v.Team == war.Enemy {
		e.Title = fmt.Sprintf("%d of %d of them can be hit", n.places[war.Okay], len(v.People))
	}
	if v.Squad != "" {
		e.Title = fmt.Sprintf("%d of %d of squad %s can fight", n.places[war.Okay], len(v.People), Plain(v.Squad))
	}
	if v.War.ID != 0 {
		e.Title += " · " + WarTitle(v.War)
	}
	if v.Filter != "" {
		e.Footer += " · only " + FilterName(v.Filter)
	}
	body := []string{Late(v.War, v.AsOf, v.Now), n.placesLine(), n.presenceLine(v.Team, v.War.ID != 0)}
	if v.Team == war.Ours {
		body = append(body, squadLine(v), exposed(v.People), slackLine(v))
	}
	switch {
	case v.AsOf.IsZero():
		body = append(body, "Their roster has not been read yet. It is from a minute before the war begins.")
	case len(v.People) == 0 && v.Squad != "":
		body = append(body, "Nobody of the squad is on the roster.")
	case len(listed) == 0:
		body = append(body, "Nobody is "+FilterName(v.Filter)+".")
	}
	last := war.Place("")
	for _, p := range listed[page.First:page.Last] {
		if p.Place != last {
			body, last = append(body, "**"+PlaceName(p.Place)+"**"), p.Place
		}
		body = append(body, personLine(p, v))
	}
	e.Description = Within(lines(body...), 3900)
	tail := []string{Stale(v.Feeds, v.Now, feed.Front)}
	if age {
		tail = append(tail, Source("Torn", v.AsOf))
	}
	e.Description = lines(append([]string{e.Description}, tail...)...)
	return chat.Message{Embeds: []chat.Embed{e}}, page
}

// squadLine is what a squad is of the faction; empty of everybody.
func squadLine(v RoomView) string {
	if v.Squad == "" {
		return ""
	}
	s := fmt.Sprintf("**%d** of %d members", len(v.People), v.Of)
	if v.War.ID != 0 {
		s += fmt.Sprintf(" · **%s** of %s war hits", faction.Count(war.Hits(v.People)), faction.Count(v.OfHits)) + shareOf(war.Hits(v.People), v.OfHits)
	}
	return s
}

// shareOf is a part of a whole in percent, in brackets; empty of nothing.
func shareOf(part, whole int64) string {
	if percent, ok := war.Percent(part, whole); ok {
		return fmt.Sprintf(" (%d %%)", percent)
	}
	return ""
}

// roomCount counts a side.
type roomCount struct {
	places                               map[war.Place]int
	online, idle, offline, zero, revives int
	claimed                              int
}

func countRoom(people []war.Person) roomCount {
	n := roomCount{places: map[war.Place]int{}}
	for _, p := range people {
		n.places[p.Place]++
		switch p.LastAction.Status {
		case faction.Online:
			n.online++
		case faction.Idle:
			n.idle++
		default:
			n.offline++
		}
		if p.Hits <= 0 {
			n.zero++
		}
		if p.Revives {
			n.revives++
		}
		if p.Claim.Player != 0 {
			n.claimed++
		}
	}
	return n
}

func (n roomCount) placesLine() string {
	var parts []string
	for _, p := range []war.Place{war.Okay, war.InHospital, war.Flying, war.Abroad, war.InJail, war.Away} {
		if k := n.places[p]; k > 0 || p == war.Okay {
			parts = append(parts, fmt.Sprintf("**%d** %s", k, strings.ToLower(PlaceName(p))))
		}
	}
	return strings.Join(parts, " · ")
}

func (n roomCount) presenceLine(t war.Team, atWar bool) string {
	s := fmt.Sprintf("**%d** online · **%d** idle · **%d** offline", n.online, n.idle, n.offline)
	switch {
	case t == war.Enemy && n.revives > 0:
		s += fmt.Sprintf(" · **%d** revivable", n.revives)
	case t == war.Ours && atWar:
		s += fmt.Sprintf(" · **%d** without a hit", n.zero)
	}
	if n.claimed > 0 {
		s += fmt.Sprintf(" · **%d** called", n.claimed)
	}
	return s
}

// exposed names our members whom a hostile reviver can get out of hospital, to be hit
// again.
func exposed(people []war.Person) string {
	everyone, some := []string{}, 0
	for _, p := range people {
		switch {
		case p.ReviveSetting == faction.RevivableByEveryone:
			everyone = append(everyone, shortName(p.Member))
		case p.Revives:
			some++
		}
	}
	var parts []string
	if len(everyone) > 0 {
		parts = append(parts, fmt.Sprintf("**%d** with revives on for everyone: %s. Switch them off, or the enemy farms you.", len(everyone), Some(everyone, 5)))
	}
	if some > 0 {
		parts = append(parts, fmt.Sprintf("**%d** revivable, by whom Torn does not tell this key.", some))
	}
	return strings.Join(parts, " ")
}

// slackLine names who could win points and does not, while the lead shrinks.
func slackLine(v RoomView) string {
	if v.War.ID == 0 || v.War.Phase(v.Now) != war.Active || v.Over == 0 || v.LeadPerHour >= 0 {
		return ""
	}
	roster := make([]faction.Member, len(v.People))
	for i, p := range v.People {
		roster[i] = p.Member
	}
	s := war.SlackOf(roster, v.Now)
	if s.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("**Lead %s an hour.** Not fighting: %s", signed(int64(math.Round(v.LeadPerHour))), SlackWords(s))
}

// SlackWords names those who could win points and do not: "idle 2 (Duke, Vera), flying
// 1 (Mick)".
func SlackWords(s war.Slack) string {
	var parts []string
	for _, g := range []struct {
		what string
		list []faction.Member
	}{{"idle", s.Idle}, {"in hospital", s.Hospital}, {"flying", s.Flying}} {
		if len(g.list) == 0 {
			continue
		}
		names := make([]string, len(g.list))
		for i, m := range g.list {
			names[i] = shortName(m)
			if at := m.Status.Landing.At; g.what == "flying" && !at.IsZero() {
				names[i] += " lands " + Ago(at)
			}
		}
		parts = append(parts, fmt.Sprintf("%s **%d** (%s)", g.what, len(names), Some(names, 4)))
	}
	return strings.Join(parts, ", ")
}

func shortName(m faction.Member) string {
	if clean(m.Name) == "" {
		return fmt.Sprint(m.ID)
	}
	return Text(m.Name, 18)
}

// personLine is one of a side: who, and what matters for the next hit.
func personLine(p war.Person, v RoomView) string {
	url := PlayerURL(p.ID)
	if v.Team == war.Enemy {
		url = AttackURL(p.ID)
	}
	parts := []string{fmt.Sprintf("[%s](%s) %d", shortName(p.Member), url, p.Level), whereWords(p), presenceWords(p.LastAction)}
	if v.Team == war.Ours && v.War.ID != 0 {
		hits := fmt.Sprintf("%d hits", p.Hits)
		if p.Hits == 1 {
			hits = "1 hit"
		}
		parts = append(parts, when(p.Hits > 0, hits)+when(p.Hits <= 0, "**no hit**"))
	}
	parts = append(parts, flags(p)...)
	if v.Team == war.Enemy {
		parts = append(parts, pastWords(p.Past), claimWords(p.Claim, v.Names))
	}
	return strings.Join(kept(parts), " · ")
}

func kept(parts []string) []string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

// flags are what changes how long somebody stays in hospital.
func flags(p war.Person) (out []string) {
	if p.EarlyDischarge {
		out = append(out, "early discharge")
	}
	if p.Revives {
		out = append(out, "revivable")
	}
	return out
}

// presenceWords tells who is there; since when, of those who are not, the reader's own
// client counts.
func presenceWords(a faction.LastAction) string {
	switch a.Status {
	case faction.Online:
		return "**online**"
	case faction.Idle:
		return "idle"
	case faction.Offline:
		if a.At.IsZero() {
			return "offline"
		}
		return "seen " + Ago(a.At)
	default:
		return strings.ToLower(Text(a.Status, 12))
	}
}

// whereWords tells until when somebody is away, and where; empty for who is not.
func whereWords(p war.Person) string {
	switch p.Place {
	case war.Okay:
		return ""
	case war.InHospital, war.InJail:
		if p.Status.Until.IsZero() {
			return "until when is not known"
		}
		return "out " + Ago(p.Status.Until)
	case war.Flying:
		return FlightWords(p.Flight)
	case war.Abroad:
		return Text(AbroadWords(p.Status), 30)
	default:
		return strings.ToLower(Text(p.Status.State, 16))
	}
}

// AbroadWords tells where somebody abroad is, not yet worded for a message. Who has
// landed since anybody looked is there by what their key told.
func AbroadWords(s faction.Status) string {
	if s.State == faction.StateTraveling {
		return "In " + s.Landing.Destination
	}
	return s.Description
}

// FlightWords tells when somebody in the air lands, as far as that is known.
func FlightWords(f war.Flight) string {
	to := Bound(f)
	switch {
	case f.Exact:
		return to + ", lands exactly " + Ago(f.Latest)
	case f.Latest.IsZero():
		return to + ", landing not known"
	case f.Earliest.IsZero():
		return to + ", lands by " + Ago(f.Latest)
	case f.Latest.Sub(f.Earliest) <= 2*time.Minute:
		return to + ", lands " + Ago(f.Earliest)
	default:
		return to + ", lands " + Ago(f.Earliest) + ", at the latest " + Ago(f.Latest)
	}
}

// Bound tells where a flight goes.
func Bound(f war.Flight) string {
	switch {
	case f.Home && f.Country == "":
		return "home"
	case f.Home:
		return "home from " + f.Country
	case f.Country == "":
		return "abroad"
	default:
		return "to " + f.Country
	}
}

func pastWords(p war.Past) string {
	if p.Hits == 0 {
		return ""
	}
	return fmt.Sprintf("FF %.2f of %d", p.FairFight, p.Hits)
}

func claimWords(c war.Claim, names map[faction.PlayerID]string) string {
	if c.Player == 0 {
		return ""
	}
	return "called by **" + holder(c.Player, names) + "** until " + Ago(c.Expires)
}

func holder(id faction.PlayerID, names map[faction.PlayerID]string) string {
	return shortName(faction.Member{ID: id, Name: names[id]})
}

// PlaceName heads a list of people who are there.
func PlaceName(p war.Place) string {
	return map[war.Place]string{
		war.Okay: "Okay", war.InHospital: "In hospital", war.InJail: "In jail", war.Flying: "Flying", war.Abroad: "Abroad", war.Away: "Out of it",
	}[p]
}

// FilterName words a filter.
func FilterName(f war.Filter) string {
	switch f {
	case war.OnlyZero:
		return "without a hit"
	case war.OnlyHospital:
		return "in hospital"
	case war.OnlyJail:
		return "in jail"
	case war.OnlyEarly:
		return "with early discharge"
	case war.OnlyClaimed:
		return "called"
	default:
		return string(f)
	}
}
