package discord

import (
	"context"
	"time"
)

// gatewayFaults is what goes wrong on the websocket. Guarded by gateway.mu.
type gatewayFaults struct {
	refuse            int
	reconnectOnResume int
	invalidOnResume   int
	readyDelay        time.Duration
	silent            bool
}

// GatewayFault says what goes wrong with coming connections; each field counts
// down on its own.
type GatewayFault struct {
	Refuse            int           // websockets answered with 503
	ReconnectOnResume int           // op 7 in place of RESUMED
	InvalidOnResume   int           // op 9 in place of RESUMED
	ReadyDelay        time.Duration // wait before the next READY
}

// FaultGateway sets faults of coming connections.
func (s *Server) FaultGateway(f GatewayFault) {
	g := s.gateway
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults.refuse = f.Refuse
	g.faults.reconnectOnResume = f.ReconnectOnResume
	g.faults.invalidOnResume = f.InvalidOnResume
	g.faults.readyDelay = f.ReadyDelay
}

// SilenceHeartbeats stops acknowledging heartbeats, or starts again.
func (s *Server) SilenceHeartbeats(silent bool) {
	s.gateway.mu.Lock()
	defer s.gateway.mu.Unlock()
	s.gateway.faults.silent = silent
}

// DropGateway cuts every connection without a close frame. Sessions can resume.
func (s *Server) DropGateway() {
	s.gateway.each(func(c *conn) { c.hangUp() })
}

// ReconnectGateway asks every connection to reconnect (op 7).
func (s *Server) ReconnectGateway() {
	s.gateway.each(func(c *conn) { c.send(frame{Op: opReconnect, Data: raw(nil)}) })
}

// InvalidateSessions ends every session (op 9); clients must identify again on
// the same connection.
func (s *Server) InvalidateSessions() {
	s.gateway.each(func(c *conn) {
		if c.session == nil {
			return
		}
		delete(s.gateway.sessions, c.session.id)
		c.session = nil
		c.send(frame{Op: opInvalidSession, Data: raw(false)})
	})
}

// Gateway tells what the gateway has seen so far.
func (s *Server) Gateway() GatewayCounts {
	s.gateway.mu.Lock()
	defer s.gateway.mu.Unlock()
	return s.gateway.count()
}

// WaitOnline returns when n sessions are connected.
func (s *Server) WaitOnline(ctx context.Context, n int) error {
	return s.await(ctx, func() bool { return s.Gateway().Live == n })
}

func (g *gateway) count() GatewayCounts {
	out := g.counts
	out.Live = 0
	for _, ses := range g.sessions {
		if ses.conn != nil {
			out.Live++
		}
	}
	return out
}

func (g *gateway) each(do func(*conn)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		do(c)
	}
}

// heartbeat counts one and tells whether to acknowledge it.
func (g *gateway) heartbeat() bool {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts.Heartbeats++
	g.s.bump()
	return !g.faults.silent
}
