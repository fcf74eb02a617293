package discord

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
)

// answer is what a raw REST call gave.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

func (a answer) code() int {
	n, _ := a.body["code"].(float64)
	return int(n)
}

// errorsAt gives the codes of a form error at a path.
func (a answer) errorsAt(path string) string {
	at, _ := a.body["errors"].(map[string]any)
	for part := range strings.SplitSeq(path, ".") {
		at, _ = at[part].(map[string]any)
	}
	var codes []string
	list, _ := at["_errors"].([]any)
	for _, e := range list {
		codes = append(codes, e.(map[string]any)["code"].(string))
	}
	return strings.Join(codes, " ")
}

func (w *world) call(t *testing.T, method, path string, body any) answer {
	t.Helper()
	a, err := w.try(method, path, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (w *world) try(method, path string, body any) (answer, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, w.http.URL+"/api/v10/"+path, in)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bot "+w.Token())
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := w.http.Client().Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(b)}
	_ = json.Unmarshal(b, &a.body) // lists and pages are read as text
	return a, nil
}

type obj = map[string]any
type arr = []any

func row(list ...any) obj { return obj{"type": 1, "components": list} }

func button(id string) obj { return obj{"type": 2, "style": 1, "label": "B", "custom_id": id} }

func TestAMessageThatBreaksALimitIsRefusedWithTheFieldNamed(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{NoRates: true}})
	x := func(n int) string { return strings.Repeat("é", n) }
	fields := func(n int) (out arr) {
		for range n {
			out = append(out, obj{"name": "n", "value": "v"})
		}
		return out
	}
	many := func(n int, make func(i int) any) (out arr) {
		for i := range n {
			out = append(out, make(i))
		}
		return out
	}
	options := func(n int) arr {
		return many(n, func(i int) any { return obj{"label": "l", "value": fmt.Sprint(i)} })
	}
	sel := func(more obj) obj {
		s := obj{"type": 3, "custom_id": "s", "options": options(2)}
		for k, v := range more {
			s[k] = v
		}
		return row(s)
	}
	for name, c := range map[string]struct {
		body obj
		at   string // where the form is wrong; "" means accepted
	}{
		"content of 2000":            {obj{"content": x(2000)}, ""},
		"content of 2001":            {obj{"content": x(2001)}, "content"},
		"title of 257":               {obj{"embeds": arr{obj{"title": x(257)}}}, "embeds.0.title"},
		"description of 4096":        {obj{"embeds": arr{obj{"description": x(4096)}}}, ""},
		"description of 4097":        {obj{"embeds": arr{obj{"description": x(4097)}}}, "embeds.0.description"},
		"25 fields":                  {obj{"embeds": arr{obj{"fields": fields(25)}}}, ""},
		"26 fields":                  {obj{"embeds": arr{obj{"fields": fields(26)}}}, "embeds.0.fields"},
		"field without value":        {obj{"embeds": arr{obj{"fields": arr{obj{"name": "n", "value": ""}}}}}, "embeds.0.fields.0.value"},
		"field value of 1025":        {obj{"embeds": arr{obj{"fields": arr{obj{"name": "n", "value": x(1025)}}}}}, "embeds.0.fields.0.value"},
		"footer of 2049":             {obj{"embeds": arr{obj{"footer": obj{"text": x(2049)}}}}, "embeds.0.footer.text"},
		"6000 over two embeds":       {obj{"embeds": arr{obj{"description": x(3000)}, obj{"description": x(3000)}}}, ""},
		"6001 over two embeds":       {obj{"embeds": arr{obj{"description": x(3000)}, obj{"description": x(3001)}}}, "embeds"},
		"11 embeds":                  {obj{"embeds": many(11, func(int) any { return obj{"title": "t"} })}, "embeds"},
		"embed with a bad address":   {obj{"embeds": arr{obj{"title": "t", "url": "javascript:alert(1)"}}}, "embeds.0.url"},
		"picture that is not there":  {obj{"embeds": arr{obj{"image": obj{"url": "attachment://a.png"}}}}, "embeds.0.image.url"},
		"5 rows of 5 buttons":        {obj{"components": many(5, func(r int) any { return row(many(5, func(i int) any { return button(fmt.Sprint(r, i)) })...) })}, ""},
		"6 rows":                     {obj{"components": many(6, func(i int) any { return row(button(fmt.Sprint(i))) })}, "components"},
		"6 buttons in a row":         {obj{"components": arr{row(many(6, func(i int) any { return button(fmt.Sprint(i)) })...)}}, "components.0.components"},
		"empty row":                  {obj{"components": arr{row()}}, "components.0.components"},
		"custom id of 101":           {obj{"components": arr{row(button(x(101)))}}, "components.0.components.0.custom_id"},
		"custom id twice":            {obj{"components": arr{row(button("a")), row(button("a"))}}, "components.1.components.0.custom_id"},
		"label of 81":                {obj{"components": arr{row(obj{"type": 2, "style": 1, "label": x(81), "custom_id": "a"})}}, "components.0.components.0.label"},
		"button without label":       {obj{"components": arr{row(obj{"type": 2, "style": 1, "custom_id": "a"})}}, "components.0.components.0"},
		"link with a custom id":      {obj{"components": arr{row(obj{"type": 2, "style": 5, "label": "l", "url": "https://a.b", "custom_id": "a"})}}, "components.0.components.0"},
		"emoji written as text":      {obj{"components": arr{row(obj{"type": 2, "style": 1, "custom_id": "a", "emoji": obj{"name": ":gun:"}})}}, "components.0.components.0.emoji.name"},
		"select and button in a row": {obj{"components": arr{row(sel(nil)["components"].(arr)[0], button("b"))}}, "components.0.components"},
		"26 options":                 {obj{"components": arr{sel(obj{"options": options(26)})}}, "components.0.components.0.options"},
		"option value twice":         {obj{"components": arr{sel(obj{"options": arr{obj{"label": "a", "value": "1"}, obj{"label": "b", "value": "1"}}})}}, "components.0.components.0.options.1.value"},
		"more picks than options":    {obj{"components": arr{sel(obj{"max_values": 3})}}, "components.0.components.0.max_values"},
		"v2 without its flag":        {obj{"components": arr{obj{"type": 10, "content": "t"}}}, "components.0.type"},
		"v2":                         {obj{"flags": 32768, "components": arr{obj{"type": 17, "components": arr{obj{"type": 10, "content": "t"}}}}}, ""},
		"v2 beside content":          {obj{"flags": 32768, "content": "c", "components": arr{obj{"type": 10, "content": "t"}}}, "content"},
		"v2 beside embeds":           {obj{"flags": 32768, "embeds": arr{obj{"title": "t"}}, "components": arr{obj{"type": 10, "content": "t"}}}, "embeds"},
		"v2 of 41 components":        {obj{"flags": 32768, "components": many(41, func(int) any { return obj{"type": 10, "content": "t"} })}, "components"},
		"v2 text of 4001":            {obj{"flags": 32768, "components": arr{obj{"type": 10, "content": x(4001)}}}, "components"},
		"both mention forms":         {obj{"content": "c", "allowed_mentions": obj{"parse": arr{"users"}, "users": arr{leaderID}}}, "allowed_mentions"},
		"nonce of 26":                {obj{"content": "c", "nonce": strings.Repeat("n", 26)}, "nonce"},
	} {
		a := w.call(t, "POST", "channels/"+warID+"/messages", c.body)
		switch {
		case c.at == "" && a.status != 200:
			t.Errorf("%s: refused: %s", name, a.text)
		case c.at != "" && (a.status != 400 || a.code() != 50035 || a.errorsAt(c.at) == ""):
			t.Errorf("%s: got %d %s, want an error at %s", name, a.status, a.text, c.at)
		}
	}
	if a := w.call(t, "POST", "channels/"+warID+"/messages", obj{"content": "  "}); a.code() != 50006 {
		t.Errorf("empty message: %s", a.text)
	}
}

