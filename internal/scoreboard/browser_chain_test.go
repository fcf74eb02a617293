package scoreboard_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/scoreboard"
)

// growing is a running chain that somebody hits in while people look.
type growing struct {
	links
	began time.Time

	mu   sync.Mutex
	more int
}

func (g *growing) hit(s *scoreboard.Server) {
	g.mu.Lock()
	g.more++
	g.mu.Unlock()
	s.Changed(feed.Change{Faction: ours, Topic: "chain"})
}

func (g *growing) ChainByID(ctx context.Context, id faction.ID, c chain.ID) (chain.Summary, error) {
	s, err := g.links.ChainByID(ctx, id, c)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil {
		s.Current, s.Start, s.End, s.SeenAt = 30+g.more, g.began.Add(-10*time.Minute), g.began.Add(time.Duration(200+g.more)*time.Second), g.began
	}
	return s, err
}

func (g *growing) ChainHits(context.Context, faction.ID, time.Time, time.Time) ([]chain.Hit, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]chain.Hit, 0, 30+g.more)
	for i := range 30 + g.more {
		// Names as long and as hard to break as they come.
		name := []string{strings.Repeat("W", 64), "<script>alert(1)</script>", "Bob"}[i%3]
		h := chain.Hit{ID: int64(i + 1), Player: faction.PlayerID(1 + i%3), Name: name, At: g.began.Add(time.Duration(i-40) * 10 * time.Second), Counter: i + 1, Respect: 123_456}
		if bonus, ok := faction.ChainBonus(i + 1); ok {
			h.Respect += bonus
		}
		out = append(out, h)
	}
	return out, nil
}

// scripts lets pages run theirs, or keeps them from it.
func scripts(on bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	})
}

