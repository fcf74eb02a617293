package scoreboard

import (
	"sync"

	"consigliere/internal/faction"
)

// hub tells open pages that something changed. It holds no data and never waits:
// who has not looked since the last change is not told twice.
type hub struct {
	most, mostPerFaction, mostPerLink int

	mu        sync.Mutex
	listeners map[faction.ID]map[*listener]struct{}
	perLink   map[ownLink]int
	open      int
}

// ownLink is a link: its number is its faction's, and another may have the same.
type ownLink struct {
	of   faction.ID
	link int64
}

// listener is one open page.
type listener struct {
	ownLink
	// woken holds at most one sign that something changed.
	woken chan struct{}
}

func newHub(most, mostPerFaction, mostPerLink int) *hub {
	return &hub{
		most: most, mostPerFaction: mostPerFaction, mostPerLink: mostPerLink,
		listeners: make(map[faction.ID]map[*listener]struct{}),
		perLink:   make(map[ownLink]int),
	}
}

// join registers a page; ok is false when there are too many already,
// in all, of its faction or of its link: no faction can use up everybody's places.
func (h *hub) join(of faction.ID, link int64) (l *listener, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open >= h.most || len(h.listeners[of]) >= h.mostPerFaction || h.perLink[ownLink{of, link}] >= h.mostPerLink {
		return nil, false
	}
	l = &listener{ownLink: ownLink{of, link}, woken: make(chan struct{}, 1)}
	if h.listeners[of] == nil {
		h.listeners[of] = make(map[*listener]struct{})
	}
	h.listeners[of][l] = struct{}{}
	h.perLink[l.ownLink]++
	h.open++
	return l, true
}

// leave forgets a page that joined.
func (h *hub) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners[l.of], l)
	if len(h.listeners[l.of]) == 0 {
		delete(h.listeners, l.of)
	}
	if h.perLink[l.ownLink]--; h.perLink[l.ownLink] == 0 {
		delete(h.perLink, l.ownLink)
	}
	h.open--
}

// changed wakes the pages of one faction.
func (h *hub) changed(of faction.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners[of] {
		select {
		case l.woken <- struct{}{}:
		default:
		}
	}
}
