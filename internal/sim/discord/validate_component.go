package discord

import (
	"fmt"
	"slices"
)

const (
	maxRows      = 5
	maxInRow     = 5
	maxCustomID  = 100
	maxLabel     = 80
	maxOptions   = 25
	maxHolder    = 150
	maxV2        = 40
	maxV2Text    = 4000
	maxGallery   = 10
	maxModal     = 5
	maxModalName = 45
	maxInput     = 4000
)

// checkLegacy holds the rows of an ordinary message against their limits.
func checkLegacy(p *problems, rows []Component) {
	if len(rows) > maxRows {
		p.add("components", "BASE_TYPE_MAX_LENGTH", "Must be between 1 and %d in length.", maxRows)
	}
	seen := map[string]bool{}
	for i := range rows {
		at := fmt.Sprintf("components.%d", i)
		if rows[i].Type != compRow {
			if rows[i].isV2() {
				p.add(at+".type", "BASE_TYPE_CHOICES", "Value of field \"type\" must be one of (1,): the message lacks MessageFlags.IS_COMPONENTS_V2.")
			} else {
				p.add(at+".type", "BASE_TYPE_CHOICES", "Value of field \"type\" must be one of (1,).")
			}
			continue
		}
		checkRow(p, at, &rows[i], seen)
	}
}

