package torn

import (
	"slices"
	"strconv"
	"strings"
)

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

func (c *call) factionBasic() (parts, *apiError) {
	g, fault := c.targetFaction()
	if fault != nil {
		return nil, fault
	}
	var enlisted any
	if g.id == c.owner.faction && c.w.hasFactionAccess(c.key) && c.key.Level != Public {
		enlisted = g.enlisted
	}
	return parts{"basic": map[string]any{
		"id": g.id, "name": g.name, "tag": g.tag, "tag_image": image(g.id, "tag"), "banner_image": image(g.id, "banner"),
		"leader_id": g.leader, "co_leader_id": g.coLeader, "respect": g.respect, "days_old": days(c.now - g.founded),
		"capacity": max(100, len(g.members)), "members": len(g.members), "is_enlisted": enlisted, "best_chain": g.bestChain,
		"rank": map[string]any{"level": 11, "name": "Gold", "division": 2, "position": 140, "wins": 23},
	}}, nil
}

type memberBody struct {
	ID             int64          `json:"id"`
	Name           string         `json:"name"`
	Position       string         `json:"position"`
	Level          int            `json:"level"`
	Days           int64          `json:"days_in_faction"`
	Revivable      bool           `json:"is_revivable"`
	OnWall         bool           `json:"is_on_wall"`
	InCrime        bool           `json:"is_in_oc"`
	EarlyDischarge bool           `json:"has_early_discharge"`
	LastAction     lastActionBody `json:"last_action"`
	Status         statusBody     `json:"status"`
	Revive         string         `json:"revive_setting"`
}

func (c *call) factionMembers() (parts, *apiError) {
	g, fault := c.targetFaction()
	if fault != nil {
		return nil, fault
	}
	own := g.id == c.owner.faction
	list := make([]memberBody, 0, len(g.members))
	for _, id := range g.members {
		p := c.w.players[id]
		list = append(list, memberBody{
			ID: p.id, Name: p.name, Position: p.position, Level: p.level, Days: days(c.now - p.joined),
			Revivable: p.revive == "Everyone" || own && p.revive == "Friends & faction", InCrime: own && p.inCrime, EarlyDischarge: c.w.chance(p.id, 9, 0) < 0.1,
			LastAction: c.w.lastActionAt(p, c.now), Status: c.w.statusAt(p, c.now, c.seen), Revive: c.reviveSetting(p),
		})
	}
	return parts{"members": list}, nil
}

func (c *call) factionPositions() (parts, *apiError) {
	g, fault := c.privateFaction()
	if fault != nil {
		return nil, fault
	}
	list := make([]map[string]any, 0, len(g.positions))
	for _, p := range g.positions {
		abilities := p.Abilities
		if abilities == nil {
			abilities = []string{}
		}
		list = append(list, map[string]any{"name": p.Name, "is_default": p.Default, "abilities": abilities})
	}
	return parts{"positions": list}, nil
}

func (c *call) factionBalance() (parts, *apiError) {
	g, fault := c.privateFaction()
	if fault != nil {
		return nil, fault
	}
	ids := slices.Clone(g.members)
	switch c.q.Get("cat") {
	case "", "current":
	case "all":
		ids = append(ids, g.formerWith...)
	default:
		return nil, fail(codeCategory)
	}
	list := make([]map[string]any, 0, len(ids))
	for _, id := range ids {
		p := c.w.players[id]
		list = append(list, map[string]any{"id": p.id, "username": p.name, "money": p.balance, "points": p.balance / 1_000_000})
	}
	return parts{"balance": map[string]any{
		"faction": map[string]any{"money": g.money, "points": g.money / 1_000_000, "scope": 40}, "members": list,
	}}, nil
}

// factionCrimes is an empty list of the right shape: organized crimes are not
// part of this world yet.
func (c *call) factionCrimes() (parts, *apiError) {
	if _, fault := c.privateFaction(); fault != nil {
		return nil, fault
	}
	if cat := c.q.Get("cat"); cat != "" && !slices.Contains([]string{"all", "recruiting", "planning", "failure", "successful",
		"expired", "available", "completed"}, cat) {
		return nil, fail(codeCategory)
	}
	_, _, meta, fault := c.offsetPage(0, 20, 100)
	if fault != nil {
		return nil, fault
	}
	return parts{"crimes": []any{}, "_metadata": meta}, nil
}

// newsRow is one line of a faction's news.
type newsRow struct {
	faction int64
	cat     string
	at      int64
	text    string
}

func link(p *player) string {
	return `<a href = "http://www.torn.com/profiles.php?XID=` + formatInt(p.id) + `">` + p.name + `</a>`
}

func (c *call) factionNews() (parts, *apiError) {
	g, fault := c.privateFaction()
	if fault != nil {
		return nil, fault
	}
	cats := []string{"main", "attack", "armoryDeposit", "armoryAction", "territoryWar", "rankedWar", "territoryGain", "chain",
		"crime", "membership", "depositFunds", "giveFunds"}
	want := strings.Split(c.q.Get("cat"), ",")
	for _, cat := range want {
		if !slices.Contains(cats, cat) {
			return nil, fail(codeCategory)
		}
	}
	var rows []timed
	for i, n := range c.w.news {
		if n.faction == g.id && n.at <= c.seen && slices.Contains(want, n.cat) {
			rows = append(rows, timed{n.at, map[string]any{"id": newsID(i, n), "text": n.text, "timestamp": n.at}})
		}
	}
	list, meta, fault := c.timedPage(rows, 100, 100)
	if fault != nil {
		return nil, fault
	}
	return parts{"news": list, "_metadata": meta}, nil
}

func newsID(i int, n newsRow) string { return strconv.FormatInt(n.at*1000+int64(i%1000), 36) }

func (c *call) tornItems() (parts, *apiError) {
	list := []any{}
	for _, it := range [...]struct {
		id    int64
		name  string
		kind  string
		price int64
	}{
		{206, "Xanax", "Drug", 820_000}, {1118, "Armor Cache", "Supply Pack", 412_000_000},
		{1119, "Melee Cache", "Supply Pack", 318_000_000}, {1120, "Small Arms Cache", "Supply Pack", 239_000_000},
		{1121, "Medium Arms Cache", "Supply Pack", 276_000_000}, {1122, "Heavy Arms Cache", "Supply Pack", 340_000_000},
	} {
		if c.id != "" && !slices.Contains(strings.Split(c.id, ","), formatInt(it.id)) {
			continue
		}
		list = append(list, map[string]any{
			"id": it.id, "name": it.name, "description": it.name, "effect": nil, "requirement": nil,
			"image": "https://www.torn.com/images/items/" + formatInt(it.id) + "/large.png", "type": it.kind, "sub_type": nil,
			"is_masked": false, "is_tradable": true, "is_found_in_city": false, "circulation": 1_000,
			"value": map[string]any{"shops": []any{}, "market_price": it.price}, "details": nil,
		})
	}
	return parts{"items": list}, nil
}
