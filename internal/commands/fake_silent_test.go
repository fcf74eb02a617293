package commands_test

import (
	"context"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// silent tells nobody anything.
type silent struct{}

func (silent) Tell(context.Context, faction.ID, time.Time, ...alert.Personal) error { return errSilent }
