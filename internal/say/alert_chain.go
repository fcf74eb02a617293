package say

import (
	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// chainNews words the kinds that are about a chain.
func chainNews(a alert.Alert, c alert.ChainData) (string, chat.Embed, []chat.Row) {
	at, next, ends := "**"+faction.Count(int64(c.Current))+"** hits", "", ""
	if c.Next > 0 {
		next = "Next bonus at " + faction.Count(int64(c.Next))
	}
	if !c.Deadline.IsZero() {
		ends = "Breaks " + Ago(c.Deadline)
	}
	e := chat.Embed{Color: Amber, Description: lines(next, ends)}
	return heading(a.Kind) + " · " + at, e, nil
}
