package discord

// Component types.
const (
	compRow           = 1
	compButton        = 2
	compSelect        = 3
	compText          = 4
	compUserSelect    = 5
	compRoleSelect    = 6
	compMentionSelect = 7
	compChannelSelect = 8
	compSection       = 9
	compTextDisplay   = 10
	compThumbnail     = 11
	compGallery       = 12
	compFile          = 13
	compSeparator     = 14
	compContainer     = 17
	compLabel         = 18
)

// Button styles.
const (
	styleLink    = 5
	stylePremium = 6
)

// Component is any component of a message or a modal: one flat form for all
// kinds, of which each uses some fields.
type Component struct {
	Type     int    `json:"type"`
	ID       int    `json:"id,omitempty"`
	CustomID string `json:"custom_id,omitempty"`
	Label    string `json:"label,omitempty"`
	Style    int    `json:"style,omitempty"`
	URL      string `json:"url,omitempty"`
	Disabled bool   `json:"disabled,omitempty"`
	Emoji    *Emoji `json:"emoji,omitempty"`

	Placeholder   string         `json:"placeholder,omitempty"`
	MinValues     *int           `json:"min_values,omitempty"`
	MaxValues     *int           `json:"max_values,omitempty"`
	Options       []SelectOption `json:"options,omitempty"`
	ChannelTypes  []int          `json:"channel_types,omitempty"`
	DefaultValues []DefaultValue `json:"default_values,omitempty"`

	Value     string `json:"value,omitempty"`
	Required  *bool  `json:"required,omitempty"`
	MinLength *int   `json:"min_length,omitempty"`
	MaxLength *int   `json:"max_length,omitempty"`

	Content     string      `json:"content,omitempty"`
	Description string      `json:"description,omitempty"`
	Media       *Media      `json:"media,omitempty"`
	File        *Media      `json:"file,omitempty"`
	Items       []MediaItem `json:"items,omitempty"`
	Accent      *int        `json:"accent_color,omitempty"`
	Divider     *bool       `json:"divider,omitempty"`
	Spacing     *int        `json:"spacing,omitempty"`
	Spoiler     bool        `json:"spoiler,omitempty"`
	Accessory   *Component  `json:"accessory,omitempty"`
	Component   *Component  `json:"component,omitempty"`
	Components  []Component `json:"components,omitempty"`
}

// Emoji stands before a label.
type Emoji struct {
	Name     string `json:"name,omitempty"`
	ID       string `json:"id,omitempty"`
	Animated bool   `json:"animated,omitempty"`
}

// SelectOption is one line of a select.
type SelectOption struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Emoji       *Emoji `json:"emoji,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

// DefaultValue is a pick that a select starts with.
type DefaultValue struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// Media is a picture or file of components v2.
type Media struct {
	URL string `json:"url"`
}

// MediaItem is one picture of a gallery.
type MediaItem struct {
	Media       Media  `json:"media"`
	Description string `json:"description,omitempty"`
	Spoiler     bool   `json:"spoiler,omitempty"`
}

func (c *Component) isSelect() bool {
	switch c.Type {
	case compSelect, compUserSelect, compRoleSelect, compMentionSelect, compChannelSelect:
		return true
	}
	return false
}

func (c *Component) isV2() bool {
	switch c.Type {
	case compSection, compTextDisplay, compThumbnail, compGallery, compFile, compSeparator, compContainer:
		return true
	}
	return false
}

// interactive tells whether a person can use the component, which then has a
// custom id.
func (c *Component) interactive() bool {
	return c.isSelect() || c.Type == compText ||
		c.Type == compButton && c.Style != styleLink && c.Style != stylePremium
}

// picks gives how few and how many values a select takes.
func (c *Component) picks() (least, most int) {
	least, most = 1, 1
	if c.MinValues != nil {
		least = *c.MinValues
	}
	if c.MaxValues != nil {
		most = *c.MaxValues
	}
	return least, most
}

func (c *Component) mediaURLs() []string {
	var out []string
	if c.Media != nil {
		out = append(out, c.Media.URL)
	}
	if c.File != nil {
		out = append(out, c.File.URL)
	}
	for _, it := range c.Items {
		out = append(out, it.Media.URL)
	}
	return out
}

// walk visits every component of a tree, parents first.
func walk(list []Component, visit func(*Component)) {
	for i := range list {
		visit(&list[i])
		if a := list[i].Accessory; a != nil {
			visit(a)
		}
		if in := list[i].Component; in != nil {
			visit(in)
		}
		walk(list[i].Components, visit)
	}
}

// usable finds a component that a person could use, by custom id, else by label.
func usable(list []Component, name string) *Component {
	var byID, byLabel *Component
	walk(list, func(c *Component) {
		if !c.interactive() && c.Type != compButton {
			return
		}
		if c.CustomID == name && byID == nil && name != "" {
			byID = c
		}
		if c.Label == name && byLabel == nil {
			byLabel = c
		}
	})
	if byID != nil {
		return byID
	}
	return byLabel
}
