package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// caller is one kind of person who asks for things of the Wolves in their server.
type caller struct {
	name, discord string
	// names: they say that they mean the Wolves, by the option or a message's buttons.
	names bool
	// change makes the world one in which they are what their name says; p is the only
	// permission of the position Officer, of both factions.
	change func(w *world, p rbac.Permission)
	// may tells which ways are open to them.
	may func(way commands.Way, p rbac.Permission) bool
	// logged: the Wolves know them, so their log has to tell of every refusal.
	logged bool
}

func onlyOpen(way commands.Way, _ rbac.Permission) bool { return way.Guard == rbac.Anyone() }

// athome is what an officer of the Bears may do in the Wolves' server: what is about
// their own faction all the same.
func athome(set rbac.Set) func(commands.Way) bool {
	return func(way commands.Way) bool {
		p, ok := rbac.ParsePermission(way.Guard.String())
		return way.Guard == rbac.Anyone() || way.Own && (way.Guard == rbac.Own() || ok && set.Has(p))
	}
}

// share lets the Bears see of the Wolves what p stands for, and nothing else.
func share(w *world, p rbac.Permission) {
	w.shared[wolves] = map[faction.ID]rbac.Set{bears: rbac.SetOf(p)}
}

func callers() []caller {
	age := func(by time.Duration) func(*world, rbac.Permission) {
		return func(w *world, _ rbac.Permission) {
			w.rosters[wolves] = faction.Roster{AsOf: now.Add(-by), Members: w.rosters[wolves].Members}
		}
	}
	state := func(s string) func(*world, rbac.Permission) {
		return func(w *world, _ rbac.Permission) { w.states[wolves] = s }
	}
	return []caller{
		{name: "the leader", discord: leader, logged: true, may: func(way commands.Way, _ rbac.Permission) bool { return way.Guard != rbac.Operator() }},
		{name: "an officer with one permission", discord: officer, logged: true, may: func(way commands.Way, p rbac.Permission) bool {
			return slices.Contains([]rbac.Guard{rbac.Anyone(), rbac.Own(), rbac.Need(p)}, way.Guard)
		}},
		{name: "a recruit", discord: recruit, logged: true, may: func(way commands.Way, _ rbac.Permission) bool {
			return way.Guard == rbac.Anyone() || way.Guard == rbac.Own()
		}},
		{name: "an operator", discord: operator, logged: true, may: func(way commands.Way, _ rbac.Permission) bool { return way.Guard != rbac.Own() }},
		{name: "an operator while the faction is paused", discord: operator, logged: true, change: state("paused"),
			may: func(way commands.Way, _ rbac.Permission) bool { return way.Guard != rbac.Own() }},
		{name: "an ally to whom it is shared", discord: foreign, names: true, change: share, may: func(way commands.Way, p rbac.Permission) bool {
			return athome(rbac.SetOf(p))(way) || way.Reads && way.Names && way.Guard == rbac.Need(p) && rbac.Viewing().Has(p)
		}},
		// Whatever was granted: nothing but what is open to anyone.
		{name: "a leader by a list older than a day", discord: leader, logged: true, change: age(rbac.MaxListAge + time.Minute), may: onlyOpen},
		{name: "an officer by a list older than a day", discord: officer, logged: true, change: age(rbac.MaxListAge + time.Minute), may: onlyOpen},
		{name: "a leader by a list from the future", discord: leader, logged: true, change: age(-time.Hour), may: onlyOpen},
		{name: "a position that the game does not name", discord: odd, logged: true, may: onlyOpen, change: func(w *world, _ rbac.Permission) {
			w.grants[wolves]["Sergeant"] = rbac.All()
		}},
		{name: "somebody who left", discord: gone, logged: true, may: onlyOpen},
		{name: "a leader while the faction is paused", discord: leader, logged: true, change: state("paused"), may: onlyOpen},
		{name: "a leader while the faction is being removed", discord: leader, logged: true, change: state("removing"), may: onlyOpen},
		{name: "an officer of another faction", discord: foreign, names: true, may: func(way commands.Way, p rbac.Permission) bool {
			return athome(rbac.SetOf(p))(way)
		}},
		{name: "an ally who may not see it at home", discord: foreign, names: true, may: func(way commands.Way, p rbac.Permission) bool {
			return athome(rbac.All().Without(p))(way)
		}, change: func(w *world, p rbac.Permission) {
			share(w, p)
			w.grants[bears]["Officer"] = rbac.All().Without(p)
		}},
		{name: "an ally who left home", discord: foreign, names: true, may: onlyOpen, change: func(w *world, p rbac.Permission) {
			share(w, p)
			w.rosters[bears] = faction.Roster{AsOf: now}
		}},
		{name: "an ally by a list older than a day", discord: foreign, names: true, may: onlyOpen, change: func(w *world, p rbac.Permission) {
			share(w, p)
			w.rosters[bears] = faction.Roster{AsOf: now.Add(-25 * time.Hour), Members: w.rosters[bears].Members}
		}},
		{name: "an ally whose faction is paused", discord: foreign, names: true, may: onlyOpen, change: func(w *world, p rbac.Permission) {
			share(w, p)
			w.states[bears] = "paused"
		}},
		{name: "an ally whose faction is gone", discord: foreign, names: true, may: onlyOpen, change: func(w *world, p rbac.Permission) {
			share(w, p)
			delete(w.infos, bears)
		}},
		{name: "a stranger", discord: stranger, may: onlyOpen},
		{name: "a stranger who names the faction", discord: stranger, names: true, may: onlyOpen},
		{name: "somebody without a faction", discord: homeless, names: true, may: onlyOpen},
	}
}

