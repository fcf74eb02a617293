package torn

import (
	"context"
	"errors"

	"consigliere/internal/faction"
)

// KeyReport is what a submitted key proves and can do.
type KeyReport struct {
	Owner       faction.PlayerID
	Name        string
	FactionID   faction.ID // 0: in no faction
	FactionName string
	Position    string
	// DiscordID is the account that the owner linked at Torn; empty when there is none.
	DiscordID     string
	Level         Level
	Type          string // Torn's name of the level
	FactionAccess bool
	Selections    Selections
}

// Can tells whether the key serves a need, consent aside.
func (r KeyReport) Can(n Need) bool {
	return n.granted(r.Level, r.Selections) && (!n.FactionAccess || r.FactionAccess) && (n.Owner == 0 || n.Owner == r.Owner)
}

// Missing are those of our needs that the key does not serve, so that its owner
// hears of it now and not at the start of a war.
func (r KeyReport) Missing() []Need {
	var out []Need
	for _, n := range []Need{NeedPublic, NeedPositions, NeedAttacks, NeedCrimes, NeedNews, NeedBalance} {
		if !r.Can(n) {
			out = append(out, n)
		}
	}
	return out
}

// CheckKey asks Torn what a submitted key is: owner, faction, position, linked
// Discord account and access. Four requests.
func (c *Client) CheckKey(ctx context.Context, secret Secret) (KeyReport, error) {
	o := Options{Priority: Interactive}
	key := Key{Secret: secret}
	info, err := c.KeyInfo(ctx, key, o)
	if err != nil {
		return KeyReport{}, err
	}
	key.Owner = faction.PlayerID(info.User.ID)
	out := KeyReport{
		Owner: key.Owner, Level: info.Access.Level, Type: info.Access.Type,
		FactionAccess: info.Access.Faction, Selections: info.Selections,
	}
	who, err := c.UserBasic(ctx, key, o, 0)
	if err != nil {
		return KeyReport{}, err
	}
	out.Name = who.Name
	in, err := c.UserFaction(ctx, key, o, 0)
	if err != nil {
		return KeyReport{}, err
	}
	if in != nil && in.ID != 0 {
		out.FactionID, out.FactionName, out.Position = faction.ID(in.ID), in.Name, in.Position
	}
	linked, err := c.UserDiscord(ctx, key, o, 0)
	if err != nil && !errors.Is(err, ErrNotFound) { // not found: never linked
		return KeyReport{}, err
	}
	out.DiscordID = string(linked.DiscordID)
	return out, nil
}
