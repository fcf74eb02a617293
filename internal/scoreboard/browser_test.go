package scoreboard_test

import (
	"context"
	"fmt"
	"html"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"consigliere/internal/faction"
	"consigliere/internal/scoreboard"
)

// browser starts a Chromium of its own and gives the context of its one page.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on this machine: the page is not looked at in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, closePage := chromedp.NewContext(ctx)
	t.Cleanup(closePage)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("close the browser: %v", err)
		}
	})
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// until waits for a condition in the page.
func until(t *testing.T, ctx context.Context, condition string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition)); err == nil && ok {
			return
		}
		if time.Now().After(deadline) {
			body, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 500)`))
			t.Fatalf("never came true: %s\n%s", condition, body)
		}
		do(t, ctx, chromedp.Sleep(50*time.Millisecond))
	}
}

var timeText = regexp.MustCompile(`<time [^>]*data-at="(\d+)">([^<]*)</time>`)

func TestInABrowser(t *testing.T) {
	ctx := browser(t)
	f := aWar()
	// Names as long and as hard to break as they come must not widen a phone's page.
	f.rows[warID][0].Name = strings.Repeat("W", 64)
	f.wars[ours][0].Them.Name = strings.Repeat("Ẅ", 64)
	s := board(t, f, func(c *scoreboard.Config) { c.Heartbeat, c.Coalesce = 300*time.Millisecond, 50*time.Millisecond })
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	token := f.link(faction.WebLink{Faction: ours, Page: "war"})

	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/s/"+token), chromedp.Click("button"))
	until(t, ctx, `location.pathname === "/war/4711" && !!document.querySelector(".live:not(.off)")`)
	if got := eval[string](t, ctx, `document.querySelector(".us .points").textContent`); got != "21,408" {
		t.Errorf("our score is %s", got)
	}

	t.Run("the script words times as the server does", func(t *testing.T) {
		for _, m := range timeText.FindAllStringSubmatch(get(s, token, "/war/4711").Body.String(), -1) {
			if strings.Contains(m[2], " s ") {
				continue // it has counted on meanwhile
			}
			shown := eval[string](t, ctx, fmt.Sprintf(`document.querySelector('time[data-at="%s"]').textContent`, m[1]))
			// A minute may have passed between the two.
			if want := html.UnescapeString(m[2]); strings.Trim(shown, "0123456789 ") != strings.Trim(want, "0123456789 ") {
				t.Errorf("%q, want %q", shown, want)
			}
		}
	})

	t.Run("a change arrives without moving the reader", func(t *testing.T) {
		eval[bool](t, ctx, `window.kept = true, scrollTo(0, 700), document.getElementById("sort-hits").focus({preventScroll: true}), true`)
		hit(f, s)
		until(t, ctx, `document.querySelector(".us .points").textContent === "21,418"`)
		if !eval[bool](t, ctx, `window.kept === true && scrollY === 700 && document.activeElement.id === "sort-hits"`) {
			t.Errorf("kept %v, at %v, focus on %v", eval[bool](t, ctx, `!!window.kept`), eval[float64](t, ctx, `scrollY`), eval[string](t, ctx, `document.activeElement.id`))
		}
		if title := eval[string](t, ctx, `document.title`); !strings.Contains(title, "21,418") {
			t.Errorf("the title says %q", title)
		}
	})

	t.Run("the other side is shown in place and stays through a change", func(t *testing.T) {
		do(t, ctx, chromedp.Click("#side-them"))
		until(t, ctx, `!!document.querySelector("table.them") && location.search === "?side=them"`)
		hit(f, s)
		until(t, ctx, `document.querySelector(".us .points").textContent === "21,428"`)
		if !eval[bool](t, ctx, `window.kept === true && !!document.querySelector("table.them")`) {
			t.Error("the page was loaded anew, or fell back to our side")
		}
	})

	t.Run("nothing breaks the page's own policy", func(t *testing.T) {
		violations := `new Promise(done => {
			new ReportingObserver(found => done(found.map(r => r.body.effectiveDirective + " " + r.body.blockedURL).join()), {types: ["csp-violation"], buffered: true}).observe();
			setTimeout(() => done(""), 300);
		})`
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](violations, chromedp.EvalAwaitPromise))
		if err != nil || got != "" {
			t.Errorf("%v %s", err, got)
		}
		until(t, ctx, `[...document.images].every(i => i.complete && i.naturalWidth > 0) && document.images.length === 2`)
	})

	t.Run("a phone shows it without scrolling sideways", func(t *testing.T) {
		for _, path := range []string{"/war/4711", "/war/4711?side=them&sort=name", "/"} {
			for _, width := range []int64{390, 320} {
				do(t, ctx, chromedp.EmulateViewport(width, 844), chromedp.Navigate(server.URL+path))
				if got := eval[string](t, ctx, `document.documentElement.scrollWidth + " of " + innerWidth`); eval[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
					t.Errorf("%s at %d is %s wide", path, width, got)
				}
			}
		}
	})

	t.Run("a revoked link ends the page", func(t *testing.T) {
		do(t, ctx, chromedp.Navigate(server.URL+"/war/4711"))
		until(t, ctx, `!!document.querySelector(".live:not(.off)")`)
		f.revoke(1)
		until(t, ctx, `document.body.innerText.includes("This link no longer works")`)
	})
}
