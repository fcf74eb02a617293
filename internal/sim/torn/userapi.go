package torn

import (
	"net/url"
	"slices"
	"strings"
)

func encode(q map[string][]string) string { return url.Values(q).Encode() }

// keyInfo tells whose key it is and what it opens.
func (c *call) keyInfo() (parts, *apiError) {
	own := map[string][]string{}
	for _, section := range []string{"company", "faction", "market", "property", "torn", "user", "racing", "forum", "key"} {
		own[section] = []string{}
	}
	for _, e := range c.w.table {
		if c.key.mayRead(e) && (!e.access || c.key.Level == Custom || c.w.hasFactionAccess(c.key)) {
			own[e.section] = append(own[e.section], e.selection)
		}
	}
	for section, list := range own {
		slices.Sort(list)
		own[section] = slices.Compact(append(list, "lookup"))
	}
	user := map[string]any{"id": c.owner.id, "faction_id": nil, "company_id": nil}
	if c.owner.faction != 0 {
		user["faction_id"] = c.owner.faction
	}
	return parts{"info": map[string]any{
		"selections": own,
		"user":       user,
		"access": map[string]any{
			"level": int(c.key.Level), "type": c.key.Level.name(), "faction": c.w.hasFactionAccess(c.key), "company": false,
			"log": map[string]any{"custom_permissions": false, "available": []any{}},
		},
	}}, nil
}

func (c *call) userBasic() (parts, *apiError) {
	p, fault := c.targetUser()
	if fault != nil {
		return nil, fault
	}
	return parts{"profile": map[string]any{
		"id": p.id, "name": p.name, "level": p.level, "gender": p.gender, "status": c.w.statusAt(p, c.now, c.seen),
	}}, nil
}

func (c *call) userFaction() (parts, *apiError) {
	p, fault := c.targetUser()
	if fault != nil {
		return nil, fault
	}
	g := c.w.groups[p.faction]
	if g == nil {
		return parts{"faction": nil}, nil
	}
	return parts{"faction": map[string]any{
		"id": g.id, "name": g.name, "tag": g.tag, "tag_image": image(g.id, "tag"),
		"position": p.position, "days_in_faction": days(c.now - p.joined),
	}}, nil
}

// userDiscord answers with an empty snowflake for a player who linked none, and
// with error 6 for a snowflake that nobody linked.
func (c *call) userDiscord() (parts, *apiError) {
	p, fault := c.targetUser()
	if fault != nil {
		return nil, fault
	}
	return parts{"discord": map[string]any{"discord_id": p.discord, "user_id": p.id}}, nil
}

func (c *call) userProfile() (parts, *apiError) {
	p, fault := c.targetUser()
	if fault != nil {
		return nil, fault
	}
	var faction any
	if p.faction != 0 {
		faction = p.faction
	}
	n := int(p.id % 97)
	return parts{"profile": map[string]any{
		"id": p.id, "name": p.name, "level": p.level, "rank": "Heroic", "title": "Soldier", "donator_status": nil,
		"age": days(c.now - p.signedUp), "signed_up": p.signedUp, "faction_id": faction, "honor_id": 200 + n,
		"property": map[string]any{"id": 3_000_000 + p.id%1_000_000, "name": "Private Island"}, "image": nil,
		"gender": p.gender, "revivable": p.revive == "Everyone", "revive_setting": c.reviveSetting(p), "role": "Civilian",
		"status": c.w.statusAt(p, c.now, c.seen), "spouse": nil, "awards": 100 + n, "friends": n, "enemies": n / 2,
		"forum_posts": 10 * n, "karma": n, "last_action": c.w.lastActionAt(p, c.now),
		"life": map[string]any{"current": 50 * p.level, "maximum": 50 * p.level},
	}}, nil
}

// reviveSetting is shown to one's own faction only, with faction access.
func (c *call) reviveSetting(p *player) string {
	if p.faction == 0 || p.faction != c.owner.faction || !c.w.hasFactionAccess(c.key) {
		return "Unknown"
	}
	return p.revive
}

func days(seconds int64) int64 { return max(0, seconds/86400) }

func image(id int64, what string) string {
	return strings.Join([]string{"https://factiontags.torn.com/", what, "-", formatInt(id), ".png"}, "")
}
