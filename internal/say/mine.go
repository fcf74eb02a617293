package say

import (
	"fmt"
	"strconv"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// RetalPick is the action of the list from which one of many retaliations is claimed;
// the value picked is the id of the hit on us.
const RetalPick = "retal:pick"

const (
	// mineButtons is how many open ones get a button each: a row. More make a list.
	mineButtons = 5
	// mineMost is how many options a select takes (discord.md).
	mineMost = 25
)

// mine is an open retaliation as it is offered to be claimed.
type mine struct {
	attack   int64
	name     string
	level    int
	deadline time.Time
	claimed  string // who is on it; empty: nobody
}

// MineRows lets open retaliations be claimed, the first ones of a list: a button each,
// or a select when they are too many for one row.
func MineRows(id faction.ID, open []war.Retal, now time.Time) []chat.Row {
	var list []mine
	for _, r := range open {
		if r.State != war.RetalOpen || !now.Before(r.Deadline()) {
			continue
		}
		m := mine{attack: int64(r.Attack), name: r.Target.Name, level: r.Target.Level, deadline: r.Deadline()}
		if r.Claim.Holds(now) {
			m.claimed = r.Claim.Name
		}
		list = append(list, m)
	}
	return mineRows(id, list)
}

// retalsOf lists those retaliations of alerts that can still be claimed.
func retalsOf(all []alert.Alert, now time.Time) (list []mine) {
	for _, a := range all {
		d := a.Data.Retal
		if a.Kind != alert.RetalOpen || d == nil || d.Outcome != "" || !now.Before(d.Deadline) {
			continue
		}
		m := mine{attack: d.Attack, name: d.Attacker.Name, level: d.Level, deadline: d.Deadline}
		if d.Claimed != nil && now.Before(d.ClaimedUntil) {
			m.claimed = d.Claimed.Name
		}
		list = append(list, m)
	}
	return list
}

func mineRows(id faction.ID, list []mine) []chat.Row {
	if len(list) == 0 {
		return nil
	}
	if len(list) <= mineButtons {
		var buttons []chat.Button
		for _, m := range list {
			a := alert.Alert{Faction: id}
			buttons = append(buttons, AlertButton(a, RetalMine, m.attack, "Mine: "+Plain(m.name), chat.Primary))
		}
		return []chat.Row{{Buttons: buttons}}
	}
	s := &chat.Select{ID: RetalPick + ":" + of(id), Placeholder: fmt.Sprintf("Mine: pick one of %d", len(list))}
	if len(list) > mineMost {
		list = list[:mineMost]
		s.Placeholder = fmt.Sprintf("Mine: pick one of the first %d", mineMost)
	}
	for _, m := range list {
		s.Options = append(s.Options, chat.SelectOption{Label: "Mine: " + Plain(m.name), Value: strconv.FormatInt(m.attack, 10), Description: m.about()})
	}
	return []chat.Row{{Select: s}}
}

// about tells those of one name apart. Discord counts nothing down here, so that the end
// is Torn's time.
func (m mine) about() string {
	out := "ends " + m.deadline.UTC().Format("15:04:05") + " TCT"
	if m.level > 0 {
		out = fmt.Sprintf("level %d · ", m.level) + out
	}
	if m.claimed != "" {
		out += " · " + Plain(m.claimed) + " is on it"
	}
	return out
}
