package scoreboard

import (
	"encoding/json"
	"net/http"
)

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
	answer := struct {
		Ready  bool    `json:"ready"`
		Checks []Check `json:"checks"`
	}{Ready: true, Checks: []Check{}}
	if s.cfg.Ready != nil {
		answer.Checks = append(answer.Checks, s.cfg.Ready(r.Context())...)
	}
	for _, c := range answer.Checks {
		answer.Ready = answer.Ready && c.OK
	}
	status := http.StatusOK
	if !answer.Ready {
		status = http.StatusServiceUnavailable
	}
	body, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.send(w, r, status, typeJSON, append(body, '\n'))
}