// asking makes a request that takes a way.
func asking(way commands.Way, who caller) chat.Request {
	req := slash(who.discord, wolvesGuild, way.Name)
	if who.names && way.Names {
		req.Options["faction"] = fmt.Sprint(wolves)
	}
	if way.Click {
		req = click(who.discord, wolvesGuild, fmt.Sprintf("%s:%d", way.Name, wolves))
	}
	return req
}

// TestWhoReachesWhat goes every way that there is, with every permission, as every
// kind of caller. A new command is in it by being in the table.
func TestWhoReachesWhat(t *testing.T) {
	const reached = "reached"
	open := []string{"help", "link", "unlink", "privacy", "status", "me", "notify"}
	for _, who := range callers() {
		t.Run(who.name, func(t *testing.T) {
			for _, p := range rbac.Permissions() {
				w := newWorld(t)
				w.grants[wolves]["Officer"] = rbac.SetOf(p)
				w.positions[bears] = append(w.positions[bears], faction.Position{Name: "Officer"})
				w.grants[bears] = map[string]rbac.Set{"Officer": rbac.SetOf(p)}
				w.rosters[bears].Members[0].Position = "Officer"
				if who.change != nil {
					who.change(w, p)
				}
				r := w.registry()
				r.Hollow(chat.Reply{Message: chat.Message{Content: reached}})
				for _, way := range r.Ways() {
					w.audited, w.looks = nil, 0
					reply := r.Handle(t.Context(), asking(way, who))
					got, want := reply.Content == reached, who.may(way, p)
					if got != want {
						t.Errorf("%s (%q) with %s: reached %v, want %v: %s", way.Name, way.Guard, p, got, want, reply.Content)
					}
					if w.looks != 1 {
						t.Errorf("%s: who they are was asked %d times", way.Name, w.looks)
					}
					if !got && (!reply.Ephemeral || reply.Content == "" || strings.Contains(reply.Content, "broke")) {
						t.Errorf("%s was refused with %s", way.Name, show(reply))
					}
					if denied := slices.ContainsFunc(w.audited, func(e faction.AuditEntry) bool { return e.Outcome == "denied" && e.Action == way.Name }); who.logged && denied == got {
						t.Errorf("%s: reached %v, and a denial in the log %v", way.Name, got, denied)
					}
					if word, _, _ := strings.Cut(way.Name, " "); want && !way.Click && who.discord != operator && way.Guard == rbac.Anyone() && !slices.Contains(open, word) {
						t.Errorf("/%s is open to anyone, and surface.md does not say so", way.Name)
					}
				}
			}
		})
	}
}

func TestAnAllySeesWhatIsSharedAndTurnsItsPages(t *testing.T) {
	for _, c := range []struct{ name, guild string }{{"at home", bearsGuild}, {"as a guest", wolvesGuild}, {"in private", direct}} {
		t.Run(c.name, func(t *testing.T) {
			w := ready(t)
			r := w.registry()
			ask := []chat.Request{
				slash(foreign, c.guild, "war status", "faction", "777"), slash(foreign, c.guild, "war scoreboard", "faction", "wolves"),
				click(foreign, c.guild, "war:table:777:44751:us:score:0"), click(foreign, c.guild, "war:status:777:44751:lead"),
			}
			for _, req := range ask {
				w.audited = nil
				if reply := r.Handle(t.Context(), req); answered(reply) || !reply.Ephemeral {
					t.Errorf("%s%s without a share: %s", req.Path, req.ID, show(reply))
				}
				if req.Options["faction"] != "wolves" && len(w.audited) != 1 {
					t.Errorf("%s%s: %d entries in the log", req.Path, req.ID, len(w.audited))
				}
			}
			share(w, rbac.WarView)
			for _, req := range ask {
				reply := r.Handle(t.Context(), req)
				if !answered(reply) || !strings.Contains(show(reply), "777:44751") || reply.Update != (req.Kind == chat.Component) {
					t.Errorf("%s%s with a share: %s", req.Path, req.ID, show(reply))
				}
			}
			if reply := r.Handle(t.Context(), slash(foreign, c.guild, "web link", "faction", "777")); answered(reply) || w.tokens != 0 {
				t.Errorf("an ally hands out links: %s", show(reply))
			}
			if len(w.writes) > 0 {
				t.Errorf("an ally changed %v", w.writes)
			}
		})
	}
	w := ready(t)
	share(w, rbac.WarView)
	reply := w.registry().Handle(t.Context(), slash(foreign, emptyGuild, "war status", "faction", "777"))
	if answered(reply) || !strings.Contains(reply.Content, "not one of your faction's") {
		t.Errorf("in a third party's server: %s", show(reply))
	}
}

