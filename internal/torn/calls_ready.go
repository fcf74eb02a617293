package torn

import (
	"context"
	"errors"
)

// Readiness is the key owner's energy, cooldowns and travel, and with crime the organized
// crime that they are in, in one request. Minimal.
func (c *Client) Readiness(ctx context.Context, key Key, o Options, crime bool) (Readiness, error) {
	selections := []string{"bars", "cooldowns", "travel"}
	if crime {
		selections = append(selections, "organizedcrime")
	}
	r := combined("user", "", selections...)
	return get(ctx, c, key, o, r, func(top fields) (out Readiness, err error) {
		if out.Bars, err = object[Bars](top, "bars", r.endpoint); err != nil {
			return out, err
		}
		if out.Cooldowns, err = object[Cooldowns](top, "cooldowns", r.endpoint); err != nil {
			return out, err
		}
		if out.Travel, err = object[Travel](top, "travel", r.endpoint); err != nil || !crime {
			return out, err
		}
		out.Crime, err = object[OwnCrime](top, "organizedCrime", r.endpoint)
		return out, err
	})
}

// Travel is the key owner's last flight, or the one under way. Minimal.
func (c *Client) Travel(ctx context.Context, key Key, o Options) (Travel, error) {
	return one[Travel](ctx, c, key, o, own("user", 0, "travel"), "travel")
}

// Readiness is how fit a player is to fight.
type Readiness struct {
	Bars      Bars
	Cooldowns Cooldowns
	Travel    Travel
	Crime     OwnCrime
}

// OwnCrime is the organized crime that a player is in. Without one, and in factions on
// the old crimes, which are answered with an error in its place, all is zero.
type OwnCrime struct {
	ID    int64  `json:"id"`
	Ready *int64 `json:"ready_at"` // unix seconds; null: not planned yet
}

// Bars are a player's bars.
type Bars struct {
	Energy Bar `json:"energy"`
}

// Bar is one of them.
type Bar struct {
	Current int `json:"current"`
	Maximum int `json:"maximum"`
}

func (b *Bars) check() error {
	if b.Energy.Maximum <= 0 {
		return errors.New("the energy bar is missing")
	}
	return nil
}

// Cooldowns are in seconds from the answer on; 0 is over.
type Cooldowns struct {
	Drug    int64 `json:"drug"`
	Medical int64 `json:"medical"`
	Booster int64 `json:"booster"`
}

// Travel is the last flight, or the one under way.
type Travel struct {
	Destination string `json:"destination"` // "Torn" on the way back
	Departed    *int64 `json:"departed_at"` // unix seconds; null before the first flight
	Arrival     *int64 `json:"arrival_at"`  // as Departed
	TimeLeft    int64  `json:"time_left"`   // seconds; 0: not flying
}
