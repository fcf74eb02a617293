package app_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
)

// What somebody pastes where it does not belong.
const (
	pastedKey     = "pAsTeDkEy0123456"
	pastedWebhook = "https://discord.com/api/webhooks/1234567890/pasted-webhook-token"
)

// Every command is run by an operator who also links with a real key, with every text
// option holding a secret. Afterwards none is in the log of changes, in what waits for
// delivery, in a line of the program's log (which masks nothing here), or in a metric.
func TestSecretsAreNowhereButWhereTheyBelong(t *testing.T) {
	s := newStage(t, simtorn.Config{Seed: 31, MatchedAfter: -time.Hour, StartsAfter: -20 * time.Minute, WarLength: 3 * time.Hour, MembersPerSide: 20})
	guild, _ := s.discord.Guild(s.guild)
	discordID := guild.Members[len(guild.Members)-1].User.ID
	metrics := freeAddress(t)
	player := s.torn.Plan().Officers[1]
	key, err := s.torn.AddKey(simtorn.Key{Player: player, Level: simtorn.Limited, Faction: true})
	if err == nil {
		err = s.torn.LinkDiscord(player, discordID)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.child.Config["CONSIGLIERE_OPERATORS"] = discordID
	s.child.Config["CONSIGLIERE_HTTP_METRICS_LISTEN"] = metrics
	addr := s.inProcess(s.db.AppURL)
	s.waitFor(func() error { return isReady(addr) })
	person := s.discord.User(discordID)

	s.linkWith(person, key)
	token := s.scoreboardToken(person)
	ran := 0
	for _, c := range s.discord.Commands("") {
		ran += s.everyLeaf(person, c.Name, c.Options)
	}
	if ran < 20 {
		t.Fatalf("only %d commands were run", ran)
	}

	// A key and a token are nowhere at all, except sealed and hashed; what was pasted is
	// not where it would be kept for ever or read by others.
	everywhere := map[string]string{"the API key": key, "a lent key": s.torn.LeaderKey(), "the bot's token": s.child.Config["CONSIGLIERE_DISCORD_TOKEN"], "a scoreboard token": token}
	for name, secret := range everywhere {
		if secret == "" {
			t.Fatalf("%s is empty: the test looks for nothing", name)
		}
	}
	lasting := map[string]string{"a pasted key": pastedKey, "a pasted webhook": pastedWebhook, "its token": "pasted-webhook-token"}
	for table, text := range s.dump() {
		mustNotHold(t, "table "+table, text, everywhere)
		switch table {
		case "audit_log", "audit_denials", "alert_deliveries", "river_job":
			mustNotHold(t, "table "+table, text, lasting)
		}
	}
	if logs := s.logs.String(); len(logs) == 0 {
		t.Error("nothing was logged: the test looks at nothing")
	} else {
		mustNotHold(t, "the program's log", logs, everywhere)
		mustNotHold(t, "the program's log", logs, lasting)
	}
	text := fetch(t, "http://"+metrics+"/metrics")
	if !strings.Contains(text, "consigliere_") {
		t.Errorf("these are no metrics: %.200s", text)
	}
	mustNotHold(t, "a metric", text, everywhere)
	mustNotHold(t, "a metric", text, lasting)
	for _, m := range s.discord.Messages(s.channel) {
		mustNotHold(t, "a message in a channel", fmt.Sprintf("%+v", m), everywhere)
	}
	s.auditHolds("link", "web.link")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url) //nolint:noctx // a test on loopback
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mustNotHold(t *testing.T, where, text string, secrets map[string]string) {
	t.Helper()
	for name, secret := range secrets {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret))} {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("%s holds %s: …%s…", where, name, strings.ReplaceAll(text[max(0, i-120):min(len(text), i+60)], form, "SECRET"))
			}
		}
	}
}

// linkWith gives a key in the form that /link opens, as people do.
func (s *stage) linkWith(p *simdiscord.Person, key string) {
	s.t.Helper()
	ctx := s.t.Context()
	reply, err := p.Slash(ctx, s.guild, s.channel, "link", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, row := range reply.Message.Components {
		for _, b := range row.Components {
			if !strings.HasPrefix(b.CustomID, "link:key") {
				continue
			}
			form, err := p.Click(ctx, *reply.Message, b.CustomID)
			if err != nil {
				s.t.Fatal(err)
			}
			if _, err := p.SubmitModal(ctx, form.Modal, map[string]string{"api_key": key}); err != nil {
				s.t.Fatal(err)
			}
			return
		}
	}
	s.t.Fatal("/link offers no form for the key")
}

var tokenInLink = regexp.MustCompile(`/s/([A-Za-z0-9_-]{20,})`)

func (s *stage) scoreboardToken(p *simdiscord.Person) string {
	s.t.Helper()
	reply, err := p.Slash(s.t.Context(), s.guild, s.channel, "web link", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	found := tokenInLink.FindStringSubmatch(fmt.Sprintf("%+v", reply.Message))
	if found == nil {
		s.t.Fatalf("/web link gave no link: %s", reply.Message.Content)
	}
	return found[1]
}

// everyLeaf runs each command below a group twice: as little filled in as it takes, and
// with a secret in every text. What Discord itself refuses is not sent.
func (s *stage) everyLeaf(p *simdiscord.Person, path string, options []simdiscord.Option) (ran int) {
	s.t.Helper()
	const group, subcommand, text, number, channel = 2, 1, 3, 4, 7
	leaf := true
	for _, o := range options {
		if o.Type == subcommand || o.Type == group {
			leaf = false
			ran += s.everyLeaf(p, path+" "+o.Name, o.Options)
		}
	}
	if !leaf {
		return ran
	}
	for _, secret := range []string{"", pastedKey, pastedWebhook} {
		given := map[string]any{}
		for _, o := range options {
			switch {
			case len(o.Choices) > 0:
				given[o.Name] = o.Choices[0].Value
			case o.Type == text && secret != "":
				given[o.Name] = secret
			case o.Type == text && o.Required:
				given[o.Name] = fmt.Sprint(int64(s.us))
			case o.Type == number && o.Required:
				given[o.Name] = "1"
			case o.Type == channel && o.Required:
				given[o.Name] = s.channel
			}
		}
		ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
		_, err := p.Slash(ctx, s.guild, s.channel, path, given)
		cancel()
		if err != nil {
			s.t.Logf("/%s %v: %v", path, given, err)
			continue
		}
		ran++
	}
	return ran
}

// dump is every table as text, as somebody who reads the database sees it.
func (s *stage) dump() map[string]string {
	s.t.Helper()
	ctx := s.t.Context()
	conn, err := pgx.Connect(ctx, s.db.AdminURL)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, "select tablename from pg_tables where schemaname = 'public'")
	if err != nil {
		s.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for _, table := range tables {
		var text string
		if err := conn.QueryRow(ctx, "select coalesce(string_agg(t::text, chr(10)), '') from "+pgx.Identifier{table}.Sanitize()+" t").Scan(&text); err != nil {
			s.t.Fatal(err)
		}
		out[table] = text
	}
	return out
}

// auditHolds checks that the log was written at all.
func (s *stage) auditHolds(actions ...string) {
	s.t.Helper()
	list, err := s.db.Store.AuditActions(s.t.Context(), s.us)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, a := range actions {
		if !strings.Contains(" "+strings.Join(list, " ")+" ", " "+a+" ") {
			s.t.Errorf("the log has no %s, only %v", a, list)
		}
	}
}
