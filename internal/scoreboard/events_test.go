package scoreboard_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/scoreboard"
)

// reader is a browser that listens for changes.
type reader struct {
	header http.Header
	mu     sync.Mutex
	status int
	text   strings.Builder
	stuck  bool // no longer takes anything
	cancel context.CancelFunc
	done   chan struct{}
}

func (r *reader) Header() http.Header { return r.header }

func (r *reader) WriteHeader(status int) { r.status = status }

func (r *reader) Flush() {}

func (r *reader) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stuck {
		return 0, context.DeadlineExceeded
	}
	return r.text.Write(b)
}

// heard gives what came since it was asked last.
func (r *reader) heard() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.text.Reset()
	return r.text.String()
}

// ended tells whether the server has hung up.
func (r *reader) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

func listen(s *scoreboard.Server, token, path string) *reader {
	ctx, cancel := context.WithCancel(context.Background())
	r := &reader{header: make(http.Header), status: http.StatusOK, cancel: cancel, done: make(chan struct{})}
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	request.AddCookie(&http.Cookie{Name: "consigliere", Value: token})
	go func() {
		defer close(r.done)
		s.Handler().ServeHTTP(r, request)
	}()
	return r
}

// hit changes the score of our war.
func hit(f *fake, s *scoreboard.Server) {
	f.change(func() { f.wars[ours][0].Us.Score += 10 })
	s.Changed(feed.Change{Faction: ours, Topic: "war"})
}

func TestAChangeReachesAnOpenPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		s := board(t, f)
		r := listen(s, f.link(faction.WebLink{Faction: ours}), "/war/4711/events")
		synctest.Wait()
		if first := r.heard(); !strings.HasPrefix(first, "event: state\ndata: ") || r.header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("it began with %q %v", first, r.header)
		}
		hit(f, s)
		synctest.Wait()
		if got := r.heard(); strings.Count(got, "event: change") != 1 {
			t.Errorf("after a hit came %q", got)
		}
		r.cancel()
		<-r.done
	})
}

func TestABurstIsOneUpdateASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		s := board(t, f)
		r := listen(s, f.link(faction.WebLink{Faction: ours}), "/war/4711/events")
		synctest.Wait()
		r.heard()
		for range 50 { // five seconds of ten hits each
			hit(f, s)
			time.Sleep(100 * time.Millisecond)
		}
		if n := strings.Count(r.heard(), "event: change"); n < 4 || n > 6 {
			t.Errorf("%d updates in five seconds", n)
		}
		time.Sleep(time.Second)
		r.heard()
		time.Sleep(5 * time.Second)
		if got := r.heard(); got != "" {
			t.Errorf("without a change came %q", got)
		}
		r.cancel()
		<-r.done
	})
}

func TestANoticeWithoutAChangeWakesNoPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		s := board(t, f)
		r := listen(s, f.link(faction.WebLink{Faction: ours}), "/war/4711/events")
		synctest.Wait()
		r.heard()
		s.Changed(feed.Change{Faction: ours, Topic: "war"})
		s.Changed(feed.Change{Faction: theirs, Topic: "war"})
		synctest.Wait()
		if got := r.heard(); strings.Contains(got, "change") {
			t.Errorf("came %q", got)
		}
		r.cancel()
		<-r.done
	})
}

func TestAnOpenPageHearsThatItsFiguresAreComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		f.feeds[0].Log.Fill = feed.Fill{From: started, Due: noon}
		s := board(t, f)
		r := listen(s, f.link(faction.WebLink{Faction: ours}), "/war/4711/events")
		synctest.Wait()
		r.heard()
		f.change(func() { f.feeds[0].Log.Fill = feed.Fill{} })
		s.Changed(feed.Change{Faction: ours, Topic: "war"})
		synctest.Wait()
		if got := r.heard(); strings.Count(got, "event: change") != 1 {
			t.Errorf("came %q", got)
		}
		r.cancel()
		<-r.done
	})
}

func TestAFreshLookWithoutANoticeIsFoundAtTheNextHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		s := board(t, f)
		r := listen(s, f.link(faction.WebLink{Faction: ours}), "/war/4711/events")
		synctest.Wait()
		r.heard()
		// A poll that found nothing new tells nobody, but the figures are younger now.
		f.change(func() { f.now = noon.Add(15 * time.Second); f.feeds[0].LastSuccess = f.now })
		time.Sleep(16 * time.Second)
		if got := r.heard(); strings.Count(got, "event: change") != 1 {
			t.Errorf("came %q", got)
		}
		time.Sleep(30 * time.Second)
		if got := r.heard(); !strings.Contains(got, ": still here") || strings.Contains(got, "change") {
			t.Errorf("then came %q", got)
		}
		r.cancel()
		<-r.done
	})
}

