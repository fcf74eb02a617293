package scoreboard

import (
	"net/http"

	"consigliere/internal/chart"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// chartView is one chart in all the forms that a page offers to the browser.
type chartView struct {
	Name, Alt                          string
	Wide, WideDark, Narrow, NarrowDark string
}

func chartsOf(b *board) []chartView {
	if len(b.samples) == 0 {
		return nil
	}
	at := func(file, query string) string {
		return warPath(b.war.ID) + "/" + file + "?" + query + "v=" + b.trend
	}
	var out []chartView
	for _, c := range []struct{ file, name, alt string }{
		{"chart.svg", "Score", "Both sides' scores over time; the latest stand at the top of this page."},
		{"lead.svg", "Lead", "Our lead over time against the target; both stand at the top of this page."},
	} {
		out = append(out, chartView{
			c.name, c.alt,
			at(c.file, ""), at(c.file, "theme=dark&"), at(c.file, "size=narrow&"), at(c.file, "size=narrow&theme=dark&"),
		})
	}
	return out
}

// picture draws /war/{id}/chart.svg and lead.svg. The address that a page uses names
// what is on it, so that browsers may keep the picture.
func (s *Server) picture(w http.ResponseWriter, r *http.Request, v visitor) error {
	draw := map[string]func([]war.Sample, war.War, chart.Options) ([]byte, error){"chart.svg": chart.Score, "lead.svg": chart.Lead}[r.PathValue("picture")]
	id, ok := parseWar(r.PathValue("id"))
	if draw == nil || !ok {
		return faction.Errorf(faction.NotFound, "There is no such page.")
	}
	b, err := s.boards.read(r.Context(), v.link.Faction, id)
	if err != nil {
		return err
	}
	o := chart.Options{Format: chart.SVG, Theme: chart.Light, Width: 720, Height: 320, Text: 15}
	q := r.URL.Query()
	if q.Get("theme") == "dark" {
		o.Theme = chart.Dark
	}
	if q.Get("size") == "narrow" {
		o.Width, o.Height, o.Text = 380, 260, 13
	}
	image, err := draw(b.samples, b.war, o)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", picturePolicy)
	if q.Get("v") == b.trend {
		h.Set("Cache-Control", "private, max-age=86400, immutable")
	}
	s.send(w, r, http.StatusOK, typeSVG, image)
	return nil
}
