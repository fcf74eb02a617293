package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"consigliere/internal/clock"
	simtorn "consigliere/internal/sim/torn"
)

const (
	// tornAnswers is how long the stand-in takes over a request, as Torn does; of the
	// wall's time, so that it is slower by the measured clock.
	tornAnswers = 200 * time.Millisecond
	// countPath tells how many requests each faction's keys have made.
	countPath = "/count"
)

// atWarNow is a faction whose war a stand-in plays.
type atWarNow struct {
	Faction, Player int64
	Name, Key       string
}

// tornChild is a stand-in for Torn in a process of its own, so that what it costs is
// not taken for the bot's.
type tornChild struct {
	URL      string
	Began    time.Time // the wall's time when its clock began, which runs factionSpeed times as fast
	Factions []atWarNow

	cmd   *exec.Cmd
	stdin io.Closer
}

// startTorn starts a process that plays so many wars.
func startTorn(ctx context.Context, wars int) (*tornChild, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &tornChild{cmd: exec.CommandContext(ctx, self, "-torn", fmt.Sprint(wars))}
	c.cmd.Stderr = os.Stderr
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c.stdin = stdin
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a stand-in for Torn: %w", err)
	}
	if err := json.NewDecoder(stdout).Decode(c); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for the stand-in for Torn: %w", err), c.close())
	}
	return c, nil
}

// close ends the process: it lives as long as its standard input is open.
func (c *tornChild) close() error { return errors.Join(c.stdin.Close(), c.cmd.Wait()) }

// requests counts what each faction's keys have asked for so far.
func (c *tornChild) requests(ctx context.Context) (map[int64]int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+countPath, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out := map[int64]int64{}
	return out, json.NewDecoder(res.Body).Decode(&out)
}

// serveTorn is that process: it plays wars, each in a world of its own that knows its own
// keys, says where, and answers until its standard input ends.
func serveTorn(ctx context.Context, wars int) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ready := tornChild{URL: "http://" + l.Addr().String(), Began: time.Now()}
	clk := clock.NewScaled(ready.Began, factionSpeed)
	worlds, counts := map[string]http.Handler{}, map[int64]*atomic.Int64{}
	for seed := uint64(1); len(ready.Factions) < wars; seed++ {
		w := simtorn.New(simtorn.Config{
			Clock: clk, Seed: seed, MembersPerSide: members, Intensity: 2, MatchedAfter: -24 * time.Hour, StartsAfter: -10 * time.Minute, WarLength: 3 * time.Hour,
			HostPerMinute: -1, // each world would count the others' requests as well
		})
		p := w.Plan()
		if counts[p.OurFaction] != nil { // another seed drew the same number
			continue
		}
		n := new(atomic.Int64)
		counts[p.OurFaction] = n
		w.Observe(func(simtorn.Request) { n.Add(1) })
		for _, key := range w.AllKeys() {
			worlds[key] = w.Handler()
		}
		ready.Factions = append(ready.Factions, atWarNow{p.OurFaction, p.Leader, fmt.Sprint("Faction ", p.OurFaction), w.KeyOf(p.Leader)})
	}
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == countPath {
			out := map[int64]int64{}
			for id, n := range counts {
				out[id] = n.Load()
			}
			_ = json.NewEncoder(rw).Encode(out)
			return
		}
		w, ok := worlds[strings.TrimPrefix(r.Header.Get("Authorization"), "ApiKey ")]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		time.Sleep(tornAnswers)
		w.ServeHTTP(rw, r)
	})}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = srv.Close()
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
