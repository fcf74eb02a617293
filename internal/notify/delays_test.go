package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/say"
)

func TestStatusTellsHowLongWhatWasReallySentTook(t *testing.T) {
	d := newDesk(t)
	began := d.clock.t
	for i, took := range []time.Duration{2 * time.Second, 4 * time.Second, 9 * time.Second} {
		id := d.commit(fmt.Sprint("stage ", i))
		d.clock.t = d.clock.t.Add(took)
		d.mustDeliver(id)
	}
	// Neither a sample nor what was not sent counts.
	rules, err := d.store.Rules(t.Context(), us)
	if err != nil {
		t.Fatal(err)
	}
	sample, err := d.store.Sample(t.Context(), us, rules[0].ID, alert.Sample(alert.WarStarted, us, "Ours", d.clock.t), d.clock.t)
	if err != nil {
		t.Fatal(err)
	}
	d.clock.t = d.clock.t.Add(time.Minute)
	d.mustDeliver(sample)
	d.channel.fail = errNever
	d.mustDeliver(d.commit("never taken"))
	got, err := d.store.Delays(t.Context(), us, began)
	if err != nil {
		t.Fatal(err)
	}
	if text := say.Delays(got); !strings.Contains(text, "`war.started` × 3: p50 **4.0 s**, p95 **9.0 s**") {
		t.Errorf("of 2, 4 and 9 seconds it says %q", text)
	}
}
