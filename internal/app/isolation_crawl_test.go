package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// tries are the values that an option gets, by its name, where neither its choices nor
// its type tell: ours, theirs, what both have, and what is nobody's.
func tries() map[string][]string {
	_, leader := person(theirs, 0)
	return map[string][]string{
		"faction": {"202", strings.ToLower(title), "101"}, "war": {"44751", "55555", "arkbxranked"}, "member": {"51", "61", "arkbxmembers"}, "player": {"51", "61", "arkbxmembers"},
		"actor": {"51", "60", "bot"}, "action": {"arkbxaudit"}, "position": {"Leader", "Officer", "arkbxpositions"}, "link": {"500", "501"},
		"channel": {sharedChannel, channelOf(ours), channelOf(theirs)}, "user": {leader, "900000000000000060"}, "days": {"30"}, "hours": {"2"}, "page": {"war"},
		"server": {home(theirs)}, "reason": {"no reason"}, "low_fair_fight": {"1.50"}, "role": {"880000000000000001"},
		"attacks": {"400"}, "samples": {"400"}, "deliveries": {"400"}, "denials": {"400"},
		"nickname": {"{name}"}, "template": {"{name}"},
		"target": {"80", "51", "arkbxmembers"}, "minutes": {"5"},
		"kind": {"war.started", "war"}, "rule": {"500", "501"}, "squad": {"#500", "arkbxsquads"}, "every": {"10"}, "at_least": {"10"}, "ahead": {"10"},
		"seconds": {"60"}, "names": {"arkbx"}, "quiet": {"22-07"}, "with": {"key.unhealthy"}, "without": {"key.unhealthy"},
		"chain": {"7001", "7002"}, "from": {"now"}, "to": {"in 2h"}, "slots": {"30"}, "backups": {"1"}, "reward": {"5"}, "name": {"New squad"}, "category": {"War"},
		"finish_at": {"in 20h"}, "loser_score": {"100"}, "score_cap": {"100"}, "their_cap": {"100"}, "stop": {"in 5h"}, "hit_limit": {"9"}, "finish": {"in 20h"}, "note": {"n"},
	}
}

// valuesOf are the values to try for an option.
func valuesOf(t *testing.T, path string, o chat.Option) []string {
	t.Helper()
	var out []string
	for _, c := range o.Choices {
		out = append(out, c.Value)
	}
	switch {
	case len(out) > 0:
		return out
	case o.Type == chat.Boolean:
		return []string{"true", "false"}
	case tries()[o.Name] == nil:
		t.Fatalf("/%s: nobody knows what to give for the option %q: add values to tries", path, o.Name)
	}
	return tries()[o.Name]
}

// leaf is a command that can be run.
type leaf struct {
	path    string
	options []chat.Option
}

func leaves(all []chat.Command, above string) (out []leaf) {
	for _, c := range all {
		path := strings.TrimSpace(above + " " + c.Name)
		if len(c.Sub) == 0 {
			out = append(out, leaf{path, c.Options})
		}
		out = append(out, leaves(c.Sub, path)...)
	}
	return out
}

// fillings are the ways to fill in a command: what it takes at least, and then each
// option with each value; with every faction that can be named when factions is set.
func (l leaf) fillings(t *testing.T, all, factions bool) []map[string]string {
	t.Helper()
	base, ways := map[string]string{}, []map[string]string{}
	for _, o := range l.options {
		if o.Required {
			base[o.Name] = valuesOf(t, l.path, o)[0]
		}
	}
	ways = append(ways, base)
	with := func(m map[string]string, k, v string) map[string]string {
		out := map[string]string{k: v}
		for name, value := range m {
			if name != k {
				out[name] = value
			}
		}
		return out
	}
	for _, o := range l.options {
		for _, v := range valuesOf(t, l.path, o) {
			if all && o.Name != "faction" && base[o.Name] != v {
				ways = append(ways, with(base, o.Name, v))
			}
		}
	}
	i := slices.IndexFunc(l.options, func(o chat.Option) bool { return o.Name == "faction" })
	if !factions || i < 0 {
		return ways
	}
	var out []map[string]string
	for _, m := range ways {
		out = append(out, m)
		for _, v := range tries()["faction"] {
			out = append(out, with(m, "faction", v))
		}
	}
	return out
}

