package commands_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/war"
)

// everyCommand is each slash command with options that let it succeed, and the
// guard that surface.md gives it.
func everyCommand() []struct {
	path, guard string
	options     []string
} {
	return []struct {
		path, guard string
		options     []string
	}{
		{"admin audit", "operator", nil},
		{"admin faction list", "admin", nil},
		{"admin faction pause", "operator", []string{"faction", "888", "reason", "asked for it"}},
		{"admin faction register", "operator", []string{"faction", "999"}},
		{"admin faction remove", "operator", []string{"faction", "888"}},
		{"admin faction resume", "operator", []string{"faction", "Bears"}},
		{"admin health", "admin", nil},
		{"admin player delete", "operator", []string{"player", "3"}},
		{"admin player find", "admin", []string{"player", "Mick"}},
		{"admin player move", "operator", []string{"player", "3", "user", "5555"}},
		{"alerts add", "discord.manage", []string{"kind", "retal.open", "channel", warChannel}},
		{"alerts edit", "discord.manage", []string{"rule", "1", "quiet", "22-07"}},
		{"alerts list", "discord.view", nil},
		{"alerts mute", "discord.manage", []string{"rule", "1"}},
		{"alerts remove", "discord.manage", []string{"rule", "1"}},
		{"alerts test", "discord.manage", []string{"rule", "1"}},
		{"alerts webhook", "discord.manage", []string{"kind", "war.started"}},
		{"audit export", "audit.view", nil},
		{"audit log", "audit.view", nil},
		{"audit verify", "audit.view", nil},
		{"board post", "discord.manage", []string{"kind", "war", "channel", warChannel}},
		{"board remove", "discord.manage", []string{"kind", "war"}},
		{"chain history", "chain.view", nil},
		{"chain report", "chain.view", nil},
		{"chain status", "chain.view", nil},
		{"chain track start", "chain.manage", nil},
		{"chain track stop", "chain.manage", nil},
		{"chain watch close", "chain.manage", nil},
		{"chain watch join", "chain.view", nil},
		{"chain watch leave", "chain.view", nil},
		{"chain watch open", "chain.manage", []string{"from", "in 1d"}},
		{"chain watch roster", "chain.view", nil},
		{"config faction", "config.manage", []string{"low_fair_fight", "1.75"}},
		{"config keys", "config.manage", nil},
		{"config links", "member.manage", nil},
		{"config permissions set", "config.manage", []string{"position", "Member"}},
		{"config permissions show", "config.view", nil},
		{"config retention", "config.manage", nil},
		{"config roles apply", "discord.manage", nil},
		{"config roles nickname", "discord.manage", []string{"template", "{name} [{id}]"}},
		{"config roles preview", "discord.manage", nil},
		{"config roles remove", "discord.manage", []string{"who", "verified"}},
		{"config roles set", "discord.manage", []string{"who", "member", "role", membersRole}},
		{"config roles show", "discord.manage", nil},
		{"config share grant", "leader", []string{"faction", "888", "permission", "war.view"}},
		{"config share list", "config.view", nil},
		{"config share revoke", "leader", []string{"faction", "888"}},
		{"config show", "config.view", nil},
		{"help", "", nil},
		{"link", "", nil},
		{"me", "", nil},
		{"notify", "", nil},
		{"privacy delete", "", nil},
		{"privacy export", "", nil},
		{"setup", "leader", nil},
		{"squad approve", "member.manage", []string{"squad", "Night *crew*", "member", "Vera"}},
		{"squad create", "member.manage", []string{"name", "New crew"}},
		{"squad delete", "member.manage", []string{"squad", "Night *crew*"}},
		{"squad invite", "member.manage", []string{"squad", "Night *crew*", "member", "Mick"}},
		{"squad join", "member.view", []string{"squad", "Day crew"}},
		{"squad lead", "member.manage", []string{"squad", "Night *crew*", "member", "Vera"}},
		{"squad leave", "member.view", []string{"squad", "Night *crew*"}},
		{"squad remove", "member.manage", []string{"squad", "Night *crew*", "member", "Vera"}},
		{"squad roster", "member.view", nil},
		{"status", "", nil},
		{"unlink", "", nil},
		{"war attacks", "war.view", nil},
		{"war backfill", "war.manage", []string{"from", "30"}},
		{"war claim", "war.view", []string{"target", "Black Jack"}},
		{"war enemy", "war.view", nil},
		{"war forecast", "war.view", nil},
		{"war history", "war.view", nil},
		{"war member", "war.view", []string{"member", "Duke"}},
		{"war ready", "war.view", nil},
		{"war reconcile", "war.view", nil},
		{"war report", "war.view", nil},
		{"war retals", "war.view", nil},
		{"war scoreboard", "war.view", nil},
		{"war scout", "war.view", nil},
		{"war status", "war.view", nil},
		{"war targets", "war.view", nil},
		{"war terms plan", "war.manage", []string{"finish_at", "in 20h"}},
		{"war terms set", "war.manage", []string{"score_cap", "6000"}},
		{"war terms show", "war.manage", nil},
		{"war track start", "war.manage", nil},
		{"war track stop", "war.manage", nil},
		{"war unclaim", "war.view", []string{"target", "502"}},
		{"war us", "war.view", nil},
		{"web link", "war.view", nil},
		{"web links", "war.view", nil},
		{"web revoke", "war.manage", []string{"link", "1"}},
	}
}

