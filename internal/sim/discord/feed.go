package discord

// feedEvent is a change that the chat page shows.
type feedEvent struct {
	seq       uint64
	kind      string // "message", "edit", "delete", "world"
	channelID string
	message   Message
}

const keptEvents = 2000

// feed keeps the newest changes for the chat page. Guarded by Server.mu.
type feed struct {
	seq    uint64
	events []feedEvent
}

func (f *feed) add(e feedEvent) {
	f.seq++
	e.seq = f.seq
	if len(f.events) >= keptEvents {
		f.events = append([]feedEvent(nil), f.events[keptEvents/2:]...)
	}
	f.events = append(f.events, e)
}

// all announces a change that concerns everybody, such as a new channel.
func (f *feed) all(kind string) { f.add(feedEvent{kind: kind}) }

func (f *feed) message(kind string, c *channel, m Message) {
	f.add(feedEvent{kind: kind, channelID: c.ID, message: m})
}

// since lists the changes after seq; lost is true when some are forgotten.
func (f *feed) since(seq uint64) (events []feedEvent, lost bool) {
	if len(f.events) == 0 || f.events[0].seq > seq+1 {
		return f.events, len(f.events) > 0
	}
	return f.events[seq+1-f.events[0].seq:], false
}
