package discord

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Upload is the value of an attachment option.
type Upload struct {
	Name, ContentType string
	Data              []byte
}

// resolved holds the objects that an interaction's ids refer to.
type resolved struct {
	Users       map[string]User           `json:"users,omitempty"`
	Members     map[string]map[string]any `json:"members,omitempty"`
	Roles       map[string]Role           `json:"roles,omitempty"`
	Channels    map[string]map[string]any `json:"channels,omitempty"`
	Attachments map[string]Attachment     `json:"attachments,omitempty"`
}

func (r *resolved) empty() bool {
	return len(r.Users)+len(r.Roles)+len(r.Channels)+len(r.Attachments) == 0
}

func put[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = v
}

// fill turns given values into option data, in the order the command declares
// them, checked as a client checks them.
func (p *Person) fill(guildID, channelID string, params []Option, given map[string]any, res *resolved) ([]optionData, error) {
	for name := range given {
		if !slices.ContainsFunc(params, func(o Option) bool { return o.Name == name }) {
			return nil, fmt.Errorf("%w option %q", ErrUnknown, name)
		}
	}
	out := []optionData{}
	for i := range params {
		v, has := given[params[i].Name]
		if !has {
			continue
		}
		value, err := p.value(guildID, channelID, &params[i], v, res)
		if err != nil {
			return nil, fmt.Errorf("option %s: %w", params[i].Name, err)
		}
		out = append(out, optionData{Name: params[i].Name, Type: params[i].Type, Value: value})
	}
	return out, nil
}

// value turns one given value into what goes on the wire.
func (p *Person) value(guildID, channelID string, o *Option, v any, res *resolved) (any, error) {
	if len(o.Choices) > 0 {
		return choose(o, v)
	}
	switch o.Type {
	case optString:
		return textValue(o, v)
	case optInteger, optNumber:
		return numberValue(o, v)
	case optBoolean:
		return boolValue(v)
	case optUser:
		return p.userID(guildID, fmt.Sprint(v), res)
	case optChannel:
		return p.channelID(guildID, fmt.Sprint(v), o.ChannelTypes, res)
	case optRole:
		return p.roleID(guildID, fmt.Sprint(v), res)
	case optMentionable:
		if id, err := p.userID(guildID, fmt.Sprint(v), res); err == nil {
			return id, nil
		}
		return p.roleID(guildID, fmt.Sprint(v), res)
	case optAttachment:
		up, isFile := v.(Upload)
		if !isFile {
			return nil, fmt.Errorf("%w: want an Upload, not %T", ErrInput, v)
		}
		return p.upload(channelID, up, res)
	}
	return nil, fmt.Errorf("%w: option type %d", ErrInput, o.Type)
}

// choose finds the choice that a value or its name means.
func choose(o *Option, v any) (any, error) {
	want := fmt.Sprint(v)
	for _, c := range o.Choices {
		if c.Text() == want || c.Name == want {
			return c.Value, nil
		}
	}
	return nil, fmt.Errorf("%w: %v is none of the choices", ErrInput, v)
}

func textValue(o *Option, v any) (any, error) {
	var text string
	switch t := v.(type) {
	case string:
		text = t
	case int, int64, float64:
		text = fmt.Sprint(t)
	default:
		return nil, fmt.Errorf("%w: want text, not %T", ErrInput, v)
	}
	least, most := 0, 6000
	if o.MinLength != nil {
		least = *o.MinLength
	}
	if o.MaxLength != nil {
		most = *o.MaxLength
	}
	if n := length(text); n < max(least, 1) || n > most {
		return nil, fmt.Errorf("%w: want %d to %d characters, not %d", ErrInput, max(least, 1), most, n)
	}
	return text, nil
}

