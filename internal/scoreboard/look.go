package scoreboard

import (
	"net/url"
	"strconv"

	"consigliere/internal/faction"
	"consigliere/internal/roster"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// look is what a war's page was asked to show: whose table, in which order, and of our
// side only a squad, when that has an id.
type look struct {
	team  war.Team
	by    war.SortKey
	squad roster.Squad
}

// lookOf reads an address. An old one still shows something; a squad that the faction
// does not have shows nothing.
func lookOf(q url.Values, b *board) (look, error) {
	l := look{team: war.Ours, by: war.ByScore}
	if by, ok := war.ParseSort(q.Get("sort")); ok {
		l.by = by
	}
	if q.Get("side") == string(war.Enemy) {
		l.team = war.Enemy
	}
	asked := q.Get("squad")
	if asked == "" {
		return l, nil
	}
	for _, have := range b.squads {
		if strconv.FormatInt(int64(have.ID), 10) == asked {
			l.squad = have
		}
	}
	switch {
	case l.squad.ID == 0:
		return look{}, faction.Errorf(faction.NotFound, "There is no such squad in this faction, so nothing is shown.")
	case l.team == war.Enemy:
		return look{}, faction.Errorf(faction.Invalid, "Squads are of our own side, and this address asks for the enemy's table, so nothing is shown.")
	default:
		return l, nil
	}
}

// address is where a war is shown like that; ending is that of a file, or empty.
func (l look) address(id war.ID, ending string) string {
	q := url.Values{}
	if ending == "" && l.team != war.Ours {
		q.Set("side", string(l.team))
	}
	if ending == "" && l.by != war.ByScore {
		q.Set("sort", string(l.by))
	}
	if l.team == war.Ours && l.squad.ID != 0 {
		q.Set("squad", strconv.FormatInt(int64(l.squad.ID), 10))
	}
	if len(q) == 0 {
		return warPath(id) + ending
	}
	return warPath(id) + ending + "?" + q.Encode()
}

// as is the same of another side, in another order.
func (l look) as(team war.Team, by war.SortKey) look { return look{team, by, l.squad} }

// narrow leaves what a squad did of our side, if one was asked for.
func (l look) narrow(table war.Board) war.Board {
	if l.squad.ID == 0 {
		return table
	}
	return table.Of(l.squad.Players())
}

// squadForm lets a reader pick a squad, without a script as well.
type squadForm struct {
	Path    string
	Sort    string // empty: the usual order
	Options []squadOption
	Shown   string // the squad that is shown; empty: everybody
}

type squadOption struct {
	ID       int64
	Name     string
	Selected bool
}

// squadsOf is nil when the faction has no squads.
func squadsOf(b *board, l look) *squadForm {
	if len(b.squads) == 0 {
		return nil
	}
	f := &squadForm{Path: warPath(b.war.ID)}
	if l.by != war.ByScore {
		f.Sort = string(l.by)
	}
	for _, q := range b.squads {
		f.Options = append(f.Options, squadOption{int64(q.ID), say.Plain(q.Name), q.ID == l.squad.ID})
	}
	if l.squad.ID != 0 {
		f.Shown = say.Plain(l.squad.Name)
	}
	return f
}
