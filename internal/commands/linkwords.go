package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// customKeyURL opens Torn's settings with a key filled in that can do what the bot
// needs and no more (api-v2.md 1.6).
const customKeyURL = "https://www.torn.com/preferences.php#tab=api?step=addNewKey&title=Consigliere" +
	"&user=basic,profile,faction,discord&faction=basic,members,wars,attacks,positions,rankedwars,rankedwarreport,chain,chains"

// disclosure is the table that Torn's API terms want wherever a key is entered
// (api-v2.md 1.5).
func disclosure() chat.Embed {
	return chat.Embed{
		Title: "Link your Torn account", Color: say.Grey,
		Description: "1. **Make a key at Torn**: the form is filled in, you only confirm it and copy the key.\n" +
			"2. **Enter the key** here. Only you can see this message and the form.\n" +
			"3. Choose what it may be used for. Until then it only proves who you are.",
		Fields: []chat.Field{
			{Name: "Data storage", Value: "Persistent, until you use `/unlink`: your link and key. Your faction's wars, attacks and members stay in its log."},
			{Name: "Data sharing", Value: "Members of your faction, as far as their position allows. Whoever runs this bot can reach the database."},
			{Name: "Purpose of use", Value: "Competitive advantage: war scores, alerts and statistics of your faction."},
			{Name: "Key storage & sharing", Value: "Stored remotely, encrypted. Used only for automation, shared with nobody."},
			{Name: "Key access level", Value: "Custom (the selections in the link), or Limited. Public is enough to prove who you are."},
		},
	}
}

// consentRow offers what a key may be used for.
func consentRow() chat.Row {
	button := func(c torn.Consent, label string, style chat.Style) chat.Button {
		return chat.Button{ID: makeID(consentAction, c), Label: label, Style: style}
	}
	return chat.Row{Buttons: []chat.Button{
		button(torn.ConsentVerify, "Verify only", chat.Secondary),
		button(torn.ConsentOwn, "My data", chat.Secondary),
		button(torn.ConsentLend, "Lend to the faction", chat.Success),
	}}
}

// consentWords says what a key is used for from now on.
func (h *linking) consentWords(ctx context.Context, c *Call, consent torn.Consent) string {
	switch consent {
	case torn.ConsentLend:
		keys, err := h.deps.Links.Keys(ctx, c.Link.Faction, c.Link.Player)
		if err != nil { // the choice is stored; only its wording must do without the keys
			c.registry.log.Warn("keys not looked up after a consent", "faction_id", c.Link.Faction, "err", err)
			return "**Lent to the faction**: the bot reads with it what it can read of your faction."
		}
		return lentWords(keys)
	case torn.ConsentOwn:
		return "**My data**: the key is used only to read what is yours."
	default:
		return "**Verify only**: the key proves who you are and is used for nothing else."
	}
}

// lentWords says what one player's lent keys can and cannot read.
func lentWords(keys []faction.Key) string {
	can := func(n torn.Need) bool {
		return slices.ContainsFunc(keys, func(k faction.Key) bool { return canRead(k, n) })
	}
	switch {
	case can(torn.NeedAttacks):
		return "**Lent to the faction**: the bot reads your faction's wars, attacks and members with it."
	case !can(torn.NeedPublic):
		return "**Lent to the faction**, but the key does not work at present, so nothing is read with it."
	case slices.ContainsFunc(keys, func(k faction.Key) bool { return k.State == "active" && k.FactionAccess }):
		return "**Lent to the faction**: the bot reads your faction's wars and members with it. It cannot read attacks: the key's access is too low."
	default:
		return "**Lent to the faction**: the bot reads your faction's wars and members with it. It cannot read attacks: your position had no Faction API Access when the key was checked."
	}
}

// linkedLine says who somebody is linked to and with how many keys.
func linkedLine(l faction.Link, keys []faction.Key) string {
	who := "player"
	if l.Name != "" {
		who = "**" + say.Name(l.Name) + "**"
	}
	line := fmt.Sprintf("You are linked to %s [%d](<%s>), with %s here", who, l.Player, say.PlayerURL(l.Player), several(int64(len(keys)), "key"))
	if len(keys) == 0 {
		return line + "."
	}
	parts := make([]string, 0, len(keys))
	for _, k := range keys[:min(len(keys), 5)] {
		state := ""
		if k.State != "active" {
			state = ", " + say.Text(strings.ReplaceAll(k.State, "_", " "), 20)
		}
		parts = append(parts, fmt.Sprintf("%s for %s%s", torn.Level(k.Level), consentName(k.Consent), state))
	}
	return line + ": " + strings.Join(parts, "; ") + "."
}

func consentName(consent string) string {
	switch torn.Consent(consent) {
	case torn.ConsentLend:
		return "the faction"
	case torn.ConsentOwn:
		return "their owner's data"
	default:
		return "verifying only"
	}
}

// use is something the bot does with a key.
type use struct {
	need torn.Need
	what string
}

func uses() []use {
	return []use{
		{torn.NeedPublic, "public figures: wars, members, chain"},
		{torn.NeedAttacks, "the attack log, which scores are counted from"},
		{torn.NeedPositions, "positions, which decide who may do what"},
		{torn.NeedCrimes, "organized crimes"},
		{torn.NeedNews, "faction news"},
		{torn.NeedBalance, "balances"},
	}
}

// linkedEmbed says who the key's owner is and what the key can and cannot do.
func linkedEmbed(r torn.KeyReport, note string) chat.Embed {
	who := fmt.Sprintf("You are **%s** [%d]", say.Name(r.Name), r.Owner)
	if r.FactionID != 0 {
		who += fmt.Sprintf(", %s of **%s** [%d]", say.Name(r.Position), say.Name(r.FactionName), r.FactionID)
	}
	parts := []string{who + "."}
	if r.DiscordID == "" {
		parts = append(parts, "Torn knows no Discord account of yours; the key alone proves who you are.")
	}
	if note != "" {
		parts = append(parts, note)
	}
	parts = append(parts, "**What may the key be used for?** Until you choose, it only proves who you are.")
	var can, cannot []string
	for _, u := range uses() {
		switch {
		case r.Can(u.need):
			can = append(can, "• "+u.what)
		case u.need.FactionAccess && !r.FactionAccess:
			cannot = append(cannot, "• "+u.what+": your position has no Faction API Access")
		default:
			cannot = append(cannot, "• "+u.what+": the key's access is too low")
		}
	}
	e := chat.Embed{Title: "Linked", Color: say.Green, Description: strings.Join(parts, "\n")}
	if len(can) > 0 {
		e.Fields = append(e.Fields, chat.Field{Name: "This " + r.Level.String() + " key can read", Value: strings.Join(can, "\n")})
	}
	if len(cannot) > 0 {
		fix := "\nA leader grants Faction API Access to a position; a new key with more access can be made with the button of `/link`."
		e.Fields = append(e.Fields, chat.Field{Name: "It cannot read", Value: strings.Join(cannot, "\n") + fix})
	}
	return e
}
