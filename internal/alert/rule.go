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
	// ChannelID or WebhookID or UserID (a direct message) says where.
	ChannelID, WebhookID, UserID string
	RoleID                       string // to mention; empty: nobody
	Enabled                      bool
	// Broken tells why the place cannot be reached; empty while it can.
	Broken string
	// MutedUntil silences the rule for a while; zero: not muted.
	MutedUntil time.Time
	Thresholds
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
}

// Key is what makes a delivery unique within a faction: it is stored, and a second
// delivery with the same key never comes to be.
type Key struct {
	Rule    RuleID           // 0 for a personal notice
	Player  faction.PlayerID // whom a personal notice is for; 0 for a rule's alert
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
			key := Key{Rule: r.ID, Subject: a.Subject, Stage: stage}
			if !ok || seen[key] {
				continue
			}
			seen[key] = true
			out = append(out, Delivery{Key: key, Alert: a})
		}
	}
	return out
}

// wants tells whether the rule wants the alert, and under which stage.
func (r Rule) wants(a Alert) (stage string, ok bool) {
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
