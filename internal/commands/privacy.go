package commands

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// Personal is what is stored about one player.
type Personal interface {
	// ExportPlayer gathers it by faction and table, as JSON rows without keys.
	ExportPlayer(ctx context.Context, player faction.PlayerID) (map[faction.ID]map[string][]json.RawMessage, error)
	// ErasePlayer forgets the player and counts the rows that changed by table.
	ErasePlayer(ctx context.Context, player faction.PlayerID, now time.Time) (map[string]int64, error)
	// ExportAccount gathers what is stored under a Discord account besides, linked or not.
	ExportAccount(ctx context.Context, discordID string) (map[faction.ID]map[string][]json.RawMessage, error)
	// EraseAccount forgets the account, but not its player. withdrawn are links that waited
	// for an officer.
	EraseAccount(ctx context.Context, discordID string, now time.Time) (withdrawn []faction.LinkRequest, changed map[string]int64, err error)
}

// privacy gives people what is stored about them, and takes it away: /privacy. It
// works for whoever is linked, in a faction or not, and for who waits to be.
type privacy struct{ deps *Deps }

const forgetAction = "privacy:forget"

func (h *privacy) table() noun {
	open := func(name string, fn handler) route {
		return route{name: name, guard: rbac.Anyone(), scope: anywhere, plan: chat.Plan{Ephemeral: true, Slow: true}, handle: fn}
	}
	export := open("privacy export", h.export)
	export.heavy = true
	return noun{
		commands: []command{
			{route: export, description: "Everything stored about you, as a file"},
			{route: open("privacy delete", h.ask), description: "Erase what is stored about you"},
		},
		actions: []route{open(forgetAction, h.forget)},
	}
}

// errNothingKnown answers who is not linked and waits for nothing: nothing is stored
// under their account, and nobody proved that a player is theirs.
var errNothingKnown = faction.Errorf(faction.NotFound, "Your Discord account is not linked, and nothing else is stored under it. "+
	"To ask for what is known of your Torn player, prove with `/link` that it is you. Nothing was changed.")

// errNothingLeft answers who presses again.
var errNothingLeft = faction.Errorf(faction.NotFound, "Your Discord account is not linked, and nothing under it is left to erase. "+
	"Discord roles that the bot still has to take back are forgotten then. Nothing was changed.")

// about gathers what is stored about the caller: under their account, and when they are
// linked of their player.
func (h *privacy) about(ctx context.Context, c *Call) (map[faction.ID]map[string][]json.RawMessage, error) {
	found, err := h.deps.Personal.ExportAccount(ctx, c.Request.UserID)
	if err != nil || !c.Linked() {
		return found, err
	}
	all, err := h.deps.Personal.ExportPlayer(ctx, c.Link.Player)
	if err != nil || len(found) == 0 {
		return all, err
	}
	for id, tables := range all {
		if found[id] == nil {
			found[id] = tables
			continue
		}
		for table, rows := range tables {
			found[id][table] = append(found[id][table], rows...)
		}
	}
	return found, nil
}

// waiting tells who is not linked of links that an officer has yet to confirm; empty when
// there are none.
func (h *privacy) waiting(ctx context.Context, c *Call) (string, error) {
	list, err := h.deps.LinkRequests.WaitingLinks(ctx, c.Request.UserID, c.Now)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return waitingLine(list), nil
}

