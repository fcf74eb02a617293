package alert

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// RuleID is our id of a rule.
type RuleID int64

// Rule is a faction's wish to hear of one kind of alert in one place.
type Rule struct {
	ID   RuleID
	Kind Kind
	// Where: one of ChannelID, WebhookID (whose URL is Sealed), Player (by direct message)
	// and Squad. A squad with a channel is mentioned there; without one, each of its
	// members gets a direct message.
	ChannelID, WebhookID string
	Sealed               []byte
	Player               faction.PlayerID
	Squad                int64
	// Members are those of the squad now.
	Members []faction.PlayerID
	// UserID is the Discord account of the player that a direct message goes to, found
	// when it is sent; empty: none.
	UserID  string
	RoleID  string // to mention; empty: nobody
	Enabled bool
	// Broken tells why the place cannot be reached; empty while it can.
	Broken string
	// MutedUntil silences the rule for a while; zero: not muted.
	MutedUntil time.Time
	// SentAt is when it last brought an alert; zero: never.
	SentAt time.Time
	Thresholds
}

// direct lists the players whom the rule sends direct messages; nil: it posts in one place.
func (r Rule) direct() []faction.PlayerID {
	switch {
	case r.Player != 0:
		return []faction.PlayerID{r.Player}
	case r.Squad != 0 && r.ChannelID == "":
		return r.Members
	default:
		return nil
	}
}

// Where a rule sends to.
const (
	ToChannel = "channel"
	ToWebhook = "webhook"
	ToPlayer  = "dm"
	ToSquad   = "squad"
)

// Target is where the rule sends to: one of the words above.
func (r Rule) Target() string {
	switch {
	case r.Squad != 0:
		return ToSquad
	case r.Player != 0:
		return ToPlayer
	case r.WebhookID != "":
		return ToWebhook
	default:
		return ToChannel
	}
}

// Thresholds narrow what a rule wants, and when. A zero field narrows nothing. They
// are stored as JSON.
type Thresholds struct {
	// Every asks for one alert per so many of what is counted (hits, points).
	Every int64 `json:"every,omitempty"`
	// AtLeast asks for nothing while the count is below it.
	AtLeast int64 `json:"at_least,omitempty"`
	// Ahead is how long before its moment a warning is wanted at the earliest; in
	// JSON, nanoseconds.
	Ahead time.Duration `json:"ahead,omitempty"`
	// Names keeps alerts that bear one of these names, whatever the case.
	Names []string `json:"names,omitempty"`
	Quiet Quiet    `json:"quiet,omitzero"`
	// When asks for alerts only while a ranked war of ours is on, or only while none is.
	When When `json:"when,omitempty"`
}

// When is a time that a rule is for.
type When string

// The times. Always is the absence of a wish.
const (
	Always  When = ""
	InWar   When = "war"
	InPeace When = "peace"
)

// During keeps the rules that are for the present: atWar while a ranked war of ours is on.
func During(rules []Rule, atWar bool) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool {
		return r.When == InWar && !atWar || r.When == InPeace && atWar
	})
}

// Wanted is Match for the rules that are for the present (During). What somebody did not
// confirm matters whatever the time: where no such rule wants it, any rule of its kind does.
func Wanted(rules []Rule, alerts []Alert, atWar bool) []Delivery {
	present := During(rules, atWar)
	out := Match(present, alerts)
	for _, a := range alerts {
		if a.Data.Unconfirmed != nil && len(Match(present, []Alert{a})) == 0 {
			out = append(out, Match(rules, []Alert{a})...)
		}
	}
	return out
}

// Key is what makes a delivery unique within a faction: it is stored, and a second
// delivery with the same key never comes to be.
type Key struct {
	Rule    RuleID           // 0 for a personal notice
	Player  faction.PlayerID // whom a direct message is for; 0 for what is posted
	Subject string
	Stage   string
}

// Delivery is one alert on its way to where one rule sends it.
type Delivery struct {
	Key
	Alert Alert
}

// Match tells which alerts go where, each key once, in the order of the alerts and
// then of the rules. Disabled rules get nothing. Muted, quiet and broken ones do,
// so that what was withheld is on record; Decide withholds it.
func Match(rules []Rule, alerts []Alert) []Delivery {
	var out []Delivery
	seen := make(map[Key]bool)
	for _, a := range alerts {
		for _, r := range rules {
			stage, ok := r.wants(a)
			if !ok {
				continue
			}
			for _, key := range r.Keys(a.Subject, stage) {
				if !seen[key] {
					seen[key] = true
					out = append(out, Delivery{Key: key, Alert: a})
				}
			}
		}
	}
	return out
}

// Keys are those of the deliveries that an alert becomes by the rule: one, or one for
// each player who gets a direct message.
func (r Rule) Keys(subject, stage string) []Key {
	if r.Target() == ToChannel || r.Target() == ToWebhook || r.ChannelID != "" {
		return []Key{{Rule: r.ID, Subject: subject, Stage: stage}}
	}
	var out []Key
	for _, p := range r.direct() {
		out = append(out, Key{Rule: r.ID, Player: p, Subject: subject, Stage: stage})
	}
	return out
}

// wants tells whether the rule wants the alert, and under which stage.
func (r Rule) wants(a Alert) (stage string, ok bool) {
	if a.Steps && r.Every == 0 {
		return "", false
	}
	if !r.Enabled || r.Kind != a.Kind || !r.named(a.Name) || !r.near(a) {
		return "", false
	}
	counted := a.Was != 0 || a.Is != 0
	if counted && a.Is < r.AtLeast {
		return "", false
	}
	if counted && r.Every > 0 {
		return r.step(a)
	}
	return a.Stage, true
}

func (r Rule) named(name string) bool {
	return len(r.Names) == 0 || slices.ContainsFunc(r.Names, func(n string) bool {
		return strings.EqualFold(strings.TrimSpace(n), name)
	})
}

func (r Rule) near(a Alert) bool {
	return r.Ahead <= 0 || a.Due.IsZero() || a.Due.Sub(a.At) <= r.Ahead
}

// step finds the last multiple of Every that the count has crossed. After an
// outage only that one is told, not each on the way.
func (r Rule) step(a Alert) (stage string, ok bool) {
	if a.Is/r.Every <= a.Was/r.Every {
		return "", false
	}
	return "every:" + strconv.FormatInt(a.Is/r.Every*r.Every, 10), true
}
