package torn

import (
	"net/http"
	"sync"
	"time"
)

const (
	// tooFar is from when a clock that differs from Torn's is worth a word: warnings of a
	// chain count the seconds.
	tooFar = 3 * time.Second
	// agreeing is how many answers in a row have to tell of a difference.
	agreeing = 3
)

// Skew is how far our clock differs from Torn's, by the time that Torn's answers bear. All
// deadlines are moments of Torn's, so that by a clock that is off each warning comes early
// or late by as much.
type Skew struct {
	mu   sync.Mutex
	last [agreeing]time.Duration // of the latest answers
	said bool
}

// Ahead is how far our clock is ahead of Torn's, at least; below zero, how far behind.
// far tells that it is more than a few seconds. Zero while the answers tell of none.
func (s *Skew) Ahead() (ahead time.Duration, far bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ahead()
}

// ahead is what the latest answers agree on: of their figures the one nearest to zero.
func (s *Skew) ahead() (ahead time.Duration, far bool) {
	ahead = s.last[0]
	for _, d := range s.last[1:] {
		switch {
		case d > 0 != (ahead > 0) || d < 0 != (ahead < 0):
			return 0, false
		case d.Abs() < ahead.Abs():
			ahead = d
		}
	}
	return ahead, ahead.Abs() > tooFar
}

// note takes in an answer that says it is of the second at, asked for and received at
// moments of our clock: somewhere between these lies a moment of that second, and what
// this leaves open is not counted. news tells that Ahead has become far, or is nothing
// again after that.
func (s *Skew) note(at, sent, received time.Time) (ahead time.Duration, far, news bool) {
	var d time.Duration
	if least := sent.Sub(at.Add(time.Second)); least > 0 {
		d = least
	} else if most := received.Sub(at); most < 0 {
		d = most
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	copy(s.last[1:], s.last[:agreeing-1])
	s.last[0] = d
	ahead, far = s.ahead()
	if news = far && !s.said || ahead == 0 && s.said; news {
		s.said = far
	}
	return ahead, far, news
}

// mark compares our clock with the one that an answer was made by. One that a cache
// gives again tells nothing.
func (c *Client) mark(resp *http.Response, sent time.Time) {
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if age := resp.Header.Get("Age"); err != nil || age != "" && age != "0" {
		return
	}
	switch ahead, far, news := c.skew.note(at, sent, c.clock.Now()); {
	case !news:
	case far:
		c.log.Warn("torn: this host's clock differs from Torn's; warnings that count down are off by as much", "ahead", ahead.Round(time.Second))
	default:
		c.log.Info("torn: this host's clock agrees with Torn's again")
	}
}
