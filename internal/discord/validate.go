package discord

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"

	"consigliere/internal/chat"
)

// Discord's limits for messages and forms; discord.md names each.
const (
	maxContent       = 2000
	maxEmbeds        = 10
	maxEmbedTitle    = 256
	maxDescription   = 4096
	maxFields        = 25
	maxFieldName     = 256
	maxFieldValue    = 1024
	maxFooter        = 2048
	maxEmbedText     = 6000 // over all embeds of a message
	maxFiles         = 10
	maxFile          = 10 << 20
	maxRequest       = 25 << 20
	maxAlt           = 1024
	maxRows          = 5
	maxButtons       = 5
	maxSelectOptions = 25
	maxLabel         = 80
	maxOptionText    = 100
	maxPlaceholder   = 150
	maxCustomID      = 100
	maxButtonURL     = 512
	maxModalTitle    = 45
	maxInputs        = 5
	maxInputLabel    = 45
	maxInputHint     = 100
	maxInputText     = 4000
	maxMentions      = 100
	maxNonce         = 25
)

// fileName is what Discord leaves as it is; anything else it renames, and then
// an embed no longer finds its picture.
var fileName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)

// Validate tells everything about m that Discord would refuse, as one error
// that is an ErrInvalid. Texts are measured in UTF-16 units, as Discord's own
// clients do: never less than what its servers count.
func Validate(m chat.Message) error {
	var p problems
	p.message(m, false)
	return p.err()
}

// validateEdit is Validate for a message that replaces another: an embed may
// show a file that is already there.
func validateEdit(m chat.Message) error {
	var p problems
	p.message(m, true)
	return p.err()
}

// ValidateModal is Validate for a form.
func ValidateModal(m chat.Modal) error {
	var p problems
	p.id("form", m.ID)
	p.text("form title", m.Title, 1, maxModalTitle)
	p.count("form inputs", len(m.Inputs), 1, maxInputs)
	seen := make(map[string]bool)
	for i, in := range m.Inputs {
		at := fmt.Sprintf("input %d", i+1)
		p.uniqueID(at, in.ID, seen)
		p.text(at+" label", in.Label, 1, maxInputLabel)
		p.text(at+" placeholder", in.Placeholder, 0, maxInputHint)
		p.text(at+" value", in.Value, 0, maxInputText)
		p.count(at+" minimum length", in.Min, 0, maxInputText)
		p.count(at+" maximum length", in.Max, 0, maxInputText)
		if in.Max > 0 && in.Min > in.Max {
			p.add("%s wants at least %d and at most %d characters", at, in.Min, in.Max)
		}
	}
	return p.err()
}

// problems collects what is wrong.
type problems struct{ list []string }

func (p *problems) add(format string, args ...any) {
	p.list = append(p.list, fmt.Sprintf(format, args...))
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrInvalid, strings.Join(p.list, "; "))
}

// text checks a length; blank text counts as empty, as it does for Discord.
func (p *problems) text(what, s string, lo, hi int) {
	n := length(s)
	if lo > 0 && strings.TrimSpace(s) == "" {
		p.add("%s is empty", what)
	}
	if n > hi {
		p.add("%s has %d characters, at most %d are allowed", what, n, hi)
	}
}

func (p *problems) count(what string, n, lo, hi int) {
	if n < lo || n > hi {
		p.add("%s: %d, allowed are %d to %d", what, n, lo, hi)
	}
}

func (p *problems) id(what, id string) { p.text(what+" id", id, 1, maxCustomID) }

func (p *problems) uniqueID(what, id string, seen map[string]bool) {
	p.id(what, id)
	if seen[id] {
		p.add("%s has an id that is used twice", what)
	}
	seen[id] = true
}

func (p *problems) message(m chat.Message, edit bool) {
	if isEmpty(m) && !edit {
		p.add("the message is empty")
	}
	p.text("content", m.Content, 0, maxContent)
	p.count("users to mention", len(m.Mention.Users), 0, maxMentions)
	p.count("roles to mention", len(m.Mention.Roles), 0, maxMentions)
	names := p.files(m.Files)
	p.count("embeds", len(m.Embeds), 0, maxEmbeds)
	total := 0
	for i, e := range m.Embeds {
		total += p.embed(fmt.Sprintf("embed %d", i+1), e)
		if e.Image != "" && !names[e.Image] && (!edit || len(m.Files) > 0) {
			p.add("embed %d shows %q, which is no file of the message", i+1, e.Image)
		}
	}
	if total > maxEmbedText {
		p.add("the embeds have %d characters together, at most %d are allowed", total, maxEmbedText)
	}
	p.count("rows", len(m.Rows), 0, maxRows)
	seen := make(map[string]bool)
	for i, r := range m.Rows {
		p.row(fmt.Sprintf("row %d", i+1), r, seen)
	}
}

