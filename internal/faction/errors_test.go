package faction_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"consigliere/internal/faction"
)

func TestAKindIsFoundThroughWrapping(t *testing.T) {
	err := fmt.Errorf("show war 7: %w", faction.Errorf(faction.NotFound, "There is no war %d.", 7))
	if got := faction.KindOf(err); got != faction.NotFound {
		t.Errorf("kind %d, want NotFound", got)
	}
}

func TestAnErrorWithoutAKindIsInternal(t *testing.T) {
	for _, err := range []error{nil, io.EOF, fmt.Errorf("read: %w", io.EOF)} {
		if got := faction.KindOf(err); got != faction.Internal {
			t.Errorf("kind of %v is %d, want Internal", err, got)
		}
	}
}

func TestTheCauseIsForLogsAndStaysReachable(t *testing.T) {
	err := error(&faction.Error{Kind: faction.Unavailable, Say: "Torn did not answer.", Err: io.ErrUnexpectedEOF})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if got, want := err.Error(), "Torn did not answer.: unexpected EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var e *faction.Error
	if !errors.As(err, &e) || e.Say != "Torn did not answer." {
		t.Error("the words for people are lost")
	}
}
