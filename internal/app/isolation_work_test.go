package app_test

import (
	"fmt"
	"strings"
	"testing"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// Whatever the bot does by itself for us changes nothing of theirs. Nothing of theirs
// is due: they keep everything, and are paused.
func TestJobsForOneFactionLeaveTheOtherAsItWas(t *testing.T) {
	w := newTenancy(t)
	_, err := w.owner.Exec(t.Context(), "update factions set state = 'paused' where faction_id = $1", theirs)
	w.must(err)
	_, err = w.owner.Exec(t.Context(), "update retention set attacks_days = 7, samples_days = 7, deliveries_days = 7, denials_days = 7 where faction_id = $1", ours)
	w.must(err)
	_, err = w.owner.Exec(t.Context(), "update discord_links set seen_at = null where faction_id = $1", ours)
	w.must(err)
	// The newest rows of a log stay whatever their age: there are enough of them beside the old one.
	_, err = w.owner.Exec(t.Context(), `insert into attacks select (jsonb_populate_record(a, jsonb_build_object('attack_id', 5000000 + n))).*
		from attacks a, generate_series(1, 201) n where a.faction_id = $1 and a.attack_id = 990001`, ours)
	w.must(err)
	_, err = w.owner.Exec(t.Context(), `update attacks set started_at = started_at - interval '30 days', war_id = null where attack_id = 990001`)
	w.must(err)
	before, ourAttacks := w.rowsOf(theirs), w.rowsOf(ours)["attacks"]
	for _, j := range w.app.Jobs() {
		counts, err := j.Run(t.Context())
		t.Logf("%s: %v %v", j.Name, counts, err)
		w.unchanged(before)
	}
	if now := w.rowsOf(ours); now["attacks"] == ourAttacks || !strings.Contains(now["discord_links"], "Renamed") {
		t.Error("nothing of ours was pruned, or nobody's name was read: the test shows nothing")
	}
	w.keepsToItself()
}

func TestExportingAndErasingOneFactionLeavesTheOtherAsItWas(t *testing.T) {
	w := newTenancy(t)
	before := w.rowsOf(theirs)
	theirLog := w.text(fmt.Sprintf("select string_agg(t::text, ',') from audit_chain t where faction_id = %d", theirs))
	file, err := w.app.Export(t.Context(), t.TempDir(), ours, w.clock.Now())
	w.must(err)
	text := textOf(t, chat.Reply{Message: chat.Message{Files: []chat.File{{Name: "export", Data: file.Small}}}})
	w.clean("our export", text)
	if !strings.Contains(text, "markaXattacks") {
		t.Errorf("our export lacks our rows: %.400s", text)
	}
	w.must(w.db.Store.SetFactionState(t.Context(), ours, faction.Removing, "", w.clock.Now()))
	_, err = w.db.Store.EraseFaction(t.Context(), ours)
	w.must(err)
	for table := range catalogue(t, w.owner) {
		if n := w.text(fmt.Sprintf("select count(*)::text from %s where faction_id = %d", table, ours)); n != "0" {
			t.Errorf("%s still has %s rows of ours", table, n)
		}
	}
	w.unchanged(before)
	if now := w.text(fmt.Sprintf("select string_agg(t::text, ',') from audit_chain t where faction_id = %d", theirs)); now != theirLog {
		t.Error("their chain of the log is another")
	}
}

// guards are what each command asks for.
func (w *tenancy) guards() map[string]string {
	out := map[string]string{}
	for _, e := range w.app.Commands().Table() {
		out[e.Path] = e.Guard
	}
	return out
}

// An operator reaches another faction by naming it, and not otherwise. What is for
// operators alone is about all of them.
func TestAnOperatorSeesAnotherFactionOnlyByNamingIt(t *testing.T) {
	w := newTenancy(t)
	named, guards := map[string]bool{}, w.guards()
	for _, l := range leaves(w.app.Commands().Commands(), "") {
		if guards[l.path] == "operator" || strings.HasPrefix(l.path, "admin ") {
			continue
		}
		for _, m := range l.fillings(t, false, false) {
			req := chat.Request{Kind: chat.Slash, GuildID: home(ours), ChannelID: sharedChannel, UserID: operator, Path: l.path, Options: m}
			if _, text := w.ask(req); m["faction"] == "" {
				w.cleanReply(req, text)
			}
			req.Options["faction"] = fmt.Sprint(int64(theirs))
			if _, text := w.ask(req); foreign(text) != "" {
				named[l.path] = true
			}
		}
	}
	if len(named) < 5 {
		t.Errorf("by naming it an operator sees something of the other faction with %v only", named)
	}
}

// What is shared with us is what crosses: nothing that asks for another permission, and
// nothing that changes anything.
func TestOnlyWhatIsSharedCrosses(t *testing.T) {
	w := newTenancy(t)
	_, leader := person(ours, 0)
	for _, shared := range []string{"war.view", "audit.view", "config.view"} {
		t.Run(shared, func(t *testing.T) {
			_, err := w.owner.Exec(t.Context(), `insert into shares (faction_id, to_faction, permissions, granted_by, granted_at) values ($1, $2, $3, 51, $4)
				on conflict (faction_id, to_faction) do update set permissions = excluded.permissions`, theirs, ours, []string{shared}, isolationEpoch)
			w.must(err)
			before := w.rowsOf(theirs)
			crossed, guards := 0, w.guards()
			for _, l := range leaves(w.app.Commands().Commands(), "") {
				if strings.HasPrefix(l.path, "privacy") {
					continue
				}
				for _, m := range l.fillings(t, guards[l.path] == shared, true) {
					_, text := w.ask(chat.Request{Kind: chat.Slash, GuildID: home(ours), ChannelID: sharedChannel, UserID: leader, Path: l.path, Options: m})
					w.mend(ours)
					found := foreign(text)
					switch {
					case found == "":
					case guards[l.path] != shared:
						t.Errorf("/%s %v asks for %q and shows …%s…", l.path, m, guards[l.path], found)
					case m["faction"] != "202" && !strings.EqualFold(m["faction"], title):
						t.Errorf("/%s %v names no faction and shows …%s…", l.path, m, found)
					default:
						crossed++
					}
				}
			}
			if crossed == 0 {
				t.Error("nothing crossed: the test shows nothing")
			}
			w.unchanged(before)
		})
	}
}

// What is kept about a player is theirs wherever it is: /privacy shows the rows of all
// factions whose member they are or were, but nobody else's, and nothing of others.
func TestPrivacyIsAboutOneselfInEveryFaction(t *testing.T) {
	w := newTenancy(t)
	before := w.rowsOf(theirs)
	for _, who := range []string{loneAccount, stranger} {
		for _, req := range []chat.Request{
			{Kind: chat.Slash, Path: "privacy export"}, {Kind: chat.Slash, Path: "privacy delete"},
			{Kind: chat.Component, ID: "privacy:forget:no"}, {Kind: chat.Component, ID: "privacy:forget:yes"},
		} {
			for _, server := range []string{home(ours), home(theirs), ""} {
				req.GuildID, req.UserID = server, who
				_, text := w.ask(req)
				w.cleanReply(req, text)
			}
		}
	}
	w.unchanged(before)

	// Our leader stands on their member list, too: one row, their own.
	_, leader := person(ours, 0)
	_, text := w.ask(chat.Request{Kind: chat.Slash, Path: "privacy export", GuildID: home(ours), UserID: leader})
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, "player_id\":") && !strings.Contains(line, `"player_id": 1,`) && !strings.Contains(line, `"player_id":1,`) && strings.Contains(strings.ToLower(line), mark) {
			t.Errorf("the export of player 1 holds a row of somebody else: %s", line)
		}
	}
	w.unchanged(before)
}
