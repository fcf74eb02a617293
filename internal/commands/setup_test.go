package commands_test

import (
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
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/torn"
)

func TestSettingUpFromNothingToDone(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	var story strings.Builder
	tell := func(what string, req chat.Request) {
		reply := r.Handle(t.Context(), req)
		fmt.Fprintf(&story, "=== %s\n%s\n", what, show(reply))
		if err := discord.Validate(reply.Message); err != nil {
			t.Error(err)
		}
	}
	tell("/setup", slash(founder, emptyGuild, "setup"))
	if len(w.writes) > 0 {
		t.Errorf("only looking wrote %v", w.writes)
	}
	tell("war channel", click(founder, emptyGuild, "setup:channel:999", warChannel))
	if !slices.Contains(w.writes, "register 999 in "+emptyGuild) || !slices.Contains(w.writes, fmt.Sprint("hurry 999: ", feed.All())) {
		t.Errorf("wrote %v", w.writes)
	}
	w.keys[foxes] = []faction.Key{{Player: 31, Level: 3, FactionAccess: true, Consent: "lend", State: "active"}}
	tell("role", click(founder, emptyGuild, "setup:role:999", "81"))
	w.keys[foxes] = append(w.keys[foxes], faction.Key{Player: 32, Level: 4, FactionAccess: true, Consent: "lend", State: "active"})
	tell("milestones on", click(founder, emptyGuild, "setup:milestones:on:999"))
	tell("live message off", click(founder, emptyGuild, "setup:live:off:999"))
	w.positions[foxes] = []faction.Position{
		{Name: "Leader"}, {Name: "General", Abilities: []string{"War Management", "Organised Crimes"}}, {Name: "Scout *x*"}, {Name: "Recruit"},
	}
	tell("who may do what", click(founder, emptyGuild, "setup:rights:999"))
	tell("use this", click(founder, emptyGuild, "setup:suggested:999"))
	tell("who may do what, again", click(founder, emptyGuild, "setup:rights:999"))
	tell("back", click(founder, emptyGuild, "setup:back:999"))
	tell("test alert", click(founder, emptyGuild, "setup:test:999"))
	tell("another channel", click(founder, emptyGuild, "setup:channel:999", otherChan))
	tell("/setup again", slash(founder, emptyGuild, "setup"))
	golden(t, "setup", story.String())
	if got := w.grants[foxes]; len(got) != 2 || !got["General"].Has(rbac.WarManage) || got["General"].Has(rbac.Admin) || got["Scout *x*"] != rbac.Unmapped() {
		t.Errorf("granted %v", got)
	}

	var rules []string
	for _, rule := range w.rules[foxes] {
		if rule.ChannelID != otherChan {
			t.Errorf("a rule is left in the old channel: %+v", rule)
		}
		if rule.Enabled {
			rules = append(rules, string(rule.Kind)+" "+rule.RoleID)
		}
	}
	if got := strings.Join(rules, ", "); got != "war.scheduled 81, war.started 81, war.ended 81, war.report , war.milestone " {
		t.Errorf("rules: %s", got)
	}
	if len(w.boards[foxes]) != 0 {
		t.Errorf("a live message that was switched off came back: %v", w.boards[foxes])
	}
	if fmt.Sprint(w.deleted) != "[61/m61]" {
		t.Errorf("deleted %v", w.deleted)
	}
}

func TestMovingTheWarChannelMovesTheLiveMessage(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	r.Handle(t.Context(), click(leader, wolvesGuild, "setup:channel:777", warChannel))
	r.Handle(t.Context(), click(leader, wolvesGuild, "setup:channel:777", otherChan))
	if len(w.boards[wolves]) != 1 || w.boards[wolves][0].ChannelID != otherChan || fmt.Sprint(w.deleted) != "[61/m61]" {
		t.Errorf("boards %v, deleted %v", w.boards[wolves], w.deleted)
	}
	w.writes = nil
	r.Handle(t.Context(), click(leader, wolvesGuild, "setup:channel:777", otherChan))
	for _, write := range w.writes {
		if strings.Contains(write, "board") || strings.Contains(write, "drop") || strings.Contains(write, "register") {
			t.Errorf("choosing the same channel again: %v", w.writes)
		}
	}
}