func TestCommandsAreHeldToDiscordsLimits(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{NoRates: true}})
	text := func(name string, more obj) obj {
		o := obj{"type": 3, "name": name, "description": "d"}
		for k, v := range more {
			o[k] = v
		}
		return o
	}
	cmd := func(options ...any) obj { return obj{"name": "war", "description": "d", "options": options} }
	var long arr
	for i := range 25 {
		choices := arr{}
		for j := range 25 {
			choices = append(choices, obj{"name": fmt.Sprint("choice number ", j), "value": "value"})
		}
		long = append(long, text(fmt.Sprint("o", i), obj{"choices": choices}))
	}
	for name, c := range map[string]struct {
		body obj
		at   string
	}{
		"plain":                         {cmd(), ""},
		"unicode name":                  {obj{"name": "krieg-ü", "description": "d"}, ""},
		"upper case":                    {obj{"name": "War", "description": "d"}, "0.name"},
		"name of 33":                    {obj{"name": strings.Repeat("a", 33), "description": "d"}, "0.name"},
		"no description":                {obj{"name": "war"}, "0.description"},
		"description of 101":            {obj{"name": "war", "description": strings.Repeat("d", 101)}, "0.description"},
		"required after optional":       {cmd(text("a", nil), text("b", obj{"required": true})), "0.options.1"},
		"choices and autocomplete":      {cmd(text("a", obj{"autocomplete": true, "choices": arr{obj{"name": "n", "value": "v"}}})), "0.options.0"},
		"number for a text":             {cmd(text("a", obj{"choices": arr{obj{"name": "n", "value": 1}}})), "0.options.0.choices.0.value"},
		"sub-command beside an option":  {cmd(text("a", nil), obj{"type": 1, "name": "s", "description": "d"}), "0.options"},
		"three levels":                  {cmd(obj{"type": 2, "name": "g", "description": "d", "options": arr{obj{"type": 1, "name": "s", "description": "d", "options": arr{text("a", nil)}}}}), ""},
		"four levels":                   {cmd(obj{"type": 2, "name": "g", "description": "d", "options": arr{obj{"type": 1, "name": "s", "description": "d", "options": arr{obj{"type": 1, "name": "t", "description": "d"}}}}}), "0.options.0.options.0.options.0.type"},
		"option twice":                  {cmd(text("a", nil), text("a", nil)), "0.options"},
		"autocomplete on a yes or no":   {cmd(obj{"type": 5, "name": "a", "description": "d", "autocomplete": true}), "0.options.0"},
		"more than 8000 characters":     {cmd(long...), "0.name"},
		"a bound on a text":             {cmd(text("a", obj{"min_value": 1})), "0.options.0.min_value"},
		"discordgo's nulls and zeroes":  {cmd(text("a", obj{"choices": nil, "channel_types": nil, "options": nil, "required": false})), ""},
		"option that is no known type":  {cmd(obj{"type": 12, "name": "a", "description": "d"}), "0.options.0.type"},
		"a group without sub-commands":  {cmd(obj{"type": 2, "name": "g", "description": "d"}), "0.options.0.options"},
		"smallest larger than largest":  {cmd(obj{"type": 4, "name": "a", "description": "d", "min_value": 2, "max_value": 1}), "0.options.0.max_value"},
		"choice name of 101 characters": {cmd(text("a", obj{"choices": arr{obj{"name": strings.Repeat("n", 101), "value": "v"}}})), "0.options.0.choices.0.name"},
	} {
		a := w.call(t, "PUT", "applications/"+w.AppID()+"/commands", arr{c.body})
		switch {
		case c.at == "" && a.status != 200:
			t.Errorf("%s: refused: %s", name, a.text)
		case c.at != "" && (a.code() != 50035 || a.errorsAt(c.at) == ""):
			t.Errorf("%s: got %d %s, want an error at %s", name, a.status, a.text, c.at)
		}
	}
	a := w.call(t, "PUT", "applications/"+w.AppID()+"/commands", arr{cmd(), cmd()})
	if a.errorsAt("1") == "" {
		t.Errorf("one name twice: %s", a.text)
	}
}

