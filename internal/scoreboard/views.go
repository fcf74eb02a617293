package scoreboard

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"consigliere/internal/say"
)

// views are the parsed templates, one set for each kind of page.
type views struct {
	pages  map[string]*template.Template
	assets assets
}

func parseViews(a assets) (*views, error) {
	v := &views{pages: make(map[string]*template.Template), assets: a}
	for _, name := range []string{"home", "door", "notice", "war", "chain", "report", "waiting"} {
		t, err := template.ParseFS(files, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("scoreboard: parse the page %s: %w", name, err)
		}
		v.pages[name] = t
	}
	return v, nil
}

// page is what the layout shows around a body.
type page struct {
	Title               string
	Style, Script, Icon string
	// Refresh is after how many seconds a browser without JavaScript loads the page
	// again; 0: never.
	Refresh int
	Body    any
}

// titled is a body that names its page.
type titled interface{ title() string }

func (n notice) title() string { return n.Title }

// show answers with a whole page.
func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, name string, body any) {
	p := page{Title: "Scoreboard", Style: s.assets["style.css"].address, Script: s.assets["app.js"].address, Icon: s.assets["icon.svg"].address, Body: body}
	if t, ok := body.(titled); ok {
		p.Title = t.title()
	}
	switch name {
	case "war", "chain", "waiting":
		p.Refresh = 30
	}
	s.render(w, r, status, name, "layout.html", p)
}

func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, name, part string, data any) {
	var b bytes.Buffer
	if err := s.views.pages[name].ExecuteTemplate(&b, part, data); err != nil {
		s.cfg.Log.Error("a page could not be written", "page", name, "err", err)
		s.send(w, r, http.StatusInternalServerError, typeText, []byte("Something went wrong; it has been recorded.\n"))
		return
	}
	s.send(w, r, status, typeHTML, b.Bytes())
}

// moment is a time as a page shows it: a distance that the script keeps counting,
// and the exact hour in Torn's time.
type moment struct {
	Milli int64
	ISO   string
	Exact string // "Fri 13 Mar 18:04:05 TCT"
	Text  string // "12 s ago", "in 3 h 4 min"
}

func momentOf(t, now time.Time) moment {
	t = t.UTC()
	exact := "Mon 2 Jan 15:04:05 TCT"
	if t.Second() == 0 {
		exact = "Mon 2 Jan 15:04 TCT"
	}
	m := moment{Milli: t.UnixMilli(), ISO: t.Format(time.RFC3339), Exact: t.Format(exact)}
	if t.After(now) {
		m.Text = "in " + say.Span(t.Sub(now))
	} else {
		m.Text = say.Span(now.Sub(t)) + " ago"
	}
	return m
}
