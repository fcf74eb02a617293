package poll_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/poll"
	simtorn "consigliere/internal/sim/torn"
)

// forPeople tells what is wrong with words that a person is to read; "" is nothing.
func forPeople(s string) string {
	s = strings.TrimSpace(s)
	switch {
	case len(s) < 20 || !unicode.IsUpper([]rune(s)[0]) || !strings.HasSuffix(s, "."):
		return "it is no sentence"
	}
	for _, tell := range []string{"SQLSTATE", "context", "EOF", "dial", "http", "json", "panic", "%!", "0x", "goroutine", "deadline", "nil", "{", "127.0.0.1"} {
		if strings.Contains(s, tell) {
			return "it is for programmers: " + tell
		}
	}
	return ""
}

// stored counts the attacks on record.
func (e *evening) stored() int {
	e.t.Helper()
	var n int
	must(e.t, e.owner.QueryRow(e.t.Context(), "select count(*) from attacks").Scan(&n))
	return n
}

// recover polls until every feed has gone well since now and nothing is left to be read back.
func (e *evening) recover() {
	e.t.Helper()
	since := e.clock.Now()
	for e.clock.Now().Sub(since) < 2*time.Hour {
		e.poll(e.t.Context(), e.main, leaseTime)
		well := true
		for name, st := range e.feeds() {
			well = well && st.Failures == 0 && st.Log.Fill.From.IsZero()
			well = well && (name == feed.Wars || name == feed.Members || !st.LastSuccess.Before(since))
		}
		if well {
			return
		}
		e.step(since.Add(2 * time.Hour))
	}
	e.t.Fatalf("two hours after the fault the feeds are still %+v", e.feeds())
}

func TestWhateverTornAnswersNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	type fault struct {
		name     string
		kind     simtorn.FaultKind
		harmless bool   // polls go well all the same
		path     string // "" is any
	}
	code := func(n int) fault { return fault{name: fmt.Sprintf("error %d", n), kind: simtorn.ErrorCode(n)} }
	for group, faults := range map[string][]fault{
		"answers that are none": {
			{name: "a web page", kind: simtorn.HTML()},
			{name: "an empty body", kind: simtorn.EmptyBody()},
			{name: "a connection cut in mid-body", kind: simtorn.CutMidBody()},
			{name: "a connection closed without an answer", kind: simtorn.Disconnect()},
			{name: "no answer for a while", kind: simtorn.Hang(20 * time.Second)},
			{name: "HTTP 500", kind: simtorn.HTTPStatus(500)},
			{name: "HTTP 502", kind: simtorn.HTTPStatus(502)},
			{name: "HTTP 404", kind: simtorn.HTTPStatus(404)},
		},
		"answers of another shape": {
			{name: "lists as maps", kind: simtorn.WrongShape()},
			{name: "lists as maps in the attack log", kind: simtorn.WrongShape(), path: "/faction/attacks"},
			{name: "lists as maps in the roster", kind: simtorn.WrongShape(), path: "/faction/members"},
			{name: "ten megabytes", kind: simtorn.Huge(0)},
			{name: "fields nobody knows", kind: simtorn.UnknownFields(), harmless: true},
			{name: "pages that lead to themselves", kind: simtorn.StalledPages(), harmless: true},
		},
		"limits and closed doors": {
			{name: "HTTP 429", kind: simtorn.HTTPStatus(429)},
			{name: "a Cloudflare challenge", kind: simtorn.CloudflareChallenge()},
			code(5), code(8), code(9), code(24),
		},
		"faults of the keys": {code(2), code(7), code(10), code(12), code(13), code(14), code(16), code(18)},
		"other errors":       {code(0), code(1), code(3), code(4), code(6), code(15), code(17), code(21), code(23), code(27), code(77)},
	} {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			e := newEvening(t, simtorn.Config{Seed: 41, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 4 * time.Hour, Intensity: 0.4})
			e.runUntil(e.world.Plan().Start.Add(3 * time.Minute))
			for _, f := range faults {
				before := e.stored()
				e.reasons = nil
				lift := e.world.Fault(simtorn.Fault{Kind: f.kind, Path: f.path})
				e.runUntil(e.clock.Now().Add(90 * time.Second))
				failing := 0
				for name, st := range e.feeds() {
					if st.Failures == 0 {
						continue
					}
					failing++
					if wrong := forPeople(st.LastError); wrong != "" || st.LastErrorAt.IsZero() || !st.NextDue.After(st.LastErrorAt) {
						t.Errorf("%s: %s failed %d times, at %s, is due %s, because %q: %s", f.name, name, st.Failures, st.LastErrorAt, st.NextDue, st.LastError, wrong)
					}
				}
				if (failing == 0) != f.harmless {
					t.Errorf("%s: %d feeds fail (%v); harmless should be %t", f.name, failing, e.reasons, f.harmless)
				}
				if n := e.stored(); n < before || f.harmless && n == before {
					t.Errorf("%s: there were %d attacks, now there are %d", f.name, before, n)
				}
				lift()
				e.pool.Invalidate(e.us) // as a key linked anew does
				e.recover()
				w, err := e.store.War(t.Context(), e.us, e.war)
				must(t, err)
				e.recount(w)
			}
			e.settle()
		})
	}
}

