// Package commands is what people can ask of the bot: slash commands, buttons,
// selects, forms and suggestions, one file per noun. Registry finds out who asks
// and for which faction, lets rbac decide, records denials, runs the handler, and
// words whatever goes wrong (design.md, How things flow).
package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/rbac"
)

// handler answers one request of somebody who may make it.
type handler func(context.Context, *Call) (chat.Reply, error)

// completer suggests values for what has been typed so far.
type completer func(context.Context, *Call, string) []chat.Choice

// scope says where a route works.
type scope int

const (
	inFaction scope = iota // for a faction that this server serves
	anywhere               // for anybody, in direct messages too
	founding               // for a faction that may not be registered yet
)

// route is one thing that can be asked for, however it is asked.
type route struct {
	name  string // a command's path, or the first two parts of a custom id
	guard rbac.Guard
	scope scope
	plan  chat.Plan
	// reads: it shows and changes nothing, so a share may open it to another faction.
	reads bool
	// ours: the custom id's first argument is the faction that the message was made
	// for, and acted on.
	ours bool
	// heavy: it takes memory or time worth counting, and so runs once at a time for each
	// person, and a few times at once for all.
	heavy bool
	// alone: it is heavy, and runs once at a time for each faction, whoever asks.
	alone bool
	// takesFaction: it has the option that names the faction acted on; see add.
	takesFaction bool
	handle       handler
}

// command is a slash command.
type command struct {
	route
	description string
	options     []chat.Option
	complete    map[string]completer
}

// noun is one file's share of the table.
type noun struct {
	commands []command
	actions  []route // buttons, selects and forms
}

// Registry holds every command with its guard. It is safe for use by many
// goroutines and has nothing to stop.
type Registry struct {
	deps     Deps
	log      *slog.Logger
	commands map[string]command
	order    []string // paths, sorted
	actions  map[string]route
	crowd    crowd
}

// New builds the registry. It fails when something needed is missing, and when a
// command has no guard, no handler, or a name that is taken.
func New(d Deps) (*Registry, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	return build(d)
}

func build(d Deps) (*Registry, error) {
	r := &Registry{deps: d, log: d.Log, commands: map[string]command{}, actions: map[string]route{}}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	var errs []error
	for _, n := range r.nouns() {
		errs = append(errs, r.add(n))
	}
	slices.SortFunc(r.order, cmp.Compare)
	return r, errors.Join(errs...)
}

func (r *Registry) nouns() []noun {
	d := &r.deps
	return []noun{
		(&help{registry: r}).table(),
		(&linking{deps: d}).table(),
		(&ownKeys{deps: d}).table(),
		(&confirming{deps: d}).table(),
		(&persons{deps: d}).table(),
		(&setup{deps: d}).table(),
		(&status{deps: d}).table(),
		(&wars{deps: d}).table(),
		(&warRoom{deps: d}).table(),
		(&targets{deps: d}).table(),
		(&attackLog{deps: d}).table(),
		(&tracking{deps: d}).table(),
		(&reports{deps: d}).table(),
		(&backfilling{deps: d}).table(),
		(&terms{deps: d}).table(),
		(&forecast{deps: d}).table(),
		(&scouting{deps: d}).table(),
		(&ready{deps: d}).table(),
		(&retals{deps: d}).table(),
		(&chainWatch{deps: d}).table(),
		(&squads{deps: d}).table(),
		(&chains{deps: d}).table(),
		(&boards{deps: d}).table(),
		(&alerts{deps: d}).table(),
		(&notices{deps: d}).table(),
		(&mine{deps: d}).table(),
		(&web{deps: d}).table(),
		(&auditing{deps: d}).table(),
		(&configuration{deps: d}).table(),
		(&keyHealth{deps: d}).table(),
		(&permissions{deps: d}).table(),
		(&sharing{deps: d}).table(),
		(&tenants{deps: d}).table(),
		(&removal{deps: d, tenants: &tenants{deps: d}}).table(),
		(&access{deps: d}).table(),
		(&privacy{deps: d}).table(),
		(&retention{deps: d}).table(),
		(&guildRoles{deps: d}).table(),
		(&health{deps: d, status: &status{deps: d}}).table(),
	}
}

