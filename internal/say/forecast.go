package say

import (
	"consigliere/internal/chat"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// RenderForecast answers when a war ends and what it takes.
func RenderForecast(v WarView) chat.Message {
	w, f := v.War, v.Forecast
	e := chat.Embed{Title: "Forecast · " + WarTitle(w), Color: Grey}
	switch {
	case w.ID == 0:
		e.Title, e.Description = "No ranked war", "None is on record."
	case w.Phase(v.Now) == war.Scheduled:
		e.Description = lines("It starts "+Ago(w.Start)+", "+On(w.Start), winsWith(w.Target)+when(w.Target > 0, "; it falls 1 % an hour after 24 h"), termsLine(v.Terms, w, v.Now))
	case w.Phase(v.Now) == war.Ended:
		e.Description = lines("It is over: "+outcome(w.Outcome(), w.Forfeit)+" "+score(w), "Ended "+On(w.End)+" after "+Span(w.End.Sub(w.Start)))
	default:
		e.Color = forecastColor(f)
		e.Description = lines(
			forecastLine(f), leadLine(w), paceLine(f), neededLine(f), keepLine(w, f), targetLine(w), termsLine(v.Terms, w, v.Now),
			"-# From how both sides scored so far, by the hour of the day. In simulated wars 8 of 10 ended in such a range; a side that gives up, or a pact that I do not know of, is not foreseen.",
		)
	}
	if s := Stale(v.Feeds, v.Now, feed.Front); s != "" {
		e.Description = lines(e.Description, s)
	}
	if !v.AsOf.IsZero() {
		e.Description = lines(e.Description, Source("Torn", v.AsOf))
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

func forecastColor(f war.Forecast) int {
	switch f.Outlook {
	case war.OutlookDecided:
		return Green
	case war.OutlookHopeless:
		return Red
	default:
		return Amber
	}
}

// keepLine tells when the falling target meets the lead if it stays as it is.
func keepLine(w war.War, f war.Forecast) string {
	at := war.MetBy(w)
	if f.Needed == 0 || at.IsZero() {
		return ""
	}
	return "If the lead stays as it is, the falling target meets it " + On(at)
}
