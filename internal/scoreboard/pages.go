package scoreboard

import (
	"net/http"
	"strings"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// home explains what this is, and shows the way to whoever has a link.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	_, err := s.visitor(r)
	w.Header().Add("Vary", "Cookie")
	s.show(w, r, http.StatusOK, "home", struct{ Known bool }{err == nil})
}

// current leads to the war that is on, or next, or was last.
func (s *Server) current(w http.ResponseWriter, r *http.Request, v visitor) error {
	wars, err := s.cfg.Wars.Wars(r.Context(), v.link.Faction, 20)
	if err != nil {
		return err
	}
	if len(wars) == 0 {
		s.show(w, r, http.StatusOK, "waiting", nil)
		return nil
	}
	http.Redirect(w, r, warPath(s.pick(wars)), http.StatusFound)
	return nil
}

// pick chooses among wars, the newest first.
func (s *Server) pick(wars []war.War) war.ID {
	chosen := wars[0]
	for _, w := range wars {
		switch now := s.cfg.Now(); w.Phase(now) {
		case war.Active:
			return w.ID
		case war.Scheduled:
			chosen = w // the earliest of them comes last
		}
	}
	return chosen.ID
}

// war answers for one war, as a page or as data: the ending of the address tells.
func (s *Server) war(w http.ResponseWriter, r *http.Request, v visitor) error {
	number, format, _ := strings.Cut(r.PathValue("id"), ".")
	id, ok := parseWar(number)
	if !ok {
		return noSuchWar()
	}
	b, err := s.boards.read(r.Context(), v.link.Faction, id)
	if err != nil {
		return err
	}
	l, err := lookOf(r.URL.Query(), b)
	if err != nil {
		return err
	}
	table := war.NewBoard(b.war, b.rows, b.war.SeenAt)
	table.Sort(l.by)
	switch format {
	case "":
		view := s.warView(b, table, l, v)
		if r.URL.Query().Has("fragment") {
			s.render(w, r, http.StatusOK, "war", "parts", view)
		} else {
			s.show(w, r, http.StatusOK, "war", view)
		}
		return nil
	case "json":
		return s.exportJSON(w, r, b, table, l)
	case "csv":
		return s.exportCSV(w, r, table, l)
	default:
		return faction.Errorf(faction.NotFound, "There is no such page.")
	}
}
