package discord

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// Why a gateway connection ended, beyond a network error.
var (
	errReconnectAsked = errors.New("discord asked to reconnect (op 7)")
	errSessionInvalid = errors.New("discord ended the session (op 9)")
	errNoAck          = errors.New("discord stopped answering heartbeats")
	errNotReady       = errors.New("discord did not complete the handshake in time")
	errStopped        = errors.New("stopped")
)

// closedError is a close frame from Discord.
type closedError struct{ code int }

func (e closedError) Error() string { return fmt.Sprintf("discord closed the connection (%d)", e.code) }

const (
	// writeTimeout ends a connection whose peer no longer reads.
	writeTimeout = 10 * time.Second
	// maxInspected bounds the frames that are looked into. Only dispatches, which
	// are none of the wire's business, are ever larger.
	maxInspected = 32 << 10
)

// wire is the network connection that discordgo's websocket runs on. It reads
// Discord's frames before discordgo does, because discordgo
//
//   - waits for ever, holding its own lock, when op 7 comes while it is opening;
//   - answers op 9 at once, and on the session that was just declared dead;
//   - tells nobody about heartbeat acks.
//
// Op 7, op 9 and missing acks therefore end the connection here, which discordgo
// understands in every state, and the supervisor decides what follows.
type wire struct {
	net.Conn
	br    *bufio.Reader
	ready bytes.Buffer // inspected, not yet read by the websocket
	phase func() error // reads the next piece into ready
	rest  int64        // bytes left of a frame that is passed through

	mu       sync.Mutex
	interval time.Duration // of heartbeats, from hello; 0 until then
	acked    time.Time     // last heartbeat ack, or hello
	cause    error
	done     chan struct{} // closed when the connection is over
}

func newWire(conn net.Conn) *wire {
	w := &wire{Conn: conn, br: bufio.NewReaderSize(conn, 4<<10), done: make(chan struct{})}
	w.phase = w.handshake
	return w
}

// Read gives the websocket what has been inspected.
func (w *wire) Read(p []byte) (int, error) {
	for w.ready.Len() == 0 {
		if err := w.phase(); err != nil {
			w.end(err)
			return 0, err
		}
	}
	return w.ready.Read(p)
}

// Write bounds how long the peer may leave us waiting.
func (w *wire) Write(p []byte) (int, error) {
	if err := w.Conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return w.Conn.Write(p)
}

// Close ends the connection from our side.
func (w *wire) Close() error {
	w.end(errStopped)
	return w.Conn.Close()
}

// cut ends the connection for a reason of our own; the websocket sees a read error.
func (w *wire) cut(cause error) {
	w.end(cause)
	w.Conn.Close()
}

// end notes the first reason.
func (w *wire) end(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cause == nil {
		w.cause = cause
		close(w.done)
	}
}

// reason is why the connection ended, nil while it has not.
func (w *wire) reason() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cause
}

// heartbeat is the interval Discord asked for (0: not yet) and the last sign of
// life that answered one.
func (w *wire) heartbeat() (interval time.Duration, acked time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.interval, w.acked
}

// handshake passes the HTTP answer on, to its empty line. Anything but "101
// Switching Protocols" has no frames after it.
func (w *wire) handshake() error {
	line, err := w.br.ReadSlice('\n')
	w.ready.Write(line)
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil
	case err != nil:
		return err
	case strings.HasPrefix(string(line), "HTTP/") && !strings.Contains(string(line), " 101 "):
		w.phase = w.passAll
	case len(bytes.TrimSpace(line)) == 0:
		w.phase = w.frame
	}
	return nil
}

func (w *wire) passAll() error {
	if _, err := w.br.Peek(1); err != nil {
		return err
	}
	_, err := io.CopyN(&w.ready, w.br, int64(w.br.Buffered()))
	return err
}

// frame reads one frame (RFC 6455, section 5.2) and looks into it, or only its
// header when it is large.
func (w *wire) frame() error {
	var head [14]byte
	if _, err := io.ReadFull(w.br, head[:2]); err != nil {
		return err
	}
	n, size := 2, int64(head[1]&0x7f)
	switch size {
	case 126:
		n = 4
	case 127:
		n = 10
	}
	masked := head[1]&0x80 != 0 // a server must not; the websocket will refuse it
	if masked {
		n += 4
	}
	if _, err := io.ReadFull(w.br, head[2:n]); err != nil {
		return err
	}
	switch size {
	case 126:
		size = int64(binary.BigEndian.Uint16(head[2:4]))
	case 127:
		size = int64(binary.BigEndian.Uint64(head[2:10]) & (1<<63 - 1))
	}
	w.ready.Write(head[:n])
	if size > maxInspected {
		w.rest, w.phase = size, w.passFrame
		return nil
	}
	start := w.ready.Len()
	if _, err := io.CopyN(&w.ready, w.br, size); err != nil {
		w.ready.Reset()
		return err
	}
	whole := head[0]&0x80 != 0
	if masked || !whole {
		return nil
	}
	if err := w.inspect(head[0]&0x0f, w.ready.Bytes()[start:]); err != nil {
		w.ready.Reset() // what discordgo must not see
		w.cut(err)
		return err
	}
	return nil
}

func (w *wire) passFrame() error {
	if _, err := w.br.Peek(1); err != nil {
		return err
	}
	n, err := io.CopyN(&w.ready, w.br, min(w.rest, int64(w.br.Buffered())))
	if w.rest -= n; w.rest == 0 {
		w.phase = w.frame
	}
	return err
}

// Websocket frame kinds and gateway operations that matter here.
const (
	frameText  = 1
	frameClose = 8

	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatAck   = 11
)

// inspect learns from a frame; an error ends the connection.
func (w *wire) inspect(kind byte, payload []byte) error {
	if kind == frameClose {
		if len(payload) >= 2 {
			w.end(closedError{int(binary.BigEndian.Uint16(payload))})
		}
		return nil
	}
	if kind != frameText {
		return nil
	}
	var f struct {
		Op   int             `json:"op"`
		Type string          `json:"t"`
		Data json.RawMessage `json:"d"`
	}
	if json.Unmarshal(payload, &f) != nil {
		return nil // discordgo will say so
	}
	switch f.Op {
	case opReconnect:
		return errReconnectAsked
	case opInvalidSession:
		return errSessionInvalid
	case opHello:
		var hello struct {
			Interval int64 `json:"heartbeat_interval"` // milliseconds
		}
		if err := json.Unmarshal(f.Data, &hello); err != nil || hello.Interval <= 0 {
			return errors.New("discord's hello names no heartbeat interval")
		}
		w.beat(time.Duration(hello.Interval) * time.Millisecond)
	case opHeartbeatAck:
		w.beat(0)
	}
	return nil
}

func (w *wire) beat(interval time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acked = time.Now()
	if interval > 0 {
		w.interval = interval
	}
}
