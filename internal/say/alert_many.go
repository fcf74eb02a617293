package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
)

// manyMost bounds the text of a message about several alerts (discord.md: 4,096 in an
// embed's description).
const manyMost = 3_800

// RenderAlerts words several alerts of one rule as one message, a line each. Their
// buttons are left out: a list has no room to say which is whose.
func RenderAlerts(all []alert.Alert, now time.Time) chat.Message {
	if len(all) == 0 {
		return chat.Message{}
	}
	var b strings.Builder
	told := 0
	for _, a := range all {
		line := "• " + RenderAlert(a, now).Content
		if a.At.Before(now.Add(-lateAfter)) {
			line += ", happened " + Ago(a.At)
		}
		if b.Len()+len(line) > manyMost {
			break
		}
		b.WriteString(line + "\n")
		told++
	}
	if left := len(all) - told; left > 0 {
		fmt.Fprintf(&b, "and %d more", left)
	}
	return chat.Message{
		Content: fmt.Sprintf("**%d alerts** · `%s`", len(all), all[0].Kind),
		Embeds:  []chat.Embed{{Color: Amber, Description: strings.TrimSpace(b.String())}},
	}
}