func isEmpty(m chat.Message) bool {
	return strings.TrimSpace(m.Content) == "" && len(m.Embeds) == 0 && len(m.Files) == 0 && len(m.Rows) == 0
}

func (p *problems) files(files []chat.File) (names map[string]bool) {
	names = make(map[string]bool)
	p.count("files", len(files), 0, maxFiles)
	total := 0
	for i, f := range files {
		at := fmt.Sprintf("file %d", i+1)
		if !fileName.MatchString(f.Name) {
			p.add("%s has a name other than letters, digits, dots, dashes and underscores", at)
		}
		if names[f.Name] {
			p.add("%s has a name that is used twice", at)
		}
		if strings.ContainsAny(f.ContentType, "\r\n") {
			p.add("%s has a content type of more than one line", at)
		}
		names[f.Name] = true
		p.text(at+" description", f.Alt, 0, maxAlt)
		if len(f.Data) > maxFile {
			p.add("%s has %d bytes, at most %d are allowed", at, len(f.Data), maxFile)
		}
		total += len(f.Data)
	}
	// The message's own JSON travels in the same request.
	if total > maxRequest-(64<<10) {
		p.add("the files have %d bytes together, too many for one request", total)
	}
	return names
}

func (p *problems) embed(at string, e chat.Embed) (characters int) {
	if e.Title == "" && e.Description == "" && len(e.Fields) == 0 && e.Image == "" && e.Footer == "" {
		p.add("%s is empty", at)
	}
	p.text(at+" title", e.Title, 0, maxEmbedTitle)
	p.text(at+" description", e.Description, 0, maxDescription)
	p.text(at+" footer", e.Footer, 0, maxFooter)
	p.count(at+" fields", len(e.Fields), 0, maxFields)
	if e.URL != "" && !isWebAddress(e.URL) {
		p.add("%s has an address that is not http or https", at)
	}
	if e.Color < 0 || e.Color > 0xFFFFFF {
		p.add("%s has a colour beyond 0xFFFFFF", at)
	}
	characters = length(e.Title) + length(e.Description) + length(e.Footer)
	for i, f := range e.Fields {
		p.text(fmt.Sprintf("%s field %d name", at, i+1), f.Name, 1, maxFieldName)
		p.text(fmt.Sprintf("%s field %d value", at, i+1), f.Value, 1, maxFieldValue)
		characters += length(f.Name) + length(f.Value)
	}
	return characters
}

func (p *problems) row(at string, r chat.Row, seen map[string]bool) {
	if r.Select != nil {
		if len(r.Buttons) > 0 {
			p.add("%s has both buttons and a select", at)
		}
		p.selection(at+" select", *r.Select, seen)
		return
	}
	p.count(at+" buttons", len(r.Buttons), 1, maxButtons)
	for i, b := range r.Buttons {
		p.button(fmt.Sprintf("%s button %d", at, i+1), b, seen)
	}
}

func (p *problems) button(at string, b chat.Button, seen map[string]bool) {
	p.text(at+" label", b.Label, 0, maxLabel)
	if strings.TrimSpace(b.Label) == "" && b.Emoji == "" {
		p.add("%s has neither label nor emoji", at)
	}
	if b.Style != chat.Link {
		p.uniqueID(at, b.ID, seen)
		return
	}
	p.text(at+" address", b.URL, 1, maxButtonURL)
	if !isWebAddress(b.URL) {
		p.add("%s has an address that is not http or https", at)
	}
}

func (p *problems) selection(at string, s chat.Select, seen map[string]bool) {
	p.uniqueID(at, s.ID, seen)
	p.text(at+" placeholder", s.Placeholder, 0, maxPlaceholder)
	lo, hi := pickRange(s)
	most := maxSelectOptions
	switch s.Kind {
	case "":
		p.count(at+" options", len(s.Options), 1, maxSelectOptions)
		most = min(most, max(len(s.Options), 1))
	case "user", "role", "channel":
		if len(s.Options) > 0 {
			p.add("%s of %ss has options of its own", at, s.Kind)
		}
	default:
		p.add("%s is of the unknown kind %q", at, s.Kind)
	}
	if lo > hi || hi > most {
		p.add("%s wants %d to %d of at most %d", at, lo, hi, most)
	}
	values, defaults := make(map[string]bool), 0
	for i, o := range s.Options {
		opt := fmt.Sprintf("%s option %d", at, i+1)
		p.text(opt+" label", o.Label, 1, maxOptionText)
		p.text(opt+" value", o.Value, 1, maxOptionText)
		p.text(opt+" description", o.Description, 0, maxOptionText)
		if values[o.Value] {
			p.add("%s has a value that is used twice", opt)
		}
		values[o.Value] = true
		if o.Default {
			defaults++
		}
	}
	if defaults > hi {
		p.add("%s has %d defaults, at most %d may be picked", at, defaults, hi)
	}
}

func isWebAddress(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// length counts s in UTF-16 units.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}
