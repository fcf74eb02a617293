package scoreboard

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// roomView is where one side's people are while a war is on or near.
type roomView struct {
	Team    war.Team
	Title   string
	Summary []string
	AsOf    *moment // nil: the roster was never read
	Warning string
	Groups  []groupView
}

// groupView are those of a side who are at one place.
type groupView struct {
	ID, Name, Count string
	Caption         string
	Open            bool // to begin with; what the reader opens or closes stays so
	People          []personView
}

type personView struct {
	ID, Name, URL string
	Level         int
	// When they can be hit, or can hit, again: what to say before the time, the time,
	// and of a range its end.
	Before    string
	At, Until *moment
	// Presence is how the site shows them, Seen since when they are away.
	Presence string
	Seen     *moment
	Besides  []string
	// Claim is who of ours has called them, Ends when that ends.
	Claim string
	Ends  *moment
}

// roomsOf are both sides, ours last; nil when the war is over.
func (s *Server) roomsOf(b *board, table war.Board, l look, now time.Time) (them, us *roomView) {
	if b.war.Phase(now) == war.Ended {
		return nil, nil
	}
	names := map[faction.PlayerID]string{}
	for _, m := range b.roster.Members {
		names[m.ID] = m.Name
	}
	foes := war.Foes(b.foes.Members, table, b.claims, nil, now)
	crew := war.Crew(b.roster.Members, table, now)
	them = s.roomOf(b, war.Enemy, foes, b.foes.AsOf, names, now)
	if l.squad.ID == 0 {
		return them, s.roomOf(b, war.Ours, crew, b.roster.AsOf, names, now)
	}
	team := war.Among(crew, l.squad.Players())
	us = s.roomOf(b, war.Ours, team, b.roster.AsOf, names, now)
	us.Title = "Us: squad " + say.Plain(l.squad.Name)
	us.Summary = append([]string{fmt.Sprintf("%d of %d members%s", len(team), len(crew), share(int64(len(team)), int64(len(crew))))}, us.Summary...)
	return them, us
}

func (s *Server) roomOf(b *board, team war.Team, people []war.Person, asOf time.Time, names map[faction.PlayerID]string, now time.Time) *roomView {
	v := &roomView{Team: team, AsOf: seen(asOf, now), Title: "Us"}
	if team == war.Enemy {
		v.Title = "Them"
	}
	every := s.cfg.Intervals.Front
	if b.war.Phase(now) == war.Scheduled || !b.war.Tracked {
		every = s.cfg.Intervals.Members
	}
	switch {
	case asOf.IsZero() && team == war.Enemy:
		v.Warning = "Their roster has not been read yet. It is from a minute before the war begins."
	case asOf.IsZero():
		v.Warning = "Our roster has not been read yet."
	case every > 0 && now.Sub(asOf) > 2*stale*every:
		v.Warning = "Who is where may have changed; timers still hold." + reason(b.feeds[feed.Front])
	}
	online, idle, zero, revives := 0, 0, 0, 0
	at := map[war.Place]*groupView{}
	for _, p := range people {
		switch p.LastAction.Status {
		case faction.Online:
			online++
		case faction.Idle:
			idle++
		}
		if p.Hits <= 0 {
			zero++
		}
		if p.Revives {
			revives++
		}
		g := at[p.Place]
		if g == nil {
			g = groupOf(p.Place, team)
			at[p.Place] = g
		}
		g.People = append(g.People, personOf(p, team, b.war, names, now))
	}
	for _, place := range []war.Place{war.Okay, war.InHospital, war.Flying, war.Abroad, war.InJail, war.Away} {
		if g := at[place]; g != nil {
			g.Count = faction.Count(int64(len(g.People)))
			v.Groups = append(v.Groups, *g)
		}
	}
	v.Summary = []string{strconv.Itoa(online) + " online", strconv.Itoa(idle) + " idle", strconv.Itoa(len(people)-online-idle) + " offline"}
	if team == war.Ours && b.war.Phase(now) == war.Active {
		v.Summary = append(v.Summary, strconv.Itoa(zero)+" without a hit")
	}
	if revives > 0 {
		v.Summary = append(v.Summary, strconv.Itoa(revives)+" revivable")
	}
	return v
}

// share is a part of a whole in percent, in brackets; empty of nothing.
func share(part, whole int64) string {
	if percent, ok := war.Percent(part, whole); ok {
		return fmt.Sprintf(" (%d %%)", percent)
	}
	return ""
}

func groupOf(p war.Place, team war.Team) *groupView {
	g := &groupView{ID: "room-" + string(team) + "-" + string(p), Name: say.PlaceName(p)}
	side := "Ours"
	if team == war.Enemy {
		side, g.Open = "Theirs", p == war.Okay || p == war.InHospital
	}
	switch {
	case p == war.Okay && team == war.Enemy:
		g.Name = "Can be hit"
	case p == war.Okay:
		g.Name = "Can fight"
	}
	g.Caption = side + ": " + strings.ToLower(g.Name)
	return g
}

func personOf(p war.Person, team war.Team, w war.War, names map[faction.PlayerID]string, now time.Time) personView {
	v := personView{
		ID: "room-" + strconv.FormatInt(int64(p.ID), 10), Name: say.Plain(p.Name), URL: say.PlayerURL(p.ID), Level: p.Level,
		Presence: strings.ToLower(clip(say.Plain(p.LastAction.Status), 16)),
	}
	if team == war.Enemy {
		v.URL = say.AttackURL(p.ID)
	}
	if p.LastAction.Status == faction.Offline {
		v.Seen = seen(p.LastAction.At, now)
	}
	v.when(p, now)
	if team == war.Ours && w.Phase(now) == war.Active {
		v.Besides = append(v.Besides, hitWords(p.Hits))
	}
	if p.EarlyDischarge {
		v.Besides = append(v.Besides, "early discharge")
	}
	switch {
	case p.ReviveSetting == faction.RevivableByEveryone:
		v.Besides = append(v.Besides, "revives on for everyone")
	case p.Revives:
		v.Besides = append(v.Besides, "revivable")
	}
	if p.Claim.Live(now) {
		v.Claim, v.Ends = say.Plain(names[p.Claim.Player]), seen(p.Claim.Expires, now)
	}
	return v
}

func hitWords(n int64) string {
	switch {
	case n <= 0:
		return "no hit"
	case n == 1:
		return "1 hit"
	default:
		return faction.Count(n) + " hits"
	}
}

// when tells when somebody can be hit, or can hit, again.
func (v *personView) when(p war.Person, now time.Time) {
	switch p.Place {
	case war.Okay:
		v.Before = "now"
	case war.InHospital, war.InJail:
		v.Before, v.At = "out", seen(p.Status.Until, now)
		if v.At == nil {
			v.Before = "not known"
		}
	case war.Flying:
		f, to := p.Flight, say.Bound(p.Flight)
		switch {
		case f.Exact:
			v.Before, v.At = to+", lands exactly", seen(f.Latest, now)
		case f.Latest.IsZero():
			v.Before = to + ", landing not known"
		case f.Earliest.IsZero():
			v.Before, v.At = to+", lands by", seen(f.Latest, now)
		case f.Latest.Sub(f.Earliest) <= 2*time.Minute:
			v.Before, v.At = to+", lands", seen(f.Earliest, now)
		default:
			v.Before, v.At, v.Until = to+", lands", seen(f.Earliest, now), seen(f.Latest, now)
		}
	default:
		v.Before = clip(say.Plain(say.AbroadWords(p.Status)), 40)
	}
}
