package say

import (
	"consigliere/internal/alert"
	"consigliere/internal/chat"
)

// retalNews words a retaliation.
func retalNews(a alert.Alert, d alert.RetalData) (string, chat.Embed, []chat.Row) {
	who := Name(d.Attacker.Name)
	e := chat.Embed{Color: Amber, Description: lines("Hit " + Name(d.Victim.Name))}
	switch a.Kind {
	case alert.RetalTaken:
		e.Color = Green
		return "**Retaliation taken**: " + who, e, nil
	case alert.RetalExpired:
		return "**Retaliation expired**: " + who, e, nil
	default:
		return "**Retaliate**: HOSP " + who + ", until " + Ago(d.Deadline), e, nil
	}
}
