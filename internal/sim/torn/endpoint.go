package torn

import (
	"strconv"
	"strings"
)

// endpoint is one selection of one section.
type endpoint struct {
	section, selection string
	level              Level
	access             bool // needs the owner's faction API access
	answer             func(*call) (parts, *apiError)
}

// parts are the top-level fields of an answer.
type parts map[string]any

// endpointTable lists every selection the world knows, by "section/selection".
func endpointTable() map[string]*endpoint {
	table := map[string]*endpoint{}
	add := func(name string, level Level, access bool, f func(*call) (parts, *apiError)) {
		section, selection, _ := strings.Cut(name, "/")
		table[name] = &endpoint{section, selection, level, access, f}
	}
	add("key/info", Public, false, (*call).keyInfo)
	add("user/basic", Public, false, (*call).userBasic)
	add("user/faction", Public, false, (*call).userFaction)
	add("user/discord", Public, false, (*call).userDiscord)
	add("user/profile", Public, false, (*call).userProfile)
	add("user/bars", Minimal, false, (*call).userBars)
	add("user/cooldowns", Minimal, false, (*call).userCooldowns)
	add("user/travel", Minimal, false, (*call).userTravel)
	add("user/organizedcrime", Minimal, false, (*call).userCrime)
	add("user/timestamp", Public, false, (*call).timestamp)
	add("faction/basic", Public, false, (*call).factionBasic)
	add("faction/members", Public, false, (*call).factionMembers)
	add("faction/positions", Minimal, true, (*call).factionPositions)
	add("faction/attacks", Limited, true, (*call).factionAttacks)
	add("faction/attacksfull", Limited, true, (*call).factionAttacksFull)
	add("faction/wars", Public, false, (*call).factionWars)
	add("faction/rankedwars", Public, false, (*call).factionRankedWars)
	add("faction/warfareranked", Public, false, (*call).warfareRanked)
	add("faction/rankedwarreport", Public, false, (*call).rankedWarReport)
	add("faction/chain", Public, false, (*call).factionChain)
	add("faction/chains", Public, false, (*call).factionChains)
	add("faction/chainreport", Public, false, (*call).chainReport)
	add("faction/news", Minimal, true, (*call).factionNews)
	add("faction/balance", Limited, true, (*call).factionBalance)
	add("faction/crimes", Minimal, true, (*call).factionCrimes)
	add("faction/timestamp", Public, false, (*call).timestamp)
	add("torn/items", Public, false, (*call).tornItems)
	add("torn/timestamp", Public, false, (*call).timestamp)
	return table
}

// number reads a whole number from the query; given is false when it is absent.
func (c *call) number(name string) (n int64, given bool, fault *apiError) {
	v := c.q.Get(name)
	if v == "" {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, false, fail(codeWrongFields)
	}
	return n, true, nil
}

// limit reads the page size. Torn documents bounds; whoever breaks them learns it here.
func (c *call) limit(usual, most int) (int, *apiError) {
	n, given, fault := c.number("limit")
	switch {
	case fault != nil:
		return 0, fault
	case !given:
		return usual, nil
	case n < 1 || n > int64(most):
		return 0, fail(codeWrongFields)
	}
	return int(n), nil
}

// descending reads the order.
func (c *call) descending(usual bool) (bool, *apiError) {
	switch strings.ToUpper(c.q.Get("sort")) {
	case "":
		return usual, nil
	case "DESC":
		return true, nil
	case "ASC":
		return false, nil
	default:
		return false, fail(codeWrongFields)
	}
}

// span reads from (exclusive) and to (inclusive); to is the largest number when absent.
func (c *call) span() (from, to int64, fault *apiError) {
	if from, _, fault = c.number("from"); fault != nil {
		return 0, 0, fault
	}
	to, given, fault := c.number("to")
	if fault != nil {
		return 0, 0, fault
	}
	if !given {
		to = 1<<62 - 1
	}
	return from, to, nil
}

// metadata is the _metadata of a list.
type metadata struct {
	Links links `json:"links"`
}

type links struct {
	Next *string `json:"next"`
	Prev *string `json:"prev"`
}

// link is the request's own address with some parameters changed; "" removes one.
func (c *call) link(change ...string) *string {
	q := map[string][]string{}
	for name, v := range c.q {
		if name != "timestamp" && name != "comment" {
			q[name] = v
		}
	}
	for i := 0; i+1 < len(change); i += 2 {
		delete(q, change[i])
		if change[i+1] != "" {
			q[change[i]] = []string{change[i+1]}
		}
	}
	s := c.base + "/" + strings.Join(c.parts, "/") + "?" + encode(q)
	return &s
}

// offsetPage cuts a page out of a list of n by offset and limit.
func (c *call) offsetPage(n, usual, most int) (lo, hi int, meta metadata, fault *apiError) {
	limit, fault := c.limit(usual, most)
	if fault != nil {
		return 0, 0, meta, fault
	}
	offset, _, fault := c.number("offset")
	if fault != nil || offset < 0 {
		return 0, 0, meta, fail(codeWrongFields)
	}
	lo = int(min(offset, int64(n)))
	hi = min(lo+limit, n)
	if hi < n {
		meta.Links.Next = c.link("offset", strconv.Itoa(hi))
	}
	if lo > 0 {
		meta.Links.Prev = c.link("offset", strconv.Itoa(max(0, lo-limit)))
	}
	return lo, hi, meta, nil
}

// targetUser is the player asked about: by Torn id, by Discord snowflake, or oneself.
func (c *call) targetUser() (*player, *apiError) {
	if c.id == "" {
		return c.owner, nil
	}
	id, known := c.w.discord[c.id]
	if !known {
		n, err := strconv.ParseInt(c.id, 10, 64)
		if err != nil {
			return nil, fail(codeIncorrectID)
		}
		id = n
	}
	if p := c.w.players[id]; p != nil {
		return p, nil
	}
	return nil, fail(codeIncorrectID)
}

// targetFaction is the faction asked about, or one's own.
func (c *call) targetFaction() (*group, *apiError) {
	if c.id == "" {
		return c.ownFaction()
	}
	id, err := strconv.ParseInt(c.id, 10, 64)
	if err != nil || c.w.groups[id] == nil {
		return nil, fail(codeIncorrectID)
	}
	return c.w.groups[id], nil
}

// ownFaction is the faction of the key's owner; private data has no other.
func (c *call) ownFaction() (*group, *apiError) {
	g := c.w.groups[c.owner.faction]
	if g == nil {
		return nil, fail(codeRelation)
	}
	return g, nil
}

// privateFaction is ownFaction for selections that take no id.
func (c *call) privateFaction() (*group, *apiError) {
	g, fault := c.ownFaction()
	if fault == nil && c.id != "" && c.id != strconv.FormatInt(g.id, 10) {
		return nil, fail(codeRelation)
	}
	return g, fault
}

func (c *call) timestamp() (parts, *apiError) { return parts{"timestamp": c.now}, nil }
