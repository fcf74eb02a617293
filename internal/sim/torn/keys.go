package torn

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// Level is how much a key may read.
type Level int

// The access levels. A Custom key reads everything public and what it lists.
const (
	Custom  Level = 0
	Public  Level = 1
	Minimal Level = 2
	Limited Level = 3
	Full    Level = 4
)

func (l Level) name() string {
	return [...]string{"Custom", "Public Only", "Minimal Access", "Limited Access", "Full Access"}[min(max(int(l), 0), 4)]
}

// KeyState is what keeps a key from working, as the error code it answers with;
// zero is a working key.
type KeyState int

// The states of a key.
const (
	KeyOK        KeyState = 0
	KeyRevoked   KeyState = codeIncorrectKey
	KeyJailed    KeyState = codeJailed
	KeyReadError KeyState = codeKeyRead
	KeyInactive  KeyState = codeInactive
	KeyPaused    KeyState = codePaused
)

// Key is an API key: 16 letters and digits that speak for one player.
type Key struct {
	Value  string
	Player int64
	Level  Level
	// Faction is the owner's wish to read faction data with it; it also takes a
	// position with the ability "Faction API Access".
	Faction bool
	// Selections of a Custom key by section: {"faction": {"attacks"}}.
	Selections map[string][]string
	State      KeyState
}

// AddKey makes a key work. An empty Value is drawn; the value is returned.
func (w *World) AddKey(k Key) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.players[k.Player] == nil {
		return "", fmt.Errorf("add a key of player %d: %w", k.Player, errUnknownPlayer)
	}
	return w.addKey(w.rng, k), nil
}

func (w *World) addKey(rng *rand.Rand, k Key) string {
	for k.Value == "" || w.keys[k.Value] != nil && w.keys[k.Value].Player != k.Player {
		k.Value = randomText(rng, 16, alphanumeric)
	}
	w.keys[k.Value] = &k
	return k.Value
}

// SetKeyState pauses, revokes or revives a key; unknown keys are ignored.
func (w *World) SetKeyState(key string, s KeyState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k := w.keys[key]; k != nil {
		k.State = s
	}
}

// KeyOf is the best working key of a player, "" when there is none.
func (w *World) KeyOf(player int64) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.keyOf(player)
}

func (w *World) keyOf(player int64) string {
	best := ""
	for _, v := range slices.Sorted(maps.Keys(w.keys)) {
		k := w.keys[v]
		if k.Player == player && k.State == KeyOK && (best == "" || k.Level > w.keys[best].Level) {
			best = v
		}
	}
	return best
}

// LeaderKey is a Full key of our leader.
func (w *World) LeaderKey() string { return w.KeyOf(w.Plan().Leader) }

// OfficerKey is a Limited key with faction access, of an officer.
func (w *World) OfficerKey() string { return w.KeyOf(w.Plan().Officers[0]) }

// MemberKeys are Limited keys of members without faction access, in roster order.
func (w *World) MemberKeys() []string {
	var out []string
	for _, id := range w.Plan().Members {
		if k := w.KeyOf(id); k != "" {
			out = append(out, k)
		}
	}
	return out
}

// EnemyKey is a Full key of the enemy's leader.
func (w *World) EnemyKey() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g := w.groups[w.plan.EnemyFaction]; g != nil {
		return w.keyOf(g.leader)
	}
	return ""
}

// PublicKey is a Public Only key; it belongs to one of our recruits.
func (w *World) PublicKey() string { return w.KeyOf(w.Plan().Recruits[0]) }

// AllKeys lists every key there is, to look for them where they must not be.
func (w *World) AllKeys() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.keys))
}

// hasFactionAccess is the "AA" of /key/info.
func (w *World) hasFactionAccess(k *Key) bool {
	p := w.players[k.Player]
	if p == nil || p.faction == 0 || !k.Faction {
		return false
	}
	pos, ok := w.groups[p.faction].position(p.position)
	return ok && slices.Contains(pos.Abilities, AbilityFactionAPI)
}

// mayRead tells whether the key's level opens a selection.
func (k *Key) mayRead(e *endpoint) bool {
	if e.level <= Public {
		return true
	}
	if k.Level == Custom {
		return slices.Contains(k.Selections[e.section], e.selection)
	}
	return k.Level >= e.level
}
