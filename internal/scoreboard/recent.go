package scoreboard

// recent remembers what was met lately, in bounded memory and without a search:
// whoever was met lately is among the young. When those are too many they become the
// old, and the old are forgotten. It is not safe for concurrent use.
type recent[K comparable, V any] struct {
	most       int // how many are remembered, young and old together
	young, old map[K]V
}

func newRecent[K comparable, V any](most int) recent[K, V] {
	return recent[K, V]{most: most, young: make(map[K]V)}
}

// find gives what is remembered of a key and makes it young again.
func (m *recent[K, V]) find(key K) (V, bool) {
	if value, ok := m.young[key]; ok {
		return value, true
	}
	value, ok := m.old[key]
	if ok {
		m.remember(key, value)
	}
	return value, ok
}

func (m *recent[K, V]) remember(key K, value V) {
	delete(m.old, key)
	if _, ok := m.young[key]; !ok && len(m.young) >= m.most/2 {
		m.old, m.young = m.young, make(map[K]V)
	}
	m.young[key] = value
}

func (m *recent[K, V]) forget(key K) {
	delete(m.young, key)
	delete(m.old, key)
}
