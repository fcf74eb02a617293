package app_test

import (
	"fmt"
	"strings"
	"testing"

	"consigliere/internal/chat"
)

// Two factions have the same ids in every field. Whatever somebody of the first asks
// for, by whatever command, button, list or form of the program's own tables, they see
// and change nothing of the second.
func TestNothingCrossesTwoFactionsInAnyCommandOrClick(t *testing.T) {
	clicks := harvest(t)
	w := newTenancy(t)
	w.mend(ours)
	before := w.rowsOf(theirs)
	_, leader := person(ours, 0)
	_, officer := person(ours, 1)
	asked, asks := 0, map[string]bool{}
	ask := func(req chat.Request) {
		w.t.Helper()
		asked++
		_, text := w.ask(req)
		w.cleanReply(req, text)
		w.mend(ours)
	}
	for _, who := range []string{leader, officer, stranger} {
		for _, server := range []string{home(ours), home(theirs), commonServer, ""} {
			for _, l := range leaves(w.app.Commands().Commands(), "") {
				if strings.HasPrefix(l.path, "privacy") {
					continue // see TestPrivacyIsAboutOneselfInEveryFaction
				}
				for _, m := range l.fillings(t, who == leader, who != stranger || server != "") {
					req := chat.Request{Kind: chat.Slash, GuildID: server, ChannelID: sharedChannel, UserID: who, Path: l.path, Options: m}
					ask(req)
				}
				w.completions(l, server, who)
			}
			for _, a := range w.app.Commands().Actions() {
				for _, c := range clicks[a] {
					for _, id := range []string{c.id, strings.Replace(c.id, ":202", ":101", 1)} {
						if again := id == c.id && asks[id+who+server]; again || strings.HasPrefix(id, "privacy:") {
							continue
						}
						asks[id+who+server] = true
						c := c
						c.id = nobodysFigures(a, id)
						ask(c.request(server, who))
					}
				}
			}
		}
	}
	t.Logf("asked %d times", asked)
	w.unchanged(before)
	w.keepsToItself()
}

// nobodysFigures replaces the other faction's figures in an id whose answer says back
// what stands in it: that is no leak, and could not be told from one.
func nobodysFigures(action, id string) string {
	if action == "terms:use" || action == "backfill:cancel" {
		return strings.ReplaceAll(id, theirFigure, "11111")
	}
	return id
}

// completions asks for suggestions of each option.
func (w *tenancy) completions(l leaf, server, who string) {
	w.t.Helper()
	for _, o := range l.options {
		if !o.Autocomplete {
			continue
		}
		for _, named := range []string{"", "202"} {
			for _, typed := range []string{"", "arkb", "5"} {
				req := chat.Request{Kind: chat.Autocomplete, GuildID: server, UserID: who, Path: l.path, Focused: o.Name, Options: map[string]string{"faction": named}}
				req.Options[o.Name] = typed
				w.cleanReply(req, fmt.Sprint(w.app.Commands().Complete(w.t.Context(), req)))
			}
		}
	}
}

// cleanReply checks an answer. The name of a faction is no secret in a server of its own,
// nor to those who share their own data with it: it is on its page at Torn.
func (w *tenancy) cleanReply(req chat.Request, text string) {
	w.t.Helper()
	where := fmt.Sprintf("the answer to %s%s %v %v by %s in server %q", req.Path, req.ID, req.Options, req.Values, req.UserID, req.GuildID)
	w.clean(where, text)
	if served := req.GuildID == home(theirs) || req.GuildID == commonServer || strings.HasPrefix(req.Path, "config share"); !served && strings.Contains(text, title) {
		w.t.Errorf("%s names the other faction: %.400s", where, text)
	}
}
