package torn

import "strings"

type attackBody struct {
	ID          int64         `json:"id"`
	Code        string        `json:"code"`
	Started     int64         `json:"started"`
	Ended       int64         `json:"ended"`
	Attacker    *fighterBody  `json:"attacker"`
	Defender    *fighterBody  `json:"defender"`
	Result      string        `json:"result"`
	Gain        float64       `json:"respect_gain"`
	Loss        float64       `json:"respect_loss"`
	Chain       int           `json:"chain"`
	Interrupted bool          `json:"is_interrupted"`
	Stealthed   bool          `json:"is_stealthed"`
	Raid        bool          `json:"is_raid"`
	RankedWar   bool          `json:"is_ranked_war"`
	Territory   bool          `json:"is_territory_war"`
	TerritoryID *int64        `json:"territory_war_id"`
	Effects     []effectBody  `json:"finishing_hit_effects"`
	Modifiers   modifiersBody `json:"modifiers"`
}

type fighterBody struct {
	ID      int64            `json:"id"`
	Name    string           `json:"name"`
	Level   int              `json:"level"`
	Faction *factionNameBody `json:"faction"`
}

type factionNameBody struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type effectBody struct {
	Name  string `json:"name"`
	Value int    `json:"value"`
}

type modifiersBody struct {
	FairFight   float64 `json:"fair_fight"`
	War         float64 `json:"war"`
	Retaliation float64 `json:"retaliation"`
	Group       float64 `json:"group"`
	Overseas    float64 `json:"overseas"`
	Chain       float64 `json:"chain"`
	Warlord     float64 `json:"warlord"`
}

type attackFullBody struct {
	ID       int64       `json:"id"`
	Code     string      `json:"code"`
	Started  int64       `json:"started"`
	Ended    int64       `json:"ended"`
	Attacker *simpleBody `json:"attacker"`
	Defender *simpleBody `json:"defender"`
	Result   string      `json:"result"`
	Gain     float64     `json:"respect_gain"`
	Loss     float64     `json:"respect_loss"`
}

type simpleBody struct {
	ID      int64  `json:"id"`
	Faction *int64 `json:"faction_id"`
}

func (c *call) factionAttacks() (parts, *apiError) {
	rows, g, meta, fault := c.attackPage(100)
	if fault != nil {
		return nil, fault
	}
	list := make([]attackBody, 0, len(rows))
	for _, a := range rows {
		list = append(list, c.attackBody(a, g))
	}
	return parts{"attacks": list, "_metadata": meta}, nil
}

func (c *call) factionAttacksFull() (parts, *apiError) {
	rows, g, meta, fault := c.attackPage(1000)
	if fault != nil {
		return nil, fault
	}
	list := make([]attackFullBody, 0, len(rows))
	for _, a := range rows {
		body := attackFullBody{ID: a.ID, Code: a.Code, Started: unix(a.Started), Ended: unix(a.Ended), Result: a.Result,
			Gain: points(a.Respect), Loss: points(a.RespectLoss), Defender: simple(a.Defender, a.defenderFaction)}
		if !hidden(a, g) {
			body.Attacker = simple(a.Attacker, a.attackerFaction)
		}
		list = append(list, body)
	}
	return parts{"attacks": list, "_metadata": meta}, nil
}

// attackPage reads the parameters and finds the rows.
func (c *call) attackPage(most int) ([]*Attack, *group, metadata, *apiError) {
	var meta metadata
	g, fault := c.privateFaction()
	if fault != nil {
		return nil, nil, meta, fault
	}
	q := attackQuery{faction: g.id}
	if q.limit, fault = c.limit(most, most); fault != nil {
		return nil, nil, meta, fault
	}
	if q.desc, fault = c.descending(true); fault != nil {
		return nil, nil, meta, fault
	}
	if q.from, q.to, fault = c.span(); fault != nil {
		return nil, nil, meta, fault
	}
	for _, f := range strings.Split(c.q.Get("filters"), ",") {
		switch f {
		case "":
		case "incoming":
			q.incoming = true
		case "outgoing":
			q.outgoing = true
		case "idFilter":
			q.byID = true
		default:
			return nil, nil, meta, fail(codeWrongFields)
		}
	}
	rows, edge := g.log.page(q, c.seen)
	if len(rows) == 0 {
		return nil, g, c.emptyLinks(), nil
	}
	return rows, g, c.timeLinks(edge, q.desc), nil
}

// hidden tells whether the faction may not know who attacked.
func hidden(a *Attack, g *group) bool { return a.Stealthed && a.attackerFaction != g.id }

func (c *call) attackBody(a *Attack, g *group) attackBody {
	m := a.modifiers(c.w.betweenSides(a))
	b := attackBody{
		ID: a.ID, Code: a.Code, Started: unix(a.Started), Ended: unix(a.Ended),
		Defender: c.fighter(a.Defender, a.defenderFaction), Result: a.Result,
		Gain: points(a.Respect), Loss: points(a.RespectLoss), Chain: a.Chain,
		Interrupted: a.Result == "Interrupted", Stealthed: a.Stealthed, RankedWar: c.w.flagged(a),
		Effects: []effectBody{}, Modifiers: m,
	}
	if !hidden(a, g) {
		b.Attacker = c.fighter(a.Attacker, a.attackerFaction)
	}
	if a.Marks.Warlord {
		b.Effects = append(b.Effects, effectBody{"warlord", 15})
	}
	return b
}

// betweenSides tells whether a row counts inside a ranked war of its two factions.
func (w *World) betweenSides(a *Attack) bool {
	for _, r := range w.wars {
		if r.touches(a) && a.counted() >= r.start && (r.end == 0 || a.counted() <= r.end) {
			return true
		}
	}
	return false
}

// flagged is is_ranked_war, which is wrong where the row is marked so.
func (w *World) flagged(a *Attack) bool { return w.betweenSides(a) != a.Marks.FlagDiffers }

// modifiers are the factors of the row's respect.
func (a *Attack) modifiers(atWar bool) modifiersBody {
	m := modifiersBody{FairFight: points(a.FairFight), War: 1, Retaliation: 1, Group: 1, Overseas: 1, Chain: 1, Warlord: 1}
	if a.Kind.isHit() {
		m.Chain = points(chainModifier(a.Chain))
	}
	if atWar && a.Kind.isHit() {
		m.War = 2
	}
	if a.Marks.Retaliation {
		m.Retaliation = 1.5
	}
	if a.Marks.Group {
		m.Group = 1.1
	}
	if a.Marks.Overseas {
		m.Overseas = 1.25
	}
	if a.Marks.Warlord {
		m.Warlord = 1.15
	}
	return m
}

func (c *call) fighter(id, faction int64) *fighterBody {
	p := c.w.players[id]
	f := &fighterBody{ID: id, Name: p.name, Level: p.level}
	if g := c.w.groups[faction]; g != nil {
		f.Faction = &factionNameBody{g.id, g.name}
	}
	return f
}

func simple(id, faction int64) *simpleBody {
	s := &simpleBody{ID: id}
	if faction != 0 {
		s.Faction = &faction
	}
	return s
}

// points turns hundredths into the float the API gives.
func points(h int64) float64 { return float64(h) / 100 }
