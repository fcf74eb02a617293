package commands_test

import (
	"strings"
	"testing"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

func TestWhatIsSaidOfSharing(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	var all []string
	for _, options := range [][]string{
		{"list"}, {"grant", "faction", "888", "permission", "war.view"}, {"grant", "faction", "bears", "permission", "war.view"},
		{"grant", "faction", "888", "permission", "oc.view"}, {"list"}, {"revoke", "faction", "888", "permission", "oc.view"},
		{"revoke", "faction", "888", "permission", "oc.view"}, {"revoke", "faction", "888"},
		{"grant", "faction", "888", "permission", "war.manage"}, {"grant", "faction", "888"}, {"grant", "faction", "777", "permission", "war.view"},
		{"grant", "faction", "999", "permission", "war.view"}, {"grant", "faction", "the bears", "permission", "war.view"}, {"revoke", "faction", "-1"},
	} {
		reply := r.Handle(t.Context(), slash(leader, wolvesGuild, "config share "+options[0], options[1:]...))
		if !reply.Ephemeral {
			t.Errorf("%v is answered for all to see", options)
		}
		all = append(all, "=== /config share "+strings.Join(options, " "), show(reply))
	}
	golden(t, "share", strings.Join(all, "\n"))
	if len(w.shared[wolves]) != 0 {
		t.Errorf("left over: %v", w.shared)
	}
}

func TestEveryChangeOfASharingIsInTheLogWithBothEnds(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	for _, c := range []struct {
		command, permission, before, after string
	}{
		{"grant", "war.view", "", "war.view"}, {"grant", "oc.view", "war.view", "war.view oc.view"},
		{"revoke", "war.view", "war.view oc.view", "oc.view"}, {"revoke", "", "oc.view", ""},
	} {
		w.audited = nil
		r.Handle(t.Context(), slash(leader, wolvesGuild, "config share "+c.command, "faction", "888", "permission", c.permission))
		if len(w.audited) != 1 {
			t.Fatalf("%+v: logged %v", c, w.audited)
		}
		e := w.audited[0]
		if e.Action != "share."+c.command || e.Outcome != "done" || e.Body["faction"] != wolves || e.Body["to"] != bears || e.Body["before"] != c.before || e.Body["after"] != c.after {
			t.Errorf("%+v: logged %+v", c, e)
		}
	}
	w.audited = nil
	r.Handle(t.Context(), slash(leader, wolvesGuild, "config share revoke", "faction", "888"))
	if len(w.audited) != 0 {
		t.Errorf("nothing was changed, and the log holds %v", w.audited)
	}
}

func TestARevokedShareEndsWithTheNextClick(t *testing.T) {
	w := ready(t)
	r := w.registry()
	share(w, rbac.WarView)
	page := click(foreign, bearsGuild, "war:table:777:44751:us:score:0")
	if reply := r.Handle(t.Context(), page); !answered(reply) {
		t.Fatalf("shared: %s", show(reply))
	}
	r.Handle(t.Context(), slash(leader, wolvesGuild, "config share revoke", "faction", "888"))
	if reply := r.Handle(t.Context(), page); answered(reply) || !strings.Contains(reply.Content, "another faction") {
		t.Errorf("revoked: %s", show(reply))
	}
}

func TestASharedNameCannotBreakTheList(t *testing.T) {
	w := newWorld(t)
	w.infos[bears] = faction.Faction{ID: bears, Name: "**@everyone** `x` [a](http://b)"}
	share(w, rbac.WarView)
	got := show(w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config share list")))
	if strings.Contains(got, "**@everyone**") || strings.Contains(got, "[a](http") {
		t.Error(got)
	}
}

func TestFactionsToShareWithAreSuggestedToLeadersOnly(t *testing.T) {
	w := newWorld(t)
	share(w, rbac.WarView)
	for who, want := range map[string]int{leader: 1, member: 0, stranger: 0} {
		req := slash(who, wolvesGuild, "config share revoke", "faction", "")
		req.Kind, req.Focused = chat.Autocomplete, "faction"
		if got := w.registry().Complete(t.Context(), req); len(got) != want || want == 1 && got[0].Value != "888" {
			t.Errorf("%s: %v", who, got)
		}
	}
}
