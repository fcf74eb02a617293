package discord

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const gatewayPath = "/gateway/"

// Gateway operations.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opPresence       = 3
	opVoice          = 4
	opResume         = 6
	opReconnect      = 7
	opRequestMembers = 8
	opInvalidSession = 9
	opHello          = 10
	opAck            = 11
)

// Close codes of the gateway.
const (
	closeUnknownOp        = 4001
	closeDecode           = 4002
	closeNotAuthenticated = 4003
	closeBadToken         = 4004
	closeTwice            = 4005
	closeTimedOut         = 4009
	closeVersion          = 4012
	closeIntents          = 4014
)

const (
	intentGuilds = 1 << 0
	// Members, presences and message content need Discord's approval, which this
	// bot neither has nor wants.
	intentsPrivileged = 1<<1 | 1<<8 | 1<<15
)

// frame is what goes over the websocket.
type frame struct {
	Op   int             `json:"op"`
	Data json.RawMessage `json:"d"`
	Seq  *int64          `json:"s,omitempty"`
	Type string          `json:"t,omitempty"`
}

// gateway holds the sessions. Its mutex may be taken while Server.mu is held, not
// the other way round.
type gateway struct {
	s        *Server
	upgrader websocket.Upgrader
	wg       sync.WaitGroup // of connections

	mu       sync.Mutex
	shut     bool
	lastBase string // the address the newest connection arrived at
	conns    map[*conn]bool
	sessions map[string]*session
	faults   gatewayFaults
	counts   GatewayCounts
}

// GatewayCounts tells what the gateway has seen.
type GatewayCounts struct {
	Connects   int // websockets opened
	Identifies int // sessions begun
	Resumes    int // sessions continued
	Heartbeats int
	Live       int // sessions connected now
}

// session is what outlives a connection: events are numbered, and those sent
// while nobody listened are sent again on resume.
type session struct {
	id      string
	shard   [2]int
	intents int
	seq     int64
	sent    []frame
	conn    *conn     // nil while disconnected
	left    time.Time // when it was disconnected
}

const (
	keptFrames  = 1000
	keptSession = 3 * time.Minute // how long a session waits to be resumed
)

func newGateway(s *Server) *gateway {
	return &gateway{
		s: s, upgrader: websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }},
		conns: map[*conn]bool{}, sessions: map[string]*session{},
	}
}

// serve runs one connection until it ends.
func (g *gateway) serve(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	if g.shut || g.faults.refuse > 0 {
		if g.faults.refuse > 0 {
			g.faults.refuse--
		}
		g.mu.Unlock()
		http.Error(w, "unavailable", http.StatusServiceUnavailable)
		return
	}
	g.wg.Add(1)
	g.lastBase = g.s.base(r)
	g.counts.Connects++
	g.mu.Unlock()
	defer g.wg.Done()

	ws, err := g.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := newConn(g, ws)
	g.mu.Lock()
	g.conns[c] = true
	if g.shut { // Close ran meanwhile and did not see this one
		c.hangUp()
	}
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		delete(g.conns, c)
		g.mu.Unlock()
		c.finish()
	}()
	if v, _ := strconv.Atoi(r.URL.Query().Get("v")); v < 8 || v > 10 || r.URL.Query().Get("encoding") == "etf" {
		c.end(closeVersion, "Invalid API version")
		return
	}
	c.send(frame{Op: opHello, Data: raw(map[string]any{"heartbeat_interval": g.s.cfg.Heartbeat.Milliseconds()})})
	c.read()
}

// begin answers an identify.
func (g *gateway) begin(c *conn, data json.RawMessage) {
	var id struct {
		Token   string  `json:"token"`
		Intents *int    `json:"intents"`
		Shard   *[2]int `json:"shard"`
	}
	if json.Unmarshal(data, &id) != nil || id.Intents == nil {
		c.end(closeDecode, "Error while decoding payload.")
		return
	}
	if !g.goodToken(id.Token) {
		c.end(closeBadToken, "Authentication failed.")
		return
	}
	if *id.Intents&intentsPrivileged != 0 {
		c.end(closeIntents, "Disallowed intent(s).")
		return
	}
	if d := g.readyDelay(); d > 0 && !c.wait(d) {
		return
	}
	shard := [2]int{0, 1}
	if id.Shard != nil && id.Shard[1] > 0 {
		shard = *id.Shard
	}
	s := g.s
	s.mu.Lock()
	defer s.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.session != nil {
		c.end(closeTwice, "Already authenticated.")
		return
	}
	ses := &session{id: strings.ToLower(secret()), shard: shard, intents: *id.Intents, conn: c}
	g.sessions[ses.id] = ses
	c.session = ses
	g.counts.Identifies++
	guilds := []map[string]any{}
	for _, gid := range s.guildOrder {
		if ses.covers(gid) {
			guilds = append(guilds, map[string]any{"id": gid, "unavailable": true})
		}
	}
	ses.dispatch("READY", raw(map[string]any{
		"v": 10, "user": s.app, "guilds": guilds, "session_id": ses.id, "resume_gateway_url": g.url(),
		"shard": shard, "application": map[string]any{"id": s.app.ID, "flags": 0},
		"private_channels": []any{}, "relationships": []any{},
	}))
	for _, gid := range s.guildOrder {
		if ses.intents&intentGuilds != 0 && ses.covers(gid) {
			ses.dispatch("GUILD_CREATE", raw(s.guildCreate(s.guilds[gid])))
		}
	}
	s.bump()
}