func numberValue(o *Option, v any) (any, error) {
	var n float64
	switch t := v.(type) {
	case int:
		n = float64(t)
	case int64:
		n = float64(t)
	case float64:
		n = t
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(t), 64)
		if err != nil {
			return nil, fmt.Errorf("%w: %q is no number", ErrInput, t)
		}
		n = f
	default:
		return nil, fmt.Errorf("%w: want a number, not %T", ErrInput, v)
	}
	const safe = 1<<53 - 1 // what a client can hold exactly
	if math.IsNaN(n) || math.Abs(n) > safe {
		return nil, fmt.Errorf("%w: %v is out of range", ErrInput, n)
	}
	if o.MinValue != nil && n < *o.MinValue || o.MaxValue != nil && n > *o.MaxValue {
		return nil, fmt.Errorf("%w: %v is out of the option's range", ErrInput, n)
	}
	if o.Type == optInteger {
		if n != math.Trunc(n) {
			return nil, fmt.Errorf("%w: %v is no whole number", ErrInput, n)
		}
		return int64(n), nil
	}
	return n, nil
}

func boolValue(v any) (any, error) {
	switch t := v.(type) {
	case bool:
		return t, nil
	case string:
		switch strings.ToLower(t) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	}
	return nil, fmt.Errorf("%w: want true or false, not %v", ErrInput, v)
}

// bare takes the decoration off a mention: "<@123>", "<#123>".
func bare(v string) string { return strings.Trim(v, "<@!&#>") }

func (p *Person) userID(guildID, v string, res *resolved) (string, error) {
	g := p.s.guilds[guildID]
	for id, u := range p.s.users {
		var m *Member
		if g != nil {
			m = g.members[id]
		}
		if id != bare(v) && (m == nil || "@"+m.Name() != v && "@"+u.Username != v) {
			continue
		}
		put(&res.Users, id, *u)
		if m != nil {
			part := memberWithPermissions(g, m)
			delete(part, "user")
			put(&res.Members, id, part)
		}
		return id, nil
	}
	return "", fmt.Errorf("%w: no user %s", ErrInput, v)
}

func (p *Person) roleID(guildID, v string, res *resolved) (string, error) {
	if g := p.s.guilds[guildID]; g != nil {
		for _, r := range g.roles {
			if r.ID == bare(v) || "@"+r.Name == v || r.Name == v {
				put(&res.Roles, r.ID, *r)
				return r.ID, nil
			}
		}
	}
	return "", fmt.Errorf("%w: no role %s", ErrInput, v)
}

func (p *Person) channelID(guildID, v string, kinds []int, res *resolved) (string, error) {
	g := p.s.guilds[guildID]
	if g == nil {
		return "", fmt.Errorf("%w: no channel %s", ErrInput, v)
	}
	for _, id := range g.channels {
		c := p.s.channels[id]
		if id != bare(v) && "#"+c.Name != v {
			continue
		}
		if len(kinds) > 0 && !slices.Contains(kinds, c.Type) {
			return "", fmt.Errorf("%w: channel %s is of another type", ErrInput, v)
		}
		put(&res.Channels, id, map[string]any{"id": id, "name": c.Name, "type": c.Type, "parent_id": nil,
			"permissions": permissionText(g.permissions(g.members[p.id]))})
		return id, nil
	}
	return "", fmt.Errorf("%w: no channel %s", ErrInput, v)
}

// upload stores a file that a command carries. It is kept with a message that
// nobody sees, so that its address works.
func (p *Person) upload(channelID string, up Upload, res *resolved) (string, error) {
	if len(up.Data) > maxFile {
		return "", fmt.Errorf("%w: a file has at most %d bytes", ErrInput, maxFile)
	}
	if up.ContentType == "" {
		up.ContentType = http.DetectContentType(up.Data)
	}
	a := Attachment{ID: p.s.newID(), Filename: fileName(up.Name), ContentType: up.ContentType, Size: len(up.Data), Data: up.Data, Ephemeral: true}
	a.URL = fmt.Sprintf("/attachments/%s/%s/%s", channelID, a.ID, a.Filename)
	hidden, c := p.s.newID(), p.s.channels[channelID]
	c.messages = append(c.messages, hidden)
	p.s.messages[hidden] = Message{ID: hidden, ChannelID: channelID, Flags: flagEphemeral, VisibleTo: "-", Attachments: []Attachment{a}}
	a.URL = p.s.gateway.base() + a.URL
	a.ProxyURL = a.URL
	put(&res.Attachments, a.ID, a)
	return a.ID, nil
}
