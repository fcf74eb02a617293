package scoreboard_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"consigliere/internal/faction"
)

// oneConnection is a listener to which one client connects.
type oneConnection struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l oneConnection) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l oneConnection) Close() error { close(l.done); return nil }

func (l oneConnection) Addr() net.Addr { return &net.TCPAddr{} }

func TestWhoAsksAndDoesNotReadIsHungUpOn(t *testing.T) {
	for path, most := range map[string]time.Duration{
		"/": 30 * time.Second, "/readyz": 30 * time.Second, "/war/4711": 30 * time.Second, "/war/4711.csv": 30 * time.Second,
		"/static/style.css": 30 * time.Second, "/war/4711/events": 10 * time.Second,
	} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := aWar()
				client, server := net.Pipe() // holds nothing: what is not read is not written
				closed := make(chan struct{})
				web := &http.Server{Handler: board(t, f).Handler(), ReadHeaderTimeout: time.Second, ConnState: func(_ net.Conn, s http.ConnState) {
					if s == http.StateClosed {
						close(closed)
					}
				}}
				l := oneConnection{make(chan net.Conn, 1), make(chan struct{})}
				l.conns <- server
				ended := make(chan error, 1)
				go func() { ended <- web.Serve(l) }()
				began := time.Now()
				if _, err := fmt.Fprintf(client, "GET %s HTTP/1.1\r\nHost: x\r\nCookie: consigliere=%s\r\n\r\n", path, f.link(faction.WebLink{Faction: ours})); err != nil {
					t.Fatal(err)
				}
				select {
				case <-closed:
					if held := time.Since(began); held > most+time.Second {
						t.Errorf("the connection was held for %s", held)
					}
				case <-time.After(time.Hour):
					t.Error("the connection is held for good")
				}
				_ = client.Close()
				_ = web.Close()
				if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
					t.Error(err)
				}
			})
		})
	}
}
