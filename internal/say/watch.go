package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/roster"
)

// WatchRows is how many slots a rota shows at once, and offers to take: Discord's limit
// of a select.
const WatchRows = 25

// RenderWatch shows a rota from the present slot on: who is on watch when, and loudly
// where nobody is.
func RenderWatch(w roster.Watch, now time.Time) chat.Message {
	e := chat.Embed{Title: "Chain watch", Color: Green}
	gaps := w.Gaps(now)
	empty := 0
	for _, g := range gaps {
		empty += g.Last - g.First + 1
	}
	next := w.Next(now)
	head := fmt.Sprintf("Every slot is taken · %s to %s", On(w.From), On(w.To))
	if empty > 0 {
		e.Color = Red
		head = fmt.Sprintf("🔴 **%d of %d slots without a watcher** · the next one %s", empty, w.Len()-next, Ago(w.Begins(gaps[0].First)))
	}
	if !w.Closed.IsZero() {
		e.Color, head = Grey, "Called off "+Ago(w.Closed)
	}
	terms := []string{fmt.Sprintf("%d-minute slots", int(w.Slot/time.Minute))}
	if w.Backups > 0 {
		terms = append(terms, plural(w.Backups, "back-up")+" each")
	}
	if w.Reward > 0 {
		terms = append(terms, "$"+faction.Count(w.Reward)+" per slot")
	}
	if w.Squad != 0 {
		terms = append(terms, "for squad "+Name(w.SquadName)+", which is called where nobody watches")
	}
	body := []string{head, strings.Join(terms, " · "), ""}
	for slot := next; slot < min(next+WatchRows, w.Len()); slot++ {
		body = append(body, watchSlot(w, slot, now))
	}
	if left := w.Len() - next - WatchRows; left > 0 {
		body = append(body, fmt.Sprintf("-# … and %d slots after, until %s", left, On(w.To)))
	}
	e.Description = strings.Join(body, "\n")
	e.Footer = "The watcher is pinged first when the chain's time runs out, and reminded 10 minutes before"
	return chat.Message{Embeds: []chat.Embed{e}}
}

func watchSlot(w roster.Watch, slot int, now time.Time) string {
	at := Clock(w.Begins(slot)) + "–" + Clock(w.Ends(slot))
	mark := ""
	if present, ok := w.SlotAt(now); ok && present == slot {
		mark = "▶ "
	}
	in := w.In(slot)
	if len(in) == 0 {
		return mark + at + " 🔴 **nobody**"
	}
	line := mark + at + " **" + Name(in[0].Name) + "**"
	var backups []string
	for _, b := range in[1:] {
		backups = append(backups, Name(b.Name))
	}
	if len(backups) > 0 {
		line += " · back-up " + strings.Join(backups, ", ")
	}
	return line
}

// SlotLabel is a slot in the list of those to take, in Torn's time: Discord shows no
// times of the reader's own there.
func SlotLabel(w roster.Watch, slot int) (label, description string) {
	label = w.Begins(slot).UTC().Format("Mon 15:04") + "–" + w.Ends(slot).UTC().Format("15:04") + " TCT"
	switch in := w.In(slot); {
	case len(in) == 0:
		return label, "nobody yet"
	case len(in) > w.Backups:
		return label, "full"
	default:
		return label, "back-up for " + clip(Plain(in[0].Name), 40)
	}
}

// watchNews is the reminder of a turn on watch, to the watcher or, where they did not
// confirm it, to the channel.
func watchNews(d alert.WatchData, of alert.Data) (string, chat.Embed) {
	if d.Over != "" {
		return "**Chain watch** · " + Text(d.Over, 200), chat.Embed{Color: Grey}
	}
	turn := Clock(d.From) + " to " + Clock(d.To) + " · begins " + Ago(d.From)
	var backups []string
	for _, b := range d.Backups {
		backups = append(backups, Name(b.Name))
	}
	if of.Unconfirmed != nil || of.Confirmed != nil {
		body := ""
		switch {
		case of.Confirmed != nil:
		case len(backups) > 0:
			body = "Pinged along with them: " + strings.Join(backups, ", ")
		default:
			body = "There is no back-up: somebody else has to keep an eye on the chain then."
		}
		return "**Chain watch** " + turn, chat.Embed{Color: Amber, Description: body}
	}
	reward := ""
	if d.Reward > 0 {
		reward = "Reward: $" + faction.Count(d.Reward)
	}
	return "**Your chain watch** " + turn, chat.Embed{Color: Amber, Description: lines(
		"You are pinged first when the chain's time runs out. Cannot make it? `/chain watch leave`.", listed("Back-up: ", backups), reward)}
}
