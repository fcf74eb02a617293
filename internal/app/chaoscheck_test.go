package app_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/app"
	"consigliere/internal/feed"
)

// sent counts the alerts that were sent and those that wait, as far as the database tells.
func (c *chaos) sent() (sent, waiting int) {
	err := c.db.Store.Faction(c.t.Context(), c.us, func(tx pgx.Tx) error {
		return tx.QueryRow(c.t.Context(), `select count(*) filter (where state = 'sent'), count(*) filter (where state = 'pending')
			from alert_deliveries where starts_with(subject, 'chaos:')`).Scan(&sent, &waiting)
	})
	if err != nil {
		return 0, 1
	}
	return sent, waiting
}

// delivered tells whether all is sent and every message says what it should.
func (c *chaos) delivered(want int) error {
	var sent, outdated int
	var states string
	err := c.db.Store.Faction(c.t.Context(), c.us, func(tx pgx.Tx) error {
		return tx.QueryRow(c.t.Context(), `select count(*) filter (where state = 'sent'), count(*) filter (where shown < edition),
				string_agg(distinct state || ' ' || reason, ', ')
			from alert_deliveries where starts_with(subject, 'chaos:')`).Scan(&sent, &outdated, &states)
	})
	switch {
	case err != nil:
		return err
	case sent != want:
		return fmt.Errorf("%d of %d alerts are sent; there are some that are %s", sent, want, states)
	case outdated > 0:
		return fmt.Errorf("%d messages are not edited yet", outdated)
	}
	return nil
}

// recovered tells whether every bot is ready and Torn was read since Redis came back.
func (c *chaos) recovered() error {
	for _, b := range c.bots {
		if err := b.isReady(); err != nil {
			return err
		}
	}
	states, err := c.db.Store.Feeds(c.t.Context(), c.us)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(states, func(s feed.State) bool { return s.Feed == feed.Members })
	if i < 0 || !states[i].LastSuccess.After(c.redisBack) {
		return fmt.Errorf("the members were not read since Redis came back at %s: %+v", c.redisBack, states)
	}
	return nil
}

// eachOnce wants every delivery's mark in its channel exactly once.
func (c *chaos) eachOnce(want int) {
	c.t.Helper()
	type sent struct{ channel, subject string }
	deliveries := map[string]sent{}
	grouped := map[string]bool{}
	err := c.db.Store.Faction(c.t.Context(), c.us, func(tx pgx.Tx) error {
		rows, err := tx.Query(c.t.Context(), "select delivery_id, channel_id, subject, group_id from alert_deliveries where starts_with(subject, 'chaos:')")
		if err != nil {
			return err
		}
		var id, group int64
		var at sent
		_, err = pgx.ForEachRow(rows, []any{&id, &at.channel, &at.subject, &group}, func() error {
			deliveries[app.Marker(c.us, id)] = at
			grouped[app.Marker(c.us, id)] = group != 0
			return nil
		})
		return err
	})
	if err != nil || len(deliveries) != want {
		c.t.Fatalf("%d deliveries (%v), want %d", len(deliveries), err, want)
	}
	count, wrong := map[string]int{}, 0
	messages := 0
	for _, channel := range c.channels {
		for _, m := range c.discord.Messages(channel) {
			messages++
			text := c.discord.RenderText(m)
			for marker, at := range deliveries {
				if !strings.Contains(text, marker) {
					continue
				}
				count[marker]++
				if at.channel != channel {
					c.t.Errorf("alert %s of channel %s is in channel %s", marker, at.channel, channel)
				}
				var n int
				if _, err := fmt.Sscanf(at.subject, "chaos:%d", &n); err != nil {
					c.t.Fatal(err)
				}
				if !grouped[marker] && strings.Contains(text, fmt.Sprintf("ended %d", n)) != c.ended[n] {
					if wrong++; wrong < 5 {
						c.t.Errorf("the message of alert %d, ended %t, says\n%s", n, c.ended[n], text)
					}
				}
			}
		}
	}
	lost, doubled := 0, 0
	for marker := range deliveries {
		switch n := count[marker]; {
		case n == 0:
			lost++
		case n > 1:
			doubled++
		}
	}
	c.t.Logf("%d alerts in %d messages: %d lost, %d twice", want, messages, lost, doubled)
	if lost+doubled > 0 {
		c.t.Error(errors.New("see the counts above"))
	}
}
