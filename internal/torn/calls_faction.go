package torn

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"consigliere/internal/faction"
)

// FactionBasic is a faction's name, leaders and rank; id 0 is the key owner's. Public.
func (c *Client) FactionBasic(ctx context.Context, key Key, o Options, id faction.ID) (FactionBasic, error) {
	return one[FactionBasic](ctx, c, key, o, own("faction", int64(id), "basic"), "basic")
}

// Members is a faction's roster; id 0 is the key owner's. Public; a revive
// setting is shown for one's own faction only.
func (c *Client) Members(ctx context.Context, key Key, o Options, id faction.ID) (List[Member], error) {
	return many[Member](ctx, c, key, o, own("faction", int64(id), "members"), "members")
}

// Positions are the ranks of the key owner's faction. Minimal, with faction access.
func (c *Client) Positions(ctx context.Context, key Key, o Options) (List[Position], error) {
	return many[Position](ctx, c, key, o, own("faction", 0, "positions"), "positions")
}

// Sort is the order of a list.
type Sort string

// The orders; empty leaves it to Torn, which sends the newest first.
const (
	Newest Sort = "DESC"
	Oldest Sort = "ASC"
)

// AttacksQuery says which attacks. Zero fields are not sent; From 0 would be
// answered wrongly by Torn.
type AttacksQuery struct {
	Sort Sort
	// From is exclusive and To inclusive by the specification, though clients
	// disagree: overlap and tell rows apart by id. Unix seconds, or attack ids with IDs.
	From, To int64
	Limit    int // 1 to 100; 0 is Torn's 100
	// IDs makes From and To attack ids: the way through a second with more rows
	// than a page holds.
	IDs bool
}

// Attacks is a page of the attack log of the key owner's faction, both directions.
// Limited, with faction access.
func (c *Client) Attacks(ctx context.Context, key Key, o Options, query AttacksQuery) (List[Attack], error) {
	r := own("faction", 0, "attacks")
	r.query = url.Values{}
	if query.Sort != "" {
		r.query.Set("sort", string(query.Sort))
	}
	if query.IDs {
		r.query.Set("filters", "idFilter")
	}
	positive(r.query, "from", query.From)
	positive(r.query, "to", query.To)
	positive(r.query, "limit", int64(query.Limit))
	return many[Attack](ctx, c, key, o, r, "attacks")
}

// Wars is what a faction fights now; id 0 is the key owner's. Public.
func (c *Client) Wars(ctx context.Context, key Key, o Options, id faction.ID) (Wars, error) {
	r := own("faction", int64(id), "wars")
	return get(ctx, c, key, o, r, func(top fields) (Wars, error) { return readWars(top, r.endpoint) })
}

// RankedWars is a page of a faction's ranked wars, the newest first; id 0 is the
// key owner's. limit is 1 to 100, 0 is Torn's 20. Public.
func (c *Client) RankedWars(ctx context.Context, key Key, o Options, id faction.ID, limit, offset int) (List[RankedWar], error) {
	r := own("faction", int64(id), "rankedwars")
	r.query = url.Values{}
	positive(r.query, "limit", int64(limit))
	positive(r.query, "offset", int64(offset))
	return many[RankedWar](ctx, c, key, o, r, "rankedwars")
}

// RankedWarReport is the official report of a finished war. Public. For some
// minutes after the end Torn may answer with an error.
func (c *Client) RankedWarReport(ctx context.Context, key Key, o Options, warID int64) (RankedWarReport, error) {
	r := own("faction", warID, "rankedwarreport")
	r.endpoint = "faction/{rankedWarId}/rankedwarreport"
	return one[RankedWarReport](ctx, c, key, o, r, "rankedwarreport")
}

// Chain is a faction's chain; id 0 is the key owner's. Public.
func (c *Client) Chain(ctx context.Context, key Key, o Options, id faction.ID) (Chain, error) {
	return one[Chain](ctx, c, key, o, own("faction", int64(id), "chain"), "chain")
}

// Front reads war, chain and roster of one side in one request; id 0 is the key
// owner's faction. Public.
func (c *Client) Front(ctx context.Context, key Key, o Options, id faction.ID) (Front, error) {
	who := ""
	if id != 0 {
		who = strconv.FormatInt(int64(id), 10)
	}
	r := combined("faction", who, "wars", "chain", "members")
	return get(ctx, c, key, o, r, func(top fields) (f Front, err error) {
		if f.Wars, err = readWars(top, r.endpoint); err != nil {
			return f, err
		}
		if f.Chain, err = object[Chain](top, "chain", r.endpoint); err != nil {
			return f, err
		}
		f.Members, err = list[Member](top, "members", r.endpoint)
		return f, err
	})
}

// News is a page of one category of the faction's news, the newest first.
// Minimal, with faction access; attack, depositFunds and giveFunds need Limited.
func (c *Client) News(ctx context.Context, key Key, o Options, category string, from, to int64) (List[News], error) {
	r := own("faction", 0, "news")
	r.query = url.Values{"cat": {category}, "striptags": {"false"}}
	positive(r.query, "from", from)
	positive(r.query, "to", to)
	return many[News](ctx, c, key, o, r, "news")
}

// readWars reads the ranked war out of what a faction fights. A faction without
// any war may come as null or [].
func readWars(top fields, endpoint string) (Wars, error) {
	inner, err := object[fields](top, "wars", endpoint)
	if err != nil {
		return Wars{}, err
	}
	raw, ok := inner["ranked"]
	switch {
	case !ok && len(inner) > 0: // not the same as no war: a war would seem to have vanished
		return Wars{}, wrongShape(endpoint, "wars has no ranked")
	case !ok, strings.TrimSpace(string(raw)) == "null", emptyArray(raw):
		return Wars{}, nil
	}
	var w RankedWar
	if err := json.Unmarshal(raw, &w); err != nil {
		return Wars{}, wrongShape(endpoint, "wars.ranked: "+rowFault(err).Error())
	}
	if err := w.check(); err != nil {
		return Wars{}, wrongShape(endpoint, "wars.ranked: "+err.Error())
	}
	return Wars{Ranked: &w}, nil
}

func positive(q url.Values, name string, n int64) {
	if n > 0 {
		q.Set(name, strconv.FormatInt(n, 10))
	}
}