// everyAction is each button, select and form, as a member of the Wolves sees it.
func everyAction() []struct {
	id, guard string
	values    []string
} {
	return []struct {
		id, guard string
		values    []string
	}{
		{"war:status:777:44751:lead", "war.view", nil},
		{"us:page:777:all:0", "war.view", nil},
		{"us:pick:777", "war.view", []string{"zero"}},
		{"enemy:page:777:hospital:0", "war.view", nil},
		{"enemy:pick:777", "war.view", []string{"claimed"}},
		{"targets:again:777:50:10", "war.view", nil},
		{"targets:mine:777", "war.view", nil},
		{"claim:take:777:501:50:10", "war.view", nil},
		{"war:table:777:44751:us:score:0", "war.view", nil},
		{"war:sort:777:44751:them", "war.view", []string{"hits"}},
		{"war:history:777:0", "war.view", nil},
		{"war:attacks:777:44751:0:all:0", "war.view", nil},
		{"war:report:777:40001:us:0", "war.view", nil},
		{"war:show:777:40001:us:0", "war.view", nil},
		{"war:reconcile:777:40001:us:0", "war.view", nil},
		{"backfill:show:777", "war.manage", nil},
		{"backfill:cancel:777:1", "war.manage", nil},
		{"retal:list:777:0", "war.view", nil},
		{"retal:mine:777:7001", "war.view", nil},
		{"retal:pick:777", "war.view", []string{"7001"}},
		{"forecast:again:777:44751", "war.view", nil},
		{"terms:use:777:44751:us:3876:" + fmt.Sprint(now.Add(20*time.Hour).Unix()), "war.manage", nil},
		{"chain:status:777", "chain.view", nil},
		{"chain:report:777:9001:0", "chain.view", nil},
		{"chain:history:777:0", "chain.view", nil},
		{"chain:take:777:9001:250", "chain.view", nil},
		{"chain:hold:777:9001:250", "chain.view", nil},
		{"watch:show:777:1", "chain.view", nil},
		{"watch:take:777:1", "chain.view", []string{"3"}},
		{"watch:gap:777:1", "chain.view", nil},
		{"watch:leave:777:1", "chain.view", nil},
		{"squad:show:777:2", "member.view", nil},
		{"squad:join:777:3", "member.view", nil},
		{"squad:leave:777:2", "member.view", nil},
		{"squad:let:777:2", "member.view", []string{"2"}},
		{"squad:invite:777:2", "member.view", []string{member}},
		{"squad:delete:777:2", "member.manage", nil},
		{"web:links:777:0", "war.view", nil},
		{"alerts:page:777:0", "discord.view", nil},
		{"audit:page:777:-:-:-:0:0", "audit.view", nil},
		{"admin:audit:-:-:-:0:0", "operator", nil},
		{"tenant:list:0", "admin", nil},
		{"access:accept:999:list", "operator", nil},
		{"config:keys:777:0", "config.manage", nil},
		{"permissions:choose:777:7c968fb71f50e335", "config.manage", []string{"war.view"}},
		{"permissions:try:777:7c968fb71f50e335:29", "config.manage", nil},
		{"permissions:confirm:777:7c968fb71f50e335:29:dd3f279b22e0663b", "config.manage", nil},
		{"permissions:cancel:777", "config.manage", nil},
		{"request:confirm:777:1", "member.manage", nil},
		{"request:reject:777:1", "member.manage", nil},
		{"player:erase:yes:3", "operator", nil},
		{"roles:on:777:" + readyDigest(), "discord.manage", nil},
		{"roles:off:777", "discord.manage", nil},
		{"setup:channel:777", "leader", []string{warChannel}},
		{"setup:role:777", "leader", []string{"81"}},
		{"setup:milestones:on:777", "leader", nil},
		{"setup:live:off:777", "leader", nil},
	}
}

