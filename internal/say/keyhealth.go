package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// KeysPage is how many keys one message shows.
const KeysPage = 8

// KeyLine is how one stored key stands. Nothing in it tells the key itself.
type KeyLine struct {
	Player       faction.PlayerID
	Name         string // the owner's; empty when it is not known
	Access       string // "Limited"
	Use          string // what it was given for: "lent to the faction"
	ReadsAttacks bool
	WhyNot       string // why it does not read attacks
	State        string // faction.KeyActive, …
	Since        time.Time
	Used         time.Time // zero: never
	PerMinute    int
}

// KeysView is one page of a faction's keys.
type KeysView struct {
	Lines                        []KeyLine
	Total, Owners, Lent, Readers int
	Bad                          int    // keys that do not work
	Warning                      string // what too few readers mean, and what to do
	Page, Pages                  int    // from 1
}

// RenderKeys shows how a faction's keys stand, counts first.
func RenderKeys(v KeysView) chat.Message {
	e := chat.Embed{Title: "API keys", Color: Green}
	if v.Bad > 0 || v.Readers < 2 {
		e.Color = Amber
	}
	if v.Readers == 0 {
		e.Color = Red
	}
	counts := []string{
		fmt.Sprintf("**%d** stored, of **%d** players", v.Total, v.Owners), fmt.Sprintf("**%d** lent", v.Lent),
		fmt.Sprintf("attacks read by **%d**", v.Readers),
	}
	if v.Bad > 0 {
		counts = append(counts, fmt.Sprintf("**%d** do not work fully", v.Bad))
	}
	text := []string{strings.Join(counts, " · "), v.Warning, ""}
	for _, k := range v.Lines {
		text = append(text, keyLines(k))
	}
	e.Description = Within(strings.TrimSpace(lines(text...)), 4000)
	e.Footer = "Calls a minute are counted over five minutes. The keys themselves are shown nowhere."
	if v.Pages > 1 {
		e.Footer = fmt.Sprintf("Page %d of %d. ", v.Page, v.Pages) + e.Footer
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

func keyLines(k KeyLine) string {
	mark, who := "", fmt.Sprintf("player %d", k.Player)
	if k.State != faction.KeyActive {
		mark = "⚠ "
	}
	if k.Name != "" {
		who = fmt.Sprintf("%s [%d]", Name(k.Name), k.Player)
	}
	attacks := "reads attacks"
	if !k.ReadsAttacks {
		attacks = "no attacks: " + k.WhyNot
	}
	used := "never used"
	if !k.Used.IsZero() {
		used = fmt.Sprintf("used %s, **%d** a minute", Ago(k.Used), k.PerMinute)
	}
	return fmt.Sprintf("%s**%s** · %s · %s · %s\n%s since %s · %s", mark, who, k.Access, k.Use, attacks, KeyState(k.State), Ago(k.Since), used)
}
