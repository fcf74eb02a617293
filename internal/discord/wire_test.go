package discord

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

// frameOf is a frame as a server sends it.
func frameOf(kind byte, payload string) string {
	head := []byte{0x80 | kind}
	switch n := len(payload); {
	case n < 126:
		head = append(head, byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	return string(head) + payload
}

// readConn is a connection that only reads.
type readConn struct {
	net.Conn
	r io.Reader
}

func (c readConn) Read(p []byte) (int, error) { return c.r.Read(p) }
func (readConn) Close() error                 { return nil }

func through(r io.Reader) (string, *wire, error) {
	w := newWire(readConn{r: r})
	got, err := io.ReadAll(w)
	return string(got), w, err
}

func TestFramesPassTheWireUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream bytes.Buffer
		stream.WriteString(switching)
		for range rapid.IntRange(0, 6).Draw(t, "frames") {
			size := rapid.OneOf(rapid.IntRange(0, 300), rapid.SampledFrom([]int{125, 126, 65535, 65536, maxInspected, maxInspected + 1, 100_000})).Draw(t, "size")
			stream.WriteString(frameOf(rapid.SampledFrom([]byte{0, 1, 2, 9, 10}).Draw(t, "kind"), strings.Repeat("x", size)))
		}
		want := stream.String()
		r := io.Reader(strings.NewReader(want))
		if rapid.Bool().Draw(t, "in small pieces") {
			r = iotest.HalfReader(r)
		}
		got, _, err := through(r)
		if err != nil || got != want {
			t.Fatalf("%d bytes came out of %d, %v", len(got), len(want), err)
		}
	})
}

func TestWhatDiscordgoCannotBearEndsTheConnection(t *testing.T) {
	hello := frameOf(frameText, `{"op":10,"d":{"heartbeat_interval":41250}}`)
	for _, tt := range []struct {
		name  string
		frame string
		want  error
	}{
		{"op 7", frameOf(frameText, `{"t":null,"s":null,"op":7,"d":null}`), errReconnectAsked},
		{"op 9", frameOf(frameText, `{"op":9,"d":false}`), errSessionInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, w, err := through(strings.NewReader(switching + hello + tt.frame + hello))
			if got != switching+hello {
				t.Errorf("discordgo saw %q", got)
			}
			if !errors.Is(err, tt.want) || !errors.Is(w.reason(), tt.want) {
				t.Errorf("got %v, reason %v", err, w.reason())
			}
		})
	}
}

func TestTheWireNotesHelloAcksAndCloseCodes(t *testing.T) {
	start := time.Now()
	_, w, _ := through(strings.NewReader(switching + frameOf(frameText, `{"op":10,"d":{"heartbeat_interval":41250}}`) +
		frameOf(frameText, `{"op":11}`) + frameOf(frameClose, "\x0f\xa9bye")))
	interval, acked := w.heartbeat()
	if interval != 41250*time.Millisecond || acked.Before(start) {
		t.Errorf("interval %v, acked %v", interval, acked)
	}
	var closed closedError
	if !errors.As(w.reason(), &closed) || closed.code != 4009 {
		t.Errorf("reason %v", w.reason())
	}
}

func TestAHelloWithoutAnIntervalIsRefused(t *testing.T) {
	// discordgo would make a ticker of zero, which panics.
	for _, hello := range []string{`{"op":10,"d":{}}`, `{"op":10,"d":{"heartbeat_interval":0}}`, `{"op":10}`} {
		if _, w, err := through(strings.NewReader(switching + frameOf(frameText, hello))); err == nil {
			t.Errorf("%s passed, reason %v", hello, w.reason())
		}
	}
}

func TestARefusedHandshakePassesAsItIs(t *testing.T) {
	const answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 11\r\n\r\nunavailable"
	got, _, err := through(strings.NewReader(answer))
	if got != answer || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNoStreamOfBytesBreaksTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		junk := rapid.SliceOf(rapid.Byte()).Draw(t, "junk")
		_, w, _ := through(io.MultiReader(strings.NewReader(switching), bytes.NewReader(junk)))
		if w.reason() == nil {
			t.Fatal("a stream that ended has no reason")
		}
	})
}

func TestOnlySomeEndsCanBeResumed(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{io.EOF, true}, {errReconnectAsked, true}, {errNoAck, true}, {errSessionInvalid, false},
		{closedError{4000}, true}, {closedError{4009}, false}, {closedError{4007}, false},
		{closedError{4004}, false}, {closedError{4014}, false}, {closedError{1001}, false},
	} {
		if got := resumable(tt.err); got != tt.want {
			t.Errorf("%v: resumable %v", tt.err, got)
		}
	}
}
