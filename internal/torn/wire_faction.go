package torn

import (
	"errors"
	"fmt"
)

// Named is an id with its name.
type Named struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// FactionBasic is what anybody may know about a faction.
type FactionBasic struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Tag        string `json:"tag"`
	LeaderID   int64  `json:"leader_id"`
	CoLeaderID int64  `json:"co_leader_id"`
	Respect    int64  `json:"respect"`
	Members    int    `json:"members"`
	Capacity   int    `json:"capacity"`
	Enlisted   *bool  `json:"is_enlisted"` // null without faction access
	BestChain  int64  `json:"best_chain"`
	Rank       struct {
		Level    int    `json:"level"`
		Name     string `json:"name"`
		Division int    `json:"division"`
		Position int    `json:"position"`
		Wins     int    `json:"wins"`
	} `json:"rank"`
}

func (f *FactionBasic) check() error {
	if f.ID <= 0 {
		return errors.New("the faction's id is missing")
	}
	return nil
}

// Member is one row of a roster.
type Member struct {
	ID             int64      `json:"id"`
	Name           string     `json:"name"`
	Position       string     `json:"position"`
	Level          int        `json:"level"`
	DaysInFaction  int        `json:"days_in_faction"`
	Revivable      bool       `json:"is_revivable"`
	OnWall         bool       `json:"is_on_wall"`
	InCrime        bool       `json:"is_in_oc"` // always false for other factions
	EarlyDischarge bool       `json:"has_early_discharge"`
	LastAction     LastAction `json:"last_action"`
	Status         Status     `json:"status"`
	ReviveSetting  string     `json:"revive_setting"`
}

func (m *Member) check() error {
	if m.ID <= 0 {
		return errors.New("a member has no id")
	}
	return nil
}

// Position is a rank inside a faction and what it may do.
type Position struct {
	Name      string   `json:"name"`
	Default   bool     `json:"is_default"`
	Abilities []string `json:"abilities"`
}

func (p *Position) check() error {
	if p.Name == "" {
		return errors.New("a position has no name")
	}
	return nil
}

// Fighter is one side of an attack.
type Fighter struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Level   int    `json:"level"`
	Faction *Named `json:"faction"` // null: in no faction
}

// Modifiers are the factors of an attack's respect; 1 is neutral.
type Modifiers struct {
	FairFight   float64 `json:"fair_fight"`
	War         float64 `json:"war"`
	Retaliation float64 `json:"retaliation"`
	Group       float64 `json:"group"`
	Overseas    float64 `json:"overseas"`
	Chain       float64 `json:"chain"`
	Warlord     float64 `json:"warlord"`
}

// HitEffect is an effect of the finishing hit.
type HitEffect struct {
	Name  string  `json:"name"` // "warlord", "plunder", …; an open set
	Value float64 `json:"value"`
}

// Attack is one row of the attack log.
type Attack struct {
	ID          int64       `json:"id"`
	Code        string      `json:"code"`
	Started     int64       `json:"started"`
	Ended       int64       `json:"ended"`    // 0 when Torn left it out
	Attacker    *Fighter    `json:"attacker"` // null: stealthed
	Defender    Fighter     `json:"defender"`
	Result      string      `json:"result"` // an open set
	RespectGain float64     `json:"respect_gain"`
	RespectLoss float64     `json:"respect_loss"`
	Chain       int         `json:"chain"`
	Interrupted bool        `json:"is_interrupted"`
	Stealthed   bool        `json:"is_stealthed"`
	Raid        bool        `json:"is_raid"`
	RankedWar   bool        `json:"is_ranked_war"`
	Territory   bool        `json:"is_territory_war"`
	Effects     []HitEffect `json:"finishing_hit_effects"`
	Modifiers   Modifiers   `json:"modifiers"`
}

func (a *Attack) check() error {
	switch {
	case a.ID <= 0:
		return errors.New("an attack has no id")
	case a.Started <= 0:
		return fmt.Errorf("attack %d has no start", a.ID)
	case a.Result == "":
		return fmt.Errorf("attack %d has no result", a.ID)
	case a.Defender.ID <= 0:
		return fmt.Errorf("attack %d has no defender", a.ID)
	}
	return nil
}