func TestATornThatNeverAnswersEndsAPollInTimeWithWords(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 42})
	e.world.Fault(simtorn.Fault{Kind: simtorn.Hang(0)})
	defer e.world.ClearFaults()
	feeds := e.feeds()
	delete(feeds, feed.Chain) // asks nothing while there is no chain
	delete(feeds, feed.Scout) // nor while there is no war
	for name, st := range feeds {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err := e.main.pollers[name].RunOnce(ctx, &st)
		cancel()
		if err == nil {
			t.Errorf("%s went well", name)
		} else if wrong := forPeople(poll.Reason(err)); wrong != "" {
			t.Errorf("%s: %q: %s", name, poll.Reason(err), wrong)
		}
	}
}

func TestReasonsAreAlwaysWordsForPeople(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		context.Canceled, context.DeadlineExceeded, errKilled, fmt.Errorf("save 3 attacks of faction 7: %w", context.Canceled),
		fmt.Errorf("panic: %v", "runtime error"), faction.Errorf(faction.NotFound, "There is no such war; pick another one."),
	} {
		if wrong := forPeople(poll.Reason(err)); wrong != "" {
			t.Errorf("%v: %q: %s", err, poll.Reason(err), wrong)
		}
	}
}

// rowsOf gives the rows of a list in an answer.
func rowsOf(body map[string]any, name string) []map[string]any {
	list, _ := body[name].([]any)
	out := make([]map[string]any, 0, len(list))
	for _, row := range list {
		if m, ok := row.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func idOf(row map[string]any) int64 {
	n, _ := row["id"].(json.Number)
	id, _ := n.Int64()
	return id
}

func TestRowsThatCannotBeReadAreSkippedAndTheRestIsKept(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 43, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: time.Hour})
	plan := e.world.Plan()
	unreadable := func(row map[string]any) {
		switch idOf(row) % 56 / 7 {
		case 0:
			row["id"] = "x"
		case 1:
			row["result"] = 5
		case 2:
			delete(row, "defender")
		case 3:
			row["started"] = nil
		case 4:
			row["respect_gain"] = []any{}
		case 5:
			row["started"] = 99_999_999_999_999 // no calendar has it
		case 6:
			row["ended"] = -5
		default:
			row["modifiers"] = "none"
		}
	}
	broken := func(id int64) bool { return id%7 == 0 }
	e.gate.set(nil, func(path string, _ url.Values, body map[string]any) {
		if path != "/faction/attacks" {
			return
		}
		for _, row := range rowsOf(body, "attacks") {
			if broken(idOf(row)) {
				unreadable(row)
			}
		}
	})
	e.runUntil(plan.Start.Add(150 * time.Second)) // within the reach of the next sweep
	if len(e.reasons) > 0 {
		t.Errorf("polls failed: %v", e.reasons)
	}
	rows, err := e.owner.Query(t.Context(), "select attack_id from attacks")
	must(t, err)
	defer rows.Close()
	kept := 0
	for rows.Next() {
		var id int64
		must(t, rows.Scan(&id))
		if kept++; broken(id) {
			t.Errorf("row %d was unreadable and is stored", id)
		}
	}
	if visible := e.world.Figures(e.clock.Now()).Visible; kept < int(visible)*3/4 {
		t.Errorf("%d rows are stored of %d, want all but a seventh", kept, visible)
	}
	e.gate.set(nil, nil)
	e.settle()
}

