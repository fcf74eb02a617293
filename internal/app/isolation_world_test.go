package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/app"
	"consigliere/internal/chat"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/scoreboard"
	"consigliere/internal/store/storetest"
	"consigliere/internal/torn"
	"consigliere/internal/vault"
)

// Where things are at Discord. Both factions use sharedChannel, of which ours has the
// server; each has a server and a channel of its own, and one server has both.
const (
	commonServer  = "700000000000000003"
	sharedChannel = "610000000000000001"
	stranger      = "900000000000000404"
	operator      = "900000000000000999"
	loneAccount   = "900000000000000007"
	lonePlayer    = 7
)

func home(id faction.ID) string {
	return map[faction.ID]string{ours: "700000000000000001", theirs: "700000000000000002"}[id]
}

func channelOf(id faction.ID) string {
	return map[faction.ID]string{ours: "610000000000000011", theirs: "610000000000000022"}[id]
}

// person is the leader (0), an officer who may everything (1) or a recruit (2) of a
// faction. One Discord account and one player are in one faction only; all of them
// stand on both member lists, each with a rank there.
func person(id faction.ID, n int) (player int64, account string) {
	player = int64(n + 1)
	if id == theirs {
		player += 50
	}
	return player, fmt.Sprintf("9000000000000001%02d", player)
}

// jumping is a clock that waits for nobody: sleeping moves it.
type jumping struct {
	mu  sync.Mutex
	now time.Time
}

func (c *jumping) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *jumping) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

func (c *jumping) Real(d time.Duration) time.Duration { return d }

// tenancy is the whole bot with two tenants that have the same ids, and with a Torn
// and a Discord that note what they are asked.
type tenancy struct {
	t     *testing.T
	db    storetest.DB
	owner *pgx.Conn
	app   *app.App
	clock *jumping
	logs  lockedBuffer
	// The links to the scoreboard.
	tokens map[faction.ID]string
	vault  *vault.Vault
	whole  map[faction.ID]string // by which mend knows that nothing is missing
	hashes map[faction.ID][]byte

	mu      sync.Mutex
	asking  chat.Request
	foreign []string        // requests for which Torn was asked with a key of theirs
	discord strings.Builder // whatever went to Discord
}

func newTenancy(t *testing.T) *tenancy {
	t.Helper()
	w := &tenancy{t: t, db: storetest.Open(t), clock: &jumping{now: isolationEpoch}, tokens: map[faction.ID]string{}, hashes: map[faction.ID][]byte{}}
	keyset, err := vault.Generate()
	w.must(err)
	w.vault, err = vault.Open(keyset, "")
	w.must(err)
	w.owner, err = pgx.Connect(t.Context(), w.db.AdminURL)
	w.must(err)
	t.Cleanup(func() { _ = w.owner.Close(context.Background()) })
	for k, v := range map[string]string{
		"CONSIGLIERE_DISCORD_TOKEN": "isolation-token", "CONSIGLIERE_DISCORD_API_BASE": serve(t, http.HandlerFunc(w.discordAPI)),
		"CONSIGLIERE_TORN_BASE_URL": serve(t, http.HandlerFunc(w.tornAPI)) + "/v2", "CONSIGLIERE_DATABASE_URL": w.db.AppURL,
		"CONSIGLIERE_ENCRYPTION_KEYSET": keyset, "CONSIGLIERE_HTTP_LISTEN": "127.0.0.1:0", "CONSIGLIERE_HTTP_METRICS_LISTEN": "off",
		"CONSIGLIERE_INSTANCE": "isolation", "CONSIGLIERE_OPERATORS": operator, "CONSIGLIERE_DATA_DIR": t.TempDir(),
	} {
		t.Setenv(k, v)
	}
	cfg, err := config.Load(nil)
	w.must(err)
	log := slog.New(slog.NewTextHandler(&w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.app, err = app.New(t.Context(), app.Options{Config: cfg, Clock: w.clock, Log: log, Redact: new(config.Redactor)})
	w.must(err)
	t.Cleanup(func() { // Run closes what New opened, and with such a context does nothing else
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = w.app.Run(ctx)
	})
	for _, id := range []faction.ID{ours, theirs} {
		w.tokens[id], w.hashes[id] = scoreboard.NewToken()
		w.filling(id).fill(t, w.owner, func(string) bool { return false })
	}
	return w
}

func (w *tenancy) filling(id faction.ID) filling {
	return filling{of: id, person: person, token: w.hashes[id], sealed: func(player int64) (sealed, fingerprint []byte) {
		sealed, fingerprint, err := app.SealKey(w.vault, torn.NewSecret(keyFor(player)), faction.PlayerID(player))
		w.must(err)
		return sealed, fingerprint
	}}
}

// keyFor is the key of a player.
func keyFor(player int64) string { return fmt.Sprintf("KeyOfPlayer%05d", player) }

func (w *tenancy) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// tornAPI knows both factions and the people with keys, and says so to any key of theirs.
func (w *tenancy) tornAPI(out http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "ApiKey ")
	if q := r.URL.Query().Get("key"); q != "" {
		key = q
	}
	var player int64
	if _, err := fmt.Sscanf(key, "KeyOfPlayer%d", &player); err != nil {
		_, _ = io.WriteString(out, `{"error":{"code":2,"error":"Incorrect key"}}`)
		return
	}
	id, name := ours, "Lions"
	if player > 50 {
		id, name = theirs, title
		w.mu.Lock()
		// Whom Torn knows an account as is asked with a key that was lent for just that, in
		// a server of those who lent it.
		if req := w.asking; req.ID != "link:verify" || req.GuildID != home(theirs) && req.GuildID != commonServer {
			w.foreign = append(w.foreign, fmt.Sprintf("%s%s %v by %s in server %q", req.Path, req.ID, req.Options, req.UserID, req.GuildID))
		}
		w.mu.Unlock()
	}
	path := strings.TrimPrefix(r.URL.Path, "/v2")
	basic := func(id faction.ID, name string) any {
		return map[string]any{"basic": map[string]any{"id": id, "name": name, "tag": "T", "leader_id": player, "members": 7}}
	}
	var answer any
	switch {
	case path == "/key/info":
		answer = map[string]any{"info": map[string]any{"user": map[string]any{"id": player, "faction_id": id}, "selections": map[string]any{},
			"access": map[string]any{"level": 4, "type": "Full Access", "faction": true}}}
	case path == "/user" && r.URL.Query().Get("selections") == "basic,faction":
		answer = map[string]any{"profile": map[string]any{"id": player, "name": "Renamed"}, "faction": map[string]any{"id": id, "name": name, "position": "Recruit"}}
	case strings.HasPrefix(path, fmt.Sprintf("/faction/%d/", theirs)):
		answer = basic(theirs, title)
	case strings.HasPrefix(path, "/faction/"):
		answer = basic(id, name)
	default:
		answer = map[string]any{"error": map[string]any{"code": 6, "error": "Incorrect ID"}}
	}
	_ = json.NewEncoder(out).Encode(answer)
}

// discordAPI takes everything, and knows whose channel is whose.
func (w *tenancy) discordAPI(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	fmt.Fprintf(&w.discord, "%s %s %s\n", r.Method, r.URL.Path, body)
	w.mu.Unlock()
	server := home(ours)
	if strings.Contains(r.URL.Path, channelOf(theirs)) {
		server = home(theirs)
	}
	out.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(out, `{"id":"820000000000000001","guild_id":%q,"type":0,"name":"c","channel_id":"1"}`, server)
}

// sent is what went to Discord since the last time.
func (w *tenancy) sent() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.discord.String()
	w.discord.Reset()
	return text
}