// ask makes the bot answer, in a form that can be searched.
func (w *tenancy) ask(req chat.Request) (chat.Reply, string) {
	w.t.Helper()
	req.CorrelationID = "ref"
	w.mu.Lock()
	w.asking = req
	w.mu.Unlock()
	var shown strings.Builder
	req.Progress = func(m chat.Message) { fmt.Fprintf(&shown, "%s", textOf(w.t, chat.Reply{Message: m})) }
	w.app.Commands().Plan(req)
	reply := w.app.Commands().Handle(w.t.Context(), req)
	return reply, shown.String() + textOf(w.t, reply)
}

// textOf is all of a reply that can be read, files unpacked.
func textOf(t *testing.T, r chat.Reply) string {
	t.Helper()
	files := r.Files
	r.Files = nil
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data := f.Data
		if z, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			if data, err = io.ReadAll(z); err != nil {
				t.Fatalf("%s cannot be unpacked: %v", f.Name, err)
			}
		}
		text = append(text, fmt.Sprintf("\nfile %s %s\n", f.Name, f.Alt)...)
		if f.ContentType != "image/png" {
			text = append(text, data...)
		}
	}
	return string(text)
}

// click is a custom id with how it is used.
type click struct {
	id     string
	kind   chat.Kind
	values []string
	fields map[string]string
}

// clicksOf are all that can be clicked in a reply.
func clicksOf(r chat.Reply) (out []click) {
	for _, row := range r.Rows {
		for _, b := range row.Buttons {
			if b.ID != "" {
				out = append(out, click{id: b.ID, kind: chat.Component})
			}
		}
		if s := row.Select; s != nil {
			c := click{id: s.ID, kind: chat.Component}
			for _, o := range s.Options {
				c.values = append(c.values, o.Value)
			}
			switch s.Kind {
			case "channel":
				c.values = []string{sharedChannel}
			case "role":
				c.values = []string{"880000000000000001"}
			case "user":
				c.values = []string{stranger}
			}
			if n := max(s.Min, 1); len(c.values) > n {
				c.values = c.values[:n]
			}
			out = append(out, c)
		}
	}
	if m := r.Modal; m != nil {
		c := click{id: m.ID, kind: chat.ModalSubmit, fields: map[string]string{}}
		for _, in := range m.Inputs {
			c.fields[in.ID] = map[string]string{"api_key": "notAkey123456789", "faction_id": fmt.Sprint(int64(theirs))}[in.ID]
			if c.fields[in.ID] == "" {
				c.fields[in.ID] = "1"
			}
		}
		out = append(out, c)
	}
	return out
}

func (c click) request(server, user string) chat.Request {
	return chat.Request{Kind: c.kind, GuildID: server, ChannelID: sharedChannel, UserID: user, ID: c.id, Values: c.values, Fields: c.fields}
}

func (c click) action() string {
	parts := strings.SplitN(c.id, ":", 3)
	return strings.Join(parts[:min(2, len(parts))], ":")
}

// unseen are actions that no message of a faction that is set up offers, or whose
// messages only others get, with an id that they might have.
func unseen() []click {
	var out []click
	for _, id := range []string{"access:ask:202", "access:accept:202:list", "access:decline:202:dm", "roles:off:202", "setup:suggested:202", "link:start", "request:withdraw", "request:confirm:202:500", "request:reject:202:500",
		"tenant:list:1", "notice:ack:202:501", "web:links:202:1", "config:keys:202:1", "war:history:202:1", "audit:page:202:51:any:any:0:400", "admin:audit:51:any:any:0:400", "war:attacks:202:44751:51:all:990003",
		"squad:join:202:500", "squad:let:202:500", "retal:mine:202:7001", "war:reconcile:202:44751:us:0",
		"chain:history:202:1", "chain:hold:202:7001:250", "chain:take:202:7001:250"} {
		out = append(out, click{id: id, kind: chat.Component})
	}
	return append(out, click{id: "link:pick", kind: chat.Component, values: []string{"501"}}, click{id: "retal:pick:202", kind: chat.Component, values: []string{"7001"}})
}