// What a database cannot hold, or holds only once, must not keep a feed from ever
// going well again.
func TestValuesThatNoDatabaseHoldsDoNoHarm(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 44, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 15 * time.Minute, Burst: 40})
	plan := e.world.Plan()
	e.gate.set(nil, func(path string, _ url.Values, body map[string]any) {
		for _, row := range rowsOf(body, "attacks") {
			row["code"] = "a\x00b"
			defender, _ := row["defender"].(map[string]any)
			defender["name"], defender["level"] = "Nul\x00", json.Number("5000000000")
		}
		if list, ok := body["attacks"].([]any); ok && len(list) > 0 { // the same row twice, at both ends
			body["attacks"] = append(list[:len(list):len(list)], list[0])
		}
		for _, row := range rowsOf(body, "members") {
			row["name"], row["level"], row["days_in_faction"] = "Nul\x00", json.Number("-5000000000"), json.Number("9000000000")
			status, _ := row["status"].(map[string]any)
			status["until"], status["description"] = json.Number("99999999999999"), "\x00"
		}
		if list, ok := body["members"].([]any); ok && len(list) > 0 {
			body["members"] = append(list, list[0])
		}
		if chain, ok := body["chain"].(map[string]any); ok {
			chain["max"], chain["end"] = json.Number("5000000000"), json.Number("99999999999999")
		}
		for _, row := range rowsOf(body, "positions") {
			row["name"] = fmt.Sprint(row["name"], "\x00")
		}
		if report, ok := body["rankedwarreport"].(map[string]any); ok {
			for _, side := range rowsOf(report, "factions") {
				side["name"] = "\x00"
				side["attacks"] = json.Number("5000000000")
				members, _ := side["members"].([]any)
				side["members"] = append(members, members[0])
			}
		}
		_ = path
	})
	e.runUntil(plan.Start.Add(4 * time.Minute))
	e.settle()
	e.runUntil(plan.End.Add(afterwards))
	e.checkEnd()
	if len(e.reasons) > 0 {
		t.Errorf("polls failed: %v", e.reasons)
	}
}

func TestALogThatIsEmptyForAMomentEndsNoReading(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 45, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 3 * time.Hour})
	plan := e.world.Plan()
	e.runUntil(plan.Start.Add(10 * time.Minute))
	e.clock.Advance(50 * time.Minute) // some pages to be read back
	n := 0
	e.gate.set(nil, func(path string, _ url.Values, body map[string]any) {
		if path != "/faction/attacks" {
			return
		}
		if n++; n%3 == 0 {
			body["attacks"] = []any{}
		}
	})
	e.runUntil(e.clock.Now().Add(4 * time.Minute))
	e.gate.set(nil, nil)
	e.settle()
}

// A page of the past that Torn cannot give must not slow down the newest rows.
func TestAPageThatCannotBeReadBackDoesNotHoldUpTheNewestRows(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 46, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 3 * time.Hour, Intensity: 0.5})
	plan := e.world.Plan()
	e.runUntil(plan.Start.Add(5 * time.Minute))
	e.clock.Advance(40 * time.Minute)
	e.gate.set(nil, func(path string, q url.Values, body map[string]any) {
		if path == "/faction/attacks" && q.Has("to") {
			clear(body)
			body["error"] = map[string]any{"code": 17, "error": "Backend error occurred, please try again"}
		}
	})
	began := e.clock.Now()
	e.runUntil(began.Add(10 * time.Minute))
	st := e.feeds()[feed.Attacks]
	if st.Log.Fill.From.IsZero() || forPeople(st.LastError) != "" || st.LastErrorAt.Before(began) {
		t.Errorf("the failing page is not on record: %+v", st)
	}
	if old := e.clock.Now().Sub(st.Log.HeadAt); old > 3*time.Minute {
		t.Errorf("the newest row is %s old", old)
	}
	reads := 0
	for _, r := range e.world.RequestLog() {
		if r.Path == "/faction/attacks" && !r.Query.Has("to") && !r.At.Before(began) {
			reads++
		}
	}
	if reads < 45 {
		t.Errorf("the newest rows were read %d times in ten minutes, want about 60", reads)
	}
	e.gate.set(nil, nil)
	e.recover()
	e.settle()
}

