package commands_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
)

// operatorsRegister is the bot as it is when only operators let factions in.
func operatorsRegister(d *commands.Deps) { d.LeadersRegister = false }

// buttons lists the custom ids of a reply.
func buttons(m chat.Message) (ids []string) {
	for _, row := range m.Rows {
		for _, b := range row.Buttons {
			ids = append(ids, b.ID)
		}
	}
	return ids
}

func actions(w *world) (out []string) {
	for _, e := range w.audited {
		out = append(out, fmt.Sprintf("%v %s", e.Body["faction"], e.Action))
	}
	return out
}

func TestALeaderWhoIsNotLetInAsksAndAnOperatorLetsThemInWithOneClick(t *testing.T) {
	w := newWorld(t)
	r := w.registry(operatorsRegister)
	setup := r.Handle(t.Context(), slash(founder, emptyGuild, "setup"))
	if ids := buttons(setup.Message); !slices.Contains(ids, "access:ask:999") {
		t.Fatalf("set-up offers %v, want a button that asks for access:\n%s", ids, show(setup))
	}
	for range 2 {
		if text := show(r.Handle(t.Context(), click(founder, emptyGuild, "access:ask:999"))); strings.Contains(text, "broke") {
			t.Fatal(text)
		}
	}
	if len(w.tenancy.told) != 1 || !strings.HasPrefix(w.tenancy.told[0], operator+": ") || !strings.Contains(w.tenancy.told[0], "Foxes") {
		t.Fatalf("told %q, want the operator once", w.tenancy.told)
	}
	// Whoever is no operator cannot accept, wherever they got the button from.
	for _, who := range []string{founder, leader, stranger} {
		if text := show(r.Handle(t.Context(), click(who, direct, "access:accept:999:dm"))); !strings.Contains(text, "Only an operator") {
			t.Errorf("%s accepting: %s", who, text)
		}
	}
	if text := show(r.Handle(t.Context(), click(operator, direct, "access:accept:999:dm"))); !strings.Contains(text, "Accepted") {
		t.Fatalf("accepting: %s", text)
	}
	if len(w.tenancy.told) != 2 || !strings.HasPrefix(w.tenancy.told[1], founder+": ") || !strings.Contains(w.tenancy.told[1], "/setup") {
		t.Errorf("told %q, want the leader to run /setup again", w.tenancy.told)
	}
	if text := show(r.Handle(t.Context(), click(operator, direct, "access:decline:999:dm"))); !strings.Contains(text, "accepted already") {
		t.Errorf("declining afterwards: %s", text)
	}
	r.Handle(t.Context(), click(founder, emptyGuild, "setup:channel:999", warChannel))
	if _, ok := w.infos[foxes]; !ok {
		t.Errorf("the leader could not set the faction up; writes: %v", w.writes)
	}
	got := actions(w)
	for _, want := range []string{"0 access.request", "0 access.accepted"} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, strings.TrimPrefix(want, "0")) }) {
			t.Errorf("audited %v, want %s", got, want)
		}
	}
}

func TestARequestWaitsInTheListWhenNoOperatorTakesMessages(t *testing.T) {
	w := newWorld(t)
	w.tenancy.closed = map[string]bool{operator: true, founder: true}
	r := w.registry(operatorsRegister)
	if text := show(r.Handle(t.Context(), click(founder, emptyGuild, "access:ask:999"))); !strings.Contains(text, "stands in their list") {
		t.Errorf("asking: %s", text)
	}
	list := r.Handle(t.Context(), slash(operator, direct, "admin faction list"))
	if ids := buttons(list.Message); !slices.Contains(ids, "access:accept:999:list") {
		t.Fatalf("the list offers %v:\n%s", ids, show(list))
	}
	if text := show(r.Handle(t.Context(), click(operator, direct, "access:accept:999:list"))); !strings.Contains(text, "tell them yourself") {
		t.Errorf("accepting: %s", text)
	}
	if own := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "admin faction list"))); strings.Contains(own, "Foxes") || strings.Contains(own, "Bears") || !strings.Contains(own, "Wolves") {
		t.Errorf("a leader's list shows more or less than their own faction:\n%s", own)
	}
}

