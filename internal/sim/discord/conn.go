package discord

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// conn is one websocket. A goroutine of its own writes; reading is done by the
// goroutine that serves the request.
type conn struct {
	g       *gateway
	ws      *websocket.Conn
	session *session // guarded by gateway.mu
	out     chan frame
	done    chan struct{} // closed by hangUp
	once    sync.Once
	writer  sync.WaitGroup
}

// queued is how many frames may wait for a slow client before it is cut off.
const queued = 512

func newConn(g *gateway, ws *websocket.Conn) *conn {
	c := &conn{g: g, ws: ws, out: make(chan frame, queued), done: make(chan struct{})}
	c.writer.Go(c.write)
	return c
}

// send queues a frame and never blocks.
func (c *conn) send(f frame) {
	select {
	case c.out <- f:
	case <-c.done:
	default:
		c.hangUp()
	}
}

func (c *conn) write() {
	for {
		select {
		case f := <-c.out:
			_ = c.ws.SetWriteDeadline(time.Now().Add(10 * time.Second)) // fails only on a closed connection
			if c.ws.WriteJSON(f) != nil {
				c.hangUp()
				return
			}
		case <-c.done:
			return
		}
	}
}

// hangUp closes the socket without a word.
func (c *conn) hangUp() {
	c.once.Do(func() {
		close(c.done)
		_ = c.ws.Close() // whoever reads or writes notices
	})
}

// end closes the connection with a code.
func (c *conn) end(code int, why string) {
	msg := websocket.FormatCloseMessage(code, why)
	_ = c.ws.WriteControl(websocket.CloseMessage, msg, time.Now().Add(time.Second)) // best effort before the socket closes
	c.hangUp()
}

// finish waits for the writer.
func (c *conn) finish() {
	c.hangUp()
	c.writer.Wait()
}

// wait lets d pass and tells whether the connection is still there.
func (c *conn) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.done:
		return false
	}
}

// read handles what the client sends until the connection ends. A client that
// misses two heartbeats is cut off.
func (c *conn) read() {
	patience := 2*c.g.s.cfg.Heartbeat + time.Second
	_ = c.ws.SetReadDeadline(time.Now().Add(patience)) // fails only on a closed connection
	goodbye := false
	defer func() { c.g.detach(c, goodbye) }()
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				goodbye = closed.Code == websocket.CloseNormalClosure || closed.Code == websocket.CloseGoingAway
			}
			return
		}
		var f frame
		if json.Unmarshal(b, &f) != nil {
			c.end(closeDecode, "Error while decoding payload.")
			return
		}
		switch f.Op {
		case opHeartbeat:
			_ = c.ws.SetReadDeadline(time.Now().Add(patience)) // fails only on a closed connection
			if c.g.heartbeat() {
				c.send(frame{Op: opAck, Data: raw(nil)})
			}
		case opIdentify:
			c.g.begin(c, f.Data)
		case opResume:
			c.g.resume(c, f.Data)
		case opPresence, opVoice, opRequestMembers:
			if !c.known() {
				c.end(closeNotAuthenticated, "Not authenticated.")
				return
			}
		default:
			c.end(closeUnknownOp, "Unknown opcode.")
			return
		}
	}
}

func (c *conn) known() bool {
	c.g.mu.Lock()
	defer c.g.mu.Unlock()
	return c.session != nil
}