func (h *privacy) export(ctx context.Context, c *Call) (chat.Reply, error) {
	found, err := h.about(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	if !c.Linked() && len(found) == 0 {
		return chat.Reply{}, errNothingKnown
	}
	waits, err := h.waiting(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	text, err := json.MarshalIndent(struct {
		Player   faction.PlayerID                            `json:"player,omitempty"`
		At       time.Time                                   `json:"at"`
		Factions map[faction.ID]map[string][]json.RawMessage `json:"factions"`
	}{c.Link.Player, c.Now.UTC(), found}, "", " ")
	if err != nil {
		return chat.Reply{}, fmt.Errorf("write the export of player %d: %w", c.Link.Player, err)
	}
	name := "consigliere-account"
	if c.Linked() {
		name = fmt.Sprintf("consigliere-%d", c.Link.Player)
	}
	files, err := asFiles(name, text)
	if err != nil {
		return chat.Reply{}, err
	}
	var rows int64
	for _, tables := range found {
		for _, list := range tables {
			rows += int64(len(list))
		}
	}
	c.Audit(ctx, c.Link.Faction, "privacy.export", whose(c, rows))
	text2 := fmt.Sprintf("**%s** about you, by faction and table. Keys are not in it: they are stored encrypted and shown to nobody. "+
		"Nor is what factions recorded of you as their opponent; `/privacy delete` covers that, too.", several(rows, "row"))
	if len(files) > 1 {
		text2 += fmt.Sprintf(" The file is in %d parts: put them together in their order (`cat`), then unpack.", len(files))
	}
	if waits != "" {
		text2 += "\n" + waits
	}
	return chat.Reply{Message: chat.Message{Content: text2, Files: files}}, nil
}

// whose is what is audited: who is not linked is known by no number.
func whose(c *Call, rows int64) map[string]any {
	body := map[string]any{"rows": rows}
	if c.Linked() {
		body["player"] = c.Link.Player
	}
	return body
}

const (
	// filePart is a little less than Discord's limit of a file.
	filePart = 9 << 20
	// fileParts is how many of them fit into one message.
	fileParts = 2
)

// asFiles makes a text into attachments: as it is, else packed, else packed in parts.
func asFiles(name string, text []byte) ([]chat.File, error) {
	if len(text) <= filePart {
		return []chat.File{{Name: name + ".json", ContentType: "application/json", Data: text}}, nil
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("pack %s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack %s: %w", name, err)
	}
	data := packed.Bytes()
	if len(data) <= filePart {
		return []chat.File{{Name: name + ".json.gz", ContentType: "application/gzip", Data: data}}, nil
	}
	if len(data) > fileParts*filePart {
		return nil, faction.Errorf(faction.Unavailable, "What is stored about you is %s even when packed, more than Discord takes. Nothing was changed. Ask an operator of this bot for the file.", size(int64(len(data))))
	}
	var files []chat.File
	for n := 1; len(data) > 0; n++ {
		part := data[:min(len(data), filePart)]
		data = data[len(part):]
		files = append(files, chat.File{Name: fmt.Sprintf("%s.json.gz.%d", name, n), ContentType: "application/octet-stream", Data: part})
	}
	return files, nil
}

// ask says what goes and what stays, before anything does.
func (h *privacy) ask(ctx context.Context, c *Call) (chat.Reply, error) {
	e := chat.Embed{Title: "Erase what is stored about you", Color: say.Red, Footer: "Nothing brings it back. /privacy export first, if you want a copy."}
	if c.Linked() {
		e.Fields = []chat.Field{
			{Name: "Goes at once", Value: "Your link, every key you gave, your settings, claims and notices."},
			{Name: "Stays without your name", Value: "What you did in wars: sums stay right, under a number and “Former member”. A war that is being fought follows when it is over."},
			{Name: "Stays", Value: "The audit log, which holds Torn ids only and must stay whole. Your line on your faction's member list while you are in it: " +
				"it comes from the game and is read again. What you do after this is recorded as for anybody. Messages already posted in Discord."},
			{Name: "Discord roles that the bot gave you", Value: "Where it keeps roles it takes yours back within minutes, and forgets them then. Elsewhere you keep them, and it forgets them at once."},
		}
	} else {
		found, err := h.about(ctx, c)
		if err != nil {
			return chat.Reply{}, err
		}
		if len(found) == 0 {
			return chat.Reply{}, errNothingKnown
		}
		if e.Description, err = h.waiting(ctx, c); err != nil {
			return chat.Reply{}, err
		}
		e.Fields = []chat.Field{{Name: "Goes at once", Value: "What is stored under your Discord account, which is not linked: links that wait for an officer, with their keys; " +
			"a request for access; which Discord roles the bot gave you, once it has taken back those that it keeps."}}
	}
	return chat.Reply{Message: chat.Message{Embeds: []chat.Embed{e}, Rows: []chat.Row{{Buttons: []chat.Button{
		{ID: makeID(forgetAction, "yes"), Label: "Erase", Style: chat.Danger},
		{ID: makeID(forgetAction, "no"), Label: "Keep"},
	}}}}}, nil
}

func (h *privacy) forget(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	answer := a.oneOf("yes", "no")
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if answer == "no" {
		return chat.Reply{Update: true, Message: chat.Message{Content: "Nothing was changed."}}, nil
	}
	changed := map[string]int64{}
	// The link goes last: while it is there, pressing again does what is left to do.
	if err := h.deps.eraseAccount(ctx, c, c.Request.UserID, changed); err != nil {
		return chat.Reply{}, err
	}
	if c.Linked() {
		of, err := h.deps.Personal.ErasePlayer(ctx, c.Link.Player, c.Now)
		if err != nil {
			return chat.Reply{}, err
		}
		addCounts(changed, of)
		h.deps.forgetKeys(c.Link.Faction)
	}
	rows := total(changed)
	if !c.Linked() && rows == 0 {
		return chat.Reply{}, errNothingLeft
	}
	c.Audit(ctx, c.Link.Faction, "privacy.delete", whose(c, rows))
	text := fmt.Sprintf("Erased. **%s** under your Discord account went, and every key that waited for an officer with them: delete it at Torn too if nothing else uses it.", several(rows, "row"))
	if c.Linked() {
		text = fmt.Sprintf("Erased. Deleted: your link and %s. **%s** in all went or lost your name.", several(changed["api_keys"], "key"), several(rows, "row"))
	}
	return chat.Reply{Update: true, Message: chat.Message{Content: text}}, nil
}

// eraseAccount forgets what is stored under a Discord account, logs the links that were
// withdrawn, and adds to what changed.
func (d *Deps) eraseAccount(ctx context.Context, c *Call, discordID string, changed map[string]int64) error {
	withdrawn, more, err := d.Personal.EraseAccount(ctx, discordID, c.Now)
	for _, r := range withdrawn {
		c.Audit(ctx, r.Faction, "link.withdraw", map[string]any{"player": r.Player, "request": r.ID})
	}
	addCounts(changed, more)
	return err
}

func addCounts(to, more map[string]int64) {
	for table, n := range more {
		to[table] += n
	}
}