// resume continues a session that lost its connection.
func (g *gateway) resume(c *conn, data json.RawMessage) {
	var re struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     int64  `json:"seq"`
	}
	if json.Unmarshal(data, &re) != nil {
		c.end(closeDecode, "Error while decoding payload.")
		return
	}
	if !g.goodToken(re.Token) {
		c.end(closeBadToken, "Authentication failed.")
		return
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.faults.reconnectOnResume > 0 {
		g.faults.reconnectOnResume--
		c.send(frame{Op: opReconnect, Data: raw(nil)})
		return
	}
	ses := g.sessions[re.Session]
	if g.faults.invalidOnResume > 0 {
		g.faults.invalidOnResume--
		delete(g.sessions, re.Session)
		ses = nil
	}
	if ses == nil || re.Seq > ses.seq || ses.lost(re.Seq) {
		c.send(frame{Op: opInvalidSession, Data: raw(false)})
		return
	}
	if ses.conn != nil {
		ses.conn.session = nil
		ses.conn.hangUp()
	}
	ses.conn, c.session = c, ses
	g.counts.Resumes++
	for _, f := range ses.sent {
		if *f.Seq > re.Seq {
			c.send(f)
		}
	}
	ses.dispatch("RESUMED", raw(map[string]any{}))
	g.s.bump()
}

// lost tells whether events after seq are no longer kept.
func (ses *session) lost(seq int64) bool {
	return len(ses.sent) > 0 && *ses.sent[0].Seq > seq+1
}

// covers tells whether the session's shard is the one that a guild belongs to;
// direct messages belong to the first.
func (ses *session) covers(guildID string) bool {
	if ses.shard[1] <= 1 {
		return true
	}
	return int((number(guildID)>>22)%uint64(ses.shard[1])) == ses.shard[0]
}

func (ses *session) dispatch(kind string, data json.RawMessage) {
	ses.seq++
	n := ses.seq
	f := frame{Op: opDispatch, Type: kind, Seq: &n, Data: data}
	if len(ses.sent) >= keptFrames {
		ses.sent = append([]frame(nil), ses.sent[keptFrames/2:]...)
	}
	ses.sent = append(ses.sent, f)
	if ses.conn != nil {
		ses.conn.send(f)
	}
}

// dispatch sends an event to every session whose shard has the guild. It is false
// when there is none, not even one that could resume.
func (g *gateway) dispatch(guildID, kind string, data any) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	b, sent := raw(data), false
	for _, ses := range g.sessions {
		if ses.conn == nil && time.Since(ses.left) > keptSession {
			delete(g.sessions, ses.id)
			continue
		}
		if !ses.covers(guildID) {
			continue
		}
		if kind != "INTERACTION_CREATE" && ses.intents&intentGuilds == 0 {
			continue
		}
		ses.dispatch(kind, b)
		sent = true
	}
	return sent
}

// detach notes that a connection has ended; a client that said goodbye gives its
// session up.
func (g *gateway) detach(c *conn, goodbye bool) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if ses := c.session; ses != nil && ses.conn == c {
		ses.conn, ses.left = nil, time.Now()
		if goodbye {
			delete(g.sessions, ses.id)
		}
	}
	g.s.bump()
}

func (g *gateway) goodToken(token string) bool {
	return strings.TrimPrefix(token, "Bot ") == g.s.cfg.Token
}

func (g *gateway) readyDelay() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.faults.readyDelay
	g.faults.readyDelay = 0
	return d
}

// base is the address under which the bot reaches this server.
func (g *gateway) base() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lastBase
}

func (g *gateway) url() string { return "ws" + strings.TrimPrefix(g.lastBase, "http") + gatewayPath }

func (g *gateway) close() {
	g.mu.Lock()
	g.shut = true
	for c := range g.conns {
		c.hangUp()
	}
	g.mu.Unlock()
	g.wg.Wait()
}

func (s *Server) getGateway(r *request) (reply, error) {
	return ok200(map[string]any{"url": "ws" + strings.TrimPrefix(r.base, "http") + gatewayPath})
}

func (s *Server) getGatewayBot(r *request) (reply, error) {
	s.gateway.mu.Lock()
	used := s.gateway.counts.Identifies
	s.gateway.mu.Unlock()
	total := s.cfg.Limits.Identify.N
	return ok200(map[string]any{
		"url": "ws" + strings.TrimPrefix(r.base, "http") + gatewayPath, "shards": 1,
		"session_start_limit": map[string]any{"total": total, "remaining": max(total-used, 0),
			"reset_after": s.cfg.Limits.Identify.Per.Milliseconds(), "max_concurrency": 1},
	})
}

// raw marshals what is known to be marshallable.
func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("marshal a gateway frame: " + err.Error())
	}
	return b
}