func TestSomebodyElsesFactionCannotBeAskedFor(t *testing.T) {
	w := newWorld(t)
	r := w.registry(operatorsRegister)
	for _, id := range []string{"access:ask:888", "access:ask:0", "access:ask:x", "access:ask"} {
		r.Handle(t.Context(), click(founder, emptyGuild, id))
	}
	if len(w.tenancy.requests) != 0 || len(w.tenancy.told) != 0 {
		t.Errorf("forged ids asked: %v %v", w.tenancy.requests, w.tenancy.told)
	}
}

func TestRemovingWantsTheIdTypedThenExportsThenErases(t *testing.T) {
	w := newWorld(t)
	w.tenancy.exportAs = commands.Export{Path: "/data/exports/faction-888.jsonl.gz", Size: 9, Rows: map[string]int64{"attacks": 12}, Small: []byte("compressed")}
	r := w.registry()
	run := func(typed string, progress func(chat.Message)) chat.Reply {
		req := submit(operator, direct, "removal:run:888", map[string]string{"faction_id": typed})
		req.Progress = progress
		return r.Handle(t.Context(), req)
	}
	ask := r.Handle(t.Context(), slash(operator, direct, "admin faction remove", "faction", "bears"))
	if ids := buttons(ask.Message); !slices.Equal(ids, []string{"removal:confirm:888"}) {
		t.Fatalf("it offers %v", ids)
	}
	form := r.Handle(t.Context(), click(operator, direct, "removal:confirm:888"))
	if form.Modal == nil || form.Modal.ID != "removal:run:888" || discord.ValidateModal(*form.Modal) != nil {
		t.Fatalf("the form is %s", show(form))
	}
	for _, who := range []string{leader, founder, stranger} {
		for _, req := range []chat.Request{click(who, wolvesGuild, "removal:confirm:777"), submit(who, wolvesGuild, "removal:run:777", map[string]string{"faction_id": "777"})} {
			if text := show(r.Handle(t.Context(), req)); !strings.Contains(text, "Only an operator") {
				t.Errorf("%s: %s", who, text)
			}
		}
	}
	if text := show(run("777", nil)); !strings.Contains(text, "Nothing was changed") || len(w.writes) != 0 {
		t.Fatalf("the wrong id: %s, writes %v", text, w.writes)
	}
	w.tenancy.exported = errors.New("disk full")
	if text := show(run("888", nil)); !strings.Contains(text, "it goes on from here") {
		t.Errorf("a full disk: %s", text)
	}
	if _, there := w.infos[bears]; !there || w.states[bears] != "removing" {
		t.Fatalf("after a failed export the faction is there=%t, %q", there, w.states[bears])
	}
	w.tenancy.exported = nil
	w.writes = nil
	var shown []string
	reply := run("888", func(m chat.Message) { shown = append(shown, show(chat.Reply{Message: m})) })
	want := []string{`state of 888: removing ""`, "export 888", "erase 888", "invalidate 888"}
	if !slices.Equal(w.writes, want) {
		t.Errorf("did %q, want %q", w.writes, want)
	}
	if len(shown) != 3 || !strings.Contains(shown[1], "Exported: 12 rows") {
		t.Errorf("progress was %q", shown)
	}
	if len(reply.Files) != 1 || string(reply.Files[0].Data) != "compressed" {
		t.Errorf("the file is not attached: %s", show(reply))
	}
	last := w.audited[len(w.audited)-1]
	if last.Action != "faction.remove" {
		t.Errorf("the last entry is %+v, want faction.remove on the operator's chain", last)
	}
	if text := show(run("888", nil)); !strings.Contains(text, "not registered") {
		t.Errorf("removing it again: %s", text)
	}
}

func TestAFileTooLargeForDiscordIsToldOfAndNotAttached(t *testing.T) {
	w := newWorld(t)
	w.tenancy.exportAs = commands.Export{Path: "/data/exports/big.gz", Size: 40 << 20, Rows: map[string]int64{"attacks": 12}}
	reply := w.registry().Handle(t.Context(), submit(operator, direct, "removal:run:888", map[string]string{"faction_id": "888"}))
	if text := show(reply); len(reply.Files) != 0 || !strings.Contains(text, "/data/exports/big.gz") || !strings.Contains(text, "40.0 MiB") {
		t.Errorf("got %s", text)
	}
}

