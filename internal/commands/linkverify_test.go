package commands_test

import (
	"fmt"
	"strings"
	"testing"

	"consigliere/internal/commands"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// tornKnows lets Torn name a player for a Discord account.
func tornKnows(w *world, account string, player int64, name string, in *torn.UserFaction) {
	w.office.verified = torn.Verified{
		Discord: torn.UserDiscord{DiscordID: torn.DiscordID(account), UserID: player}, Faction: in, Profile: torn.UserProfile{ID: player, Name: name},
	}
}

func wolf() *torn.UserFaction {
	return &torn.UserFaction{ID: int64(wolves), Name: "Wolves", Position: "Member"}
}

func TestTornsWordLinksWithoutAKey(t *testing.T) {
	w := newWorld(t)
	tornKnows(w, stranger, 41, "Stranger", wolf())
	reply := w.registry().Handle(t.Context(), click(stranger, wolvesGuild, "link:verify"))
	text := show(reply)
	if !strings.Contains(text, "Torn says that you are **Stranger** [41], Member of **Wolves** [777]. You are linked.") || !strings.Contains(text, "No key of yours is stored") {
		t.Error(text)
	}
	if got := fmt.Sprint(w.writes); got != "[link 41 invalidate 777]" || len(w.keys[wolves]) != 2 {
		t.Errorf("wrote %s", got)
	}
	if e := w.audited[0]; e.Action != "link" || e.Actor != 41 || e.Body["without_key"] != true || e.Body["faction"] != wolves {
		t.Errorf("audited %+v", e)
	}
}

func TestTornsWordTakesALinkOverAndRefreshesOnesOwn(t *testing.T) {
	w := newWorld(t)
	tornKnows(w, stranger, 3, "Mick", wolf())
	text := show(w.registry().Handle(t.Context(), click(stranger, wolvesGuild, "link:verify")))
	if !strings.Contains(text, "**Taken over:**") || w.links[stranger].Player != 3 || w.links[member].Player != 0 {
		t.Errorf("%v\n%s", w.writes, text)
	}
	w = newWorld(t)
	tornKnows(w, member, 3, "Mick", wolf())
	if text := show(w.registry().Handle(t.Context(), click(member, wolvesGuild, "link:verify"))); !strings.Contains(text, "You are linked") || strings.Contains(text, "Taken over") {
		t.Error(text)
	}
}

func TestWhyNobodyIsLinkedWithoutAKeyIsTold(t *testing.T) {
	bear, fox := &torn.UserFaction{ID: int64(bears), Name: "Bears"}, &torn.UserFaction{ID: int64(foxes), Name: "Fox*es"}
	for _, c := range []struct {
		name, who, guild string
		change           func(*world)
		want             string
	}{
		{"in a direct message", stranger, direct, nil, "only in your faction's server"},
		{"where no faction is set up", stranger, emptyGuild, nil, "No faction is set up in this server yet"},
		{"who linked nothing at Torn", stranger, wolvesGuild, func(w *world) { w.office.verify = sentinelError{torn.ErrNotFound} }, "Torn knows no player who linked your Discord account"},
		{"without a lent key", stranger, wolvesGuild, func(w *world) { w.poolErr = &torn.NoKeyError{Faction: wolves} }, "has lent a key that works"},
		{"while Torn is down", stranger, wolvesGuild, func(w *world) {
			w.office.verify = faction.Errorf(faction.Unavailable, "Torn did not answer. Nothing was lost.")
		}, "Torn did not answer"},
		{"of no faction", stranger, wolvesGuild, func(w *world) { tornKnows(w, stranger, 41, "S", nil) }, "in no faction. Nothing was changed"},
		{"of another faction with this bot", stranger, wolvesGuild, func(w *world) { tornKnows(w, stranger, 41, "S", bear) }, "of Bears [888], which is not served here"},
		{"of a faction without it", stranger, wolvesGuild, func(w *world) { tornKnows(w, stranger, 41, "S", fox) }, "of Fox\\*es [999], which is not served here"},
		{"whom Torn names differently", stranger, wolvesGuild, func(w *world) { tornKnows(w, "777777", 41, "S", wolf()) }, "Torn does not name your Discord account"},
		{"whose answer is about two", stranger, wolvesGuild, func(w *world) {
			tornKnows(w, stranger, 41, "S", wolf())
			w.office.verified.Discord.UserID = 42
		}, "Torn does not name your Discord account"},
		{"who is linked to another player", member, wolvesGuild, func(w *world) { tornKnows(w, member, 41, "S", wolf()) }, "linked to another player here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.change != nil {
				c.change(w)
			}
			reply := w.registry().Handle(t.Context(), click(c.who, c.guild, "link:verify"))
			if !strings.Contains(reply.Content, c.want) || !reply.Ephemeral || reply.Update || len(w.writes) > 0 {
				t.Errorf("%v\n%swant: %s", w.writes, show(reply), c.want)
			}
		})
	}
}

func TestVerifyingCountsAsATry(t *testing.T) {
	w := newWorld(t)
	w.office.verify = sentinelError{torn.ErrNotFound}
	r := w.registry()
	for range 5 {
		r.Handle(t.Context(), click(stranger, wolvesGuild, "link:verify"))
	}
	for _, req := range []string{"link:verify", "link:save"} {
		if reply := r.Handle(t.Context(), submit(stranger, wolvesGuild, req, send(apiKey))); !strings.Contains(reply.Content, "5 tries within a minute") || w.checked > 0 {
			t.Errorf("%s: %s", req, show(reply))
		}
	}
}

func TestThePanelStartsAPrivateFlowForWhoeverClicks(t *testing.T) {
	panel := commands.LinkPanel()
	if err := discord.Validate(panel); err != nil {
		t.Fatal(err)
	}
	id := panel.Rows[0].Buttons[0].ID
	for _, who := range cast {
		for _, guild := range []string{wolvesGuild, bearsGuild, emptyGuild} {
			w := newWorld(t)
			reply := w.registry().Handle(t.Context(), click(who, guild, id))
			if !answered(reply) || !reply.Ephemeral || reply.Update || !strings.Contains(show(reply), "Key storage & sharing") {
				t.Errorf("by %s in %q: %s", who, guild, show(reply))
			}
		}
	}
}

func TestAPanelIsABoardLikeOthers(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	reply := r.Handle(t.Context(), slash(officer, wolvesGuild, "board post", "kind", "link", "channel", otherChan))
	if !strings.Contains(reply.Content, "The live link message appears in <#62> within a few seconds and stays") || fmt.Sprint(w.writes) != "[board link of 777 in 62]" {
		t.Errorf("%v %s", w.writes, show(reply))
	}
	reply = r.Handle(t.Context(), slash(officer, wolvesGuild, "board remove", "kind", "link"))
	if !strings.Contains(reply.Content, "Removed the live link message from <#62>") || fmt.Sprint(w.deleted) != "[62/m62]" {
		t.Errorf("%v %s", w.deleted, show(reply))
	}
}