func TestOperatorsNameAnyFaction(t *testing.T) {
	w := ready(t)
	r := w.registry()
	for _, c := range []struct {
		guild, named, want string
	}{
		{bearsGuild, "777", "Wolves"}, {direct, "Wolves", "Wolves"}, {wolvesGuild, "", "Wolves"}, {emptyGuild, "777", "Wolves"},
		{wolvesGuild, "888", "No ranked war"}, {wolvesGuild, "424242", "No faction 424242 is registered"}, {wolvesGuild, "Foxes", "no faction “Foxes”"},
		{direct, "", "name one with the option `faction`"},
	} {
		if got := show(r.Handle(t.Context(), slash(operator, c.guild, "war status", "faction", c.named))); !strings.Contains(got, c.want) {
			t.Errorf("%q in %q: %s", c.named, c.guild, got)
		}
	}
	w.guilds[wolvesGuild] = []faction.ID{wolves, bears}
	if got := show(r.Handle(t.Context(), slash(operator, wolvesGuild, "war status"))); !strings.Contains(got, "name one with the option `faction`") {
		t.Errorf("in a server of two: %s", got)
	}
}

func TestAMadeUpFactionIsRefusedAndLoggedAtHome(t *testing.T) {
	w := ready(t)
	for _, req := range []chat.Request{slash(member, wolvesGuild, "war status", "faction", "424242"), click(member, wolvesGuild, "war:table:424242:44751:us:score:0")} {
		w.audited = nil
		reply := w.registry().Handle(t.Context(), req)
		if answered(reply) || len(w.audited) != 1 || w.audited[0].Body["faction"] != wolves || w.audited[0].Outcome != "denied" {
			t.Errorf("%s%s: %s, logged %v", req.Path, req.ID, show(reply), w.audited)
		}
	}
}

func TestFactionsAreSuggestedToWhomTheyAreOpen(t *testing.T) {
	w := ready(t)
	w.guilds["54"], w.shared = []faction.ID{wolves, bears}, map[faction.ID]map[faction.ID]rbac.Set{}
	suggested := func(who, guild, typed string) string {
		req := slash(who, guild, "war status", "faction", typed)
		req.Kind, req.Focused = chat.Autocomplete, "faction"
		var names []string
		for _, c := range w.registry().Complete(t.Context(), req) {
			names = append(names, c.Name+"="+c.Value)
		}
		return strings.Join(names, " ")
	}
	const both = "Wolves [777]=777 Bears [888]=888"
	for _, c := range []struct{ who, guild, typed, want string }{
		{member, wolvesGuild, "", "Wolves [777]=777"}, {stranger, "54", "", both}, {stranger, direct, "", ""}, {foreign, bearsGuild, "", "Bears [888]=888"},
		{operator, direct, "", both}, {operator, direct, "be", "Bears [888]=888"}, {operator, direct, "77", "Wolves [777]=777"},
	} {
		if got := suggested(c.who, c.guild, c.typed); got != c.want {
			t.Errorf("%s in %q typing %q: %q, want %q", c.who, c.guild, c.typed, got, c.want)
		}
	}
	share(w, rbac.WarView)
	if got := suggested(foreign, bearsGuild, ""); got != both {
		t.Errorf("with a share: %q", got)
	}
	// What is suggested for other options is the named faction's.
	req := slash(foreign, bearsGuild, "war status", "faction", "777")
	req.Kind, req.Focused = chat.Autocomplete, "war"
	if got := w.registry().Complete(t.Context(), req); len(got) != 2 || got[0].Value != "44751" {
		t.Errorf("wars: %v", got)
	}
}

func TestWhatCanBeSharedIsThereToBeSeen(t *testing.T) {
	ways := newWorld(t).registry().Ways()
	for _, p := range rbac.Viewing().List() {
		guarded := slices.ContainsFunc(ways, func(w commands.Way) bool { return w.Guard == rbac.Need(p) && !w.Click })
		open := slices.ContainsFunc(ways, func(w commands.Way) bool { return w.Guard == rbac.Need(p) && w.Reads && w.Names && !w.Click })
		if guarded && !open {
			t.Errorf("%s can be shared, and nothing shows it to a guest: no command that needs it says that it reads", p)
		}
	}
	for _, w := range ways {
		if p, ok := rbac.ParsePermission(w.Guard.String()); w.Reads && (!ok || !rbac.Viewing().Has(p) || !w.Names) {
			t.Errorf("%s says that it reads, and no share could open it", w.Name)
		}
	}
}