func TestACommandCanBeReadChangedAndRemovedAlone(t *testing.T) {
	w := newWorld(t, Config{})
	d := w.session(t)
	made := must[*discordgo.ApplicationCommand](t)(d.ApplicationCommandCreate(w.AppID(), guildID, &discordgo.ApplicationCommand{Name: "help", Description: "Help"}))
	again := must[*discordgo.ApplicationCommand](t)(d.ApplicationCommandCreate(w.AppID(), guildID, &discordgo.ApplicationCommand{Name: "help", Description: "Help me"}))
	if made.ID != again.ID || again.Description != "Help me" {
		t.Errorf("the same name made another command: %+v, %+v", made, again)
	}
	if _, err := d.ApplicationCommandEdit(w.AppID(), guildID, made.ID, &discordgo.ApplicationCommand{Name: "aid", Description: "Aid"}); err != nil {
		t.Error(err)
	}
	if list := must[[]*discordgo.ApplicationCommand](t)(d.ApplicationCommands(w.AppID(), guildID)); len(list) != 1 || list[0].Name != "aid" {
		t.Errorf("commands %+v", list)
	}
	if err := d.ApplicationCommandDelete(w.AppID(), guildID, made.ID); err != nil {
		t.Error(err)
	}
	_, err := d.ApplicationCommand(w.AppID(), guildID, made.ID)
	wantCode(t, err, 10063)
}