// ready is a world in which every command can succeed.
func ready(t *testing.T) *world {
	w := newWorld(t)
	w.boards[wolves] = []alert.LiveBoard{{Faction: wolves, Kind: "war", ChannelID: warChannel, MessageID: "m1", PostedAt: now.Add(-time.Hour)}}
	w.webLinks = []faction.WebLink{{ID: 1, Faction: wolves, Page: "war", Creator: 2, Expires: now.Add(time.Hour)}}
	w.rules[wolves] = []alert.Rule{{ID: 1, Kind: alert.WarStarted, ChannelID: warChannel, Enabled: true}}
	w.front()
	w.called(502, 3)
	w.mustered()
	share(w, rbac.OCView)
	readyRoles(w.roles)
	w.office.requests = []faction.LinkRequest{disputed()}
	w.readsBack()
	w.put(faction.Access{Faction: foxes, Name: "Foxes", Player: 31, DiscordID: founder, State: faction.AccessWaiting, Asked: now.Add(-time.Hour)})
	return w
}

// answered tells whether a reply is the handler's own, and not a refusal.
func answered(r chat.Reply) bool {
	if len(r.Embeds) > 0 || r.Modal != nil {
		return true
	}
	return slices.ContainsFunc([]string{"**Bears** [888] is paused", "Bears [888] is active", "**Foxes** [999] is registered", "Kept:", "**0 rows**", "0 entries", "Tracking", "No longer tracking", "The live war message", "Removed the live", "Link **#1**", "**Yours**: ", "Everybody is told to hold", "Nobody is called about chains", "Nothing was changed. Chains are followed", "Link **#2**", "Nothing was changed.\n", "**Bears** [888] may look at", "Faction **888** sees nothing", "You are linked to", "Moved: ", "Confirmed: ", "Rejected: ", "Erased player", "Hits are marked low", "Members who are linked are to get", "All who are linked are to get", "Members are to be called", "Everybody is looked at anew", "Switched o", "[Black Jack](", "Smee is free", "Made squad", "Asked **", "Delete squad", "Deleted squad", "**Vera** ", "You are in **", "You are not in **", "You gave **", "The sample of", "1 rule is silent"},
		func(s string) bool { return strings.HasPrefix(r.Content, s) })
}

