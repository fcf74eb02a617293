package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// hostileNames are 64 characters each, made to break something.
func hostileNames() []string {
	long := func(s string) string { return string([]rune(strings.Repeat(s, 64))[:64]) }
	return []string{
		long("`"), long("```\n"), long("*_~|"), long("@everyone "), long("<@1001> "), long("[x](http://evil.example) "), long("\u202e\u2066abc"),
		long("\u200b\u200d"), long("Z\u0351\u0352\u0353\u0354\u0355"), long("漢字"), long("👨‍👩‍👧‍👦"), long("\u3164"), long("# - > "), long("\x00\x1b[31m\t"), long("\\"), long("W"), "", "\xff\xfe",
	}
}

// hostileWorld is a war of a hundred a side, every figure as long as it gets.
func hostileWorld(t *testing.T) *world {
	w := ready(t)
	names := hostileNames()
	on := &w.wars[wolves][0]
	on.Us.Name, on.Them.Name = names[2], names[3]
	on.Us.Score, on.Them.Score, on.Us.Chain = 1<<60, 1<<59, 1<<40
	huge := war.Tally{
		Attacks: 1 << 50, WarHits: 1 << 49, OutsideHits: 1 << 48, NoScore: 1 << 47, Assists: 1 << 46, Losses: 1 << 45, Stalemates: 1 << 44, Escapes: 1 << 43,
		Timeouts: 1 << 42, Interrupted: 1 << 41, Other: 1 << 40, Retaliations: 1 << 39, Overseas: 1 << 38, Group: 1 << 37, ChainBonuses: 1 << 36, WastedBonuses: 1 << 35,
		Warlord: 1 << 34, LowFairFight: 1 << 33, Friendly: 1 << 32, FirstOfChain: 1 << 31, FlagDiffers: 1 << 30, HitsTaken: 1 << 49, Defended: 1 << 48,
		WarRespect: 1 << 56, OutsideRespect: 1 << 55, RespectLost: 1 << 54, Energy: 1 << 53, FairFightSum: 1 << 52,
	}
	var members []faction.Member
	w.rows[warID] = nil
	for i := range 100 {
		name := names[i%len(names)]
		id := faction.PlayerID(1 + i)
		members = append(members, faction.Member{ID: id, Name: name, Position: "Officer"})
		w.rows[warID] = append(w.rows[warID], war.Row{Team: war.Ours, Player: id, Name: name, Tally: huge},
			war.Row{Team: war.Enemy, Player: 1e9 + id, Name: name, Tally: huge})
	}
	w.rosters[wolves] = faction.Roster{AsOf: now, Members: members}
	for i := range w.attacks[warID] {
		a := &w.attacks[warID][i]
		a.Attack.Attacker.Name, a.Attack.Defender.Name = names[i%len(names)], names[(i+1)%len(names)]
		a.Attack.Code, a.Attack.Result = strings.Repeat("f", 40), war.Result(names[i%len(names)])
		a.Attack.RespectGain, a.Attack.Chain, a.Verdict.Marks = 1<<56, 1<<40, 1<<10-1
	}
	for i := range 60 {
		past := w.wars[wolves][1]
		past.ID += war.ID(i)
		past.Them.Name = names[i%len(names)]
		w.wars[wolves] = append(w.wars[wolves], past)
	}
	w.infos[wolves] = faction.Faction{ID: wolves, Name: names[8]}
	for i := range w.feeds {
		w.feeds[i].Failures, w.feeds[i].LastError = 1000, strings.Repeat(names[i], 10)
		w.feeds[i].LastSuccess = now.AddDate(0, 0, -1)
	}
	for i := range 30 {
		w.rules[wolves] = append(w.rules[wolves], alert.Rule{Kind: alert.WarStarted, RoleID: "9223372036854775807",
			Thresholds: alert.Thresholds{Names: slices.Repeat([]string{names[i%len(names)]}, 20)}, ChannelID: "9223372036854775807", Enabled: true, Broken: strings.Repeat(names[i%len(names)], 5)})
		w.boards[wolves] = append(w.boards[wolves], alert.LiveBoard{Kind: names[i%len(names)], ChannelID: "9223372036854775807", Broken: strings.Repeat(names[i%len(names)], 5)})
		w.webLinks = append(w.webLinks, faction.WebLink{ID: int64(i + 2), Faction: wolves, Page: names[i%len(names)], Creator: 1 << 60, Expires: now.AddDate(1, 0, 0)})
	}
	return w
}

