package poll

import (
	"context"
	"errors"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// FlightStore keeps what members' own keys tell of their flights.
type FlightStore interface {
	OpenFlights(ctx context.Context, id faction.ID) ([]war.OpenFlight, error)
	SaveLanding(ctx context.Context, id faction.ID, f war.OpenFlight, l faction.Landing, now time.Time) error
	Members(ctx context.Context, id, of faction.ID) (faction.Roster, error)
}

const (
	// landingsWithin is how long, of the wall's time, asking when members land may take.
	landingsWithin = 3 * time.Second
	// calmLandings is how many members are asked about with one look in peace. At war it
	// is one, and only with the look that leaves the enemy's side out: so that a faction
	// makes no more than one such request a minute.
	calmLandings = 3
)

// landings asks Torn when members of ours land who were seen to take off, each with
// their own key, given for that. It comes after all else of a look has been stored,
// gives way to whatever else wants the budget, and what fails is asked again later.
func (p *Front) landings(ctx context.Context, id faction.ID, most int) {
	if p.Flights == nil || most <= 0 {
		return
	}
	open, err := p.Flights.OpenFlights(ctx, id)
	if err != nil {
		p.Log.Error("flights of members not read", "faction_id", id, "err", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, landingsWithin)
	defer cancel()
	for _, f := range war.FlightsToAsk(open, len(open), p.Clock.Now()) {
		if most == 0 {
			return
		}
		asked, err := p.landing(ctx, id, f)
		if asked {
			most--
		}
		if err != nil {
			p.Log.Warn("when a member lands could not be asked", "faction_id", id, "endpoint", "user/travel", "err", err)
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// landing asks about one flight. asked is false when no request was made for it.
func (p *Front) landing(ctx context.Context, id faction.ID, f war.OpenFlight) (asked bool, err error) {
	var fault *torn.Error
	got, err := fetch(ctx, p.Source, id, torn.NeedOwnTravel.For(f.Player), func(ctx context.Context, key torn.Key) (torn.Travel, error) {
		got, err := p.Client.Travel(ctx, key, torn.Options{Priority: torn.Background, Once: true})
		asked = asked || err == nil || errors.As(err, &fault)
		return got, err
	})
	if !asked {
		if errors.Is(err, torn.ErrNoKey) { // it was withdrawn, or may not read this
			err = nil
		}
		return false, err
	}
	now := p.Clock.Now()
	var l faction.Landing
	if err == nil {
		l = landingOf(got)
		if !war.TellsOf(f.Status, l, now) {
			l = faction.Landing{}
		}
	}
	return true, errors.Join(err, p.Flights.SaveLanding(context.WithoutCancel(ctx), id, f, l, now))
}

// mayAskLandings is how many members a look may ask about.
func (p *Front) mayAskLandings(fighting, rests bool) int {
	switch {
	case !fighting:
		return calmLandings
	case rests:
		return 1
	default:
		return 0
	}
}