func TestTheTableHasTheNamesAndGuardsOfTheSurface(t *testing.T) {
	var want []commands.Entry
	for _, c := range everyCommand() {
		want = append(want, commands.Entry{Path: c.path, Guard: c.guard})
	}
	for _, got := range [][]commands.Entry{newWorld(t).registry().Table(), commands.Table()} {
		if len(got) != len(want) {
			t.Fatalf("%d commands, want %d: %v", len(got), len(want), got)
		}
		for i, e := range got {
			if e.Path != want[i].Path || e.Guard != want[i].Guard || e.Description == "" {
				t.Errorf("got %+v, want %+v", e, want[i])
			}
		}
	}
}

func TestEveryCommandPassesDiscordsLimits(t *testing.T) {
	cmds := newWorld(t).registry().Commands()
	if err := discord.ValidateCommands(cmds); err != nil {
		t.Error(err)
	}
	if len(cmds) != 17 {
		t.Errorf("%d root commands, want 17", len(cmds))
	}
	for _, c := range cmds {
		if c.Name == "war" && len(c.Sub) != 19 {
			t.Errorf("/war holds %d, want 19", len(c.Sub))
		}
	}
}

// holds tells what each of the cast may do in the Wolves' server.
func holds(who, guard string) bool {
	all := []string{"", "war.view", "chain.view", "chain.manage", "member.view", "war.manage", "discord.view", "discord.manage", "config.view", "config.manage", "audit.view", "member.manage", "admin", "leader"}
	return slices.Contains(map[string][]string{
		leader: all, operator: append([]string{"operator"}, all...), officer: {"", "war.view", "war.manage", "discord.manage"}, member: {"", "war.view", "chain.view"},
		recruit: {""}, gone: {""}, odd: {""}, homeless: {""}, foreign: {""}, stranger: {""},
	}[who], guard)
}

var cast = []string{leader, officer, member, recruit, gone, odd, homeless, foreign, stranger, operator}

func TestEveryCommandLetsThroughWhomItsGuardNames(t *testing.T) {
	for _, c := range everyCommand() {
		for _, who := range cast {
			t.Run(fmt.Sprintf("/%s by %s", c.path, who), func(t *testing.T) {
				w := ready(t)
				reply := w.registry().Handle(t.Context(), slash(who, wolvesGuild, c.path, c.options...))
				want := holds(who, c.guard) && (!takesPart(c.path) || who != operator)
				if (c.path == "unlink" || strings.HasPrefix(c.path, "privacy")) && (who == stranger || who == operator) {
					want = false // there is nothing to unlink
				}
				if (c.path == "me" || c.path == "notify") && (who == stranger || who == operator) {
					want = false // nobody knows who they are in Torn
				}
				check(t, w, reply, want)
			})
		}
	}
}

func TestEveryClickIsCheckedAgain(t *testing.T) {
	for _, a := range everyAction() {
		for _, who := range cast {
			t.Run(fmt.Sprintf("%s by %s", a.id, who), func(t *testing.T) {
				w := ready(t)
				reply := w.registry().Handle(t.Context(), click(who, wolvesGuild, a.id, a.values...))
				want := holds(who, a.guard)
				if takesPart(a.id) && who == operator {
					want = false // an outsider cannot hit for the faction
				}
				check(t, w, reply, want)
			})
		}
	}
}

func check(t *testing.T, w *world, reply chat.Reply, want bool) {
	t.Helper()
	if got := answered(reply); got != want {
		t.Fatalf("answered %v, want %v:\n%s", got, want, show(reply))
	}
	if reply.Modal != nil {
		if err := discord.ValidateModal(*reply.Modal); err != nil {
			t.Error(err)
		}
	} else if err := discord.Validate(reply.Message); err != nil {
		t.Error(err)
	}
	if strings.Contains(reply.Content, "broke") {
		t.Errorf("an internal error: %s\n%s", show(reply), w.log.String())
	}
	if want {
		return
	}
	if !reply.Ephemeral {
		t.Error("a refusal that everybody sees")
	}
	if len(w.writes) > 0 {
		t.Errorf("refused, and yet: %v", w.writes)
	}
}