func TestPausingIsToldToTheFactionsLogAndTheOperators(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	r.Handle(t.Context(), slash(operator, direct, "admin faction pause", "faction", "Wolves", "reason", "unpaid"))
	if w.states[wolves] != "paused" {
		t.Fatalf("state is %q; writes %v", w.states[wolves], w.writes)
	}
	var logs []string
	for _, e := range w.audited {
		logs = append(logs, e.Action)
	}
	if !slices.Equal(logs, []string{"faction.pause", "faction.pause"}) {
		t.Errorf("audited %v, want both logs", logs)
	}
	if text := show(r.Handle(t.Context(), slash(member, wolvesGuild, "war status"))); !strings.Contains(text, "paused") {
		t.Errorf("a member of a paused faction is told: %s", text)
	}
	r.Handle(t.Context(), slash(operator, direct, "admin faction resume", "faction", "777"))
	if w.states[wolves] != "active" {
		t.Errorf("state is %q after resuming", w.states[wolves])
	}
}

func TestAnExportGetsPackedThenCutWhenItIsLarge(t *testing.T) {
	for _, tc := range []struct {
		name  string
		row   func() string
		files []string
	}{
		{"small", func() string { return `{"a":1}` }, []string{"consigliere-3.json"}},
		{"large and regular", func() string { return `"` + strings.Repeat("abcdefgh", 2<<20) + `"` }, []string{"consigliere-3.json.gz"}},
		{"large and random", func() string { return `"` + randomText(16<<20) + `"` }, []string{"consigliere-3.json.gz.1", "consigliere-3.json.gz.2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.tenancy.personal = map[faction.ID]map[string][]json.RawMessage{wolves: {"attacks": {json.RawMessage(tc.row())}}}
			reply := w.registry().Handle(t.Context(), slash(member, direct, "privacy export"))
			var names []string
			var all []byte
			for _, f := range reply.Files {
				names = append(names, f.Name)
				all = append(all, f.Data...)
				if len(f.Data) > 10<<20 {
					t.Errorf("%s has %d bytes, more than Discord takes", f.Name, len(f.Data))
				}
			}
			if !slices.Equal(names, tc.files) {
				t.Fatalf("files %v, want %v: %s", names, tc.files, reply.Content)
			}
			if strings.Contains(names[0], ".gz") {
				z, err := gzip.NewReader(bytes.NewReader(all))
				if err != nil {
					t.Fatal(err)
				}
				if all, err = io.ReadAll(z); err != nil {
					t.Fatal(err)
				}
			}
			var got struct {
				Player   int64
				Factions map[string]map[string][]json.RawMessage
			}
			if err := json.Unmarshal(all, &got); err != nil || got.Player != 3 || len(got.Factions["777"]["attacks"]) != 1 {
				t.Errorf("the file does not hold the row (%v)", err)
			}
		})
	}
}

// randomText is text that hardly packs.
func randomText(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	out, seed := make([]byte, n), uint64(1)
	for i := range out {
		seed = seed*6364136223846793005 + 1442695040888963407
		out[i] = letters[seed>>58]
	}
	return string(out)
}

func TestForgettingAsksFirstAndWorksWithoutAFaction(t *testing.T) {
	for _, who := range []string{member, gone, homeless} {
		w := newWorld(t)
		r := w.registry()
		ask := r.Handle(t.Context(), slash(who, direct, "privacy delete"))
		if !slices.Contains(buttons(ask.Message), "privacy:forget:yes") || len(w.writes) != 0 {
			t.Fatalf("%s: asking gave %s, writes %v", who, show(ask), w.writes)
		}
		r.Handle(t.Context(), click(who, direct, "privacy:forget:no"))
		r.Handle(t.Context(), click(who, direct, "privacy:forget:maybe"))
		if len(w.writes) != 0 {
			t.Fatalf("%s: saying no wrote %v", who, w.writes)
		}
		player := w.links[who].Player
		reply := r.Handle(t.Context(), click(who, direct, "privacy:forget:yes"))
		if !slices.Contains(w.writes, fmt.Sprintf("forget %d", player)) || !strings.Contains(reply.Content, "1 key") {
			t.Errorf("%s: %s, writes %v", who, show(reply), w.writes)
		}
		if text := show(r.Handle(t.Context(), click(who, direct, "privacy:forget:yes"))); !strings.Contains(text, "not linked") {
			t.Errorf("%s: pressing again: %s", who, text)
		}
	}
}

// requested is a key of player 41 of the Wolves that an officer has to confirm, given by a
// stranger whose account is not linked.
func requested(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.office.requests = []faction.LinkRequest{{
		Link: faction.Link{Faction: wolves, DiscordID: stranger, Player: 41, Name: "Stranger"}, ID: 7, Asked: now, Expires: now.Add(24 * time.Hour),
	}}
	return w
}

