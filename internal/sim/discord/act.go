package discord

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Slash sends a slash command and waits for the whole answer. path is its words
// ("war scoreboard"); in a direct message guildID is empty. Options take Go values
// or what a person would type: numbers as text, a channel as its id or "#name", a
// user or role as its id or "@name".
func (p *Person) Slash(ctx context.Context, guildID, channelID, path string, options map[string]any) (*Response, error) {
	return p.run(ctx, "send /"+path, func() (*interaction, error) { return p.startSlash(guildID, channelID, path, options) })
}

// Autocomplete asks for suggestions while option focused is being typed as far as
// partial; options are the others filled in so far.
func (p *Person) Autocomplete(ctx context.Context, guildID, channelID, path string, options map[string]any, focused, partial string) ([]Choice, error) {
	in, err := p.start(func() (*interaction, error) {
		return p.startAutocomplete(guildID, channelID, path, options, focused, partial)
	})
	if err == nil {
		err = p.first(ctx, in)
	}
	if err != nil {
		return nil, fmt.Errorf("complete %s of /%s: %w", focused, path, err)
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return slices.Clone(in.choices), nil
}

// Click presses a button of a message, named by its custom id or its label, and
// waits for the whole answer.
func (p *Person) Click(ctx context.Context, msg Message, button string) (*Response, error) {
	return p.run(ctx, "press "+button, func() (*interaction, error) { return p.startClick(msg.ID, button) })
}

// Select picks values in a select of a message, named by its custom id, and waits
// for the whole answer. Values are those of options or their labels; for pickers
// ids, "#name" or "@name".
func (p *Person) Select(ctx context.Context, msg Message, customID string, values ...string) (*Response, error) {
	return p.run(ctx, "pick in "+customID, func() (*interaction, error) { return p.startSelect(msg.ID, customID, values) })
}

// SubmitModal fills a form, by custom id or label of each field, and waits for the
// whole answer. Fields left out keep the text they came with.
func (p *Person) SubmitModal(ctx context.Context, modal *Modal, fields map[string]string) (*Response, error) {
	return p.run(ctx, "submit "+modal.Title, func() (*interaction, error) { return p.startSubmit(modal, fields) })
}

// optionData is an option as an interaction carries it.
type optionData struct {
	Name    string       `json:"name"`
	Type    int          `json:"type"`
	Value   any          `json:"value,omitempty"`
	Options []optionData `json:"options,omitempty"`
	Focused bool         `json:"focused,omitempty"`
}

// commandData is the data of a slash command.
func commandData(c Command, path []Option, leaf []optionData, res *resolved) map[string]any {
	for _, o := range slices.Backward(path) {
		leaf = []optionData{{Name: o.Name, Type: o.Type, Options: leaf}}
	}
	out := map[string]any{"id": c.ID, "name": c.Name, "type": c.Type, "options": leaf}
	if c.GuildID != "" {
		out["guild_id"] = c.GuildID
	}
	if !res.empty() {
		out["resolved"] = res
	}
	return out
}

func (p *Person) startSlash(guildID, channelID, path string, given map[string]any) (*interaction, error) {
	if _, err := p.place(guildID, channelID); err != nil {
		return nil, err
	}
	cmd, nest, params, err := p.find(guildID, path)
	if err != nil {
		return nil, err
	}
	res := &resolved{}
	leaf, err := p.fill(guildID, channelID, params, given, res)
	if err != nil {
		return nil, err
	}
	for _, o := range params {
		if _, has := given[o.Name]; o.Required && !has {
			return nil, fmt.Errorf("%w: option %s is required", ErrInput, o.Name)
		}
	}
	in := &interaction{kind: kindCommand, command: path, userID: p.id, guildID: guildID, channelID: channelID}
	return in, p.s.begin(in, commandData(cmd, nest, leaf, res))
}

func (p *Person) startAutocomplete(guildID, channelID, path string, given map[string]any, focused, partial string) (*interaction, error) {
	if _, err := p.place(guildID, channelID); err != nil {
		return nil, err
	}
	cmd, nest, params, err := p.find(guildID, path)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(params, func(o Option) bool { return o.Name == focused })
	if i < 0 || !params[i].Autocomplete {
		return nil, fmt.Errorf("%w: option %s has no autocomplete", ErrUnknown, focused)
	}
	rest := map[string]any{}
	for k, v := range given {
		if k != focused {
			rest[k] = v
		}
	}
	res := &resolved{}
	leaf, err := p.fill(guildID, channelID, params, rest, res)
	if err != nil {
		return nil, err
	}
	// What is being typed is text, even where a number is wanted.
	leaf = append(leaf, optionData{Name: focused, Type: params[i].Type, Value: partial, Focused: true})
	in := &interaction{kind: kindAutocomplete, command: path, userID: p.id, guildID: guildID, channelID: channelID}
	return in, p.s.begin(in, commandData(cmd, nest, leaf, res))
}

// find resolves the words of a command like a client: commands of the guild
// first, then global ones, and only those this person is offered.
func (p *Person) find(guildID, path string) (Command, []Option, []Option, error) {
	words := strings.Fields(strings.TrimPrefix(path, "/"))
	if len(words) == 0 {
		return Command{}, nil, nil, fmt.Errorf("%w command: no name", ErrUnknown)
	}
	i := -1
	offered := p.offered(guildID)
	for j, c := range offered {
		if c.Name == words[0] {
			i = j
			break
		}
	}
	if i < 0 {
		return Command{}, nil, nil, fmt.Errorf("%w command /%s", ErrUnknown, words[0])
	}
	var nest []Option
	level := offered[i].Options
	for _, word := range words[1:] {
		k := slices.IndexFunc(level, func(o Option) bool { return o.nests() && o.Name == word })
		if k < 0 {
			return Command{}, nil, nil, fmt.Errorf("%w sub-command %q of /%s", ErrUnknown, word, path)
		}
		nest = append(nest, level[k])
		level = level[k].Options
	}
	if len(level) > 0 && level[0].nests() {
		return Command{}, nil, nil, fmt.Errorf("%w: /%s needs a sub-command", ErrUnknown, path)
	}
	return offered[i], nest, level, nil
}

// offered lists the commands a client would show this person. The caller holds
// s.mu.
func (p *Person) offered(guildID string) []Command {
	var out []Command
	g := p.s.guilds[guildID]
	seen := map[string]bool{}
	for _, scope := range []string{guildID, ""} {
		for _, c := range p.s.commands[scope] {
			if c.Type != 1 || seen[c.Name] || guildID == "" && !c.inDM() {
				continue
			}
			if g != nil && c.Permissions != nil {
				need := number(*c.Permissions)
				if m := g.members[p.id]; m == nil || need == 0 && g.permissions(m) != permAll || g.permissions(m)&need != need {
					continue
				}
			}
			seen[c.Name] = true
			out = append(out, c)
		}
		if guildID == "" {
			break
		}
	}
	return out
}

// source finds the present state of a message and one of its components.
func (p *Person) source(messageID, name string) (Message, *Component, error) {
	m, exists := p.s.messages[messageID]
	if !exists || !p.s.sees(p.id, m) {
		return m, nil, fmt.Errorf("%w message %s", ErrUnknown, messageID)
	}
	c := usable(m.Components, name)
	switch {
	case c == nil:
		return m, nil, fmt.Errorf("%w component %q of message %s", ErrUnknown, name, messageID)
	case !c.interactive():
		return m, nil, fmt.Errorf("%w: %q is a link to %s", ErrInput, name, c.URL)
	case c.Disabled:
		return m, nil, fmt.Errorf("%w: %q is disabled", ErrInput, name)
	}
	return m, c, nil
}

func (p *Person) startClick(messageID, name string) (*interaction, error) {
	m, c, err := p.source(messageID, name)
	if err != nil {
		return nil, err
	}
	if c.Type != compButton {
		return nil, fmt.Errorf("%w: %q is no button", ErrInput, name)
	}
	in := &interaction{kind: kindComponent, userID: p.id, guildID: m.GuildID, channelID: m.ChannelID, sourceID: m.ID}
	return in, p.s.begin(in, map[string]any{"custom_id": c.CustomID, "component_type": c.Type, "id": c.ID})
}

func (p *Person) startSelect(messageID, name string, values []string) (*interaction, error) {
	m, c, err := p.source(messageID, name)
	if err != nil {
		return nil, err
	}
	if !c.isSelect() {
		return nil, fmt.Errorf("%w: %q is no select", ErrInput, name)
	}
	least, most := c.picks()
	if len(values) < least || len(values) > most {
		return nil, fmt.Errorf("%w: pick %d to %d of %q", ErrInput, least, most, name)
	}
	res, picked := &resolved{}, []string{}
	for _, v := range values {
		id, err := p.pick(m.GuildID, c, v, res)
		if err != nil {
			return nil, err
		}
		if slices.Contains(picked, id) {
			return nil, fmt.Errorf("%w: %q is picked twice", ErrInput, v)
		}
		picked = append(picked, id)
	}
	data := map[string]any{"custom_id": c.CustomID, "component_type": c.Type, "id": c.ID, "values": picked}
	if !res.empty() {
		data["resolved"] = res
	}
	in := &interaction{kind: kindComponent, userID: p.id, guildID: m.GuildID, channelID: m.ChannelID, sourceID: m.ID}
	return in, p.s.begin(in, data)
}

// pick turns one value of a select into what is sent.
func (p *Person) pick(guildID string, c *Component, v string, res *resolved) (string, error) {
	switch c.Type {
	case compSelect:
		for _, o := range c.Options {
			if o.Value == v || o.Label == v {
				return o.Value, nil
			}
		}
		return "", fmt.Errorf("%w: %q is no option of %q", ErrInput, v, c.CustomID)
	case compChannelSelect:
		return p.channelID(guildID, v, c.ChannelTypes, res)
	case compRoleSelect:
		return p.roleID(guildID, v, res)
	case compUserSelect:
		return p.userID(guildID, v, res)
	}
	id, err := p.userID(guildID, v, res)
	if err != nil {
		return p.roleID(guildID, v, res)
	}
	return id, nil
}

func (p *Person) startSubmit(m *Modal, fields map[string]string) (*interaction, error) {
	if m == nil || m.in == nil || m.in.userID != p.id {
		return nil, fmt.Errorf("%w modal", ErrUnknown)
	}
	texts, used := map[string]string{}, 0
	for _, f := range m.Inputs {
		text := f.Value
		for _, key := range []string{f.ID, f.Label} {
			if v, filled := fields[key]; filled {
				text = v
				used++
				break
			}
		}
		n := length(text)
		switch {
		case n == 0 && f.Required:
			return nil, fmt.Errorf("%w: %q is required", ErrInput, f.Label)
		case n > f.Max, n > 0 && n < f.Min:
			return nil, fmt.Errorf("%w: %q takes %d to %d characters, not %d", ErrInput, f.Label, f.Min, f.Max, n)
		}
		texts[f.ID] = text
	}
	if used != len(fields) {
		return nil, fmt.Errorf("%w: the form %q has no such field among %v", ErrUnknown, m.Title, fields)
	}
	rows := []map[string]any{}
	for _, row := range m.rows {
		if row.Type == compLabel {
			rows = append(rows, map[string]any{"type": compLabel, "component": map[string]any{
				"type": compText, "custom_id": row.Component.CustomID, "value": texts[row.Component.CustomID]}})
			continue
		}
		id := row.Components[0].CustomID
		rows = append(rows, map[string]any{"type": compRow, "components": []any{
			map[string]any{"type": compText, "custom_id": id, "value": texts[id]}}})
	}
	in := &interaction{kind: kindModal, userID: p.id, guildID: m.in.guildID, channelID: m.in.channelID}
	if _, exists := p.s.messages[m.in.sourceID]; exists {
		in.sourceID = m.in.sourceID
	}
	return in, p.s.begin(in, map[string]any{"custom_id": m.ID, "components": rows})
}
