package torn

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"consigliere/internal/faction"
)

// own builds a request about the key's owner or their faction (id 0), or about
// somebody else by id.
func own(section string, id int64, selection string) request {
	if id == 0 {
		return request{endpoint: section + "/" + selection, path: section + "/" + selection}
	}
	return request{
		endpoint: section + "/{id}/" + selection,
		path:     section + "/" + strconv.FormatInt(id, 10) + "/" + selection,
		byID:     true,
	}
}

// combined builds one request for several selections without parameters.
func combined(section, id string, selections ...string) request {
	all := strings.Join(selections, ",")
	q := url.Values{"selections": {all}}
	if id != "" {
		q.Set("id", id)
	}
	return request{endpoint: section + "?selections=" + all, path: section, query: q, byID: id != ""}
}

// one asks for a single object.
func one[T any](ctx context.Context, c *Client, key Key, o Options, r request, name string) (T, error) {
	return get(ctx, c, key, o, r, func(top fields) (T, error) { return object[T](top, name, r.endpoint) })
}

// many asks for a list.
func many[T any](ctx context.Context, c *Client, key Key, o Options, r request, name string) (List[T], error) {
	return get(ctx, c, key, o, r, func(top fields) (List[T], error) { return list[T](top, name, r.endpoint) })
}

// KeyInfo tells what a key may do and whose it is. Any key.
func (c *Client) KeyInfo(ctx context.Context, key Key, o Options) (KeyInfo, error) {
	return one[KeyInfo](ctx, c, key, o, own("key", 0, "info"), "info")
}

// UserBasic is a player's name, level and status; id 0 is the key's owner. Public.
func (c *Client) UserBasic(ctx context.Context, key Key, o Options, id faction.PlayerID) (UserProfile, error) {
	return one[UserProfile](ctx, c, key, o, own("user", int64(id), "basic"), "profile")
}

// UserFaction is a player's faction and position, nil for none; id 0 is the key's owner. Public.
func (c *Client) UserFaction(ctx context.Context, key Key, o Options, id faction.PlayerID) (*UserFaction, error) {
	return one[*UserFaction](ctx, c, key, o, own("user", int64(id), "faction"), "faction")
}

// UserDiscord is a player's linked Discord account; id 0 is the key's owner. Public.
func (c *Client) UserDiscord(ctx context.Context, key Key, o Options, id faction.PlayerID) (UserDiscord, error) {
	return one[UserDiscord](ctx, c, key, o, own("user", int64(id), "discord"), "discord")
}

// Identity is a player's name, faction and position in one request; id 0 is the key's
// owner. Public.
func (c *Client) Identity(ctx context.Context, key Key, o Options, id faction.PlayerID) (Identity, error) {
	who := ""
	if id != 0 {
		who = strconv.FormatInt(int64(id), 10)
	}
	r := combined("user", who, "basic", "faction")
	return get(ctx, c, key, o, r, func(top fields) (i Identity, err error) {
		if i.Profile, err = object[UserProfile](top, "profile", r.endpoint); err != nil {
			return i, err
		}
		i.Faction, err = object[*UserFaction](top, "faction", r.endpoint)
		return i, err
	})
}

// Verify finds the player behind a Discord user, with faction and position, in one
// request. ErrNotFound means that the Discord user has linked no Torn account. Public.
func (c *Client) Verify(ctx context.Context, key Key, o Options, discordUser string) (Verified, error) {
	r := combined("user", discordUser, "discord", "faction", "profile")
	return get(ctx, c, key, o, r, func(top fields) (v Verified, err error) {
		if v.Discord, err = object[UserDiscord](top, "discord", r.endpoint); err != nil {
			return v, err
		}
		if v.Faction, err = object[*UserFaction](top, "faction", r.endpoint); err != nil {
			return v, err
		}
		v.Profile, err = object[UserProfile](top, "profile", r.endpoint)
		return v, err
	})
}
