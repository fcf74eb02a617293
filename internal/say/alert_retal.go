package say

import (
	"fmt"
	"strconv"
	"strings"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// RetalMine is the action of the button that claims a retaliation.
const RetalMine = "retal:mine"

// retalNews words a retaliation: whom to hit while it is open, what came of it after.
func retalNews(a alert.Alert, d alert.RetalData) (string, chat.Embed, []chat.Row) {
	who := Name(d.Attacker.Name)
	hit := fmt.Sprintf("They %s %s %s", retalVerb(d.Result), Name(d.Victim.Name), Ago(d.At))
	e := chat.Embed{Color: Amber}
	links := retalLinks(d)
	switch war.RetalState(d.Outcome) {
	case war.RetalTaken:
		e.Color = Green
		how := "HOSP"
		if war.Result(d.As) != war.Hospitalized {
			e.Color, how = Amber, retalVerb(d.As)+", not HOSP:"
		}
		e.Description = lines(retalTarget(d), hit)
		return fmt.Sprintf("**Retaliation taken**: %s %s %s, after %d s", takenBy(d), how, who, d.After), e, linkRow(links)
	case war.RetalExpired:
		e.Color = Grey
		e.Description = lines(retalTarget(d), hit)
		return "**Retaliation expired**: nobody answered " + who + " within 300 s", e, linkRow(links)
	case war.RetalGone:
		e.Color = Grey
		e.Description = lines(retalTarget(d), hit)
		return "**Retaliation gone**: " + who + " attacked again", e, linkRow(links)
	case war.RetalVoid:
		e.Color = Grey
		e.Description = retalTarget(d)
		return "**No retaliation**: Torn took the hit by " + who + " back", e, linkRow(links)
	}
	e.Description = lines(retalTarget(d), hit, retalStatus(d), retalFairFight(d.FairFight, d.Hits), retalClaim(d))
	mine := AlertButton(a, RetalMine, d.Attack, "Mine", chat.Primary)
	return fmt.Sprintf("**Retaliate: HOSP %s**, ends %s", who, Ago(d.Deadline)), e,
		[]chat.Row{{Buttons: append([]chat.Button{mine}, links...)}}
}

func linkRow(links []chat.Button) []chat.Row { return []chat.Row{{Buttons: links}} }

func takenBy(d alert.RetalData) string {
	if d.Taken == nil {
		return "somebody"
	}
	return Name(d.Taken.Name)
}

// retalTarget names whom to hit; the name leads to the attack, for those who read it
// where there are no buttons.
func retalTarget(d alert.RetalData) string {
	out := "[" + Name(d.Attacker.Name) + "](" + AttackURL(d.Attacker.ID) + ")"
	if d.Level > 0 {
		out += fmt.Sprintf(" · level %d", d.Level)
	}
	if d.Of != "" {
		out += " · " + Name(d.Of)
	}
	return out
}

// retalLinks lead to the attack, the profile, and the log of what tells most: the
// answer, else the hit on us.
func retalLinks(d alert.RetalData) []chat.Button {
	var out []chat.Button
	if d.Attacker.ID > 0 {
		out = append(out, chat.Button{Label: "Attack", URL: AttackURL(d.Attacker.ID), Style: chat.Link},
			chat.Button{Label: "Profile", URL: PlayerURL(d.Attacker.ID), Style: chat.Link})
	}
	code := d.Code
	if d.TakenCode != "" {
		code = d.TakenCode
	}
	if isCode(code) {
		out = append(out, chat.Button{Label: "Log", URL: LogURL(code), Style: chat.Link})
	}
	return out
}

// retalVerb words what a hit did.
func retalVerb(result string) string {
	switch r := war.Result(result); r {
	case war.Hospitalized:
		return "hospitalized"
	case war.Mugged:
		return "mugged"
	case war.Attacked:
		return "attacked and left"
	case "":
		return "hit"
	default:
		return Text(strings.ToLower(string(r)), 16)
	}
}

// retalStatus tells where the target is, as far as Torn told.
func retalStatus(d alert.RetalData) string {
	if d.SeenAt.IsZero() {
		return "Where they are now is not known"
	}
	seen := ", seen " + Ago(d.SeenAt)
	switch d.Status {
	case faction.StateOkay:
		return "Okay" + seen
	case faction.StateHospital:
		if d.Until.IsZero() {
			return "In hospital" + seen
		}
		return "In hospital, out " + Ago(d.Until) + seen
	default:
		if d.Where == "" {
			return Text(d.Status, 40) + seen
		}
		return Text(d.Where, 80) + seen
	}
}

func retalFairFight(median float64, hits int) string {
	if hits == 0 {
		return "Fair fight: none of our hits on them is on record"
	}
	return fmt.Sprintf("Fair fight about **%.2f**, the median of our %s before", median, plural(hits, "hit"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return faction.Count(int64(n)) + " " + what + "s"
}

func retalClaim(d alert.RetalData) string {
	if d.Claimed == nil {
		return ""
	}
	return "**" + Name(d.Claimed.Name) + "** is on it; free again " + Ago(d.ClaimedUntil)
}

// AttackURL is where somebody is attacked (game.md, Links).
func AttackURL(id faction.PlayerID) string {
	return "https://www.torn.com/page.php?sid=attack&user2ID=" + strconv.FormatInt(int64(id), 10)
}

// LogURL is the log of an attack (game.md, Links); code is known to be one (isCode).
func LogURL(code string) string { return "https://www.torn.com/page.php?sid=attackLog&ID=" + code }