func checkRow(p *problems, at string, row *Component, seen map[string]bool) {
	n := len(row.Components)
	if n < 1 || n > maxInRow {
		p.add(at+".components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxInRow)
	}
	for j := range row.Components {
		c := &row.Components[j]
		in := fmt.Sprintf("%s.components.%d", at, j)
		switch {
		case c.Type == compButton:
			checkButton(p, in, c, seen)
		case c.isSelect():
			if n > 1 {
				p.add(at+".components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
			}
			checkSelect(p, in, c, seen)
		default:
			p.add(in+".type", "BASE_TYPE_CHOICES", "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).")
		}
	}
}

func checkCustomID(p *problems, at, id string, seen map[string]bool) {
	p.between(at+".custom_id", id, maxCustomID)
	if seen[id] && id != "" {
		p.add(at+".custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
	}
	seen[id] = true
}

func checkButton(p *problems, at string, c *Component, seen map[string]bool) {
	p.maxLen(at+".label", c.Label, maxLabel)
	if c.Label == "" && c.Emoji == nil {
		p.add(at, "BUTTON_COMPONENT_LABEL_REQUIRED", "A button needs a label or an emoji.")
	}
	checkEmoji(p, at, c.Emoji)
	switch c.Style {
	case 1, 2, 3, 4:
		checkCustomID(p, at, c.CustomID, seen)
		if c.URL != "" {
			p.add(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be specified")
		}
	case styleLink:
		if p.required(at+".url", c.URL) {
			checkURL(p, at+".url", c.URL)
			p.maxLen(at+".url", c.URL, 512)
		}
		if c.CustomID != "" {
			p.add(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be specified")
		}
	default:
		p.add(at+".style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5).")
	}
}

// checkEmoji refuses names that cannot be an emoji, such as ":sword:".
func checkEmoji(p *problems, at string, e *Emoji) {
	if e == nil || e.ID != "" {
		return
	}
	for _, r := range e.Name {
		if r > 0x7F {
			return
		}
	}
	p.add(at+".emoji.name", "COMPONENT_INVALID_EMOJI", "Invalid emoji")
}

func checkSelect(p *problems, at string, c *Component, seen map[string]bool) {
	checkCustomID(p, at, c.CustomID, seen)
	p.maxLen(at+".placeholder", c.Placeholder, maxHolder)
	least, most := c.picks()
	if least < 0 || least > maxOptions {
		p.add(at+".min_values", "NUMBER_TYPE_MAX", "int value should be between 0 and 25.")
	}
	if most < 1 || most > maxOptions || most < least {
		p.add(at+".max_values", "NUMBER_TYPE_MAX", "int value should be between 1 and 25 and not below min_values.")
	}
	if c.Type != compSelect {
		if len(c.Options) > 0 {
			p.add(at+".options", "BASE_TYPE_CHOICES", "Only a string select has options.")
		}
		return
	}
	n := len(c.Options)
	if n < 1 || n > maxOptions {
		p.add(at+".options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxOptions)
	}
	if n > 0 && most > n {
		p.add(at+".max_values", "SELECT_COMPONENT_MAX_VALUES", "max_values is more than the %d options.", n)
	}
	values, defaults := []string{}, 0
	for k, o := range c.Options {
		in := fmt.Sprintf("%s.options.%d", at, k)
		p.between(in+".label", o.Label, 100)
		p.between(in+".value", o.Value, 100)
		p.maxLen(in+".description", o.Description, 100)
		if slices.Contains(values, o.Value) {
			p.add(in+".value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
		}
		values = append(values, o.Value)
		checkEmoji(p, in, o.Emoji)
		if o.Default {
			defaults++
		}
	}
	if defaults > most {
		p.add(at+".options", "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", "More options are selected by default than max_values allows.")
	}
}

// v2check walks the tree of a components-v2 message.
type v2check struct {
	p     *problems
	seen  map[string]bool
	files []Attachment
	n     int
	text  int
}

func checkV2(p *problems, list []Component, files []Attachment) {
	v := &v2check{p: p, seen: map[string]bool{}, files: files}
	for i := range list {
		v.top(fmt.Sprintf("components.%d", i), &list[i], false)
	}
	if v.n > maxV2 {
		p.add("components", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length, nested components included.", maxV2)
	}
	if v.text > maxV2Text {
		p.add("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Displayable text size exceeds maximum size of %d", maxV2Text)
	}
}

// top checks a component that stands at top level or in a container.
func (v *v2check) top(at string, c *Component, inside bool) {
	v.n++
	switch c.Type {
	case compRow:
		v.n += len(c.Components)
		checkRow(v.p, at, c, v.seen)
	case compTextDisplay:
		v.show(at, c)
	case compSection:
		v.section(at, c)
	case compGallery:
		if len(c.Items) < 1 || len(c.Items) > maxGallery {
			v.p.add(at+".items", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxGallery)
		}
		for j, it := range c.Items {
			checkMedia(v.p, fmt.Sprintf("%s.items.%d.media.url", at, j), it.Media.URL, v.files)
		}
	case compFile:
		if c.File == nil {
			v.p.required(at+".file", "")
			return
		}
		if _, ok := attached(c.File.URL); !ok {
			v.p.add(at+".file.url", "URL_TYPE_INVALID_SCHEME", "Only attachment:// is supported here.")
			return
		}
		checkMedia(v.p, at+".file.url", c.File.URL, v.files)
	case compSeparator:
	case compContainer:
		if inside {
			v.p.add(at+".type", "BASE_TYPE_CHOICES", "A container cannot hold a container.")
			return
		}
		if len(c.Components) == 0 {
			v.p.required(at+".components", "")
		}
		for j := range c.Components {
			v.top(fmt.Sprintf("%s.components.%d", at, j), &c.Components[j], true)
		}
	default:
		v.p.add(at+".type", "BASE_TYPE_CHOICES", "Value of field \"type\" must be one of (1, 9, 10, 12, 13, 14, 17).")
	}
}

func (v *v2check) show(at string, c *Component) {
	v.p.required(at+".content", c.Content)
	v.text += length(c.Content)
}

func (v *v2check) section(at string, c *Component) {
	if len(c.Components) < 1 || len(c.Components) > 3 {
		v.p.add(at+".components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 3 in length.")
	}
	for j := range c.Components {
		v.n++
		in := fmt.Sprintf("%s.components.%d", at, j)
		if c.Components[j].Type != compTextDisplay {
			v.p.add(in+".type", "BASE_TYPE_CHOICES", "Value of field \"type\" must be one of (10,).")
			continue
		}
		v.show(in, &c.Components[j])
	}
	a := c.Accessory
	if a == nil {
		v.p.required(at+".accessory", "")
		return
	}
	v.n++
	switch a.Type {
	case compButton:
		checkButton(v.p, at+".accessory", a, v.seen)
	case compThumbnail:
		url := ""
		if a.Media != nil {
			url = a.Media.URL
		}
		checkMedia(v.p, at+".accessory.media.url", url, v.files)
	default:
		v.p.add(at+".accessory.type", "BASE_TYPE_CHOICES", "Value of field \"type\" must be one of (2, 11).")
	}
}

// checkModal holds a form against its limits.
func checkModal(id, title string, rows []Component) error {
	var p problems
	p.between("data.custom_id", id, maxCustomID)
	p.between("data.title", title, maxModalName)
	if len(rows) < 1 || len(rows) > maxModal {
		p.add("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxModal)
	}
	seen := map[string]bool{}
	for i := range rows {
		at := fmt.Sprintf("data.components.%d", i)
		switch {
		case rows[i].Type == compRow && len(rows[i].Components) == 1 && rows[i].Components[0].Type == compText:
			p.between(at+".components.0.label", rows[i].Components[0].Label, 45)
			checkInput(&p, at+".components.0", &rows[i].Components[0], seen)
		case rows[i].Type == compLabel && rows[i].Component != nil && rows[i].Component.Type == compText:
			p.between(at+".label", rows[i].Label, 45)
			p.maxLen(at+".description", rows[i].Description, 100)
			checkInput(&p, at+".component", rows[i].Component, seen)
		default:
			p.add(at, "BASE_TYPE_CHOICES", "A modal holds rows of one text input each.")
		}
	}
	return p.err()
}

func checkInput(p *problems, at string, c *Component, seen map[string]bool) {
	checkCustomID(p, at, c.CustomID, seen)
	p.maxLen(at+".placeholder", c.Placeholder, 100)
	if c.Style != 1 && c.Style != 2 {
		p.add(at+".style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")
	}
	least, most := c.lengths()
	if least < 0 || least > maxInput {
		p.add(at+".min_length", "NUMBER_TYPE_MAX", "int value should be between 0 and 4000.")
	}
	if most < 1 || most > maxInput || most < least {
		p.add(at+".max_length", "NUMBER_TYPE_MAX", "int value should be between 1 and 4000 and not below min_length.")
	}
	if c.Value != "" && (length(c.Value) > most || length(c.Value) < least) {
		p.add(at+".value", "BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", least, most)
	}
}

// lengths gives how short and how long the text of an input may be.
func (c *Component) lengths() (least, most int) {
	most = maxInput
	if c.MinLength != nil {
		least = *c.MinLength
	}
	if c.MaxLength != nil {
		most = *c.MaxLength
	}
	return least, most
}

// mustFill tells whether an input needs a text; it does unless told otherwise.
func (c *Component) mustFill() bool { return c.Required == nil || *c.Required }
