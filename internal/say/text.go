// Package say is how the bot words what it knows: figures in, messages out. It
// does no I/O and reads no clock; commands and notify speak through it, so that a
// war looks the same in an answer, an alert and a live board (design.md, Discord).
package say

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"consigliere/internal/chat"
)

// longestName is how much of a foreign name is shown, in columns. Torn's own
// limits are shorter; what comes in may not be.
const longestName = 32

// Name makes a name that somebody else chose harmless in running text: nothing in
// it formats, mentions, links or turns the line around.
func Name(s string) string { return escape(Plain(s)) }

// Text is Name for longer foreign words, such as an error that was recorded.
func Text(s string, most int) string { return escape(clip(clean(s), most)) }

// Plain is Name for places that show text as it is: labels, choices, footers.
func Plain(s string) string {
	s = clip(clean(s), longestName)
	if s == "" {
		return "(no name)"
	}
	return s
}

// clean takes out what cannot be seen or reorders what can: control and format
// characters, fillers, private ones, and accents piled more than two high. Blanks
// of any kind become one space.
func clean(s string) string {
	var b strings.Builder
	accents := 0
	for _, r := range strings.ToValidUTF8(s, "") {
		switch {
		case invisible(r):
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r) || filler(r):
			r = ' '
		}
		if unicode.Is(unicode.M, r) {
			if accents++; accents > 2 {
				continue
			}
		} else {
			accents = 0
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// invisible tells of format characters (zero width, direction), surrogates,
// private use and variation selectors.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs) || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 && r <= 0xE0FFF
}

// filler tells of letters that are drawn as a blank.
func filler(r rune) bool {
	return r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0 || r == 0x2800
}

// escape puts a backslash before what Discord's markdown would act on. A mention
// of everyone knows no backslash; a blank of no width breaks it.
func escape(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case strings.ContainsRune("\\*_~`|<>[]()#", r),
			r == ':' && strings.HasPrefix(s[i:], "://"),
			r == '-' && i == 0:
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '@':
			b.WriteString("@\u200b")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// clip cuts text to so many columns, and so many units of Discord's limits, the
// last of which then says that it was cut.
func clip(s string, most int) string {
	used, cut := 0, 0
	for i, r := range s {
		if used <= most-1 {
			cut = i // up to here there is room for the sign
		}
		if used += max(width(r), utf16.RuneLen(r)); used > most {
			return strings.TrimRight(s[:cut], " ") + "…"
		}
	}
	return s
}

// Within cuts a text of several lines after the last line that fits into so many
// units of Discord's limits.
func Within(s string, units int) string {
	if Length(s) <= units {
		return s
	}
	const more = "\n…"
	kept := strings.Split(s, "\n")
	for len(kept) > 1 && Length(strings.Join(kept, "\n"))+len(more) > units {
		kept = kept[:len(kept)-1]
	}
	return strings.Join(kept, "\n") + more
}

// Length counts text as Discord's limits do, in UTF-16 units.
func Length(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n += width(r)
	}
	return n
}

// width is how many columns a character takes in a fixed-width font.
func width(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && r <= 0x115F, r >= 0x2E80 && r <= 0xA4CF, r >= 0xAC00 && r <= 0xD7A3,
		r >= 0xF900 && r <= 0xFAFF, r >= 0xFE30 && r <= 0xFE6F, r >= 0xFF00 && r <= 0xFF60,
		r >= 0xFFE0 && r <= 0xFFE6, r >= 0x1F300 && r <= 0x1FAFF, r >= 0x20000 && r <= 0x3FFFD:
		return 2
	default:
		return 1
	}
}

// Room is how much text another embed of a message may have: Discord takes 6,000
// characters over all of them.
func Room(embeds []chat.Embed) int {
	room := 6000
	for _, e := range embeds {
		room -= EmbedLength(e)
	}
	return room
}

// EmbedLength counts the text of an embed as Discord's limit over a message does.
func EmbedLength(e chat.Embed) int {
	n := Length(e.Title) + Length(e.Description) + Length(e.Footer)
	for _, f := range e.Fields {
		n += Length(f.Name) + Length(f.Value)
	}
	return n
}
