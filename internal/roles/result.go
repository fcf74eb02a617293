package roles

import "errors"

// What Discord's side of roles can answer, whatever carries it.
var (
	// ErrNotThere: the person is not on the server.
	ErrNotThere = errors.New("not a member of the server")
	// ErrNoServer: the bot is not on the server, or it is gone.
	ErrNoServer = errors.New("the bot is not on the server")
	// ErrNoRole: the role was deleted.
	ErrNoRole = errors.New("the role was deleted")
	// ErrRefused: Discord does not let the bot do it.
	ErrRefused = errors.New("refused by Discord")
)

// Refused is the reason when Discord refuses what its own rules, as they were read a
// moment before, would have allowed.
const Refused Reason = "Discord refused it"

// Preview is what following a setup would do to everybody.
type Preview struct {
	Setup   Setup
	Server  Server
	Changes []Change // of everybody who was looked at, those who keep all included
	Absent  int      // linked, and not on this server
	Unread  int      // not looked at: time ran out
	Trouble string   // why nothing can be done at all; empty: it can
}
