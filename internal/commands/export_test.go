package commands

import (
	"context"
	"slices"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/rbac"
)

// Way is one way to a handler, as the table of routes has it.
type Way struct {
	Name  string // a command's path, or noun:action
	Click bool
	Guard rbac.Guard
	// Reads: a share may open it. Names: a request can name the faction acted on. Own:
	// wherever it is asked, it is about the caller's own faction.
	Reads, Names, Own bool
}

// Ways lists every command and every action once.
func (r *Registry) Ways() []Way {
	var out []Way
	for _, c := range r.commands {
		out = append(out, Way{Name: c.name, Guard: c.guard, Reads: c.reads, Names: c.takesFaction, Own: c.scope == anywhere})
	}
	for _, a := range r.actions {
		out = append(out, Way{Name: a.name, Click: true, Guard: a.guard, Reads: a.reads, Names: a.ours, Own: a.scope == anywhere})
	}
	slices.SortFunc(out, func(a, b Way) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Hollow puts an answer in the place of every handler, so that what is left is who
// may reach it.
func (r *Registry) Hollow(reply chat.Reply) {
	handle := func(context.Context, *Call) (chat.Reply, error) { return reply, nil }
	for name, c := range r.commands {
		c.handle = handle
		r.commands[name] = c
	}
	for name, a := range r.actions {
		a.handle = handle
		r.actions[name] = a
	}
}
