package torn

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// KeyInfo tells what a key is and whose (GET /key/info).
type KeyInfo struct {
	Selections Selections `json:"selections"`
	User       struct {
		ID        int64  `json:"id"`
		FactionID *int64 `json:"faction_id"`
	} `json:"user"`
	Access struct {
		Level   Level  `json:"level"`
		Type    string `json:"type"`
		Faction bool   `json:"faction"` // the owner's position has Faction API Access
		Company bool   `json:"company"`
	} `json:"access"`
}

func (k *KeyInfo) check() error {
	if k.User.ID <= 0 {
		return errors.New("the key's owner is missing")
	}
	return nil
}

// Selections are what a key may read, by section ("user", "faction", …).
type Selections map[string][]string

// UnmarshalJSON takes the map, and [] for an empty one. A section that is not a
// list of names is left out: it is none of those we ask for.
func (s *Selections) UnmarshalJSON(raw []byte) error {
	*s = Selections{}
	if emptyArray(raw) {
		return nil
	}
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(raw, &sections); err != nil {
		return err
	}
	for section, list := range sections {
		var names []string
		if json.Unmarshal(list, &names) == nil {
			(*s)[section] = names
		}
	}
	return nil
}

// Has tells whether a selection is in a section.
func (s Selections) Has(section, selection string) bool {
	for _, have := range s[section] {
		if strings.EqualFold(have, selection) {
			return true
		}
	}
	return false
}

// Status is where somebody is. State is an open set.
type Status struct {
	State       string `json:"state"`
	Description string `json:"description"`
	Details     string `json:"details"`
	Until       *int64 `json:"until"` // unix seconds; null when there is no end
	PlaneImage  string `json:"plane_image_type"`
}

// LastAction is when somebody last did something.
type LastAction struct {
	Status    string `json:"status"` // Online, Idle, Offline; an open set
	Timestamp int64  `json:"timestamp"`
}

// UserProfile is what anybody may know about a player; the fields after Status
// come with the profile selection, not with basic.
type UserProfile struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Level      int        `json:"level"`
	Gender     string     `json:"gender"`
	Status     Status     `json:"status"`
	FactionID  *int64     `json:"faction_id"`
	LastAction LastAction `json:"last_action"`
	Revivable  bool       `json:"revivable"`
	Age        int        `json:"age"`
}

func (p *UserProfile) check() error {
	if p.ID <= 0 {
		return errors.New("the player's id is missing")
	}
	return nil
}

// UserFaction is the faction a player is in and the position there.
type UserFaction struct {
	ID            int64  `json:"id"`
	Name          string `json:"name"`
	Tag           string `json:"tag"`
	Position      string `json:"position"`
	DaysInFaction int    `json:"days_in_faction"`
}

// UserDiscord is a player's linked Discord account.
type UserDiscord struct {
	DiscordID DiscordID `json:"discord_id"` // empty: not linked
	UserID    int64     `json:"user_id"`
}

// DiscordID is a Discord snowflake; empty when there is none. What Torn sends for
// an unlinked account is not documented, so "", "0", 0 and null all mean none.
type DiscordID string

// UnmarshalJSON takes a string, a number or null.
func (d *DiscordID) UnmarshalJSON(raw []byte) error {
	s := string(bytes.Trim(bytes.TrimSpace(raw), `"`))
	if s == "null" || s == "0" || s == "false" {
		s = ""
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return errors.New("a Discord id is not a number")
		}
	}
	*d = DiscordID(s)
	return nil
}

// Identity is who a player is and where they stand.
type Identity struct {
	Profile UserProfile
	Faction *UserFaction // nil: in no faction
}

// Verified is what one call tells about a Discord user who linked Torn.
type Verified struct {
	Discord UserDiscord
	Faction *UserFaction // nil: in no faction
	Profile UserProfile
}
