package discord

import (
	"strconv"
	"time"
)

// discordEpoch is the first millisecond of 2015, from which Discord's ids count.
const discordEpoch = 1420070400000

// ids makes snowflakes that grow for ever, even while the clock they are made
// from stands still. Guarded by Server.mu.
type ids struct{ last uint64 }

func (g *ids) next(now time.Time) string {
	v := uint64(max(now.UnixMilli()-discordEpoch, 0)) << 22
	if v <= g.last {
		v = g.last + 1
	}
	g.last = v
	return strconv.FormatUint(v, 10)
}

// newer tells whether id a was made after id b. Ids that are no number are older
// than any.
func newer(a, b string) bool { return number(a) > number(b) }

func number(id string) uint64 {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func isID(s string) bool {
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && n > 0
}
