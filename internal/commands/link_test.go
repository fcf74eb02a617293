package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

const apiKey = "aB3dE6gH9jK2mN5p"

func limitedKey(owner faction.PlayerID, name string, in faction.ID, inName, position string) torn.KeyReport {
	return torn.KeyReport{
		Owner: owner, Name: name, FactionID: in, FactionName: inName, Position: position,
		Level: torn.Limited, Type: "Limited Access", FactionAccess: true,
	}
}

func send(key string) map[string]string { return map[string]string{"api_key": key} }

func TestLinkingFromTheFirstWordToConsent(t *testing.T) {
	w := newWorld(t)
	w.report = limitedKey(41, "Stranger", wolves, "Wolves", "Member")
	r := w.registry()
	var story strings.Builder
	tell := func(what string, req chat.Request) chat.Reply {
		reply := r.Handle(t.Context(), req)
		fmt.Fprintf(&story, "=== %s\n%s\n", what, show(reply))
		if reply.Modal != nil {
			if err := discord.ValidateModal(*reply.Modal); err != nil {
				t.Error(err)
			}
		} else if err := discord.Validate(reply.Message); err != nil {
			t.Error(err)
		}
		return reply
	}
	tell("/link", slash(stranger, wolvesGuild, "link"))
	tell("Enter the key", click(stranger, wolvesGuild, "link:key"))
	tell("the form", submit(stranger, wolvesGuild, "link:save", send("  "+apiKey+"\n")))
	if got := fmt.Sprint(w.writes); got != "[link 41 key of 41 for verify invalidate 777]" {
		t.Errorf("wrote %v: the key must be for verifying only until its owner chose", got)
	}
	tell("Lend", click(stranger, wolvesGuild, "link:consent:lend:101"))
	tell("/link again", slash(stranger, wolvesGuild, "link"))
	tell("/unlink", slash(stranger, wolvesGuild, "unlink"))
	tell("Keep", click(stranger, wolvesGuild, "link:remove:no"))
	tell("Remove", click(stranger, wolvesGuild, "link:remove:yes"))
	tell("Remove again", click(stranger, wolvesGuild, "link:remove:yes"))
	golden(t, "link", story.String())

	var actions []string
	for _, e := range w.audited {
		actions = append(actions, e.Action+" "+e.Outcome)
	}
	if got := strings.Join(actions, ", "); got != "link done, link.consent done, unlink done" {
		t.Errorf("audited %s", got)
	}
	for what, text := range map[string]string{"replies": story.String(), "audit": fmt.Sprint(w.audited), "log": w.log.String(), "writes": fmt.Sprint(w.writes)} {
		if strings.Contains(text, apiKey) || strings.Contains(text, apiKey[:8]) {
			t.Errorf("the key is in the %s", what)
		}
	}
}

func TestTheButtonsToTornArePrefilled(t *testing.T) {
	reply := newWorld(t).registry().Handle(t.Context(), slash(stranger, direct, "link"))
	const identity, own = "&user=basic,profile,faction,discord", ",organizedcrime,organizedcrimes,travel,cooldowns,bars"
	for i, want := range []string{identity, identity + own, identity + own + "&faction=basic,members,wars,attacks,positions,rankedwars,rankedwarreport,chain,chains,crimes"} {
		if url := reply.Rows[0].Buttons[i].URL; url != "https://www.torn.com/preferences.php#tab=api?step=addNewKey&title=Consigliere"+want {
			t.Errorf("button %d leads to %s, want %s", i, url, want)
		}
	}
	for _, column := range []string{"Data storage", "Data sharing", "Purpose of use", "Key storage & sharing", "Key access level"} {
		if !strings.Contains(show(reply), column) {
			t.Errorf("Torn's table lacks %s", column)
		}
	}
}

// sentinelError is an error of Torn's client as far as we look at it.
type sentinelError struct{ err error }

func (e sentinelError) Error() string { return "check: " + e.err.Error() }
func (e sentinelError) Unwrap() error { return e.err }