func TestTheSameNonceDoesNotPostTwice(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{NonceWindow: 80 * time.Millisecond}})
	send := func(nonce any, enforce bool) string {
		a := w.call(t, "POST", "channels/"+warID+"/messages", obj{"content": "alert", "nonce": nonce, "enforce_nonce": enforce})
		return a.body["id"].(string)
	}
	first := send("n1", true)
	if again := send("n1", true); again != first {
		t.Error("an enforced nonce posted twice")
	}
	if other := send("n2", true); other == first {
		t.Error("another nonce gave the first message")
	}
	if plain := send("n1", false); plain == first {
		t.Error("a nonce that is not enforced kept a message back")
	}
	time.Sleep(100 * time.Millisecond) // the window is wall-clock time
	if late := send("n1", true); late == first {
		t.Error("the nonce was remembered for ever")
	}
}

func TestRateLimitsAnswer429WithHeadersThatDiscordgoUnderstands(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{ChannelMessages: Rate{2, 200 * time.Millisecond}}})
	post := func() answer { return w.call(t, "POST", "channels/"+warID+"/messages", obj{"content": "x"}) }
	if a := post(); a.header.Get("X-RateLimit-Remaining") != "1" || a.header.Get("X-RateLimit-Limit") != "2" {
		t.Errorf("headers %v", a.header)
	}
	post()
	a := post()
	if a.status != 429 || a.body["global"] != false || a.body["retry_after"].(float64) <= 0 || a.header.Get("Retry-After") == "" {
		t.Errorf("third message: %d %s", a.status, a.text)
	}
	if b := w.call(t, "POST", "channels/"+staffID+"/messages", obj{"content": "x"}); b.status != 200 {
		t.Errorf("another channel is limited too: %s", b.text)
	}
	d := w.session(t)
	d.ShouldRetryOnRateLimit = true
	for range 3 {
		if _, err := d.ChannelMessageSend(staffID, "x"); err != nil {
			t.Errorf("discordgo did not wait: %v", err)
		}
	}
	if n := w.Count("POST", "channels/*/messages"); n < 7 {
		t.Errorf("counted %d calls", n)
	}
}

func TestTheGlobalLimitAndTheBanForTooManyInvalidAnswers(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{Global: Rate{3, time.Minute}, Invalid: Rate{2, time.Minute}}})
	var a answer
	for range 4 {
		a = w.call(t, "GET", "users/@me", nil)
	}
	if a.status != 429 || a.header.Get("X-RateLimit-Global") != "true" || a.body["global"] != true {
		t.Errorf("fourth call: %d %v", a.status, a.header)
	}
	for range 3 {
		a = w.call(t, "GET", "users/@me", nil)
	}
	if a.status != 429 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("after too many invalid answers: %d %s", a.status, a.text)
	}
}

func TestEditsOfOldMessagesHaveALimitOfTheirOwn(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{OldAfter: time.Nanosecond, OldEdits: Rate{1, time.Minute}}})
	id := w.call(t, "POST", "channels/"+warID+"/messages", obj{"content": "board"}).body["id"].(string)
	edit := func() int {
		return w.call(t, "PATCH", "channels/"+warID+"/messages/"+id, obj{"content": "board 2"}).status
	}
	if a, b := edit(), edit(); a != 200 || b != 429 {
		t.Errorf("edits gave %d and %d", a, b)
	}
}

