package commands

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"consigliere/internal/faction"
	"consigliere/internal/roster"
)

// makeID builds a custom id: noun:action:arguments.
func makeID(action string, args ...any) string {
	var b strings.Builder
	b.WriteString(action)
	for _, a := range args {
		fmt.Fprintf(&b, ":%v", a)
	}
	return b.String()
}

// parseID gives the noun and action of a custom id.
func parseID(id string) (string, error) {
	parts := strings.SplitN(id, ":", 3)
	if len(parts) < 2 || len(parts[0]) > 20 || len(parts[1]) > 20 {
		return "", errors.New("not a custom id of ours")
	}
	return parts[0] + ":" + parts[1], nil
}

// reading takes the arguments of a custom id in order. They may be forged or from
// an older version: whatever is not as expected makes the whole id stale.
type reading struct {
	left []string
	bad  bool
}

func (c *Call) args() *reading { return &reading{left: c.Args} }

func (r *reading) next() string {
	if len(r.left) == 0 {
		r.bad = true
		return ""
	}
	s := r.left[0]
	r.left = r.left[1:]
	return s
}

// number takes a whole number from 0 on.
func (r *reading) number() int64 {
	n, err := strconv.ParseInt(r.next(), 10, 64)
	if err != nil || n < 0 {
		r.bad = true
		return 0
	}
	return n
}

// oneOf takes one of a few words.
func (r *reading) oneOf(words ...string) string {
	s := r.next()
	if !slices.Contains(words, s) {
		r.bad = true
	}
	return s
}

// squad takes the squad that a table is narrowed to; 0: the id ends without one.
func (r *reading) squad() roster.SquadID {
	if len(r.left) == 0 {
		return 0
	}
	q := roster.SquadID(r.number())
	r.bad = r.bad || q == 0
	return q
}

// ofSquad ends a custom id with the squad that its table is narrowed to, if it is.
func ofSquad(id string, q roster.SquadID) string {
	if q == 0 {
		return id
	}
	return fmt.Sprintf("%s:%d", id, q)
}

// end tells whether all of it was as expected.
func (r *reading) end() error {
	if r.bad || len(r.left) > 0 {
		return errStale
	}
	return nil
}

// ours takes the faction that a message was made for. Others may not turn its pages:
// they would put their figures into its channel.
func (r *reading) ours(c *Call) error {
	id := faction.ID(r.number())
	if r.bad {
		return errStale
	}
	if id != c.Faction {
		return errOthers
	}
	return nil
}