func TestADenialIsAudited(t *testing.T) {
	w := ready(t)
	w.registry().Handle(t.Context(), slash(recruit, wolvesGuild, "war track stop"))
	if len(w.audited) != 1 {
		t.Fatalf("audited %v", w.audited)
	}
	e := w.audited[0]
	if e.Actor != 4 || e.Action != "war track stop" || e.Outcome != "denied" || e.CorrelationID != "ref-1" ||
		e.Body["faction"] != wolves || e.Body["guard"] != "war.manage" || e.Body["reason"] == "" || !e.At.Equal(now) {
		t.Errorf("got %+v", e)
	}
}

func TestAChangeIsAuditedWithoutNamesOrDiscordIDs(t *testing.T) {
	w := ready(t)
	r := w.registry()
	for _, req := range []chat.Request{
		slash(officer, wolvesGuild, "war track stop"), slash(officer, wolvesGuild, "board post", "kind", "war", "channel", warChannel),
		slash(officer, wolvesGuild, "board remove", "kind", "war"), slash(officer, wolvesGuild, "web link"), slash(officer, wolvesGuild, "web revoke", "link", "1"),
		click(leader, wolvesGuild, "setup:channel:777", otherChan), click(leader, wolvesGuild, "setup:role:777", "81"),
	} {
		before := len(w.audited)
		if reply := r.Handle(t.Context(), req); !answered(reply) {
			t.Fatalf("%s%s: %s", req.Path, req.ID, show(reply))
		}
		if len(w.audited) <= before || w.audited[len(w.audited)-1].Outcome != "done" {
			t.Errorf("%s%s left no entry", req.Path, req.ID)
		}
	}
	text := fmt.Sprint(w.audited)
	for _, secret := range []string{officer, leader, warChannel + " ", otherChan + " ", "Duke", "Vera", "Wolves", "token-"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q: %s", secret, text)
		}
	}
}

func TestAnotherServerGetsAClearAnswer(t *testing.T) {
	for _, c := range []struct {
		name, who, guild, path, want string
	}{
		{"a server without a faction", leader, emptyGuild, "war status", "No faction is set up in this server yet."},
		{"a server without a faction, to a stranger", stranger, emptyGuild, "war status", "No faction is set up in this server yet."},
		{"the server of another faction", leader, bearsGuild, "war status", "not one of your faction's"},
		{"somebody who is not linked", stranger, wolvesGuild, "war status", "Use `/link` first"},
		{"somebody who was in no faction", homeless, wolvesGuild, "war status", "no faction when you linked"},
		{"somebody who has left", gone, wolvesGuild, "war status", "The member list does not show you"},
		{"a position that Torn does not list", odd, wolvesGuild, "war status", "Your position is not among those"},
		{"a recruit", recruit, wolvesGuild, "war status", "do not have the permission `war.view`"},
		{"a member who wants to manage", member, wolvesGuild, "war track stop", "does not have the permission `war.manage`"},
		{"an officer who wants to set up", officer, wolvesGuild, "setup", "Only the leader, the co-leader or an operator"},
		{"a stranger in a direct message", stranger, direct, "war status", "Use `/link` first"},
		{"an operator in a direct message", operator, direct, "war status", "name one with the option `faction`"},
		{"set-up in a direct message", leader, direct, "setup", "in your faction's server"},
		{"status of a faction one has left, in a direct message", gone, direct, "status", "does not show you"},
		{"a command that does not exist", leader, wolvesGuild, "war nonsense", "older version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			reply := w.registry().Handle(t.Context(), slash(c.who, c.guild, c.path))
			if !strings.Contains(reply.Content, c.want) || !reply.Ephemeral {
				t.Errorf("got:\n%swant: %s", show(reply), c.want)
			}
		})
	}
}

