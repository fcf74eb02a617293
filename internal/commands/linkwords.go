package commands

import (
	"fmt"
	"slices"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// disclosure is the table that Torn's API terms want wherever a key is entered
// (api-v2.md 1.5).
func disclosure() chat.Embed {
	return chat.Embed{
		Title: "Link your Torn account", Color: say.Grey,
		Description: "1. **Make a key at Torn** for what it may be used for: the form is filled in, you only confirm it and copy the key.\n" +
			"2. **Enter the key** here. Only you can see this message and the form.\n" +
			"3. Choose what it may be used for. Until then it only proves who you are.\n" +
			"Linked your Discord account at Torn? **Verify without a key** is enough to be known here.",
		Fields: []chat.Field{
			{Name: "Data storage", Value: "Persistent, until you use `/unlink`: your link and key; with **My data**, while you fly, when you land. Your faction's wars, attacks and members stay in its log."},
			{Name: "Data sharing", Value: "Members of your faction, as far as their position allows. Whoever runs this bot can reach the database."},
			{Name: "Purpose of use", Value: "Competitive advantage: war scores, alerts and statistics of your faction."},
			{Name: "Key storage & sharing", Value: "Stored remotely, encrypted. Used only for automation, shared with nobody."},
			{Name: "Key access level", Value: "Custom (only the selections in the link you choose), or Limited. Public is enough to prove who you are."},
		},
	}
}

func consentLabel(c torn.Consent) string {
	switch c {
	case torn.ConsentLend:
		return "lend to the faction"
	case torn.ConsentOwn:
		return "my data"
	default:
		return "verify only"
	}
}

// consentButtons offer what a key may be used for; the one that is advised stands out.
func consentButtons(key int64, advised torn.Consent) []chat.Button {
	var out []chat.Button
	for _, c := range consents() {
		label := consentLabel(c)
		b := chat.Button{ID: makeID(consentAction, c, key), Label: strings.ToUpper(label[:1]) + label[1:]}
		if c == advised {
			b.Style = chat.Primary
		}
		out = append(out, b)
	}
	return out
}

func consentRow(key int64, advised torn.Consent) chat.Row {
	return chat.Row{Buttons: consentButtons(key, advised)}
}

// keyRow is what can be done with one key.
func keyRow(k faction.Key) chat.Row {
	return chat.Row{Buttons: append(consentButtons(k.ID, advised(reportOf(k))), chat.Button{ID: makeID(dropKeyAction, k.ID), Label: "Remove this key", Style: chat.Danger})}
}

// keyRows let the caller change their keys: the only one at once, else after picking.
func keyRows(keys []faction.Key) []chat.Row {
	switch len(keys) {
	case 0:
		return nil
	case 1:
		return []chat.Row{keyRow(keys[0])}
	}
	s := &chat.Select{ID: pickKeyAction, Placeholder: "Change or remove one of your keys"}
	for i, k := range keys[:min(len(keys), 25)] {
		s.Options = append(s.Options, chat.SelectOption{
			Label: fmt.Sprintf("%d. %s key for %s", i+1, torn.Level(k.Level), consentName(k.Consent)),
			Value: fmt.Sprint(k.ID), Description: say.KeyState(k.State) + since(k),
		})
	}
	return []chat.Row{{Select: s}}
}

func since(k faction.Key) string {
	if k.StateAt.IsZero() {
		return ""
	}
	return " since " + k.StateAt.UTC().Format("2 Jan 2006 15:04") + " UTC"
}

// reportOf is what is known of a stored key.
func reportOf(k faction.Key) torn.KeyReport {
	return torn.KeyReport{Owner: k.Player, Level: torn.Level(k.Level), Type: k.Type, FactionAccess: k.FactionAccess, Selections: k.Selections}
}

// keyEmbed shows one of the caller's keys, and never the key itself.
func keyEmbed(k faction.Key) chat.Embed {
	used := "never used yet"
	if !k.LastUsed.IsZero() {
		used = "last used " + say.Ago(k.LastUsed)
	}
	return chat.Embed{
		Title: torn.Level(k.Level).String() + " key", Color: say.Grey,
		Description: fmt.Sprintf("State: **%s**%s · %s\nIt may be used for: **%s**", say.KeyState(k.State), since(k), used, consentName(k.Consent)),
		Fields:      abilities(reportOf(k)),
	}
}

// consentWords says what a key is used for from now on.
func consentWords(k faction.Key, consent torn.Consent) string {
	switch consent {
	case torn.ConsentLend:
		return lentWords(k)
	case torn.ConsentOwn:
		return "**My data**: the key is used only to read what is yours."
	default:
		return "**Verify only**: the key proves who you are and is used for nothing else."
	}
}

// lentWords says what a lent key can and cannot read; of a zero key nothing is known.
func lentWords(k faction.Key) string {
	switch {
	case k.ID == 0:
		return "**Lent to the faction**: the bot reads with it what it can read of your faction."
	case canRead(k, torn.NeedAttacks):
		return "**Lent to the faction**: the bot reads your faction's wars, attacks and members with it."
	case !canRead(k, torn.NeedPublic):
		return "**Lent to the faction**, but the key does not work at present, so nothing is read with it."
	case k.FactionAccess:
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
		if k.State != faction.KeyActive {
			state = ", " + say.KeyState(k.State)
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

// notes is what else there is to say of a new link.
func notes(lost faction.Link, place string) string {
	if lost.Player == 0 {
		return place
	}
	return strings.TrimSpace("**Taken over:** another Discord account was linked to this player and is not any more, because Torn names yours. " +
		"All keys stored for you now only verify. If that account was not yours, somebody has a key of yours: delete your keys at Torn, then use `/link` with a new one.\n" + place)
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
	parts = append(parts, "**What may the key be used for?** Until you choose, it only proves who you are. The highlighted button is the most that it serves in full.")
	return chat.Embed{Title: "Linked", Color: say.Green, Description: strings.Join(parts, "\n"), Fields: abilities(r)}
}

// verifiedEmbed says who somebody is by Torn's word alone.
func verifiedEmbed(l faction.Link, in torn.UserFaction, note string, keys int) chat.Embed {
	parts := []string{fmt.Sprintf("Torn says that you are **%s** [%d], %s of **%s** [%d]. You are linked.", say.Name(l.Name), l.Player, say.Name(in.Position), say.Name(in.Name), in.ID)}
	if note != "" {
		parts = append(parts, note)
	}
	if keys == 0 {
		parts = append(parts, "No key of yours is stored. With one the bot can show your own data, or read for your faction: `/link`, **Enter the key**.")
	}
	return chat.Embed{Title: "Linked", Color: say.Green, Description: strings.Join(parts, "\n")}
}

// abilities lists what a key can and cannot read of what the bot uses.
func abilities(r torn.KeyReport) []chat.Field {
	var can, cannot []string
	for _, u := range uses() {
		switch {
		case u.what == "":
		case r.Can(u.need):
			can = append(can, "• "+u.what)
		case u.need.FactionAccess && !r.FactionAccess:
			cannot = append(cannot, "• "+u.what+": your position has no Faction API Access")
		default:
			cannot = append(cannot, "• "+u.what+": the key's access is too low")
		}
	}
	var out []chat.Field
	if len(can) > 0 {
		out = append(out, chat.Field{Name: "This " + r.Level.String() + " key can read", Value: strings.Join(can, "\n")})
	}
	if len(cannot) > 0 {
		fix := "\nA new key with more access can be made with the buttons of `/link`."
		if slices.ContainsFunc(cannot, func(s string) bool { return strings.HasSuffix(s, "Faction API Access") }) {
			fix = "\nA leader grants Faction API Access to a position; a new key with more access can be made with the buttons of `/link`."
		}
		out = append(out, chat.Field{Name: "It cannot read", Value: strings.Join(cannot, "\n") + fix})
	}
	return out
}