func TestAChainInABrowser(t *testing.T) {
	ctx := browser(t)
	f := aWar()
	g := &growing{links: links{f: f}, began: f.Now()}
	s := board(t, f, func(c *scoreboard.Config) {
		c.Chains, c.Heartbeat, c.Coalesce = g, 300*time.Millisecond, 50*time.Millisecond
	})
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	enter := func(t *testing.T, of faction.ID) {
		t.Helper()
		do(t, ctx, chromedp.Navigate(server.URL+"/s/"+f.link(faction.WebLink{Faction: of, Page: "war"})), chromedp.Click("button"), chromedp.WaitReady("footer"))
	}
	do(t, ctx, chromedp.EmulateViewport(1400, 900))
	enter(t, ours)
	do(t, ctx, chromedp.Navigate(server.URL+"/chain"))
	until(t, ctx, `location.pathname === "/chain/555" && !!document.querySelector(".live:not(.off)")`)

	t.Run("a hit arrives without moving the reader", func(t *testing.T) {
		eval[bool](t, ctx, `window.kept = true, document.getElementById("member-2").focus({preventScroll: true}), true`)
		g.hit(s)
		until(t, ctx, `document.querySelector(".score .lead").textContent === "31"`)
		if !eval[bool](t, ctx, `window.kept === true && document.activeElement.id === "member-2"`) {
			t.Errorf("the focus is on %q", eval[string](t, ctx, `document.activeElement.id`))
		}
		if got := eval[string](t, ctx, `document.querySelector("tfoot .main").textContent + " " + document.title`); !strings.HasPrefix(got, "31 Chain of 31 hits") {
			t.Errorf("the table and the title say %q", got)
		}
	})

	t.Run("the timer counts down by itself", func(t *testing.T) {
		left := `Number(document.querySelector(".score time").dataset.at)`
		if eval[float64](t, ctx, left) != float64(g.began.Add(201*time.Second).UnixMilli()) {
			t.Errorf("it breaks at %v", eval[float64](t, ctx, left))
		}
		until(t, ctx, `/^in \d/.test(document.querySelector(".score time").textContent)`)
	})

	t.Run("every cell of the table has its headings", func(t *testing.T) {
		if got := eval[string](t, ctx, `[...document.querySelectorAll("table thead th")].map(th => th.scope + ":" + th.textContent).join()`); got != "col:#,col:Member,col:Hits,col:Respect,col:Bonus,col:Best,col:War,col:Watch" {
			t.Errorf("headings %s", got)
		}
		if !eval[bool](t, ctx, `[...document.querySelectorAll("table tbody tr, table tfoot tr")].every(tr => tr.querySelectorAll("th[scope=row]").length === 1 && tr.cells.length === 8)`) {
			t.Error("a row has no heading, or other cells than the head")
		}
		if !eval[bool](t, ctx, `!!document.querySelector("table caption").textContent && document.querySelectorAll("h1").length === 1 && !!document.querySelector("[aria-live=polite]").textContent`) {
			t.Error("the table has no caption, the page no heading, or nothing is spoken")
		}
	})

	t.Run("a keyboard reaches every link and button", func(t *testing.T) {
		do(t, ctx, chromedp.Navigate(server.URL+"/chain/555"), chromedp.WaitReady("footer"))
		var reached []string
		for range 40 {
			do(t, ctx, chromedp.KeyEvent(kb.Tab))
			on := eval[string](t, ctx, `document.activeElement === document.body ? "" : (document.activeElement.id || document.activeElement.textContent.trim())`)
			if on == "" || slices.Contains(reached, on) {
				break
			}
			if !eval[bool](t, ctx, `getComputedStyle(document.activeElement).outlineStyle !== "none"`) {
				t.Errorf("nobody sees that the focus is on %q", on)
			}
			reached = append(reached, on)
		}
		for _, want := range []string{"home", "member-1", "member-2", "member-3", "JSON"} {
			if !slices.Contains(reached, want) {
				t.Errorf("%q is not reached, only %v", want, reached)
			}
		}
	})

	t.Run("neither a wide page nor a phone's scrolls sideways", func(t *testing.T) {
		for _, width := range []int64{1400, 860, 390, 320} {
			do(t, ctx, chromedp.EmulateViewport(width, 844), chromedp.Navigate(server.URL+"/chain/555"))
			if eval[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
				t.Errorf("at %d it is %s wide", width, eval[string](t, ctx, `document.documentElement.scrollWidth + " of " + innerWidth`))
			}
			if !eval[bool](t, ctx, `[...document.querySelectorAll("tbody td.main")].every(td => td.getBoundingClientRect().right <= innerWidth)`) {
				t.Errorf("at %d the hits are out of sight", width)
			}
		}
	})

	t.Run("it says the same without JavaScript", func(t *testing.T) {
		do(t, ctx, scripts(false), chromedp.EmulateViewport(1400, 900), chromedp.Navigate(server.URL+"/chain/555"), chromedp.WaitReady("footer"))
		if !eval[bool](t, ctx, `!document.querySelector(".live") && !document.getElementById("refresh").hidden && document.querySelectorAll("tbody tr").length === 3 && /^in /.test(document.querySelector(".score time").textContent)`) {
			t.Errorf("the page is not whole:\n%s", eval[string](t, ctx, `document.body.innerText`))
		}
		g.hit(s)
		do(t, ctx, chromedp.Click("#refresh"), chromedp.WaitReady("footer"))
		until(t, ctx, `document.querySelector(".score .lead").textContent === "32"`)
		do(t, ctx, scripts(true))
	})

	t.Run("whoever is of another faction finds no such chain", func(t *testing.T) {
		enter(t, theirs)
		do(t, ctx, chromedp.Navigate(server.URL+"/chain/555"))
		text := eval[string](t, ctx, `document.body.innerText`)
		if !strings.Contains(text, "no such chain") || strings.Contains(text, "Bob") || eval[bool](t, ctx, `!!document.querySelector("table")`) {
			t.Errorf("they are shown:\n%s", text)
		}
	})
}