// idsPerAction bounds how many ids of one action are kept: what differs is the page.
const idsPerAction = 5

// harvest finds what the messages for people of theirs hold to be clicked, by clicking
// all of it. It checks that the marks of this test are seen where they may be.
func harvest(t *testing.T) map[string][]click {
	t.Helper()
	w := newTenancy(t)
	found := map[string][]click{}
	var todo []chat.Request
	var seen strings.Builder
	_, leader := person(theirs, 0)
	visit := func(req chat.Request) {
		reply, text := w.ask(req)
		seen.WriteString(strings.ToLower(text))
		for _, c := range clicksOf(reply) {
			known := slices.ContainsFunc(found[c.action()], func(k click) bool { return k.id == c.id })
			if !known && len(found[c.action()]) < idsPerAction {
				found[c.action()] = append(found[c.action()], c)
				todo = append(todo, c.request(req.GuildID, req.UserID))
			}
		}
	}
	for _, who := range []string{leader, operator, stranger} {
		for _, l := range leaves(w.app.Commands().Commands(), "") {
			for _, m := range l.fillings(t, who == leader, false) {
				visit(chat.Request{Kind: chat.Slash, GuildID: home(theirs), ChannelID: sharedChannel, UserID: who, Path: l.path, Options: m})
			}
		}
		for len(todo) > 0 {
			next := todo[0]
			todo = todo[1:]
			visit(next)
			w.mend(theirs)
		}
	}
	for _, c := range unseen() {
		found[c.action()] = append(found[c.action()], c)
	}
	for _, a := range w.app.Commands().Actions() {
		if len(found[a]) == 0 {
			t.Errorf("no message offers %s, and nobody knows an id of it: add one to unseen", a)
		}
	}
	for _, table := range []string{"rankedwars", "warmemberstats", "attacks", "auditlog", "members"} {
		if !strings.Contains(seen.String(), mark+"x"+table) {
			t.Errorf("their own leader was shown nothing of %s: the marks of this test do not show", table)
		}
	}
	if !strings.Contains(betweenDigits.Replace(seen.String()), theirFigure) {
		t.Error("their own leader was shown no figure: the marks of this test do not show")
	}
	return found
}

// mend puts a faction back as it was, but for its log, when what was asked for changed
// who may ask.
func (w *tenancy) mend(id faction.ID) {
	w.t.Helper()
	state := w.text(fmt.Sprintf(`select concat((select string_agg(concat(faction_id, discord_id, player_id), ',' order by discord_id) from discord_links where faction_id = %[1]d),
		(select string_agg(concat(position, permissions, effective), ',' order by position) from position_permissions where faction_id = %[1]d),
		(select concat(state) from factions where faction_id = %[1]d), (select concat(count(*), sum(cardinality(permissions))) from shares where faction_id = %[1]d), (select count(*) from guild_factions where faction_id = %[1]d),
		(select count(*) from api_keys where faction_id = %[1]d and state = 'active'), (select count(*) from members where faction_id = %[1]d and left_at is null))`, id))
	if w.whole == nil {
		w.whole = map[faction.ID]string{}
	}
	if w.whole[id] == "" {
		w.whole[id] = state
	}
	if w.whole[id] == state {
		return
	}
	w.refill(id)
}

func (w *tenancy) refill(id faction.ID) {
	w.t.Helper()
	for table := range catalogue(w.t, w.owner) {
		if logged(table) {
			continue
		}
		_, err := w.owner.Exec(w.t.Context(), fmt.Sprintf("delete from %s where faction_id = $1", table), id)
		w.must(err)
	}
	w.filling(id).fill(w.t, w.owner, logged)
}
