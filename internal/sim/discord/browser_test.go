package discord

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// act is a step in the browser.
type act = chromedp.Action[chromedp.Void]

// browser starts Chromium, and fails the test for errors that the page logs.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on this machine: the chat page is not tried in a browser")
	}
	opts := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("headless", true)}
	for _, flag := range []string{"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
		"disable-component-update", "disable-sync", "hide-scrollbars"} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stopAlloc)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	err = chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page threw: %+v", e.ExceptionDetails)
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" && !strings.Contains(e.Entry.Text, "ERR_") {
				t.Errorf("the page logged: %s %s", e.Entry.Text, e.Entry.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

// shoot keeps a screenshot when CHAT_SHOTS names a folder.
func shoot(name string) act {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		dir := os.Getenv("CHAT_SHOTS")
		if dir == "" {
			return nil
		}
		time.Sleep(400 * time.Millisecond) // layout and pictures
		b, err := chromedp.CaptureScreenshot()(ctx, t)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name+".png"), b, 0o600)
	})
}

const (
	wide   = 1280
	high   = 800
	narrow = 390
	tall   = 844
)

// step runs actions and names what was tried when they fail.
func step(t *testing.T, ctx context.Context, what string, actions ...act) {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(limited, actions...); err != nil {
		page, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`)) // only to help reading the failure
		if dir := os.Getenv("CHAT_SHOTS"); dir != "" {
			_ = chromedp.Do(ctx, shoot("failed"))
		}
		t.Fatalf("%s: %v\n%s", what, err, page)
	}
}

// until waits for a JavaScript expression to be true. It asks again and again
// from here, since the page's policy forbids code that is made from text.
func until(js string) act {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		tick := time.NewTicker(25 * time.Millisecond)
		defer tick.Stop()
		for {
			if ok, err := chromedp.Evaluate[bool](`Boolean(`+js+`)`)(ctx, t); err == nil && ok {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for %s: %w", js, ctx.Err())
			case <-tick.C:
			}
		}
	})
}

// shows waits until an element with the text is on the page.
func shows(selector, text string) act {
	return until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.textContent.includes(%q))`, selector, text))
}

func gone(selector string) act { return until(fmt.Sprintf(`!document.querySelector(%q)`, selector)) }

func click(selector string) act { return chromedp.Click(chromedp.CSS(selector)) }

func focus(selector string) act { return chromedp.Focus(chromedp.CSS(selector)) }

