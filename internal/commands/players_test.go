package commands_test

import (
	"fmt"
	"strings"
	"testing"

	"consigliere/internal/chat"
)

func TestPlayersAreFoundWithinReach(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	for _, c := range []struct {
		who     string
		options []string
		want    string
	}{
		{leader, []string{"player", "mick"}, "**Mick** [3](https://www.torn.com/profiles.php?XID=3) · Member of Wolves [777] · <@1003> since <t:1787338800:f> · 1 key\n**Mickey** [8]"},
		{leader, []string{"player", "3"}, "**Mick** [3]"},
		{leader, []string{"user", member}, "**Mick** [3]"},
		{leader, []string{"player", "8"}, "Member of Wolves [777] · not linked"},
		{leader, []string{"player", "Bruno"}, "Nobody like that is linked or on a member list of your faction"},
		{leader, []string{"user", foreign}, "Nobody like that"},
		{operator, []string{"player", "Bruno"}, "Member of Bears [888] · <@2001>"},
		{operator, []string{"user", foreign}, "Member of Bears [888] · <@2001>"},
		{operator, nil, "Name a player"},
		{operator, []string{"player", "  "}, "Name a player"},
		{operator, []string{"user", "<@1>"}, "That is no Discord user"},
		{officer, []string{"player", "mick"}, "does not have the permission `admin`"},
	} {
		got := show(r.Handle(t.Context(), slash(c.who, wolvesGuild, "admin player find", c.options...)))
		if !strings.Contains(got, c.want) || strings.Contains(c.want, "Bears") != strings.Contains(got, "Bears") {
			t.Errorf("%s %v:\n%swant: %s", c.who, c.options, got, c.want)
		}
	}
	if len(w.writes) > 0 {
		t.Errorf("looking changed %v", w.writes)
	}
}

func TestSuggestionsEndAtOnesFaction(t *testing.T) {
	r := newWorld(t).registry()
	for who, want := range map[string]string{leader: "[{Mick [3] 3} {Mickey [8] 8}]", operator: "[{Mick [3] 3} {Mickey [8] 8}]", officer: "[]"} {
		req := slash(who, wolvesGuild, "admin player find", "player", "mick")
		req.Kind, req.Focused = chat.Autocomplete, "player"
		if got := fmt.Sprint(r.Complete(t.Context(), req)); got != want {
			t.Errorf("%s is offered %s, want %s", who, got, want)
		}
	}
}

func TestALinkIsMovedAndBothAreTold(t *testing.T) {
	w := newWorld(t)
	reply := w.registry().Handle(t.Context(), slash(operator, wolvesGuild, "admin player move", "player", "Mick", "user", "5555"))
	if reply.Content != "Moved: **Mick** [3] is linked to <@5555>, no longer to <@1003>. **1 key** may only verify until they choose again. Both were told." {
		t.Error(show(reply))
	}
	if w.links["5555"].Player != 3 || w.links[member].Player != 0 || fmt.Sprint(w.writes) != "[move 3 invalidate 777]" {
		t.Errorf("wrote %v", w.writes)
	}
	told := strings.Join(w.tenancy.told, "\n")
	if len(w.tenancy.told) != 2 || !strings.Contains(told, member+": An operator of this bot moved your link") || !strings.Contains(told, "5555: An operator of this bot linked your") {
		t.Errorf("told:\n%s", told)
	}
	if got := fmt.Sprint(w.audited[0].Body, w.audited[1].Body); len(w.audited) != 2 ||
		got != "map[faction:0 keys_reset:1 operator:true player:3] map[faction:777 keys_reset:1 operator:true player:3]" {
		t.Errorf("audited %s", got)
	}
}

func TestAMoveThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []struct {
		who     string
		options []string
		want    string
	}{
		{operator, []string{"player", "3", "user", leader}, "linked to another Torn player. Nothing was changed"},
		{operator, []string{"player", "8", "user", "5555"}, "linked to no Discord account. Nothing was changed"},
		{operator, []string{"player", "424242", "user", "5555"}, "linked to no Discord account. Nothing was changed"},
		{operator, []string{"player", "mic", "user", "5555"}, "Several players fit “mic”. Nothing was changed"},
		{operator, []string{"player", "Nobody`", "user", "5555"}, "Nobody called “Nobody\\`”"},
		{operator, []string{"user", "5555"}, "Name a player"},
		{operator, []string{"player", "3", "user", "me"}, "That is no Discord user. Pick one from the list. Nothing was changed"},
		{leader, []string{"player", "3", "user", "5555"}, "Only an operator"},
	} {
		w := newWorld(t)
		reply := w.registry().Handle(t.Context(), slash(c.who, wolvesGuild, "admin player move", c.options...))
		if !strings.Contains(reply.Content, c.want) || len(w.writes) > 0 || len(w.tenancy.told) > 0 {
			t.Errorf("%s %v: %s%v", c.who, c.options, show(reply), w.writes)
		}
	}
}

func TestWhoIsMovedButCannotBeToldIsNamed(t *testing.T) {
	w := newWorld(t)
	w.tenancy.closed = map[string]bool{member: true}
	reply := w.registry().Handle(t.Context(), slash(operator, wolvesGuild, "admin player move", "player", "3", "user", "5555"))
	if !strings.Contains(reply.Content, "Not told, because they take no direct messages: <@1003>.") {
		t.Error(show(reply))
	}
}

func TestAPlayerIsErasedAfterAQuestion(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	reply := r.Handle(t.Context(), slash(operator, wolvesGuild, "admin player delete", "player", "Mick"))
	if len(w.writes) > 0 || !strings.Contains(show(reply), "[Erase = player:erase:yes:3] [Keep = player:erase:no:3]") || !strings.Contains(show(reply), "**Mick** [3]") {
		t.Fatalf("%v\n%s", w.writes, show(reply))
	}
	if reply := r.Handle(t.Context(), click(operator, wolvesGuild, "player:erase:no:3")); len(w.writes) > 0 || reply.Content != "Nothing was changed." {
		t.Errorf("%v %s", w.writes, show(reply))
	}
	if reply := r.Handle(t.Context(), click(leader, wolvesGuild, "player:erase:yes:3")); len(w.writes) > 0 || !strings.Contains(reply.Content, "Only an operator") {
		t.Errorf("%v %s", w.writes, show(reply))
	}
	before := len(w.audited)
	reply = r.Handle(t.Context(), click(operator, wolvesGuild, "player:erase:yes:3"))
	if fmt.Sprint(w.writes) != "[forget 3 invalidate 777]" || reply.Content != "Erased player 3. Deleted: 1 link and 1 key. **42 rows** in all went or lost their name." {
		t.Errorf("%v %s", w.writes, show(reply))
	}
	if len(w.audited)-before != 2 || w.audited[before].Action != "player.erase" || fmt.Sprint(w.audited[before].Body["faction"]) != "0" {
		t.Errorf("audited %+v", w.audited[before:])
	}
	if text := show(r.Handle(t.Context(), slash(operator, wolvesGuild, "admin player delete", "player", "424242"))); !strings.Contains(text, "Nobody by that Torn id is linked") {
		t.Error(text)
	}
}