func TestWhoWaitsToBeLinkedIsToldWhatIsStoredAndCanHaveItErased(t *testing.T) {
	w := requested(t)
	r := w.registry()
	export := r.Handle(t.Context(), slash(stranger, direct, "privacy export"))
	if len(export.Files) != 1 || !strings.Contains(string(export.Files[0].Data), `"player_id": 41`) || !strings.Contains(export.Content, "waits for an officer") {
		t.Errorf("the export: %s", show(export))
	}
	ask := r.Handle(t.Context(), slash(stranger, direct, "privacy delete"))
	if text := show(ask); !strings.Contains(text, "waits for an officer") || !slices.Contains(buttons(ask.Message), "privacy:forget:yes") {
		t.Errorf("asking to be forgotten: %s", text)
	}
	r.Handle(t.Context(), click(stranger, direct, "privacy:forget:no"))
	if len(w.office.requests) != 1 {
		t.Fatal("saying no took the request back")
	}
	reply := r.Handle(t.Context(), click(stranger, direct, "privacy:forget:yes"))
	if len(w.office.requests) != 0 || !strings.HasPrefix(reply.Content, "Erased. **1 row**") {
		t.Errorf("%d requests are left: %s", len(w.office.requests), show(reply))
	}
	var logged []string
	for _, e := range w.audited {
		logged = append(logged, fmt.Sprint(e.Action, e.Body))
	}
	if want := []string{"privacy.exportmap[faction:0 rows:1]", "link.withdrawmap[faction:777 player:41 request:7]", "privacy.deletemap[faction:0 rows:1]"}; !slices.Equal(logged, want) {
		t.Errorf("logged %v, want %v", logged, want)
	}
	for _, way := range []chat.Request{slash(stranger, direct, "privacy export"), slash(stranger, direct, "privacy delete"), click(stranger, direct, "privacy:forget:yes")} {
		if text := show(r.Handle(t.Context(), way)); !strings.Contains(text, "not linked, and nothing") {
			t.Errorf("afterwards: %s", text)
		}
	}
}

func TestErasingAPlayerForgetsTheirAccountToo(t *testing.T) {
	for name, erase := range map[string]chat.Request{
		"by themselves": click(member, direct, "privacy:forget:yes"), "by an operator": click(operator, direct, "player:erase:yes:3"),
	} {
		w := newWorld(t)
		w.office.requests = []faction.LinkRequest{{Link: faction.Link{Faction: bears, DiscordID: member, Player: 41}, ID: 7, Expires: now.Add(time.Hour)}}
		if text := show(w.registry().Handle(t.Context(), erase)); len(w.office.requests) != 0 || !slices.Contains(w.writes, "forget 3") {
			t.Errorf("%s: %d requests are left, writes %v: %s", name, len(w.office.requests), w.writes, text)
		}
	}
}

func TestRetentionIsSetWithinBoundsAndAudited(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	if text := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "config retention", "attacks", "5"))); !strings.Contains(text, "Nothing was changed") || len(w.audited) != 0 {
		t.Errorf("5 days: %s, audited %v", text, w.audited)
	}
	if text := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "config retention", "attacks", "365"))); !strings.Contains(text, "365 days") {
		t.Errorf("a year: %s", text)
	}
	if len(w.audited) != 1 || fmt.Sprint(w.audited[0].Body["before"].(map[string]int)["attacks"], w.audited[0].Body["after"].(map[string]int)["attacks"]) != "0 365" {
		t.Errorf("audited %+v, want before and after", w.audited)
	}
	if text := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "config retention"))); !strings.Contains(text, "365 days") || len(w.audited) != 1 {
		t.Errorf("looking: %s", text)
	}
}

func TestHealthShowsTheEngineToOperatorsOnly(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	all := show(r.Handle(t.Context(), slash(operator, direct, "admin health")))
	for _, want := range []string{"host-a", "3 jobs", "retention", "41"} {
		if !strings.Contains(all, want) {
			t.Errorf("an operator is not shown %q:\n%s", want, all)
		}
	}
	own := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "admin health")))
	if !strings.Contains(own, "Wolves") || strings.Contains(own, "host-a") || strings.Contains(own, "Bears") {
		t.Errorf("a leader is shown:\n%s", own)
	}
}
