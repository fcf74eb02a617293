package commands

import (
	"maps"
	"slices"
)

// Actions lists every button, select and form once, as the first two parts of its
// custom id, sorted.
func (r *Registry) Actions() []string { return slices.Sorted(maps.Keys(r.actions)) }