func TestFaultsBreakTheCallsTheyNameAndNoOthers(t *testing.T) {
	w := newWorld(t, Config{})
	path := "channels/" + warID + "/messages"
	post := func() answer { return w.call(t, "POST", path, obj{"content": "x"}) }
	for _, c := range []struct {
		f            Fault
		status, code int
	}{
		{Fault{Kind: RateLimited, After: time.Second}, 429, 0},
		{Fault{Kind: RateLimitedHTML}, 429, 0},
		{Fault{Kind: ServerError, Status: 502}, 502, 0},
		{Fault{Kind: ChannelGone}, 404, 10003},
		{Fault{Kind: AccessMissing}, 403, 50001},
		{Fault{Kind: PermissionsMissing}, 403, 50013},
		{Fault{Kind: APIError, Status: 400, Code: 50007, Message: "Cannot send messages to this user"}, 400, 50007},
	} {
		c.f.Method, c.f.Path = "POST", "channels/*/messages"
		armed := w.Fault(c.f)
		if a := w.call(t, "GET", path, nil); a.status != 200 {
			t.Errorf("a GET was broken: %d", a.status)
		}
		if a := post(); a.status != c.status || a.code() != c.code {
			t.Errorf("%+v gave %d %s", c.f, a.status, a.text)
		}
		if armed.Hits() != 1 {
			t.Errorf("%+v hit %d times", c.f, armed.Hits())
		}
	}
	if len(w.Messages(warID)) != 0 {
		t.Error("a broken call posted")
	}
	for _, kind := range []FaultKind{LoseRequest, LoseAnswer, HangAnswer} {
		before := len(w.Messages(warID))
		w.Fault(Fault{Kind: kind, Method: "POST", After: 20 * time.Millisecond})
		if _, err := w.try("POST", path, obj{"content": "x"}); err == nil {
			t.Errorf("fault %d: an answer came", kind)
		}
		posted := len(w.Messages(warID)) - before
		if want := map[bool]int{true: 0, false: 1}[kind == LoseRequest]; posted != want {
			t.Errorf("fault %d: %d messages posted, want %d", kind, posted, want)
		}
	}
}

func TestFilesAreKeptNamedAndLimited(t *testing.T) {
	w := newWorld(t, Config{})
	d := w.session(t)
	send := func(name string, size int) (*discordgo.Message, error) {
		return d.ChannelMessageSendComplex(warID, &discordgo.MessageSend{AllowedMentions: none(),
			Files: []*discordgo.File{{Name: name, Reader: bytes.NewReader(make([]byte, size))}}})
	}
	m := must[*discordgo.Message](t)(send("war report (1).csv", 10))
	if len(m.Attachments) != 1 || m.Attachments[0].Filename != "war_report_1.csv" {
		t.Errorf("attachments %+v", m.Attachments[0])
	}
	resp, err := http.Get(m.Attachments[0].URL)
	if err != nil || resp.StatusCode != 200 || resp.ContentLength != 10 {
		t.Errorf("download: %v %+v", err, resp)
	}
	if err == nil {
		_ = resp.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	}
	_, err = send("big.bin", maxFile+1)
	wantCode(t, err, 40005)
	// An edit keeps files unless it lists those to keep.
	keep := must[*discordgo.Message](t)(d.ChannelMessageEditComplex(discordgo.NewMessageEdit(warID, m.ID).SetContent("kept")))
	empty := discordgo.NewMessageEdit(warID, m.ID)
	empty.Attachments = &[]*discordgo.MessageAttachment{}
	dropped := must[*discordgo.Message](t)(d.ChannelMessageEditComplex(empty))
	if len(keep.Attachments) != 1 || len(dropped.Attachments) != 0 {
		t.Errorf("kept %d, then %d attachments", len(keep.Attachments), len(dropped.Attachments))
	}
}

func TestMessagesAreListedNewestFirstBetweenTwoIds(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{NoRates: true}})
	d := w.session(t)
	var ids []string
	for range 5 {
		ids = append(ids, must[*discordgo.Message](t)(d.ChannelMessageSend(warID, "x")).ID)
	}
	order := func(limit int, before, after string) string {
		out := ""
		for _, m := range must[[]*discordgo.Message](t)(d.ChannelMessages(warID, limit, before, after, "")) {
			for i, id := range ids {
				if id == m.ID {
					out += fmt.Sprint(i)
				}
			}
		}
		return out
	}
	for _, c := range []struct{ got, want string }{
		{order(3, "", ""), "432"}, {order(2, ids[3], ""), "21"}, {order(2, "", ids[0]), "21"}, {order(100, "", ""), "43210"},
	} {
		if c.got != c.want {
			t.Errorf("listed %s, want %s", c.got, c.want)
		}
	}
}

