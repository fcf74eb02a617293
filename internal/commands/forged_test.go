package commands_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consigliere/internal/chat"
	"consigliere/internal/discord"
)

func TestForgedAndStaleIDsChangeNothing(t *testing.T) {
	for _, id := range []string{
		"", ":", "war", "war:", "war:table", "war:table:", "war:table:777", "war:table:777:44751", "war:table:777:44751:us:score",
		"war:table:777:44751:us:score:0:0", "war:table:777:44751:us:score:-1", "war:table:777:44751:us:score:99999999999999999999",
		"war:table:777:44751:us:name; drop table:0", "war:table:777:44751:both:score:0", "war:table:777:1:us:score:0", "war:table:-777:44751:us:score:0",
		"war:table:0777x:44751:us:score:0", "war:sort:777:44751:us", "war:status:777:44751:pie", "war:status:777:99:score",
		"war:attacks:777:44751:0:everything:0", "war:attacks:777:44751:424242:all:0", "war:history:777:x", "web:links:888:0",
		"setup:channel", "setup:channel:777", "setup:channel:888", "setup:milestones:maybe:777", "setup:role:777:1", "setup:live:on:999",
		"link:consent", "link:consent:everything", "link:consent:lend:1:1", "link:consent:lend:99", "link:consent:lend:-2", "link:drop", "link:drop:99", "link:drop:x", "link:pick", "link:pick:2", "request:confirm", "request:confirm:777", "request:confirm:777:2", "request:confirm:777:-1", "request:confirm:888:1", "request:reject:777:1:1", "request:withdraw:1", "request:withdraw", "player:erase:yes", "player:erase:yes:0", "player:erase:yes:5", "link:remove", "link:remove:maybe", "retal:pick", "retal:pick:777", "retal:pick:777:7001", "retal:pick:888", "retal:mine", "retal:mine:777", "retal:mine:777:x", "retal:mine:888:7001", "old:button:1", strings.Repeat("x", 100),
	} {
		for _, who := range []string{leader, member, stranger} {
			w := ready(t)
			reply := w.registry().Handle(t.Context(), click(who, wolvesGuild, id, "not an id"))
			if answered(reply) || !reply.Ephemeral || reply.Update || reply.Content == "" || strings.Contains(reply.Content, "broke") {
				t.Errorf("%q by %s: %s", id, who, show(reply))
			}
			if len(w.writes) > 0 {
				t.Errorf("%q by %s changed %v", id, who, w.writes)
			}
		}
	}
}

func TestAPageBeyondTheListIsTheLastOne(t *testing.T) {
	w := ready(t)
	reply := w.registry().Handle(t.Context(), click(member, wolvesGuild, "war:table:777:44751:us:score:900000"))
	if !answered(reply) || !strings.Contains(show(reply), "Vera") {
		t.Errorf("got:\n%s", show(reply))
	}
}

func TestWhateverIsClickedThereIsAValidAnswer(t *testing.T) {
	words := []string{
		"war", "link", "setup", "web", "table", "sort", "status", "attacks", "history", "key", "save", "consent", "remove", "channel", "role",
		"milestones", "live", "links", "777", "888", "0", "44751", "us", "them", "score", "all", "on", "off", "lend", "yes", "-1", "", "9223372036854775807", "💥", "\x00",
	}
	w := ready(t)
	r := w.registry()
	rapid.Check(t, func(rt *rapid.T) {
		id := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 7).Draw(rt, "id"), ":")
		values := rapid.SliceOfN(rapid.SampledFrom([]string{"hits", "61", "81", "", "x"}), 0, 2).Draw(rt, "values")
		kind := rapid.SampledFrom([]chat.Kind{chat.Component, chat.ModalSubmit}).Draw(rt, "kind")
		req := click(rapid.SampledFrom(cast).Draw(rt, "who"), rapid.SampledFrom([]string{wolvesGuild, bearsGuild, direct}).Draw(rt, "guild"), id, values...)
		req.Kind = kind
		r.Plan(req)
		reply := r.Handle(t.Context(), req)
		if strings.Contains(reply.Content, "broke") {
			rt.Fatalf("%q: %s\n%s", id, show(reply), w.log.String())
		}
		if reply.Modal == nil {
			if err := discord.Validate(reply.Message); err != nil {
				rt.Fatalf("%q: %v", id, err)
			}
		}
	})
}

func TestAbsurdOptionsGetAClearAnswer(t *testing.T) {
	for _, c := range []struct {
		path    string
		options []string
		want    string
	}{
		{"war status", []string{"war", "99999999999999999999999"}, "no war against"},
		{"war status", []string{"war", "-5"}, "a number above 0"},
		{"war status", []string{"war", "0"}, "a number above 0"},
		{"war status", []string{"war", "123456"}, "no war 123456 on record"},
		{"war status", []string{"war", "Nobody*s ` faction <@1>"}, "Nobody\\*s \\` faction \\<@\u200b1\\>"},
		{"war scoreboard", []string{"sort", "beauty"}, "no such order"},
		{"war scoreboard", []string{"side", "both"}, "no such side"},
		{"war attacks", []string{"class", "kiss"}, "no such class"},
		{"war attacks", []string{"member", "Nobody"}, "Nobody called “Nobody”"},
		{"war member", []string{"member", "99999999999999999999999"}, "Nobody called"},
		{"war member", []string{"member", "k"}, "fits"},
		{"web link", []string{"hours", "0"}, "1 to 168 hours"},
		{"web link", []string{"hours", "169"}, "1 to 168 hours"},
		{"web link", []string{"hours", "-9223372036854775809"}, "1 to 168 hours"},
		{"web link", []string{"hours", "many"}, "1 to 168 hours"},
		{"web link", []string{"page", "admin"}, "no such page"},
		{"web revoke", []string{"link", "zero"}, "Give the number of a link"},
		{"web revoke", []string{"link", "4040"}, "no working link"},
		{"board post", []string{"kind", "casino", "channel", "61"}, "no live message of that kind"},
		{"board post", []string{"kind", "war", "channel", "general"}, "That is no channel"},
		{"board post", []string{"kind", "war"}, "pick one of its channels"},
		{"board remove", []string{"kind", "war", "channel", "404"}, "no live war message there"},
		{"setup", []string{"faction", "-1"}, "a number above 0"},
		{"setup", []string{"faction", "888"}, "your own faction only"},
	} {
		w := ready(t)
		reply := w.registry().Handle(t.Context(), slash(leader, wolvesGuild, c.path, c.options...))
		if !strings.Contains(reply.Content, c.want) || !reply.Ephemeral || len(reply.Embeds) > 0 {
			t.Errorf("/%s %q: %swant: %s", c.path, c.options, show(reply), c.want)
		}
		for _, write := range w.writes {
			if !strings.HasPrefix(write, "no board") {
				t.Errorf("/%s %q changed %v", c.path, c.options, w.writes)
			}
		}
	}
}
