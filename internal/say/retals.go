package say

import (
	"fmt"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// RetalsView is what there is to tell of retaliations.
type RetalsView struct {
	War   war.War // zero: those of Since
	Since time.Time
	List  []war.Retal // the newest first, all that are open among them

	AsOf, Now time.Time
	Feeds     []feed.State
}

// How many of each are shown.
const (
	openShown    = 10
	settledShown = 6
	retalMembers = 15
	// RetalsOffered is how many open ones can be claimed from the list: Discord's limit of
	// a select.
	RetalsOffered = mineMost
)

// RenderRetals shows the open retaliations, what became of the last ones, and who
// answers.
func RenderRetals(v RetalsView) chat.Message {
	all, members := war.RetalTable(v.List)
	e := chat.Embed{Title: "Retaliations · since " + v.Since.UTC().Format("2 Jan"), Color: Grey}
	if v.War.ID != 0 {
		e.Title = "Retaliations · " + WarTitle(v.War)
	}
	if all.Open > 0 {
		e.Color = Amber
	}
	body := []string{retalSummary(all)}
	for _, r := range OpenRetals(v.List, openShown) {
		body = append(body, openLine(r, v.Now))
	}
	if more := all.Open - openShown; more > 0 {
		body = append(body, fmt.Sprintf("… and %d more", more))
	}
	e.Description = Within(lines(append(body, Stale(v.Feeds, v.Now, feed.Attacks), Incomplete(v.Feeds, v.War, v.Now),
		Source("Torn's attack log", v.AsOf))...), 3900)
	if len(members) > 0 {
		e.Fields = append(e.Fields, chat.Field{Name: "Who answers", Value: memberTable(members[:min(len(members), retalMembers)])})
	}
	if last := settledLines(v.List); last != "" {
		e.Fields = append(e.Fields, chat.Field{Name: "Last settled", Value: Within(last, 1000)})
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

// LiveRetals is the list as a live message.
func LiveRetals(v RetalsView) chat.Live {
	ageless := v
	ageless.AsOf = time.Time{}
	return chat.Live{
		Message: RenderRetals(v), Same: RenderRetals(ageless), AsOf: v.AsOf,
		Hot: len(OpenRetals(v.List, 1)) > 0 || v.War.ID != 0 && v.War.Phase(v.Now) == war.Active,
	}
}

// OpenRetals are the first open ones, those with the least time left first.
func OpenRetals(list []war.Retal, most int) []war.Retal {
	var out []war.Retal
	for i := len(list) - 1; i >= 0 && len(out) < most; i-- {
		if list[i].State == war.RetalOpen {
			out = append(out, list[i])
		}
	}
	return out
}

func retalSummary(all war.RetalFigures) string {
	if all.Opened == 0 {
		return "No hit on us that may be answered is on record."
	}
	open := "None is open"
	if all.Open > 0 {
		open = fmt.Sprintf("**%d open**", all.Open)
	}
	taken := fmt.Sprintf("taken %d of %d", all.Taken, all.Opened)
	if all.Taken > 0 {
		taken += fmt.Sprintf(" (%d HOSP), median %s", all.Hospitalized, seconds(all.Median))
	}
	return fmt.Sprintf("%s · %s · expired %d · gone %d", open, taken, all.Expired, all.Gone)
}

// openLine words one that waits for somebody.
func openLine(r war.Retal, now time.Time) string {
	out := fmt.Sprintf("• HOSP **[%s](%s)**", Name(r.Target.Name), AttackURL(r.Target.ID))
	if r.Target.Level > 0 {
		out += fmt.Sprintf(" · level %d", r.Target.Level)
	}
	out += " · ends " + Ago(r.Deadline())
	switch seen := ", seen " + Ago(r.Seen.StatusAt); {
	case r.Seen.StatusAt.IsZero():
	case r.Seen.Status.State == faction.StateHospital && !r.Seen.Status.Until.IsZero():
		out += " · hospital, out " + Ago(r.Seen.Status.Until) + seen
	default:
		out += " · " + Text(r.Seen.Status.State, 20) + seen
	}
	if r.Seen.Hits > 0 {
		out += fmt.Sprintf(" · fair fight %.2f (%d)", r.Seen.FairFight, r.Seen.Hits)
	}
	if r.Claim.Holds(now) {
		out += " · **" + Name(r.Claim.Name) + "** is on it"
	}
	return out
}

func settledLines(list []war.Retal) string {
	var out []string
	for _, r := range list {
		if len(out) == settledShown {
			break
		}
		who := Text(r.Target.Name, 18)
		switch r.State {
		case war.RetalTaken:
			how := "HOSP"
			if r.Answer.Result != war.Hospitalized {
				how = retalVerb(string(r.Answer.Result)) + ", not HOSP:"
			}
			out = append(out, fmt.Sprintf("%s %s %s %s, after %s", Clock(r.SettledAt), lineName(r.Answer.By), how, who, seconds(r.Took())))
		case war.RetalExpired:
			out = append(out, fmt.Sprintf("%s expired: nobody answered %s", Clock(r.SettledAt), who))
		case war.RetalGone:
			out = append(out, fmt.Sprintf("%s gone: %s attacked again", Clock(r.SettledAt), who))
		}
	}
	return lines(out...)
}

func memberTable(members []war.RetalFigures) string {
	rows := make([][]string, 0, len(members))
	for _, m := range members {
		rows = append(rows, []string{m.Name, count(int64(m.Taken), 5), count(int64(m.Hospitalized), 4), seconds(m.Median)})
	}
	return table([]column{{"Name", 15, false}, {"Taken", 5, true}, {"HOSP", 4, true}, {"Median", 6, true}}, rows)
}

// RetalLine words what one member did about retaliations; empty for nothing.
func RetalLine(f war.RetalFigures) string {
	if f.Taken == 0 {
		return ""
	}
	return fmt.Sprintf("retaliations answered after %s (median), HOSP %d of %d", seconds(f.Median), f.Hospitalized, f.Taken)
}

func seconds(d time.Duration) string {
	return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
}
