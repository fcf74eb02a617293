package jobs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/jobs"
	"consigliere/internal/say"
)

// operators take direct messages, or do not.
type operators struct {
	got    map[string]chat.Message
	edited int
	fail   error
}

func (o *operators) DM(_ context.Context, user string, m chat.Message, nonce string) (string, error) {
	if o.fail != nil {
		return "", o.fail
	}
	o.got[user+" "+nonce] = m
	return user + " " + nonce, nil
}

func (o *operators) EditDM(_ context.Context, _, id string, m chat.Message) error {
	o.edited++
	o.got[id] = m
	return nil
}

// frozen is a clock that stands where the test puts it.
type frozen struct{ t time.Time }

func (c *frozen) Now() time.Time                                   { return c.t }
func (c *frozen) Sleep(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }
func (c *frozen) Real(d time.Duration) time.Duration               { return d }

func TestOperatorsHearOfAnAllowanceThatIsNearlyUsedUpOnceForAsLongAsItIs(t *testing.T) {
	clk := &frozen{time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	o := &operators{got: map[string]chat.Message{}}
	share := jobs.Share{Calls: 790, Limit: 900, Since: clk.t}
	b := &jobs.Budget{Usage: func(context.Context) ([]jobs.Share, error) { return []jobs.Share{share}, nil }, Operators: o, To: []string{"1", "2"},
		Render: say.RenderAlert, Clock: clk}
	run := b.Job().Run
	look := func(after time.Duration) error {
		clk.t = clk.t.Add(after)
		_, err := run(t.Context())
		return err
	}
	if err := look(4 * time.Minute); err != nil || len(o.got) != 0 {
		t.Fatalf("after four minutes: %d messages (%v), want none yet", len(o.got), err)
	}
	o.fail = errors.New("discord is down")
	if err := look(time.Minute); err == nil {
		t.Error("a message that was not sent is not tried again")
	}
	o.fail = nil
	for range 5 {
		if err := look(time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.got) != 2 {
		t.Fatalf("%d messages, want one for each of two operators", len(o.got))
	}
	share.Since = time.Time{}
	for range 2 {
		if err := look(time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range o.got {
		if !strings.Contains(m.Content, "back to normal") {
			t.Errorf("when it is over the message says %q", m.Content)
		}
	}
	if o.edited != 2 {
		t.Errorf("%d edits, want each message once", o.edited)
	}
	share.Since = clk.t
	if err := look(6 * time.Minute); err != nil || len(o.got) != 4 {
		t.Errorf("another time: %d messages in all (%v), want two more", len(o.got), err)
	}
}
