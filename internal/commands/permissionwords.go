package commands

import (
	"fmt"
	"slices"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// meaning is what a permission lets somebody do, for whoever decides about it.
func meaning(p rbac.Permission) string {
	switch p {
	case rbac.WarView:
		return "See wars, scoreboards, targets; make web links"
	case rbac.WarManage:
		return "Track wars, set terms, backfill, revoke web links"
	case rbac.WarPayout:
		return "Draft payouts and payout policies"
	case rbac.OCView:
		return "See organized crimes, slots, gaps"
	case rbac.OCManage:
		return "Assign crimes, set minimums, handle items"
	case rbac.ChainView:
		return "See chains and reports, join a watch"
	case rbac.ChainManage:
		return "Open watches, track chains"
	case rbac.MemberView:
		return "See members' activity and profiles"
	case rbac.MemberManage:
		return "Refresh the list, write notes, run squads"
	case rbac.FinanceView:
		return "See ledger and income"
	case rbac.FinanceManage:
		return "Approve and pay payouts, keep the ledger"
	case rbac.DiscordView:
		return "See alert rules"
	case rbac.DiscordManage:
		return "Change alerts and live messages"
	case rbac.ConfigView:
		return "See settings and permissions"
	case rbac.ConfigManage:
		return "Change settings, permissions and keys"
	case rbac.AuditView:
		return "Read the audit log"
	case rbac.Admin:
		return "Run this faction's place in the bot"
	default:
		return ""
	}
}

// most that is named of a list before the rest is counted.
const (
	mostNamed     = 10
	mostPositions = 30
	mostFlags     = 8
)

// granted lists permissions in running text.
func granted(s rbac.Set) string {
	if s.List() == nil {
		return "nothing but their own figures"
	}
	return "`" + strings.ReplaceAll(s.String(), " ", "` `") + "`"
}

// question shows a position and what can be chosen for it.
func (m mapping) question() chat.Message {
	lines := append(m.facts(), "**Choose below.** You see who gains and loses what before anything is stored.")
	return chat.Message{
		Embeds: []chat.Embed{{Title: m.title(), Color: say.Amber, Description: say.Within(strings.Join(lines, "\n"), 4000)}},
		Rows:   m.rows(m.offered()),
	}
}

func (m mapping) title() string { return "Permissions · " + say.Name(m.position.Name) }

func (m mapping) facts() []string {
	members := m.members()
	lines := []string{
		fmt.Sprintf("**%d** %s%s", len(members), plural(len(members), "member", "members"), memberNames(members)),
		"**In the game** " + abilityWords(m.position.Abilities),
		"**Now** " + granted(m.now()) + m.state(),
	}
	if s := m.suggested(); s.set != m.now() {
		lines = append(lines, "**Suggested** "+granted(s.set))
	}
	return lines
}

// state says where what the position has now comes from.
func (m mapping) state() string {
	switch {
	case m.was.Position == "":
		return " (not mapped: default)"
	case m.was.Reduced():
		lost, _ := rbac.Abilities(m.was.Abilities, m.position.Abilities)
		return fmt.Sprintf("\n⚠ Granted were %s, but the position has lost %s since. Confirm, and the mapping counts again.", granted(m.was.Granted), abilityWords(lost))
	default:
		return ", mapped " + decided(m.was)
	}
}

func decided(m rbac.Mapped) string {
	if m.At.IsZero() {
		return "long ago"
	}
	text := say.Ago(m.At)
	if m.By != 0 {
		text += fmt.Sprintf(" by player %d", m.By)
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func memberNames(list []faction.Member) string {
	if len(list) == 0 {
		return ""
	}
	var out []string
	for _, m := range list {
		out = append(out, say.Name(m.Name))
	}
	return ": " + say.Some(out, mostNamed)
}

func abilityWords(list []string) string {
	if len(list) == 0 {
		return "no special abilities"
	}
	var out []string
	for _, a := range list {
		out = append(out, say.Text(a, 40))
	}
	return say.Some(out, 30)
}

// rows are the select with a choice filled in, and the short cuts.
func (m mapping) rows(ch choice) []chat.Row {
	k := key(m.position.Name)
	var options []chat.SelectOption
	for _, p := range rbac.Permissions() {
		options = append(options, chat.SelectOption{Label: p.String(), Value: p.String(), Description: meaning(p), Default: ch.effective().Has(p)})
	}
	short := []chat.Button{
		{ID: makeID(tryPermissions, m.faction, k, m.suggested()), Label: "Use suggestion", Style: chat.Primary},
		{ID: makeID(tryPermissions, m.faction, k, choice{}), Label: "Own figures only"},
	}
	if m.was.Position != "" {
		short = append(short, chat.Button{ID: makeID(tryPermissions, m.faction, k, choice{byDefault: true}), Label: "Back to default"})
		if m.was.Reduced() {
			short = append(short, chat.Button{ID: makeID(tryPermissions, m.faction, k, choice{set: m.was.Granted}), Label: "Confirm as it was"})
		}
	}
	return []chat.Row{
		{Select: &chat.Select{
			ID: makeID(choosePermissions, m.faction, k), Placeholder: "What the position may do",
			Options: options, Min: 1, Max: len(options),
		}},
		{Buttons: short},
	}
}

// preview says what a choice would do to whom.
func (m mapping) preview(ch choice, caller faction.PlayerID) chat.Message {
	lines := append(m.effects(ch), "")
	for _, w := range rbac.LockOut(caller, m.before, m.after(ch)) {
		lines = append(lines, "⚠ **"+string(w)+"**")
	}
	e := chat.Embed{Title: m.title() + " · preview", Color: say.Amber}
	rows := m.rows(ch)
	if lost, gained := rbac.Abilities(m.was.Abilities, m.position.Abilities); !ch.byDefault && m.was.Position != "" && ch.set == m.was.Granted && len(lost)+len(gained) == 0 {
		lines = append(lines, "That is what the position has already: there is nothing to store.")
	} else {
		lines = append(lines, "**Nothing is stored yet.**")
		rows = append(rows, chat.Row{Buttons: []chat.Button{
			{ID: makeID(confirmPermissions, m.faction, key(m.position.Name), ch, m.version()), Label: "Confirm", Style: chat.Success},
			{ID: makeID(cancelPermissions, m.faction), Label: "Cancel"},
		}})
	}
	e.Description = say.Within(strings.Join(lines, "\n"), 4000)
	return chat.Message{Embeds: []chat.Embed{e}, Rows: rows}
}

// effects lists who gains and who loses what.
func (m mapping) effects(ch choice) []string {
	gained, lost := rbac.Diff(m.now(), ch.effective())
	members := m.members()
	lines := []string{"**Then** " + granted(ch.effective())}
	if ch.byDefault {
		lines[0] += " (not mapped: default)"
	}
	who := fmt.Sprintf("**%d** %s", len(members), plural(len(members), "member", "members"))
	if gained == 0 && lost == 0 {
		return append(lines, who+memberNames(members)+": nobody gains or loses anything.")
	}
	lines = append(lines, who+memberNames(members))
	if gained != 0 {
		lines = append(lines, plural(len(members), "gains ", "gain ")+granted(gained))
	}
	if lost != 0 {
		lines = append(lines, plural(len(members), "loses ", "lose ")+granted(lost))
	}
	if lost.Has(rbac.WarView) {
		lines = append(lines, "Their links to the web scoreboard end.")
	}
	return lines
}

func (m mapping) stored(ch choice, ended int) chat.Message {
	lines := append([]string{"**Stored.** It counts from now on."}, m.effects(ch)...)
	if ended > 0 {
		lines = append(lines, fmt.Sprintf("**%d** web %s ended.", ended, plural(ended, "link", "links")))
	}
	return chat.Message{Embeds: []chat.Embed{{Title: m.title(), Color: say.Green, Description: say.Within(strings.Join(lines, "\n"), 4000)}}}
}

// group is a column of the table of permissions.
type group struct {
	head    string
	width   int
	letters []letter
}

type letter struct {
	permission rbac.Permission
	sign       string
}

func permissionGroups() []group {
	both := func(head string, view, manage rbac.Permission) group {
		return group{head, 2, []letter{{view, "v"}, {manage, "m"}}}
	}
	return []group{
		{"war", 3, []letter{{rbac.WarView, "v"}, {rbac.WarManage, "m"}, {rbac.WarPayout, "p"}}},
		both("oc", rbac.OCView, rbac.OCManage), both("ch", rbac.ChainView, rbac.ChainManage), both("me", rbac.MemberView, rbac.MemberManage),
		both("fi", rbac.FinanceView, rbac.FinanceManage), both("di", rbac.DiscordView, rbac.DiscordManage), both("co", rbac.ConfigView, rbac.ConfigManage),
		{"a", 1, []letter{{rbac.AuditView, "a"}}}, {"A", 1, []letter{{rbac.Admin, "A"}}},
	}
}

// cells are a set's letters, a cell a group; a dot stands for what is not there.
func cells(s rbac.Set) []string {
	var out []string
	for _, g := range permissionGroups() {
		text := ""
		for _, l := range g.letters {
			if s.Has(l.permission) {
				text += l.sign
			} else {
				text += "·"
			}
		}
		out = append(out, text)
	}
	return out
}

// message is the table of positions and permissions, and what is to be known about it.
func (o overview) message() chat.Message {
	e := chat.Embed{Title: "Permissions", Color: say.Grey}
	if len(o.known) == 0 {
		e.Color = say.Amber
		e.Description = "The positions of your faction were never read: that takes a lent key with Faction API Access. Until then only leader and co-leader may do anything."
		return chat.Message{Embeds: []chat.Embed{e}}
	}
	heads := []say.Heading{{Text: "Position", Width: 8}}
	for _, g := range permissionGroups() {
		heads = append(heads, say.Heading{Text: g.head, Width: g.width})
	}
	var rows [][]string
	for _, p := range o.positions() {
		rows = append(rows, append([]string{p.Name}, cells(o.now(p.Name))...))
	}
	more := ""
	if len(rows) > mostPositions {
		more = fmt.Sprintf("\n… and %d more positions", len(rows)-mostPositions)
		rows = rows[:mostPositions]
	}
	table := "The game has no positions beside leader, co-leader and recruit."
	if len(rows) > 0 {
		table = say.Grid(heads, rows) + more
	}
	e.Description = table + "\nv view · m manage · p payout · a audit · A admin\noc crimes, ch chain, me members, fi finance, di Discord, co config\n" +
		"Leader and co-leader: everything. Recruits and no position: own figures only."
	if flags := o.flags(); len(flags) > 0 {
		e.Color = say.Amber
		shown := flags[:min(len(flags), mostFlags)]
		if len(flags) > len(shown) {
			shown = append(slices.Clone(shown), fmt.Sprintf("… and %d more", len(flags)-mostFlags))
		}
		e.Fields = append(e.Fields, chat.Field{Name: "Look at these", Value: say.Within(strings.Join(shown, "\n"), 1024)})
	}
	if list := o.unmapped(); len(list) > 0 {
		e.Fields = append(e.Fields, chat.Field{Name: "Not mapped: default", Value: say.Within(say.Some(list, 15), 1024)})
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

// positions are those that can be mapped.
func (o overview) positions() []faction.Position {
	var out []faction.Position
	for _, p := range o.known {
		if rbac.Mappable(p.Name) {
			out = append(out, p)
		}
	}
	return out
}

func (o overview) mapping(position string) (rbac.Mapped, bool) {
	i := slices.IndexFunc(o.mapped, func(m rbac.Mapped) bool { return m.Position == position })
	if i < 0 {
		return rbac.Mapped{}, false
	}
	return o.mapped[i], true
}

func (o overview) now(position string) rbac.Set {
	if m, ok := o.mapping(position); ok {
		return m.Effective
	}
	return rbac.Unmapped()
}

func (o overview) unmapped() []string {
	var out []string
	for _, p := range o.positions() {
		if _, ok := o.mapping(p.Name); !ok {
			out = append(out, say.Name(p.Name))
		}
	}
	return out
}

// flags are what somebody should look at: the worst first.
func (o overview) flags() []string {
	var reduced, gone, more []string
	for _, m := range o.mapped {
		i := slices.IndexFunc(o.known, func(p faction.Position) bool { return p.Name == m.Position })
		if i < 0 {
			gone = append(gone, fmt.Sprintf("**%s**: mapped, but the game has no such position any more. It grants nothing.", say.Name(m.Position)))
			continue
		}
		lost, gained := rbac.Abilities(m.Abilities, o.known[i].Abilities)
		switch {
		case m.Reduced():
			_, without := rbac.Diff(m.Granted, m.Effective)
			reduced = append(reduced, fmt.Sprintf("⚠ **%s**: in-game abilities changed since: lost %s. Held back until somebody confirms: %s.", say.Name(m.Position), abilityWords(lost), granted(without)))
		case len(lost) > 0:
			more = append(more, fmt.Sprintf("**%s**: in-game abilities changed since: lost %s.", say.Name(m.Position), abilityWords(lost)))
		case len(gained) > 0:
			more = append(more, fmt.Sprintf("**%s**: in-game abilities changed since: gained %s.", say.Name(m.Position), abilityWords(gained)))
		}
	}
	return slices.Concat(reduced, gone, more)
}

// summary is the overview in a line or two.
func (o overview) summary() string {
	mapped := len(o.positions()) - len(o.unmapped())
	managers := 0
	for _, m := range o.roster.Members {
		if rbac.Resolve(m.Position, o.known, o.grants(), 0).Has(rbac.ConfigManage) {
			managers++
		}
	}
	text := fmt.Sprintf("**%d** of %d positions mapped · **%d** %s may change permissions", mapped, len(o.positions()), managers, plural(managers, "member", "members"))
	if n := len(o.flags()); n > 0 {
		text += fmt.Sprintf("\n⚠ **%d** to look at: `/config permissions show`", n)
	}
	return text
}

func (o overview) grants() map[string]rbac.Set {
	out := make(map[string]rbac.Set, len(o.mapped))
	for _, m := range o.mapped {
		out[m.Position] = m.Effective
	}
	return out
}