func TestTheWorldAnswersThroughDiscordgo(t *testing.T) {
	w := newWorld(t, Config{})
	d := w.session(t)
	g := must[*discordgo.Guild](t)(d.Guild(guildID))
	if g.Name != "The Family" || g.OwnerID != leaderID || len(g.Roles) != 2 {
		t.Errorf("guild %+v", g)
	}
	if list := must[[]*discordgo.Channel](t)(d.GuildChannels(guildID)); len(list) != 2 {
		t.Errorf("channels %+v", list)
	}
	m := must[*discordgo.Member](t)(d.GuildMember(guildID, leaderID))
	if m.User.GlobalName != "Vito" || len(m.Roles) != 1 {
		t.Errorf("member %+v", m)
	}
	dm := must[*discordgo.Channel](t)(d.UserChannelCreate(recruitID))
	if _, err := d.ChannelMessageSendComplex(dm.ID, &discordgo.MessageSend{Content: "psst", AllowedMentions: none()}); err != nil {
		t.Error(err)
	}
	if got := w.User(recruitID).Messages(w.User(recruitID).DM().ID); len(got) != 1 || got[0].Content != "psst" {
		t.Errorf("direct messages %+v", got)
	}
	if got := w.User(leaderID).Messages(dm.ID); len(got) != 0 {
		t.Error("somebody else reads a direct message")
	}
	w.CloseDMs(recruitID, true)
	_, err := d.ChannelMessageSend(dm.ID, "again")
	wantCode(t, err, 50007)
	_, err = d.GuildMember(guildID, "1")
	wantCode(t, err, 10013)
	w.DeleteChannel(staffID)
	_, err = d.ChannelMessageSend(staffID, "x")
	wantCode(t, err, 10003)
	d.Token = "Bot wrong"
	_, err = d.User("@me")
	wantCode(t, err, 0)
}

func TestAWebhookPostsUntilItIsDeleted(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{Webhook: Rate{2, time.Minute}}})
	path := w.AddWebhook(warID, "Alerts")
	parts := strings.Split(path, "/")
	d := w.session(t)
	m := must[*discordgo.Message](t)(d.WebhookExecute(parts[3], parts[4], true, &discordgo.WebhookParams{Content: "hit", AllowedMentions: none()}))
	if m.Author.Username != "Alerts" || m.WebhookID != parts[3] {
		t.Errorf("message %+v", m)
	}
	resp, err := http.Post(w.http.URL+path, "application/json", strings.NewReader(`{"content":"plain","allowed_mentions":{"parse":[]}}`))
	if err != nil || resp.StatusCode != http.StatusNoContent {
		t.Errorf("post without waiting: %v %v", err, resp)
	}
	if err == nil {
		_ = resp.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	}
	var limited *discordgo.RateLimitError
	if _, err := d.WebhookExecute(parts[3], parts[4], true, &discordgo.WebhookParams{Content: "3rd"}); !errors.As(err, &limited) {
		t.Errorf("third post within the minute: %v", err)
	}
	_, err = w.session(t).WebhookWithToken(parts[3], "wrong")
	wantCode(t, err, 50027)
	w.DeleteWebhook(parts[3])
	_, err = w.session(t).WebhookWithToken(parts[3], parts[4])
	wantCode(t, err, 10015)
}

func TestMentionsPingOnlyWhomTheSenderAllows(t *testing.T) {
	w := newWorld(t, Config{})
	text := "<@" + leaderID + "> <@&300000000000000021> @everyone"
	w.call(t, "POST", "channels/"+warID+"/messages", obj{"content": text, "allowed_mentions": obj{"parse": arr{}, "roles": arr{"300000000000000021"}}})
	w.call(t, "POST", "channels/"+warID+"/messages", obj{"content": text})
	got := w.Messages(warID)
	if m := got[0]; len(m.Mentions) != 0 || len(m.MentionRoles) != 1 || m.MentionEveryone {
		t.Errorf("allowed one role, pinged %+v", m)
	}
	if m := got[1]; len(m.Mentions) != 1 || len(m.MentionRoles) != 1 || !m.MentionEveryone || m.AllowedMentions != nil {
		t.Errorf("allowed everything, pinged %+v", m)
	}
	if c := w.Complaints(); len(c) != 2 {
		t.Errorf("complaints %v", c)
	}
	if text := w.RenderText(got[0]); !strings.Contains(text, "@Vito @Officers @everyone") {
		t.Errorf("rendered %q", text)
	}
}