// rowsOf is everything of a faction but its log, table by table, as the owner sees it.
func (w *tenancy) rowsOf(id faction.ID) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for table := range catalogue(w.t, w.owner) {
		if logged(table) {
			continue
		}
		out[table] = w.text(fmt.Sprintf("select coalesce(string_agg(t::text, chr(10) order by t::text), '') from %s t where faction_id = %d", table, id))
	}
	out["river_job"] = w.text(fmt.Sprintf("select coalesce(string_agg(args::text, chr(10) order by id), '') from river_job where args->>'faction_id' = '%d'", id))
	return out
}

// logged are the tables that grow when somebody is refused.
func logged(table string) bool { return strings.HasPrefix(table, "audit_") }

func (w *tenancy) text(sql string) (text string) {
	w.t.Helper()
	if err := w.owner.QueryRow(w.t.Context(), sql).Scan(&text); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return text
}

// unchanged checks that no row of theirs is another than before. Their log may tell of
// those who were refused, by numbers.
func (w *tenancy) unchanged(before map[string]string) {
	w.t.Helper()
	for table, now := range w.rowsOf(theirs) {
		if now != before[table] {
			w.t.Errorf("%s of the other faction changed.\nbefore: %s\nafter:  %s", table, before[table], now)
		}
	}
	if n := w.text(fmt.Sprintf("select coalesce(string_agg(t::text, chr(10)), '') from audit_log t where faction_id = %d and seq <> 500 and (outcome <> 'denied' or t::text ~* 'marka')", theirs)); n != "" {
		w.t.Errorf("the other faction's log got more than refusals: %s", n)
	}
}

// keepsToItself checks that nothing of theirs is stored with anybody else.
func (w *tenancy) keepsToItself() {
	w.t.Helper()
	for table := range catalogue(w.t, w.owner) {
		text := w.text(fmt.Sprintf("select coalesce(string_agg(t::text, chr(10)), '') from %s t where faction_id <> %d", table, theirs))
		w.clean("table "+table+" of others", text)
	}
	w.clean("what went to Discord", w.sent())
	if w.app != nil {
		w.clean("the program's log", w.logs.String())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.foreign) > 0 {
		w.t.Errorf("Torn was asked with a key of the other faction %d times, first for %s", len(w.foreign), w.foreign[0])
	}
}

// clean checks that a text holds nothing of theirs.
func (w *tenancy) clean(where, text string) {
	w.t.Helper()
	if found := foreign(text); found != "" {
		w.t.Errorf("%s holds something of the other faction: …%s…", where, found)
	}
}

// hashes are left out: among so many digits any figure turns up by chance.
var hashes = regexp.MustCompile(`[0-9a-f]{64}`)

var betweenDigits = strings.NewReplacer(",", "", ".", "", "\u202f", "", "\u00a0", "", " ", "", "_", "", `\`, "", "\u200b", "")

// foreign finds a text or a figure of theirs, and shows it where it stands.
func foreign(text string) string {
	plain := strings.ToLower(betweenDigits.Replace(hashes.ReplaceAllString(text, "hash")))
	for _, m := range []string{mark, theirFigure} {
		if i := strings.Index(plain, m); i >= 0 {
			return plain[max(0, i-120):min(len(plain), i+80)]
		}
	}
	return ""
}