// WarFaction is one side of a ranked war; the order of sides is not promised.
type WarFaction struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Score int64  `json:"score"`
	Chain int    `json:"chain"`
}

// RankedWar is a ranked war. Torn calls its id war_id in one list and id in
// another, and writes "not over" as null or 0; here both read the same.
type RankedWar struct {
	ID       int64        `json:"id"`
	WarID    int64        `json:"war_id"`
	Start    int64        `json:"start"`
	End      *int64       `json:"end"`
	Target   int64        `json:"target"`
	Winner   *int64       `json:"winner"` // null or 0: none yet, or a draw
	Factions []WarFaction `json:"factions"`
}

func (w *RankedWar) check() error {
	if w.ID == 0 {
		w.ID = w.WarID
	}
	w.WarID = w.ID
	if w.End != nil && *w.End <= 0 {
		w.End = nil
	}
	if w.Winner != nil && *w.Winner <= 0 {
		w.Winner = nil
	}
	switch {
	case w.ID <= 0:
		return errors.New("a war has no id")
	case w.Start <= 0:
		return fmt.Errorf("war %d has no start", w.ID)
	case len(w.Factions) != 2:
		return fmt.Errorf("war %d has %d sides", w.ID, len(w.Factions))
	}
	return nil
}

// Wars is what a faction fights now.
type Wars struct {
	Ranked *RankedWar // nil: none
}

// RankedWarReport is the official report of a finished war.
type RankedWarReport struct {
	ID       int64          `json:"id"`
	Start    int64          `json:"start"`
	End      int64          `json:"end"`
	Winner   *int64         `json:"winner"`
	Forfeit  bool           `json:"forfeit"`
	Factions []ReportedSide `json:"factions"`
}

func (r *RankedWarReport) check() error {
	switch {
	case r.ID <= 0:
		return errors.New("the report has no id")
	case len(r.Factions) != 2:
		return fmt.Errorf("the report has %d sides", len(r.Factions))
	}
	return nil
}

// ReportedSide is one faction in a war report.
type ReportedSide struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Score   int64  `json:"score"`
	Attacks int    `json:"attacks"`
	Rank    struct {
		Before string `json:"before"`
		After  string `json:"after"`
	} `json:"rank"`
	Rewards struct {
		Respect int64          `json:"respect"`
		Points  int64          `json:"points"`
		Items   []ItemQuantity `json:"items"`
	} `json:"rewards"`
	Members []ReportedMember `json:"members"`
}

// ItemQuantity is a number of one item.
type ItemQuantity struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
}

// ReportedMember is one fighter in a war report.
type ReportedMember struct {
	ID      int64   `json:"id"`
	Name    string  `json:"name"`
	Level   int     `json:"level"`
	Attacks int     `json:"attacks"`
	Score   float64 `json:"score"`
}

// Chain is a faction's running chain. Deadlines come from End, which is absolute;
// Timeout was right when Torn cached it.
type Chain struct {
	ID       int64   `json:"id"`
	Current  int     `json:"current"`
	Max      int     `json:"max"` // not the next bonus
	Timeout  int64   `json:"timeout"`
	Modifier float64 `json:"modifier"`
	Cooldown int64   `json:"cooldown"` // seconds, or the moment it ends: both were seen
	Start    int64   `json:"start"`
	End      int64   `json:"end"`
}

// CooldownEnd is the moment the cooldown ends, given when the answer was read;
// zero when there is none.
func (c Chain) CooldownEnd(read int64) int64 {
	switch {
	case c.Cooldown <= 0:
		return 0
	case c.Cooldown > 1e9:
		return c.Cooldown
	default:
		return read + c.Cooldown
	}
}

// Front is one side of a war in one request: war, chain and roster.
type Front struct {
	Wars    Wars
	Chain   Chain
	Members List[Member]
}

// News is one line of a faction's news.
type News struct {
	ID        string `json:"id"`
	Text      string `json:"text"`
	Timestamp int64  `json:"timestamp"`
}

func (n *News) check() error {
	if n.ID == "" {
		return errors.New("a line of news has no id")
	}
	return nil
}
