package commands

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/roles"
	"consigliere/internal/say"
)

const nextStep = "Nothing has happened yet: `/config roles preview` shows who would get and lose what, and has the button to switch it on."

func wordRule(kind roles.Kind, position string) string {
	switch kind {
	case roles.Verified:
		return "All who are linked"
	case roles.InFaction:
		return "Members who are linked"
	case roles.InSquad:
		return "Members of squad **" + say.Text(position, 60) + "**"
	default:
		return "Members with the position **" + say.Text(position, 60) + "**"
	}
}

func insteadOf(before string) string {
	if before == "" {
		return ""
	}
	return " instead of <@&" + before + ">"
}

func wordTemplate(template string) string {
	if template == "" {
		return "nicknames are left alone"
	}
	return "members are called `" + strings.ReplaceAll(say.Plain(template), "`", "'") + "`"
}

// wordState says whether a setup is followed.
func wordState(s roles.Setup) string {
	switch s.State() {
	case roles.On:
		return "It is switched on."
	case roles.Changed:
		return "What is set was changed since it was switched on, so nothing is done until it is confirmed."
	default:
		return "It is switched off."
	}
}

// roleLine says in a line whether a server's setup is followed.
func roleLine(s roles.Setup) string {
	what := several(int64(len(s.Rules)), "role")
	if s.Nickname != "" {
		what += " and nicknames"
	}
	text := "Off on this server."
	switch state := s.State(); {
	case state == roles.On:
		text = "**On** on this server: " + what + "."
		if s.Trouble != "" {
			text += " ⚠ " + s.Trouble
		}
	case state == roles.Changed:
		text = "⚠ Changed since it was switched on, so nothing is done: `/config roles preview` confirms " + what + "."
	case len(s.Rules) > 0 || s.Nickname != "":
		text = "Off on this server: " + what + " set, `/config roles preview` switches on."
	}
	return text
}

// shownRoles is what is set, and how it fares.
func shownRoles(set roles.Setup, people []roles.Person, now time.Time) chat.Message {
	e := chat.Embed{Title: "Discord roles · " + say.Name(set.Name), Color: say.Grey, Description: wordState(set)}
	if set.State() == roles.Changed || set.Trouble != "" {
		e.Color = say.Amber
	}
	if set.Trouble != "" {
		e.Description += "\n⚠ " + set.Trouble
	}
	var lines []string
	for _, r := range set.Rules {
		n := 0
		for _, p := range people {
			if slices.Contains(p.Given, r.RoleID) {
				n++
			}
		}
		line := fmt.Sprintf("%s: <@&%s> · **%d** have it from the bot", wordRule(r.Kind, r.Position), r.RoleID, n)
		if r.Broken != "" {
			e.Color = say.Amber
			line += "\n  ⚠ not given: " + string(r.Broken)
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		lines = []string{"None. `/config roles set` maps one."}
	}
	e.Fields = []chat.Field{
		{Name: "Roles", Value: say.Within(strings.Join(lines, "\n"), 1024)},
		{Name: "Nicknames", Value: capital(wordTemplate(set.Nickname))},
	}
	if kept := trouble(people); kept != "" {
		e.Color = say.Amber
		e.Fields = append(e.Fields, chat.Field{Name: "Could not be done", Value: kept})
	}
	if set.State() == roles.On {
		waiting := 0
		for _, p := range people {
			if set.Due(p, now) {
				waiting++
			}
		}
		value := "Everybody is as they should be."
		if waiting > 0 {
			value = fmt.Sprintf("**%d** are still to be looked at.", waiting)
		}
		if !set.LookedAt.IsZero() {
			value += " Last at work " + say.Ago(set.LookedAt) + "."
		}
		e.Fields = append(e.Fields, chat.Field{Name: "At work", Value: value})
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

// trouble lists what could not be done, each reason once with whom it touches.
func trouble(people []roles.Person) string {
	by := map[roles.Reason][]string{}
	for _, p := range people {
		if p.Trouble != "" {
			by[p.Trouble] = append(by[p.Trouble], "<@"+p.DiscordID+">")
		}
	}
	var lines []string
	for why, who := range by {
		lines = append(lines, fmt.Sprintf("%s: %s", say.Some(who, mostNamed), why))
	}
	slices.Sort(lines)
	return say.Within(strings.Join(lines, "\n"), 1024)
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// previewed shows who would get and lose what.
func previewed(p roles.Preview) chat.Message {
	e := chat.Embed{Title: "Preview · Discord roles", Color: say.Grey}
	if p.Trouble != "" {
		e.Color, e.Description = say.Amber, "⚠ "+p.Trouble
		return chat.Message{Embeds: []chat.Embed{e}}
	}
	var get, lose, rename, kept []string
	same := 0
	for _, c := range p.Changes {
		who := "<@" + c.Person.DiscordID + ">"
		if c.Nothing() {
			same++
		}
		if len(c.Give) > 0 {
			get = append(get, who+" "+roleMentions(c.Give))
		}
		if len(c.Take) > 0 {
			lose = append(lose, who+" "+roleMentions(c.Take))
		}
		if c.Rename != "" {
			rename = append(rename, who+" "+say.Text(c.Rename, 40))
		}
		if why := c.Trouble(); why != "" {
			kept = append(kept, who+": "+string(why))
		}
	}
	e.Description = fmt.Sprintf("Nothing was changed. %s\n**%d** get a role, **%d** lose one, **%d** are renamed, **%d** keep all as it is.",
		wordState(p.Setup), len(get), len(lose), len(rename), same)
	if p.Absent > 0 {
		e.Description += fmt.Sprintf(" %d are linked and not on this server.", p.Absent)
	}
	if p.Unread > 0 {
		e.Color = say.Amber
		e.Description += fmt.Sprintf("\n⚠ Discord answered slowly: **%d** more were not looked at. They would be treated by the same rules.", p.Unread)
	}
	for _, rule := range p.Setup.Rules {
		if why := p.Server.CanGive(rule.RoleID); why != "" {
			e.Color = say.Amber
			e.Description += fmt.Sprintf("\n⚠ <@&%s> is given to nobody: %s.", rule.RoleID, why)
		}
	}
	for _, f := range []struct {
		name  string
		lines []string
	}{{"Get", get}, {"Lose, since the bot gave it", lose}, {"Renamed", rename}, {"Could not be done", kept}} {
		if len(f.lines) > 0 {
			e.Fields = append(e.Fields, chat.Field{Name: f.name, Value: someLines(f.lines)})
		}
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

func roleMentions(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = "<@&" + id + ">"
	}
	return strings.Join(out, " ")
}

// someLines shows as many lines as a field holds, and counts the rest.
func someLines(lines []string) string {
	const room = 1024 - len("… and 0000 more")
	n, size := 0, 0
	for n < len(lines) && size+len(lines[n])+1 <= room {
		size += len(lines[n]) + 1
		n++
	}
	text := strings.Join(lines[:n], "\n")
	if rest := len(lines) - n; rest > 0 {
		text += fmt.Sprintf("\n… and %d more", rest)
	}
	return text
}