func TestAMemberMayAskInADirectMessage(t *testing.T) {
	w := newWorld(t)
	if reply := w.registry().Handle(t.Context(), slash(member, direct, "war status")); !answered(reply) {
		t.Errorf("got:\n%s", show(reply))
	}
}

func TestHelpAndLinkWorkForAnybodyAnywhere(t *testing.T) {
	for _, who := range cast {
		for _, guild := range []string{wolvesGuild, bearsGuild, emptyGuild, direct} {
			for _, path := range []string{"help", "link"} {
				w := newWorld(t)
				if reply := w.registry().Handle(t.Context(), slash(who, guild, path)); !answered(reply) || !reply.Ephemeral {
					t.Errorf("/%s by %s in %q: %s", path, who, guild, show(reply))
				}
			}
		}
	}
}

func TestAMemberListOlderThanADayGrantsNothing(t *testing.T) {
	w := newWorld(t)
	w.rosters[wolves] = faction.Roster{AsOf: now.Add(-25 * time.Hour), Members: w.rosters[wolves].Members}
	reply := w.registry().Handle(t.Context(), slash(officer, wolvesGuild, "war status"))
	if !strings.Contains(reply.Content, "older than a day") {
		t.Errorf("got:\n%s", show(reply))
	}
	if reply := w.registry().Handle(t.Context(), slash(operator, wolvesGuild, "war status")); !answered(reply) {
		t.Errorf("an operator needs no list: %s", show(reply))
	}
}

func TestAMemberListThatWasNeverReadSaysSo(t *testing.T) {
	w := newWorld(t)
	delete(w.rosters, wolves)
	reply := w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "war status"))
	if !strings.Contains(reply.Content, "has not been read yet") {
		t.Errorf("got:\n%s", show(reply))
	}
}

func TestNobodyTurnsThePagesOfAnotherFaction(t *testing.T) {
	w := newWorld(t)
	// The same server serves both, and both have that war on record.
	w.guilds[wolvesGuild] = []faction.ID{wolves, bears}
	w.wars[bears] = []war.War{{ID: warID, Start: now.Add(-time.Hour), Us: war.Side{Faction: bears, Name: "Bears"}, Them: war.Side{Faction: wolves, Name: "Wolves"}}}
	r := w.registry()
	for _, a := range everyAction() {
		if a.guard != "war.view" {
			continue
		}
		reply := r.Handle(t.Context(), click(foreign, wolvesGuild, a.id, a.values...))
		if answered(reply) || !strings.Contains(reply.Content, "another faction") || reply.Update {
			t.Errorf("%s: %s", a.id, show(reply))
		}
	}
	if reply := r.Handle(t.Context(), slash(foreign, wolvesGuild, "war status")); !answered(reply) {
		t.Errorf("their own command: %s", show(reply))
	}
}

func TestEveryErrorSaysWhatHappened(t *testing.T) {
	down := faction.Errorf(faction.Unavailable, "The database does not answer. Nothing was changed; try again in a minute.")
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"the database is gone", down, "The database does not answer. Nothing was changed; try again in a minute. (reference `ref-1`)"},
		{"the time is over", fmt.Errorf("read: %w", context.DeadlineExceeded), "This took too long"},
		{"the bot stops", fmt.Errorf("read: %w", context.Canceled), "being restarted"},
		{"our own fault", errors.New("relation does not exist: secret detail"), "Something broke on our side"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, cmd := range everyCommand() {
				w := ready(t)
				w.failAll = c.err
				reply := w.registry().Handle(t.Context(), slash(leader, wolvesGuild, cmd.path, cmd.options...))
				text := show(reply)
				if !strings.Contains(text, c.want) || !strings.Contains(text, "ref-1") || !reply.Ephemeral || strings.Contains(text, "secret detail") {
					t.Errorf("/%s: %s", cmd.path, text)
				}
			}
		})
	}
}