func TestWhoMayRegisterAFaction(t *testing.T) {
	for _, c := range []struct {
		name, who, guild string
		leaders          bool
		options          []string
		want             string
		may              bool
	}{
		{"a leader where leaders may", founder, emptyGuild, true, nil, "Choose the war channel", true},
		{"a leader where only operators may", founder, emptyGuild, false, nil, "Request access = access:ask:999", false},
		{"an operator for a faction that lent a key", operator, emptyGuild, false, []string{"faction", "999"}, "Choose the war channel", true},
		{"an operator who names none", operator, emptyGuild, false, nil, "Name the faction by its Torn id", false},
		{"an operator for a faction that Torn does not know", operator, emptyGuild, false, []string{"faction", "12345"}, "Torn knows no faction 12345", false},
		{"a leader in a server that others use", founder, wolvesGuild, true, nil, "Choose the war channel", false},
		{"a member of an unregistered faction", "3002", emptyGuild, true, nil, "Only the leader or co-leader", false},
		{"a co-leader", "3003", emptyGuild, true, nil, "Choose the war channel", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("3002", 33, foxes, "Cub")
			w.person("3003", 32, foxes, "Vixen")
			r := w.registry(func(d *commands.Deps) { d.LeadersRegister = c.leaders })
			reply := r.Handle(t.Context(), slash(c.who, c.guild, "setup", c.options...))
			if !strings.Contains(show(reply), c.want) {
				t.Errorf("got:\n%swant: %s", show(reply), c.want)
			}
			// Whatever was shown, the choice itself is checked.
			r.Handle(t.Context(), click(c.who, c.guild, "setup:channel:999", warChannel))
			if got := slices.Contains(w.writes, "register 999 in "+c.guild); got != c.may && c.options == nil && c.who != operator {
				t.Errorf("registered %v, want %v", got, c.may)
			}
		})
	}
}

func TestSetUpWithoutAnyKeySaysWhatToDo(t *testing.T) {
	w := newWorld(t)
	w.poolErr = fmt.Errorf("pool: %w", torn.ErrNoKey)
	reply := w.registry().Handle(t.Context(), slash(founder, emptyGuild, "setup"))
	if !strings.Contains(reply.Content, "no member has lent a key") {
		t.Error(show(reply))
	}
}

func TestAChannelTheBotCannotPostInIsRefused(t *testing.T) {
	w := newWorld(t)
	w.postErr = faction.Errorf(faction.Invalid, "I may not post in that channel: I need View Channel, Send Messages, Embed Links and Attach Files there.")
	r := w.registry()
	for _, req := range []chat.Request{
		click(founder, emptyGuild, "setup:channel:999", warChannel),
		slash(officer, wolvesGuild, "board post", "kind", "war", "channel", warChannel),
	} {
		if reply := r.Handle(t.Context(), req); !strings.Contains(reply.Content, "I may not post") {
			t.Error(show(reply))
		}
	}
	if len(w.writes) > 0 {
		t.Errorf("wrote %v", w.writes)
	}
}

func TestALeaderMaySetUpWhatWasNeverReadButNotByAnOldList(t *testing.T) {
	w := newWorld(t)
	members := w.rosters[wolves].Members
	w.rosters[wolves] = faction.Roster{}
	w.rules[wolves] = []alert.Rule{{Kind: alert.WarStarted, ChannelID: warChannel, Enabled: true, Broken: "the channel is gone"}}
	reply := w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "setup"))
	if !strings.Contains(show(reply), "channel cannot be used: the channel is gone") {
		t.Error(show(reply))
	}
	w.rosters[wolves] = faction.Roster{AsOf: now.Add(-48 * time.Hour), Members: members}
	reply = w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "setup"))
	if answered(reply) || !strings.Contains(show(reply), "older than a day") || !strings.Contains(show(reply), "`/link`") {
		t.Errorf("by an old list: %s", show(reply))
	}
}

func TestAlertsNeverCallTheWholeServer(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	r.Handle(t.Context(), click(leader, wolvesGuild, "setup:channel:777", warChannel))
	r.Handle(t.Context(), click(leader, wolvesGuild, "setup:role:777", "81"))
	w.writes = nil
	reply := r.Handle(t.Context(), click(leader, wolvesGuild, "setup:role:777", wolvesGuild))
	if !strings.Contains(reply.Content, "would call the whole server") || len(w.writes) > 0 {
		t.Errorf("wrote %v and said %s", w.writes, show(reply))
	}
	if !slices.ContainsFunc(w.rules[wolves], func(r alert.Rule) bool { return r.RoleID == "81" }) {
		t.Errorf("the role chosen before is gone: %+v", w.rules[wolves])
	}
}

func TestATestAlertThatDoesNotArriveSaysWhy(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	r.Handle(t.Context(), click(leader, wolvesGuild, "setup:channel:777", warChannel))
	w.sampleLost = "the bot may not write in the channel"
	got := show(r.Handle(t.Context(), click(leader, wolvesGuild, "setup:test:777")))
	if !strings.Contains(got, "did not arrive: the bot may not write in the channel") {
		t.Errorf("got:\n%s", got)
	}
}

func TestOnlyTheLeaderTakesTheLaterStepsOfASetUp(t *testing.T) {
	for _, action := range []string{"setup:rights:777", "setup:suggested:777", "setup:back:777", "setup:test:777"} {
		w := newWorld(t)
		r := w.registry()
		r.Handle(t.Context(), click(leader, wolvesGuild, "setup:channel:777", warChannel))
		w.writes = nil
		for _, who := range []string{officer, recruit, stranger, foreign} {
			r.Handle(t.Context(), click(who, wolvesGuild, action))
		}
		if len(w.writes) > 0 {
			t.Errorf("%s by others wrote %v", action, w.writes)
		}
	}
}
