package torn

import (
	"sync"
	"time"
)

// limiter counts requests in rolling minutes of the world's clock, per player and
// per address.
type limiter struct {
	perUser, perHost int // negative: no limit

	mu    sync.Mutex
	users map[int64][]int64 // moments of the last minute, nanoseconds
	hosts map[string][]int64
}

func newLimiter(perUser, perHost int) *limiter {
	return &limiter{perUser: perUser, perHost: perHost, users: map[int64][]int64{}, hosts: map[string][]int64{}}
}

func (l *limiter) host(addr string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return take(l.hosts, addr, now.UnixNano(), l.perHost)
}

func (l *limiter) user(id int64, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return take(l.users, id, now.UnixNano(), l.perUser)
}

// take enters a request, unless n are in the last minute already. A refused
// request does not count.
func take[K comparable](seen map[K][]int64, k K, now int64, n int) bool {
	if n < 0 {
		return true
	}
	list := seen[k]
	first := 0
	for first < len(list) && list[first] <= now-int64(time.Minute) {
		first++
	}
	list = list[first:]
	if len(list) >= n {
		seen[k] = list
		return false
	}
	seen[k] = append(list, now)
	return true
}

// answerCache serves an answer again for a while, as Torn does. It knows a
// question by who asked what, without the timestamp; a timestamp it has not seen
// with that question passes it by.
type answerCache struct {
	ttl time.Duration // negative: no cache

	mu      sync.Mutex
	answers map[string]cachedAnswer
}

type cachedAnswer struct {
	at    time.Time
	stamp string
	body  []byte
}

// maxCached bounds the cache; beyond it whatever is stale goes.
const maxCached = 4096

func newAnswerCache(ttl time.Duration) *answerCache {
	return &answerCache{ttl: ttl, answers: map[string]cachedAnswer{}}
}

func (c *answerCache) get(question, stamp string, now time.Time) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.answers[question]
	if !ok || now.Sub(a.at) >= c.ttl || stamp != "" && stamp != a.stamp {
		return nil, false
	}
	return a.body, true
}

func (c *answerCache) put(question, stamp string, now time.Time, body []byte) {
	if c.ttl < 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.answers) >= maxCached {
		for k, a := range c.answers {
			if now.Sub(a.at) >= c.ttl {
				delete(c.answers, k)
			}
		}
	}
	if len(c.answers) < maxCached {
		c.answers[question] = cachedAnswer{now, stamp, body}
	}
}
