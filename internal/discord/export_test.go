package discord

import (
	"crypto/tls"
	"crypto/x509"
	"time"
)

// Hurry shortens the waits between connections, so that tests of them take
// seconds. Discord's own deadlines stay.
func (s *Session) Hurry() {
	s.timing.minBackoff = 50 * time.Millisecond
	s.timing.maxBackoff = 200 * time.Millisecond
	s.timing.identifyGap = 10 * time.Millisecond
	s.timing.invalid = 20 * time.Millisecond
	s.timing.open = 3 * time.Second
	s.timing.grace = time.Second
	s.transport.backoff = 10 * time.Millisecond
}

// StartWithin shortens how long Start waits for a Discord that cannot be reached.
func (s *Session) StartWithin(d time.Duration) { s.timing.startWithin = d }

// Trust makes REST and the gateway accept certificates of a test's own.
func (s *Session) Trust(roots *x509.CertPool) {
	s.transport.roots = roots
	s.transport.base.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}
