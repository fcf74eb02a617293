package budget

import (
	"context"
	"slices"
	"sort"
	"sync"

	"consigliere/internal/faction"
)

// queue keeps the waiting calls of each player in order: the best rank first,
// within a rank whoever came first.
type queue struct {
	mu    sync.Mutex
	lines map[faction.PlayerID][]*waiter
}

// waiter is one waiting call. woken holds a token once it has come first.
type waiter struct {
	rank  int
	woken chan struct{}
}

func newQueue() *queue { return &queue{lines: map[faction.PlayerID][]*waiter{}} }

// join lines a call up.
func (q *queue) join(player faction.PlayerID, rank int) *waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	w := &waiter{rank: rank, woken: make(chan struct{}, 1)}
	line := q.lines[player]
	at := sort.Search(len(line), func(i int) bool { return line[i].rank > rank })
	q.lines[player] = slices.Insert(line, at, w)
	return w
}

// leave takes a call out, served or not, and wakes the next.
func (q *queue) leave(player faction.PlayerID, w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := slices.DeleteFunc(q.lines[player], func(o *waiter) bool { return o == w })
	if len(line) == 0 {
		delete(q.lines, player)
		return
	}
	q.lines[player] = line
	select {
	case line[0].woken <- struct{}{}:
	default:
	}
}

// first waits until the call stands first in its line.
func (q *queue) first(ctx context.Context, player faction.PlayerID, w *waiter) error {
	for {
		q.mu.Lock()
		ours := q.lines[player][0] == w
		q.mu.Unlock()
		if ours {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.woken:
		}
	}
}
