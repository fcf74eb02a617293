package alert

import (
	"slices"
	"strconv"
	"time"
)

// Episode is a stretch of time in which something is wrong, told of once.
type Episode struct {
	Began time.Time `json:"began,omitzero"` // zero: nothing is wrong
	// Items are what is wrong, as last told.
	Items []string `json:"items,omitempty"`
}

// StaleSubject is what episodes of stale feeds are about.
const StaleSubject = "feeds"

// Stale works out what is to be told of feeds that bring nothing new: their first
// being so, once for all of them together; later that others are, and at last that
// none is, in the same message.
func Stale(e Episode, feeds []StaleFeed, now time.Time) (Episode, News) {
	items := make([]string, 0, len(feeds))
	for _, f := range feeds {
		items = append(items, f.Feed)
	}
	slices.Sort(items)
	began := e.Began.IsZero()
	switch {
	case began && len(feeds) == 0, !began && slices.Equal(items, e.Items):
		return e, News{}
	case began:
		e.Began = now
	}
	a := Alert{
		Kind: DataStale, Subject: StaleSubject, Stage: strconv.FormatInt(e.Began.Unix(), 10), At: e.Began,
		Data: Data{Stale: &StaleData{Feeds: feeds, Since: e.Began}},
	}
	if began {
		e.Items = items
		return e, News{Alerts: []Alert{a}}
	}
	again := Settled{Ref: Ref{Kind: a.Kind, Subject: a.Subject, Stage: a.Stage}, GoesOn: len(feeds) > 0}
	if !again.GoesOn {
		a.Data.Stale.FreshAt = now
		e = Episode{}
	} else {
		e.Items = items
	}
	again.Alert = a
	return e, News{Settled: []Settled{again}}
}