// be picks another person in the page's select.
func be(user string) act {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const me = document.getElementById("me"); me.value = %q; me.dispatchEvent(new Event("change")); }`, user))(ctx, t)
		return err
	})
}

func typed(text string) act { return chromedp.KeyEvent(text) }

func TestAPersonUsesTheChatPageWithTheKeyboard(t *testing.T) {
	w := newWorld(t, Config{Heartbeat: time.Second, Hints: []Hint{
		{"Vito's key, for /link", "vT7qLx0PzR3mKd9a"}, {"Fredo's key: too little access", "fR1ceB0tTomR4nk5"}}})
	h := w.page(t)
	showBot(t, w)
	ctx := browser(t)
	if _, err := w.User(recruitID).Say(warID, "Who has the *retal* on Tattaglia? <@&300000000000000021>"); err != nil {
		t.Fatal(err)
	}

	step(t, ctx, "open the page", chromedp.EmulateViewport(wide, high), chromedp.Navigate(h.URL+"/"),
		shows("#title", "#war-room"), shows(".message .text", "Who has the retal on Tattaglia? @Officers"), shows(".hint", "vT7qLx0PzR3mKd9a"))
	step(t, ctx, "list the commands", focus("#compose"), typed("/war sc"), shows("#suggestions li", "/war scoreboard"), shoot("1-commands"))
	step(t, ctx, "pick one and an option of it", typed(kb.Enter), shows(".chip", "/war scoreboard"), typed("mem"), shows("#suggestions li", "member"),
		typed(kb.ArrowDown+kb.Enter), shows(".option label", "member"), typed("S"), shows("#suggestions li", "Santino [13]"), shoot("2-autocomplete"),
		typed(kb.ArrowDown+kb.ArrowDown+kb.Enter))
	step(t, ctx, "send it", shows(".option", "member"), typed(kb.Enter), shows(".used", "Vito used /war scoreboard"), shows(".embed .text", "13"),
		until(`document.querySelector(".embed img")?.naturalWidth === 600`), shoot("3-embed"))
	step(t, ctx, "see times and mentions", shows(".embed .stamp", "in 5 hours"), shows(".embed .mention", "@Vito"), shows(".embed .mention", "#war-room"))
	step(t, ctx, "pick in a select", click(".select"), shows("#picker .choice", "Hits"), shoot("4-select"),
		chromedp.Click("#picker .choice:nth-of-type(2)"), shows(".message .text", "Sorted by hits"), shows(".edited", "(edited)"))

	step(t, ctx, "send a command as text", focus("#compose"), typed("/link"), shows("#suggestions li", "/link"), typed(kb.Escape+kb.Enter),
		shows(".ephemeral .only-you", "Only you can see this"), shows(".ephemeral li", "the key, encrypted"))
	step(t, ctx, "see the buttons", until(`document.querySelector(".ephemeral a.btn").href === "https://www.torn.com/preferences.php"`),
		until(`document.querySelector(".ephemeral button[disabled]").textContent === "Not now"`), shoot("5-ephemeral"))
	step(t, ctx, "open the form", click(`[data-id="link:key"]`), shows("#modal h2", "Link your Torn key"), shoot("6-form"))
	step(t, ctx, "be told that the key is too short", typed("short"+kb.Enter), shows("#modal .error", "at least 16 characters"))
	step(t, ctx, "fill the form", typed(strings.Repeat(kb.Backspace, len("short"))+"vT7qLx0PzR3mKd9a"+kb.Enter),
		shows(".ephemeral .text", "Linked with a key that ends in Kd9a."), gone("#modal[open]"))
	step(t, ctx, "dismiss the message", click(".only-you button"), gone(".ephemeral"))

	w.call(t, "POST", "channels/"+staffID+"/messages", obj{"content": "<@" + leaderID + "> <img src=x onerror=alert(1)>", "allowed_mentions": obj{"parse": arr{"users"}}})
	step(t, ctx, "see the other channel's mark", shows(".channel.unread", "staff"), until(`document.querySelector(".badge.ping")`))
	step(t, ctx, "go there", click(`[data-channel="`+staffID+`"]`), shows("#title", "#staff"), shows(".pinged .text", "<img src=x onerror=alert(1)>"),
		gone(".channel.unread .badge.ping"))
	step(t, ctx, "be somebody else", be(recruitID), until(`location.hash.includes("`+recruitID+`")`),
		shows("#title", "#staff"), gone(".pinged"))
	step(t, ctx, "go back to the war", click(`[data-channel="`+warID+`"]`), shows(".embed-title", "The Family vs Barzini"))

	away := until(`getComputedStyle(document.getElementById("side")).visibility === "hidden"`) // it slides
	step(t, ctx, "look at it on a phone", chromedp.EmulateViewport(narrow, tall, chromedp.EmulateMobile), away, shows(".embed-title", "Barzini"), shoot("7-phone"))
	step(t, ctx, "find nothing wider than the phone",
		until(`document.documentElement.scrollWidth <= 390 && document.getElementById("log").scrollWidth <= 390`))
	step(t, ctx, "open the channels", click("#open-side"), until(`document.querySelector("#side.open")`), shoot("8-phone-channels"),
		typed(kb.Escape), away)
	step(t, ctx, "open the hints", click("#open-hints"), until(`document.querySelector("#hints.open")`), shoot("10-phone-hints"), click("#close-hints"), gone("#hints.open"))
	step(t, ctx, "type a command", click("#compose"), typed("/"), shows("#suggestions li", "/link"), shoot("9-phone-commands"))
	if c := w.Complaints(); len(c) != 0 {
		t.Errorf("complaints %v", c)
	}
}
