package say

import (
	"fmt"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/roster"
)

// SquadKind words how one gets into a squad.
func SquadKind(k roster.Kind) string {
	switch k {
	case roster.Open:
		return "open to everybody"
	case roster.OnRequest:
		return "on request"
	default:
		return "by invitation"
	}
}

// squadText is how much of an embed a list of people may take.
const squadText = 3500

// RenderSquads lists a faction's squads by category.
func RenderSquads(list []roster.Squad) chat.Message {
	e := chat.Embed{Title: "Squads", Color: Grey}
	if len(list) == 0 {
		e.Description = "None yet. Who has member.manage makes one with `/squad create`."
	}
	var b strings.Builder
	category := ""
	for i, q := range list {
		line := ""
		if q.Category != category {
			category = q.Category
			line = "__" + Name(category) + "__\n"
		}
		line += fmt.Sprintf("**%s** · %d · %s%s\n", Name(q.Name), len(q.In(roster.Member)), SquadKind(q.Kind), squadLeads(q))
		if b.Len()+len(line) > squadText {
			fmt.Fprintf(&b, "… and %d more", len(list)-i)
			break
		}
		b.WriteString(line)
	}
	e.Description += b.String()
	return chat.Message{Embeds: []chat.Embed{e}}
}

func squadLeads(q roster.Squad) string {
	var leads []string
	for _, p := range q.People {
		if p.Lead && len(leads) < 3 {
			leads = append(leads, Name(p.Name))
		}
	}
	return listed(" · led by ", leads)
}

// RenderSquad shows who is in a squad, leads first, and who waits.
func RenderSquad(q roster.Squad) chat.Message {
	e := chat.Embed{Title: "Squad " + Plain(q.Name), Color: Grey}
	head := fmt.Sprintf("**%d members** · %s", len(q.In(roster.Member)), SquadKind(q.Kind))
	if q.Category != "" {
		head += " · " + Name(q.Category)
	}
	if q.RoleID != "" {
		head += " · <@&" + q.RoleID + ">"
	}
	left := squadText
	names := func(state roster.State) string {
		var out []string
		for i, p := range q.In(state) {
			name := Name(p.Name)
			if p.Lead {
				name = "**" + name + "** (lead)"
			}
			if left -= len(name) + 2; left < 0 {
				out = append(out, fmt.Sprintf("… and %d more", len(q.In(state))-i))
				break
			}
			out = append(out, name)
		}
		return strings.Join(out, ", ")
	}
	members := names(roster.Member)
	asked, invited := names(roster.Asked), names(roster.Invited)
	if asked != "" {
		asked = "Ask to join: " + asked
	}
	if invited != "" {
		invited = "Asked in: " + invited
	}
	e.Description = lines(head, members, asked, invited)
	return chat.Message{Embeds: []chat.Embed{e}}
}
