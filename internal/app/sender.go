package app

import (
	"errors"
	"time"

	"consigliere/internal/discord"
	"consigliere/internal/notify"
)

// faultOf tells notify what kind of failure a send met.
func faultOf(err error) (notify.Fault, time.Duration) {
	after := discord.RetryAfter(err)
	switch {
	case errors.Is(err, discord.ErrGone):
		return notify.Gone, 0
	case errors.Is(err, discord.ErrForbidden):
		return notify.Refused, 0
	case errors.Is(err, discord.ErrInvalid):
		return notify.Invalid, 0
	case errors.Is(err, discord.ErrUnknownOutcome):
		return notify.Unknown, after
	default:
		return notify.Later, after
	}
}