func TestARevokedOrExpiredLinkEndsItsPages(t *testing.T) {
	for name, end := range map[string]func(*fake, int64){
		"revoked": func(f *fake, id int64) { f.revoke(id) },
		"expired": func(f *fake, _ int64) { f.change(func() { f.now = noon.Add(25 * time.Hour) }) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := aWar()
				s := board(t, f)
				token := f.link(faction.WebLink{Faction: ours})
				r := listen(s, token, "/war/4711/events")
				synctest.Wait()
				r.heard()
				end(f, 1)
				time.Sleep(16 * time.Second)
				if got := r.heard(); !strings.Contains(got, "event: end") || !r.ended() {
					t.Errorf("came %q, ended: %v", got, r.ended())
				}
			})
		})
	}
}

func TestADatabaseThatIsAwayForAWhileEndsNoPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		s := board(t, f)
		r := listen(s, f.link(faction.WebLink{Faction: ours}), "/war/4711/events")
		synctest.Wait()
		r.heard()
		f.change(func() {
			f.err = faction.Errorf(faction.Unavailable, "The database does not answer.")
			f.now = noon.Add(time.Minute)
		})
		time.Sleep(40 * time.Second)
		if r.ended() {
			t.Fatal("the page was dropped")
		}
		f.change(func() { f.err = nil })
		hit(f, s)
		synctest.Wait()
		if got := r.heard(); !strings.Contains(got, "event: change") {
			t.Errorf("afterwards came %q", got)
		}
		r.cancel()
		<-r.done
	})
}

func TestAReaderThatTakesNothingIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		s := board(t, f)
		r := listen(s, f.link(faction.WebLink{Faction: ours}), "/war/4711/events")
		synctest.Wait()
		r.mu.Lock()
		r.stuck = true
		r.mu.Unlock()
		hit(f, s)
		<-r.done
	})
}

func TestOnlySoManyPagesAreKeptUpToDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		s := board(t, f, func(c *scoreboard.Config) { c.MaxStreamsPerLink, c.MaxStreamsPerFaction, c.MaxStreams = 2, 3, 3 })
		token, other := f.link(faction.WebLink{Faction: ours}), f.link(faction.WebLink{Faction: ours})
		var open []*reader
		for range 2 {
			open = append(open, listen(s, token, "/war/4711/events"))
		}
		synctest.Wait()
		refused := listen(s, token, "/war/4711/events")
		<-refused.done
		if refused.status != http.StatusServiceUnavailable || refused.header.Get("Retry-After") == "" {
			t.Errorf("a third page of one link: %d", refused.status)
		}
		open = append(open, listen(s, other, "/war/4711/events"))
		synctest.Wait()
		if open[2].ended() {
			t.Error("another link's page was refused")
		}
		refused = listen(s, other, "/war/4711/events")
		<-refused.done
		if refused.status != http.StatusServiceUnavailable {
			t.Errorf("one page too many in all: %d", refused.status)
		}
		// Who leaves makes room.
		open[0].cancel()
		<-open[0].done
		open[0] = listen(s, token, "/war/4711/events")
		synctest.Wait()
		if open[0].ended() {
			t.Error("a page that was closed still counts")
		}
		for _, r := range open {
			r.cancel()
			<-r.done
		}
	})
}

func TestOneFactionCannotUseUpEverybodysUpdates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := aWar()
		s := board(t, f, func(c *scoreboard.Config) { c.MaxStreams = 8 })
		var open []*reader
		for range 2 { // a quarter
			open = append(open, listen(s, f.link(faction.WebLink{Faction: ours}), "/war/4711/events"))
		}
		synctest.Wait()
		refused := listen(s, f.link(faction.WebLink{Faction: ours}), "/war/4711/events")
		synctest.Wait()
		if !refused.ended() || refused.status != http.StatusServiceUnavailable {
			t.Errorf("one page too many of a faction: %d", refused.status)
		}
		refused.cancel()
		<-refused.done
		open = append(open, listen(s, f.link(faction.WebLink{Faction: theirs}), "/war/4712/events"))
		synctest.Wait()
		for i, r := range open {
			if r.ended() {
				t.Errorf("page %d was refused", i)
			}
			r.cancel()
			<-r.done
		}
	})
}

func TestAPageShowsNoFigureOlderThanItsLastChange(t *testing.T) {
	f := aWar()
	s := board(t, f)
	contains(t, read(t, s, f, "/war/4711"), "21,408")
	hit(f, s)
	contains(t, read(t, s, f, "/war/4711"), "21,418")
}

func TestTheServersTimeoutsDoNotEndAPage(t *testing.T) {
	f := aWar()
	s := board(t, f)
	server := httptest.NewUnstartedServer(s.Handler())
	server.Config.ReadTimeout, server.Config.WriteTimeout = 150*time.Millisecond, 150*time.Millisecond
	server.Start()
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/war/4711/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(&http.Cookie{Name: "consigliere", Value: f.link(faction.WebLink{Faction: ours})})
	answer, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	events := bufio.NewScanner(answer.Body)
	next := func() string {
		for events.Scan() {
			if event, ok := strings.CutPrefix(events.Text(), "event: "); ok {
				return event
			}
		}
		return "nothing more"
	}
	if got := next(); got != "state" {
		t.Fatalf("first came %s", got)
	}
	<-time.After(400 * time.Millisecond)
	hit(f, s)
	if got := next(); got != "change" {
		t.Errorf("after the time-outs came %s: %v", got, events.Err())
	}
}
