package commands_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// disputed is a request for the Wolves' officers: Torn names another account.
func disputed() faction.LinkRequest {
	return faction.LinkRequest{
		Link: faction.Link{Faction: wolves, DiscordID: "5001", Player: 51, Name: "Twin"}, ID: 1, TornDiscordID: "5002",
		Key: faction.Key{Player: 51, Level: 3, Consent: "verify"}, Asked: now.Add(-time.Hour), Expires: now.Add(23 * time.Hour),
	}
}

// officers lets the Wolves' officers decide on members.
func officers(w *world) {
	w.grants[wolves]["Officer"] |= rbac.SetOf(rbac.MemberManage)
}

func TestALinkThatTornDisputesWaitsForAnOfficer(t *testing.T) {
	w := newWorld(t)
	officers(w)
	w.report = limitedKey(41, "Stranger", wolves, "Wolves", "Member")
	w.report.DiscordID = "777777"
	r := w.registry()
	var story strings.Builder
	tell := func(what string, req chat.Request) {
		reply := r.Handle(t.Context(), req)
		fmt.Fprintf(&story, "=== %s\n%s\n", what, show(reply))
		if err := discord.Validate(reply.Message); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	tell("the form", submit(stranger, wolvesGuild, "link:save", send(apiKey)))
	if got := fmt.Sprint(w.writes); got != "[ask 1 for 41 until 24h0m0s]" {
		t.Errorf("wrote %s: until an officer has confirmed it, nothing is linked and no key is kept for use", got)
	}
	if len(w.office.notices) != 1 || w.office.notices[0].Player != 1 || strings.Contains(fmt.Sprint(w.office.notices), "777777") {
		t.Errorf("told %+v, want the leader, without Discord ids", w.office.notices)
	}
	tell("/link while it waits", slash(stranger, wolvesGuild, "link"))
	tell("/unlink while it waits", slash(stranger, wolvesGuild, "unlink"))
	tell("/war status while it waits", slash(stranger, wolvesGuild, "war status"))
	tell("/config links", slash(officer, wolvesGuild, "config links"))
	tell("Confirm", click(officer, wolvesGuild, "request:confirm:777:1"))
	tell("Confirm again", click(officer, wolvesGuild, "request:confirm:777:1"))
	tell("/link, confirmed", slash(stranger, wolvesGuild, "link"))
	golden(t, "link_confirm", story.String())

	if l := w.links[stranger]; l.Player != 41 {
		t.Errorf("confirmed, the account is linked to %+v", l)
	}
	if n := len(w.office.notices); n != 2 || w.office.notices[1].Player != 41 {
		t.Errorf("told %+v, want who was confirmed, too", w.office.notices)
	}
	var actions []string
	for _, e := range w.audited {
		actions = append(actions, fmt.Sprintf("%s %s by %d", e.Action, e.Outcome, e.Actor))
	}
	if got := strings.Join(actions, ", "); got != "link.ask done by 0, war status denied by 0, link.confirm done by 2" {
		t.Errorf("audited %s", got)
	}
	for what, text := range map[string]string{"replies": story.String(), "audit": fmt.Sprint(w.audited), "log": w.log.String(), "notices": fmt.Sprint(w.office.notices)} {
		if strings.Contains(text, apiKey) {
			t.Errorf("the key is in the %s", what)
		}
	}
	if strings.Contains(fmt.Sprint(w.audited), stranger) || strings.Contains(fmt.Sprint(w.audited), "777777") {
		t.Error("a Discord id is in the audit log")
	}
}

func TestARejectedLinkIsToldToWhoAsked(t *testing.T) {
	w := ready(t)
	officers(w)
	reply := w.registry().Handle(t.Context(), click(officer, wolvesGuild, "request:reject:777:1"))
	if !strings.HasPrefix(reply.Content, "Rejected: **Twin** [51]; the key is deleted. They were told.") || !strings.Contains(show(reply), "Nobody waits") {
		t.Error(show(reply))
	}
	if len(w.tenancy.told) != 1 || !strings.HasPrefix(w.tenancy.told[0], "5001: An officer did not confirm that you are **Twin** [51]") {
		t.Errorf("told %v", w.tenancy.told)
	}
	if got := fmt.Sprint(w.writes); got != "[decide 1: false by 2]" {
		t.Errorf("wrote %s", got)
	}
	w = ready(t)
	officers(w)
	w.tenancy.closed = map[string]bool{"5001": true}
	if reply := w.registry().Handle(t.Context(), click(officer, wolvesGuild, "request:reject:777:1")); !strings.Contains(reply.Content, "take no direct messages") {
		t.Error(show(reply))
	}
}

func TestNobodyDecidesOnTheirOwnLink(t *testing.T) {
	for _, who := range []string{officer, leader, operator} {
		for _, verb := range []string{"confirm", "reject"} {
			w := ready(t)
			officers(w)
			w.office.requests[0].DiscordID = who
			delete(w.links, operator)
			reply := w.registry().Handle(t.Context(), click(who, wolvesGuild, "request:"+verb+":777:1"))
			if !strings.Contains(reply.Content, "for another officer to decide") || len(w.writes) > 0 || reply.Update {
				t.Errorf("%s by %s: %s%v", verb, who, show(reply), w.writes)
			}
		}
	}
}

func TestAnotherFactionsRequestIsNotTheirs(t *testing.T) {
	w := ready(t)
	w.guilds[wolvesGuild] = []faction.ID{wolves, bears}
	w.grants[bears] = map[string]rbac.Set{"Member": rbac.All()}
	r := w.registry()
	for _, id := range []string{"request:confirm:777:1", "request:confirm:888:1", "request:reject:777:1", "request:reject:888:1"} {
		reply := r.Handle(t.Context(), click(foreign, wolvesGuild, id))
		if answered(reply) || reply.Update {
			t.Errorf("%s: %s", id, show(reply))
		}
	}
	if text := show(r.Handle(t.Context(), slash(foreign, wolvesGuild, "config links"))); strings.Contains(text, "Twin") || !strings.Contains(text, "Nobody waits") {
		t.Error(text)
	}
	if len(w.writes) > 0 {
		t.Errorf("wrote %v", w.writes)
	}
}

func TestARequestIsTakenBackByWhoAsked(t *testing.T) {
	w := ready(t)
	r := w.registry()
	if reply := r.Handle(t.Context(), click(stranger, wolvesGuild, "request:withdraw")); !strings.Contains(reply.Content, "No link of yours waits") || len(w.writes) > 0 {
		t.Errorf("another's: %s%v", show(reply), w.writes)
	}
	reply := r.Handle(t.Context(), click("5001", direct, "request:withdraw"))
	if !strings.Contains(reply.Content, "Taken back: the key is deleted here") || len(w.office.requests) > 0 {
		t.Error(show(reply))
	}
	if e := w.audited[len(w.audited)-1]; e.Action != "link.withdraw" || e.Body["faction"] != wolves {
		t.Errorf("audited %+v", e)
	}
}

func TestWhoIsLinkedAlreadyNeedsNoOfficerForAnotherKey(t *testing.T) {
	w := newWorld(t)
	w.report = limitedKey(3, "Mick", wolves, "Wolves", "Member")
	w.report.DiscordID = "777777" // linked at Torn after an officer confirmed them, or before
	reply := w.registry().Handle(t.Context(), submit(member, wolvesGuild, "link:save", send(apiKey)))
	if !answered(reply) || fmt.Sprint(w.writes) != "[link 3 key of 3 for verify invalidate 777 invalidate 777]" {
		t.Errorf("wrote %v\n%s", w.writes, show(reply))
	}
}

func TestALinkWaitsAlthoughNobodyCanBeTold(t *testing.T) {
	w := newWorld(t)
	w.report = limitedKey(41, "Stranger", wolves, "Wolves", "Member")
	w.report.DiscordID = "777777"
	r := w.registry(func(d *commands.Deps) { d.Notices = silent{} })
	if reply := r.Handle(t.Context(), submit(stranger, wolvesGuild, "link:save", send(apiKey))); !answered(reply) || len(w.office.requests) != 1 {
		t.Error(show(reply))
	}
	if !strings.Contains(w.log.String(), "not told of a link to confirm") {
		t.Error("the operator does not hear of it")
	}
}

func TestManyRequestsFitAMessage(t *testing.T) {
	w := newWorld(t)
	for i, name := range hostileNames() {
		d := disputed()
		d.ID, d.Name = int64(i+1), name
		w.office.requests = append(w.office.requests, d)
	}
	reply := w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config links"))
	checkHarmless(t, "/config links", reply)
	if len(reply.Rows) != 5 || !strings.Contains(show(reply), fmt.Sprintf("%d more", len(hostileNames())-5)) {
		t.Error(show(reply))
	}
	for _, d := range w.office.requests {
		checkHarmless(t, "confirm", w.registry().Handle(t.Context(), click(leader, wolvesGuild, fmt.Sprintf("request:confirm:777:%d", d.ID))))
		delete(w.links, "5001")
	}
}

var errSilent = errors.New("nobody hears")