func TestAKeyThatWillNotDoIsExplained(t *testing.T) {
	homelessDiscord, foxDiscord := limitedKey(41, "Stranger", 0, "", ""), limitedKey(41, "Stranger", foxes, "Foxes", "Leader")
	homelessDiscord.DiscordID, foxDiscord.DiscordID = "777777", "777777"
	for _, c := range []struct {
		name, typed, want string
		err               error
		report            torn.KeyReport
	}{
		{name: "no key at all", typed: "hello", want: "a key is 16 letters and digits. Nothing was stored."},
		{name: "a key with a sign in it", typed: "aB3dE6gH9jK2mN5!", want: "a key is 16 letters and digits. Nothing was stored."},
		{name: "a wrong key", err: torn.ErrKeyIncorrect, want: "Torn does not know this key"},
		{name: "a paused key", err: torn.ErrKeyPaused, want: "This key is paused. Nothing was stored. Resume it"},
		{name: "an inactive owner", err: torn.ErrOwnerInactive, want: "away for more than seven days"},
		{name: "a jailed owner", err: torn.ErrOwnerInFederalJail, want: "federal jail. Nothing was stored"},
		{name: "a key that may nothing", err: torn.ErrAccessLevel, want: "may not even say who you are"},
		{name: "somebody else's key, of no faction", report: homelessDiscord, want: "is in no faction whose officers could confirm you. Nothing was stored"},
		{name: "somebody else's key, of a faction without officers here", report: foxDiscord, want: "is not set up with this bot. Nothing was stored"},
		{name: "the key of a player who is linked already", report: limitedKey(3, "Mick", wolves, "Wolves", "Member"), want: "already linked to another Discord account"},
		{name: "Torn is down", err: faction.Errorf(faction.Unavailable, "Torn did not answer. Nothing was lost."), want: "Torn did not answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.report, w.checkErr = c.report, nil
			if c.err != nil {
				w.checkErr = sentinelError{c.err}
			}
			if c.typed == "" {
				c.typed = apiKey
			}
			reply := w.registry().Handle(t.Context(), submit(stranger, wolvesGuild, "link:save", send(c.typed)))
			if !strings.Contains(reply.Content, c.want) || !reply.Ephemeral || reply.Update {
				t.Errorf("got:\n%swant: %s", show(reply), c.want)
			}
			if done := slices.ContainsFunc(w.audited, func(e faction.AuditEntry) bool { return e.Outcome != "denied" }); len(w.writes) > 0 || done {
				t.Errorf("wrote %v, audited %v", w.writes, w.audited)
			}
			if strings.Contains(show(reply)+w.log.String()+fmt.Sprint(w.audited), c.typed) {
				t.Error("what was typed is repeated")
			}
		})
	}
}

func TestALinkSaysWhatTheKeyCannotDoAndWhereItIsOfUse(t *testing.T) {
	public := limitedKey(41, "Stranger", wolves, "Wolves", "Member")
	public.Level, public.Type, public.FactionAccess = torn.Public, "Public Only", false
	noAccess := limitedKey(41, "Stranger", wolves, "Wolves", "Member")
	noAccess.FactionAccess = false
	same := limitedKey(41, "Stranger", wolves, "Wolves", "Member")
	same.DiscordID = stranger
	for _, c := range []struct {
		name, guild string
		report      torn.KeyReport
		want        []string
		not         string
	}{
		{"a public key", wolvesGuild, public, []string{"This Public key can read", "attack log, which scores are counted from: your position has no Faction API Access"}, ""},
		{"no faction access", wolvesGuild, noAccess, []string{"your position has no Faction API Access", "A leader grants"}, ""},
		{"the same Discord account at Torn", wolvesGuild, same, []string{"You are **Stranger** [41], Member of **Wolves** [777]."}, "Torn knows no Discord account"},
		{"in another faction's server", bearsGuild, same, []string{"This server is not one of your faction's"}, ""},
		{"a faction that is not registered", wolvesGuild, limitedKey(41, "Stranger", foxes, "Foxes", "Leader"), []string{"not set up with this bot yet. Its leader or co-leader runs `/setup`"}, ""},
		{"no faction", wolvesGuild, limitedKey(41, "Stranger", 0, "", ""), []string{"Torn shows you in no faction", "You are **Stranger** [41]."}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.report = c.report
			text := show(w.registry().Handle(t.Context(), submit(stranger, c.guild, "link:save", send(apiKey))))
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s\nlacks: %s", text, want)
				}
			}
			if c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("%s\nmust not say: %s", text, c.not)
			}
		})
	}
}

func TestWhoLinksIsToldHowTheirFactionGetsIn(t *testing.T) {
	for _, leaders := range []bool{true, false} {
		w := newWorld(t)
		w.report = limitedKey(41, "Stranger", foxes, "Foxes", "Leader")
		r := w.registry(func(d *commands.Deps) { d.LeadersRegister = leaders })
		text := show(r.Handle(t.Context(), submit(stranger, emptyGuild, "link:save", send(apiKey))))
		if !strings.Contains(text, "Its leader or co-leader runs `/setup` in your server") || strings.Contains(text, "Request access") == leaders {
			t.Errorf("leaders register: %v\n%s", leaders, text)
		}
		// What was promised is there: this player leads the Foxes.
		w.basic[foxes] = torn.FactionBasic{ID: int64(foxes), Name: "Foxes", LeaderID: 41}
		setup := r.Handle(t.Context(), slash(stranger, emptyGuild, "setup"))
		if asks := slices.Contains(buttons(setup.Message), "access:ask:999"); asks == leaders {
			t.Errorf("leaders register: %v\n%s", leaders, show(setup))
		}
	}
}

