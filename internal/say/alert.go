package say

import (
	"strconv"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// lateAfter is from when an alert says that what it tells of is not new.
const lateAfter = 2 * time.Minute

// RenderAlert words an alert: the news in the content, which is what a phone shows,
// the figures in the embed. Buttons below act on what it is about; they are left out
// of a sample.
func RenderAlert(a alert.Alert, now time.Time) chat.Message {
	m := chat.Message{Content: heading(a.Kind)}
	e := chat.Embed{Color: Amber, Description: Text(a.Data.Note, 300)}
	// What is more particular stands first: an alert about a war may also hold the war.
	switch d := a.Data; {
	case d.Retal != nil:
		m.Content, e, m.Rows = retalNews(a, *d.Retal)
	case d.Stale != nil:
		m.Content, e = staleNews(*d.Stale)
	case d.Budget != nil:
		m.Content, e = budgetNews(*d.Budget)
	case d.Broken != nil:
		m.Content, e = brokenNews(*d.Broken)
	case d.Key != nil:
		m.Content, e = keyNews(d.Player, *d.Key)
	case d.Watch != nil:
		m.Content, e = watchNews(*d.Watch, d)
	case d.Enlist != nil:
		m.Content, e = enlistNews(*d.Enlist)
	case d.Ebb != nil:
		m.Content, e = ebbNews(*d.Ebb, d.War)
	case d.Terms != nil:
		m.Content, e = termsNews(*d.Terms, d.War)
	case d.Chain != nil:
		m.Content, e, m.Rows = chainNews(a, *d.Chain)
	case d.War != nil:
		m.Content, e = warNews(a, *d.War)
	}
	if who := a.Data.Unconfirmed; who != nil {
		m.Content = "**Not confirmed by " + Name(who.Name) + "** · " + m.Content
	}
	if who := a.Data.Confirmed; who != nil {
		m.Content, e.Color = "**Confirmed late by "+Name(who.Name)+"** · "+m.Content, Green
	}
	if a.Test {
		m.Content, m.Rows = "**Test, nothing happened** · "+m.Content, nil
	}
	late := ""
	if !a.At.IsZero() && now.Sub(a.At) > lateAfter {
		late = "Happened " + Ago(a.At)
	}
	source := ""
	if w := a.Data.War; w != nil && !w.SeenAt.IsZero() {
		source = Source("Torn", w.SeenAt)
	}
	if e.Description = lines(e.Description, late, source); e.Description != "" {
		m.Embeds = []chat.Embed{e}
	}
	return m
}

// AlertButton is a button below an alert. Pressed, it comes back as
// action:faction:id, where action is "noun:action"; a link has a URL instead.
func AlertButton(a alert.Alert, action string, id int64, label string, style chat.Style) chat.Button {
	return chat.Button{ID: action + ":" + of(a.Faction) + ":" + strconv.FormatInt(id, 10), Label: label, Style: style}
}

func of(id faction.ID) string { return strconv.FormatInt(int64(id), 10) }