// The enemy's roster is nice to have; the score of a war is not.
func TestTheScoreDoesNotWaitForTheEnemysRoster(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 47, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 15 * time.Minute, Burst: 40})
	plan := e.world.Plan()
	e.gate.set(nil, func(_ string, q url.Values, body map[string]any) {
		if q.Get("id") == fmt.Sprint(plan.EnemyFaction) {
			body["members"] = "none"
		}
	})
	e.runUntil(plan.Start.Add(5 * time.Minute))
	st := e.feeds()[feed.Front]
	// A look that leaves the enemy out succeeds and ends the row of failures.
	if e.clock.Now().Sub(st.LastErrorAt) > time.Minute || forPeople(st.LastError) != "" {
		t.Errorf("the failures are not on record: %+v", st)
	}
	e.runUntil(plan.End.Add(afterwards))
	e.gate.set(nil, nil)
	e.runUntil(e.clock.Now().Add(5 * time.Minute))
	e.checkEnd()
	samples, err := e.store.Samples(t.Context(), e.us, e.war)
	must(t, err)
	if len(samples) < 4 {
		t.Errorf("the score was seen %d times during the war", len(samples))
	}
}

// A report that is not there, or hangs, must not keep an ended war open.
func TestAWarIsClosedWhileItsReportCannotBeRead(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 48, MatchedAfter: 5 * time.Minute, StartsAfter: 10 * time.Minute, WarLength: 20 * time.Minute, ReportAfter: time.Minute})
	plan := e.world.Plan()
	e.runUntil(plan.Start.Add(time.Minute))
	e.clock.Advance(2 * time.Hour)
	lift := e.world.Fault(simtorn.Fault{Kind: simtorn.Disconnect(), Path: "/faction/rankedwarreport"})
	e.runUntil(e.clock.Now().Add(5 * time.Minute))
	w, err := e.store.War(t.Context(), e.us, e.war)
	must(t, err)
	if !w.End.Equal(plan.End) || !w.ReportAt.IsZero() {
		t.Errorf("the war ended at %s, its report came %s; want %s and no report", w.End, w.ReportAt, plan.End)
	}
	if st := e.feeds()[feed.Wars]; st.Failures != 0 {
		t.Errorf("the list of wars counts as failed: %+v", st)
	}
	lift()
	e.runUntil(e.clock.Now().Add(15 * time.Minute))
	e.checkEnd()
}

func TestTheLongerAReportIsMissingTheRarerItIsAskedFor(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 49, MatchedAfter: 2 * time.Minute, StartsAfter: 4 * time.Minute, WarLength: 15 * time.Minute, ReportAfter: 1000 * time.Hour})
	e.runUntil(e.world.Plan().End.Add(time.Minute))
	for end := e.clock.Now().Add(5 * time.Hour); e.clock.Now().Before(end); {
		st := e.feeds()[feed.Wars]
		e.clock.Advance(max(0, st.NextDue.Sub(e.clock.Now())))
		must(t, e.main.pollers[feed.Wars].RunOnce(t.Context(), &st))
	}
	n := 0
	for _, r := range e.world.RequestLog() {
		if strings.HasSuffix(r.Path, "/rankedwarreport") {
			n++
		}
	}
	if n < 20 || n > 80 {
		t.Errorf("the report was asked for %d times in five hours, want some dozens", n)
	}
}