func TestFiveKeysAMinuteAreEnough(t *testing.T) {
	w := newWorld(t)
	w.checkErr = sentinelError{torn.ErrKeyIncorrect}
	r := w.registry()
	for range 5 {
		r.Handle(t.Context(), submit(stranger, direct, "link:save", send(apiKey)))
		w.now = w.now.Add(5 * time.Second)
	}
	reply := r.Handle(t.Context(), submit(stranger, direct, "link:save", send(apiKey)))
	if w.checked != 5 || !strings.Contains(reply.Content, "Wait 35 s") {
		t.Errorf("Torn was asked %d times; %s", w.checked, show(reply))
	}
	r.Handle(t.Context(), submit(member, direct, "link:save", send(apiKey)))
	if w.checked != 6 {
		t.Error("one person's tries hold up another")
	}
	w.now = w.now.Add(36 * time.Second)
	r.Handle(t.Context(), submit(stranger, direct, "link:save", send(apiKey)))
	if w.checked != 7 {
		t.Error("a try does not come back")
	}
}

func TestConsentNeedsAKey(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	if reply := r.Handle(t.Context(), click(officer, wolvesGuild, "link:consent:lend")); !strings.Contains(reply.Content, "You have no key stored here") {
		t.Error(show(reply))
	}
	if reply := r.Handle(t.Context(), click(stranger, wolvesGuild, "link:consent:lend")); !strings.Contains(reply.Content, "Use `/link` first") {
		t.Error(show(reply))
	}
	if len(w.writes) > 0 {
		t.Errorf("wrote %v", w.writes)
	}
}

func TestAPlayerWhoMovedTakesTheLinkAlong(t *testing.T) {
	w := newWorld(t)
	w.report = limitedKey(3, "Mick", bears, "Bears", "Member")
	reply := w.registry().Handle(t.Context(), submit(member, bearsGuild, "link:save", send(apiKey)))
	if !answered(reply) || fmt.Sprint(w.writes) != "[link 3 key of 3 for verify invalidate 777 invalidate 888]" {
		t.Errorf("wrote %v\n%s", w.writes, show(reply))
	}
}

func TestLendingClaimsOnlyWhatTheKeyCanRead(t *testing.T) {
	for _, c := range []struct {
		name      string
		key       faction.Key
		attacks   bool
		explained string
	}{
		{"limited, with access", faction.Key{Level: 3, FactionAccess: true, State: "active"}, true, ""},
		{"a recruit's public key", faction.Key{Level: 1, State: "active"}, false, "no Faction API Access"},
		{"limited, without access", faction.Key{Level: 3, State: "active"}, false, "no Faction API Access"},
		{"public, with access", faction.Key{Level: 1, FactionAccess: true, State: "active"}, false, "access is too low"},
		{"custom, with the selection", faction.Key{FactionAccess: true, State: "active", Selections: map[string][]string{"faction": {"attacks"}}}, true, ""},
		{"custom, without it", faction.Key{FactionAccess: true, State: "active", Selections: map[string][]string{"faction": {"basic"}}}, false, "access is too low"},
		{"paused", faction.Key{Level: 3, FactionAccess: true, State: "paused"}, false, "does not work at present"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.key.ID, c.key.Player = 9, 4
			w.keys[wolves] = append(w.keys[wolves], c.key)
			got := w.registry().Handle(t.Context(), click(recruit, wolvesGuild, "link:consent:lend:9")).Content
			if !strings.Contains(got, "Lent to the faction") || strings.Contains(got, "wars, attacks and members") != c.attacks || !strings.Contains(got, c.explained) {
				t.Error(got)
			}
		})
	}
}

func TestWhoTornNamesTakesALinkOver(t *testing.T) {
	const holder = member // the account that holds player 3, of the Wolves
	for _, c := range []struct {
		name, tornSays string
		writes, want   string
		not            string
	}{
		{"Torn names the caller", stranger, "[take over 3 by ref-3 link 3 key of 3 for verify invalidate 888 invalidate 777]",
			"**Taken over:** another Discord account was linked to this player and is not any more", ""},
		{"Torn names nobody", "", "[]", "already linked to another Discord account", "Taken over"},
		{"Torn names the holder", holder, "[]", "already linked to another Discord account", "Taken over"},
		{"Torn names a third account", "777777", "[]", "already linked to another Discord account", "Taken over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.report = limitedKey(3, "Mick", bears, "Bears", "Member")
			w.report.DiscordID = c.tornSays
			text := show(w.registry().Handle(t.Context(), submit(stranger, bearsGuild, "link:save", send(apiKey))))
			if got := fmt.Sprint(w.writes); got != c.writes {
				t.Errorf("wrote %s, want %s", got, c.writes)
			}
			if !strings.Contains(text, c.want) || c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("got:\n%s\nwant: %s", text, c.want)
			}
			if strings.Contains(text, holder) {
				t.Error("the other account is told")
			}
		})
	}
}
