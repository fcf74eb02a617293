package discord

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Limits of a message (discord.md).
const (
	maxContent    = 2000
	maxEmbeds     = 10
	maxEmbedTotal = 6000
	maxFields     = 25
	maxNonce      = 25
)

// checkMessage holds a message as it would be stored against every limit. files
// are the names it may refer to.
func checkMessage(m *Message, files []Attachment) error {
	var p problems
	if m.Flags&flagComponentsV2 != 0 {
		if m.Content != "" {
			p.add("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
				"The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
		}
		if len(m.Embeds) > 0 {
			p.add("embeds", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
				"The 'embeds' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
		}
		checkV2(&p, m.Components, files)
		if len(m.Components) == 0 && len(p) == 0 {
			return emptyMessage()
		}
		return p.err()
	}
	p.maxLen("content", m.Content, maxContent)
	checkEmbeds(&p, m.Embeds, files)
	checkLegacy(&p, m.Components)
	if err := p.err(); err != nil {
		return err
	}
	if m.Content == "" && len(m.Embeds) == 0 && len(m.Components) == 0 && len(m.Attachments) == 0 {
		return emptyMessage()
	}
	return nil
}

func checkEmbeds(p *problems, embeds []Embed, files []Attachment) {
	if len(embeds) > maxEmbeds {
		p.add("embeds", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxEmbeds)
	}
	total := 0
	for i := range embeds {
		total += checkEmbed(p, fmt.Sprintf("embeds.%d", i), &embeds[i], files)
	}
	if total > maxEmbedTotal {
		p.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of %d", maxEmbedTotal)
	}
}

// checkEmbed returns how many characters the embed counts for.
func checkEmbed(p *problems, at string, e *Embed, files []Attachment) int {
	total := length(e.Title) + length(e.Description)
	p.maxLen(at+".title", e.Title, 256)
	p.maxLen(at+".description", e.Description, 4096)
	checkURL(p, at+".url", e.URL)
	if e.Color < 0 || e.Color > 0xFFFFFF {
		p.add(at+".color", "NUMBER_TYPE_MAX", "int value should be between 0 and 16777215.")
	}
	if e.Timestamp != "" {
		if _, err := time.Parse(time.RFC3339, e.Timestamp); err != nil {
			p.add(at+".timestamp", "DATE_TIME_TYPE_PARSE", "Could not parse %s. Should be ISO8601.", e.Timestamp)
		}
	}
	if len(e.Fields) > maxFields {
		p.add(at+".fields", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxFields)
	}
	for j, f := range e.Fields {
		p.between(fmt.Sprintf("%s.fields.%d.name", at, j), f.Name, 256)
		p.between(fmt.Sprintf("%s.fields.%d.value", at, j), f.Value, 1024)
		total += length(f.Name) + length(f.Value)
	}
	if e.Footer != nil {
		p.maxLen(at+".footer.text", e.Footer.Text, 2048)
		total += length(e.Footer.Text)
	}
	if e.Author != nil {
		p.between(at+".author.name", e.Author.Name, 256)
		checkURL(p, at+".author.url", e.Author.URL)
		total += length(e.Author.Name)
	}
	for _, u := range e.media() {
		checkMedia(p, at+".image.url", *u, files)
	}
	return total
}

func checkURL(p *problems, at, raw string) {
	if raw == "" {
		return
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		p.add(at, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
		return
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		p.add(at, "URL_TYPE_INVALID_SCHEME", "Scheme %q is not supported. Scheme must be one of ('http', 'https').", u.Scheme)
	}
}

// checkMedia accepts web addresses and files of the message. Discord shows a
// broken picture for a file that is not there; here it is refused.
func checkMedia(p *problems, at, raw string, files []Attachment) {
	name, ok := attached(raw)
	if !ok {
		if raw == "" {
			p.required(at, raw)
		}
		checkURL(p, at, raw)
		return
	}
	for _, f := range files {
		if f.Filename == name {
			return
		}
	}
	p.add(at, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "The referenced attachment %q was not found.", name)
}

// checkMentions holds allowed_mentions against its own rules.
func checkMentions(p *problems, a *AllowedMentions) {
	if a == nil {
		return
	}
	for i, kind := range a.Parse {
		switch kind {
		case "users":
			if len(a.Users) > 0 {
				p.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", `parse:["users"] and users: [ids...] are mutually exclusive.`)
			}
		case "roles":
			if len(a.Roles) > 0 {
				p.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", `parse:["roles"] and roles: [ids...] are mutually exclusive.`)
			}
		case "everyone":
		default:
			p.add(fmt.Sprintf("allowed_mentions.parse.%d", i), "BASE_TYPE_CHOICES", "Value must be one of ('users', 'roles', 'everyone').")
		}
	}
	if len(a.Users) > 100 || len(a.Roles) > 100 {
		p.add("allowed_mentions", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
	}
	for _, id := range append(append([]string{}, a.Users...), a.Roles...) {
		if !isID(id) {
			p.add("allowed_mentions", "NUMBER_TYPE_COERCE", "Value %q is not snowflake.", id)
		}
	}
}

// trimmed is content as Discord stores it.
func trimmed(s string) string { return strings.TrimSpace(s) }