func (r *Registry) add(n noun) error {
	var errs []error
	for _, c := range n.commands {
		errs = append(errs, c.check())
		if _, taken := r.commands[c.name]; taken {
			errs = append(errs, fmt.Errorf("command /%s is there twice", c.name))
		}
		for name := range c.complete {
			if !slices.ContainsFunc(c.options, func(o chat.Option) bool { return o.Name == name && o.Autocomplete }) {
				errs = append(errs, fmt.Errorf("command /%s suggests for %q, which is no such option", c.name, name))
			}
		}
		if c.takesFaction = c.lacksFaction(); c.takesFaction {
			c.options = append(slices.Clip(c.options), whichFaction())
		}
		r.commands[c.name] = c
		r.order = append(r.order, c.name)
	}
	for _, a := range n.actions {
		errs = append(errs, a.check())
		if _, taken := r.actions[a.name]; taken {
			errs = append(errs, fmt.Errorf("action %s is there twice", a.name))
		}
		if strings.Count(a.name, ":") != 1 {
			errs = append(errs, fmt.Errorf("action %s is not noun:action", a.name))
		}
		r.actions[a.name] = a
	}
	return errors.Join(errs...)
}

func (rt route) check() error {
	switch {
	case !rt.guard.Valid():
		return fmt.Errorf("%s has no guard", rt.name)
	case rt.handle == nil:
		return fmt.Errorf("%s has no handler", rt.name)
	default:
		return nil
	}
}

// find tells which route a request asks for, and the arguments of its custom id.
func (r *Registry) find(req chat.Request) (rt route, args []string, ok bool) {
	switch req.Kind {
	case chat.Slash, chat.Autocomplete:
		c, ok := r.commands[req.Path]
		return c.route, nil, ok
	default:
		parts := strings.Split(req.ID, ":")
		if len(parts) < 2 {
			return route{}, nil, false
		}
		rt, ok = r.actions[parts[0]+":"+parts[1]]
		return rt, parts[2:], ok
	}
}

// Plan tells how the answer to a request will look. What is not known is answered
// privately.
func (r *Registry) Plan(req chat.Request) chat.Plan {
	rt, _, ok := r.find(req)
	if !ok {
		return chat.Plan{Ephemeral: true}
	}
	return rt.plan
}

// Handle answers a command, button, select or form. It always has an answer.
func (r *Registry) Handle(ctx context.Context, req chat.Request) chat.Reply {
	rt, args, ok := r.find(req)
	if !ok {
		return r.sorry(req, errStale)
	}
	c, err := r.call(ctx, req, rt, args)
	if err != nil {
		return r.sorry(req, err)
	}
	if rt.heavy || rt.alone {
		leave, err := r.crowd.enter(rt, c)
		if err != nil {
			return r.sorry(req, err)
		}
		defer leave()
	}
	reply, err := rt.handle(ctx, c)
	if err != nil {
		r.refused(ctx, c, rt, err)
		return r.sorry(req, err)
	}
	reply.Ephemeral = reply.Ephemeral || rt.plan.Ephemeral
	return reply
}

// maxSuggestions is Discord's limit.
const maxSuggestions = 25

// Complete suggests values for the option being typed. Who may not run the command
// gets no suggestions for it.
func (r *Registry) Complete(ctx context.Context, req chat.Request) []chat.Choice {
	c, ok := r.commands[req.Path]
	if c.takesFaction && req.Focused == factionOption {
		return r.completeFaction(ctx, req)
	}
	suggest := c.complete[req.Focused]
	if !ok || suggest == nil {
		return nil
	}
	who, err := r.identify(ctx, req, c.route, nil)
	if err != nil || !who.Allowed(c.guard) {
		return nil
	}
	choices := suggest(ctx, who, strings.TrimSpace(req.Options[req.Focused]))
	return choices[:min(len(choices), maxSuggestions)]
}

// Entry is a line of the table of commands.
type Entry struct {
	Path        string // "war scoreboard"
	Guard       string // as rbac.Guard.String: empty for anyone
	Description string
}

// Table lists every command once, by path, without anything to run them with.
func Table() []Entry {
	r, err := build(Deps{})
	if err != nil { // a mistake in a table of this package, which New tells at every start
		return nil
	}
	return r.Table()
}

// Table lists every command once, by path.
func (r *Registry) Table() []Entry {
	out := make([]Entry, 0, len(r.order))
	for _, path := range r.order {
		c := r.commands[path]
		out = append(out, Entry{Path: path, Guard: c.guard.String(), Description: c.description})
	}
	return out
}
