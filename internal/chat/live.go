package chat

import "time"

// Live is a message that is kept up to date, as it is at one moment.
type Live struct {
	Message Message
	// Same is the message without its age: while it stays the same, nothing has
	// changed. Times in it are absolute and count down on the reader's side.
	Same Message
	// AsOf is when what the message shows was read; zero: it has no age.
	AsOf time.Time
	// Hot: its figures move, so it is looked at often and its age is kept fresh.
	Hot bool
	// Stays: it always says the same, so it is never posted anew, only put back
	// when somebody took it away.
	Stays bool
}