func TestHostileNamesBreakNeitherLimitsNorTables(t *testing.T) {
	w := hostileWorld(t)
	r := w.registry()
	for _, c := range everyCommand() {
		options := c.options
		if c.path == "war member" {
			options = []string{"member", "5"}
		}
		checkHarmless(t, "/"+c.path, r.Handle(t.Context(), slash(operator, wolvesGuild, c.path, options...)))
	}
	for _, a := range everyAction() {
		checkHarmless(t, a.id, r.Handle(t.Context(), click(operator, wolvesGuild, a.id, a.values...)))
	}
	for page := range 10 {
		for _, by := range war.SortKeys() {
			for _, side := range []string{"us", "them"} {
				id := fmt.Sprintf("war:table:777:44751:%s:%s:%d", side, by, page)
				checkHarmless(t, id, r.Handle(t.Context(), click(operator, wolvesGuild, id)))
			}
		}
		id := fmt.Sprintf("war:history:777:%d", page)
		checkHarmless(t, id, r.Handle(t.Context(), click(operator, wolvesGuild, id)))
	}
	for id := 1; id <= 100; id++ {
		checkHarmless(t, "member", r.Handle(t.Context(), slash(operator, wolvesGuild, "war member", "member", fmt.Sprint(id))))
	}
	for _, typed := range hostileNames() {
		checkHarmless(t, "war", r.Handle(t.Context(), slash(operator, wolvesGuild, "war status", "war", "x"+typed)))
		checkHarmless(t, "member", r.Handle(t.Context(), slash(operator, wolvesGuild, "war member", "member", "x"+typed)))
		checkHarmless(t, "members", r.Handle(t.Context(), slash(operator, wolvesGuild, "war member", "member", typed)))
	}
}

func TestAKeyOwnersNameIsHarmlessToo(t *testing.T) {
	for _, name := range hostileNames() {
		w := newWorld(t)
		w.report = limitedKey(41, name, wolves, name, name)
		w.report.FactionAccess = false
		checkHarmless(t, name, w.registry().Handle(t.Context(), submit(stranger, wolvesGuild, "link:save", send(apiKey))))
	}
}

func checkHarmless(t *testing.T, what string, reply chat.Reply) {
	t.Helper()
	if reply.Modal != nil {
		if err := discord.ValidateModal(*reply.Modal); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	} else if err := discord.Validate(reply.Message); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	texts := []string{reply.Content}
	for _, e := range reply.Embeds {
		texts = append(texts, e.Title, e.Description)
		for _, f := range e.Fields {
			texts = append(texts, f.Value)
		}
	}
	for _, text := range texts {
		checkText(t, what, text)
	}
}

func checkText(t *testing.T, what, text string) {
	t.Helper()
	inBlock := false
	for line := range strings.SplitSeq(text, "\n") {
		if line == "```" {
			inBlock = !inBlock
			continue
		}
		if inBlock && columns(line) > 34 {
			t.Errorf("%s: %d columns: %s", what, columns(line), line)
		}
		for _, bad := range []string{"@everyone", "<@1001>", "](http://evil"} {
			if !inBlock && strings.Contains(strings.ReplaceAll(line, `\<`, ""), bad) {
				t.Errorf("%s: %s survives: %s", what, bad, line)
			}
		}
		if strings.Contains(line, "```") {
			t.Errorf("%s: a name ends the block: %q", what, line)
		}
	}
	if inBlock {
		t.Errorf("%s: a block is left open", what)
	}
	for _, r := range text {
		if r != '\n' && r != '\u200b' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%s: holds %U", what, r)
		}
	}
}

// columns counts what takes up room; accents do not.
func columns(line string) (n int) {
	for _, r := range line {
		if !unicode.Is(unicode.Mn, r) {
			n++
		}
	}
	return n
}