func TestAnAuditLogThatFailsDoesNotUndoTheCommand(t *testing.T) {
	w := ready(t)
	r := w.registry(func(d *commands.Deps) { d.Audit = brokenAudit{} })
	if reply := r.Handle(t.Context(), slash(officer, wolvesGuild, "war track stop")); !answered(reply) {
		t.Errorf("got:\n%s", show(reply))
	}
	if !strings.Contains(w.log.String(), "audit entry not written") {
		t.Error("nobody was told")
	}
}

type brokenAudit struct{}

func (brokenAudit) Audit(context.Context, faction.ID, faction.AuditEntry) error {
	return errors.New("disk full")
}

func TestARegistryWithoutItsPartsIsRefused(t *testing.T) {
	_, err := commands.New(commands.Deps{})
	if err == nil || !strings.Contains(err.Error(), "People is missing") || !strings.Contains(err.Error(), "Clock is missing") {
		t.Errorf("got %v", err)
	}
}

func TestPlansTellHowTheAnswerWillLook(t *testing.T) {
	r := newWorld(t).registry()
	for _, c := range []struct {
		req  chat.Request
		want chat.Plan
	}{
		{slash(member, wolvesGuild, "war status"), chat.Plan{}},
		{slash(member, wolvesGuild, "status"), chat.Plan{}},
		{slash(member, wolvesGuild, "help"), chat.Plan{Ephemeral: true}},
		{slash(member, wolvesGuild, "setup"), chat.Plan{Ephemeral: true, Slow: true}},
		{slash(member, wolvesGuild, "web link"), chat.Plan{Ephemeral: true}},
		{slash(member, wolvesGuild, "nonsense"), chat.Plan{Ephemeral: true}},
		{click(member, wolvesGuild, "link:key"), chat.Plan{Ephemeral: true, Modal: true}},
		{submit(member, wolvesGuild, "link:save", nil), chat.Plan{Ephemeral: true, Slow: true}},
		{click(member, wolvesGuild, "nonsense"), chat.Plan{Ephemeral: true}},
	} {
		if got := r.Plan(c.req); got != c.want {
			t.Errorf("%s%s: got %+v, want %+v", c.req.Path, c.req.ID, got, c.want)
		}
	}
}

func TestADeniedRecruitIsNotSentToTheLeader(t *testing.T) {
	for who, want := range map[string]string{recruit: "recruits have none until they get a position in the game", member: "Your leader decides who has it"} {
		got := show(ready(t).registry().Handle(t.Context(), slash(who, wolvesGuild, "war track stop")))
		if !strings.Contains(got, want) || who == recruit && strings.Contains(got, "leader decides") {
			t.Errorf("%s: %s", who, got)
		}
	}
	w := ready(t)
	for _, position := range []string{"None", ""} {
		w.rosters[wolves].Members[2].Position = position
		if got := show(w.registry().Handle(t.Context(), slash(member, wolvesGuild, "help"))); !strings.Contains(got, "Recruits have no permissions") {
			t.Errorf("position %q: %s", position, got)
		}
	}
}

func TestHelpListsEveryCommandOnceAndInAUsefulOrder(t *testing.T) {
	w := ready(t)
	r := w.registry()
	text := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "help")))
	operators := show(r.Handle(t.Context(), slash(operator, wolvesGuild, "help")))
	for _, e := range r.Table() {
		list := text
		if e.Guard == "operator" {
			list = operators
		}
		if n := strings.Count(list, "\n`/"+e.Path+"` "); n != 1 {
			t.Errorf("/%s is listed %d times", e.Path, n)
		}
	}
	for _, pair := range [][2]string{{"link", "unlink"}, {"war track start", "war track stop"}, {"war status", "war track start"}, {"board post", "board remove"}, {"web link", "web revoke"}} {
		if strings.Index(text, "\n`/"+pair[0]+"` ") > strings.Index(text, "\n`/"+pair[1]+"` ") {
			t.Errorf("/%s stands after /%s", pair[0], pair[1])
		}
	}
}
