package scoreboard

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// readyLasts is how long one look at what the process needs serves all who ask, in
// wall time: a flood of questions costs one look a second.
const readyLasts = time.Second

// Check is one thing that has to work, for /readyz.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Detail says how it fares: an age, or why it does not work. Everybody can read it.
	Detail string `json:"detail,omitempty"`
}

// healthz tells that the process answers.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	s.send(w, r, http.StatusOK, typeText, []byte("ok\n"))
}

// readyz tells whether everything that the process needs works: 503 with the
// reasons when something does not.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	a, err := s.readiness.ask(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.send(w, r, a.status, typeJSON, a.body)
}

// readiness looks once for all who ask at about the same time.
type readiness struct {
	checks func(context.Context) []Check // nil: always ready
	flight singleflight.Group

	mu   sync.Mutex
	last readyAnswer
}

type readyAnswer struct {
	status int // zero: nobody has looked
	body   []byte
	at     time.Time
}

func (c *readiness) ask(ctx context.Context) (readyAnswer, error) {
	if a, ok := c.fresh(); ok {
		return a, nil
	}
	got, err, _ := c.flight.Do("", func() (any, error) {
		// Whoever found the answer old while another was looking needs no second look.
		if a, ok := c.fresh(); ok {
			return a, nil
		}
		// The first one's leaving does not spoil it for the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
		defer cancel()
		return c.look(ctx)
	})
	if err != nil {
		return readyAnswer{}, err
	}
	return got.(readyAnswer), nil
}

func (c *readiness) fresh() (readyAnswer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last, c.last.status != 0 && time.Since(c.last.at) < readyLasts
}

func (c *readiness) look(ctx context.Context) (readyAnswer, error) {
	answer := struct {
		Ready  bool    `json:"ready"`
		Checks []Check `json:"checks"`
	}{Ready: true, Checks: []Check{}}
	if c.checks != nil {
		answer.Checks = append(answer.Checks, c.checks(ctx)...)
	}
	for _, check := range answer.Checks {
		answer.Ready = answer.Ready && check.OK
	}
	body, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		return readyAnswer{}, fmt.Errorf("write whether the process is ready: %w", err)
	}
	a := readyAnswer{status: http.StatusOK, body: append(body, '\n'), at: time.Now()}
	if !answer.Ready {
		a.status = http.StatusServiceUnavailable
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = a
	return a, nil
}
